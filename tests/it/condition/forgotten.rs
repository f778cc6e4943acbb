//! Waits that are forgotten (`mem::forget`), in each state. Their borrow of the lock
//! and of the condition is over: both may go, or move, while the wait stands in a
//! list. It keeps what it was told or granted, and the others are served as if it
//! were only slow. An address sanitizer watches the rest.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Poll;

use aiosync::{Condition, Lock, LockGuard};

use super::{WAYS, Waiter, Way, assert_idle, assert_usable, wait, wait_all, wakes};
use crate::common::{Polled, forget};

/// How far a wait has come when it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unpolled,
    Waiting,
    Notified,
    Carried,
    Granted,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Unpolled,
        Self::Waiting,
        Self::Notified,
        Self::Carried,
        Self::Granted,
    ];

    /// Forgets a wait in this state, of a lock that nobody else uses. Nobody else
    /// waits.
    fn forget_one(self, way: &Way, condition: &Condition, lock: &Arc<Lock<u32>>) {
        let mut waiter = Polled::new((way.start)(condition, lock));
        if self != Self::Unpolled {
            waiter.assert_pending();
            let guard = lock.try_lock().unwrap();
            if self != Self::Waiting {
                assert!(condition.notify_one());
            }
            if let Self::Carried | Self::Granted = self {
                waiter.assert_pending();
                assert_eq!(lock.waiters(), 1);
            }
            if self == Self::Carried {
                forget(guard);
            }
        }
        waiter.forget();
    }
}

fn in_each_state(test: impl Fn(State, &Way)) {
    for state in State::ALL {
        for way in &WAYS {
            println!("{}, {state:?}", way.name);
            test(state, way);
        }
    }
}

/// Three wait, all are notified, and each gets its turn.
#[track_caller]
fn assert_serves(condition: &Condition, lock: &Arc<Lock<u32>>) {
    let mut waiters = wait_all(3, condition, lock);
    assert!(condition.notify_all() >= 3);
    for waiter in &mut waiters {
        drop(waiter.assert_ready());
    }
    assert!(!lock.is_locked());
}

#[test]
fn the_lock_may_go_before_the_condition_notifies() {
    in_each_state(|state, way| {
        let condition = Condition::new();
        let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
        state.forget_one(way, &condition, &lock);
        drop(lock);
        let waiting = usize::from(state == State::Waiting);
        assert_eq!(condition.waiters(), waiting);
        let mut waiters = wait_all(3, &condition, &other);
        assert_eq!(condition.notify(1 + waiting), 1 + waiting);
        drop(waiters[0].assert_ready());
        // It was told, and stands in the condition's list.
        assert_eq!(condition.notify_all(), 2);
        drop(waiters.pop());
        drop(waiters[1].assert_ready());
        drop(waiters);
        assert_serves(&condition, &other);
    });
}

#[test]
fn a_notification_by_number_is_kept_by_one_that_is_forgotten() {
    for way in &WAYS {
        println!("{}", way.name);
        let condition = Condition::new();
        let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
        way.wait(&condition, &lock).forget();
        drop(lock);
        let mut waiter = wait(&condition, &other);
        assert!(condition.notify_one());
        waiter.assert_pending();
        assert_eq!((waiter.wakes(), condition.waiters()), (0, 1));
        assert!(condition.notify_one());
        drop(waiter.assert_ready());
    }
}

#[test]
fn the_lock_may_move_while_one_that_is_forgotten_stands_in_its_line() {
    for state in State::ALL {
        println!("{state:?}");
        let (condition, lock) = (Condition::new(), Lock::new(7));
        let mut waiter = Polled::new(condition.wait(lock.try_lock().unwrap()));
        if state != State::Unpolled {
            waiter.assert_pending();
            let guard = lock.try_lock().unwrap();
            if state != State::Waiting {
                assert_eq!(condition.notify_all(), 1);
            }
            if let State::Carried | State::Granted = state {
                waiter.assert_pending();
            }
            if state == State::Carried {
                forget(guard);
            }
        }
        waiter.forget();
        let mut moved = Box::new(lock);
        assert_eq!(*moved.get_mut(), 7);
        let waiting = usize::from(state == State::Waiting);
        assert_eq!(condition.notify_all(), waiting);
        assert_eq!(moved.waiters(), usize::from(state == State::Carried));
        if let State::Waiting | State::Notified = state {
            // The lock is free: whoever comes now is served.
            let moved = Arc::new(*moved);
            assert_serves(&condition, &moved);
        } else {
            // It was granted, or its holder is forgotten too.
            assert!(moved.is_locked());
            let queued = Polled::waiting(moved.lock());
            drop(queued);
            assert!(moved.try_lock().is_none());
            assert_eq!(moved.into_inner(), 7);
        }
    }
}

#[test]
fn the_condition_may_move_while_one_that_is_forgotten_stands_in_its_list() {
    in_each_state(|state, way| {
        let condition = Condition::new();
        let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
        state.forget_one(way, &condition, &lock);
        let moved = Box::new(condition);
        drop(lock);
        assert_serves(&moved, &other);
        let moved_again = *moved;
        assert_serves(&moved_again, &other);
        assert_eq!(moved_again.waiters(), 0);
    });
}

#[test]
fn the_condition_may_go_while_one_that_is_forgotten_stands_in_its_list() {
    in_each_state(|state, way| {
        let condition = Box::new(Condition::new());
        let lock = Arc::new(Lock::new(0));
        state.forget_one(way, &condition, &lock);
        drop(condition);
        let condition = Condition::new();
        if let State::Waiting | State::Notified = state {
            assert_usable(&condition, &lock);
        } else {
            assert!(lock.try_lock().is_none());
            assert_eq!(lock.waiters(), usize::from(state == State::Carried));
            drop(Polled::waiting(lock.lock()));
        }
    });
}

