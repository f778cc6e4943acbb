//! Notifications: registration, order and counts.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use aiosync::{Condition, Lock};

use super::{WAYS, assert_idle, assert_usable, wait, wait_all, wait_calling, wakes};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{CountingWaker, Order, Polled, watched};

#[test]
fn a_wait_is_registered_at_its_first_poll_and_holds_the_lock_until_then() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = Polled::new((way.start)(&condition, &lock));
        assert_eq!(condition.waiters(), 0);
        assert!(lock.is_locked());
        assert!(!condition.notify_one(), "nobody was registered");
        assert_eq!(condition.notify_all(), 0);
        waiter.assert_pending();
        assert_eq!(condition.waiters(), 1);
        assert!(!lock.is_locked());
        waiter.assert_pending();
        assert_eq!(condition.notify_all(), 1);
        drop(waiter.assert_ready());
        assert_eq!(waiter.wakes(), 1);
        drop(waiter);
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_wait_is_registered_before_the_lock_is_handed_off() {
    for way in &WAYS {
        println!("{}", way.name);
        let condition = Arc::new(Condition::new());
        let lock = Arc::new(Lock::new(0));
        let mut waiter = Polled::new((way.start)(&condition, &lock));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let next = CountingWaker::calling({
            let (condition, seen) = (Arc::clone(&condition), Arc::clone(&seen));
            move || {
                let waiting = condition.waiters();
                let notified = condition.notify_one();
                seen.lock().unwrap().push((waiting, notified));
            }
        });
        let mut next = Polled::waiting_with(lock.lock(), next);
        waiter.assert_pending();
        assert_eq!(*seen.lock().unwrap(), [(1, true)]);
        assert_eq!(waiter.wakes(), 1);
        waiter.assert_pending();
        drop(next.assert_ready());
        drop(waiter.assert_ready());
        assert_eq!(waiter.wakes(), 2);
    }
}

#[test]
fn a_thread_that_gets_the_lock_from_a_wait_finds_the_wait_registered() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Lock::new(0));
        let (holding, told) = mpsc::channel();
        thread::scope(|scope| {
            let (condition, lock) = (&condition, &lock);
            scope.spawn(move || {
                for round in told {
                    let mut guard = lock.lock_blocking();
                    *guard += 1;
                    assert!(condition.notify_one(), "lost in round {round}");
                }
            });
            for round in 0..500 {
                let guard = lock.lock_blocking();
                assert_eq!(*guard, round);
                holding.send(round).unwrap();
                assert_eq!(*condition.wait_blocking(guard), round + 1);
            }
            drop(holding);
        });
    });
}

#[test]
fn notifications_go_to_the_waiters_in_the_order_of_registration() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut created_first = Polled::new((WAYS[0].start)(&condition, &lock));
    assert!(lock.try_lock().is_none());
    created_first.assert_pending();
    let mut others = wait_all(3, &condition, &lock);
    // A poll does not change the position.
    created_first.assert_pending();
    others[1].assert_pending();
    assert!(condition.notify_one());
    assert_eq!(created_first.wakes(), 1);
    drop(created_first.assert_ready());
    for turn in 0..3 {
        others
            .iter_mut()
            .skip(turn)
            .rev()
            .for_each(Polled::assert_pending);
        assert!(condition.notify_one());
        drop(others[turn].assert_ready());
    }
    assert_eq!(wakes(&others), [1, 1, 1]);
    assert_idle(&condition, &lock);
}

#[test]
fn notify_returns_the_number_of_notified_waiters() {
    for waiting in 0..6 {
        for asked in [0, 1, 2, 3, 5, 6, 100, usize::MAX] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiters = wait_all(waiting, &condition, &lock);
            let notified = condition.notify(asked);
            assert_eq!(notified, asked.min(waiting));
            assert_eq!(condition.waiters(), waiting - notified);
            for waiter in &mut waiters[notified..] {
                waiter.assert_pending();
            }
            for waiter in &mut waiters[..notified] {
                drop(waiter.assert_ready());
            }
            for waiter in &mut waiters[notified..] {
                waiter.assert_pending();
                assert_eq!(waiter.wakes(), 0);
            }
            assert_eq!(condition.notify_all(), waiting - notified);
            assert_eq!(condition.waiters(), 0);
            assert_eq!(condition.notify_all(), 0);
        }
    }
}

