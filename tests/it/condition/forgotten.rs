//! Waits that are forgotten (`mem::forget`), in each state. Their borrow of the lock and of
//! the condition is over: both may be dropped, or moved, while the node is linked. The wait
//! keeps its notification or its grant, and binds the condition as long as it is in one of
//! its lists. The others are served as if it were only slow.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Condition, Lock};

use super::{WAYS, Way, assert_idle, assert_usable, wait, wait_all, wakes};
use crate::common::{Polled, forget, panic_message, watched};

/// How far a wait has come when it is forgotten.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unpolled,
    Waiting,
    Notified,
    Requeued,
    Granted,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Unpolled,
        Self::Waiting,
        Self::Notified,
        Self::Requeued,
        Self::Granted,
    ];

    /// Returns whether the wait is in one of the condition's lists.
    fn binds(self) -> bool {
        matches!(self, Self::Waiting | Self::Notified)
    }

    /// Forgets a wait in this state, of a lock that nobody else uses. Nobody else waits.
    fn forget_one(self, way: &Way, condition: &Condition, lock: &Arc<Lock<u32>>) {
        let mut waiter = Polled::new((way.start)(condition, lock));
        if self != Self::Unpolled {
            waiter.assert_pending();
            let guard = lock.try_lock().unwrap();
            if self != Self::Waiting {
                assert!(condition.notify_one());
            }
            if let Self::Requeued | Self::Granted = self {
                waiter.assert_pending();
                assert_eq!(lock.waiters(), 1);
            }
            if self == Self::Requeued {
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

/// Three waiters are notified, and each gets the lock in turn.
#[track_caller]
fn assert_serves(condition: &Condition, lock: &Arc<Lock<u32>>) {
    let mut waiters = wait_all(3, condition, lock);
    assert!(condition.notify_all() >= 3);
    for waiter in &mut waiters {
        drop(waiter.assert_ready());
    }
    assert!(!lock.is_locked());
}

/// A wait with this lock is refused, because the condition is bound to another one.
#[track_caller]
fn assert_bound(condition: &Condition, lock: &Arc<Lock<u32>>) {
    let mut wait = Polled::new((WAYS[0].start)(condition, lock));
    let message = panic_message(|| drop(wait.poll()));
    assert!(message.contains("serves one Lock at a time"), "{message}");
    assert!(!lock.is_locked());
}

#[test]
fn the_lock_may_be_dropped_before_the_condition_notifies() {
    watched(|| {
        in_each_state(|state, way| {
            let condition = Condition::new();
            let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
            state.forget_one(way, &condition, &lock);
            drop(lock);
            let waiting = usize::from(state == State::Waiting);
            assert_eq!(condition.waiters(), waiting);
            if state.binds() {
                assert_bound(&condition, &other);
                assert_eq!(condition.notify_all(), waiting);
                assert_eq!(condition.notify_all(), 0);
                assert_bound(&condition, &other);
            } else {
                assert_serves(&condition, &other);
            }
        });
    });
}

#[test]
fn a_forgotten_wait_binds_the_condition_forever() {
    watched(|| {
        for way in &WAYS {
            for notified in [false, true] {
                println!("{}, notified: {notified}", way.name);
                let condition = Condition::new();
                let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
                way.wait(&condition, &lock).forget();
                assert_eq!(
                    condition.notify(usize::from(notified)),
                    usize::from(notified)
                );
                for _ in 0..3 {
                    assert_bound(&condition, &other);
                    // Waiters of the same lock come and go.
                    drop(wait(&condition, &lock));
                }
            }
        }
    });
}

#[test]
fn a_forgotten_wait_keeps_the_notification_of_notify_one() {
    for way in &WAYS {
        println!("{}", way.name);
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        way.wait(&condition, &lock).forget();
        let mut waiter = wait(&condition, &lock);
        assert!(condition.notify_one());
        waiter.assert_pending();
        assert_eq!((waiter.wakes(), condition.waiters()), (0, 1));
        assert!(condition.notify_one());
        assert_eq!((waiter.wakes(), condition.waiters()), (0, 0));
        // Its poll requeues both. The forgotten one is the first, and owns the lock.
        waiter.assert_pending();
        assert!(lock.is_locked());
        assert_eq!(lock.waiters(), 1);
        assert!(format!("{lock:?}").contains("granted"), "{lock:?}");
    }
}

#[test]
fn the_lock_may_move_while_a_forgotten_wait_is_in_its_wait_queue() {
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
            if let State::Requeued | State::Granted = state {
                waiter.assert_pending();
            }
            if state == State::Requeued {
                forget(guard);
            }
        }
        waiter.forget();
        let mut moved = Box::new(lock);
        assert_eq!(*moved.get_mut(), 7);
        let waiting = usize::from(state == State::Waiting);
        assert_eq!(condition.notify_all(), waiting);
        assert_eq!(moved.waiters(), usize::from(state == State::Requeued));
        if state.binds() {
            // The lock is free, and serves others.
            let moved = Arc::new(*moved);
            assert_serves(&Condition::new(), &moved);
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
fn the_condition_may_move_while_a_forgotten_wait_is_in_its_lists() {
    watched(|| {
        in_each_state(|state, way| {
            let condition = Condition::new();
            let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
            state.forget_one(way, &condition, &lock);
            let moved = Box::new(condition);
            let waiting = usize::from(state == State::Waiting);
            assert_eq!(moved.notify_all(), waiting);
            let moved_again = *moved;
            if state.binds() {
                assert_bound(&moved_again, &other);
                let mut behind = wait(&moved_again, &lock);
                assert_eq!(moved_again.notify_all(), 1);
                behind.assert_pending();
                assert_eq!((lock.is_locked(), lock.waiters()), (true, 1));
            } else {
                assert_serves(&moved_again, &other);
            }
            assert_eq!(moved_again.waiters(), 0);
        });
    });
}

#[test]
fn the_condition_may_be_dropped_while_a_forgotten_wait_is_in_its_lists() {
    in_each_state(|state, way| {
        let condition = Box::new(Condition::new());
        let lock = Arc::new(Lock::new(0));
        state.forget_one(way, &condition, &lock);
        drop(condition);
        let condition = Condition::new();
        if state.binds() {
            assert_usable(&condition, &lock);
        } else {
            assert!(lock.try_lock().is_none());
            assert_eq!(lock.waiters(), usize::from(state == State::Requeued));
            drop(Polled::waiting(lock.lock()));
        }
    });
}

#[test]
fn neighbours_of_a_forgotten_wait_come_and_go() {
    for state in [State::Waiting, State::Notified] {
        for dropped in [0, 1] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let before = wait(&condition, &lock);
            let forgotten = wait(&condition, &lock);
            let after = wait(&condition, &lock);
            if state == State::Notified {
                assert_eq!(condition.notify(3), 3);
            }
            forgotten.forget();
            let mut neighbours = vec![before, after];
            drop(neighbours.remove(dropped));
            neighbours.push(wait(&condition, &lock));
            assert!(condition.notify_all() > 0);
            // Those before it are served. It keeps the lock from those behind it.
            let mut served = 0;
            for waiter in &mut neighbours {
                served += usize::from(waiter.poll().is_ready());
            }
            assert_eq!(served, dropped, "{state:?}");
            assert!(format!("{lock:?}").contains("granted"), "{lock:?}");
            drop(neighbours);
            assert_eq!((condition.waiters(), lock.waiters()), (0, 0));
        }
    }
}

#[test]
fn a_forgotten_first_waiter_keeps_the_others_waiting_until_one_is_polled() {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let first = wait(&condition, &lock);
    let mut others = wait_all(2, &condition, &lock);
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 3);
    assert_eq!((first.wakes(), wakes(&others)), (1, vec![0, 0]));
    first.forget();
    others[1].assert_pending();
    assert_eq!(lock.waiters(), 3);
    // It is the first in the wait queue, is granted the lock, and keeps it.
    drop(guard);
    assert_eq!((lock.is_locked(), lock.waiters()), (true, 2));
    assert!(format!("{lock:?}").contains("granted"), "{lock:?}");
    others.iter_mut().for_each(Polled::assert_pending);
    assert_eq!(wakes(&others), [0, 0]);
    drop(others);
    assert_eq!((lock.is_locked(), lock.waiters()), (true, 0));
}

#[test]
fn the_waiters_before_a_forgotten_one_are_served() {
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
fn many_are_forgotten_and_the_condition_serves_other_locks_in_between() {
    let condition = Condition::new();
    for round in 0..100 {
        // Requeued, with a holder that is forgotten too: it no longer binds the condition.
        let lock = Arc::new(Lock::new(0));
        let state = [State::Requeued, State::Granted, State::Unpolled][round % 3];
        state.forget_one(&WAYS[round % 6], &condition, &lock);
        drop(lock);
        assert_usable(&condition, &Arc::new(Lock::new(0)));
    }
}

/// Assigns new locks to one place, so that each has the address of the one before it, which
/// an allocator may do as well.
#[test]
fn a_new_lock_at_the_address_of_an_old_one_is_safe_to_use() {
    for notified in [false, true] {
        let condition = Condition::new();
        let mut place = Box::new(Lock::new("old".to_owned()));
        let forgotten = Polled::waiting(condition.wait(place.try_lock().unwrap()));
        assert_eq!(
            condition.notify(usize::from(notified)),
            usize::from(notified)
        );
        forgotten.forget();
        *place = Lock::new("new".to_owned());
        // The forgotten wait is before these, and is requeued into the new lock's queue.
        let mut waiters: Vec<_> = (0..3)
            .map(|_| Polled::waiting(condition.wait(place.try_lock().unwrap())))
            .collect();
        assert_eq!(condition.notify_all(), 4 - usize::from(notified));
        waiters[1].assert_pending();
        assert_eq!((place.is_locked(), place.waiters()), (true, 3));
        assert!(format!("{place:?}").contains("granted"), "{place:?}");
        drop(waiters);
        assert_eq!((place.is_locked(), place.waiters()), (true, 0));
        // Every list is empty: the condition serves another lock.
        assert_usable(&condition, &Arc::new(Lock::new(0)));
        assert_eq!(place.get_mut(), "new");
        *place = Lock::new("newer".to_owned());
        let mut waiter = Polled::waiting(condition.wait(place.try_lock().unwrap()));
        assert!(condition.notify_one());
        assert_eq!(*waiter.assert_ready(), "newer");
    }
}

#[test]
fn a_forgotten_owned_wait_keeps_its_arc() {
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
