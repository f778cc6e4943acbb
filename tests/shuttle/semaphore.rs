//! Semaphore: weights, cancelled waits, and debts, all at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::Semaphore;
use shuttle::future::{spawn, yield_now};
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, poll_once, schedules};

/// The number of permits in use. shuttle does not know this atomic.
#[derive(Default)]
struct Use(AtomicUsize);

impl Use {
    fn begin(&self, n: usize) {
        let before = self.0.fetch_add(n, Ordering::Relaxed);
        assert!(before + n <= 4, "{} of 4 permits are in use", before + n);
    }

    fn end(&self, n: usize) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }
}

/// Breaks if a grant takes fewer permits than requested, or if a release stops while there are
/// enough permits for the first request (`RawSemaphore::settle_with`).
#[test]
fn weighted_requests_never_use_more_permits_than_there_are() {
    schedules(
        "semaphore: weights of 6 tasks, 2 threads",
        20_000,
        9_900,
        || {
            let semaphore = Arc::new(Semaphore::bounded(4));
            let in_use = Arc::new(Use::default());
            let log = Log::new();
            let tasks = (0..6).map(|who| {
                let (semaphore, in_use, log) = (
                    Arc::clone(&semaphore),
                    Arc::clone(&in_use),
                    Arc::clone(&log),
                );
                spawn(async move {
                    for round in 0..2 {
                        let weight = 1 + (who + round) % 4;
                        let permit = semaphore.acquire_many(weight).await;
                        in_use.begin(weight);
                        yield_now().await;
                        in_use.end(weight);
                        log.push(who);
                        drop(permit);
                    }
                })
            });
            let tasks: Vec<_> = tasks.collect();
            let threads = (6..8).map(|who| {
                let (semaphore, log) = (Arc::clone(&semaphore), Arc::clone(&log));
                thread::spawn(move || {
                    drop(semaphore.acquire_many_blocking(3));
                    log.push(who);
                })
            });
            let threads: Vec<_> = threads.collect();
            join(tasks);
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(semaphore.available_permits(), 4);
            assert_eq!(semaphore.waiters(), 0);
            log.take()
        },
    );
}

/// Breaks if a first waiter that leaves does not settle, or if the permits of a dropped grant are
/// lost or counted twice.
#[test]
fn first_waiters_that_leave_lose_no_permit_and_block_nobody() {
    schedules("semaphore: 4 wait, 4 may leave", 20_000, 3_200, || {
        let semaphore = Arc::new(Semaphore::bounded(4));
        let in_use = Arc::new(Use::default());
        let log = Log::new();
        let tasks = (0..8).map(|who| {
            let (semaphore, in_use, log) = (
                Arc::clone(&semaphore),
                Arc::clone(&in_use),
                Arc::clone(&log),
            );
            spawn(async move {
                let weight = 1 + who / 2;
                let permit = if who % 2 == 0 {
                    semaphore.acquire_many(weight).await
                } else {
                    let Some(permit) = or_give_up(semaphore.acquire_many(5 - weight)).await else {
                        return;
                    };
                    permit
                };
                let weight = permit.permits();
                in_use.begin(weight);
                yield_now().await;
                in_use.end(weight);
                log.push(who);
            })
        });
        let tasks: Vec<_> = tasks.collect();
        join(tasks);
        assert_eq!(semaphore.available_permits(), 4);
        assert_eq!(semaphore.waiters(), 0);
        log.take()
    });
}

/// Breaks if a first waiter that leaves does not settle (`Wait::unlink`). The released permits are
/// enough for the small requests and never for a large one, and nobody gives permits back.
#[test]
fn first_waiters_that_leave_let_smaller_requests_pass() {
    schedules(
        "semaphore: 4 small requests behind 3 large ones",
        20_000,
        250,
        || {
            let semaphore = Arc::new(Semaphore::new(0));
            let log = Log::new();
            let mut tasks = Vec::new();
            for who in 0..7 {
                let large = who % 2 == 0 && who < 6;
                let weight = if large { 5 } else { 1 };
                let mut wait = Box::pin(Arc::clone(&semaphore).acquire_many_owned(weight));
                assert!(poll_once(wait.as_mut()).is_pending());
                let log = Arc::clone(&log);
                tasks.push(spawn(async move {
                    if large {
                        assert!(or_give_up(wait).await.is_none());
                    } else {
                        wait.await.forget();
                    }
                    log.push(who);
                }));
            }
            let releasers = [1, 3].map(|n| {
                let semaphore = Arc::clone(&semaphore);
                thread::spawn(move || semaphore.release(n).unwrap())
            });
            for releaser in releasers {
                releaser.join().unwrap();
            }
            join(tasks);
            assert_eq!(semaphore.available_permits(), 0);
            assert_eq!(semaphore.total_permits(), 0);
            log.take()
        },
    );
}

/// Breaks if a release pays a debt twice or not at all, or if two concurrent releases lose the
/// second wake.
#[test]
fn a_debt_is_paid_before_any_waiter_is_served() {
    schedules("semaphore: 6 waiters, debt of 3", 20_000, 240, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let log = Log::new();
        let mut tasks = Vec::new();
        for who in 0..6 {
            let mut wait = Box::pin(Arc::clone(&semaphore).acquire_owned());
            assert!(poll_once(wait.as_mut()).is_pending());
            let log = Arc::clone(&log);
            tasks.push(spawn(async move {
                if who % 3 == 2 {
                    if let Some(permit) = or_give_up(wait).await {
                        log.push(who);
                        permit.forget();
                        return 1;
                    }
                    return 0;
                }
                wait.await.forget();
                log.push(who);
                1
            }));
        }
        let other = Arc::clone(&semaphore);
        let reducer = thread::spawn(move || other.reduce(3));
        let releasers = [(); 3].map(|()| {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || {
                semaphore.release(1).unwrap();
                semaphore.release(2).unwrap();
            })
        });
        reducer.join().unwrap();
        for releaser in releasers {
            releaser.join().unwrap();
        }
        let taken: usize = join(tasks).into_iter().sum();
        let order = log.take();
        // Of 9 permits, 3 pay the debt; the waiters take up to 6.
        assert_eq!(semaphore.available_permits(), 6 - taken);
        (order, taken)
    });
}
