#![forbid(unsafe_code)]
//! The cost of recording for `aiosync::diagnostics`.
//!
//! | workload | one operation |
//! |---|---|
//! | `diagnostics/wait` | a task begins to wait for a lock, is granted it, and takes it; without an executor |
//! | `diagnostics/hold` | a lock and an unlock that do not wait |
//! | `diagnostics/permit` | the same with a permit of a semaphore |
//!
//! Without the feature `diagnostics`, there is one row. With it, there is a row for each level:
//!
//! ```text
//! cargo bench --package aiosync-benches --bench diagnostics
//! cargo bench --package aiosync-benches --bench diagnostics --features diagnostics
//! ```

mod harness;

use std::hint::black_box;
use std::pin::pin;
use std::task::Context;

use aiosync::diagnostics::{self, Level};
use aiosync::{Lock, Semaphore};

use harness::Group;
use harness::by_hand::{WakeCount, complete};

/// A row: its name, and what is recorded.
type Row = (&'static str, Option<Level>);

const ROWS: &[Row] = if cfg!(feature = "diagnostics") {
    &[
        ("not enabled", None),
        ("Waits", Some(Level::Waits)),
        ("Holders", Some(Level::Holders)),
    ]
} else {
    &[("without the feature", None)]
};

/// Measures a wait that is granted. The guard of one wait is what the next one waits for.
fn wait(group: &mut Group<'_>, row: &str) {
    let lock = Lock::new(0_u64);
    let lock = black_box(&lock);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    let mut guard = Some(complete(pin!(lock.lock()), &mut context));
    group.bench_function(row, |bencher| {
        bencher.iter(|| {
            let mut next = pin!(lock.lock());
            assert!(next.as_mut().poll(&mut context).is_pending());
            // Unlocks. Then the lock belongs to the future.
            let held = guard.take();
            drop(held);
            guard = Some(complete(next, &mut context));
        });
    });
}

/// Measures a lock and an unlock that do not wait.
fn hold(group: &mut Group<'_>, row: &str) {
    let lock = Lock::new(0_u64);
    let lock = black_box(&lock);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(row, |bencher| {
        bencher.iter(|| *complete(pin!(lock.lock()), &mut context) += 1);
    });
}

/// Measures an acquisition and a release of a permit that do not wait.
fn permit(group: &mut Group<'_>, row: &str) {
    let semaphore = Semaphore::new(8);
    let semaphore = black_box(&semaphore);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(row, |bencher| {
        bencher.iter(|| drop(complete(pin!(semaphore.acquire()), &mut context)));
    });
}

/// Measures a workload as one row of a group.
type Measure = fn(&mut Group<'_>, &str);

fn main() {
    let mut criterion = harness::criterion();
    let workloads: [(&str, Measure); 3] = [
        ("diagnostics/wait", wait),
        ("diagnostics/hold", hold),
        ("diagnostics/permit", permit),
    ];
    for (workload, measure) in workloads {
        let mut group = harness::group(&mut criterion, workload);
        for (row, level) in ROWS {
            match level {
                Some(level) => diagnostics::enable(*level),
                None => diagnostics::disable(),
            }
            measure(&mut group, row);
        }
        group.finish();
    }
    diagnostics::disable();
    criterion.final_summary();
}
