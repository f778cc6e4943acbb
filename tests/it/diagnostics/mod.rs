//! Diagnostics.
//!
//! | module | what |
//! |---|---|
//! | [`source`] | the files of `src/diagnostics` that compute with plain data, and snapshots made by hand |
//! | [`futurelocks`] | verdicts on grants that are not taken |
//! | [`stuck`] | verdicts on tasks that wait for themselves or for one another, and on other waits |
#![forbid(unsafe_code)]

mod futurelocks;
mod stuck;

/// The files of `src/diagnostics` that compute with plain data. They are built a second time here,
/// because nothing outside of the crate can make a report by hand.
#[path = "../../../src/diagnostics"]
#[allow(dead_code, unreachable_pub, reason = "the tests use a part of it")]
mod source {
    mod display;
    mod explain;
    mod histogram;
    mod judge;
    mod level;
    mod report;
    mod stuck;
    mod verdict;

    #[path = "../../tests/it/diagnostics/snapshot.rs"]
    pub(super) mod snapshot;

    pub(super) use histogram::Histogram;
    pub(super) use level::Level;
    pub(super) use report::*;
    pub(super) use verdict::*;
}
