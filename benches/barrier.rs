#![forbid(unsafe_code)]
//! `aiosync::Barrier`, next to the barriers of other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `barrier/one_thread_…_tasks` | one wait of one task; the tasks meet repeatedly on one thread |
//! | `barrier/two_threads_32_tasks`, `…_tokio` | the same with 32 tasks on two threads, in both set-ups of [`harness::race`] |
//!
//! `harness/mod.rs` says how the time per operation is measured.

mod harness;

use std::hint::black_box;
use std::sync::Arc;

use criterion::Criterion;

use harness::race::{Crew, OneThread, Tokio, TwoThreads, race};
use harness::sample::Sample;
use harness::{Group, rows};

/// An implementation. To add one, write an adapter and add it to `all_rows`.
trait Barrier: Send + Sync + 'static {
    const NAME: &'static str;
    fn new(parties: usize) -> Self;
    fn wait(&self) -> impl Future<Output = impl Send> + Send;
}

macro_rules! all_rows {
    ($($workload:tt)+) => {
        rows!([
            aiosync::Barrier,
            tokio::sync::Barrier,
            async_lock::Barrier,
            asyncband::barrier::Barrier,
            performables::sync::barrier::Barrier<performables::sync::Async>,
            zruntime::lock::Barrier,
        ] => $($workload)+);
    };
}

impl Barrier for aiosync::Barrier {
    const NAME: &'static str = "aiosync";
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> impl Future<Output = impl Send> + Send {
        self.wait()
    }
}

impl Barrier for tokio::sync::Barrier {
    const NAME: &'static str = "tokio";
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> impl Future<Output = impl Send> + Send {
        self.wait()
    }
}

impl Barrier for async_lock::Barrier {
    const NAME: &'static str = "async-lock";
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> impl Future<Output = impl Send> + Send {
        self.wait()
    }
}

impl Barrier for asyncband::barrier::Barrier {
    const NAME: &'static str = "asyncband";
    fn new(parties: usize) -> Self {
        Self::new(parties as u32)
    }
    fn wait(&self) -> impl Future<Output = impl Send> + Send {
        self.wait()
    }
}

impl Barrier for performables::sync::barrier::Barrier<performables::sync::Async> {
    const NAME: &'static str = "performables";
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> impl Future<Output = impl Send> + Send {
        self.wait_async()
    }
}

impl Barrier for zruntime::lock::Barrier {
    const NAME: &'static str = "zruntime";
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }
    fn wait(&self) -> impl Future<Output = impl Send> + Send {
        self.wait()
    }
}

/// Measures tasks that all meet, as many times as the sample needs.
fn meet<B: Barrier, C: Crew>(group: &mut Group<'_>, tasks: usize) {
    C::warm_up();
    group.bench_function(B::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, tasks);
            let barrier = Arc::new(B::new(tasks));
            let rounds = sample.rounds(tasks);
            let elapsed = race(|crew: &mut C| {
                for task in 0..tasks {
                    let (barrier, rounds) = (Arc::clone(&barrier), Arc::clone(&rounds));
                    crew.spawn(async move {
                        let mut round = 0;
                        while rounds.has(round, task) {
                            black_box(barrier.wait().await);
                            round += 1;
                        }
                    });
                }
            });
            sample.scale_part(elapsed, rounds.done())
        });
    });
}

/// Adds the workload of a crew.
fn meeting<C: Crew>(criterion: &mut Criterion, workload: &str, tasks: usize) {
    let mut group = harness::crew_group::<C>(criterion, workload);
    all_rows!(meet on C (&mut group, tasks));
    group.finish();
}

fn main() {
    let mut criterion = harness::criterion();
    meeting::<OneThread>(&mut criterion, "barrier/one_thread_2_tasks", 2);
    meeting::<OneThread>(&mut criterion, "barrier/one_thread_32_tasks", 32);
    meeting::<TwoThreads>(&mut criterion, "barrier/two_threads_32_tasks", 32);
    meeting::<Tokio>(&mut criterion, "barrier/two_threads_32_tasks", 32);
    criterion.final_summary();
}
