#![forbid(unsafe_code)]
//! The comparison of items that is under way: the one user code that runs under a mutex.
//!
//! A `PriorityQueue` compares items under its mutex. A call back into the queue from there
//! is found and panics, instead of hanging. A ticket that is dropped there is noted, and
//! given back with the next change.

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{const_unless_loom, thread};

/// The lines whose tickets may be given back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    Getters,
    Putters,
}

/// See the [module](self).
pub(super) struct Comparison {
    /// The thread that compares items now, by its token; else 0.
    by: AtomicUsize,
    /// QueueCore that were dropped inside a comparison, under the mutex, and are still
    /// counted: of getters and of putters.
    returned: [AtomicUsize; 2],
}

impl Comparison {
    const_unless_loom! {
        pub(super) const fn new() -> Self {
            Self {
                by: AtomicUsize::new(0),
                returned: [AtomicUsize::new(0), AtomicUsize::new(0)],
            }
        }
    }

    /// Whether this thread is comparing, and so holds the mutex.
    #[inline]
    fn is_mine(&self) -> bool {
        let me = thread::token();
        // ORDERING: Relaxed: only a store of this very thread matters.
        me != 0 && self.by.load(Ordering::Relaxed) == me
    }

    /// # Panics
    ///
    /// If this thread is comparing.
    #[inline]
    pub(super) fn check_reentry(&self) {
        assert!(
            !self.is_mine(),
            "aiosync: `Ord::cmp` of an item must not use the PriorityQueue that compares it"
        );
    }

    /// Marks this thread as comparing while `compare` runs.
    pub(super) fn run<R>(&self, compare: impl FnOnce() -> R) -> R {
        struct Reset<'a>(&'a AtomicUsize);
        impl Drop for Reset<'_> {
            fn drop(&mut self) {
                // ORDERING: Relaxed: read by this thread, or under the mutex.
                self.0.store(0, Ordering::Relaxed);
            }
        }
        // ORDERING: Relaxed: read by this thread only; others must not find their
        // own token, and do not.
        self.by.store(thread::token(), Ordering::Relaxed);
        let _reset = Reset(&self.by);
        compare()
    }

    /// Notes a ticket that is dropped inside a comparison. `false` if it is not.
    pub(super) fn return_later(&self, line: Line) -> bool {
        let mine = self.is_mine();
        if mine {
            // ORDERING: Relaxed: this thread holds the mutex.
            self.returned[line as usize].fetch_add(1, Ordering::Relaxed);
        }
        mine
    }

    /// How many tickets were noted since the last call, of getters and of putters. The
    /// caller holds the mutex.
    #[inline]
    pub(super) fn take_returned(&self) -> [usize; 2] {
        // ORDERING: Relaxed: written and taken under the mutex.
        (self.returned.each_ref()).map(|returned| returned.swap(0, Ordering::Relaxed))
    }
}
