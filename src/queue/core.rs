#![forbid(unsafe_code)]
//! The ticket path: items, tickets and both lines, under one mutex; and beside it the
//! ring, for those who need not wait.
//!
//! # State
//!
//! | under the mutex | meaning |
//! |---|---|
//! | `items` | what is inside; of a ring, the half that may freeze it |
//! | `getters`, `putters` | those who wait, ungranted |
//! | `granted_getters` | tickets: granted getters that have not taken their item yet |
//! | `granted_putters` | tickets: granted putters that have not put yet, and [`Slot`](super::Slot)s |
//! | `close_state` | open, closed, closed now; never back |
//! | `finished`, `closed` | who waits until all is done, and for the close |
//!
//! | beside it | meaning |
//! |---|---|
//! | `ring` | of a bounded FIFO queue: the half that works without the mutex |
//! | `puts` | how many were put, if there is no ring to count them |
//! | `done` | how many of them are done |
//!
//! A getter's ticket is the right to one item, not an item: the items stay inside
//! until a getter takes one. So a ticket that is given back loses no item and no
//! order.
//!
//! These hold whenever the mutex is free, 3 and 4 unless a settling is under way:
//!
//! 1. `len + granted_putters <= capacity`, while open.
//! 2. `granted_getters <= len`.
//! 3. A getter waits only if `len == granted_getters`.
//! 4. A putter waits only if `len + granted_putters == capacity`, and only while
//!    open.
//! 5. The ring is frozen if anybody waits, or if the queue is not open. Else the tickets of
//!    getters are reserved at its head, and those of putters at its tail, or that end is
//!    frozen. So whoever uses the ring without the mutex overtakes nobody, and takes nothing
//!    that a ticket stands for.
//!
//! # Protocol
//!
//! A put or a get of one item tries the ring. If that refuses, it takes the mutex, freezes
//! the end that it works at (both ends, if it is about to wait), does what it may, and
//! *settles*: it grants tickets until 3 and 4 hold again, and thaws what 5 allows. Wakers run
//! after the mutex.
//!
//! With one end frozen the other goes on. So a putter sees a length that is too great at
//! the most, and a getter one that is too small: what they do stays within 1 and 2.
//!
//! # Why no wakeup is lost
//!
//! While anybody waits, all is under one mutex: whoever changes the state grants at once
//! what the change allows. A newcomer freezes both ends first and looks second: what the
//! ring did before is seen, and after it the ring does nothing.
//!
//! # Comparisons
//!
//! A `PriorityQueue` compares items under the mutex (see [`comparison`](super::comparison)).
//! That is user code: a panic of it changes nothing (see [`heap`](super::heap)). A future
//! that *waits* in a line of this very queue cannot leave it there: its drop aborts the
//! process.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use super::comparison::{Comparison, Line};
use super::order::sealed::Storage;
use super::order::{Drained, Order};
use super::ring::Ring;
use super::state::{CloseState, QueueState, QueueWaiter};
use crate::queue::done_count::{DoneCount, Finish};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard, const_unless_loom};
use crate::wait::batch::{WakeBatch, resume_after, serve, wake};
use crate::wait::completion::Released;
use crate::wait::list::WaitList;

