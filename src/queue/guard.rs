#![forbid(unsafe_code)]
//! The guard of a queue's mutex.

use core::ops::{Deref, DerefMut};

use super::core::QueueCore;
use super::order::Order;
use super::order::sealed::Storage;
use super::side::Side;
use super::state::QueueState;
use crate::sync::MutexGuard;

/// Holds a queue's mutex. Its drop settles the queue: it grants what can be granted, thaws the
/// ring, releases the mutex, and then wakes the waiters that got a grant.
///
/// So no change stays unsettled and no end stays frozen by mistake, even if `Ord::cmp` panics.
#[must_use = "the mutex is released when the guard is dropped"]
pub(super) struct QueueGuard<'a, T, O: Order<T>> {
    core: &'a QueueCore<T, O>,
    /// Present until the drop.
    state: Option<MutexGuard<'a, QueueState<T, O>>>,
}

impl<'a, T, O: Order<T>> QueueGuard<'a, T, O> {
    /// Takes the mutex.
    ///
    /// # Panics
    ///
    /// Panics if this thread is comparing items of this queue.
    #[inline(always)]
    pub(super) fn new(core: &'a QueueCore<T, O>) -> Self {
        Self {
            core,
            state: Some(core.mutex().lock()),
        }
    }

    /// Takes the mutex and freezes the end of one side.
    ///
    /// The other end may still move: there may be more items to get (more room to put) than
    /// the state says, but not fewer (not less).
    #[inline(always)]
    pub(super) fn frozen(core: &'a QueueCore<T, O>, side: Side) -> Self {
        let mut guard = Self::new(core);
        guard.items.freeze(side);
        guard
    }

    /// Takes the mutex and freezes both ends.
    #[inline(always)]
    pub(super) fn frozen_both(core: &'a QueueCore<T, O>) -> Self {
        let mut guard = Self::new(core);
        guard.freeze_both();
        guard
    }

    /// Settles the queue and releases the mutex, as the drop does, but inlined.
    #[inline(always)]
    pub(super) fn settle(mut self) {
        if let Some(state) = self.state.take() {
            self.core.settle_and_wake(state);
        }
        core::mem::forget(self);
    }

    /// Returns how much an operation without a grant may use now: the number of items (to get),
    /// or the room (to put).
    ///
    /// With one end frozen, 0 may be outdated. So this freezes both ends before it returns 0.
    pub(super) fn surely_free(&mut self, side: Side) -> usize {
        if self.core.free(self, side) == 0 {
            self.freeze_both();
        }
        self.core.free(self, side)
    }
}

impl<T, O: Order<T>> Deref for QueueGuard<'_, T, O> {
    type Target = QueueState<T, O>;

    #[inline(always)]
    fn deref(&self) -> &QueueState<T, O> {
        match &self.state {
            Some(state) => state,
            None => unreachable!("aiosync: the guard of a queue was used during its drop"),
        }
    }
}

impl<T, O: Order<T>> DerefMut for QueueGuard<'_, T, O> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut QueueState<T, O> {
        match &mut self.state {
            Some(state) => state,
            None => unreachable!("aiosync: the guard of a queue was used during its drop"),
        }
    }
}

impl<T, O: Order<T>> Drop for QueueGuard<'_, T, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            self.core.settle_and_wake(state);
        }
    }
}
