//! The integration tests: one binary, a module for each primitive.
#![cfg(not(loom))]

#[path = "../common/mod.rs"]
mod common;

mod auto_traits;
mod event;
mod lock;
mod semaphore;
mod wakers;
