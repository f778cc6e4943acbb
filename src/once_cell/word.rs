#![forbid(unsafe_code)]
//! The atomic word of a [`RawOnceCell`](super::raw::RawOnceCell).
//!
//! # State
//!
//! | word | meaning | changed by |
//! |---|---|---|
//! | 0 | no value, and no initializer has the turn | any thread: a compare-exchange to `TURN` takes the turn; a new waiter: sets `QUEUED` |
//! | `QUEUED` | the same; a waiter is queued for the value, or the last one has left | any thread: a compare-exchange adds `TURN` |
//! | `TURN` | an initializer has the turn, the queues are empty | the owner of the turn: a compare-exchange to 0 or `SET`; a new waiter: sets `QUEUED` |
//! | `TURN \| QUEUED` | an initializer has the turn; a waiter is queued, or the last one has left | the owner of the turn, with the mutex of the queues |
//! | `UNTAKEN` is set too | the owner of the turn is a waiter that has not been polled since | the owner of the turn: clears `UNTAKEN` |
//! | `SET` | the cell has its value | nobody: this is the last state |
//!
//! The holder of the mutex alone sets and clears `QUEUED`, except that `SET` replaces all bits.

use crate::sync::Peek;
use crate::sync::atomic::{AtomicU32, Ordering};

const TURN: u32 = 1;
const SET: u32 = 1 << 1;
const QUEUED: u32 = 1 << 2;
const UNTAKEN: u32 = 1 << 3;

/// What an attempt to take the turn found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnAttempt {
    /// The caller has the turn.
    Taken,
    /// Another initializer has the turn.
    Busy,
    /// The cell has its value.
    Set,
}

/// See the [module](self).
pub(crate) struct OnceWord(AtomicU32);

impl OnceWord {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new(set: bool) -> Self {
            Self(AtomicU32::new(if set { SET } else { 0 }))
        }
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `try_set` and `set_locked`: the value is
        // visible. Everything that reads the value calls this first.
        self.0.peek(Ordering::Acquire) & SET != 0
    }

    /// Takes the turn, unless the value is set or another initializer has the turn.
    #[inline]
    pub(crate) fn try_take_turn(&self) -> TurnAttempt {
        // ORDERING: Relaxed is enough: the compare-exchange below decides, or `is_set` follows.
        let mut word = self.0.peek(Ordering::Relaxed);
        loop {
            if word & SET != 0 {
                return TurnAttempt::Set;
            }
            if word & TURN != 0 {
                return TurnAttempt::Busy;
            }
            // ORDERING: Acquire pairs with the Release in `try_give_up` and `give_up_locked`:
            // what the last initializer did is visible.
            match self.0.compare_exchange_weak(
                word,
                word | TURN,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return TurnAttempt::Taken,
                Err(current) => word = current,
            }
        }
    }

    /// Like [`try_take_turn`](Self::try_take_turn), but sets `QUEUED` if another initializer has
    /// the turn. The caller holds the mutex of the queues, and links an initializer before it
    /// releases the mutex if this returns `Busy`.
    #[must_use]
    pub(crate) fn take_turn_or_queue(&self) -> TurnAttempt {
        // ORDERING: Relaxed is enough: the compare-exchange below decides, or `is_set` follows.
        let mut word = self.0.peek(Ordering::Relaxed);
        loop {
            let (next, attempt) = if word & SET != 0 {
                return TurnAttempt::Set;
            } else if word & TURN == 0 {
                (word | TURN, TurnAttempt::Taken)
            } else if word & QUEUED == 0 {
                (word | QUEUED, TurnAttempt::Busy)
            } else {
                return TurnAttempt::Busy;
            };
            // ORDERING: Acquire, as in `try_take_turn`. `QUEUED` publishes nothing: the mutex
            // publishes the node.
            match (self.0).compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return attempt,
                Err(current) => word = current,
            }
        }
    }

    /// Returns whether the value is set. If not, sets `QUEUED`. The caller holds the mutex of
    /// the queues, and links a waiter before it releases the mutex if this returns `false`.
    #[must_use]
    pub(crate) fn is_set_or_queue(&self) -> bool {
        // ORDERING: Relaxed is enough: the compare-exchange below decides, or `is_set` follows.
        let mut word = self.0.peek(Ordering::Relaxed);
        loop {
            if word & SET != 0 {
                return true;
            }
            if word & QUEUED != 0 {
                return false;
            }
            // ORDERING: Relaxed is enough: the mutex publishes the node, or `is_set` follows.
            match self.0.compare_exchange_weak(
                word,
                word | QUEUED,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return false,
                Err(current) => word = current,
            }
        }
    }

    /// Publishes the value and ends the turn, if nobody is queued. The caller has the turn and
    /// has written the value.
    #[inline]
    #[must_use]
    pub(crate) fn try_set(&self) -> bool {
        // ORDERING: Release pairs with the Acquire in `is_set`: it publishes the value. After a
        // failure the mutex orders what follows.
        self.0
            .compare_exchange(TURN, SET, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Publishes the value and ends the turn. The caller has the turn, has written the value and
    /// holds the mutex of the queues. It releases all waiters.
    pub(crate) fn set_locked(&self) {
        // ORDERING: Release, as in `try_set`.
        self.0.swap(SET, Ordering::Release);
    }

    /// Ends the turn without a value, if nobody is queued. The caller has the turn.
    #[must_use]
    pub(crate) fn try_give_up(&self) -> bool {
        // ORDERING: Release pairs with the Acquire in `try_take_turn` and `take_turn_or_queue`:
        // what this initializer did is visible to the next one. After a failure the mutex orders
        // what follows.
        self.0
            .compare_exchange(TURN, 0, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Ends the turn without a value. The caller has the turn and holds the mutex of the queues.
    /// No initializer is queued. `is_queued` says whether anybody waits for the value.
    pub(crate) fn give_up_locked(&self, is_queued: bool) {
        let word = if is_queued { QUEUED } else { 0 };
        // ORDERING: Release, as in `try_give_up`.
        self.0.swap(word, Ordering::Release);
    }

    /// Records that the turn is handed off to a waiter. The caller has the turn and holds the
    /// mutex of the queues. `is_queued` says whether other waiters remain.
    pub(crate) fn hand_off(&self, is_queued: bool) {
        let word = TURN | UNTAKEN | if is_queued { QUEUED } else { 0 };
        // ORDERING: Relaxed is enough: the grant publishes what this initializer did.
        self.0.swap(word, Ordering::Relaxed);
    }

    /// Records that the waiter that got the turn was polled or dropped. Called by the owner of
    /// the turn.
    pub(crate) fn clear_untaken(&self) {
        // ORDERING: Relaxed is enough: the bit is for `Debug`, and publishes nothing.
        self.0.fetch_and(!UNTAKEN, Ordering::Relaxed);
    }

    /// Returns the name of the state, for `Debug`.
    pub(crate) fn state(&self) -> &'static str {
        // ORDERING: Relaxed is enough, for `Debug`.
        let word = self.0.peek(Ordering::Relaxed);
        if word & SET != 0 {
            "set"
        } else if word & UNTAKEN != 0 {
            "granted, not yet taken"
        } else if word & TURN != 0 {
            "initializing"
        } else {
            "empty"
        }
    }
}
