//! Dropping a wait in each of its states: never polled, waiting, notified, chosen,
//! in the lock's line, granted, done. After a notification by number the next
//! waiter is told instead; after `notify_all` nobody is.
#![forbid(unsafe_code)]

use std::pin::Pin;
use std::sync::Arc;

use aiosync::{Condition, Lock};

use super::{WAYS, Waiter, Way, assert_idle, assert_usable, wait, wait_all, wakes};
use crate::common::{Polled, drop_elsewhere};

/// Where a wait is dropped.
type Drop = for<'a> fn(Waiter<'a>);

/// Runs a test for each way of waiting, dropping here and on another thread.
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

/// How the waits were notified.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Number,
    All,
}

impl By {
    const BOTH: [Self; 2] = [Self::Number, Self::All];

    /// Notifies `number`, and lets one more wait, who is the next to be told.
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

    /// After one was dropped: the heir is told if the notification was by number,
    /// else it can be told. Then it is woken, unless another was for its run.
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
fn dropping_a_wait_that_was_never_polled_gives_the_lock_back() {
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
fn dropping_a_waiting_one_takes_it_out_and_wakes_nobody() {
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
fn dropping_a_waiting_one_leaves_a_held_lock_alone() {
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
fn dropping_a_notified_one_passes_a_notification_by_number_on() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut first = wait(&condition, &lock);
            let notified = way.wait(&condition, &lock);
            let mut last = wait(&condition, &lock);
            let mut heir = by.notify(3, &condition, &lock);
            assert_eq!((first.wakes(), notified.wakes()), (1, 0));
            drop_it(notified);
            // It is of the run whose first was woken.
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
fn dropping_the_chosen_one_passes_its_role_and_a_notification_by_number_on() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let chosen = way.wait(&condition, &lock);
            let mut others = wait_all(2, &condition, &lock);
            let mut heir = by.notify(3, &condition, &lock);
            assert_eq!((chosen.wakes(), wakes(&others)), (1, vec![0, 0]));
            drop_it(chosen);
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
fn dropping_a_chosen_one_that_is_alone_passes_a_notification_by_number_on() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            for locked in [false, true] {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let chosen = way.wait(&condition, &lock);
                let mut heir = by.notify(1, &condition, &lock);
                let guard = locked.then(|| lock.try_lock().unwrap());
                drop_it(chosen);
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
fn dropping_a_carried_one_takes_it_out_of_the_locks_line() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            for leaver in 0..3 {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let mut carried: Vec<_> = (0..3).map(|_| way.wait(&condition, &lock)).collect();
                let mut heir = by.notify(3, &condition, &lock);
                let guard = lock.try_lock().unwrap();
                carried[0].assert_pending();
                assert_eq!(lock.waiters(), 3);
                drop_it(carried.remove(leaver));
                assert_eq!(lock.waiters(), 2);
                // The train has left: the heir is the first of the next.
                by.check_heir(&mut heir, &condition, true);
                heir.assert_pending();
                assert_eq!(lock.waiters(), 3);
                drop(guard);
                for waiter in &mut carried {
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
fn dropping_a_granted_one_passes_the_lock_on() {
    in_each_way(|way, drop_it| {
        for by in By::BOTH {
            for first_is_carrier in [true, false] {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let mut granted = way.wait(&condition, &lock);
                let mut next = way.wait(&condition, &lock);
                let mut heir = by.notify(2, &condition, &lock);
                if first_is_carrier {
                    // Carried while the lock was held, granted by its release.
                    let guard = lock.try_lock().unwrap();
                    granted.assert_pending();
                    drop(guard);
                    assert_eq!(granted.wakes(), 2);
                } else {
                    // Granted by the carriage.
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
fn dropping_the_last_granted_one_frees_the_lock() {
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
        // So many of these steps come before the drop: it is notified, carried,
        // granted.
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
