#![forbid(unsafe_op_in_unsafe_fn)]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The README follows. The first definition of a link counts. So these definitions replace the
// README's, which lead to the files of the repository.
#![doc = include_str!("guide/links.md")]
//!
#![doc = include_str!("../README.md")]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(doctest)]
#[doc = include_str!("../tests/compile_fail.md")]
mod compile_fail {}
#[cfg(doctest)]
#[doc = include_str!("../docs/decisions/0006-auto-traits-of-guards.md")]
mod decision_on_guards {}

mod barrier;
mod condition;
pub mod diagnostics;
mod event;
mod lock;
mod once_cell;
mod queue;
mod rwlock;
mod semaphore;
mod sync;
mod wait;

// The documents, as pages of the rustdoc.
#[cfg(any(doc, doctest))]
pub mod guide;

pub use barrier::{Barrier, BarrierWaitResult, BrokenBarrier};
pub use condition::Condition;
pub use event::Event;
pub use lock::{Lock, LockGuard, MappedLockGuard, OwnedLockGuard, OwnedMappedLockGuard};
pub use once_cell::{OnceCell, SetError};
#[cfg(feature = "sink")]
pub use queue::QueueSink;
pub use queue::{
    CloseGuard, DoneGuard, Drained, Fifo, GetError, GetTimeoutError, Lifo, LifoQueue, Order,
    OrderedQueue, OwnedCloseGuard, OwnedSlot, Priority, PriorityQueue, PutError, PutManyError,
    PutTimeoutError, Queue, ReserveError, Slot, TaskDoneError, TryGetError, TryPutError,
    TryReserveError,
};
#[cfg(feature = "stream")]
pub use queue::{QueueStream, QueueStreamOwned};
pub use rwlock::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
    OwnedMappedRwLockWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{OwnedPermit, Permit, ReleaseError, Semaphore};

pub mod futures {
    //! The future types of this crate, for use in type signatures.
    //!
    //! With the feature `std`, each future has the methods `block` and `block_timeout`, except on wasm. They drive the future
    //! on the current thread, and are meant for operations without a `_blocking` method. The thread
    //! waits in the same queue as the tasks do. If the thread runs async tasks, they make no progress
    //! until the call returns.
    //!
    //! With the feature `stream`, each future implements `futures_core::FusedFuture`, so
    //! `futures::select!` accepts it. Its `is_terminated` returns whether another poll would panic.
    //!
    //! # Examples
    //!
    //! ```
    //! use aiosync::Event;
    //! use aiosync::futures::EventWait;
    //! use std::time::Duration;
    //!
    //! fn stopped(stop: &Event) -> EventWait<'_> {
    //!     stop.wait()
    //! }
    //!
    //! let stop = Event::new();
    //! assert!(stopped(&stop).block_timeout(Duration::from_millis(1)).is_none());
    //! stop.set();
    //! stopped(&stop).block();
    //! ```

    pub use crate::barrier::future::{BarrierWait, BarrierWaitOwned};
    pub use crate::condition::future::{
        ConditionWait, ConditionWaitFor, ConditionWaitForOwned, ConditionWaitOwned,
        ConditionWaitWhile, ConditionWaitWhileOwned,
    };
    pub use crate::event::future::{EventWait, EventWaitOwned};
    pub use crate::lock::future::{LockFuture, LockOwnedFuture, With};
    pub use crate::once_cell::future::{GetOrInit, GetOrTryInit, OnceCellWait};
    pub use crate::queue::future::{
        Closed, ClosedOwned, Get, GetMany, GetOwned, Join, JoinOwned, Put, PutMany, PutOwned,
        Reserve, ReserveOwned,
    };
    pub use crate::rwlock::future::{RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned};
    pub use crate::semaphore::future::{Acquire, AcquireOwned};
}
