#![forbid(unsafe_code)]
//! The operations that wait for room.

use std::collections::VecDeque;
use std::marker::PhantomData;

use super::OrderedQueue;
use super::attempt::{attempt_now, attempt_or_wait};
use super::error::{PutError, ReserveError};
use super::order::Order;
use super::order::sealed::Storage;
use super::state::{CloseState, QueueState, QueueWaiter};
use crate::sync::{Mutex, ThreadHint};
use crate::wait::batch::WakeBatch;
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// What is the same for all operations that wait in the putters' line.
macro_rules! putters_line {
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
            &mut shared.putters
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
                queue.core.return_putter_ticket();
            }
        }
    };
}

/// Waits for room and puts one item.
pub(crate) struct PutOne<T, O> {
    /// Present until it is put or given back.
    pub(super) item: Option<T>,
    /// It was put.
    put: bool,
    _order: PhantomData<fn(O)>,
}

impl<T, O> PutOne<T, O> {
    pub(super) fn new(item: T) -> Self {
        Self {
            item: Some(item),
            put: false,
            _order: PhantomData,
        }
    }

    fn refused(&mut self) -> Result<(), PutError<T>> {
        self.item.take().map_or(Ok(()), |item| Err(PutError(item)))
    }
}

impl<T, O: Order<T>> PutOne<T, O> {
    /// Puts, if there is room that nobody waits for.
    #[inline(always)]
    fn put_now(
        &mut self,
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Option<Result<(), PutError<T>>> {
        if shared.close_state() != CloseState::Open {
            return Some(self.refused());
        }
        if queue.core.free_room(shared) == 0 {
            return None;
        }
        queue.core.insert(shared, &mut self.item);
        self.put = true;
        Some(Ok(()))
    }

    #[inline(never)]
    fn put_patiently(&mut self, queue: &OrderedQueue<T, O>) -> Option<Result<(), PutError<T>>> {
        if self.item.is_none() {
            // Polled before, and a waker panicked then.
            assert!(self.put, "aiosync: a put was polled after it was refused");
            return Some(Ok(()));
        }
        if let Some(ring) = queue.core.ring() {
            if ring.put_patiently(&mut self.item) {
                return Some(Ok(()));
            }
            if ring.looks_full() {
                // It will have to wait, with a waker.
                return None;
            }
        }
        self.put_under_mutex(queue)
    }

    fn put_under_mutex(&mut self, queue: &OrderedQueue<T, O>) -> Option<Result<(), PutError<T>>> {
        attempt_now(self, queue, queue.core.lock_tail(), |put, shared| {
            put.put_now(queue, shared)
        })
    }
}

impl<T, O: Order<T>> Operation for PutOne<T, O> {
    type Output = Result<(), PutError<T>>;
    putters_line!();

    #[inline(always)]
    fn try_inline(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        let ring = queue.core.ring()?;
        ring.put_at_once(&mut self.item).then_some(Ok(()))
    }

    #[inline]
    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        if let Some(ring) = queue.core.ring() {
            if ring.put_beside_tickets(&mut self.item) {
                return Some(Ok(()));
            }
            if ring.has_to_wait_to_put() && self.item.is_some() {
                return None;
            }
        }
        self.put_patiently(queue)
    }

    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        attempt_or_wait(shared, ThreadHint::current(), |shared| {
            self.put_now(queue, shared)
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        if waiter.closed {
            return self.refused();
        }
        let mut shared = queue.core.lock_tail();
        if !queue.core.use_putter_ticket(&mut shared) {
            drop(shared);
            return self.refused();
        }
        let put = queue
            .core
            .guarded(|| queue.core.insert(&mut shared, &mut self.item));
        queue.core.settle_and_unlock(shared, put);
        Ok(())
    }
}

/// Waits for room and puts as many of the fetched items as fit.
pub(crate) struct PutSome<T, O> {
    fetched: VecDeque<T>,
    /// It was found closed.
    closed: bool,
    _order: PhantomData<fn(O)>,
}

/// What [`PutSome`] came to.
pub(crate) struct SomePut<T> {
    /// Those that did not fit.
    pub(super) left: VecDeque<T>,
    pub(super) closed: bool,
}

impl<T, O: Order<T>> PutSome<T, O> {
    pub(super) fn new(fetched: VecDeque<T>) -> Self {
        Self {
            fetched,
            closed: false,
            _order: PhantomData,
        }
    }

