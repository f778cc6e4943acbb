//! Every runtime: the same small programs run under each of them and have the same result.
//!
//! | module | what |
//! |---|---|
//! | [`scenes`] | the programs, as sets of tasks |
//! | [`threads`] | one more, in which threads wait beside tasks |
//! | [`hand_written`] | an executor in forty lines |
//! | [`embassy`] | an executor for machines without a standard library |
#![forbid(unsafe_code)]

mod embassy;
mod hand_written;
mod scenes;
mod threads;

use std::sync::mpsc;
use std::thread;

use aiosync::Event;
use async_executor::{Executor, LocalExecutor};
use futures::executor::{LocalPool, ThreadPool};
use futures::future::join_all;
use futures::task::{LocalSpawnExt, SpawnExt};
use futures_lite::future;
use tokio::runtime::Builder;

use self::scenes::{SCENES, Scene, Task};
use self::threads::threads_and_tasks_wait_in_the_same_queue;
use crate::common::watched;

/// The number of times that each runtime runs all scenes.
const ROUNDS: usize = 10;

const THREADS: [fn() -> Scene; 1] = [threads_and_tasks_wait_in_the_same_queue];

/// Runs tasks to completion.
fn conforms(run: fn(Vec<Task>)) {
    watched(move || {
        for _ in 0..ROUNDS {
            for scene in SCENES.iter().chain(&THREADS) {
                let scene = scene();
                run(scene.tasks);
                (scene.check)();
            }
        }
    });
}

#[test]
fn tokio_with_two_threads() {
    conforms(|tasks| {
        let tokio = Builder::new_multi_thread().worker_threads(2).build();
        tokio.unwrap().block_on(async {
            let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
}

#[test]
fn tokio_on_the_current_thread() {
    conforms(|tasks| {
        let tokio = Builder::new_current_thread().build();
        tokio.unwrap().block_on(async {
            let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
}

/// Its budget makes a task yield after a number of polls that were ready.
#[test]
fn tokio_without_spawning() {
    conforms(|tasks| {
        let tokio = Builder::new_current_thread().build();
        tokio.unwrap().block_on(join_all(tasks));
    });
}

#[test]
fn smol() {
    conforms(|tasks| {
        smol::block_on(async {
            let tasks: Vec<_> = tasks.into_iter().map(smol::spawn).collect();
            for task in tasks {
                task.await;
            }
        });
    });
}

#[test]
fn async_executor_with_two_threads() {
    conforms(|tasks| {
        let executor = Executor::new();
        let end = Event::new();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| future::block_on(executor.run(end.wait())));
            }
            let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
            future::block_on(async {
                for task in tasks {
                    task.await;
                }
            });
            end.set();
        });
    });
}

#[test]
fn async_executor_on_one_thread() {
    conforms(|tasks| {
        let executor = LocalExecutor::new();
        let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
        future::block_on(executor.run(async {
            for task in tasks {
                task.await;
            }
        }));
    });
}

#[test]
fn thread_pool_of_futures() {
    conforms(|tasks| {
        let pool = ThreadPool::builder().pool_size(2).create().unwrap();
        let tasks = tasks.into_iter();
        let tasks = tasks.map(|task| pool.spawn_with_handle(task).unwrap());
        futures::executor::block_on(join_all(tasks));
    });
}

#[test]
fn local_pool_of_futures() {
    conforms(|tasks| {
        let mut pool = LocalPool::new();
        for task in tasks {
            pool.spawner().spawn_local(task).unwrap();
        }
        pool.run();
    });
}

#[test]
fn pollster() {
    conforms(|tasks| {
        pollster::block_on(join_all(tasks));
    });
}

#[test]
fn block_on_of_futures_lite() {
    conforms(|tasks| {
        future::block_on(join_all(tasks));
    });
}

#[test]
fn embassy_on_std() {
    conforms(embassy::run);
}

#[test]
fn an_executor_in_forty_lines() {
    conforms(hand_written::run);
}

/// Each task has a thread, which polls it by hand.
#[test]
fn a_thread_for_each_task() {
    conforms(|tasks| {
        let (ended, end) = mpsc::channel();
        let number = tasks.len();
        for task in tasks {
            let ended = ended.clone();
            thread::spawn(move || {
                pollster::block_on(task);
                ended.send(()).unwrap();
            });
        }
        drop(ended);
        assert_eq!(end.iter().count(), number);
    });
}
