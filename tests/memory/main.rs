//! What a wait costs in memory, counted by the allocator.
//!
//! | module | what |
//! |---|---|
//! | [`waits`] | each kind of wait, to be granted or given up |
//! | [`none`] | a wait allocates nothing |
//! | [`rooms`] | when a queue takes the memory for its items |
//! | [`flat`] | a million waits that are given up, or granted, leave nothing |
#![cfg(all(not(loom), not(miri)))] // Miri has its own allocator.

mod flat;
mod none;
mod rooms;
mod waits;
