#![forbid(unsafe_code)]
//! The two sides of a queue, getters and putters, and what both have in common.
//!
//! [`get`](super::get) and [`put`](super::put) are mirror images: the same operations in the
//! same order.

use super::OrderedQueue;
use super::guard::QueueGuard;
use super::order::Order;
pub(super) use super::ring::Side;
use super::state::{QueueState, QueueWaiter};
use crate::sync::{DataCell, ThreadHint};
use crate::wait::operation::{Attempt, Operation, PendingOutput, Step};
use alloc::boxed::Box;

/// Defines the part of an `impl Operation` that is the same for all operations that wait on one
/// side of a queue. With `keeps output`, the operation has a field `kept: Kept<Self::Output>`.
/// Without it, the operation defines its own way to survive a panic.
macro_rules! waits_at {
    ($side:expr, keeps output) => {
        $crate::queue::side::waits_at!($side);

        fn interrupted(&mut self, _queue: &OrderedQueue<T, O>, output: Self::Output) {
            self.kept.set(output);
        }

        fn has_kept(&self) -> bool {
            self.kept.is_set()
        }

        fn take_kept(&mut self) -> Option<Self::Output> {
            self.kept.take()
        }
    };
    ($side:expr) => {
        type Primitive = OrderedQueue<T, O>;
        type Shared = QueueState<T, O>;
        type WaiterData = QueueWaiter;

        const TRY_LOCKED_MAY_PANIC: bool = <O::Storage as Storage<T>>::COMPARES;

        fn probe(queue: &OrderedQueue<T, O>) -> &$crate::diagnostics::Probe {
            &queue.probe
        }

        fn supply(queue: &OrderedQueue<T, O>) -> Option<$crate::diagnostics::Supply> {
            queue.supply()
        }

        fn mutex(queue: &OrderedQueue<T, O>) -> &Mutex<QueueState<T, O>> {
            queue.core.mutex()
        }

        fn check_access(queue: &OrderedQueue<T, O>) {
            queue.core.check_reentry();
        }

        fn waiters(state: &mut QueueState<T, O>) -> &mut WaitList<QueueWaiter> {
            state.waiters($side)
        }

        fn settle(
            queue: &OrderedQueue<T, O>,
            state: &mut QueueState<T, O>,
            batch: &mut WakeBatch,
        ) -> bool {
            queue.core.settle(state, batch)
        }

        fn return_grant(&mut self, queue: &OrderedQueue<T, O>, waiter: QueueWaiter) {
            if !waiter.closed {
                queue.core.return_grant($side);
            }
        }
    };
}
pub(super) use waits_at;

/// An output that a panic of another task's waker kept from the caller.
///
/// A shared reference to the future gives no access to the output. So the output is in a cell
/// that is `Sync` even if the output is only `Send`.
pub(super) struct Kept<R>(Option<Box<DataCell<R>>>);

impl<R> Kept<R> {
    pub(super) const NOTHING: Self = Self(None);

    pub(super) fn set(&mut self, output: R) {
        self.0 = Some(Box::new(DataCell::new(output)));
    }

    #[inline(always)]
    pub(super) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn take(&mut self) -> Option<R> {
        self.0.take().map(|output| output.into_inner())
    }
}

/// A grant that is returned if the code in its scope panics.
pub(super) struct ReturnOnPanic<'q, T, O: Order<T>> {
    queue: &'q OrderedQueue<T, O>,
    side: Side,
}

impl<'q, T, O: Order<T>> ReturnOnPanic<'q, T, O> {
    pub(super) fn new(queue: &'q OrderedQueue<T, O>, side: Side) -> Self {
        Self { queue, side }
    }

    /// Keeps the grant: nothing has panicked.
    pub(super) fn keep(self) {
        core::mem::forget(self);
    }
}

impl<T, O: Order<T>> Drop for ReturnOnPanic<'_, T, O> {
    fn drop(&mut self) {
        self.queue.core.return_grant(self.side);
    }
}

/// Returns the step that is worth trying after an inlined attempt on the ring has failed.
#[inline(always)]
pub(super) fn next_step<T, O: Order<T>>(queue: &OrderedQueue<T, O>, side: Side) -> Step {
    match queue.core.ring() {
        Some(ring) if ring.has_reserved(side) => Step::Short,
        Some(ring) if ring.has_to_wait(side) => Step::Locked,
        _ => Step::Unlocked,
    }
}

/// Tries an operation under the mutex, with its end frozen. If that fails, the queue is
/// unchanged.
#[inline(always)]
pub(super) fn try_under_mutex<T, O, P>(
    operation: &mut P,
    queue: &OrderedQueue<T, O>,
    side: Side,
    attempt: impl FnOnce(&mut P, &mut QueueState<T, O>) -> Option<P::Output>,
) -> Option<P::Output>
where
    O: Order<T>,
    P: Operation<Primitive = OrderedQueue<T, O>>,
{
    let mut guard = QueueGuard::frozen(&queue.core, side);
    let output = attempt(operation, &mut guard)?;
    settle_with(operation, queue, guard, output)
}

/// Settles the queue, releases the mutex and wakes, and then returns the output. If a waker
/// panics, the operation keeps the output.
#[inline(always)]
pub(super) fn settle_with<T, O, P>(
    operation: &mut P,
    queue: &OrderedQueue<T, O>,
    guard: QueueGuard<'_, T, O>,
    output: P::Output,
) -> Option<P::Output>
where
    O: Order<T>,
    P: Operation<Primitive = OrderedQueue<T, O>>,
{
    let pending = PendingOutput::new(operation, queue, output);
    guard.settle();
    pending.finish()
}

/// Tries an operation that waits if it fails. Both ends are frozen, so nothing changes between
/// the attempt and the moment when the waiter is linked.
pub(super) fn try_or_wait<T, O: Order<T>, R>(
    state: &mut QueueState<T, O>,
    thread: ThreadHint,
    attempt: impl FnOnce(&mut QueueState<T, O>) -> Option<R>,
) -> Attempt<R, QueueWaiter> {
    state.freeze_both();
    match attempt(state) {
        Some(output) => Attempt::Ready(output),
        None => Attempt::Wait(QueueWaiter::new(thread)),
    }
}
