//! Runs a scene under many schedules, and checks that enough different outcomes occur.

use std::collections::HashSet;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use shuttle::future::{JoinHandle, block_on, yield_now};
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, Runner};

/// Runs the scene under `schedules` random schedules, or under `SHUTTLE_SCHEDULES` of them. The
/// scene must return at least `outcomes` different values.
///
/// A failure prints the seed of its schedule. `SHUTTLE_RANDOM_SEED=SEED` starts with it.
pub(crate) fn schedules<T: Hash>(
    name: &str,
    schedules: usize,
    outcomes: usize,
    scene: impl Fn() -> T + Send + Sync + 'static,
) {
    let wanted = std::env::var("SHUTTLE_SCHEDULES").map_or(schedules, |number| {
        number.parse().unwrap_or_else(|error| {
            panic!("SHUTTLE_SCHEDULES must be a whole number, not {number:?}: {error}")
        })
    });
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let started = Instant::now();
    let mut config = Config::new();
    config.silence_warnings = true;
    let runner = Runner::new(RandomScheduler::new(wanted), config);
    let outcome = Arc::clone(&seen);
    let ran = runner.run(move || {
        let mut hasher = DefaultHasher::new();
        scene().hash(&mut hasher);
        outcome.lock().unwrap().insert(hasher.finish());
    });
    let seconds = started.elapsed().as_secs_f64();
    let seen = seen.lock().unwrap().len();
    println!("{name}: {ran} schedules, {seen} outcomes, {seconds:.1} s");
    assert_eq!(ran, wanted, "{name} ran too few schedules");
    // The floor holds for this number of schedules.
    if wanted >= schedules {
        assert!(
            seen >= outcomes,
            "{name} saw {seen} outcomes only, its floor is {outcomes}"
        );
    }
}

/// Polls a future once, with a waker that does nothing.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls the future, and drops it if it is still pending after some rounds: before its grant,
/// during the grant, or afterwards and unpolled.
pub(crate) async fn or_give_up<F: Future>(future: F) -> Option<F::Output> {
    let rounds = thread_rng().gen_range(0..6);
    let polls_every_round = thread_rng().gen_bool(0.3);
    let mut future = pin!(future);
    for round in 0..=rounds {
        // With a poll in each round, few grants would be dropped unpolled.
        if round == 0 || polls_every_round {
            let polled = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
            if let Poll::Ready(output) = polled.await {
                return Some(output);
            }
        }
        yield_now().await;
    }
    None
}

/// Joins tasks in the order in which they were spawned.
pub(crate) fn join<T>(tasks: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    let outputs = tasks.into_iter().map(|task| block_on(task).unwrap());
    outputs.collect()
}

/// A log of events in order. shuttle does not know its mutex, so it adds no switch.
pub(crate) struct Log<T>(Mutex<Vec<T>>);

impl<T> Log<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Vec::new())))
    }

    pub(crate) fn push(&self, entry: T) {
        self.0.lock().unwrap().push(entry);
    }

    /// Takes all entries.
    pub(crate) fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}
