#![forbid(unsafe_code)]
//! The word of an Event.
//!
//! | bit | meaning | who changes it |
//! |---|---|---|
//! | `SET` | the flag | set: anybody while `QUEUED` is clear, else whoever holds the queue's mutex; cleared: anybody |
//! | `QUEUED` | somebody waits who is not released, or did since a set last found nobody | only whoever holds the queue's mutex |

use crate::sync::Peek;
use crate::sync::atomic::{AtomicU32, Ordering};

const SET: u32 = 1;
const QUEUED: u32 = 1 << 1;

/// What [`EventWord::check_or_queue`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queueing {
    /// The flag is set.
    Set,
    /// It is clear, and `QUEUED` is set.
    MustWait,
}

/// The word. See the [module](self).
pub(crate) struct EventWord(AtomicU32);

impl EventWord {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new(set: bool) -> Self {
            Self(AtomicU32::new(if set { SET } else { 0 }))
        }
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of `try_set` and `set_locked`:
        // what came before the set is visible.
        self.0.peek(Ordering::Acquire) & SET != 0
    }

    /// Sets the flag if nobody is queued. A read-modify-write even if it is set
    /// already: that publishes what came before this set too.
    #[inline]
    #[must_use]
    pub(crate) fn try_set(&self) -> bool {
        // ORDERING: Relaxed, the compare-exchange decides.
        let mut word = self.0.peek(Ordering::Relaxed);
        while word & QUEUED == 0 {
            // ORDERING: Release pairs with the Acquire of `is_set`,
            // `check_or_queue` and `clear`.
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

    /// Sets the flag, and leaves `QUEUED` as `stays_queued` says: all who are in line are
    /// released by this set, but who waits next need not set the bit if it stands. The caller
    /// holds the queue's mutex: a set with waiters that came before the mutex would let a waiter in that came
    /// after a clear in between, and release it.
    pub(crate) fn set_locked(&self, stays_queued: bool) {
        let word = if stays_queued { SET | QUEUED } else { SET };
        // ORDERING: Release, as in `try_set`.
        self.0.swap(word, Ordering::Release);
    }

    pub(crate) fn clear(&self) {
        // ORDERING: Acquire pairs with the Release of a set: who clears the flag
        // and then looks for work sees the work that the set announced.
        self.0.fetch_and(!SET, Ordering::Acquire);
    }

    /// Whether the flag is set; if not, makes sure that `QUEUED` is. The caller
    /// holds the queue's mutex, and links a waiter before it gives that back if
    /// the answer is [`Queueing::MustWait`].
    pub(crate) fn check_or_queue(&self) -> Queueing {
        // ORDERING: Acquire pairs with the Release of a set.
        let mut word = self.0.peek(Ordering::Acquire);
        loop {
            if word & SET != 0 {
                return Queueing::Set;
            }
            if word & QUEUED != 0 {
                // Who sets the flag now needs the mutex.
                return Queueing::MustWait;
            }
            // ORDERING: Relaxed, publishes nothing: the node is published by the
            // queue's mutex. A failure may show a set: Acquire, as above.
            match self.0.compare_exchange_weak(
                word,
                word | QUEUED,
                Ordering::Relaxed,
                Ordering::Acquire,
            ) {
                Ok(_) => return Queueing::MustWait,
                Err(current) => word = current,
            }
        }
    }
}
