#![forbid(unsafe_code)]
//! The state of a queue, and the protocol of its puts and gets.
//!
//! # State
//!
//! | under the mutex | meaning |
//! |---|---|
//! | `items` | the items, or the half of the ring that may freeze its ends |
//! | `getters`, `putters` | the wait queues: waiters that have no grant yet |
//! | `granted_getters` | grants of getters that have not taken their item yet |
//! | `granted_putters` | grants of putters that have not put yet, and [`Slot`](super::Slot)s |
//! | `close_state` | see [`close`](super::close) |
//! | `finished`, `closed` | the waits of `join` and `closed` |
//!
//! | beside the mutex | meaning |
//! |---|---|
//! | `ring` | the half of a ring that works without the mutex, for a bounded FIFO queue |
//! | `puts` | the number of puts, if there is no ring that counts them |
//! | `done` | the number of items that are done |
//!
//! A getter's grant is the right to one item, not an item: an item stays in the queue until a
//! getter takes it. So returning a grant loses no item and changes no order.
//!
//! These rules hold whenever the mutex is free, with one exception: if settling fills a batch of
//! wakers, it releases the mutex to wake them, and rules 3 and 4 need not hold until it
//! continues.
//!
//! 1. `len + granted_putters <= capacity`, while the queue is open.
//! 2. `granted_getters <= len`.
//! 3. A getter waits only if `len == granted_getters`.
//! 4. A putter waits only if `len + granted_putters == capacity`, and only while the queue
//!    is open.
//! 5. The ring is frozen if anybody waits or if the queue is closed. Otherwise each end is frozen
//!    or has the grants of its side reserved: those of getters at the head, those of putters at
//!    the tail. So an operation without the mutex overtakes no waiter, and takes nothing that was
//!    granted.
//!
//! # Protocol
//!
//! 1. A put or get of one item tries the ring.
//! 2. If the ring refuses, the operation takes the mutex and freezes its own end, or both ends if
//!    it is about to wait. Then it does what it can.
//! 3. The drop of the [`QueueGuard`] *settles*: it grants until rules 3 and 4 hold again, thaws
//!    what rule 5 permits, releases the mutex, and wakes the waiters that got a grant.
//!
//! With one end frozen, the other end still moves. The length that a putter sees may then be too
//! large, but never too small. The length that a getter sees may be too small, but never too
//! large. So both keep rules 1 and 2.
//!
//! # Why no wakeup is lost
//!
//! - While anybody waits, everything happens under the mutex, and a change is settled before
//!   the mutex is released.
//! - An operation that is about to wait first freezes both ends and then tries again. It sees
//!   everything that happened in the ring before the freeze, and nothing happens there after it.
//!
//! # Cancellation
//!
//! A dropped waiter is unlinked. A dropped grant is no longer counted, and settling grants the
//! item or the room to the next waiter.
//!
//! # Fairness
//!
//! Both wait queues are FIFO. An operation that finds a waiter on its side queues behind it.

use core::fmt;
use core::task::Waker;

use super::comparison::Comparison;
use super::done_count::{DoneCount, Finish};
use super::guard::QueueGuard;
use super::order::sealed::Storage;
use super::order::{Drained, Order};
use super::ring::Ring;
use super::side::Side;
use super::state::{QueueState, QueueWaiter};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve, wake};
use crate::wait::completion::Released;
use crate::wait::list::WaitList;

/// Where an item goes in the storage of the order `O`.
type InsertionPoint<T, O> = <<O as Order<T>>::Storage as Storage<T>>::InsertionPoint;

/// A queue without its public API.
pub(super) struct QueueCore<T, O: Order<T>> {
    state: Mutex<QueueState<T, O>>,
    ring: Option<Arc<Ring<T>>>,
    capacity: Option<usize>,
    puts: AtomicUsize,
    done: DoneCount,
    comparison: Comparison,
}

