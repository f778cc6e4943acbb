//! A condition serves one lock at a time.
#![forbid(unsafe_code)]

use std::fmt::Display;
use std::sync::Arc;
#[cfg(feature = "std")]
use std::time::Duration;

use aiosync::{Condition, Lock, LockGuard};

use super::{WAYS, Waiter, assert_idle, assert_usable, wait, wait_all, wakes};
use crate::common::{Polled, panic_message, watched};

/// A part of the message that names the rule.
const RULE: &str = "a Condition serves one Lock at a time";

fn two_locks() -> [Arc<Lock<u32>>; 2] {
    [(); 2].map(|()| Arc::new(Lock::new(0)))
}

/// The first poll panics with the rule's name.
#[track_caller]
fn assert_breaks_the_rule(wait: &mut Waiter<'_>) {
    let message = panic_message(|| drop(wait.poll()));
    assert!(message.contains(RULE), "{message}");
}

#[test]
fn a_wait_with_another_lock_panics_at_its_first_poll_and_releases_its_lock() {
    watched(|| {
        for way in &WAYS {
            for notified in [false, true] {
                println!("{}, notified: {notified}", way.name);
                let (condition, [lock, other]) = (Condition::new(), two_locks());
                let mut waiters = wait_all(2, &condition, &lock);
                if notified {
                    assert_eq!(condition.notify_all(), 2);
                }
                let mut wrong = Polled::new((way.start)(&condition, &other));
                assert!(other.is_locked());
                assert_breaks_the_rule(&mut wrong);
                assert_idle_lock(&other);
                drop(wrong);
                // The others go on as if nothing had happened.
                let due = if notified { 0 } else { 2 };
                assert_eq!((condition.waiters(), wakes(&waiters)[1]), (due, 0));
                assert_eq!(condition.notify_all(), due);
                for waiter in &mut waiters {
                    drop(waiter.assert_ready());
                }
                drop(waiters);
                assert_eq!(Arc::strong_count(&other), 1);
                assert_usable(&condition, &lock);
                assert_usable(&condition, &other);
            }
        }
    });
}

#[track_caller]
fn assert_idle_lock(lock: &Lock<u32>) {
    assert!(!lock.is_locked());
    assert_eq!(lock.waiters(), 0);
}

#[test]
fn a_wait_with_another_lock_hands_it_off_to_its_next_waiter() {
    let (condition, [lock, other]) = (Condition::new(), two_locks());
    let _waiting = wait(&condition, &lock);
    let mut wrong = Polled::new((WAYS[0].start)(&condition, &other));
    let mut next = Polled::waiting(other.lock());
    assert_breaks_the_rule(&mut wrong);
    assert_eq!(next.wakes(), 1);
    drop(next.assert_ready());
    assert_idle_lock(&other);
}

#[test]
fn a_wait_that_has_broken_the_rule_is_over() {
    let (condition, [lock, other]) = (Condition::new(), two_locks());
    let mut waiting = wait(&condition, &lock);
    let mut wrong = Polled::new(condition.wait(other.try_lock().unwrap()));
    for rule in [RULE, "polled after it had completed"] {
        let message = panic_message(|| drop(wrong.poll()));
        assert!(message.contains(rule), "{message}");
    }
    assert!(format!("{:?}", wrong.future()).contains("done"));
    drop(wrong);
    assert!(condition.notify_one());
    drop(waiting.assert_ready());
}

#[cfg(feature = "std")] // The method that blocks with a timeout.
#[test]
fn a_thread_that_waits_with_another_lock_panics_too() {
    watched(|| {
        let (condition, [lock, other]) = (Condition::new(), two_locks());
        let waiting = wait(&condition, &lock);
        for timeout in [None, Some(Duration::ZERO)] {
            let guard = other.try_lock().unwrap();
            let message = panic_message(|| match timeout {
                None => drop(condition.wait_blocking(guard)),
                Some(timeout) => drop(condition.wait_blocking_timeout(guard, timeout)),
            });
            assert!(message.contains(RULE), "{message}");
            assert_idle_lock(&other);
        }
        drop(waiting);
        assert_usable(&condition, &other);
    });
}

#[test]
fn an_unpolled_wait_does_not_bind_the_condition() {
    let (condition, [lock, other]) = (Condition::new(), two_locks());
    let mut unpolled = Polled::new((WAYS[0].start)(&condition, &lock));
    let mut waiting = wait(&condition, &other);
    assert_breaks_the_rule(&mut unpolled);
    assert!(condition.notify_one());
    drop(waiting.assert_ready());
    assert_usable(&condition, &lock);
}

#[test]
fn a_condition_may_serve_another_lock_once_nobody_waits() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, [lock, other]) = (Condition::new(), two_locks());
        // The last wait has completed.
        let mut waiter = way.wait(&condition, &lock);
        assert!(condition.notify_one());
        drop(waiter.assert_ready());
        assert_usable(&condition, &other);
        // It was dropped, waiting or notified.
        for notified in [false, true] {
            let waiter = way.wait(&condition, &lock);
            assert_eq!(
                condition.notify(usize::from(notified)),
                usize::from(notified)
            );
            drop(waiter);
            assert_usable(&condition, &other);
        }
    }
}

