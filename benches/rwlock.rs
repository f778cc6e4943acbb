#![forbid(unsafe_code)]
//! `aiosync::RwLock`, next to the reader-writer locks of other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `rwlock/read_uncontended` | read and release without other tasks, polled once by hand |
//! | `rwlock/write_uncontended` | write and release without other tasks, polled once by hand |
//! | `rwlock/downgrade` | write, downgrade and release without other tasks |
//! | `rwlock/handed_off_8_readers_1_writer` | 9 tasks on one thread; each acquires, yields while it holds the lock, releases |
//! | `rwlock/two_threads_8_readers`, `…_tokio` | 8 tasks on two threads; each reads and releases |
//! | `rwlock/two_threads_8_readers_1_writer`, `…_tokio` | 9 tasks on two threads; each acquires, reads or adds one, releases |
//!
//! `harness/mod.rs` says how the time per operation is measured. Each guard is bound, used and
//! dropped. In the last workload, each task yields after each operation, so the writer always
//! comes between the readers. The workloads on two threads run in both set-ups of
//! [`harness::race`].
//!
//! `async-lock`, `performables` and `zruntime` let newcomers barge in; the others are first
//! come, first served. The locks of `performables` and `zruntime` cannot be downgraded.

mod harness;

use std::hint::black_box;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;

use criterion::Criterion;
use futures_lite::future::yield_now;

use harness::by_hand::{WakeCount, complete};
use harness::race::{Crew, OneThread, Tokio, TwoThreads, race};
use harness::sample::Sample;
use harness::{Group, rows};

/// An implementation. To add one, write an adapter and add it to `all_rows`.
trait RwLock: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    fn read(&self) -> impl Future<Output = impl Deref<Target = u64> + Send> + Send;
    fn write(&self) -> impl Future<Output = impl DerefMut<Target = u64> + Send> + Send;
}

/// A lock whose write guard can become a read guard.
trait Downgrade: RwLock {
    /// Writes, downgrades and releases.
    fn downgrade(&self, context: &mut Context<'_>);
}

macro_rules! downgrade_rows {
    ($($workload:tt)+) => {
        rows!([
            aiosync::RwLock<u64>,
            tokio::sync::RwLock<u64>,
            async_lock::RwLock<u64>,
            asyncband::rwlock::RwLock<u64>,
        ] => $($workload)+);
    };
}

macro_rules! all_rows {
    ($($workload:tt)+) => {
        downgrade_rows!($($workload)+);
        rows!([
            performables::sync::lock::RwLock<u64, performables::sync::Async>,
            zruntime::lock::RwLock<u64>,
        ] => $($workload)+);
    };
}

macro_rules! adapters {
    ($($lock:ty: $name:literal, $read:ident, $write:ident;)+) => {$(
        impl RwLock for $lock {
            const NAME: &'static str = $name;
            fn new() -> Self {
                Self::new(0)
            }
            fn read(&self) -> impl Future<Output = impl Deref<Target = u64> + Send> + Send {
                self.$read()
            }
            fn write(&self) -> impl Future<Output = impl DerefMut<Target = u64> + Send> + Send {
                self.$write()
            }
        }
    )+};
}

adapters! {
    aiosync::RwLock<u64>: "aiosync", read, write;
    tokio::sync::RwLock<u64>: "tokio", read, write;
    async_lock::RwLock<u64>: "async-lock", read, write;
    asyncband::rwlock::RwLock<u64>: "asyncband", read, write;
    performables::sync::lock::RwLock<u64, performables::sync::Async>:
        "performables", read_async, write_async;
    zruntime::lock::RwLock<u64>: "zruntime", read, write;
}

macro_rules! downgrades {
    ($($lock:ty: $downgrade:expr;)+) => {$(
        impl Downgrade for $lock {
            fn downgrade(&self, context: &mut Context<'_>) {
                let mut guard = complete(pin!(self.write()), context);
                *guard += 1;
                let guard = $downgrade(guard);
                black_box(*guard);
            }
        }
    )+};
}

downgrades! {
    aiosync::RwLock<u64>: aiosync::RwLockWriteGuard::downgrade;
    tokio::sync::RwLock<u64>: tokio::sync::RwLockWriteGuard::downgrade;
    async_lock::RwLock<u64>: async_lock::RwLockWriteGuard::downgrade;
    asyncband::rwlock::RwLock<u64>: asyncband::rwlock::RwLockWriteGuard::downgrade;
}

/// Measures a read and its release without contention. Each future is polled once.
fn read_uncontended<L: RwLock>(group: &mut Group<'_>) {
    let lock = L::new();
    let lock = black_box(&lock);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(L::NAME, |bencher| {
        bencher.iter(|| {
            let guard = complete(pin!(lock.read()), &mut context);
            black_box(*guard);
        });
    });
}

/// Measures a write and its release without contention. Each future is polled once.
fn write_uncontended<L: RwLock>(group: &mut Group<'_>) {
    let lock = L::new();
    let lock = black_box(&lock);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(L::NAME, |bencher| {
        bencher.iter(|| {
            let mut guard = complete(pin!(lock.write()), &mut context);
            *guard += 1;
        });
    });
}

/// Measures a write, a downgrade and a release without contention.
fn downgrade<L: Downgrade>(group: &mut Group<'_>) {
    let lock = L::new();
    let lock = black_box(&lock);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(L::NAME, |bencher| {
        bencher.iter(|| lock.downgrade(&mut context));
    });
}

/// Measures tasks of one thread that hold the lock while they yield. The first one writes.
fn handed_off<L: RwLock>(group: &mut Group<'_>, tasks: usize) {
    group.bench_function(L::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, tasks);
            let lock = Arc::new(L::new());
            let elapsed = race(|crew: &mut OneThread| {
                for task in 0..tasks {
                    let (lock, turns) = (Arc::clone(&lock), sample.share(tasks));
                    crew.spawn(async move {
                        for _ in 0..turns {
                            if task == 0 {
                                let mut guard = lock.write().await;
                                *guard += 1;
                                yield_now().await;
                            } else {
                                let guard = lock.read().await;
                                black_box(*guard);
                                yield_now().await;
                            }
                        }
                    });
                }
            });
            sample.scale(elapsed)
        });
    });
}

