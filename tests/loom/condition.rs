//! Condition: a wait against a notification, and every state in which a waiter can be
//! dropped. A requeue moves two waiters under one hold of the mutexes in a model.

use std::pin::Pin;
use std::sync::Arc;

use aiosync::futures::ConditionWaitOwned;
use aiosync::{Condition, Lock};
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, poll_once};

type Wait = Pin<Box<ConditionWaitOwned<'static, u32>>>;

/// Leaks a condition: its waits are sent to threads, and loom has no scoped threads. Each
/// execution leaks a few bytes.
fn condition() -> &'static Condition {
    Box::leak(Box::new(Condition::new()))
}

/// Registers a wait.
fn registered(condition: &'static Condition, lock: &Arc<Lock<u32>>) -> Wait {
    let guard = Arc::clone(lock).try_lock_owned().unwrap();
    let mut wait = Box::pin(condition.wait_owned(guard));
    assert!(poll_once(&mut wait).is_pending());
    wait
}

/// Breaks if `ConditionWaiter::register` releases the lock before it registers the waiter:
/// the notification falls in between.
#[test]
fn a_notification_under_the_lock_is_never_missed() {
    explore("condition: wait against notify", 150, || {
        let shared = Arc::new((Lock::new(false), Condition::new()));
        let other = Arc::clone(&shared);
        let waiter = thread::spawn(move || {
            let (lock, condition) = &*other;
            let guard = block_on(lock.lock());
            let guard = block_on(condition.wait_while(guard, |done| !*done));
            assert!(*guard);
        });
        *block_on(shared.0.lock()) = true;
        shared.1.notify_one();
        waiter.join().unwrap();
        assert!(shared.0.try_lock().is_some());
    });
}

/// Breaks if `ConditionWaiters::notify_first` does not wake the first notified waiter. Loom
/// also sees a race for the data if the lock is handed off without Acquire and Release.
#[test]
fn notified_waiters_get_the_lock_one_after_the_other() {
    explore("condition: notify_all to 2 waiters", 13_000, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let waiters = [registered(condition, &lock), registered(condition, &lock)]
            .map(|wait| thread::spawn(move || *block_on(wait) += 1));
        assert_eq!(condition.notify_all(), 2);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if `LockWord::lock_or_queue` does not set `QUEUED` for a waiter that is requeued
/// while another thread unlocks.
#[test]
fn waiters_that_are_notified_under_the_lock_wait_for_it() {
    explore("condition: notify with the lock held", 66_000, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let waiters = [registered(condition, &lock), registered(condition, &lock)]
            .map(|wait| thread::spawn(move || *block_on(wait) += 1));
        let guard = block_on(lock.lock());
        let notified = condition.notify_all();
        drop(guard);
        assert_eq!(notified, 2);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if `ConditionWaiters::leave` does not wake the next notified waiter. Nobody
/// notifies again.
#[test]
fn the_next_notified_waiter_is_woken_if_the_first_is_dropped() {
    explore("condition: drop of the first notified waiter", 200, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let first = registered(condition, &lock);
        let second = registered(condition, &lock);
        // Perhaps asleep by the time of the notification, which wakes the first only.
        let waiter = thread::spawn(move || *block_on(second) += 1);
        assert_eq!(condition.notify_all(), 2);
        drop(first);
        waiter.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1);
    });
}

/// Breaks if a waiter that is dropped after `notify_one` does not pass the notification on,
/// in any of its states: notified, requeued, granted. Nobody notifies again.
#[test]
fn the_notification_of_a_dropped_waiter_goes_to_the_next() {
    explore("condition: notify_one against drop", 11_000, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let mut first = registered(condition, &lock);
        let second = registered(condition, &lock);
        let waiter = thread::spawn(move || *block_on(second) += 1);
        let other = Arc::clone(&lock);
        let holder = thread::spawn(move || drop(block_on(other.lock())));
        assert!(condition.notify_one());
        // It is requeued or granted, which depends on the holder.
        let has_completed = poll_once(&mut first).is_ready();
        drop(first);
        if has_completed {
            // Its notification is used up.
            condition.notify_one();
        }
        waiter.join().unwrap();
        holder.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1);
    });
}

/// Breaks if a drop that races with the notification loses it: `ConditionWaiters::leave`
/// without passing it on.
#[test]
fn a_drop_that_races_with_notify_one_loses_no_notification() {
    explore("condition: notify_one racing a drop", 220, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let first = registered(condition, &lock);
        let second = registered(condition, &lock);
        let dropper = thread::spawn(move || drop(first));
        let waiter = thread::spawn(move || *block_on(second) += 1);
        assert!(condition.notify_one());
        dropper.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1);
    });
}

/// Breaks if `ConditionWaiter::cancel` keeps a lock that was granted meanwhile: the lock is
/// never free again.
#[test]
fn a_requeued_waiter_that_is_dropped_frees_the_lock() {
    explore(
        "condition: drop in the wait queue against unlock",
        9,
        || {
            let lock = Arc::new(Lock::new(0));
            let condition = condition();
            let mut wait = registered(condition, &lock);
            let guard = lock.try_lock().unwrap();
            assert!(condition.notify_one());
            assert!(poll_once(&mut wait).is_pending());
            assert_eq!(lock.waiters(), 1);
            let dropper = thread::spawn(move || drop(wait));
            drop(guard);
            dropper.join().unwrap();
            assert!(lock.try_lock().is_some());
        },
    );
}

