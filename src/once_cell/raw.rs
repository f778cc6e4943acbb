#![forbid(unsafe_code)]
//! A cell without its value: the word, the two wait queues and the turn.
//!
//! The *turn* is the right to initialize the cell. One initializer at a time has it.
//!
//! # State
//!
//! The states of the word are in [`word`](super::word). The mutex guards two wait queues: the
//! initializers that wait for the turn, and the waiters that wait for the value. Each waiter
//! has a place, which counts up through both queues.
//!
//! # Protocol
//!
//! 1. Take the turn: one compare-exchange of the word. If the value is set, there is nothing to do.
//! 2. If another initializer has the turn, take the mutex and look again. If that initializer
//!    still has the turn, set `QUEUED` and link the node at the back of the initializers.
//! 3. Wait for the value: one load of the word, if the value is set. Otherwise take the mutex,
//!    look again, set `QUEUED` and link the node at the back of the waiters.
//! 4. Set: write the value, then end the turn by one compare-exchange from `TURN` to `SET`. It
//!    succeeds if nobody is queued.
//! 5. If it fails, take the mutex, set the word to `SET`, and grant both queues in the order of
//!    the places, in batches: unlock, wake, lock again, and look at the fronts again. No node is
//!    remembered while the mutex is free.
//! 6. Give up: end the turn by one compare-exchange from `TURN` to 0. It succeeds if nobody is
//!    queued.
//! 7. If it fails, take the mutex. Hand the turn off to the first queued initializer while the
//!    word keeps `TURN`. If there is none, clear `TURN`. Nobody else is woken.
//! 8. A waiter that is polled or dropped after step 5 and before its grant finds the cell set,
//!    and unlinks itself.
//!
//! # Why no wakeup is lost
//!
//! Steps 2 and 3 set `QUEUED`, and steps 4 and 6 end the turn, each by a compare-exchange of the
//! same word. If the turn ends first, steps 2 and 3 see that: they find the value, or take the
//! turn, or queue for a value that a later turn sets. If `QUEUED` comes first, steps 4 and 6
//! fail, and steps 5 and 7 wait for the mutex, which is released when the node is linked.
//!
//! An initializer is queued only while another one has the turn. While `QUEUED` is set, only
//! steps 5 and 7 end that turn, and both find the initializer under the mutex.
//!
//! # Cancellation
//!
//! A waiter that leaves a queue does not change the word: `QUEUED` stays set until the turn
//! ends. A waiter that was granted the turn gives it up by steps 6 and 7.
//!
//! # Fairness
//!
//! The turn is FIFO. While an initializer is queued the word has `TURN`, so a newcomer's attempt
//! fails. Once the value is set, all waiters are woken in the order of their places.

use core::fmt;
use core::marker::PhantomData;

use super::OnceCell;
use super::word::{OnceWord, TurnAttempt};
use crate::diagnostics::Probe;
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve, wake};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// What a cell keeps about each waiter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnceWaiter {
    /// Its place in the order of all waiters of the cell.
    ///
    /// It would wrap after 2^64 waits: at one per nanosecond, that takes 580 years.
    place: u64,
    /// Whether it was granted the turn. Otherwise the value is set.
    has_turn: bool,
}

/// The data under the mutex.
pub(crate) struct OnceQueue {
    initializers: WaitList<OnceWaiter>,
    waiters: WaitList<OnceWaiter>,
    /// The place of the next waiter.
    next_place: u64,
    /// Whether all linked waiters are released, because the value is set.
    is_set: bool,
}

impl OnceQueue {
    /// Returns the data of a new waiter.
    fn new_waiter(&mut self) -> OnceWaiter {
        let place = self.next_place;
        self.next_place += 1;
        OnceWaiter {
            place,
            has_turn: false,
        }
    }

