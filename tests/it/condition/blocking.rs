//! Threads: they wait in one queue with the tasks, with and without a timeout.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aiosync::futures::LockFuture;
use aiosync::{Condition, Lock};

use super::{assert_idle, assert_usable, wait};
use crate::common::{CountingWaker, Polled, until, watched};

/// Times out at once, and after a while.
const TIMEOUTS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(1)];

#[test]
fn a_thread_waits_until_it_is_notified() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| *condition.wait_blocking(lock.lock_blocking()));
            until(|| condition.waiters() == 1);
            *lock.lock_blocking() = 7;
            assert!(condition.notify_one());
            assert_eq!(waiting.join().unwrap(), 7);
        });
        assert_usable(&condition, &lock);
    });
}

#[test]
fn each_future_may_be_driven_by_a_thread() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let owned = || Arc::clone(&lock).lock_owned().block();
        type Drive<'a> = &'a (dyn Fn() -> u32 + Sync);
        let drives: [Drive<'_>; 6] = [
            &|| *condition.wait(lock.lock_blocking()).block(),
            &|| *condition.wait_owned(owned()).block(),
            &|| {
                *condition
                    .wait_while(lock.lock_blocking(), |value| *value < 7)
                    .block()
            },
            &|| {
                *condition
                    .wait_while_owned(owned(), |value| *value < 7)
                    .block()
            },
            &|| {
                let test = |value: &mut u32| (*value == 7).then_some(*value);
                condition.wait_for(lock.lock_blocking(), test).block().1
            },
            &|| {
                let test = |value: &mut u32| (*value == 7).then_some(*value);
                let long = Duration::from_secs(3600);
                condition
                    .wait_for_owned(owned(), test)
                    .block_timeout(long)
                    .unwrap()
                    .1
            },
        ];
        for drive in drives {
            *lock.try_lock().unwrap() = 0;
            thread::scope(|scope| {
                let waiting = scope.spawn(drive);
                until(|| condition.waiters() == 1);
                *lock.lock_blocking() = 7;
                assert_eq!(condition.notify_all(), 1);
                assert_eq!(waiting.join().unwrap(), 7);
            });
            assert_idle(&condition, &lock);
        }
    });
}

#[test]
fn a_future_whose_time_is_over_has_left_nothing_behind() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let guard = || lock.try_lock().unwrap();
        let owned = || Arc::clone(&lock).try_lock_owned().unwrap();
        for timeout in TIMEOUTS {
            assert!(condition.wait(guard()).block_timeout(timeout).is_none());
            assert_idle(&condition, &lock);
            assert!(
                condition
                    .wait_owned(owned())
                    .block_timeout(timeout)
                    .is_none()
            );
            assert_idle(&condition, &lock);
            let wait = condition.wait_while(guard(), |value| *value < 7);
            assert!(wait.block_timeout(timeout).is_none());
            assert_idle(&condition, &lock);
            let wait = condition.wait_while_owned(owned(), |value| *value < 7);
            assert!(wait.block_timeout(timeout).is_none());
            assert_idle(&condition, &lock);
            let wait = condition.wait_for(guard(), |_| None::<()>);
            assert!(wait.block_timeout(timeout).is_none());
            assert_idle(&condition, &lock);
            let wait = condition.wait_for_owned(owned(), |_| None::<()>);
            assert!(wait.block_timeout(timeout).is_none());
            assert_usable(&condition, &lock);
        }
        assert_eq!(Arc::strong_count(&lock), 1);
    });
}

#[test]
fn a_wait_that_times_out_has_the_lock_again() {
    watched(|| {
        for timeout in TIMEOUTS {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let guard = lock.try_lock().unwrap();
            let (mut guard, notified) = condition.wait_blocking_timeout(guard, timeout);
            assert!(!notified);
            *guard += 1;
            assert!(lock.try_lock().is_none());
            assert_eq!((condition.waiters(), condition.notify_all()), (0, 0));
            drop(guard);
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn a_wait_that_times_out_enters_the_locks_wait_queue_at_the_back() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Lock::new(Vec::new()));
        let guard = lock.try_lock().unwrap();
        let mut ahead = Polled::waiting(lock.lock());
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let (mut guard, notified) = condition.wait_blocking_timeout(guard, Duration::ZERO);
                guard.push("timed out");
                notified
            });
            // Its own wait has handed the lock off to the waiter ahead.
            until(|| ahead.wakes() == 1 && lock.waiters() == 1);
            assert_eq!(condition.waiters(), 0);
            assert!(
                !condition.notify_one(),
                "it does not wait for that any more"
            );
            ahead.assert_ready().push("ahead");
            assert!(!waiting.join().unwrap());
        });
        assert_eq!(*lock.try_lock().unwrap(), ["ahead", "timed out"]);
    });
}