/// Measures readers that run on both threads at the same time, and never wait.
fn two_threads_read<L: RwLock, C: Crew>(group: &mut Group<'_>, tasks: usize) {
    C::warm_up();
    group.bench_function(L::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, 1);
            let lock = Arc::new(L::new());
            let stock = sample.stock();
            let elapsed = race(|crew: &mut C| {
                for _ in 0..tasks {
                    let (lock, stock) = (Arc::clone(&lock), Arc::clone(&stock));
                    crew.spawn(async move {
                        while let Some(turns) = stock.portion() {
                            for _ in 0..turns {
                                let guard = lock.read().await;
                                black_box(*guard);
                            }
                        }
                    });
                }
            });
            sample.scale_part(elapsed, stock.done())
        });
    });
}

/// Measures tasks that run on both threads at the same time. The first one writes.
fn two_threads<L: RwLock, C: Crew>(group: &mut Group<'_>, tasks: usize) {
    C::warm_up();
    group.bench_function(L::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, 1);
            let lock = Arc::new(L::new());
            let stock = sample.stock();
            let elapsed = race(|crew: &mut C| {
                for task in 0..tasks {
                    let (lock, stock) = (Arc::clone(&lock), Arc::clone(&stock));
                    crew.spawn(async move {
                        while let Some(turns) = stock.portion() {
                            for _ in 0..turns {
                                if task == 0 {
                                    let mut guard = lock.write().await;
                                    *guard += 1;
                                } else {
                                    let guard = lock.read().await;
                                    black_box(*guard);
                                }
                                yield_now().await;
                            }
                        }
                    });
                }
            });
            sample.scale_part(elapsed, stock.done())
        });
    });
}

/// Adds the workloads on two threads that run in a crew.
fn contended<C: Crew>(criterion: &mut Criterion) {
    let mut group = harness::crew_group::<C>(criterion, "rwlock/two_threads_8_readers");
    all_rows!(two_threads_read on C (&mut group, 8));
    group.finish();

    let workload = "rwlock/two_threads_8_readers_1_writer";
    let mut group = harness::crew_group::<C>(criterion, workload);
    all_rows!(two_threads on C (&mut group, 9));
    group.finish();
}

fn main() {
    let mut criterion = harness::criterion();

    let mut group = harness::group(&mut criterion, "rwlock/read_uncontended");
    all_rows!(read_uncontended(&mut group));
    group.finish();

    let mut group = harness::group(&mut criterion, "rwlock/write_uncontended");
    all_rows!(write_uncontended(&mut group));
    group.finish();

    let mut group = harness::group(&mut criterion, "rwlock/downgrade");
    downgrade_rows!(downgrade(&mut group));
    group.finish();

    let mut group = harness::group(&mut criterion, "rwlock/handed_off_8_readers_1_writer");
    all_rows!(handed_off(&mut group, 9));
    group.finish();

    contended::<TwoThreads>(&mut criterion);
    contended::<Tokio>(&mut criterion);

    criterion.final_summary();
}
