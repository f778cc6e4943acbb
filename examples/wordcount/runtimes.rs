//! The five ways to run a job.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use aiosync::Event;
use async_executor::Executor;
use futures_lite::future;
use tokio::runtime::Builder;

use crate::job::Job;
use crate::pipeline::{self, Task};
use crate::threads;

/// The number of threads of the multi-threaded executors.
const THREADS: usize = 2;

/// A way to run a job.
pub(crate) struct Runtime {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Arc<Job>),
}

pub(crate) const RUNTIMES: [Runtime; 5] = [
    Runtime {
        name: "tokio, two threads",
        run: tokio_two_threads,
    },
    Runtime {
        name: "tokio, current thread",
        run: tokio_current_thread,
    },
    Runtime {
        name: "async-executor, two threads",
        run: async_executor_two_threads,
    },
    Runtime {
        name: "futures-lite, block_on",
        run: futures_lite_block_on,
    },
    Runtime {
        name: "plain threads",
        run: plain_threads,
    },
];

fn tokio_two_threads(job: &Arc<Job>) {
    on_tokio(Builder::new_multi_thread().worker_threads(THREADS), job);
}

fn tokio_current_thread(job: &Arc<Job>) {
    on_tokio(&mut Builder::new_current_thread(), job);
}

/// Runs a job on tokio. No driver is enabled, because `aiosync` needs neither timers nor input
/// and output of the runtime.
fn on_tokio(builder: &mut Builder, job: &Arc<Job>) {
    let runtime = builder.build().expect("tokio can start its threads");
    runtime.block_on(async {
        let running: Vec<_> = pipeline::tasks(job).into_iter().map(tokio::spawn).collect();
        for task in running {
            task.await.expect("a panic ends the program");
        }
    });
}

fn async_executor_two_threads(job: &Arc<Job>) {
    let executor = Executor::new();
    let done = Event::new();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| future::block_on(executor.run(done.wait())));
        }
        let running: Vec<_> = pipeline::tasks(job)
            .into_iter()
            .map(|task| executor.spawn(task))
            .collect();
        future::block_on(async {
            for task in running {
                task.await;
            }
        });
        done.set();
    });
}

fn futures_lite_block_on(job: &Arc<Job>) {
    future::block_on(all(pipeline::tasks(job)));
}

/// Runs tasks without an executor. A wake of any task polls all of them. Most of these polls
/// are spurious, and the primitives must allow that.
async fn all(mut tasks: Vec<Task>) {
    poll_fn(|context| {
        tasks.retain_mut(|task| task.as_mut().poll(context).is_pending());
        if tasks.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

fn plain_threads(job: &Arc<Job>) {
    threads::run(job);
}
