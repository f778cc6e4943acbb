#![forbid(unsafe_code)]
//! The atomic words of a [`RawSemaphore`](super::raw::RawSemaphore).
//!
//! # State
//!
//! `word` holds the number of free permits, shifted left by one, and the bit `QUEUED`:
//!
//! | word | meaning | changed by |
//! |---|---|---|
//! | `free << 1` | nobody is queued, and there is no debt | anybody: a compare-exchange takes permits, a `fetch_add` adds them |
//! | `free << 1 \| QUEUED` | there are waiters or a debt | anybody adds permits; only the holder of the queue's mutex takes them |
//!
//! `total` is free + held + granted − debt. It only decides whether a release would exceed the
//! bound, so giving back a permit never can.

use crate::sync::Peek;
use crate::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

const QUEUED: usize = 1;
const ONE_PERMIT: usize = 1 << 1;

/// The largest total, and the largest debt. If both are reached, the free permits still fit
/// into the word.
pub(crate) const MAX_PERMITS: usize = usize::MAX >> 3;

/// See the [module](self).
pub(crate) struct Permits {
    word: AtomicUsize,
    total: AtomicIsize,
}

impl Permits {
    crate::sync::const_unless_loom! {
        /// Creates `count` free permits. `count` is at most [`MAX_PERMITS`].
        pub(crate) const fn new(count: usize) -> Self {
            Self {
                word: AtomicUsize::new(count * ONE_PERMIT),
                total: AtomicIsize::new(count as isize),
            }
        }
    }

    /// Takes at least `least` and at most `most` permits, and returns how many. `None` if
    /// anybody is queued, or if fewer than `least` are free.
    #[inline]
    fn take_between(&self, least: usize, most: usize) -> Option<usize> {
        // ORDERING: Relaxed is enough: the compare-exchange below decides.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            if word & QUEUED != 0 || word / ONE_PERMIT < least {
                return None;
            }
            let taken = most.min(word / ONE_PERMIT);
            // ORDERING: Acquire pairs with the Release in `add`: what was done with the
            // permits before is visible.
            match self.word.compare_exchange_weak(
                word,
                word - taken * ONE_PERMIT,
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

    /// Takes at most `most` permits if nobody is queued. Returns how many.
    pub(crate) fn take_up_to(&self, most: usize) -> usize {
        self.take_between(0, most).unwrap_or(0)
    }

    /// Takes `count` permits if they are free and nobody is queued, and returns `true`.
    /// Otherwise sets `QUEUED`. The caller holds the queue's mutex, and links a waiter before
    /// it releases the mutex if this returns `false`.
    #[must_use]
    pub(crate) fn take_or_queue(&self, count: usize) -> bool {
        // ORDERING: Relaxed is enough: the compare-exchange below decides.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            let (next, taken) = if word & QUEUED != 0 {
                return false;
            } else if word / ONE_PERMIT >= count {
                (word - count * ONE_PERMIT, true)
            } else {
                (word | QUEUED, false)
            };
            // ORDERING: Acquire pairs with the Release in `add` if permits are taken.
            // `QUEUED` publishes nothing: the queue's mutex publishes the node.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return taken,
                Err(current) => word = current,
            }
        }
    }

    /// Returns whether there are waiters or a debt. It may be outdated: the caller checks
    /// again under the queue's mutex, or adds permits.
    #[inline]
    pub(crate) fn is_queued(&self) -> bool {
        // ORDERING: Relaxed is enough: the caller checks again.
        self.word.peek(Ordering::Relaxed) & QUEUED != 0
    }

    /// Adds free permits. Returns whether there are waiters or a debt, which the caller then
    /// settles.
    #[inline]
    #[must_use]
    pub(crate) fn add(&self, count: usize) -> bool {
        // ORDERING: Release pairs with the Acquire in `take_between`, `take_or_queue` and
        // `free`: what was done with the permits is visible to their next holder.
        self.word.fetch_add(count * ONE_PERMIT, Ordering::Release) & QUEUED != 0
    }

    /// Sets `QUEUED`. The caller holds the queue's mutex.
    pub(crate) fn set_queued(&self) {
        // ORDERING: Relaxed is enough: this publishes nothing, and a release sequence through
        // this word goes on.
        self.word.fetch_or(QUEUED, Ordering::Relaxed);
    }

    /// Clears `QUEUED`. The caller holds the queue's mutex, and there are neither waiters nor
    /// a debt.
    pub(crate) fn clear_queued(&self) {
        // ORDERING: Relaxed is enough: this publishes nothing, and a release sequence through
        // this word goes on.
        self.word.fetch_and(!QUEUED, Ordering::Relaxed);
    }

    /// Takes permits that [`free`](Self::free) has counted, for a waiter or a debt. The caller
    /// holds the queue's mutex and `QUEUED` is set, so nobody else takes permits.
    pub(crate) fn take_queued(&self, count: usize) {
        // ORDERING: Relaxed is enough: `free` has acquired what was done with the permits, and
        // a release sequence through this word goes on.
        let word = self.word.fetch_sub(count * ONE_PERMIT, Ordering::Relaxed);
        debug_assert!(
            word / ONE_PERMIT >= count,
            "permits were taken without the queue's mutex"
        );
    }

    /// Returns the number of free permits.
    pub(crate) fn free(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `add`: what was done with the permits is
        // visible here, and a grant passes it on to the waiter.
        self.word.peek(Ordering::Acquire) / ONE_PERMIT
    }

    /// Returns the total, which is negative if the debt exceeds the permits.
    pub(crate) fn total(&self) -> isize {
        // ORDERING: Relaxed is enough: the total publishes nothing.
        self.total.load(Ordering::Relaxed)
    }

    /// Raises the total by `count`. Returns `false`, and changes nothing, if it would exceed
    /// `bound`, which is at most [`MAX_PERMITS`].
    #[must_use]
    pub(crate) fn try_raise_total(&self, count: usize, bound: usize) -> bool {
        // ORDERING: Relaxed is enough: the total publishes nothing, and `add` publishes the
        // permits.
        let mut total = self.total.peek(Ordering::Relaxed);
        loop {
            let raised = isize::try_from(count)
                .ok()
                .and_then(|count| total.checked_add(count))
                .filter(|&raised| raised <= bound as isize);
            let Some(raised) = raised else { return false };
            // ORDERING: Relaxed is enough: the total publishes nothing.
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

    /// Lowers the total by permits that are held, free, or become a debt. The total stays
    /// at least −[`MAX_PERMITS`], because that bounds the debt.
    pub(crate) fn lower_total(&self, count: usize) {
        // ORDERING: Relaxed is enough: the total publishes nothing.
        self.total.fetch_sub(count as isize, Ordering::Relaxed);
    }
}