impl<T, O: Order<T>> QueueCore<T, O> {
    pub(super) fn bounded(capacity: usize) -> Self {
        let items = <O::Storage as Storage<T>>::bounded(capacity);
        let ring = items.ring();
        Self::new(items, ring, Some(capacity))
    }

    const_unless_loom! {
        pub(super) const fn unbounded() -> Self {
            Self::new(<O::Storage as Storage<T>>::EMPTY, None, None)
        }
    }

    const_unless_loom! {
        const fn new(
            items: O::Storage,
            ring: Option<Arc<Ring<T>>>,
            capacity: Option<usize>,
        ) -> Self {
            Self {
                state: Mutex::new(QueueState::new(items)),
                ring,
                capacity,
                puts: AtomicUsize::new(0),
                done: DoneCount::new(),
                comparison: Comparison::new(),
            }
        }
    }

    /// Returns the mutex. Only a wait uses it directly. Other callers use [`read`](Self::read) to
    /// look, or a [`QueueGuard`].
    ///
    /// # Panics
    ///
    /// Panics if this thread is comparing items of this queue.
    #[inline(always)]
    pub(super) fn mutex(&self) -> &Mutex<QueueState<T, O>> {
        self.check_reentry();
        &self.state
    }

    /// Reads the state under the mutex. Nothing is granted, and no waker runs.
    ///
    /// # Panics
    ///
    /// Panics if this thread is comparing items of this queue.
    pub(super) fn read<R>(&self, look: impl FnOnce(&QueueState<T, O>) -> R) -> R {
        look(&self.mutex().lock())
    }

    #[inline(always)]
    pub(super) fn check_reentry(&self) {
        if <O::Storage as Storage<T>>::COMPARES {
            self.comparison.check_reentry();
        }
    }

    /// Runs `compare`, which may call `Ord::cmp`.
    #[inline(always)]
    fn compare<R>(&self, compare: impl FnOnce() -> R) -> R {
        if <O::Storage as Storage<T>>::COMPARES {
            self.comparison.run(compare)
        } else {
            compare()
        }
    }

    /// Returns the half of the ring that works without the mutex, if there is a ring.
    #[inline(always)]
    pub(super) fn ring(&self) -> Option<&Ring<T>> {
        // Decided when the crate is compiled, if no ring can exist.
        let exists = const { Ring::<T>::most_cells() > 0 };
        if exists { self.ring.as_deref() } else { None }
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        match self.ring() {
            Some(ring) => ring.len(),
            None => self.read(QueueState::len),
        }
    }

    /// Returns the number of puts since the queue was created.
    #[inline]
    fn puts(&self) -> usize {
        match self.ring() {
            Some(ring) => ring.puts(),
            // ORDERING: Acquire pairs with the Release in `insert`, for
            // `DoneCount::unfinished`, as in `Ends::puts`. A thread that took an item out held the
            // mutex after that item was put.
            None => self.puts.load(Ordering::Acquire),
        }
    }

    pub(super) fn unfinished(&self) -> usize {
        self.check_reentry();
        self.done.unfinished(|| self.puts())
    }

    /// Returns how much an operation without a grant may use now: the number of items (to get),
    /// or the room (to put).
    #[inline(always)]
    pub(super) fn free(&self, state: &QueueState<T, O>, side: Side) -> usize {
        if state.has_waiters(side) || state.voids_grants(side) {
            0
        } else {
            self.ungranted(state, side)
        }
    }

    /// Returns the number of items, or the room, that is not granted to anybody.
    #[inline(always)]
    fn ungranted(&self, state: &QueueState<T, O>, side: Side) -> usize {
        match side {
            Side::Get => state.len() - state.granted_getters,
            Side::Put => {
                self.capacity.unwrap_or(usize::MAX) - (state.len() + state.granted_putters)
            }
        }
    }

