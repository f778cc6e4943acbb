#![forbid(unsafe_code)]
//! The thread of a watchdog.
//!
//! # Protocol
//!
//! 1. The thread sleeps on the condition variable until its next look, or until it has to stop.
//! 2. Before each call of user code it checks under the mutex that it need not stop, and sets
//!    `is_calling`. Afterwards it clears the flag. A panic is caught.
//! 3. A drop of the watchdog sets `is_stopping` under the mutex. If `is_calling` is not set, no
//!    call begins any more, so the drop waits for the thread. If it is set, the drop does not wait,
//!    because the callback may block until the dropping thread goes on, or be that thread itself.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::Arc;
use super::arm::dispose;
use crate::sync::{Condvar, Mutex};

#[derive(Default)]
struct WatchState {
    is_stopping: bool,
    is_calling: bool,
}

/// What the thread and its owner share.
pub(super) struct Calls {
    state: Mutex<WatchState>,
    stopped: Condvar,
}

impl Calls {
    /// Calls user code, unless the thread has to stop. Returns whether the thread goes on.
    pub(super) fn call(&self, callback: impl FnOnce()) -> bool {
        {
            let mut state = self.state.lock();
            if state.is_stopping {
                return false;
            }
            state.is_calling = true;
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(callback)) {
            dispose(panic);
        }
        let mut state = self.state.lock();
        state.is_calling = false;
        !state.is_stopping
    }

    /// Sleeps until a moment, or forever. Returns whether the thread goes on.
    fn sleep(&self, until: Option<Instant>) -> bool {
        let mut state = self.state.lock();
        while !state.is_stopping {
            state = match until {
                Some(until) if Instant::now() >= until => return true,
                Some(until) => self.stopped.wait_until(state, until),
                None => self.stopped.wait(state),
            };
        }
        false
    }
}

/// See the [module](self).
pub(super) struct WatchThread {
    calls: Arc<Calls>,
    thread: Option<JoinHandle<()>>,
}

impl WatchThread {
    /// Starts a thread that calls `look` every `every`.
    pub(super) fn spawn(every: Duration, mut look: impl FnMut(&Calls) + Send + 'static) -> Self {
        let calls = Arc::new(Calls {
            state: Mutex::new(WatchState::default()),
            stopped: Condvar::new(),
        });
        let shared = Arc::clone(&calls);
        let run = move || {
            while shared.sleep(Instant::now().checked_add(every)) {
                look(&shared);
            }
            // The callback may have captured values whose drop panics.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(look))) {
                dispose(panic);
            }
        };
        let thread = thread::Builder::new().name("aiosync-watchdog".into());
        let thread = match thread.spawn(run) {
            Ok(thread) => thread,
            Err(error) => panic!("aiosync: the thread of a watchdog cannot start: {error}"),
        };
        Self {
            calls,
            thread: Some(thread),
        }
    }
}

impl Drop for WatchThread {
    fn drop(&mut self) {
        let is_calling = {
            let mut state = self.calls.state.lock();
            state.is_stopping = true;
            state.is_calling
        };
        self.calls.stopped.notify_one();
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A captured value of the callback may own the watchdog.
        let is_own = thread.thread().id() == thread::current().id();
        if !is_calling && !is_own {
            let ended = thread.join();
            debug_assert!(ended.is_ok(), "the thread catches all panics");
        }
    }
}
