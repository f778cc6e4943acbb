//! What the benchmarks share: settings, and ways to run the contestants.
//!
//! | module | what |
//! |---|---|
//! | [`by_hand`] | polls futures without an executor |
//! | [`race`] | tasks that start together, on one thread or on two |
//! | [`records`] | what `growth` and `memory` leave for the report |
//! | [`sample`] | how many operations a sample makes, and what one of them took |
//!
//! # How a figure comes about
//!
//! One iteration of criterion is one operation: the line `time` of its report is
//! the time per operation, `thrpt` the operations per second. Primitives are made
//! and tasks are spawned outside the timed part.
//!
//! Each workload is one generic function, and each implementation one adapter to
//! a small trait. The macro `rows!` runs the one for all of the others.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "no benchmark uses all of it"
)]

pub(crate) mod by_hand;
pub(crate) mod race;
pub(crate) mod records;
pub(crate) mod sample;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};

/// One workload; its rows are the implementations.
pub(crate) type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// The settings of all benchmarks. Options of the command line come before them.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .configure_from_args()
}

/// Begins a workload.
pub(crate) fn group<'a>(criterion: &'a mut Criterion, workload: &str) -> Group<'a> {
    let mut group = criterion.benchmark_group(workload);
    group.throughput(Throughput::Elements(1));
    group
}

/// `rows!([A, B] => workload(group, 16))` is `workload::<A>(group, 16)`, then the
/// same for `B`.
macro_rules! rows {
    ([$($row:ty),+ $(,)?] => $workload:ident $arguments:tt) => {
        $( $workload::<$row> $arguments; )+
    };
}
pub(crate) use rows;
