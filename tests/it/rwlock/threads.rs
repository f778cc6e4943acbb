//! Many threads and tasks at once, with drops at any point: nothing is lost, and a writer is
//! alone.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use aiosync::{RwLock, RwLockWriteGuard};
use async_executor::Executor;
use futures_lite::future;

use super::assert_free;
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, Random, rounds, watched};

/// The number of readers that are inside, or [`WRITER`].
struct Inside(AtomicUsize);

const WRITER: usize = 1 << 32;

impl Inside {
    /// Checks that a writer is alone while it changes the value.
    fn write(&self, value: &mut usize) {
        assert_eq!(
            self.0.swap(WRITER, Ordering::Relaxed),
            0,
            "the writer is not alone"
        );
        *value += 1;
        assert_eq!(
            self.0.swap(0, Ordering::Relaxed),
            WRITER,
            "the writer is not alone"
        );
    }

    /// Checks that no writer is inside while a reader is.
    fn read(&self, value: &usize) -> usize {
        assert!(
            self.0.fetch_add(1, Ordering::Relaxed) < WRITER,
            "a writer is inside"
        );
        let seen = *value;
        assert!(
            self.0.fetch_sub(1, Ordering::Relaxed) < WRITER,
            "a writer is inside"
        );
        seen
    }
}

#[test]
fn tasks_of_any_executor_share_a_lock() {
    watched(|| {
        let lock = Arc::new(RwLock::new(0));
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build();
        let tokio = tokio.unwrap();
        let executor = Executor::new();
        let mut tasks = Vec::new();
        for index in 0..16 {
            let lock = Arc::clone(&lock);
            let work = async move {
                for _ in 0..100 {
                    let seen = *lock.read().await;
                    let mut guard = lock.write().await;
                    let before = *guard;
                    assert!(before >= seen);
                    future::yield_now().await;
                    *guard = before + 1;
                    let guard = RwLockWriteGuard::downgrade(guard);
                    future::yield_now().await;
                    assert_eq!(*guard, before + 1, "a writer got in between");
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
        assert_eq!(*lock.try_read().unwrap(), 1600);
        assert_free(&lock);
    });
}

#[test]
fn threads_tasks_and_cancels_together_lose_nothing() {
    watched(|| {
        let shared = Arc::new((RwLock::new(0usize), Inside(AtomicUsize::new(0))));
        let threads: Vec<_> = (0..4)
            .map(|seed| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (lock, inside) = &*shared;
                    let mut random = Random::new(seed);
                    let mut added = 0;
                    let mut seen = 0;
                    for _ in 0..rounds(3_000) {
                        let timeout = Duration::from_micros(random.below(50) as u64);
                        let writer = match random.below(10) {
                            0 => Some(lock.write_blocking()),
                            1 => Some(future::block_on(lock.write())),
                            2 => lock.write_blocking_timeout(timeout),
                            3 => match Polled::new(lock.write()).poll() {
                                Poll::Ready(guard) => Some(guard),
                                Poll::Pending => None,
                            },
                            4 => lock.try_write(),
                            _ => None,
                        };
                        if let Some(mut guard) = writer {
                            inside.write(&mut guard);
                            added += 1;
                            if random.below(2) == 0 {
                                let before = *guard;
                                let guard = RwLockWriteGuard::downgrade(guard);
                                assert_eq!(inside.read(&guard), before, "a writer got in between");
                            }
                        }
                        let reader = match random.below(5) {
                            0 => Some(lock.read_blocking()),
                            1 => Some(future::block_on(lock.read())),
                            2 => lock.read_blocking_timeout(timeout),
                            3 => match Polled::new(lock.read()).poll() {
                                Poll::Ready(guard) => Some(guard),
                                Poll::Pending => None,
                            },
                            _ => lock.try_read(),
                        };
                        if let Some(guard) = reader {
                            let now = inside.read(&guard);
                            assert!(now >= seen, "a write was lost");
                            seen = now;
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
        assert_eq!(*lock.try_read().expect("the lock is free"), added);
        assert_free(lock);
    });
}

/// A queued future, of either kind.
enum Waiter {
    Read(Polled<aiosync::futures::RwLockReadOwned<usize>>),
    Write(Polled<aiosync::futures::RwLockWriteOwned<usize>>),
}

impl Waiter {
    /// Polls it. Returns whether it is over, and what a writer has added.
    fn poll(&mut self) -> Option<usize> {
        match self {
            Self::Read(waiter) => match waiter.poll() {
                Poll::Ready(guard) => {
                    drop(guard);
                    Some(0)
                }
                Poll::Pending => None,
            },
            Self::Write(waiter) => match waiter.poll() {
                Poll::Ready(mut guard) => {
                    *guard += 1;
                    Some(1)
                }
                Poll::Pending => None,
            },
        }
    }
}

#[test]
fn futures_that_wander_between_threads_lose_nothing() {
    watched(|| {
        let lock = Arc::new(RwLock::new(0usize));
        let bag = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4)
            .map(|seed| {
                let (lock, bag) = (Arc::clone(&lock), Arc::clone(&bag));
                thread::spawn(move || {
                    let mut random = Random::new(seed);
                    let mut added = 0;
                    for _ in 0..rounds(3_000) {
                        let found: Option<Waiter> = bag.lock().unwrap().pop();
                        let mut waiter = match found {
                            Some(waiter) if random.below(2) == 0 => waiter,
                            other => {
                                bag.lock().unwrap().splice(0..0, other);
                                let lock = Arc::clone(&lock);
                                if random.below(3) == 0 {
                                    Waiter::Write(Polled::new(lock.write_owned()))
                                } else {
                                    Waiter::Read(Polled::new(lock.read_owned()))
                                }
                            }
                        };
                        match waiter.poll() {
                            Some(more) => added += more,
                            None if random.below(3) == 0 => drop(waiter),
                            None => bag.lock().unwrap().push(waiter),
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
        assert_eq!(*lock.try_read().expect("the lock is free"), added);
        assert_free(&lock);
    });
}
