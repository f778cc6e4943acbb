//! Dropping a wait in each of its states: unpolled, waiting, notified, requeued, granted,
//! done. A notification by number passes on to the next waiter, one of `notify_all` does not.
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::sync::Arc;

use aiosync::{Condition, Lock};

use super::{WAYS, Waiter, Way, assert_idle, assert_usable, wait, wait_all, wakes};
use crate::common::{Polled, drop_elsewhere};

/// Drops a wait, on this thread or on another one.
type Drop = for<'a> fn(Waiter<'a>);

/// Runs a test for each way of waiting, with drops on this thread and on another one.
fn in_each_way(test: impl Fn(&Way, Drop)) {
    let places: [(&str, Drop); 2] = [
        ("here", |waiter| drop(waiter)),
        ("elsewhere", |waiter| drop_elsewhere(waiter)),
    ];
    for way in &WAYS {
        for (name, place) in places {
            println!("{}, dropped {name}", way.name);
            test(way, place);
        }
    }
}

/// The kind of notification.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Number,
    All,
}

impl By {
    const BOTH: [Self; 2] = [Self::Number, Self::All];

    /// Notifies `number` waiters, and registers one more, which is the next to be notified.
    #[track_caller]
    fn notify<'a>(
        self,
        number: usize,
        condition: &'a Condition,
        lock: &'a Arc<Lock<u32>>,
    ) -> Waiter<'a> {
        assert_eq!(condition.waiters(), number);
        match self {
            Self::Number => {
                let heir = wait(condition, lock);
                assert_eq!(condition.notify(number), number);
                heir
            }
            Self::All => {
                assert_eq!(condition.notify_all(), number);
                wait(condition, lock)
            }
        }
    }

    /// Checks the heir after a notified waiter was dropped: it is notified if the notification
    /// was by number. It is woken if it is the first notified waiter.
    #[track_caller]
    fn check_heir(self, heir: &mut Waiter<'_>, condition: &Condition, woken: bool) {
        match self {
            Self::Number => {
                assert_eq!(condition.waiters(), 0, "the notification was lost");
                assert_eq!(heir.wakes(), usize::from(woken));
            }
            Self::All => {
                assert_eq!((condition.waiters(), heir.wakes()), (1, 0));
                heir.assert_pending();
                assert!(condition.notify_one());
                assert_eq!(heir.wakes(), usize::from(woken));
            }
        }
    }
}

#[test]
fn dropping_an_unpolled_wait_releases_the_lock() {
    in_each_way(|way, drop_it| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = way.wait(&condition, &lock);
        let unpolled = Polled::new((way.start)(&condition, &lock));
        let mut next = Polled::waiting(lock.lock());
        assert_eq!(condition.notify_all(), 1);
        drop_it(unpolled);
        assert_eq!(
            (next.wakes(), waiter.wakes(), condition.waiters()),
            (1, 1, 0)
        );
        drop(next.assert_ready());
        drop(waiter.assert_ready());
        assert_usable(&condition, &lock);
    });
}

#[test]
fn dropping_a_waiting_waiter_unlinks_it_and_wakes_nobody() {
    in_each_way(|way, drop_it| {
        for leaver in 0..4 {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiters: Vec<_> = (0..4).map(|_| way.wait(&condition, &lock)).collect();
            drop_it(waiters.remove(leaver));
            assert_eq!(condition.waiters(), 3);
            assert!(!lock.is_locked());
            assert_eq!(wakes(&waiters), [0, 0, 0]);
            assert!(condition.notify_one());
            waiters[1].assert_pending();
            waiters[2].assert_pending();
            drop(waiters[0].assert_ready());
            assert_eq!(condition.notify_all(), 2);
            drop(waiters[1].assert_ready());
            drop(waiters[2].assert_ready());
            assert_idle(&condition, &lock);
        }
    });
}

#[test]
fn dropping_a_waiting_waiter_does_not_affect_a_held_lock() {
    in_each_way(|way, drop_it| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let waiter = way.wait(&condition, &lock);
        let guard = lock.try_lock().unwrap();
        let next = Polled::waiting(lock.lock());
        drop_it(waiter);
        assert!(lock.is_locked());
        assert_eq!(
            (next.wakes(), lock.waiters(), condition.waiters()),
            (0, 1, 0)
        );
        drop(next);
        drop(guard);
        assert_usable(&condition, &lock);
    });
}