    /// Returns where `item` goes. May panic in `Ord::cmp`, and then changes nothing.
    #[inline(always)]
    pub(super) fn insertion_point(
        &self,
        state: &QueueState<T, O>,
        item: &T,
    ) -> InsertionPoint<T, O> {
        self.compare(|| state.items.insertion_point(item))
    }

    /// Puts an item, for which there is room. `point` is what
    /// [`insertion_point`](Self::insertion_point) has just returned for it.
    #[inline(always)]
    pub(super) fn insert(
        &self,
        state: &mut QueueState<T, O>,
        point: InsertionPoint<T, O>,
        item: T,
    ) {
        state.items.insert(point, item);
        if self.ring().is_none() {
            // ORDERING: Relaxed is enough for the load: changed under the mutex only. Release pairs
            // with the Acquire in `puts`.
            let puts = self.puts.load(Ordering::Relaxed);
            self.puts.store(puts.wrapping_add(1), Ordering::Release);
        }
    }

    /// Puts `item`, for which there is room. If `Ord::cmp` panics, nothing changes, and
    /// `item` is still there.
    #[inline(always)]
    pub(super) fn put(&self, state: &mut QueueState<T, O>, item: &mut Option<T>) {
        let Some(present) = item.as_ref() else { return };
        let point = self.insertion_point(state, present);
        if let Some(item) = item.take() {
            self.insert(state, point, item);
        }
    }

    /// Takes the first item. If `Ord::cmp` panics, nothing changes.
    #[inline(always)]
    pub(super) fn take(&self, state: &mut QueueState<T, O>) -> Option<T> {
        self.compare(|| state.items.take())
    }

    /// Grants what can be granted now, thaws the ring, releases the mutex, and wakes the waiters
    /// that got a grant. A single waiter is the usual case and needs no batch.
    #[inline(always)]
    pub(super) fn settle_and_wake(&self, mut state: MutexGuard<'_, QueueState<T, O>>) {
        let first = self.grant_next(&mut state);
        if first.is_some() && state.is_waited_for() {
            return self.settle_and_wake_many(state, first);
        }
        state.thaw(self.capacity);
        drop(state);
        wake(first.flatten());
    }

    /// The rest of [`settle_and_wake`](Self::settle_and_wake) if others wait behind the first
    /// waiter, which already has its grant. `first` is the waker of that waiter.
    #[inline(never)]
    fn settle_and_wake_many(
        &self,
        state: MutexGuard<'_, QueueState<T, O>>,
        mut first: Option<Option<Waker>>,
    ) {
        serve(&self.state, state, None, |state, batch| {
            batch.push(first.take().flatten());
            self.settle(state, batch)
        });
    }

    /// Grants what can be granted now, and thaws the ring. Returns `true` if the batch is
    /// full and more can be granted.
    pub(super) fn settle(&self, state: &mut QueueState<T, O>, batch: &mut WakeBatch) -> bool {
        while state.is_waited_for() {
            if batch.is_full() {
                return true;
            }
            match self.grant_next(state) {
                Some(waker) => batch.push(waker),
                None => return false,
            }
        }
        state.thaw(self.capacity);
        false
    }

    /// Gives a grant to the next waiter that can have one, and returns its waker.
    #[inline(always)]
    fn grant_next(&self, state: &mut QueueState<T, O>) -> Option<Option<Waker>> {
        self.grant(state, Side::Get)
            .or_else(|| self.grant(state, Side::Put))
    }

    /// Gives a grant to the first waiter of a side, if that is possible, and returns its waker.
    #[inline(always)]
    fn grant(&self, state: &mut QueueState<T, O>, side: Side) -> Option<Option<Waker>> {
        if !state.has_waiters(side) {
            return None;
        }
        if state.refuses(side) {
            let waiters = state.waiters(side);
            return waiters.grant_front_with(|waiter| waiter.closed = true);
        }
        if self.ungranted(state, side) == 0 {
            return None;
        }
        *state.granted(side) += 1;
        if let Some(ring) = self.ring() {
            if is_from_elsewhere(state.waiters(side)) {
                ring.rearm(side);
            }
        }
        state.waiters(side).grant_front()
    }