/// All of a queue but its public face.
pub(super) struct QueueCore<T, O: Order<T>> {
    shared: Mutex<QueueState<T, O>>,
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
                shared: Mutex::new(QueueState::new(items)),
                ring,
                capacity,
                puts: AtomicUsize::new(0),
                done: DoneCount::new(),
                comparison: Comparison::new(),
            }
        }
    }

    pub(super) fn mutex(&self) -> &Mutex<QueueState<T, O>> {
        self.check_reentry();
        &self.shared
    }

    /// Takes the mutex to look, with the ring in use.
    ///
    /// # Panics
    ///
    /// If this thread is comparing items of this queue.
    #[inline]
    pub(super) fn look(&self) -> MutexGuard<'_, QueueState<T, O>> {
        let mut shared = self.mutex().lock();
        self.take_returned(&mut shared);
        shared
    }

    /// Takes the mutex to take items, and freezes the head of the ring. As many as are
    /// inside then can be taken; more may be put meanwhile.
    ///
    /// # Panics
    ///
    /// If this thread is comparing items of this queue.
    #[inline]
    pub(super) fn lock_head(&self) -> MutexGuard<'_, QueueState<T, O>> {
        let mut shared = self.look();
        shared.items.freeze_head();
        shared
    }

    /// Takes the mutex to put items, and freezes the tail of the ring. As much room as
    /// there is then can be used; more may come free meanwhile.
    ///
    /// # Panics
    ///
    /// If this thread is comparing items of this queue.
    #[inline]
    pub(super) fn lock_tail(&self) -> MutexGuard<'_, QueueState<T, O>> {
        let mut shared = self.look();
        shared.items.freeze_tail();
        shared
    }

    /// Takes the mutex to change something, and freezes the ring.
    ///
    /// # Panics
    ///
    /// If this thread is comparing items of this queue.
    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, QueueState<T, O>> {
        let mut shared = self.look();
        shared.freeze();
        shared
    }

    /// Gives the mutex back after no change.
    pub(super) fn unlock(&self, mut shared: MutexGuard<'_, QueueState<T, O>>) {
        shared.thaw(self.capacity);
    }

    /// The half of the ring that works without the mutex, if there is one.
    #[inline]
    pub(super) fn ring(&self) -> Option<&Ring<T>> {
        self.ring.as_deref()
    }

    /// How many items are inside.
    pub(super) fn len(&self) -> usize {
        match self.ring() {
            Some(ring) => ring.len(),
            None => self.look().len(),
        }
    }

    /// How many items were put, ever.
    #[inline]
    fn puts(&self) -> usize {
        match self.ring() {
            Some(ring) => ring.puts(),
            // ORDERING: Relaxed: who took an item out, has had the mutex since it was
            // put.
            None => self.puts.load(Ordering::Relaxed),
        }
    }

    /// How many items were put and are not done.
    pub(super) fn unfinished(&self) -> usize {
        self.check_reentry();
        self.done.unfinished(|| self.puts())
    }

    #[inline]
    pub(super) fn check_reentry(&self) {
        if <O::Storage as Storage<T>>::COMPARES {
            self.comparison.check_reentry();
        }
    }

    /// Settles the count of tickets that were dropped inside a comparison.
    #[inline]
    fn take_returned(&self, shared: &mut QueueState<T, O>) {
        if <O::Storage as Storage<T>>::COMPARES {
            let [getters, putters] = self.comparison.take_returned();
            for _ in 0..getters {
                self.use_getter_ticket(shared);
            }
            for _ in 0..putters {
                self.use_putter_ticket(shared);
            }
        }
    }

    /// Notes a ticket that is dropped inside a comparison. `false` if it is not.
    fn return_later(&self, line: Line) -> bool {
        <O::Storage as Storage<T>>::COMPARES && self.comparison.return_later(line)
    }

    /// Runs `compare`, which may call `Ord::cmp`.
    #[inline]
    fn compare<R>(&self, compare: impl FnOnce() -> R) -> R {
        if <O::Storage as Storage<T>>::COMPARES {
            self.comparison.run(compare)
        } else {
            compare()
        }
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    /// Items that a putter without a ticket may put.
    pub(super) fn free_room(&self, shared: &QueueState<T, O>) -> usize {
        if shared.putters.is_empty() && shared.close_state == CloseState::Open {
            self.spare_room(shared)
        } else {
            0
        }
    }

    /// Room that is granted to nobody.
    fn spare_room(&self, shared: &QueueState<T, O>) -> usize {
        let used = shared.len() + shared.granted_putters;
        self.capacity.unwrap_or(usize::MAX) - used
    }

    /// Puts an item for which there is room. If `Ord::cmp` panics, nothing is
    /// changed and the item is still `item`.
    #[inline(always)]
    pub(super) fn insert(&self, shared: &mut QueueState<T, O>, item: &mut Option<T>) {
        let Some(present) = item.as_ref() else { return };
        let place = self.compare(|| shared.items.place(present));
        if let Some(item) = item.take() {
            shared.items.insert(place, item);
            if self.ring.is_none() {
                // ORDERING: Relaxed, both: changed under the mutex.
                let puts = self.puts.load(Ordering::Relaxed);
                self.puts.store(puts.wrapping_add(1), Ordering::Relaxed);
            }
        }
    }

    /// Takes the first item. If `Ord::cmp` panics, nothing is changed.
    #[inline(always)]
    pub(super) fn take(&self, shared: &mut QueueState<T, O>) -> Option<T> {
        self.compare(|| shared.items.take())
    }

    /// Runs `compare`, which may panic in `Ord::cmp`, while a ticket is used up: the
    /// panic must not keep the ticket.
    pub(super) fn guarded<R>(&self, compare: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
        if <O::Storage as Storage<T>>::COMPARES {
            catch_unwind(AssertUnwindSafe(compare))
        } else {
            Ok(compare())
        }
    }

    /// Gives the mutex back after a change: grants what it allows, and wakes. Then
    /// resumes the panic that `outcome` may be.
    #[inline(always)]
    pub(super) fn settle_and_unlock<R>(
        &self,
        shared: MutexGuard<'_, QueueState<T, O>>,
        outcome: Result<R, Box<dyn Any + Send>>,
    ) -> R {
        match outcome {
            Ok(output) => {
                self.grant_and_unlock(shared);
                output
            }
            Err(panic) => resume_after(panic, || self.grant_and_unlock(shared)),
        }
    }

    /// Grants what can be granted now, gives the mutex back, and wakes. One waiter is the
    /// usual case: it needs no batch.
    #[inline(always)]
    fn grant_and_unlock(&self, mut shared: MutexGuard<'_, QueueState<T, O>>) {
        self.take_returned(&mut shared);
        let first = self.grant_next(&mut shared);
        if first.is_some() && shared.is_waited_for() {
            return self.serve_others(shared, first);
        }
        shared.thaw(self.capacity);
        drop(shared);
        wake(first.flatten());
    }

    /// The rest of [`grant_and_unlock`](Self::grant_and_unlock), where others wait behind
    /// the `first` one.
    #[inline(never)]
    fn serve_others(
        &self,
        shared: MutexGuard<'_, QueueState<T, O>>,
        mut first: Option<Option<Waker>>,
    ) {
        serve(&self.shared, shared, None, |shared, batch| {
            batch.push(first.take().flatten());
            self.settle(shared, batch)
        });
    }

    /// Grants tickets until none can be granted any more. Answers `true` if it
    /// stopped for want of room in the batch.
    pub(super) fn settle(&self, shared: &mut QueueState<T, O>, batch: &mut WakeBatch) -> bool {
        self.take_returned(shared);
        while shared.is_waited_for() {
            if batch.is_full() {
                return true;
            }
            match self.grant_next(shared) {
                Some(waker) => batch.push(waker),
                None => return false,
            }
        }
        shared.thaw(self.capacity);
        false
    }

    /// Grants the first ticket that can be granted, and answers whom to wake.
    #[inline(always)]
    fn grant_next(&self, shared: &mut QueueState<T, O>) -> Option<Option<Waker>> {
        if !shared.getters.is_empty() {
            if shared.is_finished() {
                return shared
                    .getters
                    .grant_front_with(|waiter| waiter.closed = true);
            }
            if shared.len() > shared.granted_getters {
                shared.granted_getters += 1;
                if let Some(ring) = self.ring().filter(|_| is_elsewhere(&shared.getters)) {
                    ring.encourage_getters();
                }
                return shared.getters.grant_front();
            }
        }
        if !shared.putters.is_empty() {
            if shared.close_state != CloseState::Open {
                return shared
                    .putters
                    .grant_front_with(|waiter| waiter.closed = true);
            }
            if self.spare_room(shared) > 0 {
                shared.granted_putters += 1;
                if let Some(ring) = self.ring().filter(|_| is_elsewhere(&shared.putters)) {
                    ring.encourage_putters();
                }
                return shared.putters.grant_front();
            }
        }
        None
    }

    /// Makes a ticket for a slot out of free room.
    pub(super) fn grant_slot(&self, shared: &mut QueueState<T, O>) {
        shared.granted_putters += 1;
    }

    /// Uses up a putter's ticket. `false` if the queue has been closed since.
    pub(super) fn use_putter_ticket(&self, shared: &mut QueueState<T, O>) -> bool {
        let open = shared.close_state == CloseState::Open;
        if open {
            shared.granted_putters -= 1;
        }
        open
    }

    /// Gives a putter's ticket back.
    pub(super) fn return_putter_ticket(&self) {
        if self.return_later(Line::Putters) {
            return;
        }
        let mut shared = self.lock_tail();
        self.use_putter_ticket(&mut shared);
        self.settle_and_unlock(shared, Ok(()));
    }

    /// Uses up a getter's ticket. `false` if the queue has been closed now since.
    pub(super) fn use_getter_ticket(&self, shared: &mut QueueState<T, O>) -> bool {
        let valid = shared.close_state != CloseState::ClosedNow;
        if valid {
            shared.granted_getters -= 1;
        }
        valid
    }

    /// Gives a getter's ticket back.
    pub(super) fn return_getter_ticket(&self) {
        if self.return_later(Line::Getters) {
            return;
        }
        let mut shared = self.lock_head();
        self.use_getter_ticket(&mut shared);
        self.settle_and_unlock(shared, Ok(()));
    }

    /// Counts one item as done. `false` if there is none to be done.
    pub(super) fn task_done(&self) -> bool {
        self.check_reentry();
        match self.done.finish_one(|| self.puts()) {
            Finish::Counted => true,
            Finish::NothingLeft => false,
            Finish::Last => {
                // No put may come between the look at the puts and the count.
                let mut shared = self.lock_tail();
                let (count, finished) = self.finish(&mut shared, 1);
                self.unlock(shared);
                drop(finished);
                count > 0
            }
        }
    }

    /// Makes the last that is done see to those who wait for it. The caller holds the
    /// mutex. Answers whether there is anything to wait for.
    pub(super) fn await_last(&self) -> bool {
        self.done.wait(|| self.puts())
    }

    /// Counts `most` as done, or as many as are left. If none is left, all who wait for
    /// that are released; the caller wakes them after the mutex.
    fn finish(&self, shared: &mut QueueState<T, O>, most: usize) -> (usize, Option<Released>) {
        let (count, last) = self.done.finish(most, || self.puts());
        (count, last.then(|| shared.finished.release_all()))
    }

    /// Ends the puts. Answers whether this call did it.
    pub(super) fn close(&self) -> bool {
        let mut shared = self.lock();
        if shared.close_state != CloseState::Open {
            return false;
        }
        shared.close_state = CloseState::Closed;
        shared.granted_putters = 0;
        let closed = shared.closed.release_all();
        self.settle_and_unlock(shared, Ok(()));
        drop(closed);
        true
    }

    /// Ends puts and gets, and answers what is inside.
    pub(super) fn close_now(&self) -> Drained<T> {
        let mut shared = self.lock();
        let items = shared.items.take_all();
        let was_open = shared.close_state == CloseState::Open;
        shared.close_state = CloseState::ClosedNow;
        shared.granted_putters = 0;
        shared.granted_getters = 0;
        let (_, finished) = self.finish(&mut shared, items.len());
        let closed = was_open.then(|| shared.closed.release_all());
        self.settle_and_unlock(shared, Ok(()));
        // Before the items are the result: a panic of a waker drops them.
        drop(finished);
        drop(closed);
        items
    }

    /// The state, for `Debug`.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let shared = self.look();
        let (close_state, len) = (shared.close_state, shared.len());
        let granted = (shared.granted_getters, shared.granted_putters);
        let waiting = (shared.getters.len(), shared.putters.len());
        drop(shared);
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

/// Whether the first of a line has begun to wait on another thread than this one.
fn is_elsewhere(line: &WaitList<QueueWaiter>) -> bool {
    line.front_data()
        .is_some_and(|waiter| waiter.thread.is_another_thread())
}