#[test]
fn a_wait_that_was_notified_in_time_waits_for_the_lock_and_has_not_timed_out() {
    watched(|| {
        for way in ["one", "all"] {
            let condition: Arc<Condition> = Arc::default();
            let lock = Lock::new(Vec::new());
            let guard = lock.try_lock().unwrap();
            // The wait hands the lock off to the waiter ahead, whose waker notifies before
            // the wait looks at the time.
            let waker = CountingWaker::calling({
                let condition = Arc::clone(&condition);
                move || match way {
                    "one" => assert!(condition.notify_one()),
                    _ => assert_eq!(condition.notify_all(), 1),
                }
            });
            let mut ahead = Polled::waiting_with(lock.lock(), waker);
            thread::scope(|scope| {
                let waiting = scope.spawn(|| {
                    let (mut guard, notified) =
                        condition.wait_blocking_timeout(guard, Duration::ZERO);
                    guard.push("notified");
                    notified
                });
                until(|| ahead.wakes() == 1 && lock.waiters() == 1);
                assert_eq!(condition.waiters(), 0);
                ahead.assert_ready().push("ahead");
                assert!(waiting.join().unwrap(), "it was notified");
            });
            assert_eq!(*lock.try_lock().unwrap(), ["ahead", "notified"]);
        }
    });
}

#[test]
fn a_future_that_times_out_after_its_notification_passes_it_on() {
    watched(|| {
        static CONDITION: Condition = Condition::new();
        static LOCK: Lock<u32> = Lock::new(0);
        let guard = LOCK.try_lock().unwrap();
        let heir = Arc::new(Mutex::new(None));
        let ahead = Arc::new(Mutex::new(None));
        // The lock that the wait releases goes to this waiter, whose wake registers the heir
        // and notifies the wait.
        let waker = CountingWaker::calling({
            let (heir, ahead) = (Arc::clone(&heir), Arc::clone(&ahead));
            move || {
                let mut ahead: Polled<LockFuture<'_, u32>> = ahead.lock().unwrap().take().unwrap();
                let guard = ahead.assert_ready();
                let waiter = Polled::waiting(CONDITION.wait(guard));
                assert!(CONDITION.notify_one());
                assert_eq!((waiter.wakes(), CONDITION.waiters()), (0, 1));
                *heir.lock().unwrap() = Some(waiter);
            }
        });
        *ahead.lock().unwrap() = Some(Polled::waiting_with(LOCK.lock(), waker));
        assert!(
            CONDITION
                .wait(guard)
                .block_timeout(Duration::ZERO)
                .is_none()
        );
        let mut heir = heir.lock().unwrap().take().unwrap();
        assert_eq!((heir.wakes(), CONDITION.waiters()), (1, 0));
        drop(heir.assert_ready());
        assert!(!LOCK.is_locked());
    });
}

#[test]
fn a_timeout_too_long_for_the_clock_is_none() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let guard = lock.lock_blocking();
                condition.wait_blocking_timeout(guard, Duration::MAX).1
            });
            until(|| condition.waiters() == 1);
            assert!(condition.notify_one());
            assert!(waiting.join().unwrap());
        });
        assert_usable(&condition, &lock);
    });
}

