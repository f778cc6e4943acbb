#![forbid(unsafe_code)]
//! The words of a Semaphore.
//!
//! `word` is the free permits, shifted by one, and `QUEUED` below them:
//!
//! | word | meaning | who may change it |
//! |---|---|---|
//! | `free << 1` | nobody is queued, nothing is owed | anybody: takes by compare-exchange, adds by `fetch_add` |
//! | `free << 1 \| QUEUED` | a queue or a debt stands | anybody may add; only whoever holds the queue's mutex takes |
//!
//! `total` is free + held + granted − debt. It answers whether a release would
//! lift the semaphore over its bound, so that giving back a permit never can.

use crate::sync::Peek;
use crate::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

const QUEUED: usize = 1;
const ONE: usize = 1 << 1;

/// The greatest total, and the greatest debt. With both at their most, the free
/// permits still fit in the word.
pub(crate) const MAX_PERMITS: usize = usize::MAX >> 3;

/// What [`Permits::take_or_queue`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queueing {
    /// The permits were free and are the caller's now.
    Taken,
    /// There are too few, or a queue stands; `QUEUED` is set.
    MustWait,
}

/// Both words. See the [module](self).
pub(crate) struct Permits {
    word: AtomicUsize,
    total: AtomicIsize,
}

impl Permits {
    crate::sync::const_unless_loom! {
        /// `count` is at most [`MAX_PERMITS`].
        pub(crate) const fn new(count: usize) -> Self {
            Self {
                word: AtomicUsize::new(count * ONE),
                total: AtomicIsize::new(count as isize),
            }
        }
    }

    /// Takes up to `most` permits, at least `least`, if nobody is queued.
    /// Answers how many; `None` if there were fewer than `least`, or a queue.
    #[inline]
    fn take_between(&self, least: usize, most: usize) -> Option<usize> {
        // ORDERING: Relaxed, the compare-exchange decides.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            if word & QUEUED != 0 || word / ONE < least {
                return None;
            }
            let taken = most.min(word / ONE);
            // ORDERING: Acquire pairs with the Release in `add`: what was done
            // under the permits is visible.
            match self.word.compare_exchange_weak(
                word,
                word - taken * ONE,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(taken),
                Err(current) => word = current,
            }
        }
    }

    /// Takes `count` permits if they are free and nobody is queued.
    #[inline]
    pub(crate) fn try_take(&self, count: usize) -> bool {
        self.take_between(count, count).is_some()
    }

    /// Takes up to `most` permits if nobody is queued; answers how many.
    pub(crate) fn take_up_to(&self, most: usize) -> usize {
        self.take_between(0, most).unwrap_or(0)
    }

    /// Takes `count` permits if they are free and nobody is queued, else makes
    /// sure that `QUEUED` is set. The caller holds the queue's mutex, and links a
    /// waiter before it gives that back if the answer is [`Queueing::MustWait`].
    pub(crate) fn take_or_queue(&self, count: usize) -> Queueing {
        // ORDERING: Relaxed, the compare-exchanges below decide.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            let (next, outcome) = if word & QUEUED != 0 {
                return Queueing::MustWait;
            } else if word / ONE >= count {
                (word - count * ONE, Queueing::Taken)
            } else {
                (word | QUEUED, Queueing::MustWait)
            };
            // ORDERING: Acquire pairs with the Release in `add` where permits are
            // taken. `QUEUED` publishes nothing: the node is published by the
            // queue's mutex.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return outcome,
                Err(current) => word = current,
            }
        }
    }

    /// Whether a queue or a debt stands. A hint: the caller looks again under the queue's
    /// mutex, or adds.
    #[inline]
    pub(crate) fn is_queued(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        self.word.peek(Ordering::Relaxed) & QUEUED != 0
    }

    /// Adds free permits. Answers whether a queue or a debt stands, which the
    /// caller must then serve.
    #[inline]
    #[must_use]
    pub(crate) fn add(&self, count: usize) -> bool {
        // ORDERING: Release pairs with the Acquire of whoever takes these
        // permits.
        self.word.fetch_add(count * ONE, Ordering::Release) & QUEUED != 0
    }

    /// Sets `QUEUED`. The caller holds the queue's mutex.
    pub(crate) fn set_queued(&self) {
        // ORDERING: Relaxed, publishes nothing.
        self.word.fetch_or(QUEUED, Ordering::Relaxed);
    }

    /// Clears `QUEUED`. The caller holds the queue's mutex, and neither a queue
    /// nor a debt stands.
    pub(crate) fn clear_queued(&self) {
        // ORDERING: Relaxed, publishes nothing; release sequences go on.
        self.word.fetch_and(!QUEUED, Ordering::Relaxed);
    }

    /// Takes permits that are known to be free, for a waiter or a debt. The
    /// caller holds the queue's mutex and `QUEUED` is set, so that nobody else
    /// takes.
    pub(crate) fn take_queued(&self, count: usize) {
        // ORDERING: Relaxed: `free`, which found them, has acquired. Release
        // sequences go on.
        let word = self.word.fetch_sub(count * ONE, Ordering::Relaxed);
        debug_assert!(word / ONE >= count, "permits were taken past the mutex");
    }

    /// The free permits.
    pub(crate) fn free(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `add`: what was done under the
        // permits passes on to the waiter that gets them, by way of its grant.
        self.word.peek(Ordering::Acquire) / ONE
    }

    /// The total, negative where a debt exceeds what is there.
    pub(crate) fn total(&self) -> isize {
        // ORDERING: Relaxed, a count.
        self.total.load(Ordering::Relaxed)
    }

    /// Lifts the total by `count` if it stays within `bound`.
    pub(crate) fn try_raise_total(&self, count: usize, bound: usize) -> bool {
        // ORDERING: Relaxed, a count that publishes nothing; the permits that it
        // allows are published by `add`.
        let mut total = self.total.peek(Ordering::Relaxed);
        loop {
            let raised = isize::try_from(count)
                .ok()
                .and_then(|count| total.checked_add(count))
                .filter(|&raised| raised <= bound as isize);
            let Some(raised) = raised else { return false };
            // ORDERING: Relaxed, as above.
            match self.total.compare_exchange_weak(
                total,
                raised,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(current) => total = current,
            }
        }
    }

    /// Lowers the total. `count` is at most [`MAX_PERMITS`].
    pub(crate) fn lower_total(&self, count: usize) {
        // ORDERING: Relaxed, a count.
        self.total.fetch_sub(count as isize, Ordering::Relaxed);
    }
}
