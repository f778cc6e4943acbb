#![forbid(unsafe_code)]
//! `aiosync::Lock`, next to the mutexes of other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `lock/uncontended` | lock and unlock without other tasks, polled once by hand |
//! | `lock/handed_off` | 64 tasks on one thread; each locks, yields while it holds the lock, unlocks |
//! | `lock/two_threads_…_tasks`, `…_tokio` | tasks on two threads, in both set-ups of [`harness::race`]; each locks, adds one, unlocks |
//! | `lock/drop_queued_…` | with a number of other waiters: enqueue one more and drop it |
//! | `executor/two_yields` | without a lock: 64 tasks on one thread; each yields twice |
//!
//! `harness/mod.rs` says how the time per operation is measured. Each guard
//! is bound, used and dropped. After each sample, the value under the lock must be
//! the number of operations.
//!
//! `executor/two_yields` is the executor's part of `lock/handed_off`, which takes two polls.
//!
//! `parking_lot` blocks its thread instead of its task: it is the baseline, not a peer.
//! `futures-intrusive` is in its fair mode. `async-lock`, `performables` and `zruntime` let
//! newcomers barge in; the others are first come, first served. `saa` spins before it queues: for 100 µs if the
//! holder is a task of its own thread, so those workloads omit it.

mod harness;

use std::hint::black_box;
use std::ops::DerefMut;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context;

use criterion::Criterion;
use futures_lite::future::yield_now;

use harness::by_hand::{WakeCount, complete};
use harness::race::{Crew, OneThread, Tokio, TwoThreads, race};
use harness::sample::Sample;
use harness::{Group, rows};

/// An implementation. To add one, write an adapter and add it to `queueing_rows`. If
/// it cannot wait for a task of its own thread, add it to `main`.
trait Mutex: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    fn lock(&self) -> impl Future<Output = impl Guard> + Send;
}

/// A guard of a number.
trait Guard {
    /// Adds one and returns the sum.
    fn add_one(&mut self) -> u64;
}

impl<G: DerefMut<Target = u64>> Guard for G {
    fn add_one(&mut self) -> u64 {
        **self += 1;
        **self
    }
}

macro_rules! queueing_rows {
    ($($workload:tt)+) => {
        rows!([
            aiosync::Lock<u64>,
            tokio::sync::Mutex<u64>,
            async_lock::Mutex<u64>,
            asyncband::mutex::Mutex<u64>,
            futures_intrusive::sync::Mutex<u64>,
            performables::sync::mutex::Mutex<u64, performables::sync::Async>,
            zruntime::lock::Mutex<u64>,
        ] => $($workload)+);
    };
}

impl Mutex for aiosync::Lock<u64> {
    const NAME: &'static str = "aiosync";
    fn new() -> Self {
        Self::new(0)
    }
    fn lock(&self) -> impl Future<Output = impl Guard> + Send {
        self.lock()
    }
}

impl Mutex for tokio::sync::Mutex<u64> {
    const NAME: &'static str = "tokio";
    fn new() -> Self {
        Self::new(0)
    }
    fn lock(&self) -> impl Future<Output = impl Guard> + Send {
        self.lock()
    }
}

impl Mutex for async_lock::Mutex<u64> {
    const NAME: &'static str = "async-lock";
    fn new() -> Self {
        Self::new(0)
    }
    fn lock(&self) -> impl Future<Output = impl Guard> + Send {
        self.lock()
    }
}

impl Mutex for asyncband::mutex::Mutex<u64> {
    const NAME: &'static str = "asyncband";
    fn new() -> Self {
        Self::new(0)
    }
    fn lock(&self) -> impl Future<Output = impl Guard> + Send {
        self.lock()
    }
}

impl Mutex for futures_intrusive::sync::Mutex<u64> {
    const NAME: &'static str = "futures-intrusive";
    fn new() -> Self {
        Self::new(0, true)
    }
    fn lock(&self) -> impl Future<Output = impl Guard> + Send {
        self.lock()
    }
}

impl Mutex for performables::sync::mutex::Mutex<u64, performables::sync::Async> {
    const NAME: &'static str = "performables";
    fn new() -> Self {
        Self::new(0)
    }
    fn lock(&self) -> impl Future<Output = impl Guard> + Send {
        self.lock_async()
    }
}

impl Mutex for zruntime::lock::Mutex<u64> {
    const NAME: &'static str = "zruntime";
    fn new() -> Self {
        Self::new(0)
    }
    fn lock(&self) -> impl Future<Output = impl Guard> + Send {
        self.lock()
    }
}

/// saa's lock has no data, so the number is next to it. Its loads and stores are plain ones
/// in machine code.
struct Saa {
    lock: saa::Lock,
    value: AtomicU64,
}

struct SaaGuard<'a>(&'a Saa);

impl Mutex for Saa {
    const NAME: &'static str = "saa";
    fn new() -> Self {
        Self {
            lock: saa::Lock::new(),
            value: AtomicU64::new(0),
        }
    }
    async fn lock(&self) -> impl Guard {
        self.lock.lock_async().await;
        SaaGuard(self)
    }
}

impl Guard for SaaGuard<'_> {
    fn add_one(&mut self) -> u64 {
        let value = self.0.value.load(Ordering::Relaxed) + 1;
        self.0.value.store(value, Ordering::Relaxed);
        value
    }
}

