#![forbid(unsafe_code)]
//! A thread that looks for hangs.

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::time::Duration;

use super::arm;
use super::observer::{Hang, Observer};
use super::watch_thread::WatchThread;

/// Looks for hangs from time to time, on a thread of its own.
///
/// Dropping it stops the thread, and waits for its end. If the thread is calling the callback at
/// that moment, the drop does not wait, and the thread ends when the callback returns.
///
/// Without the feature `diagnostics`, there is no thread. The same is true on wasm, where an
/// [`Observer`] can do the work.
#[must_use = "the watchdog stops when it is dropped"]
pub struct Watchdog {
    _thread: WatchThread,
}

impl Watchdog {
    /// Starts a thread that looks for hangs, and calls `on_hang` for each.
    ///
    /// Every `every`, it makes a report, and looks for waits that are at least as old as
    /// `older_than`. It calls `on_hang` once for each primitive and call site, each time, while the
    /// hang lasts. Waits are recorded only after [`enable`](super::enable).
    ///
    /// The callback may use this crate in any way. No mutex of the crate is held. If it panics, the
    /// thread continues. If it blocks, the thread looks for no hangs until it returns.
    ///
    /// # Panics
    ///
    /// Panics if `every` is 0, or if the system cannot start a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::diagnostics::{self, Level, Watchdog};
    /// use std::time::Duration;
    ///
    /// diagnostics::enable(Level::Waits);
    /// let (every, older_than) = (Duration::from_secs(10), Duration::from_secs(30));
    /// let watchdog = Watchdog::spawn(every, older_than, |hang| {
    ///     eprintln!("{hang}\n{}", hang.report);
    /// });
    /// # diagnostics::disable();
    /// # drop(watchdog);
    /// ```
    pub fn spawn(
        every: Duration,
        older_than: Duration,
        mut on_hang: impl FnMut(&Hang) + Send + 'static,
    ) -> Self {
        assert!(
            !every.is_zero(),
            "aiosync: a watchdog that looks every {every:?}; the time must be longer than 0"
        );
        let mut observer = Observer::new(older_than);
        let look = move |calls: &super::watch_thread::Calls| {
            let (report, now) = arm::report_with_time();
            for hang in observer.observe(report, now) {
                if !calls.call(|| on_hang(&hang)) {
                    break;
                }
            }
        };
        Self {
            _thread: WatchThread::spawn(every, look),
        }
    }
}

// It has no method, so it shows nothing that a panic has left half changed.
impl UnwindSafe for Watchdog {}
impl RefUnwindSafe for Watchdog {}

impl fmt::Debug for Watchdog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watchdog").finish_non_exhaustive()
    }
}
