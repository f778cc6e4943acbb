#![forbid(unsafe_code)]
//! Three programs that hang. `docs/diagnostics.md` explains the report on each of them.
//!
//! | module | hang |
//! |---|---|
//! | [`futurelock`] | a `select!` keeps a future that was granted a lock, and does not poll it |
//! | [`cycle`] | two tasks acquire two locks in opposite orders |
//! | [`leak`] | a pool has no more connections, because some never come back |

pub mod cycle;
pub mod futurelock;
pub mod leak;