#[test]
fn dropping_a_notified_waiter_passes_on_a_notification_by_number() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut first = wait(&condition, &lock);
            let notified = way.wait(&condition, &lock);
            let mut last = wait(&condition, &lock);
            let mut heir = by.notify(3, &condition, &lock);
            assert_eq!((first.wakes(), notified.wakes()), (1, 0));
            drop_it(notified);
            // The first notified waiter was woken before.
            by.check_heir(&mut heir, &condition, false);
            drop(first.assert_ready());
            drop(last.assert_ready());
            drop(heir.assert_ready());
            assert_eq!(heir.wakes(), 1);
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn dropping_the_first_notified_waiter_wakes_the_next_and_passes_on_a_notification_by_number() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let first = way.wait(&condition, &lock);
            let mut others = wait_all(2, &condition, &lock);
            let mut heir = by.notify(3, &condition, &lock);
            assert_eq!((first.wakes(), wakes(&others)), (1, vec![0, 0]));
            drop_it(first);
            assert_eq!(wakes(&others), [1, 0], "the role went to the next");
            match by {
                By::Number => assert_eq!((condition.waiters(), heir.wakes()), (0, 0)),
                By::All => assert_eq!((condition.waiters(), heir.wakes()), (1, 0)),
            }
            drop(others[0].assert_ready());
            drop(others[1].assert_ready());
            assert_eq!(wakes(&others), [1, 1]);
            if by == By::All {
                heir.assert_pending();
                assert!(condition.notify_one());
            }
            drop(heir.assert_ready());
            assert_eq!(heir.wakes(), 1);
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn dropping_the_only_notified_waiter_passes_on_a_notification_by_number() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            for locked in [false, true] {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let first = way.wait(&condition, &lock);
                let mut heir = by.notify(1, &condition, &lock);
                let guard = locked.then(|| lock.try_lock().unwrap());
                drop_it(first);
                assert_eq!((lock.is_locked(), lock.waiters()), (locked, 0));
                by.check_heir(&mut heir, &condition, true);
                drop(guard);
                drop(heir.assert_ready());
                assert_usable(&condition, &lock);
            }
        }
    });
}

#[test]
fn dropping_a_requeued_waiter_unlinks_it_from_the_locks_wait_queue() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            for leaver in 0..3 {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let mut requeued: Vec<_> = (0..3).map(|_| way.wait(&condition, &lock)).collect();
                let mut heir = by.notify(3, &condition, &lock);
                let guard = lock.try_lock().unwrap();
                requeued[0].assert_pending();
                assert_eq!(lock.waiters(), 3);
                drop_it(requeued.remove(leaver));
                assert_eq!(lock.waiters(), 2);
                // All others are requeued: the heir is the first notified waiter.
                by.check_heir(&mut heir, &condition, true);
                heir.assert_pending();
                assert_eq!(lock.waiters(), 3);
                drop(guard);
                for waiter in &mut requeued {
                    heir.assert_pending();
                    drop(waiter.assert_ready());
                }
                drop(heir.assert_ready());
                assert_eq!(heir.wakes(), 2);
                assert_usable(&condition, &lock);
            }
        }
    });
}

#[test]
fn dropping_a_granted_waiter_hands_the_lock_off() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            for first_is_polled in [true, false] {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let mut granted = way.wait(&condition, &lock);
                let mut next = way.wait(&condition, &lock);
                let mut heir = by.notify(2, &condition, &lock);
                if first_is_polled {
                    // Requeued while the lock was held, granted by the unlock.
                    let guard = lock.try_lock().unwrap();
                    granted.assert_pending();
                    drop(guard);
                    assert_eq!(granted.wakes(), 2);
                } else {
                    // Granted by the requeue.
                    next.assert_pending();
                }
                assert!(lock.is_locked());
                assert_eq!((lock.waiters(), next.wakes()), (1, 0));
                drop_it(granted);
                assert!(lock.is_locked());
                assert_eq!((lock.waiters(), next.wakes()), (0, 1));
                by.check_heir(&mut heir, &condition, true);
                heir.assert_pending();
                drop(next.assert_ready());
                drop(heir.assert_ready());
                assert_usable(&condition, &lock);
            }
        }
    });
}

#[test]
fn dropping_the_last_granted_waiter_frees_the_lock() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut granted = way.wait(&condition, &lock);
            let guard = lock.try_lock().unwrap();
            match by {
                By::Number => assert!(condition.notify_one()),
                By::All => assert_eq!(condition.notify_all(), 1),
            }
            granted.assert_pending();
            drop(guard);
            assert!(lock.is_locked());
            drop_it(granted);
            assert!(!lock.is_locked());
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn dropping_a_wait_that_is_done_changes_nothing() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut done = way.wait(&condition, &lock);
            let mut heir = by.notify(1, &condition, &lock);
            let guard = done.assert_ready();
            let next = Polled::waiting(lock.lock());
            drop_it(done);
            assert!(lock.is_locked());
            assert_eq!((next.wakes(), lock.waiters()), (0, 1));
            assert_eq!((heir.wakes(), condition.waiters()), (0, 1));
            heir.assert_pending();
            drop(next);
            drop(guard);
            drop(heir);
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn no_waker_outlives_a_wait_that_is_dropped() {
    in_each_way(|way, drop_it| {
        // The number of steps before the drop: it is notified, requeued, granted.
        for steps in 0..4 {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut waiter = way.wait(&condition, &lock);
            let guard = lock.try_lock().unwrap();
            assert_eq!(waiter.wakers_kept(), 1);
            if steps > 0 {
                assert!(condition.notify_one());
                assert_eq!(waiter.wakers_kept(), 0, "its waker was woken, not kept");
            }
            if steps > 1 {
                waiter.assert_pending();
                assert_eq!((lock.waiters(), waiter.wakers_kept()), (1, 1));
            }
            let guard = Some(guard).filter(|_| steps < 3);
            assert_eq!(waiter.wakers_kept(), usize::from(steps == 0 || steps == 2));
            let before = waiter.wakes();
            let (future, waker) = waiter.split();
            drop_it(Polled::new(*Pin::into_inner(future)));
            assert_eq!((waker.kept(), waker.wakes()), (0, before));
            drop(guard);
            assert_usable(&condition, &lock);
        }
    });
}