#[test]
fn notify_one_returns_whether_there_was_a_waiter() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    assert!(!condition.notify_one());
    let waiters = wait_all(2, &condition, &lock);
    assert!(condition.notify_one());
    assert!(condition.notify_one());
    assert!(!condition.notify_one());
    drop(waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn a_notification_without_waiters_is_lost() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    assert!(!condition.notify_one());
    assert_eq!(condition.notify(5), 0);
    assert_eq!(condition.notify_all(), 0);
    let mut waiter = wait(&condition, &lock);
    waiter.assert_pending();
    assert_eq!((condition.waiters(), waiter.wakes()), (1, 0));
    assert!(condition.notify_one());
    drop(waiter.assert_ready());
}

#[test]
fn the_excess_of_a_notification_is_not_kept_for_later() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut first = wait(&condition, &lock);
    assert_eq!(condition.notify(3), 1);
    let mut second = wait(&condition, &lock);
    drop(first.assert_ready());
    second.assert_pending();
    assert_eq!((condition.waiters(), second.wakes()), (1, 0));
}

#[test]
fn a_waiter_that_was_notified_does_not_count_again() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(3, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert!(condition.notify_one());
    assert!(condition.notify_one(), "the second, not the first again");
    assert_eq!(condition.waiters(), 1);
    // Requeued, and later granted: it does not count again.
    waiters[1].assert_pending();
    assert_eq!(condition.notify(5), 1);
    assert_eq!(condition.notify(5), 0);
    drop(guard);
    assert_eq!(condition.notify(5), 0);
    for waiter in &mut waiters {
        drop(waiter.assert_ready());
    }
    assert_eq!(condition.notify(5), 0);
    drop(waiters);
    assert_usable(&condition, &lock);
}

#[test]
fn a_waiter_that_has_left_does_not_count() {
    for leaver in 0..3 {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(3, &condition, &lock);
        drop(waiters.remove(leaver));
        assert_eq!(condition.waiters(), 2);
        assert!(condition.notify_one());
        assert_eq!(wakes(&waiters), [1, 0]);
        assert_eq!(condition.notify(2), 1);
        for waiter in &mut waiters {
            drop(waiter.assert_ready());
        }
        assert_idle(&condition, &lock);
    }
}

#[test]
fn several_notifications_notify_as_many_as_one_of_their_sum() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(7, &condition, &lock);
    assert_eq!(condition.notify(2), 2);
    assert!(condition.notify_one());
    assert_eq!(condition.notify(3), 3);
    assert_eq!(condition.waiters(), 1);
    for waiter in &mut waiters[..6] {
        drop(waiter.assert_ready());
    }
    waiters[6].assert_pending();
    assert_eq!(condition.notify_all(), 1);
    drop(waiters[6].assert_ready());
}

#[test]
fn a_notifier_that_holds_the_lock_hands_it_off_to_the_notified_waiter() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        let mut guard = lock.try_lock().unwrap();
        *guard = 7;
        assert!(condition.notify_one());
        assert_eq!((waiter.wakes(), lock.waiters()), (1, 0));
        for _ in 0..3 {
            waiter.assert_pending();
            assert_eq!((waiter.wakes(), lock.waiters()), (1, 1));
        }
        drop(guard);
        assert_eq!((waiter.wakes(), lock.waiters()), (2, 0));
        assert!(lock.is_locked());
        assert!(lock.try_lock().is_none(), "the lock was granted");
        let mut guard = waiter.assert_ready();
        assert_eq!(**guard, 7);
        **guard = 8;
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert_eq!(*lock.try_lock().unwrap(), 8);
    }
}

