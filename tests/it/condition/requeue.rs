//! Requeueing: only the first notified waiter is woken, the first poll of any of them moves
//! all of them into the lock's wait queue, and there each is woken when it owns the lock.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Condition, Lock};

use super::{assert_idle, wait_all, wakes, woken};
use crate::common::Polled;

/// More than are moved under one hold of the mutexes, which are 32.
const MANY: usize = 100;

/// Polls the waiters in order. Each owns the lock, and hands it off to the next one.
#[track_caller]
fn serve_in_turn(waiters: &mut [super::Waiter<'_>]) {
    for turn in 0..waiters.len() {
        let guard = waiters[turn].assert_ready();
        if let Some(next) = waiters.get_mut(turn + 1) {
            next.assert_pending();
        }
        drop(guard);
    }
}

#[test]
fn only_the_first_notified_waiter_is_woken() {
    for size in [1, 2, 31, 32, 33, MANY] {
        for locked in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let waiters = wait_all(size, &condition, &lock);
            let guard = locked.then(|| lock.try_lock().unwrap());
            assert_eq!(condition.notify_all(), size);
            assert_eq!((condition.waiters(), lock.waiters()), (0, 0));
            assert_eq!(lock.is_locked(), locked);
            drop(guard);
            assert_eq!((woken(&waiters), waiters[0].wakes()), (vec![0], 1));
        }
    }
}

#[test]
fn the_first_poll_of_any_notified_waiter_requeues_all_in_order() {
    for size in [5, 40, MANY] {
        for polled in [0, 1, 2, size - 2, size - 1] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiters = wait_all(size, &condition, &lock);
            let guard = lock.try_lock().unwrap();
            assert_eq!(condition.notify_all(), size);
            assert_eq!(lock.waiters(), 0, "notified, not requeued");
            waiters[polled].assert_pending();
            assert_eq!(lock.waiters(), size, "requeued");
            assert_eq!((woken(&waiters), waiters[0].wakes()), (vec![0], 1));
            drop(guard);
            serve_in_turn(&mut waiters);
            // The first was woken for the requeue. If another was polled before it, its wake
            // is still under way when it is granted.
            let mut expected = vec![1; size];
            expected[0] = if polled == 0 { 2 } else { 1 };
            assert_eq!(wakes(&waiters), expected);
            assert_idle(&condition, &lock);
        }
    }
}

#[test]
fn the_first_notified_waiter_owns_a_free_lock_whichever_waiter_is_polled() {
    for size in [5, 40, MANY] {
        for polled in [1, 2, size - 1] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiters = wait_all(size, &condition, &lock);
            assert_eq!(condition.notify_all(), size);
            waiters[polled].assert_pending();
            assert!(lock.is_locked());
            assert_eq!(lock.waiters(), size - 1);
            assert!(lock.try_lock().is_none());
            // Its wake is under way since the notification.
            assert_eq!((woken(&waiters), waiters[0].wakes()), (vec![0], 1));
            serve_in_turn(&mut waiters);
            assert_eq!(wakes(&waiters), vec![1; size]);
            assert_idle(&condition, &lock);
        }
    }
}

#[test]
fn requeued_waiters_are_woken_one_by_one_when_they_own_the_lock() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(5, &condition, &lock);
    assert_eq!(condition.notify_all(), 5);
    let mut guard = waiters[0].assert_ready();
    for turn in 1..5 {
        // A poll without a wake changes nothing.
        waiters[turn..].iter_mut().for_each(Polled::assert_pending);
        assert!(waiters[turn..].iter().all(|waiter| waiter.wakes() == 0));
        drop(guard);
        assert_eq!(waiters[turn].wakes(), 1);
        assert!(waiters[turn + 1..].iter().all(|waiter| waiter.wakes() == 0));
        guard = waiters[turn].assert_ready();
    }
    drop(guard);
    assert_idle(&condition, &lock);
}

