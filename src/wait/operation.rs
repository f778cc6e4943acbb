#![forbid(unsafe_code)]
//! What a primitive implements for each of its waiting operations.
//!
//! [`Wait`](super::future::Wait) does the rest: the phases of the future, its polls and its
//! drop.

use core::task::Waker;

use super::batch::{WakeBatch, drop_waker, serve};
use super::list::WaitList;
use crate::diagnostics::{Probe, Supply};
use crate::sync::{Mutex, MutexGuard};

/// The result of [`Operation::try_locked`].
pub(crate) enum Attempt<T, D> {
    /// The operation is complete.
    Ready(T),
    /// The operation has to wait, as a waiter with this data.
    Wait(D),
}

/// A step of an operation. If it fails, the next one is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// [`Operation::try_short`]
    Short,
    /// [`Operation::try_unlocked`]
    Unlocked,
    /// [`Operation::try_locked`]
    Locked,
}

/// A waiting operation of a primitive: everything in which one kind of wait differs from
/// another.
///
/// These steps are tried before the operation waits: [`try_inline`](Self::try_inline),
/// [`try_short`](Self::try_short), [`try_unlocked`](Self::try_unlocked) and
/// [`try_locked`](Self::try_locked).
///
/// The methods that get `shared` run with the mutex held and must not run user code. No
/// other method runs with the mutex held, except [`mutex`](Self::mutex).
pub(crate) trait Operation {
    /// The type that is waited on.
    type Primitive: ?Sized;
    /// What its mutex guards: the wait queue, and what belongs to it.
    type Shared;
    /// What the primitive keeps about each waiter.
    type WaiterData: Copy;
    type Output;

    /// The name of the method, without `_owned`, for a report.
    const NAME: &'static str;

    /// Whether [`try_locked`](Self::try_locked) may run user code, the one exception to the
    /// rule. If that code panics, the primitive is settled before the panic resumes.
    const TRY_LOCKED_MAY_PANIC: bool = false;

    /// Whether [`settle`](Self::settle) does anything.
    const SETTLES: bool = true;

    /// Whether [`is_released`](Self::is_released) can return `true`. A released waiter that is
    /// dropped has nothing to hand on.
    const RELEASES_EARLY: bool = false;

    /// Returns what the primitive keeps for its record.
    fn probe(primitive: &Self::Primitive) -> &Probe;

    /// Returns what the primitive has to give, for a report. Called without the mutex.
    fn supply(_primitive: &Self::Primitive) -> Option<Supply> {
        None
    }

    /// Returns the number of permits or items that the operation waits for.
    fn amount(&self) -> usize {
        1
    }

    /// Returns the mutex of the wait queue. Panics if the caller must not take it.
    fn mutex(primitive: &Self::Primitive) -> &Mutex<Self::Shared>;

    /// Returns the wait queue.
    fn waiters(shared: &mut Self::Shared) -> &mut WaitList<Self::WaiterData>;

    /// Panics if the caller must not use the primitive. Called before a grant is used.
    #[inline(always)]
    fn check_access(_primitive: &Self::Primitive) {}

    /// Completes the operation if that takes only a few instructions. Inlined into every
    /// caller's poll.
    #[inline(always)]
    fn try_inline(&mut self, _primitive: &Self::Primitive) -> Option<Self::Output> {
        None
    }

    /// Whether [`next_step`](Self::next_step) is not always the default.
    const CHOOSES_STEPS: bool = false;

    /// Returns the step that is worth trying after [`try_inline`](Self::try_inline) has failed.
    #[inline(always)]
    fn next_step(_primitive: &Self::Primitive) -> Step {
        Step::Unlocked
    }

    /// Completes the operation if that takes a few dozen instructions, which are too many for
    /// every caller's poll. Called if [`try_inline`](Self::try_inline) failed.
    #[inline(always)]
    fn try_short(&mut self, _primitive: &Self::Primitive) -> Option<Self::Output> {
        None
    }

    /// Completes the operation if it need not wait, without holding the mutex on return.
    /// Called if the steps before it have failed or were skipped.
    #[inline]
    fn try_unlocked(&mut self, _primitive: &Self::Primitive) -> Option<Self::Output> {
        None
    }

    /// Completes the operation under the mutex, or prepares the primitive for a waiter,
    /// which is linked before the mutex is released. Called if the steps before it have failed or
    /// were skipped.
    fn try_locked(
        &mut self,
        primitive: &Self::Primitive,
        shared: &mut Self::Shared,
    ) -> Attempt<Self::Output, Self::WaiterData>;

    /// Grants what can be granted now. Called after a successful
    /// [`try_locked`](Self::try_locked) and after a waiter has left, if
    /// [`SETTLES`](Self::SETTLES). Returns `true` if the batch is full and more can be
    /// granted.
    fn settle(
        primitive: &Self::Primitive,
        shared: &mut Self::Shared,
        batch: &mut WakeBatch,
    ) -> bool;

    /// Turns a grant into the output.
    fn take_grant(&mut self, primitive: &Self::Primitive, data: Self::WaiterData) -> Self::Output;

    /// Hands an unwanted grant on.
    fn return_grant(&mut self, primitive: &Self::Primitive, data: Self::WaiterData);

    /// Returns whether a waiter that is still linked has been released by a call that is
    /// working its way through the list.
    #[inline]
    fn is_released(_shared: &Self::Shared, _data: Self::WaiterData) -> bool {
        false
    }

    /// Called when a waiter that was not released leaves the list.
    #[inline]
    fn withdraw(_shared: &mut Self::Shared) {}

    /// Called when another task's waker panics and the output cannot be returned: undoes
    /// the operation, or keeps the output for [`take_kept`](Self::take_kept).
    fn interrupted(&mut self, _primitive: &Self::Primitive, output: Self::Output) {
        drop(output);
    }

    /// Returns whether the operation keeps an output that a panic prevented the poll from
    /// returning.
    #[inline]
    fn has_kept(&self) -> bool {
        false
    }

    /// Takes the output that the operation has kept.
    fn take_kept(&mut self) -> Option<Self::Output> {
        None
    }
}

/// Settles the primitive, releases the mutex, wakes the waiters that got a grant, and drops
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
        drop_waker(retired);
    }
}

/// An output that is returned after wakers have run. If one of them panics, the operation
/// gets the output back.
pub(crate) struct PendingOutput<'a, O: Operation> {
    operation: &'a mut O,
    primitive: &'a O::Primitive,
    output: Option<O::Output>,
}

impl<'a, O: Operation> PendingOutput<'a, O> {
    #[inline]
    pub(crate) fn new(
        operation: &'a mut O,
        primitive: &'a O::Primitive,
        output: O::Output,
    ) -> Self {
        Self {
            operation,
            primitive,
            output: Some(output),
        }
    }

    /// Returns the output: no waker has panicked.
    #[inline]
    pub(crate) fn finish(mut self) -> Option<O::Output> {
        self.output.take()
    }
}

impl<O: Operation> Drop for PendingOutput<'_, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(output) = self.output.take() {
            self.operation.interrupted(self.primitive, output);
        }
    }
}
