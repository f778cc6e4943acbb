#![forbid(unsafe_code)]
//! Batches through a queue, next to single items.
//!
//! | workload | one operation |
//! |---|---|
//! | `queue/batches_of_16` | one item from a producer to a consumer, two tasks on one thread, capacity 64 |
//!
//! `harness/mod.rs` says how the time per operation is measured. Each crate uses its calls for
//! batches, where it has any:
//!
//! | row | put | get |
//! |---|---|---|
//! | `aiosync` | `put_many` of 16 items | `get_many` of up to 16 |
//! | `aiosync (single calls)` | `put` | `get` |
//! | `tokio` | `reserve_many` of 16 places | `recv_many` of up to 16 |
//! | `flume`, `kanal`, `loole` | single calls | one `recv`, and then all that the queue has: `drain` or `drain_into` |
//!
//! async-channel, asyncband, crossfire, performables and zruntime have no such calls.

mod harness;

use std::sync::Arc;

use harness::Group;
use harness::race::{Crew, OneThread, race};
use harness::sample::Sample;

const BATCH: usize = 16;
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

fn aiosync_batches(crew: &mut OneThread, operations: u64) {
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
        let (mut items, mut count) = (Vec::with_capacity(BATCH), 0);
        while getter.get_many(&mut items, BATCH).await.is_ok() {
            count += items.drain(..).count() as u64;
        }
        assert_eq!(count, operations);
    });
}

fn aiosync_single(crew: &mut OneThread, operations: u64) {
    let queue = Arc::new(aiosync::Queue::bounded(CAPACITY));
    let getter = Arc::clone(&queue);
    crew.spawn(async move {
        for item in 0..operations {
            queue.put(item).await.expect("it is open");
        }
        queue.close();
    });
    crew.spawn(async move {
        let mut count = 0;
        while getter.get().await.is_ok() {
            count += 1;
        }
        assert_eq!(count, operations);
    });
}

fn tokio_batches(crew: &mut OneThread, operations: u64) {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(CAPACITY);
    crew.spawn(async move {
        for first in (0..operations).step_by(BATCH) {
            let places = sender.reserve_many(BATCH).await.expect("it is open");
            for (item, place) in (first..).zip(places) {
                place.send(item);
            }
        }
    });
    crew.spawn(async move {
        let (mut items, mut count) = (Vec::with_capacity(BATCH), 0);
        while receiver.recv_many(&mut items, BATCH).await > 0 {
            count += items.drain(..).count() as u64;
        }
        assert_eq!(count, operations);
    });
}

fn flume_drain(crew: &mut OneThread, operations: u64) {
    let (sender, receiver) = flume::bounded(CAPACITY);
    crew.spawn(async move {
        for item in 0..operations {
            sender.send_async(item).await.expect("it is open");
        }
    });
    crew.spawn(async move {
        let mut count = 0;
        while receiver.recv_async().await.is_ok() {
            count += 1 + receiver.drain().count() as u64;
        }
        assert_eq!(count, operations);
    });
}

fn kanal_drain(crew: &mut OneThread, operations: u64) {
    let (sender, receiver) = kanal::bounded_async(CAPACITY);
    crew.spawn(async move {
        for item in 0..operations {
            sender.send(item).await.expect("it is open");
        }
    });
    crew.spawn(async move {
        let (mut items, mut count) = (Vec::with_capacity(CAPACITY + 1), 0);
        while receiver.recv().await.is_ok() {
            receiver.drain_into(&mut items).expect("it is open");
            count += 1 + items.drain(..).count() as u64;
        }
        assert_eq!(count, operations);
    });
}

fn loole_drain(crew: &mut OneThread, operations: u64) {
    let (sender, receiver) = loole::bounded(CAPACITY);
    crew.spawn(async move {
        for item in 0..operations {
            sender.send_async(item).await.expect("it is open");
        }
    });
    crew.spawn(async move {
        let mut count = 0;
        while receiver.recv_async().await.is_ok() {
            count += 1 + receiver.drain().count() as u64;
        }
        assert_eq!(count, operations);
    });
}

fn main() {
    let mut criterion = harness::criterion();
    let mut group = harness::group(&mut criterion, "queue/batches_of_16");
    transfer(&mut group, "aiosync", aiosync_batches);
    transfer(&mut group, "aiosync (single calls)", aiosync_single);
    transfer(&mut group, "tokio", tokio_batches);
    transfer(&mut group, "flume", flume_drain);
    transfer(&mut group, "kanal", kanal_drain);
    transfer(&mut group, "loole", loole_drain);
    group.finish();
    criterion.final_summary();
}
