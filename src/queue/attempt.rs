#![forbid(unsafe_code)]
//! An operation's attempt under the mutex: to go on at once, or else to wait.

use super::OrderedQueue;
use super::core::QueueCore;
use super::order::Order;
use super::state::{QueueState, QueueWaiter};
use crate::sync::{MutexGuard, ThreadHint};
use crate::wait::operation::{Attempt, Operation, PendingOutput};

/// The fast path of an operation that goes on under the mutex: `attempt`, without a waker.
pub(super) fn attempt_now<T, O, P>(
    operation: &mut P,
    queue: &OrderedQueue<T, O>,
    mut shared: MutexGuard<'_, QueueState<T, O>>,
    attempt: impl FnOnce(&mut P, &mut QueueState<T, O>) -> Option<P::Output>,
) -> Option<P::Output>
where
    O: Order<T>,
    P: Operation<Primitive = OrderedQueue<T, O>, Shared = QueueState<T, O>>,
{
    match queue.core.guarded(|| attempt(operation, &mut shared)) {
        Ok(Some(output)) => {
            let pending = PendingOutput::new(operation, queue, output);
            queue.core.settle_and_unlock(shared, Ok(()));
            pending.finish()
        }
        Ok(None) => None,
        Err(panic) => queue.core.settle_and_unlock(shared, Err(panic)),
    }
}

/// The attempt of an operation that waits if it comes to nothing: with the ring frozen, so
/// that what it looks at does not change before it stands in line.
pub(super) fn attempt_or_wait<T, O: Order<T>, R>(
    shared: &mut QueueState<T, O>,
    thread: ThreadHint,
    attempt: impl FnOnce(&mut QueueState<T, O>) -> Option<R>,
) -> Attempt<R, QueueWaiter> {
    shared.freeze();
    match attempt(shared) {
        Some(output) => Attempt::Ready(output),
        None => Attempt::Wait(QueueWaiter::new(thread)),
    }
}

/// The room that a putter without a ticket may use, with the tail frozen; none only if there
/// is none by a newest look: with one end frozen that at the other may be an old one.
pub(super) fn certain_free_room<T, O: Order<T>>(
    tickets: &QueueCore<T, O>,
    shared: &mut QueueState<T, O>,
) -> usize {
    if tickets.free_room(shared) == 0 {
        shared.freeze();
    }
    tickets.free_room(shared)
}

/// The mirror of [`certain_free_room`]: the items that a getter without a ticket may take.
pub(super) fn certain_free_items<T, O: Order<T>>(shared: &mut QueueState<T, O>) -> usize {
    if shared.free_items() == 0 {
        shared.freeze();
    }
    shared.free_items()
}
