#![forbid(unsafe_op_in_unsafe_fn)]
// The README follows. The first definition of a link counts. So these definitions replace
// the README's, which point to files next to it: they point to the items of these pages, and
// to the documents in the published package.
//! [`Lock`]: Lock
//! [`Semaphore`]: Semaphore
//! [`Event`]: Event
//! [`Condition`]: Condition
//! [`Barrier`]: Barrier
//! [`Queue`]: Queue
//! [`LifoQueue`]: LifoQueue
//! [`PriorityQueue`]: PriorityQueue
//! [`OrderedQueue`]: OrderedQueue
//! [`Queue::bounded`]: OrderedQueue::bounded
//! [`Queue::join`]: OrderedQueue::join
//! [`aiosync::futures`]: futures
//! [guide]: https://docs.rs/crate/aiosync/latest/source/docs/guide.md
//! [futurelock]: https://docs.rs/crate/aiosync/latest/source/docs/guide.md#futurelock
//! [from-asyncio]: https://docs.rs/crate/aiosync/latest/source/docs/from-asyncio.md
//! [from-tokio]: https://docs.rs/crate/aiosync/latest/source/docs/from-tokio.md
//! [loom-guide]: https://docs.rs/crate/aiosync/latest/source/docs/loom.md
//! [memory-ordering]: https://docs.rs/crate/aiosync/latest/source/docs/memory-ordering.md
//! [testing]: https://docs.rs/crate/aiosync/latest/source/docs/testing.md
//! [benchmarks]: https://docs.rs/crate/aiosync/latest/source/docs/benchmarks.md
//! [contributing]: https://docs.rs/crate/aiosync/latest/source/docs/contributing.md
//! [documents]: https://docs.rs/crate/aiosync/latest/source/docs/README.md
//! [examples]: https://docs.rs/crate/aiosync/latest/source/docs/README.md#examples
//!
#![doc = include_str!("../README.md")]

#[cfg(doctest)]
#[doc = include_str!("../tests/compile_fail.md")]
mod compile_fail {}
#[cfg(doctest)]
#[doc = include_str!("../docs/guide.md")]
mod guide {}
#[cfg(doctest)]
#[doc = include_str!("../docs/from-asyncio.md")]
mod guide_from_asyncio {}
#[cfg(doctest)]
#[doc = include_str!("../docs/from-tokio.md")]
mod guide_from_tokio {}
#[cfg(doctest)]
#[doc = include_str!("../docs/loom.md")]
mod guide_to_loom {}
#[cfg(doctest)]
#[doc = include_str!("../docs/decisions/0006-auto-traits-of-guards.md")]
mod decision_on_guards {}

mod barrier;
mod condition;
mod event;
mod lock;
mod queue;
mod semaphore;
mod sync;
mod wait;

pub use barrier::{Barrier, BarrierWaitResult, BrokenBarrier};
pub use condition::Condition;
pub use event::Event;
pub use lock::{Lock, LockGuard, MappedLockGuard, OwnedLockGuard, OwnedMappedLockGuard};
#[cfg(feature = "sink")]
pub use queue::QueueSink;
pub use queue::{
    Drained, Fifo, GetError, GetTimeoutError, Lifo, LifoQueue, Order, OrderedQueue, Priority,
    PriorityQueue, PutError, PutManyError, PutTimeoutError, Queue, ReserveError, Slot,
    TaskDoneError, TryGetError, TryPutError, TryReserveError,
};
#[cfg(feature = "stream")]
pub use queue::{QueueStream, QueueStreamOwned};
pub use semaphore::{OwnedPermit, Permit, ReleaseError, Semaphore};

pub mod futures {
    //! The futures of this crate, for use in type signatures.
    //!
    //! Each has the methods `block` and `block_timeout`, which drive it on the current thread.
    //! It waits in the same queue as the tasks do. They are for waits whose primitive has no
    //! `_blocking` method. If the thread runs async tasks, they make no progress until the call
    //! returns.
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
    pub use crate::queue::future::{
        Closed, Get, GetMany, GetOwned, Join, Put, PutMany, PutOwned, Reserve,
    };
    pub use crate::semaphore::future::{Acquire, AcquireOwned};
}
