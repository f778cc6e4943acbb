#![forbid(unsafe_code)]
//! `aiosync::Condition`, next to its counterparts in other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `condition/turns_one_thread`, `condition/turns_two_threads` | one turn of two tasks that take turns: wait for it, end it, notify the other |
//! | `condition/notify_all_100_waiters` | one of 100 waiters is notified together with the others and takes the lock; one thread |
//!
//! `harness/mod.rs` says how the time per operation is measured. tokio has no
//! condition. Its row is a `Mutex` and a `Notify`, used as its documentation shows.

mod harness;

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;

use futures_lite::future::yield_now;

use harness::race::{Crew, OneThread, TwoThreads, race};
use harness::sample::Sample;
use harness::{Group, rows};

/// The data under the lock.
#[derive(Default)]
struct State {
    turn: usize,
    waiting: usize,
    round: u64,
    sum: u64,
}

/// An implementation: a lock with a condition. To add one, write an adapter and add it to
/// `all_rows`.
trait Monitor: Default + Send + Sync + 'static {
    const NAME: &'static str;
    /// Waits until `test` passes, then runs `act`. Holds the lock during both.
    fn when(
        &self,
        test: impl FnMut(&mut State) -> bool + Send,
        act: impl FnOnce(&mut State) + Send,
    ) -> impl Future<Output = ()> + Send;
    fn notify_all(&self);
}

macro_rules! all_rows {
    ($($workload:tt)+) => {
        rows!([Aiosync, Tokio, Asyncband] => $($workload)+);
    };
}

#[derive(Default)]
struct Aiosync(aiosync::Lock<State>, aiosync::Condition);

impl Monitor for Aiosync {
    const NAME: &'static str = "aiosync";
    async fn when(
        &self,
        mut test: impl FnMut(&mut State) -> bool + Send,
        act: impl FnOnce(&mut State) + Send,
    ) {
        let guard = self.0.lock().await;
        let mut guard = self.1.wait_while(guard, |state| !test(state)).await;
        act(&mut guard);
    }
    fn notify_all(&self) {
        self.1.notify_all();
    }
}

#[derive(Default)]
struct Tokio(tokio::sync::Mutex<State>, tokio::sync::Notify);

impl Monitor for Tokio {
    const NAME: &'static str = "tokio";
    async fn when(
        &self,
        mut test: impl FnMut(&mut State) -> bool + Send,
        act: impl FnOnce(&mut State) + Send,
    ) {
        loop {
            let mut guard = self.0.lock().await;
            if test(&mut guard) {
                return act(&mut guard);
            }
            let mut notified = pin!(self.1.notified());
            notified.as_mut().enable();
            drop(guard);
            notified.await;
        }
    }
    fn notify_all(&self) {
        self.1.notify_waiters();
    }
}

struct Asyncband(asyncband::mutex::Mutex<State>, asyncband::condvar::Condvar);

impl Default for Asyncband {
    fn default() -> Self {
        Self(
            asyncband::mutex::Mutex::new(State::default()),
            asyncband::condvar::Condvar::new(),
        )
    }
}

impl Monitor for Asyncband {
    const NAME: &'static str = "asyncband";
    async fn when(
        &self,
        mut test: impl FnMut(&mut State) -> bool + Send,
        act: impl FnOnce(&mut State) + Send,
    ) {
        let guard = self.0.lock().await;
        let mut guard = self.1.wait_while(guard, |state| !test(state)).await;
        act(&mut guard);
    }
    fn notify_all(&self) {
        self.1.notify_all();
    }
}

/// Measures two tasks, each of which waits for its turn and then ends it.
fn turns<M: Monitor, C: Crew>(group: &mut Group<'_>) {
    C::warm_up();
    group.bench_function(M::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, 2);
            let monitor = Arc::new(M::default());
            let elapsed = race(|crew: &mut C| {
                for me in 0..2 {
                    let (monitor, turns) = (Arc::clone(&monitor), sample.share(2));
                    crew.spawn(async move {
                        for _ in 0..turns {
                            let mine = |state: &mut State| state.turn == me;
                            monitor.when(mine, |state| state.turn = 1 - me).await;
                            monitor.notify_all();
                        }
                    });
                }
            });
            sample.scale(elapsed)
        });
    });
}

fn turns_one_thread<M: Monitor>(group: &mut Group<'_>) {
    turns::<M, OneThread>(group);
}

fn turns_two_threads<M: Monitor>(group: &mut Group<'_>) {
    turns::<M, TwoThreads>(group);
}

/// Measures rounds in which all waiters wait and are then notified together.
fn notify_all<M: Monitor>(group: &mut Group<'_>, waiters: usize) {
    group.bench_function(M::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, waiters);
            let (monitor, rounds) = (Arc::new(M::default()), sample.share(waiters));
            let elapsed = race(|crew: &mut OneThread| {
                for _ in 0..waiters {
                    let monitor = Arc::clone(&monitor);
                    crew.spawn(async move {
                        for round in 1..=rounds {
                            let mut registered = false;
                            let is_over = |state: &mut State| {
                                state.waiting += usize::from(!registered);
                                registered = true;
                                state.round == round
                            };
                            monitor.when(is_over, |state| state.sum += 1).await;
                        }
                    });
                }
                let monitor = Arc::clone(&monitor);
                crew.spawn(async move {
                    for _ in 0..rounds {
                        let mut complete = false;
                        while !complete {
                            yield_now().await;
                            let check = |state: &mut State| {
                                complete = state.waiting == waiters;
                                if complete {
                                    state.waiting = 0;
                                    state.round += 1;
                                }
                            };
                            monitor.when(|_| true, check).await;
                        }
                        monitor.notify_all();
                    }
                });
            });
            black_box(&monitor);
            sample.scale(elapsed)
        });
    });
}

fn main() {
    let mut criterion = harness::criterion();

    let mut group = harness::group(&mut criterion, "condition/turns_one_thread");
    all_rows!(turns_one_thread(&mut group));
    group.finish();

    let mut group = harness::group(&mut criterion, "condition/turns_two_threads");
    all_rows!(turns_two_threads(&mut group));
    group.finish();

    let mut group = harness::group(&mut criterion, "condition/notify_all_100_waiters");
    all_rows!(notify_all(&mut group, 100));
    group.finish();

    criterion.final_summary();
}