#[test]
fn neighbours_of_one_that_is_forgotten_come_and_go() {
    for state in [State::Waiting, State::Notified] {
        for leaver in [0, 1] {
            let condition = Condition::new();
            let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
            let before = wait(&condition, &other);
            let forgotten = wait(&condition, &lock);
            let after = wait(&condition, &other);
            if state == State::Notified {
                assert_eq!(condition.notify(3), 3);
            }
            forgotten.forget();
            drop(lock);
            let mut neighbours = vec![before, after];
            drop(neighbours.remove(leaver));
            neighbours.push(wait(&condition, &other));
            assert!(condition.notify_all() > 0);
            for waiter in &mut neighbours {
                drop(waiter.assert_ready());
            }
            drop(neighbours);
            assert_eq!((condition.waiters(), other.is_locked()), (0, false));
            assert_serves(&condition, &other);
        }
    }
}

#[test]
fn many_are_forgotten_and_the_others_are_served() {
    let condition = Condition::new();
    let other = Arc::new(Lock::new(0));
    let mut served: Vec<Waiter<'_>> = Vec::new();
    for round in 0..100 {
        let lock = Arc::new(Lock::new(0));
        WAYS[round % 6].wait(&condition, &lock).forget();
        served.push(wait(&condition, &other));
    }
    assert_eq!(condition.notify_all(), 200);
    for waiter in &mut served {
        drop(waiter.assert_ready());
    }
    drop(served);
    assert_serves(&condition, &other);
}

#[test]
fn one_that_is_forgotten_with_its_lock_keeps_its_run_until_one_is_polled() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let first = wait(&condition, &lock);
    let mut others = wait_all(2, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 3);
    assert_eq!((first.wakes(), wakes(&others)), (1, vec![0, 0]));
    first.forget();
    others[1].assert_pending();
    assert_eq!(lock.waiters(), 3);
    // It is the first in line, and is granted the lock: it keeps it.
    drop(guard);
    assert_eq!((lock.is_locked(), lock.waiters()), (true, 2));
    assert!(format!("{lock:?}").contains("granted"), "{lock:?}");
    others.iter_mut().for_each(Polled::assert_pending);
    assert_eq!(wakes(&others), [0, 0]);
    drop(others);
    assert_eq!((lock.is_locked(), lock.waiters()), (true, 0));
}

#[test]
fn whoever_is_before_one_that_is_forgotten_is_served() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let mut before = wait_all(2, &condition, &lock);
    let forgotten = wait(&condition, &lock);
    let mut behind = wait(&condition, &lock);
    assert_eq!(condition.notify_all(), 4);
    forgotten.forget();
    drop(before[0].assert_ready());
    drop(before[1].assert_ready());
    behind.assert_pending();
    assert_eq!((lock.is_locked(), behind.wakes()), (true, 0));
    drop((behind, before));
    drop(lock);
    assert_eq!(condition.notify_all(), 0);
}

#[test]
fn a_lock_that_stands_where_another_stood_is_safe_to_use() {
    let (condition, other) = (Condition::new(), Arc::new(Lock::new(0)));
    // Assigned in place: each lock has the address of the one before it.
    let mut slot = Box::new(Lock::new(String::new()));
    for round in 0..20 {
        *slot = Lock::new(format!("round {round}"));
        let mut waiter = Polled::waiting(condition.wait(slot.try_lock().unwrap()));
        let mut elsewhere = wait(&condition, &other);
        assert!(condition.notify_all() >= 2);
        if let Poll::Ready(guard) = waiter.poll() {
            assert!(std::ptr::eq(LockGuard::source(&guard), &*slot));
            assert_eq!(*guard, format!("round {round}"));
        }
        drop(elsewhere.assert_ready());
        drop((waiter, elsewhere));
        *slot = Lock::new("between".to_owned());
        let forgotten = Polled::waiting(condition.wait(slot.try_lock().unwrap()));
        if round % 2 == 0 {
            assert_eq!(condition.notify_all(), 1);
        }
        forgotten.forget();
    }
    assert_eq!(slot.get_mut(), "between");
    assert_serves(&condition, &other);
}

#[test]
fn one_that_is_forgotten_is_not_granted_the_lock_that_stands_where_its_own_stood() {
    let condition = Condition::new();
    let mut slot = Lock::new("the old one");
    Polled::waiting(condition.wait(slot.try_lock().unwrap())).forget();
    // In place: an allocator that hands out the same memory again does the same.
    slot = Lock::new("the new one");
    let mut waiter = Polled::waiting(condition.wait(slot.try_lock().unwrap()));
    assert_eq!(condition.notify_all(), 2);
    let new = waiter.poll();
    assert!(
        new.is_ready(),
        "the new lock went to a wait that came with the old one"
    );
}

#[test]
fn the_arc_of_an_owned_wait_that_is_forgotten_is_kept() {
    let condition = Box::new(Condition::new());
    let lock = Arc::new(Lock::new(0));
    WAYS[1].wait(&condition, &lock).forget();
    drop(condition);
    assert_eq!(Arc::strong_count(&lock), 2);
    let condition = Condition::new();
    let mut waiter = wait(&condition, &lock);
    assert!(condition.notify_one());
    drop(waiter.assert_ready());
    drop(waiter);
    assert_idle(&condition, &lock);
}