    /// Returns the queue of the waiter with the lowest place. `None` if nobody is queued.
    fn first_queue(&mut self) -> Option<&mut WaitList<OnceWaiter>> {
        match (self.initializers.front_data(), self.waiters.front_data()) {
            (None, None) => None,
            (Some(initializer), Some(waiter)) if waiter.place < initializer.place => {
                Some(&mut self.waiters)
            }
            (Some(_), _) => Some(&mut self.initializers),
            (None, Some(_)) => Some(&mut self.waiters),
        }
    }

    /// Grants all waiters: the value is set. Returns `true` if the batch is full and some are
    /// left.
    fn release(&mut self, batch: &mut WakeBatch) -> bool {
        while let Some(queue) = self.first_queue() {
            if batch.is_full() {
                return true;
            }
            batch.push(queue.grant_front().flatten());
        }
        false
    }
}

/// See the [module](self).
pub(crate) struct RawOnceCell {
    word: OnceWord,
    queue: Mutex<OnceQueue>,
}

impl RawOnceCell {
    const_unless_loom! {
        pub(super) const fn new(is_set: bool) -> Self {
            Self {
                word: OnceWord::new(is_set),
                queue: Mutex::new(OnceQueue {
                    initializers: WaitList::new(),
                    waiters: WaitList::new(),
                    next_place: 0,
                    is_set,
                }),
            }
        }
    }

    /// Returns whether the value is set. If so, the caller may read it.
    #[inline]
    pub(super) fn is_set(&self) -> bool {
        self.word.is_set()
    }

    /// Takes the turn (step 1).
    #[inline]
    pub(super) fn try_take_turn(&self) -> TurnAttempt {
        self.word.try_take_turn()
    }

    /// Ends the turn after the value was written. The caller has the turn (step 4).
    #[inline]
    pub(super) fn set(&self) {
        if !self.word.try_set() {
            self.set_queued();
        }
    }

    /// Publishes the value, and releases and wakes all waiters (step 5).
    #[cold]
    fn set_queued(&self) {
        let mut queue = self.queue.lock();
        self.word.set_locked();
        queue.is_set = true;
        serve(&self.queue, queue, None, OnceQueue::release);
    }

    /// Ends the turn without a value. The caller has the turn (step 6).
    pub(super) fn give_up(&self) {
        if !self.word.try_give_up() {
            self.give_up_queued();
        }
    }

    /// Hands the turn off to the first queued initializer, if there is one (step 7).
    #[cold]
    fn give_up_queued(&self) {
        let mut queue = self.queue.lock();
        let initializers = queue.initializers.len();
        let is_awaited = !queue.waiters.is_empty();
        let waker = if initializers == 0 {
            self.word.give_up_locked(is_awaited);
            None
        } else {
            // Before the grant: the new owner clears `UNTAKEN`, which is set here.
            self.word.hand_off(initializers > 1 || is_awaited);
            let first = &mut queue.initializers;
            first
                .grant_front_with(|waiter| waiter.has_turn = true)
                .flatten()
        };
        drop(queue);
        wake(waker);
    }

    /// Adds the state to a `Debug` line.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let queue = self.queue.lock();
        let state = self.word.state();
        let (initializers, waiters) = (queue.initializers.len(), queue.waiters.len());
        let is_set = queue.is_set;
        drop(queue);
        fields.field("state", &format_args!("{state}"));
        // If the value is set, those that are still linked are released.
        let released = if is_set { initializers + waiters } else { 0 };
        let waiting = |count: usize| if is_set { 0 } else { count };
        fields
            .field("waiting_initializers", &waiting(initializers))
            .field("waiters", &waiting(waiters))
            .field("released_not_woken", &released);
    }
}

/// How the wait for the turn ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The initializer has the turn.
    Turn,
    /// The value is set.
    Set,
}

/// The operation of waiting for the turn.
pub(crate) struct AwaitTurn<T>(PhantomData<fn(&T)>);

impl<T> AwaitTurn<T> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<T> Operation for AwaitTurn<T> {
    type Primitive = OnceCell<T>;
    type Shared = OnceQueue;
    type WaiterData = OnceWaiter;
    type Output = Start;

    const NAME: &'static str = "get_or_init";
    /// A waiter that leaves changes nothing for the others.
    const SETTLES: bool = false;
    const RELEASES_EARLY: bool = true;

