//! Threads and tasks in one wait queue, timeouts, runtimes.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use aiosync::Semaphore;
use futures_lite::future;

use super::assert_counts;
use crate::common::{Order, Polled, Random, rounds, until, watched};

#[test]
fn free_permits_are_taken_without_waiting() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(16));
        let mut permit = semaphore.acquire_blocking();
        permit.merge(semaphore.acquire_many_blocking(2));
        permit.merge(semaphore.acquire_blocking_timeout(Duration::ZERO).unwrap());
        permit.merge(semaphore.acquire_many(3).block());
        permit.merge(
            semaphore
                .acquire_many(4)
                .block_timeout(Duration::ZERO)
                .unwrap(),
        );
        let owned = Arc::clone(&semaphore).acquire_many_owned(5).block();
        assert_eq!((permit.permits(), owned.permits()), (11, 5));
        assert_counts(&semaphore, 0, 16, 0);
        assert_eq!(semaphore.acquire_many_blocking(0).permits(), 0);
        drop((permit, owned));
        assert_counts(&semaphore, 16, 0, 0);
    });
}

#[test]
fn threads_and_tasks_wait_in_one_queue() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = semaphore.try_acquire().unwrap();
        let order = Order::new();
        let mut before = Polled::waiting(semaphore.acquire());
        let (of_thread, log) = (Arc::clone(&semaphore), order.clone());
        let thread = thread::spawn(move || {
            let _permit = of_thread.acquire_blocking();
            log.enter(1);
        });
        until(|| semaphore.waiters() == 2);
        let mut behind = Polled::waiting(Arc::clone(&semaphore).acquire_owned());
        drop(permit);
        behind.assert_pending();
        let permit = before.assert_ready();
        order.enter(0);
        drop(permit);
        thread.join().unwrap();
        assert_eq!(behind.wakes(), 1);
        drop(behind.assert_ready());
        assert_eq!(order.so_far(), [0, 1]);
        assert_counts(&semaphore, 1, 0, 0);
    });
}

#[test]
fn threads_are_served_in_the_order_in_which_they_came() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let order = Order::new();
        let threads: Vec<_> = (0..6)
            .map(|index| {
                let (of_thread, log) = (Arc::clone(&semaphore), order.clone());
                let thread = thread::spawn(move || {
                    let permit = match index % 3 {
                        0 => of_thread.acquire_many_blocking(3),
                        1 => of_thread.acquire_many(3).block(),
                        _ => of_thread
                            .acquire_many(3)
                            .block_timeout(Duration::MAX)
                            .unwrap(),
                    };
                    log.enter(index);
                    drop(permit);
                });
                until(|| semaphore.waiters() == index + 1);
                thread
            })
            .collect();
        // Enough for one waiter at a time.
        semaphore.release(3).unwrap();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(order.so_far(), [0, 1, 2, 3, 4, 5]);
        assert_counts(&semaphore, 3, 0, 0);
    });
}

#[test]
fn one_release_wakes_several_threads() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let of_thread = Arc::clone(&semaphore);
                thread::spawn(move || of_thread.acquire_blocking().forget())
            })
            .collect();
        until(|| semaphore.waiters() == 3);
        semaphore.release(3).unwrap();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_counts(&semaphore, 0, 0, 0);
    });
}

#[test]
fn a_wait_that_times_out_gives_up_its_position() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let permit = semaphore.try_acquire().unwrap();
        for timeout in [Duration::ZERO, Duration::from_millis(2)] {
            assert!(semaphore.acquire_blocking_timeout(timeout).is_none());
            let owned = Arc::clone(&semaphore).acquire_owned();
            assert!(owned.block_timeout(timeout).is_none());
            assert_eq!(semaphore.waiters(), 0);
        }
        assert_eq!(Arc::strong_count(&semaphore), 1);
        drop(permit);
        assert!(semaphore.acquire_blocking_timeout(Duration::ZERO).is_some());
        assert_counts(&semaphore, 1, 0, 0);
    });
}

#[test]
fn a_large_first_request_that_times_out_lets_the_next_ones_through() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(2));
        let of_thread = Arc::clone(&semaphore);
        let thread = thread::spawn(move || {
            let timeout = Duration::from_millis(20);
            of_thread.acquire_many(3).block_timeout(timeout).is_none()
        });
        until(|| semaphore.waiters() == 1 || thread.is_finished());
        let mut behind = Polled::new(semaphore.acquire_many(2));
        let early = behind.poll();
        assert!(thread.join().unwrap());
        match early {
            Poll::Ready(permit) => drop(permit),
            Poll::Pending => drop(behind.assert_ready()),
        }
        assert_counts(&semaphore, 2, 0, 0);
    });
}

