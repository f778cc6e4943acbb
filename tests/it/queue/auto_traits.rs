//! Auto traits: which types are `Send`, `Sync` and `Unpin`.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::iter::FusedIterator;
use std::rc::Rc;
use std::sync::MutexGuard;
use std::thread;
use std::vec::IntoIter;

use aiosync::futures::{
    Closed, ClosedOwned, Get, GetMany, GetOwned, Join, JoinOwned, Put, PutMany, PutOwned, Reserve,
    ReserveOwned,
};
use aiosync::{
    CloseGuard, DoneGuard, Drained, Fifo, GetError, GetTimeoutError, Lifo, LifoQueue,
    OwnedCloseGuard, OwnedSlot, Priority, PriorityQueue, PutError, PutManyError, PutTimeoutError,
    Queue, ReserveError, Slot, TaskDoneError, TryGetError, TryPutError, TryReserveError,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

use super::{full, taken};
use crate::common::Polled;

/// `Send` and `Sync`.
type Both = u8;
/// `Send`, not `Sync`.
type Sending = Cell<u8>;
/// `Sync`, not `Send`.
type Shared = MutexGuard<'static, u8>;
/// Neither.
type Neither = Rc<u8>;
/// Not even `Debug`.
struct Plain;

// A queue moves items between threads, and never shares one.
assert_impl_all!(Queue<Both>: Send, Sync);
assert_impl_all!(LifoQueue<Both>: Send, Sync);
assert_impl_all!(PriorityQueue<Both>: Send, Sync);
assert_impl_all!(Queue<Sending>: Send, Sync);
assert_impl_all!(LifoQueue<Sending>: Send, Sync);
assert_impl_all!(PriorityQueue<Sending>: Send, Sync);
assert_not_impl_any!(Queue<Shared>: Send, Sync);
assert_not_impl_any!(LifoQueue<Shared>: Send, Sync);
assert_not_impl_any!(Queue<Neither>: Send, Sync);
assert_not_impl_any!(LifoQueue<Neither>: Send, Sync);
assert_not_impl_any!(PriorityQueue<Neither>: Send, Sync);
assert_impl_all!(Queue<Plain>: Debug, Default, FromIterator<Plain>, Unpin);
// A put into a full or closed queue fails.
assert_not_impl_any!(Queue<u8>: Extend<u8>);
assert_not_impl_any!(Queue<u8>: Clone);

macro_rules! futures {
    ($($order:ident),*) => {$(
        assert_impl_all!(Put<'static, Both, $order>: Send, Sync);
        assert_impl_all!(PutOwned<Both, $order>: Send, Sync);
        assert_impl_all!(PutMany<'static, Both, $order, IntoIter<Both>>: Send, Sync);
        assert_impl_all!(Reserve<'static, Both, $order>: Send, Sync);
        assert_impl_all!(ReserveOwned<Both, $order>: Send, Sync);
        assert_impl_all!(Get<'static, Both, $order>: Send, Sync);
        assert_impl_all!(GetOwned<Both, $order>: Send, Sync);
        assert_impl_all!(GetMany<'static, Both, $order>: Send, Sync);
        assert_impl_all!(Join<'static, Both, $order>: Send, Sync);
        assert_impl_all!(JoinOwned<Both, $order>: Send, Sync);
        assert_impl_all!(Closed<'static, Both, $order>: Send, Sync);
        assert_impl_all!(ClosedOwned<Both, $order>: Send, Sync);
        assert_impl_all!(Slot<'static, Both, $order>: Send, Sync);
        assert_impl_all!(OwnedSlot<Both, $order>: Send, Sync);

        // Futures that contain items are `Sync` only if the items are.
        assert_impl_all!(Put<'static, Sending, $order>: Send);
        assert_impl_all!(PutOwned<Sending, $order>: Send);
        assert_impl_all!(PutMany<'static, Sending, $order, IntoIter<Sending>>: Send);
        assert_impl_all!(GetMany<'static, Sending, $order>: Send);
        assert_not_impl_any!(Put<'static, Sending, $order>: Sync);
        assert_not_impl_any!(PutOwned<Sending, $order>: Sync);
        assert_not_impl_any!(PutMany<'static, Sending, $order, IntoIter<Sending>>: Sync);
        assert_not_impl_any!(GetMany<'static, Sending, $order>: Sync);
        assert_impl_all!(Reserve<'static, Sending, $order>: Send, Sync);
        assert_impl_all!(ReserveOwned<Sending, $order>: Send, Sync);
        assert_impl_all!(Get<'static, Sending, $order>: Send, Sync);
        assert_impl_all!(GetOwned<Sending, $order>: Send, Sync);
        assert_impl_all!(Join<'static, Sending, $order>: Send, Sync);
        assert_impl_all!(JoinOwned<Sending, $order>: Send, Sync);
        assert_impl_all!(Closed<'static, Sending, $order>: Send, Sync);
        assert_impl_all!(ClosedOwned<Sending, $order>: Send, Sync);
        assert_impl_all!(Slot<'static, Sending, $order>: Send, Sync);
        assert_impl_all!(OwnedSlot<Sending, $order>: Send, Sync);

        assert_not_impl_any!(Put<'static, Neither, $order>: Send, Sync);
        assert_not_impl_any!(PutOwned<Neither, $order>: Send, Sync);
        assert_not_impl_any!(PutMany<'static, Neither, $order, IntoIter<Neither>>: Send, Sync);
        assert_not_impl_any!(Reserve<'static, Neither, $order>: Send, Sync);
        assert_not_impl_any!(ReserveOwned<Neither, $order>: Send, Sync);
        assert_not_impl_any!(Get<'static, Neither, $order>: Send, Sync);
        assert_not_impl_any!(GetOwned<Neither, $order>: Send, Sync);
        assert_not_impl_any!(GetMany<'static, Neither, $order>: Send, Sync);
        assert_not_impl_any!(Join<'static, Neither, $order>: Send, Sync);
        assert_not_impl_any!(JoinOwned<Neither, $order>: Send, Sync);
        assert_not_impl_any!(Closed<'static, Neither, $order>: Send, Sync);
        assert_not_impl_any!(ClosedOwned<Neither, $order>: Send, Sync);
        assert_not_impl_any!(Slot<'static, Neither, $order>: Send, Sync);
        assert_not_impl_any!(OwnedSlot<Neither, $order>: Send, Sync);

        // A linked node must not move.
        assert_not_impl_any!(Put<'static, Both, $order>: Unpin);
        assert_not_impl_any!(PutOwned<Both, $order>: Unpin);
        assert_not_impl_any!(PutMany<'static, Both, $order, IntoIter<Both>>: Unpin);
        assert_not_impl_any!(Reserve<'static, Both, $order>: Unpin);
        assert_not_impl_any!(ReserveOwned<Both, $order>: Unpin);
        assert_not_impl_any!(Get<'static, Both, $order>: Unpin);
        assert_not_impl_any!(GetOwned<Both, $order>: Unpin);
        assert_not_impl_any!(GetMany<'static, Both, $order>: Unpin);

        assert_impl_all!(Put<'static, Both, $order>: Debug);
        assert_impl_all!(Slot<'static, Both, $order>: Debug, Unpin);
        assert_impl_all!(OwnedSlot<Both, $order>: Debug, Unpin);
        assert_impl_all!(DoneGuard<'static, Sending, $order>: Send, Sync, Debug, Unpin);
        assert_impl_all!(CloseGuard<'static, Sending, $order>: Send, Sync, Debug, Unpin);
        assert_impl_all!(OwnedCloseGuard<Sending, $order>: Send, Sync, Debug, Unpin);
        assert_not_impl_any!(DoneGuard<'static, Neither, $order>: Send, Sync, Clone);
        assert_not_impl_any!(CloseGuard<'static, Neither, $order>: Send, Sync, Clone);
        assert_not_impl_any!(OwnedCloseGuard<Neither, $order>: Send, Sync, Clone);
    )*};
}
futures!(Fifo, Lifo, Priority);

/// Owned types borrow nothing.
const _: () = {
    const fn is_static<T: 'static>() {}

    is_static::<PutOwned<u8, Fifo>>();
    is_static::<GetOwned<u8, Fifo>>();
    is_static::<ReserveOwned<u8, Fifo>>();
    is_static::<JoinOwned<u8, Fifo>>();
    is_static::<ClosedOwned<u8, Fifo>>();
    is_static::<OwnedSlot<u8, Fifo>>();
    is_static::<OwnedCloseGuard<u8, Fifo>>();
};

// The future is `Send` only if its iterator is.
assert_not_impl_any!(PutMany<'static, Both, Fifo, std::iter::Once<Neither>>: Send, Sync);

assert_impl_all!(Drained<Both>: Send, Sync, Debug, ExactSizeIterator, FusedIterator);
assert_impl_all!(Drained<Sending>: Send);
assert_not_impl_any!(Drained<Sending>: Sync);
assert_not_impl_any!(Drained<Neither>: Send, Sync);
assert_impl_all!(Drained<Plain>: Debug);

assert_impl_all!(PutError<Plain>: Error, Debug, Display, Send, Sync);
assert_impl_all!(TryPutError<Plain>: Error, Debug, Display, Send, Sync);
assert_impl_all!(PutTimeoutError<Plain>: Error, Debug, Display, Send, Sync);
assert_impl_all!(PutManyError<IntoIter<Plain>>: Error, Debug, Display, Send, Sync);
assert_impl_all!(PutManyError<IntoIter<u8>>: Iterator<Item = u8>, FusedIterator);
assert_impl_all!(PutError<u8>: Copy, Eq);
assert_impl_all!(TryPutError<u8>: Copy, Eq);
assert_impl_all!(PutTimeoutError<u8>: Copy, Eq);
assert_not_impl_any!(PutError<Neither>: Send, Sync);
assert_not_impl_any!(TryPutError<Neither>: Send, Sync);
assert_not_impl_any!(PutTimeoutError<Neither>: Send, Sync);
assert_not_impl_any!(PutManyError<IntoIter<Neither>>: Send, Sync);

macro_rules! plain_errors {
    ($($error:ident),*) => {$(
        assert_impl_all!($error: Error, Debug, Display, Send, Sync, Copy, Eq, Unpin);
    )*};
}
plain_errors!(
    GetError,
    TryGetError,
    GetTimeoutError,
    ReserveError,
    TryReserveError,
    TaskDoneError
);

#[test]
fn futures_of_a_queue_may_be_polled_on_one_thread_and_dropped_on_another() {
    let queue = full([0]);
    let mut put = Polled::waiting(queue.put(1));
    let mut reserve = Polled::waiting(queue.reserve());
    thread::scope(|scope| {
        scope.spawn(|| {
            put.assert_pending();
            assert_eq!(queue.try_get(), Ok(0));
            put.assert_ready().unwrap();
            assert_eq!(queue.try_get(), Ok(1));
        });
    });
    let slot = reserve.assert_ready().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || slot.put(2).unwrap());
    });
    assert_eq!(taken(&queue), [2]);
}