/// Breaks if a drop looks at the state of the node before it takes the mutex, and not again:
/// another poll has requeued the node meanwhile.
#[test]
fn a_drop_that_races_with_a_requeue_unlinks_the_node_where_it_is() {
    explore("condition: drop against requeue", 82, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let first = registered(condition, &lock);
        let second = registered(condition, &lock);
        assert_eq!(condition.notify_all(), 2);
        let dropper = thread::spawn(move || drop(second));
        *block_on(first) += 1;
        dropper.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1);
    });
}

/// Breaks if a poll stores its waker under a mutex that no longer guards the node: another
/// poll has requeued the node while this one cloned the waker.
#[test]
fn a_requeue_during_a_poll_with_another_waker_is_not_lost() {
    explore("condition: requeue against waker replacement", 890, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let first = registered(condition, &lock);
        let guard = Arc::clone(&lock).try_lock_owned().unwrap();
        let mut second = Box::pin(condition.wait_owned(guard));
        let wakes = Wakes::new();
        assert!(wakes.poll(&mut second).is_pending());
        let waiter = thread::spawn(move || *block_on(second) += 1);
        assert_eq!(condition.notify_all(), 2);
        *block_on(first) += 1;
        waiter.join().unwrap();
        assert!(wakes.count() <= 1);
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if `ConditionWaiters::requeue` ends after its first step: the last waiter has used
/// up its wake, and nobody wakes it again.
#[test]
fn a_poll_requeues_more_waiters_than_one_step_moves() {
    explore("condition: a requeue of 3 waiters", 1_100, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let mut waits = [(); 3].map(|()| Some(registered(condition, &lock)));
        assert_eq!(condition.notify_all(), 3);
        let last = waits[2].take().unwrap();
        let waiter = thread::spawn(move || *block_on(last) += 1);
        for wait in waits.into_iter().flatten() {
            *block_on(wait) += 1;
        }
        waiter.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 3);
    });
}

/// Breaks if `ConditionWaiters::requeue` does not wake the first of the waiters that were
/// notified between its steps.
#[test]
fn a_waiter_that_is_notified_during_a_requeue_is_woken() {
    explore("condition: notify_one against a requeue", 18_000, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let mut waits = [(); 3].map(|()| registered(condition, &lock));
        let late = registered(condition, &lock);
        assert_eq!(condition.notify(3), 3);
        let waiter = thread::spawn(move || *block_on(late) += 1);
        let notifier = thread::spawn(move || assert!(condition.notify_one()));
        // Two steps. The others are in the lock's wait queue afterwards, and granted in turn.
        for wait in &mut waits {
            *block_on(wait) += 1;
        }
        notifier.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 4);
    });
}

/// Breaks if a step of `ConditionWaiters::requeue` does not look again which lock the condition
/// serves. Between two steps the last waiter of the first lock leaves, and a waiter of another
/// lock registers: it must not enter the first lock's wait queue.
#[test]
fn a_requeue_leaves_the_waiters_of_the_next_lock_alone() {
    explore("condition: two locks and a requeue", 170, || {
        let (lock, next) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
        let condition = condition();
        let [first, second, last] = [(); 3].map(|()| registered(condition, &lock));
        assert_eq!(condition.notify_all(), 3);
        let other = Arc::clone(&next);
        let thread = thread::spawn(move || {
            drop(last);
            let is_free = format!("{condition:?}").contains("notified_not_requeued: 0");
            if is_free {
                let wait = registered(condition, &other);
                assert!(condition.notify_one());
                *block_on(wait) += 1;
            }
            is_free
        });
        for wait in [first, second] {
            *block_on(wait) += 1;
        }
        let served = thread.join().unwrap();
        assert_eq!(*next.try_lock().unwrap(), u32::from(served));
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if a requeued waiter that is dropped keeps the notification of `notify_one`, or
/// the lock that it was granted meanwhile. Nobody notifies again.
#[test]
fn the_notification_of_a_requeued_waiter_that_is_dropped_goes_to_the_next() {
    explore(
        "condition: drop of a requeued waiter, and its heir",
        3_800,
        || {
            let lock = Arc::new(Lock::new(0));
            let condition = condition();
            let mut first = registered(condition, &lock);
            let second = registered(condition, &lock);
            let guard = lock.try_lock().unwrap();
            assert!(condition.notify_one());
            // Into the wait queue, behind the guard.
            assert!(poll_once(&mut first).is_pending());
            let dropper = thread::spawn(move || drop(first));
            let waiter = thread::spawn(move || *block_on(second) += 1);
            drop(guard);
            dropper.join().unwrap();
            waiter.join().unwrap();
            assert_eq!(*lock.try_lock().unwrap(), 1);
        },
    );
}
