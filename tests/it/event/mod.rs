//! Event.
//!
//! | module | what |
//! |---|---|
//! | [`pulse`] | which `set` releases which waiter, and by which waker |
//! | [`enable`] | registering a wait before its first poll |
//! | [`cancel`] | dropping and forgetting a future in each of its states |
//! | [`during`] | wakers that use the event during a `set` |
//! | [`surface`] | constructors, `Debug`, finished futures |
//! | [`blocking`] | threads and tasks in one wait queue, timeouts |
#![forbid(unsafe_code)]

#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod cancel;
mod during;
mod enable;
mod pulse;
mod surface;