#[test]
fn blocking_works_inside_every_runtime() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let use_it = async || {
            drop(semaphore.acquire_blocking());
            drop(semaphore.acquire_many_blocking(1));
            assert!(semaphore.acquire_blocking_timeout(Duration::ZERO).is_some());
        };
        future::block_on(use_it());
        let tokio = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        tokio.block_on(use_it());

        // Another thread takes it meanwhile.
        let permit = semaphore.try_acquire().unwrap();
        let of_thread = Arc::clone(&semaphore);
        let thread = thread::spawn(move || {
            let tokio = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            tokio.block_on(async { drop(of_thread.acquire_blocking()) });
        });
        until(|| semaphore.waiters() == 1);
        drop(permit);
        thread.join().unwrap();
        assert_counts(&semaphore, 1, 0, 0);
    });
}

/// Adds `count` to the permits in use, checks the limit, and subtracts it.
fn use_permits(users: &AtomicUsize, count: usize, most: usize) {
    let before = users.fetch_add(count, Ordering::SeqCst);
    assert!(before + count <= most, "{before} + {count} are inside");
    thread::yield_now();
    users.fetch_sub(count, Ordering::SeqCst);
}

#[test]
fn threads_tasks_and_cancels_together_lose_nothing() {
    watched(|| {
        let shared = Arc::new((Semaphore::bounded(5), AtomicUsize::new(0)));
        let threads: Vec<_> = (0..4)
            .map(|seed| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (semaphore, users) = &*shared;
                    let mut random = Random::new(seed);
                    for _ in 0..rounds(2_000) {
                        let count = random.below(6);
                        let permit = match random.below(5) {
                            0 => Some(semaphore.acquire_many_blocking(count)),
                            1 => Some(future::block_on(semaphore.acquire_many(count))),
                            2 => semaphore.try_acquire_many(count),
                            3 => {
                                let timeout = Duration::from_micros(random.below(50) as u64);
                                semaphore.acquire_many(count).block_timeout(timeout)
                            }
                            // Dropped while it waits, or after it was granted.
                            _ => match Polled::new(semaphore.acquire_many(count)).poll() {
                                Poll::Ready(permit) => Some(permit),
                                Poll::Pending => None,
                            },
                        };
                        if let Some(permit) = permit {
                            assert_eq!(permit.permits(), count);
                            use_permits(users, count, 5);
                        }
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let (semaphore, _) = &*shared;
        assert_eq!(semaphore.waiters(), 0);
        assert_counts(semaphore, 5, 0, 0);
        assert!(semaphore.try_acquire_many(5).is_some());
    });
}

#[test]
fn releases_debts_and_wandering_futures_on_many_threads_lose_nothing() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(4));
        let bag = Arc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4)
            .map(|seed| {
                let (semaphore, bag) = (Arc::clone(&semaphore), Arc::clone(&bag));
                thread::spawn(move || {
                    let mut random = Random::new(seed);
                    let mut balance = 0;
                    for _ in 0..rounds(3_000) {
                        match random.below(8) {
                            0 => {
                                semaphore.release(2).unwrap();
                                balance += 2;
                            }
                            1 => {
                                semaphore.reduce(2);
                                balance -= 2;
                            }
                            2 => balance -= semaphore.drain(1) as isize,
                            3..6 => {
                                let count = random.below(4);
                                let future = Arc::clone(&semaphore).acquire_many_owned(count);
                                bag.lock().unwrap().push(Polled::new(future));
                            }
                            _ => {
                                let found: Option<Polled<_>> = bag.lock().unwrap().pop();
                                let Some(mut waiter) = found else { continue };
                                match waiter.poll() {
                                    Poll::Ready(permit) if random.below(5) == 0 => {
                                        balance -= permit.permits() as isize;
                                        permit.forget();
                                    }
                                    Poll::Ready(permit) => drop(permit),
                                    Poll::Pending if random.below(3) == 0 => drop(waiter),
                                    Poll::Pending => bag.lock().unwrap().insert(0, waiter),
                                }
                            }
                        }
                    }
                    balance
                })
            })
            .collect();
        let balance: isize = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum();
        bag.lock().unwrap().clear();
        assert_eq!(semaphore.waiters(), 0);
        // If there is a debt, its permits are missing.
        let total = 4 + balance;
        let debt = usize::try_from(-total).unwrap_or(0);
        semaphore.release(debt + 1).unwrap();
        let rest = usize::try_from(total).unwrap_or(0) + 1;
        assert_counts(&semaphore, rest, 0, 0);
        assert!(semaphore.try_acquire_many(rest).is_some());
    });
}
