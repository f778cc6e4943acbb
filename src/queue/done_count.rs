#![forbid(unsafe_code)]
//! How much of what was put is done.
//!
//! # State
//!
//! | bits | meaning | who changes it |
//! |---|---|---|
//! | `WAITED` | somebody may wait for all to be done | set and cleared: whoever holds the queue's mutex |
//! | the others | how many are done, ever; never more than were put | anybody, up to the last but one; with `WAITED`, the last: whoever holds the mutex |
//!
//! How many were put is counted elsewhere, and only grows. Both counts wrap; what they
//! differ by is what is unfinished.
//!
//! # Why nobody waits in vain
//!
//! A waiter sets `WAITED` under the mutex, and looks at the count after that. Whoever
//! finishes the last item either comes before the bit, and is seen, or finds it and takes
//! the mutex.

use crate::sync::Peek;
use crate::sync::atomic::{AtomicUsize, Ordering};

const WAITED: usize = 1;

/// What [`DoneCount::finish_one`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// One more is done.
    Counted,
    /// None is left to be done.
    NothingLeft,
    /// It is the last, and somebody may wait: to be done under the mutex.
    Last,
}

/// The word. See the [module](self).
pub(crate) struct DoneCount(AtomicUsize);

/// What is unfinished, of `puts` and a word.
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

    /// What is unfinished now, or was at some time since the call.
    pub(crate) fn unfinished(&self, puts: impl Fn() -> usize) -> usize {
        // ORDERING: Acquire, both, pairs with the Release of `finish_one` and `finish`: what
        // was done before is visible, and `puts` is no older than the word. The word did
        // not change between two looks that are the same, so `puts` is of that time.
        let mut word = self.0.peek(Ordering::Acquire);
        loop {
            let left = unfinished(puts(), word);
            let again = self.0.peek(Ordering::Acquire);
            if again >> 1 == word >> 1 {
                return left;
            }
            word = again;
        }
    }

    /// Counts one as done. `puts` is read before the count is changed: a put that follows
    /// cannot hide that all were done. One that comes between makes it look as if all
    /// were; that matters only if somebody waits, and then the last is counted by `finish`.
    #[inline]
    pub(crate) fn finish_one(&self, puts: impl Fn() -> usize) -> Finish {
        // ORDERING: Acquire, as in `unfinished`.
        let mut word = self.0.peek(Ordering::Acquire);
        loop {
            match unfinished(puts(), word) {
                0 => return Finish::NothingLeft,
                1 if word & WAITED != 0 => return Finish::Last,
                _ => {}
            }
            // ORDERING: Release publishes the work that is done to whoever finds nothing
            // unfinished; Acquire, so that the chain of those who finish is one.
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

    /// Counts `most` as done, or as many as are left. Answers how many, and whether none
    /// is left: then nobody waits any more, and the caller, who holds the mutex and lets no
    /// put come in between, releases those who did.
    pub(crate) fn finish(&self, most: usize, puts: impl Fn() -> usize) -> (usize, bool) {
        // ORDERING: Acquire, as in `unfinished`.
        let mut word = self.0.peek(Ordering::Acquire);
        loop {
            let left = unfinished(puts(), word);
            let count = left.min(most);
            let last = count > 0 && count == left;
            let waited = if last { 0 } else { word & WAITED };
            let next = (word & !WAITED).wrapping_add(count << 1) | waited;
            // ORDERING: AcqRel, as in `finish_one`.
            match self
                .0
                .compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return (count, last),
                Err(current) => word = current,
            }
        }
    }

    /// Makes the last that is finished take the mutex, which the caller holds. Answers
    /// whether there is anything to wait for.
    pub(crate) fn wait(&self, puts: impl FnOnce() -> usize) -> bool {
        // ORDERING: Acquire, as in `unfinished`. A read-modify-write, so that each that
        // is finished comes before or after it.
        let word = self.0.fetch_or(WAITED, Ordering::Acquire);
        unfinished(puts(), word) > 0
    }
}
