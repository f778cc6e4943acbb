//! Reports that are made by hand.
//!
//! | module | what |
//! |---|---|
//! | [`source`] | the files of `src/diagnostics` that compute with plain data, and snapshots made by hand |
//! | [`futurelocks`] | verdicts on grants that are not taken |
//! | [`stuck`] | verdicts on tasks that wait for themselves or for one another, and on other waits |
//! | [`table`] | a table of reports and their verdicts |
//! | [`text`] | reports and verdicts as text |
//! | [`json`] | reports through serde |
//! | [`filters`] | parts of a report |
//! | [`hangs`] | what an observer finds in one report after the other |
//! | [`histograms`] | durations in buckets |
#![forbid(unsafe_code)]

mod filters;
mod futurelocks;
mod hangs;
mod histograms;
#[cfg(feature = "serde")]
mod json;
mod stuck;
mod table;
mod text;

/// The files of `src/diagnostics` that compute with plain data. They are built a second time here,
/// because nothing outside of the crate can make a report by hand.
#[path = "../../../src/diagnostics"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    unused_macros,
    reason = "the tests use a part of it"
)]
mod source {
    mod display;
    mod explain;
    mod filter;
    mod histogram;
    mod judge;
    mod level;
    mod observer;
    mod report;
    #[cfg(feature = "serde")]
    mod serialize;
    mod stuck;
    mod verdict;

    #[path = "../../tests/diagnostics/by_hand/snapshot.rs"]
    pub(super) mod snapshot;

    use std::sync::Arc;

    pub(super) use histogram::Histogram;
    pub(super) use level::Level;
    pub(super) use observer::*;
    pub(super) use report::*;
    pub(super) use verdict::*;
}
