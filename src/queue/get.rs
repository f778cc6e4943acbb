#![forbid(unsafe_code)]
//! The operations that wait for items.

use std::marker::PhantomData;

use super::OrderedQueue;
use super::attempt::{attempt_now, attempt_or_wait, certain_free_items};
use super::error::GetError;
use super::order::Order;
use super::order::sealed::Storage;
use super::state::{QueueState, QueueWaiter};
use crate::sync::{Mutex, MutexGuard, ThreadHint};
use crate::wait::batch::WakeBatch;
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// What is the same for all operations that wait in the getters' line.
macro_rules! getters_line {
    () => {
        type Primitive = OrderedQueue<T, O>;
        type Shared = QueueState<T, O>;
        type WaiterData = QueueWaiter;

        const TRY_LOCKED_MAY_PANIC: bool = <O::Storage as Storage<T>>::COMPARES;

        fn mutex(queue: &OrderedQueue<T, O>) -> &Mutex<QueueState<T, O>> {
            queue.core.mutex()
        }

        fn check_access(queue: &OrderedQueue<T, O>) {
            queue.core.check_reentry();
        }

        fn waiters(shared: &mut QueueState<T, O>) -> &mut WaitList<QueueWaiter> {
            &mut shared.getters
        }

        fn settle(
            queue: &OrderedQueue<T, O>,
            shared: &mut QueueState<T, O>,
            batch: &mut WakeBatch,
        ) -> bool {
            queue.core.settle(shared, batch)
        }

        fn return_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) {
            if !waiter.closed {
                queue.core.return_getter_ticket();
            }
        }
    };
}

/// Waits for an item and takes it.
pub(crate) struct GetOne<T, O>(PhantomData<fn(O) -> T>);

impl<T, O> GetOne<T, O> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T, O: Order<T>> GetOne<T, O> {
    /// Takes an item, if there is one that nobody waits for.
    #[inline(always)]
    fn get_now(
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Option<Result<T, GetError>> {
        if shared.free_items() > 0 {
            Some(queue.core.take(shared).ok_or(GetError))
        } else {
            shared.is_finished().then_some(Err(GetError))
        }
    }

    #[inline(never)]
    fn get_patiently(&mut self, queue: &OrderedQueue<T, O>) -> Option<Result<T, GetError>> {
        if let Some(ring) = queue.core.ring() {
            if let Some(item) = ring.take_patiently() {
                return Some(Ok(item));
            }
            if ring.looks_empty() {
                // It will have to wait, with a waker.
                return None;
            }
        }
        self.get_under_mutex(queue)
    }

    fn get_under_mutex(&mut self, queue: &OrderedQueue<T, O>) -> Option<Result<T, GetError>> {
        attempt_now(self, queue, queue.core.lock_head(), |_, shared| {
            Self::get_now(queue, shared)
        })
    }
}

impl<T, O: Order<T>> Operation for GetOne<T, O> {
    type Output = Result<T, GetError>;
    getters_line!();

    #[inline(always)]
    fn try_inline(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        queue.core.ring()?.take_at_once().map(Ok)
    }

    #[inline]
    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        if let Some(ring) = queue.core.ring() {
            if let Some(item) = ring.take_beside_tickets() {
                return Some(Ok(item));
            }
            if ring.has_to_wait_to_take() {
                return None;
            }
        }
        self.get_patiently(queue)
    }

    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        attempt_or_wait(shared, ThreadHint::current(), |shared| {
            Self::get_now(queue, shared)
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        if waiter.closed {
            return Err(GetError);
        }
        let mut shared = queue.core.lock_head();
        if !queue.core.use_getter_ticket(&mut shared) {
            return Err(GetError);
        }
        let item = queue.core.guarded(|| queue.core.take(&mut shared));
        queue.core.settle_and_unlock(shared, item).ok_or(GetError)
    }
}

/// Waits for an item, then appends what is there to a vector.
pub(crate) struct GetSome<'a, T, O> {
    into: &'a mut Vec<T>,
    most: usize,
    _order: PhantomData<fn(O)>,
}

