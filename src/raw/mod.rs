#![forbid(unsafe_code)]
//! Floor 3: the state words, and every transition that may be made on them.
//!
//! An atomic word is wrapped in a private type, so that nobody else can pick an
//! ordering. There is no user data here and no waker. Only primitives that have
//! an atomic word are present; Barrier, Condition and the queue's ticket path
//! live wholly under the mutex of their wait queue. A queue has two sets of words:
//! the ends of its ring, and the tally of what is done.

pub(crate) mod event;
pub(crate) mod lock;
pub(crate) mod patience;
pub(crate) mod ring;
pub(crate) mod semaphore;
pub(crate) mod tally;
