//! Lock.
//!
//! | module | content |
//! |---|---|
//! | [`order`] | the order of grants, wakes and wakers |
//! | [`cancel`] | dropping and forgetting a future in each of its states |
//! | [`guards`] | the four guards: access, mapping, moving, panics |
//! | [`closures`] | `with` |
//! | [`surface`] | constructors, `Debug`, sizes, finished futures |
//! | [`blocking`] | threads and tasks in one queue, timeouts |
//! | [`threads`] | many threads and tasks at once |
#![forbid(unsafe_code)]

#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod cancel;
mod closures;
mod guards;
mod order;
mod surface;
mod threads;
