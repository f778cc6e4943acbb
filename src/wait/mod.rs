#![deny(unsafe_code)]
//! Waiting, for every primitive.
//!
//! | module | what |
//! |---|---|
//! | [`list`] | the wait queue: an intrusive FIFO list of waiters |
//! | [`future`] | the future that every wait is made of |
//! | [`source`] | the reference or `Arc` through which a wait reaches its primitive |
//! | [`operation`] | what a primitive implements for each of its waiting operations |
//! | [`batch`] | wakers that are taken under a mutex and woken without it |
//! | [`spin`] | adaptive spinning before queueing |
//! | [`park`] | blocking: drives a future by parking the thread |
//! | [`completion`] | waits for an event that happens once, built on the crate event-listener |
//! | [`named`] | what every public future has |
//!
//! # The rules of the wait queue
//!
//! 1. A future that was never polled is registered nowhere. Its position is set by the first
//!    poll that cannot complete.
//! 2. No user code runs under an internal mutex. Wakers are cloned before it is taken, and
//!    woken and dropped after it is released. If a waker panics, the others are still woken.
//! 3. A granter unlinks the node, takes its waker, and then publishes the grant. It never
//!    touches the node again. The owner reads the grant without the mutex.
//! 4. Dropping a waiting future unlinks it in constant time. Dropping a granted future hands the
//!    grant on.
//! 5. The most recent waker is woken, once per grant.
//! 6. Grants are FIFO. A granted waiter owns its grant.

#[expect(unsafe_code, reason = "an array that is filled in part")]
pub(crate) mod batch;
pub(crate) mod completion;
#[expect(unsafe_code, reason = "the owner's side of a node")]
pub(crate) mod future;
#[expect(unsafe_code, reason = "the nodes of an intrusive list")]
pub(crate) mod list;
pub(crate) mod named;
pub(crate) mod operation;
#[cfg(all(feature = "std", not(target_family = "wasm")))]
pub(crate) mod park;
mod phase;
pub(crate) mod source;
pub(crate) mod spin;
