#![forbid(unsafe_code)]
//! Batches through a queue: `put_many` and `get_many`, next to single items.
//!
//! | workload | one operation |
//! |---|---|
//! | `queue/batches_of_32` | one item from a producer to a consumer, two tasks on one thread, capacity 64 |
//!
//! tokio sends single items and has `recv_many` at the other end. `harness/mod.rs` says how
//! the time per operation is measured.

mod harness;

use std::sync::Arc;

use harness::Group;
use harness::race::{Crew, OneThread, race};
use harness::sample::Sample;

const BATCH: usize = 32;
const CAPACITY: usize = 64;

/// Measures a producer and a consumer, which `spawn` adds. Each must transfer the number of
/// items that it gets.
fn transfer(group: &mut Group<'_>, name: &str, spawn: impl Fn(&mut OneThread, u64)) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, BATCH);
            let elapsed = race(|crew: &mut OneThread| spawn(crew, sample.operations()));
            sample.scale(elapsed)
        });
    });
}

fn main() {
    let mut criterion = harness::criterion();
    let mut group = harness::group(&mut criterion, "queue/batches_of_32");

    transfer(
        &mut group,
        "aiosync, put_many and get_many",
        |crew, operations| {
            let queue = Arc::new(aiosync::Queue::bounded(CAPACITY));
            let getter = Arc::clone(&queue);
            crew.spawn(async move {
                for first in (0..operations).step_by(BATCH) {
                    let items = first..first + BATCH as u64;
                    queue.put_many(items).await.expect("it is open");
                }
                queue.close();
            });
            crew.spawn(async move {
                let (mut items, mut sum) = (Vec::with_capacity(BATCH), 0);
                while getter.get_many(&mut items, BATCH).await.is_ok() {
                    sum += items.drain(..).count() as u64;
                }
                assert_eq!(sum, operations);
            });
        },
    );

    transfer(&mut group, "aiosync, one at a time", |crew, operations| {
        let queue = Arc::new(aiosync::Queue::bounded(CAPACITY));
        let getter = Arc::clone(&queue);
        crew.spawn(async move {
            for item in 0..operations {
                queue.put(item).await.expect("it is open");
            }
            queue.close();
        });
        crew.spawn(async move {
            let mut sum = 0;
            while getter.get().await.is_ok() {
                sum += 1;
            }
            assert_eq!(sum, operations);
        });
    });

    transfer(&mut group, "tokio, recv_many", |crew, operations| {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(CAPACITY);
        crew.spawn(async move {
            for item in 0..operations {
                sender.send(item).await.expect("it is open");
            }
        });
        crew.spawn(async move {
            let (mut items, mut sum) = (Vec::with_capacity(BATCH), 0);
            while receiver.recv_many(&mut items, BATCH).await > 0 {
                sum += items.drain(..).count() as u64;
            }
            assert_eq!(sum, operations);
        });
    });

    group.finish();
    criterion.final_summary();
}
