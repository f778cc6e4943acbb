#![forbid(unsafe_code)]
//! What changes while a wait is recorded: its polls, its wakes and its grant.
//!
//! The owner counts polls. The thread that takes the waker from the wait queue counts wakes, and a
//! granter sets the time of the grant. Both hold the primitive's mutex. They do so before the
//! grant is published, because the owner may end the record as soon as it reads the grant.
//!
//! A report reads these values at any time, in any order.

use crate::sync::atomic::{AtomicU64, Ordering};

/// A count, and the time of the last event. The time is 0 until the first event.
pub(crate) struct EventCount {
    count: AtomicU64,
    last: AtomicU64,
}

impl EventCount {
    pub(crate) fn new() -> Self {
        Self {
            count: AtomicU64::new(0),
            last: AtomicU64::new(0),
        }
    }

    /// Records an event. Events of one count do not overlap.
    pub(crate) fn note(&self, time: u64) {
        // ORDERING: Relaxed is enough: a report is weakly consistent, and the owner reads the
        // grant by the state of the node.
        self.last.store(time, Ordering::Relaxed);
        // ORDERING: Relaxed is enough, for the same reason.
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of events.
    pub(crate) fn count(&self) -> u64 {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.count.load(Ordering::Relaxed)
    }

    /// Returns the time of the last event. 0 if there was none.
    pub(crate) fn last(&self) -> u64 {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.last.load(Ordering::Relaxed)
    }
}
