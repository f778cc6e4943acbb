#![forbid(unsafe_code)]
//! The operations that wait for items. [`put`](super::put) is the mirror image.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::OrderedQueue;
use super::error::{GetError, TryGetError};
use super::guard::QueueGuard;
use super::order::Order;
use super::order::sealed::Storage;
use super::ring::{Refusal, Ring};
use super::side::{
    Kept, ReturnOnPanic, Side, next_step, settle_with, try_or_wait, try_under_mutex, waits_at,
};
use super::state::{QueueState, QueueWaiter};
use crate::sync::{Mutex, ThreadHint};
use crate::wait::batch::WakeBatch;
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation, Step};

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Does what `try_get` does: makes one inlined attempt on the ring, and then takes the slow
    /// path.
    #[inline(always)]
    pub(super) fn try_get_one(&self) -> Result<T, TryGetError> {
        match self.core.ring().and_then(Ring::take_once::<false>) {
            Some(item) => Ok(item),
            None => self.try_get_slow(),
        }
    }

    #[inline(never)]
    fn try_get_slow(&self) -> Result<T, TryGetError> {
        if let Some(ring) = self.core.ring() {
            match ring.take() {
                Ok(item) => return Ok(item),
                Err(Refusal::Exhausted) if ring.is_surely_exhausted(Side::Get) => {
                    return Err(TryGetError::Empty);
                }
                Err(_) => {}
            }
        }
        self.try_get_under_mutex()
    }

    fn try_get_under_mutex(&self) -> Result<T, TryGetError> {
        let mut guard = QueueGuard::frozen(&self.core, Side::Get);
        if guard.surely_free(Side::Get) > 0 {
            let item = self.core.take(&mut guard);
            guard.settle();
            return item.ok_or(TryGetError::Empty);
        }
        Err(if guard.refuses(Side::Get) {
            TryGetError::Closed
        } else {
            TryGetError::Empty
        })
    }
}

/// Waits for an item and takes it.
pub(crate) struct GetOne<T, O> {
    kept: Kept<Result<T, GetError>>,
    _order: PhantomData<fn(O)>,
}

impl<T, O> GetOne<T, O> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self {
            kept: Kept::NOTHING,
            _order: PhantomData,
        }
    }
}

impl<T, O: Order<T>> GetOne<T, O> {
    /// Takes an item, if there is one that is not granted to anybody.
    #[inline(always)]
    fn get_now(
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Option<Result<T, GetError>> {
        if queue.core.free(state, Side::Get) > 0 {
            Some(queue.core.take(state).ok_or(GetError))
        } else {
            state.refuses(Side::Get).then_some(Err(GetError))
        }
    }
}

impl<T, O: Order<T>> Operation for GetOne<T, O> {
    const NAME: &'static str = "get";
    const CHOOSES_STEPS: bool = true;
    type Output = Result<T, GetError>;
    waits_at!(Side::Get, keeps output);

    #[inline(always)]
    fn try_inline(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        queue.core.ring()?.take_once::<false>().map(Ok)
    }

    #[inline(always)]
    fn next_step(queue: &OrderedQueue<T, O>) -> Step {
        next_step(queue, Side::Get)
    }

    #[inline(always)]
    fn try_short(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        queue.core.ring()?.take_once::<true>().map(Ok)
    }

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        if let Some(ring) = queue.core.ring() {
            match ring.take_spinning() {
                Ok(item) => return Some(Ok(item)),
                Err(_) if ring.looks_exhausted(Side::Get) => return None,
                Err(_) => {}
            }
        }
        try_under_mutex(self, queue, Side::Get, |_, state| {
            Self::get_now(queue, state)
        })
    }

    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        try_or_wait(state, ThreadHint::current(), |state| {
            Self::get_now(queue, state)
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        if waiter.closed {
            return Err(GetError);
        }
        let mut guard = QueueGuard::frozen(&queue.core, Side::Get);
        let item = if queue.core.use_grant(&mut guard, Side::Get) {
            queue.core.take(&mut guard).ok_or(GetError)
        } else {
            Err(GetError)
        };
        settle_with(self, queue, guard, item).unwrap_or(Err(GetError))
    }
}

/// Waits for an item, then appends the available items to a vector.
pub(crate) struct GetSome<'a, T, O> {
    into: &'a mut Vec<T>,
    most: usize,
    kept: Kept<Result<usize, GetError>>,
    _order: PhantomData<fn(O)>,
}

impl<'a, T, O: Order<T>> GetSome<'a, T, O> {
    pub(super) fn new(into: &'a mut Vec<T>, most: usize) -> Self {
        Self {
            into,
            most,
            kept: Kept::NOTHING,
            _order: PhantomData,
        }
    }