    fn probe(cell: &OnceCell<T>) -> &Probe {
        &cell.probe
    }

    fn mutex(cell: &OnceCell<T>) -> &Mutex<OnceQueue> {
        &cell.raw.queue
    }

    fn waiters(queue: &mut OnceQueue) -> &mut WaitList<OnceWaiter> {
        &mut queue.initializers
    }

    #[inline(always)]
    fn try_inline(&mut self, cell: &OnceCell<T>) -> Option<Start> {
        started(cell.raw.word.try_take_turn())
    }

    fn try_locked(
        &mut self,
        cell: &OnceCell<T>,
        queue: &mut OnceQueue,
    ) -> Attempt<Start, OnceWaiter> {
        match started(cell.raw.word.take_turn_or_queue()) {
            Some(start) => Attempt::Ready(start),
            None => Attempt::Wait(queue.new_waiter()),
        }
    }

    fn settle(_cell: &OnceCell<T>, _queue: &mut OnceQueue, _batch: &mut WakeBatch) -> bool {
        false
    }

    fn take_grant(&mut self, cell: &OnceCell<T>, waiter: OnceWaiter) -> Start {
        if waiter.has_turn {
            cell.raw.word.clear_untaken();
            Start::Turn
        } else {
            Start::Set
        }
    }

    fn return_grant(&mut self, cell: &OnceCell<T>, waiter: OnceWaiter) {
        if waiter.has_turn {
            cell.raw.word.clear_untaken();
            cell.raw.give_up();
        }
    }

    fn is_released(queue: &OnceQueue, _waiter: OnceWaiter) -> bool {
        queue.is_set
    }

    fn interrupted(&mut self, cell: &OnceCell<T>, start: Start) {
        if start == Start::Turn {
            cell.raw.give_up();
        }
    }
}

#[inline(always)]
fn started(attempt: TurnAttempt) -> Option<Start> {
    match attempt {
        TurnAttempt::Taken => Some(Start::Turn),
        TurnAttempt::Set => Some(Start::Set),
        TurnAttempt::Busy => None,
    }
}

/// The operation of waiting for the value.
pub(crate) struct AwaitValue<T>(PhantomData<fn(&T)>);

impl<T> AwaitValue<T> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<T> Operation for AwaitValue<T> {
    type Primitive = OnceCell<T>;
    type Shared = OnceQueue;
    type WaiterData = OnceWaiter;
    type Output = ();

    const NAME: &'static str = "wait";
    /// A waiter that leaves changes nothing for the others.
    const SETTLES: bool = false;
    const RELEASES_EARLY: bool = true;

    fn probe(cell: &OnceCell<T>) -> &Probe {
        &cell.probe
    }

    fn mutex(cell: &OnceCell<T>) -> &Mutex<OnceQueue> {
        &cell.raw.queue
    }

    fn waiters(queue: &mut OnceQueue) -> &mut WaitList<OnceWaiter> {
        &mut queue.waiters
    }

    #[inline(always)]
    fn try_inline(&mut self, cell: &OnceCell<T>) -> Option<()> {
        cell.raw.is_set().then_some(())
    }

    fn try_locked(&mut self, cell: &OnceCell<T>, queue: &mut OnceQueue) -> Attempt<(), OnceWaiter> {
        if cell.raw.word.is_set_or_queue() {
            Attempt::Ready(())
        } else {
            Attempt::Wait(queue.new_waiter())
        }
    }

    fn settle(_cell: &OnceCell<T>, _queue: &mut OnceQueue, _batch: &mut WakeBatch) -> bool {
        false
    }

    fn take_grant(&mut self, _cell: &OnceCell<T>, _waiter: OnceWaiter) {}

    /// There is nothing to hand on: every waiter was released.
    fn return_grant(&mut self, _cell: &OnceCell<T>, _waiter: OnceWaiter) {}

    fn is_released(queue: &OnceQueue, _waiter: OnceWaiter) -> bool {
        queue.is_set
    }
}
