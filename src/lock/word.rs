#![forbid(unsafe_code)]
//! The atomic word of a [`RawLock`](super::raw::RawLock).
//!
//! # State
//!
//! | word | meaning | changed by |
//! |---|---|---|
//! | 0 | free, the queue is empty | any thread: a compare-exchange to `LOCKED` takes the lock |
//! | `LOCKED` | held, the queue is empty | the holder: a compare-exchange to 0; a new waiter: sets `QUEUED` |
//! | `LOCKED \| QUEUED` | held; a waiter is queued, or the last one has left | only the holder of the queue's mutex |
//!
//! `QUEUED` is never set without `LOCKED`: an unlock with a queue hands the lock off while
//! the word stays locked.
//!
//! `untaken` records a grant whose new owner was not polled yet: the thread that has queued
//! it. It is 0 whenever the lock is free, so the fast path never writes it. It affects
//! spinning and `Debug` only.

use core::ops::ControlFlow;

use crate::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use crate::sync::{Peek, ThreadHint};
use crate::wait::spin::{AdaptiveSpin, SpinLimits};

const LOCKED: u32 = 1;
const QUEUED: u32 = 1 << 1;

/// At most four microseconds if a pause takes 25 nanoseconds.
///
/// A new lock begins with the budget `armed`. With zero, the first contention of two threads
/// would queue, and tasks that lock again and again would never leave the queue.
const SPIN_LIMITS: SpinLimits = SpinLimits {
    armed: 64,
    most: 156,
    first: 16,
    longest: 32,
};

/// See the [module](self).
pub(crate) struct LockWord {
    word: AtomicU32,
    spin: AdaptiveSpin,
    untaken: AtomicU16,
}

impl LockWord {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self {
                word: AtomicU32::new(0),
                spin: AdaptiveSpin::new(SPIN_LIMITS.armed),
                untaken: AtomicU16::new(0),
            }
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        // ORDERING: Relaxed is enough: the compare-exchange below decides. The look spares a
        // compare-exchange that is sure to fail, which costs more than the look.
        if self.word.peek(Ordering::Relaxed) != 0 {
            return false;
        }
        // ORDERING: Acquire pairs with the Release in `try_unlock` and `unlock`: what the
        // last holder did is visible. A failure publishes and reads nothing.
        self.word
            .compare_exchange(0, LOCKED, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Spins for a few microseconds, and takes the lock if it becomes free. Spins less if
    /// recent spins failed, and not at all while a waiter is queued.
    ///
    /// Without spinning, short sections on several threads form a convoy: every thread queues,
    /// and every unlock wakes a task.
    #[inline]
    pub(crate) fn spin_lock(&self) -> bool {
        // ORDERING: Relaxed is enough: `try_lock` synchronizes.
        match self.word.peek(Ordering::Relaxed) {
            // It has become free since `try_lock` failed: another thread uses the lock, and may
            // take it again at once. With a pause first, it makes faster progress.
            0 => {
                self.note_other_thread();
                self.spin_locked()
            }
            LOCKED => {
                !self.spin.is_spent() && !self.is_granted_to_this_thread() && self.spin_locked()
            }
            _ => false,
        }
    }

    #[cold]
    fn spin_locked(&self) -> bool {
        // ORDERING: Relaxed is enough: `try_lock` synchronizes.
        let taken = (self.spin).spin(&SPIN_LIMITS, || match self.word.load(Ordering::Relaxed) {
            0 if self.try_lock() => ControlFlow::Break(Some(())),
            0 | LOCKED => ControlFlow::Continue(()),
            _ => ControlFlow::Break(None),
        });
        taken.is_some()
    }

    /// Returns whether the lock was granted to a waiter of this thread that was not polled
    /// since. To spin for it is useless.
    #[inline]
    fn is_granted_to_this_thread(&self) -> bool {
        // ORDERING: Relaxed is enough: the result affects speed only.
        self.untaken.load(Ordering::Relaxed) == ThreadHint::current().short()
    }

    /// Allows spinning: another thread uses this lock.
    #[inline]
    pub(crate) fn note_other_thread(&self) {
        self.spin.rearm(&SPIN_LIMITS);
    }

    /// Takes the lock if it is free, and returns `true`. Otherwise sets `QUEUED`. The
    /// caller holds the queue's mutex, and links a waiter before it releases the mutex if
    /// this returns `false`.
    #[must_use]
    pub(crate) fn lock_or_queue(&self) -> bool {
        // ORDERING: Relaxed is enough: the compare-exchange below decides.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            let (next, taken) = match word {
                0 => (LOCKED, true),
                LOCKED => (LOCKED | QUEUED, false),
                _ => return false,
            };
            // ORDERING: Acquire pairs with the Release in `try_unlock` and `unlock` if the
            // lock is taken. `QUEUED` publishes nothing: the queue's mutex publishes the
            // node.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return taken,
                Err(current) => word = current,
            }
        }
    }

    /// Releases the lock if nobody is queued.
    #[inline]
    pub(crate) fn try_unlock(&self) -> bool {
        // ORDERING: Relaxed is enough, as in `try_lock`.
        if self.word.peek(Ordering::Relaxed) != LOCKED {
            return false;
        }
        // ORDERING: Release pairs with the Acquire in `try_lock` and `lock_or_queue`. After
        // a failure the queue's mutex orders what follows.
        self.word
            .compare_exchange(LOCKED, 0, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Releases the lock. The caller holds the queue's mutex, and the queue is empty.
    pub(crate) fn unlock(&self) {
        // ORDERING: Release pairs with the Acquire in `try_lock` and `lock_or_queue`.
        self.word.fetch_and(!(LOCKED | QUEUED), Ordering::Release);
    }

    /// Clears `QUEUED`. The caller holds the queue's mutex, and is about to hand the lock
    /// off to the last waiter.
    pub(crate) fn clear_queued(&self) {
        // ORDERING: Relaxed is enough: this publishes nothing, and a release sequence
        // through this word goes on.
        self.word.fetch_and(!QUEUED, Ordering::Relaxed);
    }

    /// Returns whether the lock is held or granted.
    pub(crate) fn is_locked(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of an unlock: a caller that sees the
        // lock free sees what was done under it.
        self.word.peek(Ordering::Acquire) & LOCKED != 0
    }

    /// Records that the lock is granted to a waiter that `thread` has queued. Called by the
    /// owner of the lock.
    #[inline]
    pub(crate) fn set_untaken(&self, thread: ThreadHint) {
        // ORDERING: Relaxed is enough: it affects spinning and `Debug` only, and only the
        // lock's owner writes it.
        self.untaken.store(thread.short(), Ordering::Relaxed);
    }

    /// Records that the waiter that got the lock has been polled or dropped. Called by the
    /// owner of the lock.
    #[inline]
    pub(crate) fn clear_untaken(&self) {
        // ORDERING: Relaxed is enough, as in `set_untaken`.
        self.untaken.store(0, Ordering::Relaxed);
    }

    /// Returns whether the lock was granted to a waiter that has not been polled since.
    pub(crate) fn is_untaken(&self) -> bool {
        // ORDERING: Relaxed is enough, for `Debug`.
        self.untaken.load(Ordering::Relaxed) != 0
    }
}
