#![forbid(unsafe_code)]
//! Threads: drives a future by parking the thread between its wakes.
//!
//! A blocking twin is its future, polled here. So threads stand in the same line
//! as tasks, and every rule of the wait queue holds for them. The parker is our
//! own: `std::thread::park` would eat a token that is the user's.
//!
//! Each thread keeps one parker. A wait inside a wait (a closure that runs in a
//! poll and blocks) takes a fresh one, or the inner wait would swallow the wake
//! of the outer.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::sync::{Arc, Condvar, Mutex, local_key};

/// A place for one thread to sleep, and a token that keeps a wake that came
/// early.
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

    /// Sleeps until woken, or until `deadline`. Takes the token.
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

/// A parker and the waker that unparks it.
struct Seat {
    parker: Arc<Parker>,
    waker: Waker,
}

impl Seat {
    fn new() -> Self {
        let parker = Arc::new(Parker::new());
        let waker = Waker::from(Arc::clone(&parker));
        Self { parker, waker }
    }
}

local_key! {
    static SEAT: Cell<Option<Seat>> = Cell::new(None)
}

/// Polls `future` until it is ready, or until the deadline has passed and one
/// more poll has found it pending.
fn drive<F: Future>(mut future: Pin<&mut F>, deadline: Option<Instant>) -> Option<F::Output> {
    // No seat is kept any more while the thread's locals are being destroyed.
    let seat = SEAT.try_with(Cell::take).ok().flatten();
    let seat = seat.unwrap_or_else(Seat::new);
    let mut context = Context::from_waker(&seat.waker);
    let output = loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            break Some(output);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break None;
        }
        seat.parker.park(deadline);
    };
    let _ = SEAT.try_with(|cell| cell.set(Some(seat)));
    output
}

/// Drives `future` to its end on this thread.
pub(crate) fn block_on<F: Future>(future: Pin<&mut F>) -> F::Output {
    match drive(future, None) {
        Some(output) => output,
        None => unreachable!("aiosync: a wait without a deadline has timed out"),
    }
}

/// Drives `future` on this thread for `timeout` at the longest. A timeout too
/// long for the clock is no timeout.
pub(crate) fn block_on_timeout<F: Future>(
    future: Pin<&mut F>,
    timeout: Duration,
) -> Option<F::Output> {
    if cfg!(any(loom, shuttle)) {
        panic!("aiosync: a wait with a timeout cannot be model-checked, a model has no clock");
    }
    match Instant::now().checked_add(timeout) {
        Some(deadline) => drive(future, Some(deadline)),
        None => Some(block_on(future)),
    }
}
