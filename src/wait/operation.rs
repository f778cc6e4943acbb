#![forbid(unsafe_code)]
//! What a primitive supplies for each of its waiting operations, and what follows from it.
//!
//! The states of the future around it, its poll and its drop are the same for all: see
//! [`future`](super::future).

use std::task::Waker;

use super::batch::{WakeBatch, retire, serve};
use super::list::{Outcome, WaitList};
use crate::sync::{Mutex, MutexGuard};

/// What an attempt under the lock came to.
pub(crate) enum Attempt<T> {
    /// The operation is complete.
    Ready(T),
    /// It has to wait; the node carries this mark.
    Wait {
        /// The primitive's own note on the waiter.
        mark: usize,
    },
}

/// A waiting operation of a primitive: all that differs between one wait and
/// another.
///
/// No method is called while the lock of [`mutex`](Self::mutex) is held, save
/// that one and those that are handed `shared`; they must not run user code.
pub(crate) trait Operation {
    /// The type that is waited on.
    type Primitive: ?Sized;
    /// What its mutex guards: the wait list, and what belongs to it.
    type Shared;
    /// What the wait is for.
    type Output;

    /// Whether [`attempt`](Self::attempt) may run user code, the one exception to the
    /// rule. If that panics, the primitive is settled before the panic goes on.
    const ATTEMPT_MAY_PANIC: bool = false;

    /// Whether [`settle`](Self::settle) has anything to do.
    const SETTLES: bool = true;

    /// Whether [`released`](Self::released) may answer that a waiter was released.
    const RELEASES_AHEAD: bool = false;

    /// The mutex of the wait list. Panics if the caller must not take it.
    fn mutex(primitive: &Self::Primitive) -> &Mutex<Self::Shared>;

    /// The wait list.
    fn list(shared: &mut Self::Shared) -> &mut WaitList;

    /// Completes the operation if that takes a few instructions and no wait. Called first,
    /// in the code of each caller of a poll.
    #[inline(always)]
    fn fast(&mut self, _primitive: &Self::Primitive) -> Option<Self::Output> {
        None
    }

    /// Completes the operation if it need not wait. Called after [`fast`](Self::fast).
    #[inline]
    fn again(&mut self, _primitive: &Self::Primitive) -> Option<Self::Output> {
        None
    }

    /// Completes the operation under the lock, or prepares the primitive for a
    /// new waiter, who is linked before the lock is given back.
    fn attempt(
        &mut self,
        primitive: &Self::Primitive,
        shared: &mut Self::Shared,
    ) -> Attempt<Self::Output>;

    /// Grants what can be granted now. Called after each completed attempt and
    /// each departure, if it [has anything to do](Self::SETTLES). Answers `true` if it stopped for want of room in the
    /// batch.
    fn settle(
        primitive: &Self::Primitive,
        shared: &mut Self::Shared,
        batch: &mut WakeBatch,
    ) -> bool;

    /// Takes what was granted.
    fn granted(&mut self, primitive: &Self::Primitive, outcome: Outcome) -> Self::Output;

    /// Hands on what was granted and is not wanted any more.
    fn give_back(&mut self, primitive: &Self::Primitive, outcome: Outcome);

    /// What a waiter that still stands in the list has been released with, by a
    /// release that is under way.
    #[inline]
    fn released(_shared: &Self::Shared, _mark: usize) -> Option<Outcome> {
        None
    }

    /// Gives up an output that a panic keeps from its caller.
    fn discard(_primitive: &Self::Primitive, output: Self::Output) {
        drop(output);
    }

    /// A waiter that was not released has left the list.
    #[inline]
    fn withdrawn(_shared: &mut Self::Shared) {}
}

/// Gives the lock back after what may have changed what can be granted, wakes, and drops
/// `retired`.
#[inline]
pub(super) fn settle_and_unlock<O: Operation>(
    primitive: &O::Primitive,
    mutex: &Mutex<O::Shared>,
    shared: MutexGuard<'_, O::Shared>,
    retired: Option<Waker>,
) {
    if O::SETTLES {
        serve(mutex, shared, retired, |shared, batch| {
            O::settle(primitive, shared, batch)
        });
    } else {
        drop(shared);
        retire(retired);
    }
}

/// Holds an output while wakers run, one of which may panic.
pub(crate) struct DiscardOnPanic<'a, O: Operation>(
    pub(crate) &'a O::Primitive,
    pub(crate) Option<O::Output>,
);

impl<O: Operation> Drop for DiscardOnPanic<'_, O> {
    fn drop(&mut self) {
        if let Some(output) = self.1.take() {
            O::discard(self.0, output);
        }
    }
}
