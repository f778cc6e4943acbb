//! One condition for several locks: each run is carried by one of its own, into the
//! line of its own lock.
#![forbid(unsafe_code)]

use std::fmt::Display;
use std::sync::Arc;

use aiosync::{Condition, Lock, LockGuard};

use super::{WAYS, Waiter, assert_idle, assert_usable, poll_the_woken, wait, wait_all, wakes};
use crate::common::Polled;

/// Waits for the locks that `plan` names, in its order.
fn wait_for_each<'a>(
    plan: &str,
    condition: &'a Condition,
    locks: &'a [Arc<Lock<u32>>; 3],
) -> Vec<Waiter<'a>> {
    let lock = |name: u8| &locks[usize::from(name - b'A')];
    plan.bytes()
        .map(|name| wait(condition, lock(name)))
        .collect()
}

fn locks() -> [Arc<Lock<u32>>; 3] {
    std::array::from_fn(|_| Arc::new(Lock::new(0)))
}

fn lines(locks: &[Arc<Lock<u32>>; 3]) -> [usize; 3] {
    std::array::from_fn(|place| locks[place].waiters())
}

#[test]
fn the_order_is_that_of_registration_whatever_lock_a_waiter_came_with() {
    let (condition, [a, b, _]) = (Condition::new(), locks());
    let mut created_first = Polled::new((WAYS[0].start)(&condition, &a));
    let mut polled_first = Polled::new((WAYS[1].start)(&condition, &b));
    polled_first.assert_pending();
    created_first.assert_pending();
    assert!(condition.notify_one());
    assert_eq!((polled_first.wakes(), created_first.wakes()), (1, 0));
    created_first.assert_pending();
    drop(polled_first.assert_ready());
    assert!(condition.notify_one());
    drop(created_first.assert_ready());
}

#[test]
fn one_of_each_run_is_woken() {
    let plans: [(&str, &[usize]); 6] = [
        ("AB", &[1, 1]),
        ("ABAB", &[1, 1, 1, 1]),
        ("AAB", &[1, 0, 1]),
        ("AABBA", &[1, 0, 1, 0, 1]),
        ("AAABBBCCC", &[1, 0, 0, 1, 0, 0, 1, 0, 0]),
        ("ABBBBCAA", &[1, 1, 0, 0, 0, 1, 1, 0]),
    ];
    for (plan, expected) in plans {
        for at_once in [true, false] {
            let (condition, locks) = (Condition::new(), locks());
            let mut waiters = wait_for_each(plan, &condition, &locks);
            if at_once {
                assert_eq!(condition.notify_all(), plan.len());
            } else {
                waiters.iter().for_each(|_| assert!(condition.notify_one()));
            }
            assert_eq!(wakes(&waiters), expected, "{plan}");
            // Each is the next of its lock, and all locks come free in turn.
            for (waiter, name) in waiters.iter_mut().zip(plan.chars()) {
                drop(waiter.assert_ready());
                assert!(waiter.wakes() <= 2, "{name} of {plan}");
            }
            for lock in &locks {
                assert_idle(&condition, lock);
            }
        }
    }
}

#[test]
fn who_is_polled_carries_all_of_its_lock_past_those_of_others() {
    let (condition, locks) = (Condition::new(), locks());
    let guards = locks.each_ref().map(|lock| lock.try_lock().unwrap());
    let mut waiters = {
        drop(guards);
        wait_for_each("ABAABC", &condition, &locks)
    };
    let guards = locks.each_ref().map(|lock| lock.try_lock().unwrap());
    assert_eq!(condition.notify_all(), 6);
    assert_eq!(lines(&locks), [0, 0, 0]);
    waiters[3].assert_pending();
    assert_eq!(lines(&locks), [3, 0, 0]);
    waiters[5].assert_pending();
    assert_eq!(lines(&locks), [3, 0, 1]);
    waiters[1].assert_pending();
    assert_eq!(lines(&locks), [3, 2, 1]);
    drop(guards);
    for waiter in &mut waiters {
        drop(waiter.assert_ready());
    }
    assert_usable(&condition, &locks[0]);
}

#[test]
fn a_lock_that_is_held_keeps_nobody_from_another_lock() {
    let (condition, locks) = (Condition::new(), locks());
    let mut waiters = wait_for_each("ABAB", &condition, &locks);
    let guard = locks[0].try_lock().unwrap();
    assert_eq!(condition.notify_all(), 4);
    waiters[0].assert_pending();
    drop(waiters[1].assert_ready());
    drop(waiters[3].assert_ready());
    assert_eq!(lines(&locks), [2, 0, 0]);
    drop(guard);
    drop(waiters[0].assert_ready());
    drop(waiters[2].assert_ready());
}

#[test]
fn who_is_behind_a_run_of_another_lock_is_carried_by_its_own() {
    let (condition, locks) = (Condition::new(), locks());
    let mut waiters = wait_for_each("AAABBB", &condition, &locks);
    assert_eq!(condition.notify_all(), 6);
    assert_eq!(wakes(&waiters), [1, 0, 0, 1, 0, 0]);
    // Nobody polls one of A.
    let guard = waiters[3].assert_ready();
    assert_eq!(lines(&locks), [0, 2, 0]);
    assert!(!locks[0].is_locked());
    drop(guard);
    assert_eq!(wakes(&waiters), [1, 0, 0, 1, 1, 0]);
    drop(waiters[4].assert_ready());
    drop(waiters[5].assert_ready());
    drop(waiters);
    assert_idle(&condition, &locks[0]);
    assert_idle(&condition, &locks[1]);
}

