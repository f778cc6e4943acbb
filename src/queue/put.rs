#![forbid(unsafe_code)]
//! The operations that wait for room. [`get`](super::get) is the mirror image.

use alloc::collections::VecDeque;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::OrderedQueue;
use super::error::{PutError, ReserveError, TryPutError, TryReserveError};
use super::guard::QueueGuard;
use super::order::Order;
use super::order::sealed::Storage;
use super::ring::{Fetched, Refusal};
use super::side::{
    Kept, ReturnOnPanic, Side, next_step, settle_with, try_or_wait, try_under_mutex, waits_at,
};
use super::state::{QueueState, QueueWaiter};
use crate::diagnostics::{QueueEnd, Site};
use crate::sync::{Mutex, ThreadHint};
use crate::wait::batch::WakeBatch;
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation, Step};

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Does what `try_put` does: makes one inlined attempt on the ring, and then takes the slow
    /// path.
    #[inline(always)]
    pub(super) fn try_put_one(&self, item: T) -> Result<(), TryPutError<T>> {
        let mut item = Some(item);
        if let Some(ring) = self.core.ring() {
            if ring.put_once::<false>(&mut item) {
                return Ok(());
            }
        }
        self.try_put_slow(item)
    }

    #[inline(never)]
    fn try_put_slow(&self, mut item: Option<T>) -> Result<(), TryPutError<T>> {
        if let Some(ring) = self.core.ring() {
            match (ring.put(&mut item), item.take()) {
                (Ok(()), _) => return Ok(()),
                (Err(Refusal::Exhausted), Some(item)) if ring.is_surely_exhausted(Side::Put) => {
                    return Err(TryPutError::Full(item));
                }
                (Err(_), again) => item = again,
            }
        }
        self.try_put_under_mutex(item)
    }

    fn try_put_under_mutex(&self, mut item: Option<T>) -> Result<(), TryPutError<T>> {
        let mut guard = QueueGuard::frozen(&self.core, Side::Put);
        let refused = guard.refuses(Side::Put);
        if guard.surely_free(Side::Put) > 0 {
            self.core.put(&mut guard, &mut item);
        }
        guard.settle();
        match item {
            None => Ok(()),
            Some(item) if refused => Err(TryPutError::Closed(item)),
            Some(item) => Err(TryPutError::Full(item)),
        }
    }

    /// Fetches items and puts them into the ring, until the iterator ends or the ring refuses.
    /// Returns the items that the ring has refused, if there are any, in `memory` or in a new deque.
    ///
    /// The iterator is user code. It runs without the mutex, and while no cell is claimed. It
    /// is asked for as many items as fit, or for one.
    #[inline]
    pub(super) fn put_fetched<I>(
        &self,
        rest: &mut I,
        ended: &mut bool,
        memory: Option<&mut VecDeque<T>>,
        site: Site,
    ) -> Option<VecDeque<T>>
    where
        I: Iterator<Item = T>,
    {
        // Larger items would take too much of the stack.
        if size_of::<T>() <= 128 {
            self.put_buffered::<I, 32>(rest, ended, memory, site)
        } else {
            self.put_buffered::<I, 1>(rest, ended, memory, site)
        }
    }

    #[inline(never)]
    fn put_buffered<I, const PLACES: usize>(
        &self,
        rest: &mut I,
        ended: &mut bool,
        mut memory: Option<&mut VecDeque<T>>,
        site: Site,
    ) -> Option<VecDeque<T>>
    where
        I: Iterator<Item = T>,
    {
        while !*ended {
            // Only a hint: the iterator decides.
            let most = (rest.size_hint().1).map_or(PLACES, |most| most.min(PLACES));
            if let (1.., Some(ring)) = (most, self.core.ring()) {
                if let Ok(ready) = ring.ready_to_put(most) {
                    let mut places = [const { MaybeUninit::uninit() }; PLACES];
                    let mut items = Fetched::new(&mut places);
                    if !items.fetch(rest, ready.count()) {
                        *ended = true;
                    }
                    let is_any = items.len() > 0;
                    if !ring.put_many(ready, &mut items) {
                        let left = ring.put_rest(items);
                        if left.is_some() {
                            return left;
                        }
                    }
                    if is_any {
                        self.probe.transferred(QueueEnd::Put, site);
                    }
                    continue;
                }
            }
            let Some(first) = rest.next() else {
                *ended = true;
                break;
            };
            let left = self.put_next(first, rest, ended, memory.as_deref_mut());
            if left.is_some() {
                return left;
            }
            self.probe.transferred(QueueEnd::Put, site);
        }
        None
    }

    /// Puts the next item, if there is room in the ring soon. Otherwise returns it, and perhaps
    /// more items, which are to be put under the mutex.
    #[inline(never)]
    fn put_next<I>(
        &self,
        first: T,
        rest: &mut I,
        ended: &mut bool,
        memory: Option<&mut VecDeque<T>>,
    ) -> Option<VecDeque<T>>
    where
        I: Iterator<Item = T>,
    {
        let mut first = Some(first);
        let most = match self.core.ring().map(|ring| ring.put_spinning(&mut first)) {
            Some(Ok(())) => return None,
            // It waits with one item.
            Some(Err(Refusal::Exhausted)) => 1,
            Some(Err(_)) | None => {
                let room = self.core.read(|state| self.core.free(state, Side::Put));
                room.clamp(1, FETCH)
            }
        };
        // If the iterator panics, this drops the items.
        let mut fetched = memory.map(core::mem::take).unwrap_or_default();
        let size = rest.size_hint().0.saturating_add(1);
        fetched.reserve(size.min(most));
        fetched.extend(first);
        if most > 1 {
            fetched.extend(rest.take(most - 1));
            *ended = fetched.len() < most;
        }
        Some(fetched)
    }

    /// Grants room to a slot, if there is room and nobody waits for room.
    pub(super) fn try_reserve_one(&self) -> Result<(), TryReserveError> {
        let mut guard = QueueGuard::frozen(&self.core, Side::Put);
        if guard.surely_free(Side::Put) > 0 {
            self.core.grant_slot(&mut guard);
            // A waker may panic.
            let grant = ReturnOnPanic::new(self, Side::Put);
            guard.settle();
            grant.keep();
            return Ok(());
        }
        Err(if guard.refuses(Side::Put) {
            TryReserveError::Closed
        } else {
            TryReserveError::Full
        })
    }
}

