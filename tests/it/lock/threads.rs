//! Many threads and tasks at once, with drops at any point: nothing is lost, and only one
//! holds the lock.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use aiosync::Lock;
use async_executor::Executor;
use futures_lite::future;

#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, Random, rounds, watched};

/// Adds one, with the lock held over an await.
async fn add_slowly(lock: &Lock<usize>) {
    let mut guard = lock.lock().await;
    let before = *guard;
    future::yield_now().await;
    *guard = before + 1;
}

#[test]
fn tasks_of_any_executor_share_a_lock() {
    watched(|| {
        let lock = Arc::new(Lock::new(0));
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build();
        let tokio = tokio.unwrap();
        let executor = Executor::new();
        let mut tasks = Vec::new();
        for index in 0..16 {
            let of_task = Arc::clone(&lock);
            let work = async move {
                for _ in 0..100 {
                    add_slowly(&of_task).await;
                }
            };
            if index % 2 == 0 {
                tasks.push(executor.spawn(work));
            } else {
                let join = tokio.spawn(work);
                tasks.push(executor.spawn(async { join.await.unwrap() }));
            }
        }
        future::block_on(executor.run(async {
            for task in tasks {
                task.await;
            }
        }));
        assert_eq!(*lock.try_lock().unwrap(), 1600);
        assert_eq!(lock.waiters(), 0);
    });
}

#[test]
fn threads_tasks_and_cancels_together_lose_nothing() {
    watched(|| {
        let shared = Arc::new((Lock::new(0usize), AtomicBool::new(false)));
        let threads: Vec<_> = (0..4)
            .map(|seed| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (lock, inside) = &*shared;
                    let mut random = Random::new(seed);
                    let mut added = 0;
                    let mut add = |value: &mut usize| {
                        assert!(!inside.swap(true, Ordering::Relaxed), "two are inside");
                        *value += 1;
                        added += 1;
                        inside.store(false, Ordering::Relaxed);
                    };
                    for _ in 0..rounds(2_000) {
                        match random.below(6) {
                            0 => add(&mut lock.lock_blocking()),
                            1 => add(&mut future::block_on(lock.lock())),
                            2 => lock.with(&mut add).block(),
                            3 => {
                                let guard = lock.lock_blocking_timeout(Duration::ZERO);
                                guard.into_iter().for_each(|mut guard| add(&mut guard));
                            }
                            4 => {
                                let timeout = Duration::from_micros(random.below(50) as u64);
                                let guard = lock.lock_blocking_timeout(timeout);
                                guard.into_iter().for_each(|mut guard| add(&mut guard));
                            }
                            _ => {
                                // Dropped while it waits, or after its grant.
                                if let Poll::Ready(mut guard) = Polled::new(lock.lock()).poll() {
                                    add(&mut guard);
                                }
                            }
                        }
                    }
                    added
                })
            })
            .collect();
        let added: usize = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum();
        let (lock, _) = &*shared;
        assert_eq!(lock.waiters(), 0);
        assert_eq!(*lock.try_lock().expect("the lock is free"), added);
    });
}

#[test]
fn futures_that_wander_between_threads_lose_nothing() {
    watched(|| {
        let lock = Arc::new(Lock::new(0usize));
        let bag = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4)
            .map(|seed| {
                let (lock, bag) = (Arc::clone(&lock), Arc::clone(&bag));
                thread::spawn(move || {
                    let mut random = Random::new(seed);
                    let mut added = 0;
                    for _ in 0..rounds(3_000) {
                        let found: Option<Polled<_>> = bag.lock().unwrap().pop();
                        let mut waiter = match found {
                            Some(waiter) if random.below(2) == 0 => waiter,
                            other => {
                                bag.lock().unwrap().splice(0..0, other);
                                Polled::new(Arc::clone(&lock).lock_owned())
                            }
                        };
                        match waiter.poll() {
                            Poll::Ready(mut guard) => {
                                *guard += 1;
                                added += 1;
                            }
                            Poll::Pending if random.below(3) == 0 => drop(waiter),
                            Poll::Pending => bag.lock().unwrap().push(waiter),
                        }
                    }
                    added
                })
            })
            .collect();
        let added: usize = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum();
        bag.lock().unwrap().clear();
        assert_eq!(lock.waiters(), 0);
        assert_eq!(*lock.try_lock().expect("the lock is free"), added);
    });
}
