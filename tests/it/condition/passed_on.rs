//! Drops of notified waiters: their notifications pass on, in the right order, and the lock's
//! wait queue stays whole.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};

use aiosync::{Condition, Lock};

use super::{
    WAYS, assert_idle, assert_usable, poll_the_woken, wait, wait_all, wait_calling, wakes,
};
use crate::common::{CountingWaker, Order, Polled, Random, drop_elsewhere};

#[test]
fn a_notification_passes_on_before_the_lock_is_handed_off() {
    for way in &WAYS {
        println!("{}", way.name);
        let order = Order::new();
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let start = |label| {
            let wait = (way.start)(&condition, &lock);
            Polled::waiting_with(wait, order.waker(label))
        };
        let (granted, mut next, mut heir) = (start(0), start(1), start(2));
        let guard = lock.try_lock().unwrap();
        assert_eq!(condition.notify(2), 2);
        next.assert_pending();
        drop(guard);
        assert_eq!(order.so_far(), [0]);
        drop_elsewhere(granted.split().0);
        assert_eq!(order.so_far(), [0, 2, 1]);
        heir.assert_pending();
        drop(next.assert_ready());
        drop(heir.assert_ready());
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_waiter_that_inherits_a_notification_finds_the_lock_still_held() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut granted = wait(&condition, &lock);
    let mut next = wait(&condition, &lock);
    let found = Arc::new(Mutex::new(Vec::new()));
    let mut heir = wait_calling(&condition, &lock, {
        let (lock, found) = (Arc::clone(&lock), Arc::clone(&found));
        move || {
            let free = lock.try_lock().is_some();
            found.lock().unwrap().push((free, lock.waiters()));
        }
    });
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify(2), 2);
    granted.assert_pending();
    drop(guard);
    drop(granted);
    // The next is still in the wait queue.
    assert_eq!(*found.lock().unwrap(), [(false, 1)]);
    drop(next.assert_ready());
    drop(heir.assert_ready());
}

#[test]
fn a_notification_passes_on_until_a_waiter_completes() {
    for way in &WAYS {
        for requeued in [false, true] {
            println!("{}, requeued: {requeued}", way.name);
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiters: Vec<_> = (0..10).map(|_| way.wait(&condition, &lock)).collect();
            let guard = lock.try_lock().unwrap();
            assert!(condition.notify_one());
            for _ in 0..9 {
                let mut told = waiters.remove(0);
                assert_eq!((told.wakes(), wakes(&waiters).iter().sum()), (1, 0));
                if requeued {
                    told.assert_pending();
                }
                assert_eq!(lock.waiters(), usize::from(requeued));
                drop(told);
                assert_eq!(lock.waiters(), 0);
            }
            drop(guard);
            assert_eq!((waiters[0].wakes(), condition.waiters()), (1, 0));
            drop(waiters[0].assert_ready());
            assert_usable(&condition, &lock);
        }
    }
}

#[test]
fn a_notification_is_lost_when_no_waiter_is_left() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let waiters = wait_all(3, &condition, &lock);
    assert!(condition.notify_one());
    drop(waiters);
    assert_idle(&condition, &lock);
    let mut late = wait(&condition, &lock);
    late.assert_pending();
    assert_eq!((late.wakes(), condition.waiters()), (0, 1));
}

#[test]
fn each_of_several_notifications_passes_on() {
    for dropped in 0..8 {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(8, &condition, &lock);
        let guard = lock.try_lock().unwrap();
        assert_eq!(condition.notify(3), 3);
        waiters[0].assert_pending();
        for told in 1..=dropped {
            drop(waiters.remove(0));
            assert_eq!(condition.waiters(), 5_usize.saturating_sub(told));
        }
        drop(guard);
        let due = 3.min(waiters.len());
        for waiter in &mut waiters[..due] {
            drop(waiter.assert_ready());
        }
        for waiter in &mut waiters[due..] {
            waiter.assert_pending();
            assert_eq!(waiter.wakes(), 0);
        }
        assert_eq!(condition.waiters(), waiters.len() - due);
    }
}

#[test]
fn of_a_notification_by_number_and_one_of_all_only_the_first_passes_on() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let told_by_number = wait(&condition, &lock);
    let told_with_all = wait(&condition, &lock);
    assert!(condition.notify_one());
    assert_eq!(condition.notify_all(), 1);
    let mut heirs = wait_all(2, &condition, &lock);
    drop(told_with_all);
    assert_eq!(condition.waiters(), 2);
    drop(told_by_number);
    assert_eq!((condition.waiters(), wakes(&heirs)), (1, vec![1, 0]));
    drop(heirs[0].assert_ready());
    heirs[1].assert_pending();
    drop(heirs);
    assert_idle(&condition, &lock);
}

#[test]
fn an_inherited_notification_passes_on_too() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let first = wait(&condition, &lock);
    let mut second = wait(&condition, &lock);
    let mut third = wait(&condition, &lock);
    assert!(condition.notify_one());
    drop(first);
    let guard = lock.try_lock().unwrap();
    second.assert_pending();
    drop(guard);
    drop(second);
    assert_eq!((third.wakes(), condition.waiters()), (1, 0));
    drop(third.assert_ready());
}

#[test]
fn the_lock_is_free_after_the_last_requeued_waiter_was_dropped() {
    for way in &WAYS {
        println!("{}", way.name);
        for number in 1..4 {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiters: Vec<_> = (0..number).map(|_| way.wait(&condition, &lock)).collect();
            let guard = lock.try_lock().unwrap();
            assert_eq!(condition.notify_all(), number);
            waiters[0].assert_pending();
            while let Some(waiter) = waiters.pop() {
                drop(waiter);
                assert_eq!(lock.waiters(), waiters.len());
                assert!(lock.is_locked());
            }
            // The queue is empty: a newcomer queues, is granted the lock, and releases it.
            let mut late = Polled::waiting(lock.lock());
            drop(guard);
            drop(late.assert_ready());
            assert!(!lock.is_locked());
            assert_eq!(format!("{lock:?}"), format!("{:?}", Lock::new(0)));
            assert_usable(&condition, &lock);
        }
    }
}