impl<'a, T, O: Order<T>> GetSome<'a, T, O> {
    pub(super) fn new(into: &'a mut Vec<T>, most: usize) -> Self {
        Self {
            into,
            most,
            _order: PhantomData,
        }
    }

    /// Makes room in the vector for what `available` finds in the queue; the
    /// vector does not grow under the mutex. Answers how many items to take now.
    pub(super) fn make_room<'q>(
        &mut self,
        queue: &'q OrderedQueue<T, O>,
        available: impl Fn(&mut QueueState<T, O>) -> usize,
    ) -> (MutexGuard<'q, QueueState<T, O>>, usize) {
        let mut shared = queue.core.lock_head();
        let wanted = available(&mut shared).min(self.most);
        if wanted <= self.into.capacity() - self.into.len() {
            return (shared, wanted);
        }
        drop(shared);
        self.into.reserve(wanted);
        let mut shared = queue.core.lock_head();
        let room = self.into.capacity() - self.into.len();
        let wanted = available(&mut shared).min(self.most).min(room);
        (shared, wanted)
    }

    /// Appends up to `count` items.
    fn append(&mut self, queue: &OrderedQueue<T, O>, shared: &mut QueueState<T, O>, count: usize) {
        for _ in 0..count {
            self.into.extend(queue.core.take(shared));
        }
    }

    /// What is free now, without waiting. `None` if that is nothing.
    pub(super) fn take_free(
        &mut self,
        queue: &OrderedQueue<T, O>,
    ) -> Option<Result<usize, GetError>> {
        if self.most == 0 {
            return Some(Ok(0));
        }
        let (mut shared, count) = self.make_room(queue, certain_free_items);
        if count == 0 {
            let finished = shared.is_finished();
            queue.core.unlock(shared);
            return finished.then_some(Err(GetError));
        }
        let before = self.into.len();
        let taken = queue
            .core
            .guarded(|| self.append(queue, &mut shared, count));
        queue.core.settle_and_unlock(shared, taken);
        Some(Ok(self.into.len() - before))
    }
}

/// A getter's ticket in the hands of code that may panic.
struct ReturnOnPanic<'q, T, O: Order<T>>(&'q OrderedQueue<T, O>);

impl<T, O: Order<T>> Drop for ReturnOnPanic<'_, T, O> {
    fn drop(&mut self) {
        self.0.core.return_getter_ticket();
    }
}

impl<T, O: Order<T>> Operation for GetSome<'_, T, O> {
    /// How many items.
    type Output = Result<usize, GetError>;
    getters_line!();

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        let output = self.take_free(queue);
        if output.is_none() {
            // For the attempt under the mutex.
            self.into.reserve(1);
        }
        output
    }

    /// Items that have come since `again`: one, so that a panic of `Ord::cmp` leaves
    /// nothing to settle.
    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        attempt_or_wait(shared, ThreadHint::NONE, |shared| {
            if shared.free_items() == 0 {
                return shared.is_finished().then_some(Err(GetError));
            }
            self.append(queue, shared, 1);
            Some(Ok(1))
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        if waiter.closed {
            return Err(GetError);
        }
        // The vector may refuse to grow: then the ticket goes on.
        let ticket = ReturnOnPanic(queue);
        // One by the ticket, and those that are free.
        let (mut shared, count) = self.make_room(queue, |shared| 1 + shared.free_items());
        std::mem::forget(ticket);
        if !queue.core.use_getter_ticket(&mut shared) {
            return Err(GetError);
        }
        let before = self.into.len();
        let taken = queue
            .core
            .guarded(|| self.append(queue, &mut shared, count));
        queue.core.settle_and_unlock(shared, taken);
        Ok(self.into.len() - before)
    }
}