    /// Grants room to a slot. The caller knows that some room is not granted to anybody.
    pub(super) fn grant_slot(&self, state: &mut QueueState<T, O>) {
        state.granted_putters += 1;
    }

    /// Uses up a grant. Returns `false` if it is void because the queue was closed.
    #[inline(always)]
    pub(super) fn use_grant(&self, state: &mut QueueState<T, O>, side: Side) -> bool {
        let valid = !state.voids_grants(side);
        if valid {
            *state.granted(side) -= 1;
        }
        valid
    }

    /// Hands an unwanted grant on to the next waiter.
    ///
    /// # Panics
    ///
    /// Panics if this thread is comparing items of this queue. In this case the grant is leaked.
    pub(super) fn return_grant(&self, side: Side) {
        let mut guard = QueueGuard::frozen(self, side);
        self.use_grant(&mut guard, side);
        guard.settle();
    }

    /// Counts one item as done. Returns `false` if all items were done already.
    pub(super) fn task_done(&self) -> bool {
        self.check_reentry();
        match self.done.finish_one(|| self.puts()) {
            Finish::Counted => true,
            Finish::NothingLeft => false,
            Finish::Last => {
                // No put may come between the read of the puts and the count.
                let mut guard = QueueGuard::frozen(self, Side::Put);
                let (count, finished) = self.finish(&mut guard, 1);
                guard.settle();
                drop(finished);
                count > 0
            }
        }
    }

    /// Makes the thread that finishes the last item release the waits of `join`. The caller holds
    /// the mutex. Returns whether there is anything to wait for.
    pub(super) fn await_last(&self) -> bool {
        self.done.wait(|| self.puts())
    }

    /// Counts `most` items as done, or all that are left. Returns the number of counted items. If
    /// none is left, also returns the waits of `join`, to be woken after the mutex is released.
    fn finish(&self, state: &mut QueueState<T, O>, most: usize) -> (usize, Option<Released>) {
        let (count, last) = self.done.finish(most, || self.puts());
        (count, last.then(|| state.finished.release_all()))
    }

    /// Closes the queue to puts. Returns `false` if it was closed already.
    pub(super) fn close(&self) -> bool {
        let mut guard = QueueGuard::frozen_both(self);
        let closed = guard.close();
        guard.settle();
        closed.is_some()
    }

    /// Closes the queue to puts and gets, and returns the items.
    pub(super) fn close_now(&self) -> Drained<T> {
        let mut guard = QueueGuard::frozen_both(self);
        let (items, closed) = guard.close_now();
        let (_, finished) = self.finish(&mut guard, items.len());
        guard.settle();
        // Before the items are returned: if a waker panics, they are dropped.
        drop(finished);
        drop(closed);
        items
    }

    /// Adds the state to the fields of `Debug`.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let (close_state, len, granted, waiting) = self.read(|state| {
            let granted = (state.granted_getters, state.granted_putters);
            let waiting = (state.getters.len(), state.putters.len());
            (state.close_state, state.len(), granted, waiting)
        });
        fields
            .field("close_state", &close_state)
            .field("len", &len)
            .field("capacity", &self.capacity)
            .field("unfinished", &self.unfinished())
            .field("waiting_getters", &waiting.0)
            .field("waiting_putters", &waiting.1)
            .field("granted_items_not_taken", &granted.0)
            .field("granted_slots_not_used", &granted.1);
    }
}

/// Returns whether a thread other than this one queued the first waiter.
fn is_from_elsewhere(waiters: &WaitList<QueueWaiter>) -> bool {
    waiters
        .front_data()
        .is_some_and(|waiter| waiter.thread.is_another_thread())
}
