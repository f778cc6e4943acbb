#![forbid(unsafe_code)]
//! The time of an operation over the number of others, polled by hand on one thread.
//!
//! | curve | one operation | the others |
//! |---|---|---|
//! | polls | the poll of a waiter that a semaphore has notified | other waiters, which still wait |
//! | locks | a hand-off: a release, the poll of the waiter, the first poll of the next one | other locks, each with a holder and a waiter |
//!
//! A curve of the first kind rises if a poll searches the wait queue. One of the second kind
//! rises if all locks share a table. Both also rise if the data leaves the caches of the
//! processor: each waiter and each lock has memory of its own.
//!
//! At each point of the first curve, a round notifies 64 waiters, polls them, and queues as many
//! behind the others. Only the polls are timed. A figure is the median of all rounds. A round of
//! the second curve has one hand-off at each lock.
//!
//! The benchmark writes a file for the report.

mod harness;

use std::collections::VecDeque;
use std::env;
use std::error::Error;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use harness::by_hand::{WakeCount, complete};
use harness::records::{self, Cost, WAITING};

/// The waiters that are notified together.
const NOTIFIED: usize = 64;

/// The operations at a point, at least.
const OPERATIONS: usize = 200_000;

/// The minimum number of rounds at a point.
const LEAST: usize = 20;

/// A semaphore without permits.
trait Semaphore: Default {
    const NAME: &'static str;
    /// Takes a permit out of the semaphore forever.
    fn take(&self) -> impl Future<Output = ()>;
    /// Adds permits.
    fn add(&self, permits: usize);
}

struct Aiosync(aiosync::Semaphore);

impl Default for Aiosync {
    fn default() -> Self {
        Self(aiosync::Semaphore::new(0))
    }
}

impl Semaphore for Aiosync {
    const NAME: &'static str = "aiosync";
    async fn take(&self) {
        self.0.acquire().await.forget();
    }
    fn add(&self, permits: usize) {
        self.0.release(permits).expect("there are few permits");
    }
}

struct Tokio(tokio::sync::Semaphore);

impl Default for Tokio {
    fn default() -> Self {
        Self(tokio::sync::Semaphore::new(0))
    }
}

impl Semaphore for Tokio {
    const NAME: &'static str = "tokio";
    async fn take(&self) {
        self.0.acquire().await.expect("it is open").forget();
    }
    fn add(&self, permits: usize) {
        self.0.add_permits(permits);
    }
}

trait Mutex: Default {
    const NAME: &'static str;
    fn lock(&self) -> impl Future<Output = impl Sized>;
}

impl Mutex for aiosync::Lock<u64> {
    const NAME: &'static str = "aiosync";
    fn lock(&self) -> impl Future<Output = impl Sized> {
        self.lock()
    }
}

impl Mutex for tokio::sync::Mutex<u64> {
    const NAME: &'static str = "tokio";
    fn lock(&self) -> impl Future<Output = impl Sized> {
        self.lock()
    }
}

/// The number of others at a point, and the number of rounds.
#[derive(Clone, Copy)]
struct Load {
    others: usize,
    is_test: bool,
}

impl Load {
    /// Returns the number of rounds that have this many operations each.
    fn rounds(self, operations: usize) -> usize {
        if self.is_test {
            2
        } else {
            (OPERATIONS / operations).max(LEAST)
        }
    }
}

/// A waiter in memory that is used again.
type Waiter<F> = Pin<Box<Option<F>>>;

/// Starts a wait and polls it once.
fn queue<F: Future>(waiter: &mut Waiter<F>, future: F, waker: &Waker) {
    waiter.set(Some(future));
    let future = waiter.as_mut().as_pin_mut().expect("it was just set");
    assert!(future.poll(&mut Context::from_waker(waker)).is_pending());
}

/// Polls a notified waiter to its end.
fn finish<F: Future>(waiter: &mut Waiter<F>, context: &mut Context<'_>) -> F::Output {
    let future = waiter.as_mut().as_pin_mut().expect("it waits");
    complete(future, context)
}

/// Returns the median time of a poll of a notified waiter, in nanoseconds.
fn poll<S: Semaphore>(load: Load) -> f64 {
    let semaphore = S::default();
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    let mut waiters: VecDeque<Waiter<_>> = VecDeque::new();
    for _ in 0..load.others + NOTIFIED {
        let mut waiter = Box::pin(None);
        queue(&mut waiter, semaphore.take(), &waker);
        waiters.push_back(waiter);
    }
    let rounds = (0..load.rounds(NOTIFIED)).map(|_| {
        semaphore.add(NOTIFIED);
        let started = Instant::now();
        for waiter in waiters.iter_mut().take(NOTIFIED) {
            finish(waiter, &mut context);
        }
        let elapsed = started.elapsed();
        for _ in 0..NOTIFIED {
            let mut waiter = waiters.pop_front().expect("it was just polled");
            queue(&mut waiter, semaphore.take(), &waker);
            waiters.push_back(waiter);
        }
        elapsed
    });
    median(rounds.collect(), NOTIFIED)
}

/// Returns the median time of a hand-off at one of the locks, in nanoseconds.
fn hand_off<M: Mutex>(load: Load) -> f64 {
    let count = load.others + 1;
    let locks: Vec<Box<M>> = (0..count).map(|_| Box::default()).collect();
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    let mut held: Vec<_> = (locks.iter())
        .map(|lock| {
            let guard = complete(pin!(lock.lock()), &mut context);
            let mut waiter = Box::pin(None);
            queue(&mut waiter, lock.lock(), &waker);
            (lock, Some(guard), waiter)
        })
        .collect();
    // A round has many hand-offs, so that the clock takes little of its time.
    let repeats = NOTIFIED.div_ceil(count);
    let rounds = (0..load.rounds(count * repeats)).map(|_| {
        let started = Instant::now();
        for _ in 0..repeats {
            for (lock, guard, waiter) in &mut held {
                drop(guard.take());
                *guard = Some(finish(waiter, &mut context));
                queue(waiter, lock.lock(), &waker);
            }
        }
        started.elapsed()
    });
    median(rounds.collect(), count * repeats)
}

/// Returns the median time of a round, divided by its operations.
fn median(mut rounds: Vec<Duration>, operations: usize) -> f64 {
    rounds.sort_unstable();
    let median = rounds[rounds.len() / 2].as_nanos() as f64 / operations as f64;
    // In whole picoseconds, so that the stored run is short.
    (median * 1e3).round() / 1e3
}

fn main() -> Result<(), Box<dyn Error>> {
    let is_test = env::args().any(|option| option == "--test");
    let mut costs = Vec::new();
    for others in WAITING {
        // A test with few others is as good as one with many.
        if is_test && others > 64 {
            continue;
        }
        let load = Load { others, is_test };
        let points = [
            ("polls", Aiosync::NAME, poll::<Aiosync>(load)),
            ("polls", Tokio::NAME, poll::<Tokio>(load)),
            (
                "locks",
                <aiosync::Lock<u64>>::NAME,
                hand_off::<aiosync::Lock<u64>>(load),
            ),
            (
                "locks",
                <tokio::sync::Mutex<u64>>::NAME,
                hand_off::<tokio::sync::Mutex<u64>>(load),
            ),
        ];
        for (curve, implementation, time) in points {
            println!("{curve} {implementation:8} {others:6} others {time:8.1} ns");
            costs.push(Cost {
                curve: curve.to_owned(),
                implementation: implementation.to_owned(),
                others,
                time,
            });
        }
    }
    if !is_test {
        records::write(&records::folder().join(records::COSTS_FILE), &costs)?;
    }
    Ok(())
}
