#![forbid(unsafe_code)]
//! Blocking: drives a future by parking the thread between its wakes.
//!
//! A blocking method polls its future here. So threads wait in the same queues as tasks, and
//! every rule of the wait queue holds for them. The parker is the crate's own, because
//! `std::thread::park` would consume a token that belongs to the user.
//!
//! Each thread keeps one parker and reuses it. A wait inside a wait (a closure that runs in a
//! poll and blocks) gets a new one. Otherwise the inner wait would consume the wake of the outer
//! one.

use alloc::task::Wake;
use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::time::Instant;

use crate::diagnostics::BlockingThread;
use crate::sync::{Arc, Condvar, Mutex, local_key};

/// Parks one thread. A wake that comes before the thread parks is kept.
#[derive(Debug)]
struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    fn new() -> Self {
        Self {
            woken: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// Parks until the next wake, or until the deadline, and consumes the wake.
    fn park(&self, deadline: Option<Instant>) {
        let mut woken = self.woken.lock();
        while !*woken {
            woken = match deadline {
                None => self.changed.wait(woken),
                Some(deadline) if Instant::now() < deadline => {
                    self.changed.wait_until(woken, deadline)
                }
                Some(_) => return,
            };
        }
        *woken = false;
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }
}

/// A parker, and the waker that unparks it.
struct ParkerWaker {
    parker: Arc<Parker>,
    waker: Waker,
}

impl ParkerWaker {
    fn new() -> Self {
        let parker = Arc::new(Parker::new());
        let waker = Waker::from(Arc::clone(&parker));
        Self { parker, waker }
    }
}

local_key! {
    /// `None` while the thread is in a wait, and before its first.
    static PARKER: Cell<Option<ParkerWaker>> = Cell::new(None)
}

/// Polls the future until it is ready. Returns `None` if a poll after the deadline finds it
/// pending.
fn drive<F: Future>(mut future: Pin<&mut F>, deadline: Option<Instant>) -> Option<F::Output> {
    // The thread-local may already be destroyed, if this runs in the destructor of another one.
    let kept = PARKER.try_with(Cell::take).ok().flatten();
    let parker = kept.unwrap_or_else(ParkerWaker::new);
    let mut context = Context::from_waker(&parker.waker);
    let _blocking = BlockingThread::enter(&parker.waker);
    let output = loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            break Some(output);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break None;
        }
        parker.parker.park(deadline);
    };
    let _ = PARKER.try_with(|cell| cell.set(Some(parker)));
    output
}

/// Drives the future to completion on this thread.
pub(crate) fn block_on<F: Future>(future: Pin<&mut F>) -> F::Output {
    match drive(future, None) {
        Some(output) => output,
        None => unreachable!("aiosync: a wait without a deadline has timed out"),
    }
}

/// Drives the future on this thread. Returns `None` if it is still pending after `timeout`. There
/// is no deadline if the clock cannot represent it.
pub(crate) fn block_on_timeout<F: Future>(
    future: Pin<&mut F>,
    timeout: Duration,
) -> Option<F::Output> {
    crate::sync::deny_timeouts();
    match Instant::now().checked_add(timeout) {
        Some(deadline) => drive(future, Some(deadline)),
        None => Some(block_on(future)),
    }
}
