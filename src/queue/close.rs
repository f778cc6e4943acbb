#![forbid(unsafe_code)]
//! Whether a queue is open or closed, and what `closed` and `join` wait for.
//!
//! # State
//!
//! | | `Open` | `Closed` | `ClosedNow` |
//! |---|---|---|---|
//! | a put is refused | no | yes | yes |
//! | a get is refused | no | if there is no item | yes |
//! | a putter's grant is void | no | yes | yes |
//! | a getter's grant is void | no | no | yes |
//!
//! The state changes under the queue's mutex, from left to right only. A void grant is no longer
//! counted. No other file knows what the states mean.

use core::marker::PhantomData;

use super::OrderedQueue;
use super::order::sealed::Storage;
use super::order::{Drained, Order};
use super::side::Side;
use super::state::QueueState;
use crate::diagnostics::{Probe, Supply};
use crate::sync::MutexGuard;
use crate::wait::completion::{Completion, CompletionSource, Released};

/// Whether a queue is open or closed. See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseState {
    /// Puts and gets are possible.
    Open,
    /// Gets take the remaining items.
    Closed,
    /// Neither puts nor gets are possible.
    ClosedNow,
}

impl<T, O: Order<T>> QueueState<T, O> {
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.close_state == CloseState::Open
    }

    /// Returns whether the operations of a side fail from now on.
    #[inline]
    pub(super) fn refuses(&self, side: Side) -> bool {
        match (self.close_state, side) {
            (CloseState::Open, _) => false,
            (CloseState::Closed, Side::Get) => self.len() == 0,
            (CloseState::Closed, Side::Put) | (CloseState::ClosedNow, _) => true,
        }
    }

    /// Returns whether the grants of a side are void.
    #[inline]
    pub(super) fn voids_grants(&self, side: Side) -> bool {
        match side {
            Side::Get => self.close_state == CloseState::ClosedNow,
            Side::Put => self.close_state != CloseState::Open,
        }
    }

    /// Closes the queue to puts. Returns the waits of `closed`, to be woken, or `None` if the
    /// queue was closed already.
    pub(super) fn close(&mut self) -> Option<Released> {
        let closes = self.is_open();
        if closes {
            self.close_state = CloseState::Closed;
            self.granted_putters = 0;
        }
        closes.then(|| self.closed.release_all())
    }

    /// Closes the queue to puts and gets. Returns the items, and what [`close`](Self::close)
    /// returns.
    pub(super) fn close_now(&mut self) -> (Drained<T>, Option<Released>) {
        let released = self.close();
        self.close_state = CloseState::ClosedNow;
        self.granted_getters = 0;
        (self.items.take_all(), released)
    }
}

/// What `closed` waits for: that the queue is closed.
pub(super) struct WhenClosed<T, O>(PhantomData<(T, O)>);

impl<T, O: Order<T>> CompletionSource for WhenClosed<T, O> {
    type Primitive = OrderedQueue<T, O>;
    type Shared = QueueState<T, O>;

    const NAME: &'static str = "closed";

    fn probe(queue: &OrderedQueue<T, O>) -> &Probe {
        &queue.probe
    }

    fn supply(queue: &OrderedQueue<T, O>) -> Option<Supply> {
        queue.supply()
    }

    fn lock(queue: &OrderedQueue<T, O>) -> MutexGuard<'_, QueueState<T, O>> {
        queue.core.mutex().lock()
    }

    fn pending<'a>(
        _queue: &OrderedQueue<T, O>,
        state: &'a mut QueueState<T, O>,
    ) -> Option<&'a mut Completion> {
        state.is_open().then_some(&mut state.closed)
    }
}

/// What `join` waits for: that no item is unfinished.
pub(super) struct WhenFinished<T, O>(PhantomData<(T, O)>);

impl<T, O: Order<T>> CompletionSource for WhenFinished<T, O> {
    type Primitive = OrderedQueue<T, O>;
    type Shared = QueueState<T, O>;

    const NAME: &'static str = "join";

    fn probe(queue: &OrderedQueue<T, O>) -> &Probe {
        &queue.probe
    }

    fn supply(queue: &OrderedQueue<T, O>) -> Option<Supply> {
        queue.supply()
    }

    fn lock(queue: &OrderedQueue<T, O>) -> MutexGuard<'_, QueueState<T, O>> {
        queue.core.mutex().lock()
    }

    fn pending<'a>(
        queue: &OrderedQueue<T, O>,
        state: &'a mut QueueState<T, O>,
    ) -> Option<&'a mut Completion> {
        queue.core.await_last().then_some(&mut state.finished)
    }
}
