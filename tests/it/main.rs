//! The integration tests: one binary, a module for each primitive.
#![cfg(not(any(loom, shuttle)))]
#![cfg_attr(
    not(feature = "std"),
    expect(dead_code, unused_imports, reason = "some tests need `std`")
)]

#[path = "../common/mod.rs"]
mod common;

mod auto_traits;
mod barrier;
mod condition;
#[cfg(all(feature = "std", not(miri)))] // It reads files.
mod documents;
mod event;
#[cfg(feature = "stream")]
mod fused;
mod lock;
mod once_cell;
#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
// It asks the system about its threads.
mod parked;
mod printed;
mod queue;
#[cfg(not(miri))] // Some of them wait in system calls that it does not know.
mod runtimes;
mod rwlock;
mod semaphore;
mod sizes;
#[cfg(all(feature = "std", not(miri)))] // It reads files.
mod tidy;
mod together;
mod unwind;
mod wakers;
#[cfg(all(feature = "std", not(miri)))] // It reads files.
mod weakenings;