#[test]
fn a_waiter_that_is_notified_while_the_lock_is_free_takes_it_when_polled() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        assert!(condition.notify_one());
        assert!(
            !lock.is_locked(),
            "notified, not polled: the lock is not touched"
        );
        *lock.try_lock().unwrap() = 7;
        let guard = waiter.assert_ready();
        assert_eq!(**guard, 7);
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert!(!lock.is_locked());
    }
}

#[test]
fn requeued_waiters_and_waiters_of_the_lock_share_one_queue() {
    let order = Order::new();
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters: Vec<_> = (0..2)
        .map(|label| Polled::waiting_with((WAYS[0].start)(&condition, &lock), order.waker(label)))
        .collect();
    let guard = lock.try_lock().unwrap();
    let mut earlier = Polled::waiting_with(lock.lock(), order.waker(10));
    assert_eq!(condition.notify_all(), 2);
    // Notified before, but in the wait queue only after one of the two is polled.
    let mut between = Polled::waiting_with(lock.lock(), order.waker(11));
    waiters[1].assert_pending();
    let mut later = Polled::waiting_with(lock.lock(), order.waker(12));
    assert_eq!(lock.waiters(), 5);
    drop(guard);
    drop(earlier.assert_ready());
    drop(between.assert_ready());
    for waiter in &mut waiters {
        later.assert_pending();
        drop(waiter.assert_ready());
    }
    drop(later.assert_ready());
    // The first was woken to requeue both, and had not been polled.
    assert_eq!(order.so_far(), [0, 10, 11, 1, 12]);
    assert_idle(&condition, &lock);
}

#[test]
fn a_wait_does_not_return_without_a_notification() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        let mut other = way.wait(&condition, &lock);
        for _ in 0..3 {
            waiter.assert_pending();
            // The lock is taken and released.
            *lock.try_lock().unwrap() += 1;
            waiter.assert_pending();
        }
        assert!(condition.notify_one());
        for _ in 0..3 {
            other.assert_pending();
        }
        drop(waiter.assert_ready());
        other.assert_pending();
        assert_eq!((other.wakes(), condition.waiters()), (0, 1));
    }
}

#[test]
fn a_waiter_that_waits_again_is_at_the_back() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut first = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
    let mut second = wait(&condition, &lock);
    assert!(condition.notify_one());
    let mut again = Polled::waiting(condition.wait(first.assert_ready()));
    assert_eq!(condition.waiters(), 2);
    assert!(condition.notify_one());
    again.assert_pending();
    drop(second.assert_ready());
    assert!(condition.notify_one());
    drop(again.assert_ready());
    assert_idle(&condition, &lock);
}

#[test]
fn notify_all_does_not_notify_a_wait_that_begins_inside_it() {
    static CONDITION: Condition = Condition::new();
    for size in [1, 2, 32, 33, 100] {
        let lock = Arc::new(Lock::new(0));
        let again = Arc::new(Mutex::new(None));
        // The wake of the first waiter comes after the first of several steps.
        let first = wait_calling(&CONDITION, &lock, {
            let (lock, again) = (Arc::clone(&lock), Arc::clone(&again));
            move || {
                let guard = Arc::clone(&lock).try_lock_owned().unwrap();
                let waiter = Polled::waiting(CONDITION.wait_owned(guard));
                *again.lock().unwrap() = Some(waiter);
            }
        });
        let others = wait_all(size - 1, &CONDITION, &lock);
        assert_eq!(CONDITION.notify_all(), size);
        assert_eq!((CONDITION.waiters(), first.wakes()), (1, 1));
        drop((first, others));
        let mut again = again.lock().unwrap().take().unwrap();
        again.assert_pending();
        assert_eq!((CONDITION.waiters(), again.wakes()), (1, 0));
    }
}
