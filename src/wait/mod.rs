#![deny(unsafe_code)]
//! Floor 2: waiting, for every primitive.
//!
//! | module | what |
//! |---|---|
//! | [`list`] | the wait queue: intrusive nodes in first-come order |
//! | [`future`] | the one generic wait: states of a waiting future, poll, drop |
//! | [`operation`] | what a primitive supplies for each of its waiting operations |
//! | [`named`] | what the public futures have beside their wait |
//! | [`batch`] | wakers taken under a lock, woken after it |
//! | [`park`] | threads: drives a future by parking, with or without a deadline |
//! | [`broadcast`] | waits for an end that comes once, on event-listener |
//!
//! # The rules that hold everywhere
//!
//! 1. A future that was never polled is registered nowhere. Its place in line is
//!    that of the first poll that had to wait.
//! 2. No user code runs under an internal lock: wakers are cloned before it, and
//!    woken and dropped after it.
//! 3. A granted future owns what it was granted, and reads so without a lock.
//! 4. Dropping a waiting future unlinks it in constant time. Dropping a granted
//!    one hands the grant to the next.
//! 5. The newest waker is the one that is woken, once per grant.
//! 6. Grants are first come, first served: nobody overtakes an ungranted waiter.

#[expect(unsafe_code, reason = "an array that is filled in part")]
pub(crate) mod batch;
pub(crate) mod completion;
#[expect(unsafe_code, reason = "the owner's side of a node")]
pub(crate) mod future;
#[expect(unsafe_code, reason = "the nodes of an intrusive list")]
pub(crate) mod list;
pub(crate) mod named;
pub(crate) mod operation;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod park;
pub(crate) mod spin;
