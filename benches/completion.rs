#![forbid(unsafe_code)]
//! The cost of a wait for a completion (`Queue::join`), next to a wait in a wait queue
//! (`Event::wait`). Completions use event-listener.
//!
//! | workload | one operation |
//! |---|---|
//! | `completion/register_release_complete_…` | one wait: registers, is released together with the others, completes; polled by hand |
//!
//! The release is part of the time. For a completion it is a `task_done`, a get and the
//! next put. For an event it is a `set` and a `clear`.

mod harness;

use std::pin::Pin;
use std::task::Context;
use std::time::{Duration, Instant};

use aiosync::{Event, Queue};

use harness::Group;
use harness::by_hand::{WakeCount, complete};

/// Returns the time of `iters` waits, measured in rounds of `waiters` each. A round creates
/// and polls the futures, calls `release`, and polls them again.
fn rounds<F: Future<Output = ()>>(
    iters: u64,
    waiters: usize,
    make: impl Fn() -> F,
    release: impl Fn(),
) -> Duration {
    let rounds = iters.div_ceil(waiters as u64);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    // Allocated once: each round reuses the memory of the one before.
    let mut futures: Vec<Pin<Box<Option<F>>>> = (0..waiters).map(|_| Box::pin(None)).collect();
    let started = Instant::now();
    for _ in 0..rounds {
        for future in &mut futures {
            future.set(Some(make()));
            let future = future.as_mut().as_pin_mut().expect("it was just set");
            assert!(future.poll(&mut context).is_pending());
        }
        release();
        for future in &mut futures {
            let future = future.as_mut().as_pin_mut().expect("it was set above");
            complete(future, &mut context);
        }
    }
    let elapsed = started.elapsed();
    elapsed.mul_f64(iters as f64 / (rounds * waiters as u64) as f64)
}

fn contestants(group: &mut Group<'_>, waiters: usize) {
    group.bench_function("completion (event-listener)", |bencher| {
        let queue = Queue::unbounded();
        queue.try_put(()).expect("the queue is open");
        bencher.iter_custom(|iters| {
            rounds(
                iters,
                waiters,
                || queue.join(),
                || {
                    queue.task_done().expect("one item is unfinished");
                    queue.try_get().expect("the queue holds one item");
                    queue.try_put(()).expect("the queue is open");
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
        let name = format!("completion/register_release_complete_{waiters}_waiters");
        let mut group = harness::group(&mut criterion, &name);
        contestants(&mut group, waiters);
        group.finish();
    }
    criterion.final_summary();
}
