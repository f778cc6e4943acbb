//! The train: one of a run is woken, whoever of it is polled first carries it into
//! the lock's line, and there each is woken when it owns the lock.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Condition, Lock};

use super::{assert_idle, wait, wait_all, wakes, woken};
use crate::common::Polled;

/// Takes the lock in turn, each from the one before.
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
fn whoever_of_a_run_is_polled_first_carries_all_of_it_into_the_line() {
    for carrier in 0..5 {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(5, &condition, &lock);
        let guard = lock.try_lock().unwrap();
        assert_eq!(condition.notify_all(), 5);
        assert_eq!(lock.waiters(), 0, "notified, not carried");
        waiters[carrier].assert_pending();
        assert_eq!(lock.waiters(), 5, "carried");
        assert_eq!(wakes(&waiters), [1, 0, 0, 0, 0]);
        drop(guard);
        serve_in_turn(&mut waiters);
        // The first was not polled after its first wake, unless it was the carrier.
        let first = 1 + usize::from(carrier == 0);
        assert_eq!(wakes(&waiters), [first, 1, 1, 1, 1]);
        assert_idle(&condition, &lock);
    }
}

#[test]
fn the_first_of_a_run_owns_a_free_lock_whoever_carries_it() {
    for carrier in 1..5 {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiters = wait_all(5, &condition, &lock);
        assert_eq!(condition.notify_all(), 5);
        waiters[carrier].assert_pending();
        assert!(lock.is_locked());
        assert_eq!(lock.waiters(), 4);
        assert!(lock.try_lock().is_none());
        // Its wake is under way since the notification.
        assert_eq!(wakes(&waiters), [1, 0, 0, 0, 0]);
        serve_in_turn(&mut waiters);
        assert_eq!(wakes(&waiters), [1; 5]);
        assert_idle(&condition, &lock);
    }
}