impl Drop for SaaGuard<'_> {
    fn drop(&mut self) {
        self.0.lock.release_lock();
    }
}

/// Blocks its thread, so no task may hold it over a yield.
impl Mutex for parking_lot::Mutex<u64> {
    const NAME: &'static str = "parking_lot";
    fn new() -> Self {
        Self::new(0)
    }
    async fn lock(&self) -> impl Guard {
        self.lock()
    }
}

/// Measures a lock and an unlock without contention. Each future is polled once.
fn uncontended<M: Mutex>(group: &mut Group<'_>) {
    let mutex = M::new();
    let mutex = black_box(&mutex);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(M::NAME, |bencher| {
        bencher.iter(|| {
            let mut guard = complete(pin!(mutex.lock()), &mut context);
            guard.add_one()
        });
    });
}

/// Measures a lock that is handed off. The holder yields, so each task queues behind all
/// others.
fn handed_off<M: Mutex>(group: &mut Group<'_>, tasks: usize) {
    group.bench_function(M::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, tasks);
            let mutex = Arc::new(M::new());
            let elapsed = race(|crew: &mut OneThread| {
                for _ in 0..tasks {
                    let (mutex, turns) = (Arc::clone(&mutex), sample.share(tasks));
                    crew.spawn_local(async move {
                        for _ in 0..turns {
                            let mut guard = mutex.lock().await;
                            black_box(guard.add_one());
                            yield_now().await;
                        }
                    });
                }
            });
            check(&*mutex, sample.operations());
            sample.scale(elapsed)
        });
    });
}

/// Measures the executor alone, with as many polls as `handed_off` takes.
fn two_yields(group: &mut Group<'_>, tasks: usize) {
    group.bench_function("async-executor", |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, tasks);
            let elapsed = race(|crew: &mut OneThread| {
                for _ in 0..tasks {
                    let turns = sample.share(tasks);
                    crew.spawn_local(async move {
                        for _ in 0..turns {
                            yield_now().await;
                            yield_now().await;
                        }
                    });
                }
            });
            sample.scale(elapsed)
        });
    });
}

/// Measures tasks that run on both threads at the same time. They yield only to wait.
fn two_threads<M: Mutex, C: Crew>(group: &mut Group<'_>, tasks: usize) {
    C::warm_up();
    group.bench_function(M::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, 1);
            let mutex = Arc::new(M::new());
            let stock = sample.stock();
            let elapsed = race(|crew: &mut C| {
                for _ in 0..tasks {
                    let (mutex, stock) = (Arc::clone(&mutex), Arc::clone(&stock));
                    crew.spawn(async move {
                        while let Some(turns) = stock.portion() {
                            for _ in 0..turns {
                                let mut guard = mutex.lock().await;
                                black_box(guard.add_one());
                            }
                        }
                    });
                }
            });
            check(&*mutex, stock.done());
            sample.scale_part(elapsed, stock.done())
        });
    });
}

/// Asserts that the mutex counted all operations.
fn check(mutex: &impl Mutex, operations: u64) {
    let (_, waker) = WakeCount::new();
    let mut guard = complete(pin!(mutex.lock()), &mut Context::from_waker(&waker));
    assert_eq!(guard.add_one(), operations + 1);
}

/// Measures a future that enters the wait queue behind `others` and is dropped.
fn drop_queued<M: Mutex>(group: &mut Group<'_>, others: usize) {
    let mutex = M::new();
    let mutex = black_box(&mutex);
    let (wakes, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    let _held = complete(pin!(mutex.lock()), &mut context);
    let mut waiters: Vec<_> = (0..others).map(|_| Box::pin(mutex.lock())).collect();
    for future in &mut waiters {
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    group.bench_function(M::NAME, |bencher| {
        bencher.iter(|| {
            let future = pin!(mutex.lock());
            assert!(future.poll(&mut context).is_pending());
        });
    });
    assert_eq!(wakes.get(), 0);
}

/// Adds the workloads on two threads that run in a crew.
fn contended<C: Crew>(criterion: &mut Criterion, tasks: usize) {
    let workload = format!("lock/two_threads_{tasks}_tasks");
    let mut group = harness::crew_group::<C>(criterion, &workload);
    queueing_rows!(two_threads on C (&mut group, tasks));
    rows!([Saa, parking_lot::Mutex<u64>] => two_threads on C (&mut group, tasks));
    group.finish();
}

fn main() {
    let mut criterion = harness::criterion();

    let mut group = harness::group(&mut criterion, "lock/uncontended");
    queueing_rows!(uncontended(&mut group));
    rows!([Saa, parking_lot::Mutex<u64>] => uncontended(&mut group));
    group.finish();

    let mut group = harness::group(&mut criterion, "lock/handed_off");
    queueing_rows!(handed_off(&mut group, 64));
    group.finish();

    let mut group = harness::group(&mut criterion, "executor/two_yields");
    two_yields(&mut group, 64);
    group.finish();

    for tasks in [2, 16] {
        contended::<TwoThreads>(&mut criterion, tasks);
        contended::<Tokio>(&mut criterion, tasks);
    }

    for others in [0, 1_000, 16_000] {
        let workload = format!("lock/drop_queued_{others}");
        let mut group = harness::group(&mut criterion, &workload);
        queueing_rows!(drop_queued(&mut group, others));
        group.finish();
    }

    criterion.final_summary();
}
