//! `wait_while` and `wait_for`: the test runs with the lock held, before the first wait and
//! after each wait. If it fails, the waiter goes to the back.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{Condition, Lock};

use super::{assert_idle, assert_usable, wait, wait_all};
use crate::common::{Order, Polled, panic_message};

#[test]
fn a_test_that_holds_at_once_ends_the_wait_in_the_first_poll() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(3)));
    let guard = lock.try_lock().unwrap();
    let mut wait = Polled::new(condition.wait_while(guard, |value| *value == 0));
    let guard = wait.assert_ready();
    assert_eq!((*guard, condition.waiters()), (3, 0));
    let mut wait = Polled::new(condition.wait_for(guard, |value| Some(*value * 2)));
    let (guard, answer) = wait.assert_ready();
    assert_eq!((*guard, answer, condition.waiters()), (3, 6, 0));
    assert!(
        lock.try_lock().is_none(),
        "the guard is the one that was given"
    );
    assert_eq!((wait.wakes(), wait.wakers_kept()), (0, 0));
    drop(guard);
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let guard = Polled::new(condition.wait_while_owned(guard, |_| false)).assert_ready();
    let mut wait = Polled::new(condition.wait_for_owned(guard, |value| Some(*value)));
    let (guard, answer) = wait.assert_ready();
    assert_eq!((answer, lock.is_locked()), (3, true));
    drop(guard);
    drop(wait);
    assert_eq!(Arc::strong_count(&lock), 1);
    assert_usable(&condition, &lock);
}

#[test]
fn the_test_runs_once_before_the_wait_and_once_for_each_notification() {
    let tested = AtomicUsize::new(0);
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let mut waiter = Polled::new(condition.wait_while(lock.try_lock().unwrap(), |value| {
        assert!(lock.try_lock().is_none(), "the lock is held");
        tested.fetch_add(1, Ordering::SeqCst);
        *value < 3
    }));
    assert_eq!(
        tested.load(Ordering::SeqCst),
        0,
        "not before the first poll"
    );
    for value in 1..=3 {
        for _ in 0..3 {
            waiter.assert_pending();
        }
        assert_eq!(
            tested.load(Ordering::SeqCst),
            value,
            "polls alone test nothing"
        );
        assert_eq!((condition.waiters(), lock.is_locked()), (1, false));
        *lock.try_lock().unwrap() += 1;
        assert!(condition.notify_one());
        assert_eq!(tested.load(Ordering::SeqCst), value, "not in the notifier");
        assert_eq!(waiter.wakes(), value);
    }
    assert_eq!(*waiter.assert_ready(), 3);
    assert_eq!(tested.load(Ordering::SeqCst), 4);
}

#[test]
fn a_test_that_fails_sends_the_waiter_to_the_tail() {
    let order = Order::new();
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let start = |least, label| {
        let guard = lock.try_lock().unwrap();
        let wait = condition.wait_while(guard, move |value: &mut u32| *value < least);
        Polled::waiting_with(wait, order.waker(label))
    };
    let (mut picky, mut modest) = (start(2, 0), start(1, 1));
    *lock.try_lock().unwrap() = 1;
    assert!(condition.notify_one());
    // The value is too small for the first: it waits again, behind the second.
    picky.assert_pending();
    assert_eq!((condition.waiters(), lock.is_locked()), (2, false));
    assert!(condition.notify_one());
    assert_eq!(order.so_far(), [0, 1]);
    picky.assert_pending();
    drop(modest.assert_ready());
    *lock.try_lock().unwrap() = 2;
    assert!(condition.notify_one());
    assert_eq!(order.so_far(), [0, 1, 0]);
    drop(picky.assert_ready());
    assert_idle(&condition, &lock);
}

#[test]
fn the_waiter_behind_a_test_that_fails_gets_the_lock_next() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters: Vec<_> = (0..5_u32)
        .map(|place| {
            let guard = lock.try_lock().unwrap();
            // Each even one waits for more than there will be.
            let least = 1 + 9 * ((place + 1) % 2);
            Polled::waiting(condition.wait_while(guard, move |value| *value < least))
        })
        .collect();
    *lock.try_lock().unwrap() = 1;
    assert_eq!(condition.notify_all(), 5);
    for place in [0, 2, 4] {
        waiters[place].assert_pending();
        if let Some(next) = waiters.get_mut(place + 1) {
            assert_eq!(next.wakes(), 1);
            drop(next.assert_ready());
        }
    }
    assert_eq!((condition.waiters(), lock.is_locked()), (3, false));
    *lock.try_lock().unwrap() = 10;
    assert_eq!(condition.notify_all(), 3);
    for place in [0, 2, 4] {
        drop(waiters[place].assert_ready());
    }
    drop(waiters);
    assert_usable(&condition, &lock);
}