/// Waits for room and puts one item.
pub(crate) struct PutOne<T, O> {
    /// Present until it is put or given back.
    pub(super) item: Option<T>,
    /// Whether the operation is done, but a panic kept its output from the caller. If `item` is
    /// still present, it was refused.
    kept: bool,
    _order: PhantomData<fn(O)>,
}

impl<T, O> PutOne<T, O> {
    #[inline(always)]
    pub(super) fn new(item: T) -> Self {
        Self {
            item: Some(item),
            kept: false,
            _order: PhantomData,
        }
    }

    /// Gives the item back, if it is still there.
    fn refused(&mut self) -> Result<(), PutError<T>> {
        self.item.take().map_or(Ok(()), |item| Err(PutError(item)))
    }
}

impl<T, O: Order<T>> PutOne<T, O> {
    /// Puts the item, if there is room that is not granted to anybody.
    #[inline(always)]
    fn put_now(
        &mut self,
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Option<Result<(), PutError<T>>> {
        if queue.core.free(state, Side::Put) > 0 {
            queue.core.put(state, &mut self.item);
            Some(Ok(()))
        } else {
            state.refuses(Side::Put).then(|| self.refused())
        }
    }
}

impl<T, O: Order<T>> Operation for PutOne<T, O> {
    const NAME: &'static str = "put";
    const CHOOSES_STEPS: bool = true;
    type Output = Result<(), PutError<T>>;
    waits_at!(Side::Put);

    #[inline(always)]
    fn try_inline(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        let ring = queue.core.ring()?;
        ring.put_once::<false>(&mut self.item).then_some(Ok(()))
    }

    #[inline(always)]
    fn next_step(queue: &OrderedQueue<T, O>) -> Step {
        next_step(queue, Side::Put)
    }

    #[inline(always)]
    fn try_short(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        let ring = queue.core.ring()?;
        ring.put_once::<true>(&mut self.item).then_some(Ok(()))
    }

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        if let Some(ring) = queue.core.ring() {
            match ring.put_spinning(&mut self.item) {
                Ok(()) => return Some(Ok(())),
                Err(_) if ring.looks_exhausted(Side::Put) => return None,
                Err(_) => {}
            }
        }
        try_under_mutex(self, queue, Side::Put, |put, state| {
            put.put_now(queue, state)
        })
    }

    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        try_or_wait(state, ThreadHint::current(), |state| {
            self.put_now(queue, state)
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        if waiter.closed {
            return self.refused();
        }
        let mut guard = QueueGuard::frozen(&queue.core, Side::Put);
        if queue.core.use_grant(&mut guard, Side::Put) {
            queue.core.put(&mut guard, &mut self.item);
        }
        // If a waker panics, the next poll returns that the item was put, or gives it back.
        self.kept = true;
        guard.settle();
        self.kept = false;
        self.refused()
    }

    fn interrupted(&mut self, _queue: &OrderedQueue<T, O>, output: Self::Output) {
        self.item = output.err().map(PutError::into_inner);
        self.kept = true;
    }

    #[inline(always)]
    fn has_kept(&self) -> bool {
        self.kept
    }

    fn take_kept(&mut self) -> Option<Self::Output> {
        core::mem::take(&mut self.kept).then(|| self.refused())
    }
}

/// The largest number of items that [`PutMany`](super::PutMany) fetches for a wait.
const FETCH: usize = 32;

/// Waits for room and puts as many of the fetched items as fit.
pub(crate) struct PutSome<T, O> {
    fetched: VecDeque<T>,
    kept: Kept<SomePut<T>>,
    _order: PhantomData<fn(O)>,
}

/// The result of [`PutSome`].
pub(crate) struct SomePut<T> {
    /// The items that did not fit.
    pub(super) left: VecDeque<T>,
    pub(super) closed: bool,
}

impl<T, O: Order<T>> PutSome<T, O> {
    pub(super) fn new(fetched: VecDeque<T>) -> Self {
        Self {
            fetched,
            kept: Kept::NOTHING,
            _order: PhantomData,
        }
    }

