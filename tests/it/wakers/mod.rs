//! Wakers are user code in all four operations.
//!
//! | module | what |
//! |---|---|
//! | [`scenes`] | the primitives, each with all that a waker can do to it |
//! | [`cells`] | the same for a once cell |
//! | [`reentry`] | a waker that calls back into the primitive it waits for |
//! | [`timing`] | a waker whose clone or drop changes what the poll around it finds |
//! | [`panics`] | a waker that panics |
//! | [`two_panics`] | a waker that panics while the thread unwinds |
//! | [`untouched`] | a waker of a poll that need not wait |
//! | [`completions`] | the wakers of `join` and `closed` |
//! | [`crowds`] | many wakers in one release, some of which panic |
#![forbid(unsafe_code)]

mod cells;
mod completions;
mod crowds;
mod panics;
mod reentry;
mod scenes;
mod timing;
#[cfg(feature = "std")] // Two panics.
mod two_panics;
mod untouched;