#[test]
fn a_chosen_one_that_leaves_passes_its_role_on_within_its_run() {
    let cases: [(&str, usize, &[usize]); 5] = [
        // The next of the run is woken.
        ("AABB", 2, &[1, 0, 1]),
        ("AABBAA", 2, &[1, 0, 1, 1, 0]),
        ("AABB", 0, &[1, 1, 0]),
        // The next has another lock, and each run has its own.
        ("ABA", 1, &[1, 1]),
        ("ABAA", 0, &[1, 1, 0]),
    ];
    for (plan, leaver, expected) in cases {
        let (condition, locks) = (Condition::new(), locks());
        let mut waiters = wait_for_each(plan, &condition, &locks);
        assert_eq!(condition.notify_all(), plan.len());
        drop(waiters.remove(leaver));
        assert_eq!(wakes(&waiters), expected, "{plan} without {leaver}");
        for waiter in &mut waiters {
            drop(waiter.assert_ready());
        }
        for lock in &locks {
            assert_idle(&condition, lock);
        }
    }
}

#[test]
fn somebody_is_woken_for_each_lock_after_any_two_have_left() {
    for plan in ["AABBAABB", "ABABABAB", "AAABCAAA", "ABBBBBBA"] {
        for first in 0..8 {
            for second in (0..8).filter(|&second| second != first) {
                let (condition, locks) = (Condition::new(), locks());
                let mut waiters: Vec<_> = (wait_for_each(plan, &condition, &locks).into_iter())
                    .map(Some)
                    .collect();
                assert_eq!(condition.notify_all(), 8);
                waiters[first] = None;
                waiters[second] = None;
                for name in "ABC".chars() {
                    let mut of_name = (waiters.iter().zip(plan.chars()))
                        .filter(|(_, its)| *its == name)
                        .filter_map(|(waiter, _)| waiter.as_ref())
                        .peekable();
                    let some = of_name.peek().is_some();
                    let somebody = of_name.any(|waiter| waiter.wakes() == 1);
                    assert_eq!(somebody, some, "{name} of {plan} without {first}, {second}");
                }
                for waiter in waiters.iter_mut().flatten() {
                    drop(waiter.assert_ready());
                }
            }
        }
    }
}

#[test]
fn a_role_is_not_lost_between_two_long_runs_of_one_lock() {
    // 33 of one lock, one of another, three more of the first. One is polled in
    // between, then one leaves.
    const PLACES: [usize; 8] = [0, 5, 16, 32, 33, 34, 35, 36];
    let condition = Condition::new();
    let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
    for polled in PLACES {
        for leaver in PLACES {
            let mut waiters: Vec<_> = (0..37)
                .map(|place| if place == 33 { &other } else { &lock })
                .map(|lock| Some(wait(&condition, lock)))
                .collect();
            let guards = [lock.try_lock(), other.try_lock()];
            assert_eq!(condition.notify_all(), 37);
            let mut seen = [0; 37];
            let waiter = waiters[polled].as_mut().unwrap();
            seen[polled] = waiter.wakes();
            waiter.assert_pending();
            waiters[leaver] = None;
            drop(guards);
            poll_the_woken(&mut waiters, &mut seen);
            let asleep = waiters.iter().flatten().count();
            assert_eq!(asleep, 0, "{polled} was polled, {leaver} has left");
        }
    }
    assert_idle(&condition, &lock);
    assert_idle(&condition, &other);
}

#[test]
fn a_notification_goes_on_to_a_waiter_of_another_lock() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, [a, b, _]) = (Condition::new(), locks());
        let leaver = way.wait(&condition, &a);
        let mut heir = way.wait(&condition, &b);
        assert!(condition.notify_one());
        drop(leaver);
        assert_eq!((heir.wakes(), condition.waiters()), (1, 0));
        drop(heir.assert_ready());
        assert_idle(&condition, &a);
        assert_idle(&condition, &b);
    }
}

#[test]
fn data_without_a_size_may_be_waited_for() {
    let condition = Condition::new();
    let slice: Box<Lock<[u8]>> = Box::new(Lock::new([1, 2, 3]));
    let shown: Arc<Lock<dyn Display + Send + Sync>> = Arc::new(Lock::new("shown"));
    let mut first = Polled::waiting(condition.wait(slice.try_lock().unwrap()));
    let mut second = Polled::waiting(condition.wait(shown.try_lock().unwrap()));
    let mut wanting = true;
    let mut third = Polled::waiting(condition.wait_while(slice.try_lock().unwrap(), |bytes| {
        bytes[0] += 1;
        std::mem::take(&mut wanting)
    }));
    let owned = Arc::clone(&shown).try_lock_owned().unwrap();
    let mut fourth = Polled::waiting(condition.wait_owned(owned));
    let mut wanting = true;
    let owned = Arc::clone(&shown).try_lock_owned().unwrap();
    let mut fifth = Polled::waiting(condition.wait_for_owned(owned, |shown| {
        (!std::mem::take(&mut wanting)).then(|| shown.to_string())
    }));
    assert_eq!(condition.notify_all(), 5);
    // A free lock is owned by the first of it that is carried.
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
fn the_same_data_behind_two_kinds_of_guard_is_one_lock() {
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
fn the_guard_that_comes_back_is_of_the_lock_that_was_given() {
    let condition = Condition::new();
    let (one, two) = (Lock::new(1), Lock::new(2));
    let mut first = Polled::waiting(condition.wait(one.try_lock().unwrap()));
    let mut second = Polled::waiting(condition.wait(two.try_lock().unwrap()));
    assert_eq!(condition.notify_all(), 2);
    let (second, first) = (second.assert_ready(), first.assert_ready());
    assert_eq!((*first, *second), (1, 2));
    assert!(std::ptr::eq(LockGuard::source(&first), &one));
    assert!(std::ptr::eq(LockGuard::source(&second), &two));
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
