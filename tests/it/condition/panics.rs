//! Wakers that panic, in each of their operations: the others are woken, the first panic
//! resumes, no lock and no notification is lost, and the wait continues.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Poll;

use aiosync::futures::ConditionWait;
use aiosync::{Condition, Lock};

use super::{assert_usable, wait, wait_all};
use crate::common::{Call, Hostile, Polled, panic_message, watched, while_panicking};

type Wait<'a> = Polled<ConditionWait<'a, 'a, u32>>;

/// Creates a waker that panics at each `call`, with the name of the call.
fn panicking(call: Call) -> Hostile {
    let hostile = Hostile::new();
    hostile.on(call, move || panic!("{call:?}"));
    hostile
}

/// Begins a wait with a waker that panics at each later `call`.
#[track_caller]
fn hostile_wait<'a>(
    condition: &'a Condition,
    lock: &'a Lock<u32>,
    call: Call,
) -> (Wait<'a>, Hostile) {
    let hostile = Hostile::new();
    let mut waiter = Polled::new(condition.wait(lock.try_lock().unwrap()));
    assert!(waiter.poll_with(hostile.waker()).is_pending());
    hostile.on(call, move || panic!("{call:?}"));
    (waiter, hostile)
}

/// Asserts that a poll with this waker panics.
#[track_caller]
fn poll_panics(waiter: &mut Wait<'_>, hostile: &Hostile, message: &str) {
    let panic = panic_message(|| drop(waiter.poll_with(hostile.waker())));
    assert_eq!(panic, message);
}

#[test]
fn a_clone_that_panics_in_the_first_poll_leaves_the_guard_in_the_future() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let hostile = panicking(Call::Clone);
        let mut waiter = Polled::new(condition.wait(lock.try_lock().unwrap()));
        for _ in 0..2 {
            poll_panics(&mut waiter, &hostile, "Clone");
            assert_eq!(
                (condition.waiters(), lock.is_locked(), hostile.kept()),
                (0, true, 0)
            );
        }
        waiter.assert_pending();
        assert!(condition.notify_one());
        drop(waiter.assert_ready());
        let mut dropped = Polled::new(condition.wait(lock.try_lock().unwrap()));
        poll_panics(&mut dropped, &hostile, "Clone");
        drop(dropped);
        drop(waiter);
        assert_usable(&condition, &lock);
    });
}

#[test]
fn a_clone_that_panics_in_a_later_poll_leaves_the_wait_as_it_was() {
    watched(|| {
        for step in ["waiting", "notified", "requeued"] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let hostile = panicking(Call::Clone);
            let mut first = wait(&condition, &lock);
            let mut waiter = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
            let guard = lock.try_lock().unwrap();
            if step != "waiting" {
                assert_eq!(condition.notify_all(), 2);
            }
            if step == "requeued" {
                waiter.assert_pending();
            }
            poll_panics(&mut waiter, &hostile, "Clone");
            assert_eq!((waiter.wakers_kept(), hostile.kept()), (1, 0), "{step}");
            condition.notify_all();
            first.assert_pending();
            drop(guard);
            drop(first.assert_ready());
            assert_eq!(waiter.wakes(), 1, "{step}");
            drop(waiter.assert_ready());
            drop((first, waiter));
            assert_usable(&condition, &lock);
        }
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_notification_whose_wake_panics_notifies_every_waiter() {
    watched(|| {
        for size in [1, 2, 33, 70] {
            for unwinding in [false, true] {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let (mut first, hostile) = hostile_wait(&condition, &lock, Call::Wake);
                let mut others = wait_all(size - 1, &condition, &lock);
                // The panic resumes after the last step.
                if unwinding {
                    while_panicking(|| assert_eq!(condition.notify_all(), size));
                } else {
                    let message = panic_message(|| assert_eq!(condition.notify_all(), size));
                    assert_eq!(message, "Wake");
                }
                assert_eq!(condition.waiters(), 0);
                assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
                drop(first.assert_ready());
                for waiter in &mut others {
                    drop(waiter.assert_ready());
                }
                drop((first, others));
                assert_usable(&condition, &lock);
            }
        }
    });
}

#[test]
fn a_wake_that_panics_as_the_wait_begins_leaves_it_registered() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = Polled::new(condition.wait(lock.try_lock().unwrap()));
        let (mut next, hostile) = (Polled::new(lock.lock()), panicking(Call::Wake));
        assert!(next.poll_with(hostile.waker()).is_pending());
        assert_eq!(panic_message(|| waiter.assert_pending()), "Wake");
        assert_eq!(
            (condition.waiters(), lock.is_locked(), lock.waiters()),
            (1, true, 0)
        );
        waiter.assert_pending();
        drop(next.assert_ready());
        assert!(condition.notify_one());
        assert_eq!(waiter.wakes(), 1);
        drop(waiter.assert_ready());
    });
}

