//! The code that the benchmarks share: settings, and ways to run the contestants.
//!
//! | module | contents |
//! |---|---|
//! | [`by_hand`] | polling without an executor |
//! | [`race`] | tasks that start together, on one thread or in one of two set-ups with two threads |
//! | [`records`] | the files that `growth`, `growth_by_hand` and `memory` write for the report |
//! | [`sample`] | the number of operations in a sample, and the time of one |
//!
//! # How a figure is measured
//!
//! One iteration of criterion is one operation. In its report, `time` is the time per
//! operation, and `thrpt` is the operations per second. Primitives are created and tasks
//! are spawned outside the timed part.
//!
//! Each workload is a generic function, and each implementation has an adapter to a small
//! trait. The macro `rows!` runs a workload for several implementations.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each benchmark uses only a part"
)]

pub(crate) mod by_hand;
pub(crate) mod race;
pub(crate) mod records;
pub(crate) mod sample;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};

use race::Crew;

/// A workload, whose rows are the implementations.
pub(crate) type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Returns criterion with the settings of all benchmarks. The command line overrides them.
///
/// The report repeats all benchmarks, so one pass is short. It takes the median of each row
/// and shows the spread of the passes, so criterion need not estimate the error from many
/// resamples.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(records::WARMED_UP_FOR)
        .measurement_time(records::MEASURED_FOR)
        .nresamples(2_000)
        .configure_from_args()
}

/// Creates the group of a workload.
pub(crate) fn group<'a>(criterion: &'a mut Criterion, workload: &str) -> Group<'a> {
    let mut group = criterion.benchmark_group(workload);
    group.throughput(Throughput::Elements(1));
    group
}

/// Creates the group of a workload that runs in a crew.
pub(crate) fn crew_group<'a, C: Crew>(criterion: &'a mut Criterion, workload: &str) -> Group<'a> {
    group(criterion, &format!("{workload}{}", C::SUFFIX))
}

/// Expands `rows!([A, B] => workload(group, 16))` to `workload::<A>(group, 16)` and
/// `workload::<B>(group, 16)`. `workload on C (group, 16)` adds the type of a crew:
/// `workload::<A, C>(group, 16)`.
macro_rules! rows {
    ([$($row:ty),+ $(,)?] => $workload:ident on $crew:ident $arguments:tt) => {
        $( $workload::<$row, $crew> $arguments; )+
    };
    ([$($row:ty),+ $(,)?] => $workload:ident $arguments:tt) => {
        $( $workload::<$row> $arguments; )+
    };
}
pub(crate) use rows;
