//! Lock.
//!
//! | module | what |
//! |---|---|
//! | [`order`] | who gets the lock when, who is woken, and by which waker |
//! | [`cancel`] | dropping and forgetting a future in each of its states |
//! | [`guards`] | the four guards: access, narrowing, moving, panics |
//! | [`closures`] | `with` |
//! | [`surface`] | constructors, `Debug`, sizes, finished futures |
//! | [`blocking`] | threads and tasks in one line, timeouts |
//! | [`threads`] | many threads and tasks at once |
#![forbid(unsafe_code)]

mod blocking;
mod cancel;
mod closures;
mod guards;
mod order;
mod surface;
mod threads;
