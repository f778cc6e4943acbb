//! What the tests are built with.
//!
//! | module | what |
//! |---|---|
//! | [`counting`] | wakers that count their wakes, and a log of who was woken when |
//! | [`crowd`] | many futures in one line, which reach each other from their wakes |
//! | [`polled`] | a future that is polled by hand |
//! | [`hostile`] | wakers whose `clone`, `wake`, `wake_by_ref` and `drop` run any code |
//! | [`panics`] | panics that are expected |
//! | [`watchdog`] | tests that fail instead of hanging |
//! | [`random`] | the same dice in every run |

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
