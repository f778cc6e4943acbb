//! The reports of the module `diagnostics`, in a process of its own: whether waits are recorded is
//! a setting of the process.
//!
//! | module | what |
//! |---|---|
//! | [`by_hand`] | reports that are made by hand: verdicts, text, filters, hangs |
//! | [`session`] | one test at a time, with a clock that the test moves |
//! | [`waits`] | a wait: its call, its task, its polls, its wakes and its grant |
//! | [`kinds`] | each kind of wait |
//! | [`holders`] | the holders of locks, permits and turns |
//! | [`verdicts`] | futurelocks, grants that are not taken, waits that nobody can end |
//! | [`cycles`] | tasks that wait for one another |
//! | [`user_code`] | wakers, clocks and task sources that call back, block or panic |
//! | [`crowds`] | many waits |
//! | [`reading`] | what a report lets its reader do |
//! | [`transfers`] | the last put into a queue, and the last get |
//! | [`watchdog`] | the thread of a watchdog |
//! | [`endings`] | threads, primitives and recordings that end while something is recorded |
//! | [`text`] | a report as text |
//! | `traced`, `subscriber` | the spans and events of the feature `tracing` |
#![cfg(not(any(loom, shuttle)))]

extern crate alloc;

mod by_hand;
mod crowds;
mod cycles;
mod endings;
mod holders;
#[path = "../common/hostile.rs"]
mod hostile;
mod kinds;
mod reading;
mod session;
#[cfg(feature = "tracing")]
mod subscriber;
mod text;
#[cfg(feature = "tracing")]
mod traced;
mod transfers;
mod user_code;
mod verdicts;
mod waits;
mod watchdog;
