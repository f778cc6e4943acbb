//! `Send`, `Sync`, `Unpin` and `'static` of every public type and future of Lock, RwLock,
//! Semaphore, Event and OnceCell, checked as this file compiles. Each line that asserts an
//! absence has a neighbour that asserts the presence.
//!
//! The data stands for its class:
//!
//! | type | `Send` | `Sync` |
//! |---|---|---|
//! | `u32` | yes | yes |
//! | [`OnlySend`] | yes | no |
//! | [`OnlySync`] | no | yes |
//! | [`Neither`] | no | no |
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::marker::PhantomPinned;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::MutexGuard;

use aiosync::futures::{
    Acquire, AcquireOwned, EventWait, EventWaitOwned, GetOrInit, GetOrTryInit, LockFuture,
    LockOwnedFuture, OnceCellWait, RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned,
    With,
};
use aiosync::{
    Event, Lock, LockGuard, MappedLockGuard, MappedRwLockReadGuard, MappedRwLockWriteGuard,
    OnceCell, OwnedLockGuard, OwnedMappedLockGuard, OwnedMappedRwLockReadGuard,
    OwnedMappedRwLockWriteGuard, OwnedPermit, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, Permit,
    ReleaseError, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, SetError,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

type OnlySend = Cell<u32>;
type OnlySync = MutexGuard<'static, u32>;
type Neither = Rc<u32>;

mod the_classes_are_what_they_are_called {
    use super::*;

    assert_impl_all!(OnlySend: Send);
    assert_not_impl_any!(OnlySend: Sync);
    assert_impl_all!(OnlySync: Sync);
    assert_not_impl_any!(OnlySync: Send);
    assert_not_impl_any!(Neither: Send, Sync);
}

mod a_lock_is_send_and_sync_where_its_data_is_send {
    use super::*;

    assert_impl_all!(Lock<u32>: Send, Sync, Unpin);
    assert_impl_all!(Lock<OnlySend>: Send, Sync);
    assert_not_impl_any!(Lock<OnlySync>: Send, Sync);
    assert_not_impl_any!(Lock<Neither>: Send, Sync);
    assert_impl_all!(Lock<[OnlySend]>: Send, Sync);
    assert_impl_all!(Lock<dyn Debug + Send>: Send, Sync);
    assert_not_impl_any!(Lock<dyn Debug + Sync>: Send, Sync);
}

mod a_guard_is_send_where_its_data_is_send_and_sync_where_it_is_both {
    use super::*;

    type Borrowed<T> = LockGuard<'static, T>;

    assert_impl_all!(Borrowed<u32>: Send, Sync, Unpin);
    assert_impl_all!(Borrowed<OnlySend>: Send);
    assert_not_impl_any!(Borrowed<OnlySend>: Sync);
    assert_not_impl_any!(Borrowed<OnlySync>: Send, Sync);
    assert_not_impl_any!(Borrowed<Neither>: Send, Sync);
    assert_impl_all!(Borrowed<PhantomPinned>: Unpin);

    assert_impl_all!(OwnedLockGuard<u32>: Send, Sync, Unpin);
    assert_impl_all!(OwnedLockGuard<OnlySend>: Send);
    assert_not_impl_any!(OwnedLockGuard<OnlySend>: Sync);
    assert_not_impl_any!(OwnedLockGuard<OnlySync>: Send, Sync);
    assert_not_impl_any!(OwnedLockGuard<Neither>: Send, Sync);
}

/// A mapped guard that borrows leads to its part only, as `&mut U` does. What the
/// lock holds beside stays where it is.
mod a_mapped_guard_is_what_an_exclusive_borrow_of_its_part_is {
    use super::*;

    type Mapped<U> = MappedLockGuard<'static, U>;

    assert_impl_all!(Mapped<u32>: Send, Sync, Unpin);
    assert_impl_all!(Mapped<OnlySend>: Send);
    assert_not_impl_any!(Mapped<OnlySend>: Sync);
    assert_impl_all!(Mapped<OnlySync>: Sync);
    assert_not_impl_any!(Mapped<OnlySync>: Send);
    assert_not_impl_any!(Mapped<Neither>: Send, Sync);
    assert_impl_all!(Mapped<PhantomPinned>: Unpin);
}

/// One that owns leads to the whole lock besides, by `source`, and may be the last
/// to hold the data.
mod an_owned_mapped_guard_asks_for_both_its_part_and_the_whole {
    use super::*;

    type Owned<T, U> = OwnedMappedLockGuard<T, U>;

    assert_impl_all!(Owned<u32, u32>: Send, Sync, Unpin);
    assert_impl_all!(Owned<OnlySend, u32>: Send, Sync);
    assert_impl_all!(Owned<OnlySend, OnlySend>: Send);
    assert_not_impl_any!(Owned<OnlySend, OnlySend>: Sync);
    assert_not_impl_any!(Owned<OnlySync, u32>: Send, Sync);
    assert_not_impl_any!(Owned<Neither, u32>: Send, Sync);
    assert_not_impl_any!(Owned<u32, OnlySync>: Send);
    assert_impl_all!(Owned<u32, OnlySync>: Sync);
    assert_not_impl_any!(Owned<u32, Neither>: Send, Sync);
    assert_impl_all!(Owned<u32, PhantomPinned>: Unpin);
}

mod a_future_is_send_and_sync_where_its_lock_is_and_never_unpin {
    use super::*;

    type Borrowed<T> = LockFuture<'static, T>;
    type OfClosure<T, F> = With<'static, T, F>;

    assert_impl_all!(Borrowed<u32>: Send, Sync);
    assert_impl_all!(Borrowed<OnlySend>: Send, Sync);
    assert_not_impl_any!(Borrowed<OnlySync>: Send, Sync);
    assert_not_impl_any!(Borrowed<Neither>: Send, Sync);
    assert_not_impl_any!(Borrowed<u32>: Unpin);

    assert_impl_all!(LockOwnedFuture<u32>: Send, Sync);
    assert_impl_all!(LockOwnedFuture<OnlySend>: Send, Sync);
    assert_not_impl_any!(LockOwnedFuture<OnlySync>: Send, Sync);
    assert_not_impl_any!(LockOwnedFuture<Neither>: Send, Sync);
    assert_not_impl_any!(LockOwnedFuture<u32>: Unpin);

    assert_impl_all!(OfClosure<u32, u32>: Send, Sync);
    assert_impl_all!(OfClosure<OnlySend, u32>: Send, Sync);
    assert_impl_all!(OfClosure<u32, OnlySend>: Send);
    assert_not_impl_any!(OfClosure<u32, OnlySend>: Sync);
    assert_not_impl_any!(OfClosure<u32, Neither>: Send, Sync);
    assert_not_impl_any!(OfClosure<Neither, u32>: Send, Sync);
    assert_not_impl_any!(OfClosure<u32, u32>: Unpin);
}

mod a_rwlock_is_send_where_its_data_is_send_and_sync_where_it_is_both {
    use super::*;

    assert_impl_all!(RwLock<u32>: Send, Sync, Unpin);
    assert_impl_all!(RwLock<OnlySend>: Send);
    // Several threads would use the cell.
    assert_not_impl_any!(RwLock<OnlySend>: Sync);
    // A writer on another thread would drop the data, or move it out.
    assert_not_impl_any!(RwLock<OnlySync>: Send, Sync);
    assert_not_impl_any!(RwLock<Neither>: Send, Sync);
    assert_impl_all!(RwLock<[u32]>: Send, Sync);
    assert_impl_all!(RwLock<dyn Debug + Send + Sync>: Send, Sync);
    assert_impl_all!(RwLock<dyn Debug + Send>: Send);
    assert_not_impl_any!(RwLock<dyn Debug + Send>: Sync);
    assert_not_impl_any!(RwLock<dyn Debug + Sync>: Send, Sync);
    assert_not_impl_any!(RwLock<PhantomPinned>: Unpin);
}

/// Each leads to the whole lock, by `source`.
mod a_guard_of_a_rwlock_is_send_and_sync_where_its_lock_is_sync {
    use super::*;

    type Read<T> = RwLockReadGuard<'static, T>;
    type Write<T> = RwLockWriteGuard<'static, T>;

    assert_impl_all!(Read<u32>: Send, Sync, Unpin);
    assert_not_impl_any!(Read<OnlySend>: Send, Sync);
    assert_not_impl_any!(Read<OnlySync>: Send, Sync);
    assert_not_impl_any!(Read<Neither>: Send, Sync);
    assert_impl_all!(Read<PhantomPinned>: Unpin);

    assert_impl_all!(Write<u32>: Send, Sync, Unpin);
    assert_not_impl_any!(Write<OnlySend>: Send, Sync);
    assert_not_impl_any!(Write<OnlySync>: Send, Sync);
    assert_not_impl_any!(Write<Neither>: Send, Sync);
    assert_impl_all!(Write<PhantomPinned>: Unpin);

    assert_impl_all!(OwnedRwLockReadGuard<u32>: Send, Sync, Unpin);
    assert_not_impl_any!(OwnedRwLockReadGuard<OnlySend>: Send, Sync);
    assert_not_impl_any!(OwnedRwLockReadGuard<OnlySync>: Send, Sync);
    assert_not_impl_any!(OwnedRwLockReadGuard<Neither>: Send, Sync);

    assert_impl_all!(OwnedRwLockWriteGuard<u32>: Send, Sync, Unpin);
    assert_not_impl_any!(OwnedRwLockWriteGuard<OnlySend>: Send, Sync);
    assert_not_impl_any!(OwnedRwLockWriteGuard<OnlySync>: Send, Sync);
    assert_not_impl_any!(OwnedRwLockWriteGuard<Neither>: Send, Sync);
}

/// One that borrows leads to its part only.
mod a_mapped_guard_of_a_rwlock_is_what_a_borrow_of_its_part_is {
    use super::*;

    type Read<U> = MappedRwLockReadGuard<'static, U>;
    type Write<U> = MappedRwLockWriteGuard<'static, U>;

    assert_impl_all!(Read<u32>: Send, Sync, Unpin);
    assert_not_impl_any!(Read<OnlySend>: Send, Sync);
    assert_impl_all!(Read<OnlySync>: Send, Sync);
    assert_not_impl_any!(Read<Neither>: Send, Sync);
    assert_impl_all!(Read<PhantomPinned>: Unpin);

    assert_impl_all!(Write<u32>: Send, Sync, Unpin);
    assert_impl_all!(Write<OnlySend>: Send);
    assert_not_impl_any!(Write<OnlySend>: Sync);
    assert_impl_all!(Write<OnlySync>: Sync);
    assert_not_impl_any!(Write<OnlySync>: Send);
    assert_not_impl_any!(Write<Neither>: Send, Sync);
    assert_impl_all!(Write<PhantomPinned>: Unpin);
}

/// One that owns leads to the whole lock besides, by `source`, and may be the last to hold the
/// data.
mod an_owned_mapped_guard_of_a_rwlock_asks_for_both_its_part_and_the_whole {
    use super::*;

    type Read<T, U> = OwnedMappedRwLockReadGuard<T, U>;
    type Write<T, U> = OwnedMappedRwLockWriteGuard<T, U>;

    assert_impl_all!(Read<u32, u32>: Send, Sync, Unpin);
    assert_not_impl_any!(Read<OnlySend, u32>: Send, Sync);
    assert_not_impl_any!(Read<OnlySync, u32>: Send, Sync);
    assert_not_impl_any!(Read<u32, OnlySend>: Send, Sync);
    assert_impl_all!(Read<u32, OnlySync>: Send, Sync);
    assert_not_impl_any!(Read<u32, Neither>: Send, Sync);

    assert_impl_all!(Write<u32, u32>: Send, Sync, Unpin);
    assert_not_impl_any!(Write<OnlySend, u32>: Send, Sync);
    assert_not_impl_any!(Write<OnlySync, u32>: Send, Sync);
    assert_impl_all!(Write<u32, OnlySend>: Send);
    assert_not_impl_any!(Write<u32, OnlySend>: Sync);
    assert_impl_all!(Write<u32, OnlySync>: Sync);
    assert_not_impl_any!(Write<u32, OnlySync>: Send);
    assert_not_impl_any!(Write<u32, Neither>: Send, Sync);
}

mod a_future_of_a_rwlock_is_send_and_sync_where_its_lock_is_and_never_unpin {
    use super::*;

    type Read<T> = RwLockRead<'static, T>;
    type Write<T> = RwLockWrite<'static, T>;

    assert_impl_all!(Read<u32>: Send, Sync);
    assert_not_impl_any!(Read<OnlySend>: Send, Sync);
    assert_not_impl_any!(Read<OnlySync>: Send, Sync);
    assert_not_impl_any!(Read<u32>: Unpin);
    assert_impl_all!(Write<u32>: Send, Sync);
    assert_not_impl_any!(Write<OnlySend>: Send, Sync);
    assert_not_impl_any!(Write<OnlySync>: Send, Sync);
    assert_not_impl_any!(Write<u32>: Unpin);
    assert_impl_all!(RwLockReadOwned<u32>: Send, Sync);
    assert_not_impl_any!(RwLockReadOwned<OnlySend>: Send, Sync);
    assert_not_impl_any!(RwLockReadOwned<u32>: Unpin);
    assert_impl_all!(RwLockWriteOwned<u32>: Send, Sync);
    assert_not_impl_any!(RwLockWriteOwned<OnlySend>: Send, Sync);
    assert_not_impl_any!(RwLockWriteOwned<u32>: Unpin);
}

mod everything_of_a_semaphore_goes_everywhere_and_waiting_futures_stay_pinned {
    use super::*;

    assert_impl_all!(Semaphore: Send, Sync, Unpin);
    assert_impl_all!(Permit<'static>: Send, Sync, Unpin);
    assert_impl_all!(OwnedPermit: Send, Sync, Unpin);
    assert_impl_all!(Acquire<'static>: Send, Sync);
    assert_impl_all!(AcquireOwned: Send, Sync);
    assert_not_impl_any!(Acquire<'static>: Unpin);
    assert_not_impl_any!(AcquireOwned: Unpin);
}

mod everything_of_an_event_goes_everywhere_and_waiting_futures_stay_pinned {
    use super::*;

    assert_impl_all!(Event: Send, Sync, Unpin);
    assert_impl_all!(EventWait<'static>: Send, Sync);
    assert_impl_all!(EventWaitOwned: Send, Sync);
    assert_not_impl_any!(EventWait<'static>: Unpin);
    assert_not_impl_any!(EventWaitOwned: Unpin);
}

/// Several threads read the value at once, and another thread may drop it.
mod a_once_cell_is_send_where_its_value_is_and_sync_where_it_is_both {
    use super::*;

    assert_impl_all!(OnceCell<u32>: Send, Sync, Unpin);
    assert_impl_all!(OnceCell<OnlySend>: Send);
    assert_not_impl_any!(OnceCell<OnlySend>: Sync);
    assert_not_impl_any!(OnceCell<OnlySync>: Send, Sync);
    assert_not_impl_any!(OnceCell<Neither>: Send, Sync);
    assert_not_impl_any!(OnceCell<PhantomPinned>: Unpin);
}

mod a_future_of_a_once_cell_is_send_and_sync_where_its_cell_is_sync_and_never_unpin {
    use super::*;

    type Init<T, F, Fut> = GetOrInit<'static, T, F, Fut>;
    type TryInit<T, F, Fut> = GetOrTryInit<'static, T, F, Fut>;

    assert_impl_all!(OnceCellWait<'static, u32>: Send, Sync);
    assert_not_impl_any!(OnceCellWait<'static, OnlySend>: Send, Sync);
    assert_not_impl_any!(OnceCellWait<'static, OnlySync>: Send, Sync);
    assert_not_impl_any!(OnceCellWait<'static, Neither>: Send, Sync);
    assert_not_impl_any!(OnceCellWait<'static, u32>: Unpin);

    assert_impl_all!(Init<u32, u32, u32>: Send, Sync);
    assert_not_impl_any!(Init<OnlySend, u32, u32>: Send, Sync);
    assert_not_impl_any!(Init<OnlySync, u32, u32>: Send, Sync);
    assert_impl_all!(Init<u32, OnlySend, u32>: Send);
    assert_not_impl_any!(Init<u32, OnlySend, u32>: Sync);
    assert_impl_all!(Init<u32, u32, OnlySend>: Send);
    assert_not_impl_any!(Init<u32, u32, OnlySend>: Sync);
    assert_impl_all!(Init<u32, u32, OnlySync>: Sync);
    assert_not_impl_any!(Init<u32, u32, OnlySync>: Send);
    assert_not_impl_any!(Init<u32, Neither, u32>: Send, Sync);
    assert_not_impl_any!(Init<u32, u32, Neither>: Send, Sync);
    assert_not_impl_any!(Init<u32, u32, u32>: Unpin);

    assert_impl_all!(TryInit<u32, u32, u32>: Send, Sync);
    assert_not_impl_any!(TryInit<OnlySend, u32, u32>: Send, Sync);
    assert_not_impl_any!(TryInit<u32, Neither, u32>: Send, Sync);
    assert_not_impl_any!(TryInit<u32, u32, Neither>: Send, Sync);
    assert_not_impl_any!(TryInit<u32, u32, u32>: Unpin);
}

mod errors_go_everywhere {
    use super::*;

    assert_impl_all!(ReleaseError: Error, Send, Sync, Unpin, Clone, Copy, PartialEq);
    assert_impl_all!(SetError<u32>: Error, Send, Sync, Unpin, Clone, Copy, PartialEq);
    assert_impl_all!(SetError<Neither>: Error);
    assert_not_impl_any!(SetError<Neither>: Send, Sync);
}

/// What owns borrows nothing.
const _: () = {
    const fn is_static<T: 'static>() {}

    is_static::<OwnedLockGuard<u32>>();
    is_static::<OwnedMappedLockGuard<u32, u32>>();
    is_static::<LockOwnedFuture<u32>>();
    is_static::<OwnedRwLockReadGuard<u32>>();
    is_static::<OwnedRwLockWriteGuard<u32>>();
    is_static::<OwnedMappedRwLockReadGuard<u32, u32>>();
    is_static::<OwnedMappedRwLockWriteGuard<u32, u32>>();
    is_static::<RwLockReadOwned<u32>>();
    is_static::<RwLockWriteOwned<u32>>();
    is_static::<OwnedPermit>();
    is_static::<AcquireOwned>();
    is_static::<EventWaitOwned>();
    is_static::<ReleaseError>();
};

mod every_type_can_be_printed_and_guards_lead_to_their_data {
    use super::*;

    /// Implements nothing.
    struct Plain;

    assert_impl_all!(Lock<u32>: Debug, Default, From<u32>);
    assert_impl_all!(LockGuard<'static, u32>: Debug, Display, DerefMut<Target = u32>);
    assert_impl_all!(OwnedLockGuard<u32>: Debug, Display, DerefMut<Target = u32>);
    assert_impl_all!(MappedLockGuard<'static, u32>: Debug, Display, DerefMut<Target = u32>);
    assert_impl_all!(OwnedMappedLockGuard<(), u32>: Debug, Display, DerefMut<Target = u32>);
    assert_impl_all!(RwLock<u32>: Debug, Default, From<u32>);
    assert_impl_all!(RwLockReadGuard<'static, u32>: Debug, Display, Deref<Target = u32>);
    assert_impl_all!(OwnedRwLockReadGuard<u32>: Debug, Display, Deref<Target = u32>);
    assert_impl_all!(MappedRwLockReadGuard<'static, u32>: Debug, Display, Deref<Target = u32>);
    assert_impl_all!(OwnedMappedRwLockReadGuard<(), u32>: Debug, Display, Deref<Target = u32>);
    assert_not_impl_any!(RwLockReadGuard<'static, u32>: DerefMut, Clone);
    assert_not_impl_any!(OwnedRwLockReadGuard<u32>: DerefMut, Clone);
    assert_not_impl_any!(MappedRwLockReadGuard<'static, u32>: DerefMut, Clone);
    assert_not_impl_any!(OwnedMappedRwLockReadGuard<u32, u32>: DerefMut, Clone);
    assert_impl_all!(RwLockWriteGuard<'static, u32>: Debug, Display, DerefMut<Target = u32>);
    assert_impl_all!(OwnedRwLockWriteGuard<u32>: Debug, Display, DerefMut<Target = u32>);
    assert_impl_all!(MappedRwLockWriteGuard<'static, u32>: Debug, Display, DerefMut<Target = u32>);
    assert_impl_all!(OwnedMappedRwLockWriteGuard<(), u32>: Debug, Display, DerefMut<Target = u32>);
    // Futures, whatever they are for.
    assert_impl_all!(RwLockRead<'static, Neither>: Debug);
    assert_impl_all!(RwLockWriteOwned<PhantomPinned>: Debug);
    assert_impl_all!(LockFuture<'static, Neither>: Debug);
    assert_impl_all!(LockOwnedFuture<PhantomPinned>: Debug);
    assert_impl_all!(With<'static, Neither, fn(&mut Neither)>: Debug);
    assert_impl_all!(Semaphore: Debug);
    assert_impl_all!(Permit<'static>: Debug);
    assert_impl_all!(OwnedPermit: Debug);
    assert_impl_all!(Acquire<'static>: Debug);
    assert_impl_all!(AcquireOwned: Debug);
    assert_impl_all!(Event: Debug, Default);
    assert_impl_all!(EventWait<'static>: Debug);
    assert_impl_all!(EventWaitOwned: Debug);
    assert_impl_all!(OnceCell<u32>: Debug, Default, From<u32>, Clone);
    assert_not_impl_any!(OnceCell<Plain>: Debug, Clone);
    assert_impl_all!(OnceCell<Plain>: Default, From<Plain>);
    assert_impl_all!(OnceCellWait<'static, Plain>: Debug);
    assert_impl_all!(GetOrInit<'static, Plain, Plain, Plain>: Debug);
    assert_impl_all!(GetOrTryInit<'static, Plain, Plain, Plain>: Debug);
    assert_impl_all!(SetError<Plain>: Debug, Display, Error);
}
