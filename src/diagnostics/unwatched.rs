#![forbid(unsafe_code)]
//! A watchdog without a thread, for builds that record nothing and for wasm.

use core::time::Duration;

pub(super) use NoCalls as Calls;
pub(super) use NoWatchThread as WatchThread;

/// Nobody creates it.
pub(super) enum NoCalls {}

impl NoCalls {
    pub(super) fn call(&self, _callback: impl FnOnce()) -> bool {
        match *self {}
    }
}

/// Drops what would run on the thread.
pub(super) struct NoWatchThread;

impl NoWatchThread {
    pub(super) fn spawn(_every: Duration, _look: impl FnMut(&NoCalls) + Send + 'static) -> Self {
        Self
    }
}
