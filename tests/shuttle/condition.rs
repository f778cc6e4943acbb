//! Condition: many waiters at once, a buffer that eight tasks share, notifications that pass on.

use std::sync::Arc;

use aiosync::{Condition, Lock};
use shuttle::future::{block_on, spawn};
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, poll_once, schedules};

/// Breaks if `ConditionWaiters::requeue` ends after a step, or does not wake a waiter that was
/// notified between two steps. A step moves two waiters here.
#[test]
fn eight_notified_waiters_get_the_lock_one_after_the_other() {
    schedules(
        "condition: notify_all to 6 tasks, 2 threads",
        20_000,
        6_200,
        || {
            let shared = Arc::new((Lock::new((false, 0)), Condition::new()));
            let log = Log::new();
            let tasks = (0..6).map(|who| {
                let (shared, log) = (Arc::clone(&shared), Arc::clone(&log));
                spawn(async move {
                    let (lock, condition) = &*shared;
                    let guard = lock.lock().await;
                    let mut guard = condition.wait_while(guard, |(ready, _)| !*ready).await;
                    guard.1 += 1;
                    log.push(who);
                })
            });
            let tasks: Vec<_> = tasks.collect();
            let threads = (6..8).map(|who| {
                let (shared, log) = (Arc::clone(&shared), Arc::clone(&log));
                thread::spawn(move || {
                    let (lock, condition) = &*shared;
                    let mut guard = lock.lock_blocking();
                    while !guard.0 {
                        guard = condition.wait_blocking(guard);
                    }
                    guard.1 += 1;
                    log.push(who);
                })
            });
            let threads: Vec<_> = threads.collect();
            block_on(shared.0.lock()).0 = true;
            shared.1.notify_all();
            join(tasks);
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(*shared.0.try_lock().unwrap(), (true, 8));
            assert_eq!(shared.1.waiters(), 0);
            log.take()
        },
    );
}

/// Breaks if a notification is lost between the registration and the unlock, or if a waiter
/// that is dropped does not pass it on. Each item and each free place is one notification.
#[test]
fn a_buffer_loses_no_notification_of_dropped_waiters() {
    struct Buffer {
        items: Lock<Vec<usize>>,
        not_empty: Condition,
        not_full: Condition,
    }
    impl Buffer {
        async fn put(&self, item: usize) {
            let items = self.items.lock().await;
            let mut items = self
                .not_full
                .wait_while(items, |items| items.len() == 2)
                .await;
            items.push(item);
            drop(items);
            self.not_empty.notify_one();
        }

        async fn get(&self) -> usize {
            let items = self.items.lock().await;
            let mut items = self
                .not_empty
                .wait_while(items, |items| items.is_empty())
                .await;
            let item = items.remove(0);
            drop(items);
            self.not_full.notify_one();
            item
        }

        /// Gives up the wait, and passes on a notification that it has.
        async fn look(&self) {
            let items = self.items.lock().await;
            let wait = self.not_empty.wait_while(items, |items| items.is_empty());
            if let Some(items) = or_give_up(wait).await {
                drop(items);
                self.not_empty.notify_one();
            }
        }
    }
    schedules(
        "condition: a buffer, 4 put, 4 get, 2 look",
        20_000,
        4_200,
        || {
            let buffer = Arc::new(Buffer {
                items: Lock::new(Vec::new()),
                not_empty: Condition::new(),
                not_full: Condition::new(),
            });
            let getters = (0..4).map(|_| {
                let buffer = Arc::clone(&buffer);
                spawn(async move { [buffer.get().await, buffer.get().await] })
            });
            let getters: Vec<_> = getters.collect();
            let lookers = (0..2).map(|_| {
                let buffer = Arc::clone(&buffer);
                spawn(async move { buffer.look().await })
            });
            let lookers: Vec<_> = lookers.collect();
            let putters = (0..4).map(|who| {
                let buffer = Arc::clone(&buffer);
                spawn(async move {
                    buffer.put(2 * who).await;
                    buffer.put(2 * who + 1).await;
                })
            });
            let putters: Vec<_> = putters.collect();
            join(putters);
            join(lookers);
            let got = join(getters).concat();
            let mut sorted = got.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..8).collect::<Vec<_>>());
            got
        },
    );
}

/// Breaks if a waiter that is dropped after `notify` does not pass the notification on, in any
/// of its states: notified, requeued, granted (`ConditionWaiters::leave`,
/// `ConditionWaiter::pass_on`). There are as many notifications as waiters that stay.
#[test]
fn notifications_of_dropped_waiters_reach_those_that_stay() {
    schedules(
        "condition: 5 stay, 3 leave, 5 notifications",
        20_000,
        110,
        || {
            let lock = Arc::new(Lock::new(0));
            // Leaked: its waits go to tasks, which ask for `'static`.
            let condition: &'static Condition = Box::leak(Box::new(Condition::new()));
            let log = Log::new();
            let mut tasks = Vec::new();
            for who in 0..8 {
                let guard = Arc::clone(&lock).try_lock_owned().unwrap();
                let mut wait = Box::pin(condition.wait_owned(guard));
                assert!(poll_once(wait.as_mut()).is_pending());
                let log = Arc::clone(&log);
                tasks.push(spawn(async move {
                    if who % 3 == 0 {
                        // It gives what it got to the next waiter, as a drop would.
                        let woken = or_give_up(wait).await.is_some();
                        if woken {
                            condition.notify_one();
                        }
                        log.push((who, woken));
                    } else {
                        *wait.await += 1;
                        log.push((who, true));
                    }
                }));
            }
            let notifiers = [2, 1, 2].map(|n| {
                thread::spawn(move || {
                    // Waiters that were dropped before this took no notification.
                    condition.notify(n);
                })
            });
            for notifier in notifiers {
                notifier.join().unwrap();
            }
            join(tasks);
            assert_eq!(*lock.try_lock().unwrap(), 5);
            assert_eq!(condition.waiters(), 0);
            log.take()
        },
    );
}

/// Breaks if a requeued waiter that is dropped keeps a lock that it was granted meanwhile
/// (`ConditionWaiter::cancel`). No waiter stays.
#[test]
fn a_lock_is_free_when_all_notified_waiters_were_dropped() {
    schedules("condition: 6 notified, all give up", 20_000, 800, || {
        let lock = Arc::new(Lock::new(0));
        // Leaked: its waits go to tasks, which ask for `'static`.
        let condition: &'static Condition = Box::leak(Box::new(Condition::new()));
        let log = Log::new();
        let mut tasks = Vec::new();
        for who in 0..6 {
            let guard = Arc::clone(&lock).try_lock_owned().unwrap();
            let mut wait = Box::pin(condition.wait_owned(guard));
            assert!(poll_once(wait.as_mut()).is_pending());
            let log = Arc::clone(&log);
            tasks.push(spawn(async move {
                let guard = or_give_up(wait).await;
                log.push((who, guard.is_some()));
            }));
        }
        let guard = lock.lock_blocking();
        condition.notify_all();
        for _ in 0..thread_rng().gen_range(0..60) {
            thread::yield_now();
        }
        drop(guard);
        join(tasks);
        assert!(!lock.is_locked());
        assert_eq!(condition.waiters(), 0);
        log.take()
    });
}
