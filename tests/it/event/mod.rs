//! Event.
//!
//! | module | what |
//! |---|---|
//! | [`pulse`] | who is released by which `set`, who is woken, and by which waker |
//! | [`enable`] | registering ahead of the first poll |
//! | [`cancel`] | dropping and forgetting a future in each of its states |
//! | [`during`] | what wakers do to the event in the middle of a `set` |
//! | [`surface`] | constructors, `Debug`, finished futures |
//! | [`blocking`] | threads and tasks in one line, timeouts |
#![forbid(unsafe_code)]

mod blocking;
mod cancel;
mod during;
mod enable;
mod pulse;
mod surface;