#[test]
fn single_notifications_wake_only_the_first_waiter_until_one_is_polled() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(35, &condition, &lock);
    for _ in 0..35 {
        assert!(condition.notify_one());
        assert_eq!((woken(&waiters), waiters[0].wakes()), (vec![0], 1));
    }
    waiters[20].assert_pending();
    assert_eq!(lock.waiters(), 34, "all except the owner");
    drop(waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn a_waiter_that_is_notified_after_a_requeue_is_woken() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(4, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify(2), 2);
    waiters[0].assert_pending();
    assert_eq!(condition.notify(2), 2);
    assert_eq!(wakes(&waiters), [1, 0, 1, 0]);
    assert_eq!(lock.waiters(), 2);
    waiters[3].assert_pending();
    assert_eq!(lock.waiters(), 4);
    drop(guard);
    serve_in_turn(&mut waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn a_first_waiter_that_nobody_polls_keeps_the_others_waiting_until_one_is_polled() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(MANY, &condition, &lock);
    assert_eq!(condition.notify_all(), MANY);
    *lock.try_lock().unwrap() = 1;
    assert_eq!(woken(&waiters), [0]);
    assert_eq!((condition.waiters(), lock.waiters()), (0, 0));
    waiters[77].assert_pending();
    serve_in_turn(&mut waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn notified_waiters_that_nobody_polls_are_notified_once_and_leave_the_lock_free() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(3, &condition, &lock);
    assert_eq!(condition.notify_all(), 3);
    for _ in 0..3 {
        *lock.try_lock().unwrap() += 1;
        assert_eq!(condition.notify_all(), 0);
        drop(Polled::new(lock.lock()).assert_ready());
    }
    // Later waiters queue behind them, and are not woken in their place.
    let mut late = wait_all(2, &condition, &lock);
    assert_eq!(condition.notify_all(), 2);
    assert_eq!((wakes(&waiters), wakes(&late)), (vec![1, 0, 0], vec![0, 0]));
    late[1].assert_pending();
    serve_in_turn(&mut waiters);
    serve_in_turn(&mut late);
    assert_idle(&condition, &lock);
}

#[test]
fn the_next_notified_waiter_is_woken_each_time_the_first_is_dropped() {
    for polled in [false, true] {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(40, &condition, &lock);
        assert_eq!(condition.notify_all(), 40);
        for _ in 0..39 {
            assert_eq!((woken(&waiters), waiters[0].wakes()), (vec![0], 1));
            drop(waiters.remove(0));
        }
        if polled {
            drop(waiters[0].assert_ready());
        }
        drop(waiters);
        assert_idle(&condition, &lock);
    }
}

#[test]
fn dropping_a_notified_waiter_that_is_not_the_first_wakes_nobody() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(40, &condition, &lock);
    assert_eq!(condition.notify_all(), 40);
    for place in (1..40).rev() {
        drop(waiters.remove(place));
        assert_eq!((woken(&waiters), waiters[0].wakes()), (vec![0], 1));
    }
    drop(waiters.remove(0));
    assert_idle(&condition, &lock);
}

#[test]
fn every_waiter_is_requeued_and_none_is_woken_twice_before_it_owns_the_lock() {
    // One may be dropped, and any of the others is polled first.
    for size in [33, 34, 40, 70, 100] {
        for dropped in [None, Some(0), Some(5), Some(31), Some(size - 1)] {
            for first in 0..size - 1 {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let mut waiters = wait_all(size, &condition, &lock);
                let guard = lock.try_lock().unwrap();
                assert_eq!(condition.notify_all(), size);
                dropped.map(|dropped| waiters.remove(dropped));
                waiters[first].assert_pending();
                let case = format!("{size}, {first} polled first, {dropped:?} dropped");
                assert_eq!(lock.waiters(), waiters.len(), "{case}");
                assert_eq!(
                    (woken(&waiters), waiters[0].wakes()),
                    (vec![0], 1),
                    "{case}"
                );
                drop(guard);
                drop(waiters);
                assert_idle(&condition, &lock);
            }
        }
    }
}
