//! The reports of the module `diagnostics`, in a process of its own: whether waits are recorded is
//! a setting of the process.
//!
//! | module | what |
//! |---|---|
//! | [`session`] | one test at a time, with a clock that the test moves |
//! | [`waits`] | each kind of wait: its call, its polls, its wakes and its grant |
//! | [`holders`] | the holders of locks, permits and turns |
//! | [`verdicts`] | deadlocks that a report names |
//! | [`user_code`] | wakers, clocks and task sources that call back, block or panic |
//! | [`crowds`] | many waits |
//! | [`text`] | a report as text |
#![cfg(not(any(loom, shuttle)))]
#![forbid(unsafe_code)]

mod crowds;
mod holders;
mod session;
mod text;
mod user_code;
mod verdicts;
mod waits;
