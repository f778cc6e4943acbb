//! The reports of the module `diagnostics`, in a process of its own: whether waits are recorded is
//! a setting of the process.
//!
//! | module | what |
//! |---|---|
//! | [`session`] | one test at a time, with a clock that the test moves |
//! | [`waits`] | a wait: its call, its task, its polls, its wakes and its grant |
//! | [`kinds`] | each kind of wait |
//! | [`holders`] | the holders of locks, permits and turns |
//! | [`verdicts`] | futurelocks, grants that are not taken, waits that nobody can end |
//! | [`cycles`] | tasks that wait for one another |
//! | [`user_code`] | wakers, clocks and task sources that call back, block or panic |
//! | [`crowds`] | many waits |
//! | [`text`] | a report as text |
#![cfg(not(any(loom, shuttle)))]

mod crowds;
mod cycles;
mod holders;
#[path = "../common/hostile.rs"]
mod hostile;
mod kinds;
mod session;
mod text;
mod user_code;
mod verdicts;
mod waits;
