//! Tasks of tokio and of async-executor on two threads each, and threads that block, all on one
//! primitive: nothing is lost, and the order is kept.
//!
//! | module | what |
//! |---|---|
//! | [`permits`] | a lock, a semaphore |
//! | [`meetings`] | an event, a barrier |
//! | [`hand_overs`] | a condition, the queues |
//! | [`fairness`] | nobody waits much longer than the others |
#![forbid(unsafe_code)]

mod fairness;
mod hand_overs;
mod meetings;
mod permits;

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use async_executor::Executor;
use futures_lite::future;

use crate::common::{Polled, Random};

/// One member, in one of the environments.
struct Member {
    index: usize,
    dice: Random,
}

/// Runs `count` members at once: the first is a task of tokio, the second one of async-executor,
/// the third a thread that calls `blocking`, and so on. Returns their results.
fn everywhere<R, F>(
    count: usize,
    seed: u64,
    task: impl Fn(Member) -> F,
    blocking: impl Fn(Member) -> R + Send + Sync,
) -> Vec<R>
where
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build();
    let tokio = tokio.expect("a runtime");
    let executor = Arc::new(Executor::new());
    let member = |index| Member {
        index,
        dice: Random::new(seed * 1_000 + index as u64),
    };
    let mut tasks = Vec::new();
    for index in (0..count).filter(|index| index % 3 != 2) {
        let work = task(member(index));
        if index % 3 == 0 {
            let join = tokio.spawn(work);
            let join = async { join.await.expect("it does not panic") };
            tasks.push((index, executor.spawn(join)));
        } else {
            tasks.push((index, executor.spawn(work)));
        }
    }
    let mut results: Vec<_> = thread::scope(|scope| {
        let (ended, end) = async_channel::bounded::<()>(1);
        for _ in 0..2 {
            let (executor, end) = (Arc::clone(&executor), end.clone());
            scope.spawn(move || future::block_on(executor.run(end.recv())));
        }
        let blocking = &blocking;
        let threads: Vec<_> = (2..count)
            .step_by(3)
            .map(|index| (index, scope.spawn(move || blocking(member(index)))))
            .collect();
        let mut results = Vec::new();
        for (index, task) in tasks {
            results.push((index, future::block_on(task)));
        }
        for (index, thread) in threads {
            results.push((index, thread.join().expect("it does not panic")));
        }
        drop(ended);
        results
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Polls the future once, and drops it while it waits or after it was granted meanwhile. Returns
/// its output if it was ready at once.
fn once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = Polled::new(future);
    match future.poll() {
        Poll::Ready(output) => Some(output),
        Poll::Pending => {
            thread::yield_now();
            None
        }
    }
}