#[test]
fn a_wake_that_panics_at_the_grant_leaves_it_granted() {
    watched(|| {
        for dropped in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut first = wait(&condition, &lock);
            let (mut second, hostile) = hostile_wait(&condition, &lock, Call::Wake);
            let mut heir = wait(&condition, &lock);
            assert_eq!(condition.notify(2), 2);
            let guard = first.assert_ready();
            assert_eq!(panic_message(|| drop(guard)), "Wake");
            assert_eq!((lock.is_locked(), hostile.kept()), (true, 0));
            if dropped {
                drop(second);
                assert_eq!(heir.wakes(), 1);
            } else {
                drop(second.assert_ready());
                drop(second);
                assert!(condition.notify_one());
            }
            drop(heir.assert_ready());
            drop((first, heir));
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn a_drop_that_panics_when_the_waker_is_replaced_leaves_the_new_one() {
    watched(|| {
        for requeued in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let (mut waiter, hostile) = hostile_wait(&condition, &lock, Call::Drop);
            let guard = lock.try_lock().unwrap();
            if requeued {
                assert!(condition.notify_one());
                assert!(waiter.poll_with(hostile.waker()).is_pending());
            }
            assert_eq!(panic_message(|| waiter.assert_pending()), "Drop");
            assert_eq!((waiter.wakers_kept(), hostile.kept()), (1, 0));
            assert_eq!(
                (condition.waiters(), lock.waiters()),
                if requeued { (0, 1) } else { (1, 0) }
            );
            condition.notify_all();
            waiter.assert_pending();
            drop(guard);
            drop(waiter.assert_ready());
            drop(waiter);
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn a_drop_that_panics_in_a_poll_that_requeues_leaves_all_requeued() {
    watched(|| {
        for locked in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut first = wait(&condition, &lock);
            let (mut waiter, hostile) = hostile_wait(&condition, &lock, Call::Drop);
            let guard = locked.then(|| lock.try_lock().unwrap());
            assert_eq!(condition.notify_all(), 2);
            assert_eq!(panic_message(|| waiter.assert_pending()), "Drop");
            assert_eq!((waiter.wakers_kept(), hostile.kept()), (1, 0));
            assert_eq!(lock.waiters(), 1 + usize::from(locked));
            drop(guard);
            drop(first.assert_ready());
            assert_eq!(waiter.wakes(), 1);
            drop(waiter.assert_ready());
            drop((first, waiter));
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn a_drop_that_panics_when_the_wait_is_dropped_loses_no_notification() {
    watched(|| {
        for step in ["waiting", "notified", "requeued"] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut first = wait(&condition, &lock);
            let (waiter, hostile) = hostile_wait(&condition, &lock, Call::Drop);
            let mut behind = wait_all(2, &condition, &lock);
            let guard = lock.try_lock().unwrap();
            if step != "waiting" {
                assert_eq!(condition.notify(3), 3);
            }
            if step == "requeued" {
                first.assert_pending();
                assert_eq!(lock.waiters(), 3);
            }
            assert_eq!(panic_message(|| drop(waiter)), "Drop");
            assert_eq!(hostile.kept(), 0);
            let waiting = if step == "waiting" { 3 } else { 0 };
            assert_eq!(condition.waiters(), waiting, "{step}");
            condition.notify_all();
            first.assert_pending();
            drop(guard);
            drop(first.assert_ready());
            for waiter in &mut behind {
                drop(waiter.assert_ready());
            }
            drop((first, behind));
            assert_usable(&condition, &lock);
        }
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_wake_that_panics_when_the_first_notified_waiter_is_dropped_loses_nothing() {
    watched(|| {
        for unwinding in [false, true] {
            for next_is_notified in [false, true] {
                let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
                let first = wait(&condition, &lock);
                // It becomes the first, or inherits the notification, or both.
                let (mut next, next_waker) = hostile_wait(&condition, &lock, Call::Wake);
                let mut heir = wait(&condition, &lock);
                let number = 1 + usize::from(next_is_notified);
                assert_eq!(condition.notify(number), number);
                if unwinding {
                    while_panicking(|| drop(first));
                } else {
                    assert_eq!(panic_message(|| drop(first)), "Wake");
                }
                assert_eq!(next_waker.calls(Call::Wake), 1);
                assert_eq!(condition.waiters(), 2 - number);
                drop(next.assert_ready());
                condition.notify_all();
                drop(heir.assert_ready());
                drop((next, heir));
                assert_usable(&condition, &lock);
            }
        }
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn wakes_that_panic_when_a_granted_waiter_is_dropped_lose_neither_lock_nor_notification() {
    watched(|| {
        for unwinding in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut granted = wait(&condition, &lock);
            let (mut next, next_waker) = hostile_wait(&condition, &lock, Call::Wake);
            let (mut heir, heir_waker) = hostile_wait(&condition, &lock, Call::Wake);
            let guard = lock.try_lock().unwrap();
            assert_eq!(condition.notify(2), 2);
            granted.assert_pending();
            drop(guard);
            if unwinding {
                while_panicking(|| drop(granted));
            } else {
                assert_eq!(panic_message(|| drop(granted)), "Wake");
            }
            let calls = [&next_waker, &heir_waker].map(|waker| waker.calls(Call::Wake));
            assert_eq!((calls, condition.waiters()), ([1, 1], 0));
            heir.assert_pending();
            drop(next.assert_ready());
            drop(heir.assert_ready());
            drop((next, heir));
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn a_drop_that_panics_in_the_poll_that_got_the_lock_loses_no_notification() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
        let mut waiter = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
        let mut other = wait(&condition, &lock);
        let mut heir = wait(&condition, &lock);
        assert_eq!(condition.notify(2), 2);
        // It takes the free lock, requeues the other, and drops its new waker.
        poll_panics(&mut waiter, &panicking(Call::Drop), "Drop");
        // Granted or not: its notification has not been used.
        drop(waiter);
        drop(other.assert_ready());
        assert!(!lock.is_locked());
        assert_eq!(
            (condition.waiters(), heir.wakes()),
            (0, 1),
            "the notification is lost"
        );
        drop(heir.assert_ready());
    });
}

#[test]
fn the_only_notified_waiter_needs_no_waker_if_the_lock_is_free() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Lock::new(0));
        for call in [Call::Clone, Call::Drop] {
            let mut waiter = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
            assert!(condition.notify_one());
            let hostile = panicking(call);
            let Poll::Ready(guard) = waiter.poll_with(hostile.waker()) else {
                panic!("the lock was free");
            };
            assert_eq!((hostile.calls(call), hostile.kept()), (0, 0));
            drop(guard);
            assert!(!lock.is_locked());
        }
    });
}