#[test]
fn wait_for_returns_the_value_of_the_test() {
    let (condition, jobs) = (Condition::new(), Lock::new(Vec::new()));
    let mut first = Polled::waiting(condition.wait_for(jobs.try_lock().unwrap(), Vec::pop));
    let mut second = Polled::waiting(condition.wait_for(jobs.try_lock().unwrap(), |jobs| {
        let found = jobs.iter().position(|job: &String| job.starts_with('b'))?;
        Some(jobs.remove(found))
    }));
    *jobs.try_lock().unwrap() = vec!["blue".to_owned(), "green".to_owned()];
    assert_eq!(condition.notify_all(), 2);
    let (guard, job) = first.assert_ready();
    assert_eq!((job.as_str(), guard.len()), ("green", 1));
    drop(guard);
    let (guard, job) = second.assert_ready();
    assert_eq!((job.as_str(), guard.len()), ("blue", 0));
}

#[test]
fn a_test_may_change_what_it_looks_at() {
    let (condition, lock) = (Condition::new(), Lock::new(5));
    let mut seen = Vec::new();
    let mut waiter = Polled::waiting(condition.wait_while(lock.try_lock().unwrap(), |value| {
        seen.push(*value);
        *value += 1;
        seen.len() < 3
    }));
    assert!(condition.notify_one());
    waiter.assert_pending();
    assert!(condition.notify_one());
    assert_eq!(*waiter.assert_ready(), 8);
    drop(waiter);
    assert_eq!(seen, [5, 6, 7]);
}

#[test]
fn a_failed_test_may_notify_and_is_not_notified_by_it() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut other = wait(&condition, &lock);
    let mut waiter = Polled::new(condition.wait_while(lock.try_lock().unwrap(), |_| {
        assert!(lock.try_lock().is_none());
        assert_eq!(lock.waiters(), 0);
        assert!(format!("{condition:?}").starts_with("Condition"));
        condition.notify_all();
        true
    }));
    waiter.assert_pending();
    // The test has run before the wait began: only the other one was notified.
    assert_eq!(
        (other.wakes(), waiter.wakes(), condition.waiters()),
        (1, 0, 1)
    );
    drop(other.assert_ready());
    assert!(condition.notify_one());
    waiter.assert_pending();
    assert_eq!((waiter.wakes(), condition.waiters()), (1, 1));
    drop((other, waiter));
    assert_usable(&condition, &lock);
}

#[test]
fn a_test_may_queue_for_the_same_lock_and_give_up() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut left = 2;
    let mut waiter = Polled::new(condition.wait_for(lock.try_lock().unwrap(), |value| {
        let queued = Polled::waiting(lock.lock());
        assert_eq!(lock.waiters(), 1);
        drop(queued);
        left -= 1;
        (left == 0).then_some(*value)
    }));
    waiter.assert_pending();
    assert!(condition.notify_one());
    let (guard, answer) = waiter.assert_ready();
    assert_eq!(answer, 0);
    drop(guard);
    drop(waiter);
    assert_usable(&condition, &lock);
}

#[test]
fn a_test_that_panics_hands_the_lock_off() {
    // In the first test, and in the test after this number of notifications.
    for rounds in 0..3 {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut left = rounds;
        let mut waiter = Polled::new(condition.wait_while(lock.try_lock().unwrap(), |value| {
            *value += 1;
            assert!(left > 0, "the test has had enough");
            left -= 1;
            true
        }));
        for _ in 0..rounds {
            waiter.assert_pending();
            assert!(condition.notify_one());
        }
        let mut behind = if rounds == 0 {
            Polled::waiting(lock.lock())
        } else {
            let guard = lock.try_lock().unwrap();
            waiter.assert_pending();
            let behind = Polled::waiting(lock.lock());
            drop(guard);
            behind
        };
        assert_eq!(behind.wakes(), 0);
        let message = panic_message(|| drop(waiter.poll()));
        assert_eq!(message, "the test has had enough");
        assert_eq!((behind.wakes(), condition.waiters()), (1, 0));
        assert_eq!(*behind.assert_ready(), rounds + 1);
        // The future has completed.
        let message = panic_message(|| drop(waiter.poll()));
        assert!(
            message.contains("polled after it had completed"),
            "{message}"
        );
        drop(waiter);
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_test_of_an_owned_wait_that_panics_releases_the_lock() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let mut waiter = Polled::waiting(condition.wait_for_owned(guard, |value| {
        *value += 1;
        assert_eq!(*value, 1, "the test has had enough");
        None::<()>
    }));
    assert_eq!(condition.notify_all(), 1);
    let message = panic_message(|| drop(waiter.poll()));
    assert!(message.contains("the test has had enough"), "{message}");
    assert!(!lock.is_locked());
    assert_eq!(Arc::strong_count(&lock), 1);
    drop(waiter);
    assert_usable(&condition, &lock);
}

#[test]
fn a_test_that_panics_while_others_are_requeued_serves_them() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut fresh = true;
    let mut panicking = Polled::waiting(condition.wait_while(lock.try_lock().unwrap(), |_| {
        assert!(std::mem::take(&mut fresh), "the test has had enough");
        true
    }));
    let mut others = wait_all(3, &condition, &lock);
    assert_eq!(condition.notify_all(), 4);
    let message = panic_message(|| drop(panicking.poll()));
    assert_eq!(message, "the test has had enough");
    for waiter in &mut others {
        assert_eq!(waiter.wakes(), 1);
        drop(waiter.assert_ready());
    }
    drop((panicking, others));
    assert_usable(&condition, &lock);
}
