#![forbid(unsafe_code)]
//! The word of a Lock.
//!
//! | word | meaning | who leaves it |
//! |---|---|---|
//! | 0 | free, nobody queued | anybody: a compare-exchange to `LOCKED` takes it |
//! | `LOCKED` | held, nobody queued | the holder: a compare-exchange to 0; anybody who queues: to `LOCKED \| QUEUED` |
//! | `LOCKED \| QUEUED` | held, somebody queued, or all have left since | only whoever holds the queue's mutex |
//!
//! `QUEUED` without `LOCKED` never stands: an unlock with a queue hands the lock
//! over as it is.
//!
//! Beside the word stands a hint: which thread holds the lock, and whether a
//! waiter was granted it and has not come yet. It is for spinning and `Debug`
//! only; nothing is decided by it that could go wrong.

use std::ops::ControlFlow;

use super::patience::{Patience, Plan};
use crate::sync::Peek;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{thread, unique_number};

const LOCKED: u32 = 1;
const QUEUED: u32 = 1 << 1;

/// In the hint: granted to a waiter that has not been polled since.
const GRANTED: u32 = 1;

/// The hint where it is not known which thread a waiter will be polled on.
pub(crate) const UNKNOWN: u32 = 0;

/// The hint from an unlock on, until the next holder has said who it is.
const GIVEN_BACK: u32 = 1 << 1;

/// How long a lock that another thread holds is looked at before queueing: less than four
/// microseconds where a pause takes 25 nanoseconds.
///
/// With pauses that double, a holder that locks again and again is the faster, the less often
/// its cache line is taken away. After them, one look in two or three finds the lock free, and
/// only a holder that stands still is not waited out.
const PLAN: Plan = Plan {
    first: 4,
    least: 4,
    most: 156,
    longest: 32,
};

/// What [`LockWord::lock_or_queue`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queueing {
    /// The lock was free and is the caller's now.
    Locked,
    /// It is held, and `QUEUED` is set.
    MustWait,
}

/// The word and the hint. See the [module](self).
pub(crate) struct LockWord {
    word: AtomicU32,
    hint: AtomicU32,
    /// How long the next look at a held lock may take.
    patience: Patience,
}

