#![forbid(unsafe_code)]
//! The two ends of a queue that everybody may wait for: all work done, and closed.

use std::marker::PhantomData;

use super::order::Order;
use super::shared::{Phase, Shared};
use super::tickets::Tickets;
use crate::sync::MutexGuard;
use crate::wait::broadcast::{Broadcast, End};

/// The end that `join` waits for: all work done.
pub(super) struct Finished<T, O>(PhantomData<(T, O)>);

impl<T, O: Order<T>> End for Finished<T, O> {
    type Primitive = Tickets<T, O>;
    type Shared = Shared<T, O>;

    fn lock(tickets: &Tickets<T, O>) -> MutexGuard<'_, Shared<T, O>> {
        tickets.look()
    }

    fn to_come<'a>(
        tickets: &Tickets<T, O>,
        shared: &'a mut Shared<T, O>,
    ) -> Option<&'a mut Broadcast> {
        tickets.await_last().then_some(&mut shared.finished)
    }
}

/// The end that `closed` waits for.
pub(super) struct Closed<T, O>(PhantomData<(T, O)>);

impl<T, O: Order<T>> End for Closed<T, O> {
    type Primitive = Tickets<T, O>;
    type Shared = Shared<T, O>;

    fn lock(tickets: &Tickets<T, O>) -> MutexGuard<'_, Shared<T, O>> {
        tickets.look()
    }

    fn to_come<'a>(
        _tickets: &Tickets<T, O>,
        shared: &'a mut Shared<T, O>,
    ) -> Option<&'a mut Broadcast> {
        (shared.phase() == Phase::Open).then_some(&mut shared.closed)
    }
}
