#![forbid(unsafe_code)]
//! What a wait costs that goes by way of event-listener (`Queue::join`), beside one
//! that goes by way of the wait queue (`Event::wait`).
//!
//! | workload | one operation |
//! |---|---|
//! | `broadcast/register_release_complete_…` | one wait: registered, released with so many others, completed; polled by hand |
//!
//! The release itself is part of it: a `task_done` and the next put for the one, a `set`
//! and a `clear` for the other.

mod harness;

use std::pin::Pin;
use std::task::Context;
use std::time::{Duration, Instant};

use aiosync::{Event, Queue};

use harness::Group;
use harness::by_hand::{WakeCount, complete};

/// Times `rounds` rounds of `waiters` waits each: they are made and polled, `release`
/// runs, and they are polled again.
fn rounds<F: Future<Output = ()>>(
    iters: u64,
    waiters: usize,
    make: impl Fn() -> F,
    release: impl Fn(),
) -> Duration {
    let rounds = iters.div_ceil(waiters as u64);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    // Made once: the futures of a round take the places of those before.
    let mut places: Vec<Pin<Box<Option<F>>>> = (0..waiters).map(|_| Box::pin(None)).collect();
    let started = Instant::now();
    for _ in 0..rounds {
        for place in &mut places {
            place.set(Some(make()));
            let future = place.as_mut().as_pin_mut().expect("it was just made");
            assert!(future.poll(&mut context).is_pending());
        }
        release();
        for place in &mut places {
            let future = place.as_mut().as_pin_mut().expect("it was made");
            complete(future, &mut context);
        }
    }
    let elapsed = started.elapsed();
    elapsed.mul_f64(iters as f64 / (rounds * waiters as u64) as f64)
}

fn contestants(group: &mut Group<'_>, waiters: usize) {
    group.bench_function("event-listener, shielded", |bencher| {
        let queue = Queue::unbounded();
        queue.try_put(()).expect("it is open");
        bencher.iter_custom(|iters| {
            rounds(
                iters,
                waiters,
                || queue.join(),
                || {
                    queue.task_done().expect("one is unfinished");
                    queue.try_get().expect("one is inside");
                    queue.try_put(()).expect("it is open");
                },
            )
        });
    });
    group.bench_function("wait queue", |bencher| {
        let event = Event::new();
        bencher.iter_custom(|iters| {
            rounds(
                iters,
                waiters,
                || event.wait(),
                || {
                    event.set();
                    event.clear();
                },
            )
        });
    });
}

fn main() {
    let mut criterion = harness::criterion();
    for waiters in [1, 100] {
        let name = format!("broadcast/register_release_complete_{waiters}_waiters");
        let mut group = harness::group(&mut criterion, &name);
        contestants(&mut group, waiters);
        group.finish();
    }
    criterion.final_summary();
}
