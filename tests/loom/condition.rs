//! Condition: wait against notify, and every state of the train in which a waiter can
//! give up. A run has a conductor for each two in a model, and a poll carries two.

use std::pin::Pin;
use std::sync::Arc;

use aiosync::futures::ConditionWaitOwned;
use aiosync::{Condition, Lock};
use loom::future::block_on;
use loom::thread;

use crate::explore::{explore, poll_once};

type Wait = Pin<Box<ConditionWaitOwned<'static, u32>>>;

/// A condition for a model's threads. Leaked: its waits are sent to threads, and loom
/// knows no scoped ones. Each execution leaks a few bytes.
fn condition() -> &'static Condition {
    Box::leak(Box::new(Condition::new()))
}

/// A registered wait.
fn registered(condition: &'static Condition, lock: &Arc<Lock<u32>>) -> Wait {
    let guard = Arc::clone(lock).try_lock_owned().unwrap();
    let mut wait = Box::pin(condition.wait_owned(guard));
    assert!(poll_once(&mut wait).is_pending());
    wait
}

/// Breaks if `Passenger::register` gives the lock back before it is registered: the
/// notification falls between.
#[test]
fn a_notification_under_the_lock_is_never_missed() {
    explore("condition: wait against notify", 48, || {
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

/// Breaks if `Stations::carry` takes the own node only: the other, who was not woken,
/// sleeps for ever. Loom also sees the data raced for if the carried lock is granted
/// without Acquire and Release.
#[test]
fn a_notified_run_gets_the_lock_one_after_the_other() {
    explore("condition: notify_all to 2 waiters", 6_900, || {
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

/// Breaks if a notification with the lock held loses the order between the line and the
/// notified, or the unlock misses those who were just carried.
#[test]
fn a_run_that_was_notified_under_the_lock_waits_for_it() {
    explore("condition: notify with the lock held", 23_200, || {
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

/// Breaks if a conductor that is dropped does not pass its role on
/// (`Stations::withdraw` without `conduct`). Nobody notifies again.
#[test]
fn the_role_of_a_cancelled_conductor_passes_on() {
    explore("condition: cancelled conductor", 110, || {
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

/// Breaks if a waiter that is dropped after `notify_one` does not pass the notification
/// on, in any of its states: notified, carried, granted. Nobody notifies again.
#[test]
fn the_notification_of_a_cancelled_waiter_goes_to_the_next() {
    explore("condition: notify_one against drop", 7_000, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let mut first = registered(condition, &lock);
        let second = registered(condition, &lock);
        let waiter = thread::spawn(move || *block_on(second) += 1);
        let other = Arc::clone(&lock);
        let holder = thread::spawn(move || drop(block_on(other.lock())));
        assert!(condition.notify_one());
        // Carried into the line or granted, as the holder has it.
        let _ = poll_once(&mut first).map(drop);
        drop(first);
        // The first may have completed; then its notification is used up.
        condition.notify_one();
        waiter.join().unwrap();
        holder.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1);
    });
}

/// Breaks if a drop that races with the notification loses it (`Passenger::cancel`
/// without a second look).
#[test]
fn a_drop_that_races_with_notify_one_loses_no_notification() {
    explore("condition: notify_one racing a drop", 230, || {
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

/// Breaks if a carried waiter that leaves keeps a lock that it was granted meanwhile: the
/// lock is never free again.
#[test]
fn a_carried_waiter_that_leaves_frees_the_line() {
    explore("condition: drop in the line against unlock", 10, || {
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
    });
}

/// Breaks if the keys of two locks are mixed up: a waiter would be carried into the line
/// of the other's lock, or its run would have no conductor.
#[test]
fn waiters_of_two_locks_each_get_their_own() {
    explore("condition: two locks", 1_550, || {
        let condition = condition();
        let locks = [Arc::new(Lock::new(0)), Arc::new(Lock::new(10))];
        let waits = [
            registered(condition, &locks[0]),
            registered(condition, &locks[1]),
        ];
        let waiters = waits.map(|wait| thread::spawn(move || *block_on(wait) += 1));
        assert_eq!(condition.notify_all(), 2);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(*locks[0].try_lock().unwrap(), 1);
        assert_eq!(*locks[1].try_lock().unwrap(), 11);
    });
}

/// Breaks if a poll does not go on until it has carried its own node: the last has used
/// up its wake, and nobody wakes it again. (Two are carried at a time in a model.)
#[test]
fn those_left_behind_are_carried_too() {
    explore("condition: a run longer than a train", 300, || {
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

/// Breaks if the first of those that a poll leaves behind is not made a conductor. The
/// first of all has left, so that a poll, which carries two, ends inside a run's half.
#[test]
fn the_first_that_is_left_behind_is_woken() {
    explore("condition: a run that a train tears", 20, || {
        let lock = Arc::new(Lock::new(0));
        let condition = condition();
        let mut waits = [(); 4].map(|()| Some(registered(condition, &lock)));
        let last = waits[3].take().unwrap();
        let waiter = thread::spawn(move || *block_on(last) += 1);
        assert_eq!(condition.notify_all(), 4);
        drop(waits[0].take());
        for wait in waits.into_iter().flatten() {
            *block_on(wait) += 1;
        }
        waiter.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 3);
    });
}

/// Breaks if a waiter that was notified by number and leaves the line, or leaves with the
/// lock, keeps its notification or the lock. Nobody notifies again.
#[test]
fn the_notification_of_a_carried_waiter_that_leaves_goes_to_the_next() {
    explore(
        "condition: carried waiter's drop against unlock",
        2_300,
        || {
            let lock = Arc::new(Lock::new(0));
            let condition = condition();
            let mut first = registered(condition, &lock);
            let second = registered(condition, &lock);
            let guard = lock.try_lock().unwrap();
            assert!(condition.notify_one());
            // Into the line, behind the guard.
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
