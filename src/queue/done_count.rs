#![forbid(unsafe_code)]
//! Counts the items that are done, among those that were put.
//!
//! # State
//!
//! | bits | meaning | changed by |
//! |---|---|---|
//! | `WAITED` | somebody may wait until all items are done | the holder of the queue's mutex |
//! | the others | the number of items that are done; never more than were put | any thread; while `WAITED` is set, the last item is counted by the holder of the mutex |
//!
//! The number of puts is counted elsewhere, and only grows. Without a ring, both counts wrap. Their
//! difference is right as long as it is below 2^63 (2^31 on 32-bit targets). With a ring, it is
//! right until a position repeats (see `ring/layout.rs`).
//!
//! # Why no wakeup is lost
//!
//! A waiter sets `WAITED` under the mutex and reads the count afterwards. A thread that
//! finishes the last item counts it before that bit, and the waiter sees the count; or it
//! finds the bit and takes the mutex.

use crate::sync::Peek;
use crate::sync::atomic::{AtomicUsize, Ordering};

const WAITED: usize = 1;

/// The result of [`DoneCount::finish_one`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// One more item is done.
    Counted,
    /// All items were done before.
    NothingLeft,
    /// This is the last item, and somebody may wait: it must be counted under the mutex.
    Last,
}

/// The number of items that are done. See the [module](self).
pub(crate) struct DoneCount(AtomicUsize);

/// Returns the number of unfinished items.
#[inline]
fn unfinished(puts: usize, word: usize) -> usize {
    puts.wrapping_sub(word >> 1) & (usize::MAX >> 1)
}

impl DoneCount {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self(AtomicUsize::new(0))
        }
    }

    /// Returns the number of unfinished items, at some moment of this call.
    pub(crate) fn unfinished(&self, puts: impl Fn() -> usize) -> usize {
        // ORDERING: Acquire pairs with the Release in `finish_one` and `finish`: the work
        // is visible, and `puts` is no older than the word. `puts` is loaded with Acquire too, so
        // the second load of the word is at least as new as the last put that is counted. If both
        // loads are equal, the word had this value at the time of that put.
        let mut word = self.0.load(Ordering::Acquire);
        loop {
            let left = unfinished(puts(), word);
            let again = self.0.load(Ordering::Acquire);
            if again >> 1 == word >> 1 {
                return left;
            }
            word = again;
        }
    }

    /// Counts one item as done.
    ///
    /// `puts` is read before the count changes, so a later put cannot hide that all items
    /// were done. A put in between makes this item look like the last one. That matters
    /// only while somebody waits, and then [`finish`](Self::finish) counts the last item.
    #[inline]
    pub(crate) fn finish_one(&self, puts: impl Fn() -> usize) -> Finish {
        // ORDERING: Acquire as in `unfinished`.
        let mut word = self.0.peek(Ordering::Acquire);
        loop {
            match unfinished(puts(), word) {
                0 => return Finish::NothingLeft,
                1 if word & WAITED != 0 => return Finish::Last,
                _ => {}
            }
            // ORDERING: Release publishes the finished work to the thread that finds
            // nothing unfinished. Acquire joins the finishing threads into one chain.
            match self.0.compare_exchange_weak(
                word,
                word.wrapping_add(2),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Finish::Counted,
                Err(current) => word = current,
            }
        }
    }

    /// Counts `most` items as done, or all that are left. Returns how many, and whether
    /// none is left.
    ///
    /// If none is left, the caller releases the waiters. It holds the mutex, and no put
    /// comes in between.
    pub(crate) fn finish(&self, most: usize, puts: impl Fn() -> usize) -> (usize, bool) {
        // ORDERING: Acquire as in `unfinished`.
        let mut word = self.0.peek(Ordering::Acquire);
        loop {
            let left = unfinished(puts(), word);
            let count = left.min(most);
            let last = count > 0 && count == left;
            let waited = if last { 0 } else { word & WAITED };
            let next = (word & !WAITED).wrapping_add(count << 1) | waited;
            // ORDERING: AcqRel as in `finish_one`.
            match self
                .0
                .compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return (count, last),
                Err(current) => word = current,
            }
        }
    }

    /// Makes the thread that finishes the last item take the mutex, which the caller holds.
    /// Returns whether there is anything to wait for.
    pub(crate) fn wait(&self, puts: impl FnOnce() -> usize) -> bool {
        // ORDERING: Acquire as in `unfinished`. A read-modify-write, so each item is
        // finished before or after it.
        let word = self.0.fetch_or(WAITED, Ordering::Acquire);
        unfinished(puts(), word) > 0
    }
}