    /// Puts the next item, for which there is room. If `Ord::cmp` panics, it is still the
    /// next item.
    #[inline]
    fn put_next(&mut self, queue: &OrderedQueue<T, O>, state: &mut QueueState<T, O>) {
        let Some(next) = self.fetched.front() else {
            return;
        };
        let point = queue.core.insertion_point(state, next);
        if let Some(item) = self.fetched.pop_front() {
            queue.core.insert(state, point, item);
        }
    }

    /// Puts items while there is room that is not granted to anybody.
    fn put_free(&mut self, queue: &OrderedQueue<T, O>, state: &mut QueueState<T, O>) {
        loop {
            // There may be more room afterwards, if getters claim items meanwhile.
            let count = queue.core.free(state, Side::Put).min(self.fetched.len());
            if count == 0 {
                return;
            }
            for _ in 0..count {
                self.put_next(queue, state);
            }
        }
    }

    fn done(&mut self, closed: bool) -> SomePut<T> {
        SomePut {
            left: core::mem::take(&mut self.fetched),
            closed,
        }
    }
}

impl<T, O: Order<T>> Operation for PutSome<T, O> {
    const NAME: &'static str = "put_many";
    type Output = SomePut<T>;
    waits_at!(Side::Put, keeps output);

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<SomePut<T>> {
        try_under_mutex(self, queue, Side::Put, |put, state| {
            if queue.core.free(state, Side::Put) == 0 {
                return state.refuses(Side::Put).then(|| put.done(true));
            }
            put.put_free(queue, state);
            Some(put.done(false))
        })
    }

    /// Uses room that was made after [`try_unlocked`](Self::try_unlocked) had failed. It puts
    /// only one item, so that a panic of `Ord::cmp` changes nothing.
    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Attempt<SomePut<T>, QueueWaiter> {
        try_or_wait(state, ThreadHint::current(), |state| {
            if queue.core.free(state, Side::Put) == 0 {
                return state.refuses(Side::Put).then(|| self.done(true));
            }
            self.put_next(queue, state);
            Some(self.done(false))
        })
    }

    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> SomePut<T> {
        if waiter.closed {
            return self.done(true);
        }
        let mut guard = QueueGuard::frozen(&queue.core, Side::Put);
        let valid = queue.core.use_grant(&mut guard, Side::Put);
        if valid {
            self.put_next(queue, &mut guard);
            self.put_free(queue, &mut guard);
        }
        let done = self.done(!valid);
        match settle_with(self, queue, guard, done) {
            Some(done) => done,
            None => self.done(!valid),
        }
    }
}

/// Waits for room and keeps it for a slot.
pub(crate) struct ReserveOne<T, O>(PhantomData<fn(T, O)>);

impl<T, O> ReserveOne<T, O> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T, O: Order<T>> ReserveOne<T, O> {
    /// Reserves room, if there is some that is not granted to anybody.
    fn reserve_now(
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Option<Result<(), ReserveError>> {
        if queue.core.free(state, Side::Put) > 0 {
            queue.core.grant_slot(state);
            Some(Ok(()))
        } else {
            state.refuses(Side::Put).then_some(Err(ReserveError))
        }
    }
}

impl<T, O: Order<T>> Operation for ReserveOne<T, O> {
    const NAME: &'static str = "reserve";
    type Output = Result<(), ReserveError>;
    waits_at!(Side::Put);

    fn try_unlocked(&mut self, queue: &OrderedQueue<T, O>) -> Option<Self::Output> {
        try_under_mutex(self, queue, Side::Put, |_, state| {
            Self::reserve_now(queue, state)
        })
    }

    fn try_locked(
        &mut self,
        queue: &OrderedQueue<T, O>,
        state: &mut QueueState<T, O>,
    ) -> Attempt<Self::Output, QueueWaiter> {
        try_or_wait(state, ThreadHint::NONE, |state| {
            Self::reserve_now(queue, state)
        })
    }

    /// The grant passes to the slot.
    fn take_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) -> Self::Output {
        // A look only: if a waker could run and panic here, the grant would be lost.
        let is_void = waiter.closed || queue.core.read(|state| state.voids_grants(Side::Put));
        if is_void { Err(ReserveError) } else { Ok(()) }
    }

    fn interrupted(&mut self, queue: &OrderedQueue<T, O>, output: Self::Output) {
        if output.is_ok() {
            queue.core.return_grant(Side::Put);
        }
    }
}
