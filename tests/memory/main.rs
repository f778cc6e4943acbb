//! The memory that waits need, counted by the allocator.
//!
//! | module | what |
//! |---|---|
//! | [`waits`] | each kind of wait, granted or dropped |
//! | [`none`] | a wait allocates nothing |
//! | [`rooms`] | when a queue allocates the memory for its items |
//! | [`flat`] | a million waits that are dropped or granted leave nothing behind |
#![cfg(all(not(loom), not(miri)))] // Miri has its own allocator.

mod flat;
mod none;
mod rooms;
mod waits;