    /// Makes room in the vector, and takes the mutex: the vector does not grow under it.
    /// Returns how many items to take. `available` finds items, in addition to those that the
    /// caller was `granted`.
    fn make_room<'q>(
        &mut self,
        queue: &'q OrderedQueue<T, O>,
        granted: usize,
        available: impl Fn(&mut QueueGuard<'q, T, O>) -> usize,
    ) -> (QueueGuard<'q, T, O>, usize) {
        loop {
            if self.room() < self.most {
                let free = queue.core.read(|state| queue.core.free(state, Side::Get));
                self.into.reserve((granted + free).min(self.most));
            }
            let mut guard = QueueGuard::frozen(&queue.core, Side::Get);
            let wanted = (granted + available(&mut guard)).min(self.most);
            let room = self.room();
            if wanted == 0 || room > 0 {
                return (guard, wanted.min(room));
            }
            // The first items were put after the look.
        }
    }

    /// Appends items of the ring without the mutex, if nobody waits and there are any.
    #[inline(never)]
    fn get_from_ring(into: &mut Vec<T>, most: usize, ring: &Ring<T>) -> Option<usize> {
        if into.capacity() - into.len() < most {
            into.reserve(ring.len().clamp(1, most));
        }
        ring.take_many_inline(into, most)
    }

    fn room(&self) -> usize {
        self.into.capacity() - self.into.len()
    }

    /// Appends up to `count` items.
    fn append(&mut self, queue: &OrderedQueue<T, O>, state: &mut QueueState<T, O>, count: usize) {
        for _ in 0..count {
            if let Some(item) = queue.core.take(state) {
                self.into.push(item);
            }
        }
    }

    /// Appends the items that are not granted to anybody. Returns `None` if it would have to
    /// wait.
    pub(super) fn get_now(
        &mut self,
        queue: &OrderedQueue<T, O>,
    ) -> Option<Result<usize, GetError>> {
        if let Some(ring) = queue.core.ring() {
            if let Some(count) = Self::get_from_ring(self.into, self.most, ring) {
                return Some(Ok(count));
            }
            // `get_from_ring` has made room in the vector.
            match ring.take_many(self.into, self.most) {
                Ok(count) => return Some(Ok(count)),
                Err(Refusal::Exhausted) if ring.is_surely_exhausted(Side::Get) => return None,
                Err(_) => {}
            }
        }
        self.get_under_mutex(queue)
    }

    fn get_under_mutex(&mut self, queue: &OrderedQueue<T, O>) -> Option<Result<usize, GetError>> {
        if self.most == 0 {
            return Some(Ok(0));
        }
        let (mut guard, count) = self.make_room(queue, 0, |guard| guard.surely_free(Side::Get));
        if count == 0 {
            return guard.refuses(Side::Get).then_some(Err(GetError));
        }
        let before = self.into.len();
        self.append(queue, &mut guard, count);
        let count = self.into.len() - before;
        settle_with(self, queue, guard, Ok(count))
    }
}

impl<T, O: Order<T>> Operation for GetSome<'_, T, O> {
    const NAME: &'static str = "get_many";
    /// The number of items.
    type Output = Result<usize, GetError>;
    waits_at!(Side::Get, keeps output);

    #[inline(always)]
    fn try_inline(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        Self::get_from_ring(self.into, self.most, queue.core.ring()?).map(Ok)
    }

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        let ring = queue.core.ring();
        // `try_inline` has made room in the vector.
        let output = match ring.map(|ring| ring.take_many_spinning(self.into, self.most)) {
            Some(Ok(count)) => Some(Ok(count)),
            Some(Err(Refusal::Exhausted)) => None,
            Some(Err(_)) | None => self.get_under_mutex(queue),
        };
        if output.is_none() {
            // For `try_locked`, where the vector must not grow.
            self.into.reserve(1);
        }
        output
    }

    /// Takes one item that was put after [`try_unlocked`](Self::try_unlocked) had failed. It
    /// takes only one, so that a panic of `Ord::cmp` changes nothing.
    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        try_or_wait(state, ThreadHint::current(), |state| {
            if queue.core.free(state, Side::Get) == 0 {
                return state.refuses(Side::Get).then_some(Err(GetError));
            }
            self.append(queue, state, 1);
            Some(Ok(1))
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        if waiter.closed {
            return Err(GetError);
        }
        // Growing the vector may panic.
        let grant = ReturnOnPanic::new(queue, Side::Get);
        // The granted item, and the items that are not granted to anybody.
        let (mut guard, count) =
            self.make_room(queue, 1, |guard| queue.core.free(guard, Side::Get));
        grant.keep();
        let count = if queue.core.use_grant(&mut guard, Side::Get) {
            let before = self.into.len();
            self.append(queue, &mut guard, count);
            Ok(self.into.len() - before)
        } else {
            Err(GetError)
        };
        settle_with(self, queue, guard, count).unwrap_or(count)
    }
}
