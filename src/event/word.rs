#![forbid(unsafe_code)]
//! The atomic word of a [`RawEvent`](super::raw::RawEvent).
//!
//! # State
//!
//! | bit | meaning | changed by |
//! |---|---|---|
//! | `SET` | the flag | set by anybody while `QUEUED` is clear, otherwise by the holder of the queue's mutex; cleared by anybody |
//! | `QUEUED` | there may be registered waiters | the holder of the queue's mutex only |

use crate::sync::Peek;
use crate::sync::atomic::{AtomicU32, Ordering};

const SET: u32 = 1;
const QUEUED: u32 = 1 << 1;

/// See the [module](self).
pub(crate) struct EventWord(AtomicU32);

impl EventWord {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new(set: bool) -> Self {
            Self(AtomicU32::new(if set { SET } else { 0 }))
        }
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `try_set` and `set_locked`: what
        // happened before the set is visible.
        self.0.peek(Ordering::Acquire) & SET != 0
    }

    /// Sets the flag if nobody is queued. Returns whether it did.
    ///
    /// This is a read-modify-write even if the flag is set already, so it publishes what
    /// happened before this set too.
    #[inline]
    #[must_use]
    pub(crate) fn try_set(&self) -> bool {
        // ORDERING: Relaxed is enough: the compare-exchange below decides.
        let mut word = self.0.peek(Ordering::Relaxed);
        while word & QUEUED == 0 {
            // ORDERING: Release pairs with the Acquire in `is_set`, `is_set_or_queue` and
            // `clear`: what happened before the set is visible.
            match self.0.compare_exchange_weak(
                word,
                word | SET,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(current) => word = current,
            }
        }
        false
    }

    /// Sets the flag, and sets or clears `QUEUED`. The caller holds the queue's mutex and
    /// releases all registered waiters before it releases the mutex.
    ///
    /// The flag must not be set before the mutex is taken: a waiter that registers after a
    /// `clear` in between would be released too.
    pub(crate) fn set_locked(&self, keep_queued: bool) {
        let word = if keep_queued { SET | QUEUED } else { SET };
        // ORDERING: Release pairs with the Acquire in `is_set`, `is_set_or_queue` and `clear`,
        // as in `try_set`.
        self.0.swap(word, Ordering::Release);
    }

    /// Clears the flag.
    pub(crate) fn clear(&self) {
        // ORDERING: Acquire pairs with the Release in `try_set` and `set_locked`: a task that
        // clears the flag and then checks for work sees the work that the set announced.
        self.0.fetch_and(!SET, Ordering::Acquire);
    }

    /// Returns whether the flag is set. If not, sets `QUEUED`. The caller holds the queue's
    /// mutex, and links a waiter before it releases the mutex if this returns `false`.
    #[must_use]
    pub(crate) fn is_set_or_queue(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `try_set` and `set_locked`: what
        // happened before the set is visible.
        let mut word = self.0.peek(Ordering::Acquire);
        loop {
            if word & SET != 0 {
                return true;
            }
            if word & QUEUED != 0 {
                // A set now needs the mutex.
                return false;
            }
            // ORDERING: Relaxed is enough on success: the queue's mutex publishes the node. A
            // failure may read a set: Acquire pairs with its Release.
            match self.0.compare_exchange_weak(
                word,
                word | QUEUED,
                Ordering::Relaxed,
                Ordering::Acquire,
            ) {
                Ok(_) => return false,
                Err(current) => word = current,
            }
        }
    }
}