    /// Puts the next item, for which there is room. If `Ord::cmp` panics it is
    /// still the next.
    fn put_next(&mut self, queue: &OrderedQueue<T, O>, shared: &mut QueueState<T, O>) {
        let mut item = self.fetched.pop_front();
        let put = queue.core.guarded(|| queue.core.insert(shared, &mut item));
        if let Err(panic) = put {
            self.fetched.extend(item);
            self.fetched.rotate_right(1);
            std::panic::resume_unwind(panic);
        }
    }

    /// Puts while there are items, and room that nobody waits for.
    fn put_free(&mut self, queue: &OrderedQueue<T, O>, shared: &mut QueueState<T, O>) {
        while !self.fetched.is_empty() && queue.core.free_room(shared) > 0 {
            self.put_next(queue, shared);
        }
    }

    fn done(&mut self, closed: bool) -> SomePut<T> {
        self.closed = closed;
        SomePut {
            left: std::mem::take(&mut self.fetched),
            closed,
        }
    }
}

impl<T, O: Order<T>> Operation for PutSome<T, O> {
    type Output = SomePut<T>;
    putters_line!();

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<SomePut<T>> {
        if self.fetched.is_empty() {
            // Polled before, and a waker panicked then.
            return Some(self.done(self.closed));
        }
        let mut shared = queue.core.lock_tail();
        if shared.close_state() != CloseState::Open {
            return Some(self.done(true));
        }
        if queue.core.free_room(&shared) == 0 {
            queue.core.unlock(shared);
            return None;
        }
        let put = queue.core.guarded(|| self.put_free(queue, &mut shared));
        queue.core.settle_and_unlock(shared, put);
        Some(self.done(false))
    }

    /// Room that has come since `again`: one item, so that a panic of `Ord::cmp`
    /// leaves nothing to settle.
    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Attempt<SomePut<T>, QueueWaiter> {
        attempt_or_wait(shared, ThreadHint::NONE, |shared| {
            if shared.close_state() != CloseState::Open {
                return Some(self.done(true));
            }
            if queue.core.free_room(shared) == 0 {
                return None;
            }
            self.put_next(queue, shared);
            Some(self.done(false))
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> SomePut<T> {
        if waiter.closed {
            return self.done(true);
        }
        let mut shared = queue.core.lock_tail();
        if !queue.core.use_putter_ticket(&mut shared) {
            return self.done(true);
        }
        let put = queue.core.guarded(|| {
            self.put_next(queue, &mut shared);
            self.put_free(queue, &mut shared);
        });
        queue.core.settle_and_unlock(shared, put);
        self.done(false)
    }
}

/// Waits for room and keeps it.
pub(crate) struct ReserveOne<T, O>(PhantomData<fn(T, O)>);

impl<T, O> ReserveOne<T, O> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T, O: Order<T>> ReserveOne<T, O> {
    /// Reserves, if there is room that nobody waits for.
    fn reserve_now(
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Option<Result<(), ReserveError>> {
        if shared.close_state() != CloseState::Open {
            return Some(Err(ReserveError));
        }
        if queue.core.free_room(shared) == 0 {
            return None;
        }
        queue.core.grant_slot(shared);
        Some(Ok(()))
    }
}

impl<T, O: Order<T>> Operation for ReserveOne<T, O> {
    type Output = Result<(), ReserveError>;
    putters_line!();

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        attempt_now(self, queue, queue.core.lock_tail(), |_, shared| {
            Self::reserve_now(queue, shared)
        })
    }

    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        shared: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        attempt_or_wait(shared, ThreadHint::NONE, |shared| {
            Self::reserve_now(queue, shared)
        })
    }

    /// The ticket passes to the slot.
    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        if waiter.closed || queue.core.look().close_state() != CloseState::Open {
            Err(ReserveError)
        } else {
            Ok(())
        }
    }

    fn interrupted(&mut self, queue: &OrderedQueue<T, O>, output: Self::Output) {
        if output.is_ok() {
            queue.core.return_putter_ticket();
        }
    }
}
