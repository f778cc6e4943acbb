//! Polls that only change the waker: in each state the newest one is woken, and the old ones
//! are dropped.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Condition, Lock};

use super::{WAYS, Waiter, assert_usable, wait, wait_all};
use crate::common::{Call, Hostile, Polled};

#[test]
fn a_waiting_waiter_is_woken_by_its_newest_waker() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        let mut old = Vec::new();
        for _ in 0..3 {
            old.push(waiter.renew_waker());
            waiter.assert_pending();
            assert_eq!((old.last().unwrap().kept(), waiter.wakers_kept()), (0, 1));
        }
        assert!(condition.notify_one());
        assert!(old.iter().all(|old| old.wakes() == 0));
        assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
        drop(waiter.assert_ready());
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_notified_waiter_is_woken_by_its_newest_waker() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(2, &condition, &lock);
        let mut waiter = way.wait(&condition, &lock);
        let guard = lock.try_lock().unwrap();
        assert_eq!(condition.notify_all(), 3);
        // Its poll requeues all, and stores the new waker.
        let old = waiter.renew_waker();
        waiter.assert_pending();
        assert_eq!(
            (old.kept(), waiter.wakers_kept(), lock.waiters()),
            (0, 1, 3)
        );
        drop(guard);
        drop(waiters[0].assert_ready());
        drop(waiters[1].assert_ready());
        assert_eq!((old.wakes(), waiter.wakes()), (0, 1));
        drop(waiter.assert_ready());
        drop(waiter);
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_requeued_waiter_keeps_the_waker_of_its_last_poll() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        let guard = lock.try_lock().unwrap();
        assert!(condition.notify_one());
        let first = waiter.renew_waker();
        assert_eq!((first.wakes(), first.kept()), (1, 0));
        waiter.assert_pending();
        let second = waiter.renew_waker();
        assert_eq!((second.wakes(), second.kept()), (0, 1));
        waiter.assert_pending();
        assert_eq!((second.kept(), waiter.wakers_kept()), (0, 1));
        drop(guard);
        assert_eq!((first.wakes(), second.wakes(), waiter.wakes()), (1, 0, 1));
        assert_eq!(waiter.wakers_kept(), 0);
        // Granted: a poll takes the lock, whatever its waker is.
        let third = waiter.renew_waker();
        drop(waiter.assert_ready());
        assert_eq!((third.kept(), waiter.wakers_kept()), (0, 0));
        drop(waiter);
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_requeued_waiter_that_was_not_polled_keeps_its_first_waker_until_it_is() {
    for polled in [false, true] {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(2, &condition, &lock);
        let guard = lock.try_lock().unwrap();
        assert_eq!(condition.notify_all(), 2);
        waiters[0].assert_pending();
        assert_eq!(lock.waiters(), 2);
        let old = waiters[1].renew_waker();
        if polled {
            waiters[1].assert_pending();
        }
        assert_eq!(
            (old.kept(), waiters[1].wakers_kept()),
            if polled { (0, 1) } else { (1, 0) }
        );
        drop(guard);
        drop(waiters[0].assert_ready());
        assert_eq!(
            (old.wakes(), waiters[1].wakes()),
            if polled { (0, 1) } else { (1, 0) }
        );
        assert_eq!((old.kept(), waiters[1].wakers_kept()), (0, 0));
        drop(waiters[1].assert_ready());
        assert_usable(&condition, &lock);
    }
}

#[test]
fn a_waiter_that_has_requeued_many_is_woken_by_its_newest_waker() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(40, &condition, &lock);
    assert_eq!(condition.notify_all(), 40);
    let old = waiters[39].renew_waker();
    waiters[39].assert_pending();
    assert_eq!((old.kept(), waiters[39].wakers_kept()), (0, 1));
    for waiter in &mut waiters[..39] {
        drop(waiter.assert_ready());
    }
    assert_eq!((old.wakes(), waiters[39].wakes()), (0, 1));
    drop(waiters[39].assert_ready());
    assert_usable(&condition, &lock);
}

#[test]
fn a_poll_with_the_same_waker_costs_no_clone() {
    let (condition, lock) = (Condition::new(), Lock::new(0));
    let hostile = Hostile::new();
    let mut waiter = Polled::new(condition.wait(lock.try_lock().unwrap()));
    for _ in 0..3 {
        assert!(waiter.poll_with(hostile.waker()).is_pending());
        assert_eq!((hostile.calls(Call::Clone), hostile.kept()), (1, 1));
    }
    let guard = lock.try_lock().unwrap();
    assert!(condition.notify_one());
    assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
    for _ in 0..3 {
        assert!(waiter.poll_with(hostile.waker()).is_pending());
        assert_eq!((hostile.calls(Call::Clone), hostile.kept()), (2, 1));
    }
    drop(guard);
    assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (2, 0));
    assert!(waiter.poll_with(hostile.waker()).is_ready());
    assert_eq!(hostile.calls(Call::Clone), 2);
    assert_eq!(
        (hostile.calls(Call::WakeByRef), hostile.calls(Call::Drop)),
        (0, 0)
    );
}

#[test]
fn polls_without_a_wake_change_nothing() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        let behind = wait(&condition, &lock);
        let poll_often = |waiter: &mut Waiter<'_>, wakes| {
            for _ in 0..4 {
                waiter.assert_pending();
                assert_eq!((waiter.wakes(), waiter.wakers_kept()), (wakes, 1));
            }
        };
        poll_often(&mut waiter, 0);
        assert_eq!((condition.waiters(), lock.is_locked()), (2, false));
        let guard = lock.try_lock().unwrap();
        let mut ahead = Polled::waiting(lock.lock());
        poll_often(&mut waiter, 0);
        assert!(condition.notify_one());
        poll_often(&mut waiter, 1);
        assert_eq!((condition.waiters(), lock.waiters()), (1, 2));
        drop(guard);
        poll_often(&mut waiter, 1);
        assert_eq!((lock.is_locked(), lock.waiters()), (true, 1));
        drop(ahead.assert_ready());
        assert_eq!(waiter.wakes(), 2);
        drop(waiter.assert_ready());
        assert_eq!((behind.wakes(), condition.waiters()), (0, 1));
    }
}

#[test]
fn no_waker_is_kept_by_a_wait_that_is_done() {
    for way in &WAYS {
        for locked in [false, true] {
            println!("{}, locked: {locked}", way.name);
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiter = way.wait(&condition, &lock);
            let mut second = way.wait(&condition, &lock);
            assert_eq!((waiter.wakers_kept(), second.wakers_kept()), (1, 1));
            let guard = locked.then(|| lock.try_lock().unwrap());
            assert_eq!(condition.notify_all(), 2);
            assert_eq!((waiter.wakers_kept(), second.wakers_kept()), (0, 1));
            if locked {
                waiter.assert_pending();
                assert_eq!(waiter.wakers_kept(), 1);
            }
            drop(guard);
            drop(waiter.assert_ready());
            assert_eq!((waiter.wakers_kept(), second.wakers_kept()), (0, 0));
            drop(second.assert_ready());
            assert_eq!(second.wakers_kept(), 0);
        }
    }
}

#[test]
fn a_wait_that_takes_a_free_lock_with_a_new_waker_keeps_neither() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        assert_eq!(condition.notify_all(), 1);
        let old = waiter.renew_waker();
        let guard = waiter.assert_ready();
        assert_eq!((old.wakes(), old.kept()), (1, 0));
        assert_eq!((waiter.wakes(), waiter.wakers_kept()), (0, 0));
        drop(guard);
    }
}