#[test]
fn the_carried_are_woken_one_by_one_when_they_own_the_lock() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(5, &condition, &lock);
    assert_eq!(condition.notify_all(), 5);
    let mut guard = waiters[0].assert_ready();
    for turn in 1..5 {
        // Polled for nothing: they go on waiting for the lock.
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
fn notifications_one_by_one_make_one_run() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(35, &condition, &lock);
    for number in 1..=35 {
        assert!(condition.notify_one());
        let expected: Vec<_> = (0..number).step_by(16).collect();
        assert_eq!(woken(&waiters), expected);
    }
    waiters[20].assert_pending();
    assert_eq!(lock.waiters(), 31, "32 without the owner");
    drop(waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn who_is_notified_after_the_train_has_left_is_woken_for_the_next() {
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
fn a_chosen_one_that_nobody_polls_keeps_fifteen_others_waiting_until_one_is_polled() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(16, &condition, &lock);
    assert_eq!(condition.notify_all(), 16);
    *lock.try_lock().unwrap() = 1;
    assert_eq!(woken(&waiters), [0]);
    assert_eq!((condition.waiters(), lock.waiters()), (0, 0));
    // Any of them will do.
    waiters[9].assert_pending();
    serve_in_turn(&mut waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn the_seventeenth_carries_a_run_whose_first_is_not_polled() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(20, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 20);
    assert_eq!(woken(&waiters), [0, 16]);
    waiters[16].assert_pending();
    assert_eq!(lock.waiters(), 20);
    drop(guard);
    serve_in_turn(&mut waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn one_poll_carries_thirty_two_and_leaves_the_others_to_one_that_was_woken() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(40, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 40);
    assert_eq!(woken(&waiters), [0, 16, 32]);
    waiters[9].assert_pending();
    assert_eq!(lock.waiters(), 32);
    // The first that is left behind was woken before.
    assert_eq!(woken(&waiters), [0, 16, 32]);
    waiters[32].assert_pending();
    assert_eq!(lock.waiters(), 40);
    assert_eq!(wakes(&waiters).iter().sum::<usize>(), 3);
    drop(guard);
    serve_in_turn(&mut waiters);
    for (place, wakes) in wakes(&waiters).into_iter().enumerate() {
        // These two were polled between their first wake and the grant.
        let chosen = place == 16 || place == 32;
        assert_eq!(wakes, 1 + usize::from(chosen), "{place}");
    }
    assert_idle(&condition, &lock);
}

#[test]
fn the_first_that_is_left_behind_is_woken_to_carry_the_rest() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(40, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 40);
    // One has left: now the 33rd of the run is one that was not woken.
    drop(waiters.remove(5));
    assert_eq!(woken(&waiters), [0, 15, 31]);
    waiters[0].assert_pending();
    assert_eq!(lock.waiters(), 32);
    assert_eq!(woken(&waiters), [0, 15, 31, 32]);
    waiters[32].assert_pending();
    assert_eq!(lock.waiters(), 39);
    drop(guard);
    serve_in_turn(&mut waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn a_chosen_one_that_is_polled_first_carries_all_before_it_and_itself() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(70, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 70);
    drop(waiters.remove(0));
    assert_eq!(woken(&waiters), [0, 15, 31, 47, 63]);
    // Two goes of 32. The 33rd was not woken, and need not be.
    waiters[47].assert_pending();
    assert_eq!(lock.waiters(), 64);
    assert_eq!(woken(&waiters), [0, 15, 31, 47, 63, 64]);
    waiters[64].assert_pending();
    assert_eq!(lock.waiters(), 69);
    drop(guard);
    serve_in_turn(&mut waiters);
    assert_idle(&condition, &lock);
}

#[test]
fn all_come_into_the_line_and_nobody_is_woken_twice_before_it_owns_the_lock() {
    // One may leave, so that others stand at the edges of the trains. The one that is
    // polled first has been woken or not; then all are polled who are woken.
    for size in [33, 34, 40, 70, 100] {
        for leaver in [None, Some(0), Some(5), Some(16), Some(size - 1)] {
            for first in 0..size - 1 {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let mut waiters = wait_all(size, &condition, &lock);
                let guard = lock.try_lock().unwrap();
                assert_eq!(condition.notify_all(), size);
                leaver.map(|leaver| waiters.remove(leaver));
                let mut seen = vec![0; waiters.len()];
                let mut next = Some(first);
                while let Some(place) = next {
                    seen[place] = waiters[place].wakes();
                    waiters[place].assert_pending();
                    next = (0..seen.len()).rfind(|&place| waiters[place].wakes() > seen[place]);
                }
                let case = format!("{size}, {first} polled first, {leaver:?} has left");
                assert_eq!(lock.waiters(), waiters.len(), "{case}");
                assert_eq!(wakes(&waiters).into_iter().max(), Some(1), "{case}");
                drop(guard);
                drop(waiters);
                assert_idle(&condition, &lock);
            }
        }
    }
}

#[test]
fn each_sixteenth_of_a_run_is_woken_although_waiters_of_another_lock_came_between() {
    let condition = Condition::new();
    let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
    let before = wait_all(16, &condition, &lock);
    let mut between = wait(&condition, &other);
    let after = wait_all(16, &condition, &lock);
    assert_eq!(condition.notify(17), 17);
    assert_eq!((woken(&before), between.wakes()), (vec![0], 1));
    drop(between.assert_ready());
    // What is left is one run of 32.
    assert_eq!(condition.notify_all(), 16);
    assert_eq!(
        woken(&after),
        [0],
        "the 17th of the run has to be woken: else one that nobody polls keeps 31 waiting"
    );
}

#[test]
fn who_joins_a_run_after_one_has_left_is_not_woken_before_its_sixteenth_place() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut waiters = wait_all(20, &condition, &lock);
    assert_eq!(condition.notify_all(), 20);
    assert_eq!(woken(&waiters), [0, 16]);
    // The last one leaves: the places since the last that was woken are counted anew.
    drop(waiters.pop());
    let late = wait_all(15, &condition, &lock);
    assert_eq!(condition.notify(15), 15);
    // Two before them, and the one that was woken.
    assert_eq!(woken(&late), [13]);
    drop((waiters, late));
    assert_idle(&condition, &lock);
}