#[test]
fn threads_and_tasks_wait_in_one_queue() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Lock::new(Vec::new()));
        thread::scope(|scope| {
            let thread = |place: usize| {
                let (condition, lock) = (&condition, &lock);
                scope.spawn(move || condition.wait_blocking(lock.lock_blocking()).push(place));
                until(|| condition.waiters() == place + 1);
            };
            let task = |place: usize| {
                let waiter = Polled::waiting(condition.wait(lock.lock_blocking()));
                assert_eq!(condition.waiters(), place + 1);
                waiter
            };
            thread(0);
            let mut second = task(1);
            thread(2);
            thread(3);
            let mut fifth = task(4);
            let taken = |count| until(|| lock.try_lock().is_some_and(|list| list.len() == count));
            assert!(condition.notify_one());
            taken(1);
            assert!(condition.notify_one());
            second.assert_ready().push(1);
            assert!(condition.notify_one());
            taken(3);
            assert_eq!(condition.notify_all(), 2);
            // The thread hands the lock off to the task.
            until(|| fifth.wakes() == 1);
            fifth.assert_ready().push(4);
        });
        assert_eq!(lock.into_inner(), [0, 1, 2, 3, 4]);
    });
}

#[test]
fn a_thread_requeues_tasks_and_a_task_requeues_threads() {
    watched(|| {
        for thread_first in [true, false] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            thread::scope(|scope| {
                let thread = |before| {
                    scope.spawn(|| *condition.wait_blocking(lock.lock_blocking()) += 1);
                    until(|| condition.waiters() == before + 1);
                    // It was registered before it released the lock.
                    drop(lock.lock_blocking());
                };
                let mut task = (!thread_first).then(|| wait(&condition, &lock));
                thread(usize::from(!thread_first));
                thread(2 - usize::from(thread_first));
                let mut task = task.take().unwrap_or_else(|| wait(&condition, &lock));
                let guard = lock.lock_blocking();
                assert_eq!(condition.notify_all(), 3);
                if !thread_first {
                    assert_eq!(lock.waiters(), 0, "nobody else was woken");
                    task.assert_pending();
                }
                until(|| lock.waiters() == 3);
                drop(guard);
                until(|| task.wakes() == 1 + usize::from(!thread_first));
                **task.assert_ready() += 1;
            });
            assert_eq!(*lock.try_lock().unwrap(), 3);
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn a_wait_leaves_the_park_token_of_the_thread_alone() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                thread::current().unpark();
                drop(condition.wait_blocking(lock.lock_blocking()));
                let guard = lock.lock_blocking();
                drop(condition.wait_blocking_timeout(guard, TIMEOUTS[1]));
                // Hangs if the token is gone.
                thread::park();
            });
            until(|| condition.waiters() == 1);
            assert!(condition.notify_one());
            waiting.join().unwrap();
        });
        assert_usable(&condition, &lock);
    });
}

#[test]
fn no_item_is_lost_between_threads_that_wait_and_threads_that_give_up() {
    watched(|| {
        const ITEMS: usize = 600;
        let (filled, taken) = (Condition::new(), Condition::new());
        let (place, sum) = (Lock::new(None), AtomicUsize::new(0));
        let wants_to_give_up = |item: usize| item % 3 == 0;
        thread::scope(|scope| {
            for producer in 0..2 {
                let (filled, taken, place) = (&filled, &taken, &place);
                scope.spawn(move || {
                    for item in (producer..ITEMS).step_by(2) {
                        if wants_to_give_up(item) {
                            let wait = taken.wait_while(place.lock_blocking(), |_| true);
                            assert!(wait.block_timeout(Duration::ZERO).is_none());
                        }
                        let wait = taken.wait_while(place.lock_blocking(), |item| item.is_some());
                        *wait.block() = Some(item + 1);
                        filled.notify_one();
                    }
                });
            }
            for consumer in 0..2 {
                let (filled, taken, place, sum) = (&filled, &taken, &place, &sum);
                scope.spawn(move || {
                    for item in (consumer..ITEMS).step_by(2) {
                        if wants_to_give_up(item) {
                            let wait = filled.wait_while(place.lock_blocking(), |_| true);
                            assert!(wait.block_timeout(Duration::ZERO).is_none());
                        }
                        let wait = filled.wait_for(place.lock_blocking(), Option::take);
                        sum.fetch_add(wait.block().1, Ordering::SeqCst);
                        taken.notify_one();
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), ITEMS * (ITEMS + 1) / 2);
        assert_eq!(
            (filled.waiters(), taken.waiters(), place.waiters()),
            (0, 0, 0)
        );
    });
}
