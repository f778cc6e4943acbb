#![forbid(unsafe_code)]
//! Detects that `Ord::cmp` of an item uses the queue that compares it.
//!
//! A `PriorityQueue` compares items under its mutex: the one user code that runs there. If
//! `cmp` uses the queue, it would wait for the mutex that its own thread holds. So each
//! operation panics instead, before it takes the mutex. This includes the drop of a granted
//! future and of a slot, whose grant is then leaked. The drop of a waiting future aborts
//! the process, because its node must not stay linked.

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{const_unless_loom, thread, uninterrupted};

/// The comparison of items that is in progress, if there is one.
pub(super) struct Comparison {
    /// The token of the thread that compares items, or 0.
    by: AtomicUsize,
}

impl Comparison {
    const_unless_loom! {
        pub(super) const fn new() -> Self {
            Self {
                by: AtomicUsize::new(0),
            }
        }
    }

    /// Checks that this thread is not comparing items.
    ///
    /// # Panics
    ///
    /// Panics if this thread is comparing items.
    #[inline]
    pub(super) fn check_reentry(&self) {
        let me = thread::token();
        // Without threads, all code has the same token. But nothing interrupts a comparison.
        // ORDERING: Relaxed is enough: only a store of this very thread matters.
        let by = uninterrupted(|| self.by.load(Ordering::Relaxed));
        assert!(
            me == 0 || by != me,
            "aiosync: `Ord::cmp` of an item must not use the PriorityQueue that compares it"
        );
    }

    /// Runs `compare`, and marks this thread as comparing meanwhile.
    pub(super) fn run<R>(&self, compare: impl FnOnce() -> R) -> R {
        struct Reset<'a>(&'a AtomicUsize);
        impl Drop for Reset<'_> {
            fn drop(&mut self) {
                // ORDERING: Relaxed is enough: only this thread looks for its token.
                self.0.store(0, Ordering::Relaxed);
            }
        }
        // ORDERING: Relaxed is enough: only this thread looks for its token.
        self.by.store(thread::token(), Ordering::Relaxed);
        let _reset = Reset(&self.by);
        compare()
    }
}