impl LockWord {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self {
                word: AtomicU32::new(0),
                hint: AtomicU32::new(0),
                patience: Patience::new(PLAN.most),
            }
        }
    }

    /// Takes the lock if it is free, at the price of one compare-exchange; of a look, if
    /// it is not.
    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        // ORDERING: Relaxed: a compare-exchange that was sure to fail is left out. An
        // unlock that came before this call is seen.
        if !cfg!(any(loom, shuttle)) && self.word.load(Ordering::Relaxed) != 0 {
            return false;
        }
        // ORDERING: Acquire pairs with the Release of `try_unlock` and `unlock`:
        // what the last holder did is visible. A failure reads nothing.
        let locked = self
            .word
            .compare_exchange(0, LOCKED, Ordering::Acquire, Ordering::Relaxed)
            .is_ok();
        if locked {
            self.set_holder();
        }
        locked
    }

    /// Looks at a held lock for a short while, and takes it if it comes free.
    ///
    /// Without this, short sections on several threads fall into a convoy: each
    /// taker queues, each release wakes a task. Nobody is overtaken, since
    /// spinning ends as soon as somebody is queued. A holder on this very
    /// thread cannot go on while we spin, so it is not waited for.
    #[inline]
    pub(crate) fn spin_lock(&self) -> bool {
        self.may_come_free() && self.keep_looking()
    }

    /// Whether the lock is free by now, or another thread has it, with nobody in line.
    #[inline]
    fn may_come_free(&self) -> bool {
        // ORDERING: Relaxed, a look.
        !cfg!(any(loom, shuttle))
            && match self.word.load(Ordering::Relaxed) {
                0 => true,
                LOCKED => self.is_held_elsewhere(),
                _ => false,
            }
    }

    #[cold]
    fn keep_looking(&self) -> bool {
        // ORDERING: Relaxed, a look; `try_lock` synchronises.
        let looked = (self.patience).look(&PLAN, || match self.word.load(Ordering::Relaxed) {
            0 if self.try_lock() => ControlFlow::Break(Some(())),
            0 => ControlFlow::Continue(()),
            LOCKED if self.is_held_elsewhere() => ControlFlow::Continue(()),
            _ => ControlFlow::Break(None),
        });
        looked.is_some()
    }

    /// Whether it looks as if another thread had the lock.
    fn is_held_elsewhere(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        let holder = self.hint.load(Ordering::Relaxed) & !GRANTED;
        holder != holder_hint() && holder != UNKNOWN
    }

    /// Takes the lock if it is free, else makes sure that `QUEUED` is set. The
    /// caller holds the queue's mutex, and links a waiter before it gives that
    /// back if the answer is [`Queueing::MustWait`].
    pub(crate) fn lock_or_queue(&self) -> Queueing {
        // ORDERING: Relaxed, the compare-exchanges below decide.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            let (next, outcome) = if word & LOCKED == 0 {
                (word | LOCKED, Queueing::Locked)
            } else if word & QUEUED == 0 {
                (word | QUEUED, Queueing::MustWait)
            } else {
                return Queueing::MustWait;
            };
            // ORDERING: Acquire pairs with the Release of `try_unlock` and
            // `unlock` where the lock is taken. Setting `QUEUED` publishes
            // nothing: the node is published by the queue's mutex.
            match self
                .word
                .compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => {
                    if outcome == Queueing::Locked {
                        self.set_holder();
                    }
                    return outcome;
                }
                Err(current) => word = current,
            }
        }
    }

    /// Gives the lock back if nobody is queued, at the price of one
    /// compare-exchange; of a look, if somebody is.
    #[inline]
    pub(crate) fn try_unlock(&self) -> bool {
        // ORDERING: Relaxed: a compare-exchange that was sure to fail is left out. The
        // queue's mutex follows.
        if !cfg!(any(loom, shuttle)) && self.word.load(Ordering::Relaxed) != LOCKED {
            return false;
        }
        // ORDERING: Relaxed, a hint. Left as it is, it would tell this thread that it
        // holds the lock itself, right after another has taken it.
        self.hint.store(GIVEN_BACK, Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire of `try_lock` and
        // `lock_or_queue`. A failure reads nothing: the queue's mutex follows.
        self.word
            .compare_exchange(LOCKED, 0, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Gives the lock back under the queue's mutex, nobody being queued any more.
    pub(crate) fn unlock(&self) {
        // ORDERING: Relaxed, a hint, as in `try_unlock`.
        self.hint.store(GIVEN_BACK, Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire of `try_lock` and
        // `lock_or_queue`.
        self.word.fetch_and(!(LOCKED | QUEUED), Ordering::Release);
    }

    /// Notes that the one who is about to be granted the lock is the last in line. The caller
    /// holds the queue's mutex.
    pub(crate) fn clear_queued(&self) {
        // ORDERING: Relaxed: nothing is published; a release sequence that runs
        // through this word goes on.
        self.word.fetch_and(!QUEUED, Ordering::Relaxed);
    }

    /// Whether the lock is held, or granted.
    pub(crate) fn is_locked(&self) -> bool {
        // ORDERING: Acquire pairs with the Release of an unlock: who sees it free
        // sees what was done under it.
        self.word.peek(Ordering::Acquire) & LOCKED != 0
    }

    /// Notes that this thread holds the lock.
    #[inline]
    pub(crate) fn set_holder(&self) {
        // ORDERING: Relaxed, a hint.
        self.hint.store(holder_hint(), Ordering::Relaxed);
    }

    /// Notes that the lock was granted to a waiter of the thread `hint`, which
    /// has not been polled since.
    pub(crate) fn set_granted(&self, hint: u32) {
        // ORDERING: Relaxed, a hint; the grant itself is published by the node.
        self.hint.store(hint | GRANTED, Ordering::Relaxed);
    }

    /// Whether the lock was granted to a waiter that has not been polled since.
    pub(crate) fn is_granted(&self) -> bool {
        // ORDERING: Relaxed, for `Debug`.
        self.is_locked() && self.hint.load(Ordering::Relaxed) & GRANTED != 0
    }
}

/// This thread, as it stands in a hint. Two threads may share a hint; then they
/// do not spin for each other.
#[inline]
pub(crate) fn holder_hint() -> u32 {
    // Thread tokens are addresses of words: the lowest two bits are free.
    (thread::token() as u32) & !(GRANTED | GIVEN_BACK)
}

/// A number that a lock gets when it is first asked for it. Not 0.
pub(crate) struct Serial(AtomicU32);

impl Serial {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self(AtomicU32::new(0))
        }
    }

    /// The number. The first call is made by a holder of the lock, so that there are
    /// no two first ones.
    pub(crate) fn get(&self) -> u32 {
        // ORDERING: Relaxed: whoever is not the first came by way of the lock.
        match self.0.load(Ordering::Relaxed) {
            0 => {
                let fresh = unique_number();
                // ORDERING: Relaxed, as above.
                self.0.store(fresh, Ordering::Relaxed);
                fresh
            }
            serial => serial,
        }
    }
}