#[test]
fn a_requeued_waiter_may_be_dropped_between_waiters_of_the_lock() {
    for leaver in 0..3 {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(3, &condition, &lock);
        let guard = lock.try_lock().unwrap();
        let mut before = Polled::waiting(lock.lock());
        assert_eq!(condition.notify_all(), 3);
        waiters[2].assert_pending();
        let mut after = Polled::waiting(lock.lock());
        drop(waiters.remove(leaver));
        assert_eq!(lock.waiters(), 4);
        drop(guard);
        drop(before.assert_ready());
        for waiter in &mut waiters {
            after.assert_pending();
            drop(waiter.assert_ready());
        }
        drop(after.assert_ready());
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_waiter_of_the_lock_may_be_dropped_between_requeued_waiters() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(4, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify(2), 2);
    waiters[0].assert_pending();
    let leaver = Polled::waiting(lock.lock());
    assert_eq!(condition.notify(2), 2);
    waiters[3].assert_pending();
    assert_eq!(lock.waiters(), 5);
    drop(leaver);
    assert_eq!(lock.waiters(), 4);
    drop(guard);
    for waiter in &mut waiters {
        drop(waiter.assert_ready());
    }
    assert_usable(&condition, &lock);
}

#[test]
fn dropping_a_granted_waiter_hands_the_lock_off_to_a_waiter_of_the_lock() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut granted = way.wait(&condition, &lock);
        let guard = lock.try_lock().unwrap();
        assert_eq!(condition.notify_all(), 1);
        granted.assert_pending();
        let mut next = Polled::waiting(lock.lock());
        drop(guard);
        assert_eq!((lock.waiters(), next.wakes()), (1, 0));
        drop(granted);
        assert_eq!((lock.waiters(), next.wakes()), (0, 1));
        drop(next.assert_ready());
        assert_usable(&condition, &lock);
    }
}

/// Notifies many waiters in several steps, drops some, and polls some, woken or not, while
/// the lock is held. Then polls only those that are woken: every waiter must complete.
fn notify_many_and_drop_some(seed: u64) {
    let mut random = Random::new(seed);
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let size = 20 + random.below(100);
    let mut waiters: Vec<_> = (0..size).map(|_| Some(wait(&condition, &lock))).collect();
    let guard = lock.try_lock().unwrap();
    let mut seen = vec![0; size];
    for _ in 0..2 * size {
        let place = random.below(size);
        let chance = random.below(20);
        match &mut waiters[place] {
            _ if chance < 2 => {
                condition.notify(random.below(40));
            }
            Some(waiter) if chance < 10 && (chance == 2 || waiter.wakes() > seen[place]) => {
                seen[place] = waiter.wakes();
                waiter.assert_pending();
            }
            waiter if (10..12).contains(&chance) => *waiter = None,
            _ => {}
        }
    }
    condition.notify_all();
    drop(guard);
    poll_the_woken(&mut waiters, &mut seen);
    let asleep = waiters.iter().flatten().count();
    assert_eq!(asleep, 0, "asleep forever, of {size}, seed {seed}");
    assert_idle(&condition, &lock);
}

#[test]
fn many_notified_waiters_survive_any_drops_among_them() {
    for seed in 0..4000 {
        notify_many_and_drop_some(seed);
    }
}

#[test]
fn a_waiter_that_is_dropped_inside_the_wake_of_another_passes_its_notification_on() {
    static CONDITION: Condition = Condition::new();
    for by_number in [false, true] {
        let (condition, lock) = (&CONDITION, Arc::new(Lock::new(0)));
        let doomed = Arc::new(Mutex::new(None));
        let mut first = wait_calling(condition, &lock, {
            let doomed = Arc::clone(&doomed);
            move || drop(doomed.lock().unwrap().take())
        });
        let guard = Arc::clone(&lock).try_lock_owned().unwrap();
        *doomed.lock().unwrap() = Some(Polled::waiting(condition.wait_owned(guard)));
        let mut third = wait(condition, &lock);
        if by_number {
            assert_eq!(condition.notify(2), 2);
        } else {
            assert_eq!(condition.notify_all(), 3);
        }
        // The second was notified, and dropped by the wake of the first.
        assert!(doomed.lock().unwrap().is_none());
        assert_eq!((third.wakes(), condition.waiters()), (0, 0));
        drop(first.assert_ready());
        assert_eq!(third.wakes(), 1);
        drop(third.assert_ready());
        drop((first, third));
        assert_idle(condition, &lock);
    }
}

#[test]
fn the_next_waiter_is_woken_although_the_wake_of_the_first_drops_the_first() {
    static CONDITION: Condition = Condition::new();

    // The waker drops its own future, the only one that was woken.
    let (condition, lock) = (&CONDITION, Arc::new(Lock::new(0)));
    let doomed = Arc::new(Mutex::new(None));
    let waker = CountingWaker::calling({
        let doomed = Arc::clone(&doomed);
        move || drop(doomed.lock().unwrap().take())
    });
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let first = Polled::waiting_with(condition.wait_owned(guard), waker)
        .split()
        .0;
    let mut second = wait(condition, &lock);
    *doomed.lock().unwrap() = Some(first);
    assert_eq!(condition.notify_all(), 2);
    assert_eq!(second.wakes(), 1);
    drop(second.assert_ready());
    drop(second);
    assert_idle(condition, &lock);
}
