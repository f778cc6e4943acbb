#![forbid(unsafe_code)]
//! `aiosync::Condition`, next to its counterparts in other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `condition/turns_one_thread`, `condition/turns_two_threads`, `…_tokio` | one turn of two tasks that take turns: wait for it, end it, notify the other |
//! | `condition/notify_all_100_waiters` | one of 100 waiters is notified together with the others, takes the lock and releases it; one thread |
//! | `condition/notify_all_100_waiters_again` | the same, but each waits again with the guard that it got |
//!
//! `harness/mod.rs` says how the time per operation is measured. The turns on two threads run
//! in both set-ups of [`harness::race`].
//!
//! tokio has no condition. Its row is a `Mutex` and a `Notify`, used as its documentation
//! shows. A task that waits again gives up the lock, and locks it after the notification.

mod harness;

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;

use criterion::Criterion;
use futures_lite::future::yield_now;

use harness::race::{Crew, OneThread, Tokio, TwoThreads, race};
use harness::sample::Sample;
use harness::{Group, rows};

/// The data under the lock.
#[derive(Default)]
struct State {
    turn: usize,
    waiting: usize,
    round: u64,
    sum: u64,
    is_over: bool,
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
        rows!([Aiosync, OnTokio, Asyncband, Performables] => $($workload)+);
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
struct OnTokio(tokio::sync::Mutex<State>, tokio::sync::Notify);

impl Monitor for OnTokio {
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

struct Performables(
    performables::sync::mutex::Mutex<State, performables::sync::Async>,
    performables::sync::condition::Condvar<performables::sync::Async>,
);

impl Default for Performables {
    fn default() -> Self {
        Self(
            performables::sync::mutex::Mutex::new(State::default()),
            performables::sync::condition::Condvar::new(),
        )
    }
}

impl Monitor for Performables {
    const NAME: &'static str = "performables";
    async fn when(
        &self,
        mut test: impl FnMut(&mut State) -> bool + Send,
        act: impl FnOnce(&mut State) + Send,
    ) {
        let guard = self.0.lock_async().await;
        let mut guard = (self.1).wait_while_async(guard, |state| !test(state)).await;
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

/// Measures rounds in which all waiters are notified together, and each waits again with the
/// guard that it got.
fn notify_all_again<M: Monitor>(group: &mut Group<'_>, waiters: usize) {
    group.bench_function(M::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, waiters);
            let (monitor, rounds) = (Arc::new(M::default()), sample.share(waiters));
            let elapsed = race(|crew: &mut OneThread| {
                for _ in 0..waiters {
                    let monitor = Arc::clone(&monitor);
                    crew.spawn(async move {
                        let is_over = |state: &mut State| {
                            state.waiting += 1;
                            state.is_over
                        };
                        monitor.when(is_over, |state| state.sum += 1).await;
                    });
                }
                let monitor = Arc::clone(&monitor);
                crew.spawn(async move {
                    for round in 1..=rounds {
                        let mut complete = false;
                        while !complete {
                            yield_now().await;
                            let check = |state: &mut State| {
                                complete = state.waiting == waiters;
                                if complete {
                                    state.waiting = 0;
                                    state.is_over = round == rounds;
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

/// Adds the turns in a crew.
fn turns_in<C: Crew>(criterion: &mut Criterion, workload: &str) {
    let mut group = harness::crew_group::<C>(criterion, workload);
    all_rows!(turns on C (&mut group));
    group.finish();
}

fn main() {
    let mut criterion = harness::criterion();
    turns_in::<OneThread>(&mut criterion, "condition/turns_one_thread");
    turns_in::<TwoThreads>(&mut criterion, "condition/turns_two_threads");
    turns_in::<Tokio>(&mut criterion, "condition/turns_two_threads");

    let mut group = harness::group(&mut criterion, "condition/notify_all_100_waiters");
    all_rows!(notify_all(&mut group, 100));
    group.finish();

    let mut group = harness::group(&mut criterion, "condition/notify_all_100_waiters_again");
    all_rows!(notify_all_again(&mut group, 100));
    group.finish();

    criterion.final_summary();
}
