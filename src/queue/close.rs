#![forbid(unsafe_code)]
//! The two ends of a queue that everybody may wait for: all work done, and closed.

use std::marker::PhantomData;

use super::core::QueueCore;
use super::order::Order;
use super::state::{CloseState, QueueState};
use crate::sync::MutexGuard;
use crate::wait::completion::{Completion, CompletionSource};

/// The end that `join` waits for: all work done.
pub(super) struct Finished<T, O>(PhantomData<(T, O)>);

impl<T, O: Order<T>> CompletionSource for Finished<T, O> {
    type Primitive = QueueCore<T, O>;
    type Shared = QueueState<T, O>;

    fn lock(tickets: &QueueCore<T, O>) -> MutexGuard<'_, QueueState<T, O>> {
        tickets.look()
    }

    fn pending<'a>(
        tickets: &QueueCore<T, O>,
        shared: &'a mut QueueState<T, O>,
    ) -> Option<&'a mut Completion> {
        tickets.await_last().then_some(&mut shared.finished)
    }
}

/// The end that `closed` waits for.
pub(super) struct Closed<T, O>(PhantomData<(T, O)>);

impl<T, O: Order<T>> CompletionSource for Closed<T, O> {
    type Primitive = QueueCore<T, O>;
    type Shared = QueueState<T, O>;

    fn lock(tickets: &QueueCore<T, O>) -> MutexGuard<'_, QueueState<T, O>> {
        tickets.look()
    }

    fn pending<'a>(
        _tickets: &QueueCore<T, O>,
        shared: &'a mut QueueState<T, O>,
    ) -> Option<&'a mut Completion> {
        (shared.close_state() == CloseState::Open).then_some(&mut shared.closed)
    }
}
