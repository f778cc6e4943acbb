//! Helpers of the tests.
//!
//! | module | what |
//! |---|---|
//! | `blocking` | the blocking methods, for builds that have none |
//! | [`counting`] | wakers that count their wakes, and a log of wakes |
//! | [`crowd`] | many futures in one wait queue, which have access to each other during their wakes |
//! | [`polled`] | a future that is polled by hand |
//! | [`hostile`] | wakers whose `clone`, `wake`, `wake_by_ref` and `drop` run any code |
//! | [`panics`] | panics that are expected |
//! | [`process`] | tests that run in a process of their own |
//! | [`watchdog`] | tests that fail instead of hanging |
//! | [`random`] | random numbers that are the same in every run |

#[cfg(not(feature = "std"))]
pub(crate) mod blocking;
mod counting;
mod crowd;
mod hostile;
mod panics;
mod polled;
mod process;
mod random;
mod watchdog;

pub(crate) use counting::{CountingWaker, Order};
pub(crate) use crowd::Crowd;
pub(crate) use hostile::{Call, Hostile};
pub(crate) use panics::{PanicsOnDrop, panic_message, while_panicking};
pub(crate) use polled::{Polled, drop_elsewhere, forget};
pub(crate) use process::in_own_process;
pub(crate) use random::Random;
pub(crate) use watchdog::{rounds, until, watched};

/// The number of wakers that are woken together.
pub(crate) const BATCH: usize = if cfg!(feature = "std") { 32 } else { 8 };
