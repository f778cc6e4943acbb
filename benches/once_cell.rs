#![forbid(unsafe_code)]
//! `aiosync::OnceCell`, next to the cells of other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `once_cell/get` | read a value that is set |
//! | `once_cell/get_or_init_set` | `get_or_init` of a value that is set, polled once by hand |
//! | `once_cell/get_or_init_…` | one of the tasks that initialize a new cell at once gets the value |
//!
//! `harness/mod.rs` says how the time per operation is measured. In a round of
//! `once_cell/get_or_init_…` the first task runs its initializer, which is pending once, and the
//! others wait for it. All are polled by hand until they have the value. The time of a round is
//! divided by the number of tasks. The cells and the memory of the futures are created before the
//! clock starts.
//!
//! The initializer of performables' `OnceLock` cannot await, so it has no rows.

mod harness;

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

use harness::by_hand::{WakeCount, complete};
use harness::sample::Sample;
use harness::{Group, rows};

/// An implementation. To add one, write an adapter and add it to `all_rows`.
trait Cell {
    const NAME: &'static str;
    /// Creates an empty cell.
    fn new() -> Self;
    fn get(&self) -> Option<&u64>;
    fn get_or_init<F>(&self, f: impl FnOnce() -> F) -> impl Future<Output = &u64>
    where
        F: Future<Output = u64>;
}

macro_rules! all_rows {
    ($($workload:tt)+) => {
        rows!([
            aiosync::OnceCell<u64>,
            tokio::sync::OnceCell<u64>,
            async_lock::OnceCell<u64>,
            asyncband::once::OnceCell<u64>,
            zruntime::lock::OnceCell<u64>,
        ] => $($workload)+);
    };
}

impl Cell for aiosync::OnceCell<u64> {
    const NAME: &'static str = "aiosync";
    fn new() -> Self {
        Self::new()
    }
    #[inline]
    fn get(&self) -> Option<&u64> {
        self.get()
    }
    fn get_or_init<F>(&self, f: impl FnOnce() -> F) -> impl Future<Output = &u64>
    where
        F: Future<Output = u64>,
    {
        self.get_or_init(f)
    }
}

impl Cell for tokio::sync::OnceCell<u64> {
    const NAME: &'static str = "tokio";
    fn new() -> Self {
        Self::new()
    }
    #[inline]
    fn get(&self) -> Option<&u64> {
        self.get()
    }
    fn get_or_init<F>(&self, f: impl FnOnce() -> F) -> impl Future<Output = &u64>
    where
        F: Future<Output = u64>,
    {
        self.get_or_init(f)
    }
}

impl Cell for async_lock::OnceCell<u64> {
    const NAME: &'static str = "async-lock";
    fn new() -> Self {
        Self::new()
    }
    #[inline]
    fn get(&self) -> Option<&u64> {
        self.get()
    }
    fn get_or_init<F>(&self, f: impl FnOnce() -> F) -> impl Future<Output = &u64>
    where
        F: Future<Output = u64>,
    {
        self.get_or_init(f)
    }
}

impl Cell for asyncband::once::OnceCell<u64> {
    const NAME: &'static str = "asyncband";
    fn new() -> Self {
        Self::new()
    }
    #[inline]
    fn get(&self) -> Option<&u64> {
        self.get()
    }
    fn get_or_init<F>(&self, f: impl FnOnce() -> F) -> impl Future<Output = &u64>
    where
        F: Future<Output = u64>,
    {
        self.get_or_init(async || f().await)
    }
}

impl Cell for zruntime::lock::OnceCell<u64> {
    const NAME: &'static str = "zruntime";
    fn new() -> Self {
        Self::new()
    }
    #[inline]
    fn get(&self) -> Option<&u64> {
        self.get()
    }
    fn get_or_init<F>(&self, f: impl FnOnce() -> F) -> impl Future<Output = &u64>
    where
        F: Future<Output = u64>,
    {
        self.get_or_init(f)
    }
}

/// Returns a cell whose value is set.
fn with_value<C: Cell>() -> C {
    let cell = C::new();
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    complete(pin!(cell.get_or_init(async || 7)), &mut context);
    cell
}

/// Measures a read of a value.
fn get<C: Cell>(group: &mut Group<'_>) {
    let cell = with_value::<C>();
    let cell = black_box(&cell);
    group.bench_function(C::NAME, |bencher| {
        bencher.iter(|| cell.get());
    });
}

/// Measures `get_or_init` of a value that is set. Each future is polled once.
fn get_or_init_set<C: Cell>(group: &mut Group<'_>) {
    let cell = with_value::<C>();
    let cell = black_box(&cell);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(C::NAME, |bencher| {
        bencher.iter(|| *complete(pin!(cell.get_or_init(async || 8)), &mut context));
    });
}

/// An initializer that is pending in its first poll.
async fn initializer() -> u64 {
    let mut first = true;
    poll_fn(|_| match std::mem::take(&mut first) {
        true => Poll::Pending,
        false => Poll::Ready(7),
    })
    .await
}

/// Measures rounds in which all tasks initialize one new cell.
fn get_or_init<C: Cell>(group: &mut Group<'_>, tasks: usize) {
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(C::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, tasks);
            let cells: Vec<_> = (0..sample.share(tasks)).map(|_| C::new()).collect();
            let cells = black_box(&cells);
            let start = |cell| Some(C::get_or_init(cell, initializer));
            // The memory of the futures. `start` gives them their type.
            let memory = (0..tasks).map(|_| Box::pin(start(&cells[0])));
            let mut futures: Vec<Pin<Box<Option<_>>>> = memory.collect();
            futures.iter_mut().for_each(|future| future.set(None));
            let mut completed = 0;
            let started = Instant::now();
            for cell in cells {
                for future in &mut futures {
                    future.set(start(cell));
                }
                while cell.get().is_none() || futures.iter().any(|future| future.is_some()) {
                    for future in &mut futures {
                        let Some(running) = future.as_mut().as_pin_mut() else {
                            continue;
                        };
                        if running.poll(&mut context).is_ready() {
                            future.set(None);
                            completed += 1;
                        }
                    }
                }
            }
            let elapsed = started.elapsed();
            assert_eq!(completed, sample.operations());
            sample.scale(elapsed)
        });
    });
}

fn main() {
    let mut criterion = harness::criterion();

    let mut group = harness::group(&mut criterion, "once_cell/get");
    all_rows!(get(&mut group));
    group.finish();

    let mut group = harness::group(&mut criterion, "once_cell/get_or_init_set");
    all_rows!(get_or_init_set(&mut group));
    group.finish();

    for tasks in [1, 1_000] {
        let workload = format!("once_cell/get_or_init_{tasks}");
        let mut group = harness::group(&mut criterion, &workload);
        all_rows!(get_or_init(&mut group, tasks));
        group.finish();
    }

    criterion.final_summary();
}
