#![forbid(unsafe_code)]
//! `aiosync::Semaphore`, next to the semaphores of other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `semaphore/uncontended` | acquire and release without other tasks, polled once by hand |
//! | `semaphore/handed_off` | 64 tasks, 4 permits, one thread; each acquires, yields while it holds the permit, releases |
//! | `semaphore/two_threads_16_tasks`, `…_tokio` | 16 tasks, 2 permits, two threads, in both set-ups of [`harness::race`]; each acquires and releases |
//!
//! `harness/mod.rs` says how the time per operation is measured. Each permit
//! is bound and dropped.
//!
//! `futures-intrusive` is in its fair mode. `async-lock` and `zruntime` let newcomers barge
//! in; the others are first come, first served. `saa` spins before it queues: for 100 µs if the
//! holders are tasks of its own thread, so those workloads omit it.

mod harness;

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;

use criterion::Criterion;
use futures_lite::future::yield_now;

use harness::by_hand::{WakeCount, complete};
use harness::race::{Crew, OneThread, Tokio, TwoThreads, race};
use harness::sample::Sample;
use harness::{Group, rows};

/// An implementation. To add one, write an adapter and add it to `queueing_rows`. If
/// it cannot wait for a task of its own thread, add it to `main`.
trait Semaphore: Send + Sync + 'static {
    const NAME: &'static str;
    fn new(permits: usize) -> Self;
    fn acquire(&self) -> impl Future<Output = impl Permit> + Send;
}

/// A value that returns its permit when it is dropped.
trait Permit: Send {}
impl<P: Send> Permit for P {}

macro_rules! queueing_rows {
    ($($workload:tt)+) => {
        rows!([
            aiosync::Semaphore,
            tokio::sync::Semaphore,
            async_lock::Semaphore,
            asyncband::semaphore::Semaphore,
            futures_intrusive::sync::Semaphore,
            zruntime::lock::Semaphore,
        ] => $($workload)+);
    };
}

impl Semaphore for aiosync::Semaphore {
    const NAME: &'static str = "aiosync";
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }
    fn acquire(&self) -> impl Future<Output = impl Permit> + Send {
        self.acquire()
    }
}

impl Semaphore for tokio::sync::Semaphore {
    const NAME: &'static str = "tokio";
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }
    /// The output is a `Result` with a permit, because no task closes the semaphore.
    fn acquire(&self) -> impl Future<Output = impl Permit> + Send {
        self.acquire()
    }
}

impl Semaphore for async_lock::Semaphore {
    const NAME: &'static str = "async-lock";
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }
    fn acquire(&self) -> impl Future<Output = impl Permit> + Send {
        self.acquire()
    }
}

impl Semaphore for asyncband::semaphore::Semaphore {
    const NAME: &'static str = "asyncband";
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }
    fn acquire(&self) -> impl Future<Output = impl Permit> + Send {
        self.acquire(1)
    }
}

impl Semaphore for futures_intrusive::sync::Semaphore {
    const NAME: &'static str = "futures-intrusive";
    fn new(permits: usize) -> Self {
        Self::new(true, permits)
    }
    fn acquire(&self) -> impl Future<Output = impl Permit> + Send {
        self.acquire(1)
    }
}

impl Semaphore for zruntime::lock::Semaphore {
    const NAME: &'static str = "zruntime";
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }
    fn acquire(&self) -> impl Future<Output = impl Permit> + Send {
        self.acquire()
    }
}

/// A permit that saa does not have.
struct SaaPermit<'a>(&'a saa::Semaphore);

impl Drop for SaaPermit<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

impl Semaphore for saa::Semaphore {
    const NAME: &'static str = "saa";
    fn new(permits: usize) -> Self {
        Self::with_permits(permits)
    }
    async fn acquire(&self) -> impl Permit {
        self.acquire_async().await;
        SaaPermit(self)
    }
}

/// Measures an acquire and a release without contention. Each future is polled once.
fn uncontended<S: Semaphore>(group: &mut Group<'_>, permits: usize) {
    let semaphore = S::new(permits);
    let semaphore = black_box(&semaphore);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(S::NAME, |bencher| {
        bencher.iter(|| {
            let permit = complete(pin!(semaphore.acquire()), &mut context);
            black_box(&permit);
        });
    });
}

/// Measures permits that are handed off. The holders yield, so each task queues behind all
/// others.
fn handed_off<S: Semaphore>(group: &mut Group<'_>, tasks: usize, permits: usize) {
    group.bench_function(S::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, tasks);
            let semaphore = Arc::new(S::new(permits));
            let elapsed = race(|crew: &mut OneThread| {
                for _ in 0..tasks {
                    let (semaphore, turns) = (Arc::clone(&semaphore), sample.share(tasks));
                    crew.spawn(async move {
                        for _ in 0..turns {
                            let permit = semaphore.acquire().await;
                            black_box(&permit);
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
fn two_threads<S: Semaphore, C: Crew>(group: &mut Group<'_>, tasks: usize, permits: usize) {
    C::warm_up();
    group.bench_function(S::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, 1);
            let semaphore = Arc::new(S::new(permits));
            let stock = sample.stock();
            let elapsed = race(|crew: &mut C| {
                for _ in 0..tasks {
                    let (semaphore, stock) = (Arc::clone(&semaphore), Arc::clone(&stock));
                    crew.spawn(async move {
                        while let Some(turns) = stock.portion() {
                            for _ in 0..turns {
                                let permit = semaphore.acquire().await;
                                black_box(&permit);
                            }
                        }
                    });
                }
            });
            sample.scale_part(elapsed, stock.done())
        });
    });
}

/// Adds the workload on two threads that runs in a crew.
fn contended<C: Crew>(criterion: &mut Criterion) {
    let mut group = harness::crew_group::<C>(criterion, "semaphore/two_threads_16_tasks");
    queueing_rows!(two_threads on C (&mut group, 16, 2));
    rows!([saa::Semaphore] => two_threads on C (&mut group, 16, 2));
    group.finish();
}

fn main() {
    let mut criterion = harness::criterion();

    let mut group = harness::group(&mut criterion, "semaphore/uncontended");
    queueing_rows!(uncontended(&mut group, 4));
    rows!([saa::Semaphore] => uncontended(&mut group, 4));
    group.finish();

    let mut group = harness::group(&mut criterion, "semaphore/handed_off");
    queueing_rows!(handed_off(&mut group, 64, 4));
    group.finish();

    contended::<TwoThreads>(&mut criterion);
    contended::<Tokio>(&mut criterion);

    criterion.final_summary();
}
