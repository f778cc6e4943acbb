//! Lock: eight tasks and threads with one lock.

use std::sync::Arc;

use aiosync::Lock;
use shuttle::future::{spawn, yield_now};
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, poll_once, schedules};

/// The shared data: a number, and whether somebody is changing it.
#[derive(Default)]
struct Data {
    number: usize,
    taken: bool,
}

/// Holds the lock over a yield, in which nobody else may change the data.
async fn raise(lock: &Lock<Data>, log: &Log<usize>, who: usize) {
    let mut data = lock.lock().await;
    assert!(!data.taken, "two have the lock");
    data.taken = true;
    let number = data.number;
    yield_now().await;
    data.number = number + 1;
    data.taken = false;
    log.push(who);
}

/// Breaks if an unlock that finds the wait queue does not hand off, or if the hand-off frees
/// the word as well.
#[test]
fn eight_have_the_data_one_at_a_time() {
    schedules("lock: 6 tasks and 2 threads, twice", 20_000, 9_300, || {
        let lock = Arc::new(Lock::new(Data::default()));
        let log = Log::new();
        let tasks = (0..6).map(|who| {
            let (lock, log) = (Arc::clone(&lock), Arc::clone(&log));
            spawn(async move {
                raise(&lock, &log, who).await;
                raise(&lock, &log, who).await;
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let threads = (6..8).map(|who| {
            let (lock, log) = (Arc::clone(&lock), Arc::clone(&log));
            thread::spawn(move || {
                for _ in 0..2 {
                    let mut data = lock.lock_blocking();
                    assert!(!data.taken, "two have the lock");
                    data.number += 1;
                    log.push(who);
                }
            })
        });
        let threads: Vec<_> = threads.collect();
        join(tasks);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(lock.try_lock().expect("nobody has it").number, 16);
        log.take()
    });
}

/// Breaks if a grant that is dropped is not returned (`Wait::cancel`), or goes to nobody.
#[test]
fn waits_that_are_given_up_lose_no_lock() {
    schedules("lock: 4 stay, 4 give up", 20_000, 1_900, || {
        let lock = Arc::new(Lock::new(Data::default()));
        let log = Log::new();
        let tasks = (0..8).map(|who| {
            let (lock, log) = (Arc::clone(&lock), Arc::clone(&log));
            spawn(async move {
                if who % 2 == 0 {
                    raise(&lock, &log, who).await;
                } else if or_give_up(lock.lock()).await.is_some() {
                    log.push(who);
                }
            })
        });
        let tasks: Vec<_> = tasks.collect();
        join(tasks);
        assert_eq!(lock.try_lock().expect("nobody has it").number, 4);
        log.take()
    });
}

/// Breaks if a node that leaves unlinks a neighbour, or if a newcomer overtakes
/// (`LockWord::try_lock` on a word with `QUEUED`).
#[test]
fn waiters_are_served_in_order_while_others_leave() {
    schedules("lock: order of 8, 3 leave, 2 come", 20_000, 140, || {
        let lock = Arc::new(Lock::new(Data::default()));
        let log = Log::new();
        let guard = lock.try_lock().unwrap();
        let mut tasks = Vec::new();
        for who in 0..8 {
            let mut wait = Box::pin(Arc::clone(&lock).lock_owned());
            assert!(poll_once(wait.as_mut()).is_pending());
            let log = Arc::clone(&log);
            tasks.push(spawn(async move {
                if who % 3 == 1 {
                    let guard = or_give_up(wait).await;
                    log.push((who, guard.is_some()));
                } else {
                    let _guard = wait.await;
                    log.push((who, true));
                }
            }));
        }
        for who in 8..10 {
            let (lock, log) = (Arc::clone(&lock), Arc::clone(&log));
            tasks.push(spawn(async move {
                let _guard = lock.lock().await;
                log.push((who, true));
            }));
        }
        drop(guard);
        join(tasks);
        let order = log.take();
        let served = order.iter().filter(|(_, served)| *served);
        let served: Vec<usize> = served.map(|(who, _)| *who).collect();
        let queued = served.iter().filter(|who| **who < 8);
        assert!(queued.is_sorted(), "served out of order: {served:?}");
        assert!(
            served.iter().rev().take(2).all(|who| *who >= 8),
            "a newcomer overtook: {served:?}"
        );
        assert!(lock.try_lock().is_some());
        order
    });
}

/// Breaks if an unlock that finds the wait queue empty does not free the word. No waiter
/// stays.
#[test]
fn a_lock_is_free_when_all_waiters_have_given_up() {
    schedules("lock: 6 give up", 20_000, 4_900, || {
        let lock = Arc::new(Lock::new(()));
        let log = Log::new();
        let guard = lock.try_lock().unwrap();
        let tasks = (0..6).map(|who| {
            let (lock, log) = (Arc::clone(&lock), Arc::clone(&log));
            spawn(async move {
                let guard = or_give_up(lock.lock()).await;
                log.push((who, guard.is_some()));
            })
        });
        let tasks: Vec<_> = tasks.collect();
        drop(guard);
        join(tasks);
        assert!(!lock.is_locked());
        assert!(lock.try_lock().is_some());
        log.take()
    });
}