#[test]
fn waiters_in_the_wait_queue_of_a_lock_no_longer_bind_the_condition() {
    let (condition, [lock, other]) = (Condition::new(), two_locks());
    let mut requeued = wait_all(2, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 2);
    requeued[0].assert_pending();
    assert_eq!(lock.waiters(), 2);
    assert_usable(&condition, &other);
    let mut waiter = wait(&condition, &other);
    drop(guard);
    drop(requeued[0].assert_ready());
    assert!(condition.notify_one());
    drop(requeued[1].assert_ready());
    drop(waiter.assert_ready());
    assert_usable(&condition, &lock);
}

#[test]
fn the_notification_of_a_requeued_waiter_passes_on_to_a_waiter_of_another_lock() {
    for way in &WAYS {
        for granted in [false, true] {
            println!("{}, granted: {granted}", way.name);
            let (condition, [lock, other]) = (Condition::new(), two_locks());
            let mut leaver = way.wait(&condition, &lock);
            let guard = lock.try_lock().unwrap();
            assert!(condition.notify_one());
            leaver.assert_pending();
            let mut heir = way.wait(&condition, &other);
            if granted {
                drop(guard);
                drop(leaver);
            } else {
                drop(leaver);
                drop(guard);
            }
            assert_eq!((heir.wakes(), condition.waiters()), (1, 0));
            drop(heir.assert_ready());
            assert_idle(&condition, &lock);
            assert_idle(&condition, &other);
        }
    }
}

#[test]
fn data_without_a_size_may_be_waited_for() {
    let (of_slice, of_shown) = (Condition::new(), Condition::new());
    let slice: Box<Lock<[u8]>> = Box::new(Lock::new([1, 2, 3]));
    let shown: Arc<Lock<dyn Display + Send + Sync>> = Arc::new(Lock::new("shown"));
    let mut first = Polled::waiting(of_slice.wait(slice.try_lock().unwrap()));
    let mut second = Polled::waiting(of_shown.wait(shown.try_lock().unwrap()));
    let mut wanting = true;
    let mut third = Polled::waiting(of_slice.wait_while(slice.try_lock().unwrap(), |bytes| {
        bytes[0] += 1;
        std::mem::take(&mut wanting)
    }));
    let owned = Arc::clone(&shown).try_lock_owned().unwrap();
    let mut fourth = Polled::waiting(of_shown.wait_owned(owned));
    let mut wanting = true;
    let owned = Arc::clone(&shown).try_lock_owned().unwrap();
    let mut fifth = Polled::waiting(of_shown.wait_for_owned(owned, |shown| {
        (!std::mem::take(&mut wanting)).then(|| shown.to_string())
    }));
    assert_eq!((of_slice.notify_all(), of_shown.notify_all()), (2, 3));
    // The first waiter owns the free lock as soon as any of them is polled.
    third.assert_pending();
    assert_eq!(slice.waiters(), 1);
    let mut guard = first.assert_ready();
    assert_eq!(*guard, [2, 2, 3]);
    guard[2] = 9;
    drop(guard);
    assert_eq!(*third.assert_ready(), [3, 2, 9]);
    assert_eq!(second.assert_ready().to_string(), "shown");
    assert_eq!(fourth.assert_ready().to_string(), "shown");
    let (guard, text) = fifth.assert_ready();
    assert_eq!(
        (text.as_str(), guard.to_string().as_str()),
        ("shown", "shown")
    );
}

#[test]
fn both_kinds_of_guard_are_of_one_lock() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters: Vec<_> = (0..6)
        .map(|way| WAYS[way].wait(&condition, &lock))
        .collect();
    assert_eq!(condition.notify_all(), 6);
    assert_eq!(wakes(&waiters), [1, 0, 0, 0, 0, 0]);
    for waiter in &mut waiters {
        drop(waiter.assert_ready());
    }
    drop(waiters);
    assert_eq!(Arc::strong_count(&lock), 1);
}

#[test]
fn the_returned_guard_is_of_the_lock_that_was_given() {
    let condition = Condition::new();
    for number in 1..4 {
        let lock = Lock::new(number);
        let mut waiter = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
        assert_eq!(condition.notify_all(), 1);
        let guard = waiter.assert_ready();
        assert_eq!(*guard, number);
        assert!(std::ptr::eq(LockGuard::source(&guard), &lock));
    }
}

#[test]
fn one_lock_may_serve_several_conditions() {
    let (read, written) = (Condition::new(), Condition::new());
    let lock = Arc::new(Lock::new(0));
    let mut readers = wait_all(2, &read, &lock);
    let mut writers = wait_all(2, &written, &lock);
    assert_eq!((read.waiters(), written.waiters()), (2, 2));
    let guard = lock.try_lock().unwrap();
    assert_eq!(written.notify_all(), 2);
    assert_eq!(wakes(&readers), [0, 0]);
    assert_eq!(read.notify_all(), 2);
    readers[1].assert_pending();
    writers[0].assert_pending();
    assert_eq!(lock.waiters(), 4);
    drop(guard);
    for waiter in readers.iter_mut().chain(&mut writers) {
        drop(waiter.assert_ready());
    }
    assert_idle(&read, &lock);
    assert_idle(&written, &lock);
}
