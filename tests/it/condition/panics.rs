//! Wakers that panic, in each of their operations: everybody else is woken, the first
//! panic comes out, no lock and no notification is lost, and the wait goes on.
#![forbid(unsafe_code)]

use std::panic::panic_any;
use std::sync::Arc;
use std::task::Poll;

use aiosync::futures::ConditionWait;
use aiosync::{Condition, Lock};

use super::{assert_idle, assert_usable, wait, wait_all};
use crate::common::{Call, Hostile, Polled, panic_message, watched, while_panicking};

type Wait<'a> = Polled<ConditionWait<'a, 'a, u32>>;

/// A waker that panics at each `call`, with the call's name.
fn panicking(call: Call) -> Hostile {
    let hostile = Hostile::new();
    hostile.on(call, move || panic!("{call:?}"));
    hostile
}

/// Waits with a waker that panics at `call` from now on.
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

/// Polls with a waker, which panics.
#[track_caller]
fn poll_panics(waiter: &mut Wait<'_>, hostile: &Hostile, message: &str) {
    let panic = panic_message(|| drop(waiter.poll_with(hostile.waker())));
    assert_eq!(panic, message);
}

#[test]
fn a_clone_that_panics_in_the_first_poll_leaves_the_lock_with_the_wait() {
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
        for step in ["waiting", "notified", "carried"] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let hostile = panicking(Call::Clone);
            let mut first = wait(&condition, &lock);
            let mut waiter = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
            let guard = lock.try_lock().unwrap();
            if step != "waiting" {
                assert_eq!(condition.notify_all(), 2);
            }
            if step == "carried" {
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

#[test]
fn notify_all_wakes_everybody_although_wakers_panic() {
    watched(|| {
        // Each lock is a run of its own: 70 are woken, in three batches.
        for panics in [&[0][..], &[69], &[31, 32], &[3, 40, 68]] {
            let condition = Condition::new();
            let locks: [_; 70] = std::array::from_fn(|_| Arc::new(Lock::new(0)));
            let mut waiters = Vec::new();
            let mut hostiles = Vec::new();
            for (place, lock) in locks.iter().enumerate() {
                let hostile = Hostile::new();
                let mut waiter = Polled::new(condition.wait(lock.try_lock().unwrap()));
                assert!(waiter.poll_with(hostile.waker()).is_pending());
                if panics.contains(&place) {
                    hostile.on(Call::Wake, move || panic!("{place}"));
                }
                waiters.push(waiter);
                hostiles.push(hostile);
            }
            let message = panic_message(|| assert_eq!(condition.notify_all(), 70));
            assert_eq!(message, panics[0].to_string(), "the first panic comes out");
            assert_eq!(condition.waiters(), 0);
            for (waiter, hostile) in waiters.iter_mut().zip(&hostiles) {
                assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
                drop(waiter.assert_ready());
            }
            drop(waiters);
            assert_usable(&condition, &locks[0]);
        }
    });
}

#[test]
fn the_payload_of_a_second_panic_is_dropped() {
    watched(|| {
        let condition = Condition::new();
        let (one, two) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
        let (first, _hostile) = hostile_wait(&condition, &one, Call::Wake);
        let (second, hostile) = hostile_wait(&condition, &two, Call::Wake);
        let payload = Arc::new(());
        let thrown = Arc::clone(&payload);
        hostile.on(Call::Wake, move || panic_any(Arc::clone(&thrown)));
        assert_eq!(
            panic_message(|| assert_eq!(condition.notify_all(), 2)),
            "Wake"
        );
        drop((first, second, hostile));
        assert_eq!(Arc::strong_count(&payload), 1, "it is kept");
        assert_idle(&condition, &one);
        assert_idle(&condition, &two);
    });
}

#[test]
fn a_notification_from_a_thread_that_panics_wakes_everybody() {
    watched(|| {
        let condition = Condition::new();
        let (one, two) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
        let (mut first, _hostile) = hostile_wait(&condition, &one, Call::Wake);
        let mut second = wait(&condition, &two);
        while_panicking(|| assert_eq!(condition.notify_all(), 2));
        assert_eq!(second.wakes(), 1);
        drop(first.assert_ready());
        drop(second.assert_ready());
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
fn a_wake_that_panics_in_a_poll_that_got_the_lock_leaves_it_granted() {
    watched(|| {
        for dropped in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut carrier = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
            let mut before = wait_all(32, &condition, &lock);
            let (mut first_left, hostile) = hostile_wait(&condition, &lock, Call::Wake);
            let mut after = wait_all(6, &condition, &lock);
            assert_eq!(condition.notify_all(), 40);
            // With one less, the 33rd of the run is one that was not woken: the poll
            // that carries 32 wakes it.
            drop(before.remove(20));
            assert_eq!(panic_message(|| drop(carrier.poll())), "Wake");
            assert_eq!(hostile.calls(Call::Wake), 1);
            assert_eq!((lock.is_locked(), lock.waiters()), (true, 31));
            if !dropped {
                drop(carrier.assert_ready());
            }
            drop(carrier);
            assert_eq!(before[0].wakes(), 1);
            for waiter in &mut before {
                drop(waiter.assert_ready());
            }
            drop(first_left.assert_ready());
            for waiter in &mut after {
                drop(waiter.assert_ready());
            }
            drop((before, first_left, after));
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn a_drop_that_panics_when_the_waker_is_replaced_leaves_the_new_one() {
    watched(|| {
        for carried in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let (mut waiter, hostile) = hostile_wait(&condition, &lock, Call::Drop);
            let guard = lock.try_lock().unwrap();
            if carried {
                assert!(condition.notify_one());
                assert!(waiter.poll_with(hostile.waker()).is_pending());
            }
            assert_eq!(panic_message(|| waiter.assert_pending()), "Drop");
            assert_eq!((waiter.wakers_kept(), hostile.kept()), (1, 0));
            assert_eq!(
                (condition.waiters(), lock.waiters()),
                if carried { (0, 1) } else { (1, 0) }
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
fn a_drop_that_panics_in_a_poll_that_carries_leaves_all_carried() {
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
fn a_drop_that_panics_when_the_wait_is_dropped_passes_its_duties_on() {
    watched(|| {
        for step in ["waiting", "notified", "carried"] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let mut first = wait(&condition, &lock);
            let (waiter, hostile) = hostile_wait(&condition, &lock, Call::Drop);
            let mut behind = wait_all(2, &condition, &lock);
            let guard = lock.try_lock().unwrap();
            if step != "waiting" {
                assert_eq!(condition.notify(3), 3);
            }
            if step == "carried" {
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

#[test]
fn wakes_that_panic_when_the_chosen_one_is_dropped_keep_nobody_asleep() {
    watched(|| {
        for unwinding in [false, true] {
            let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
            let other = Lock::new(0);
            let chosen = wait(&condition, &lock);
            // The role goes to one of them, the notification to the other.
            let (mut next, next_waker) = hostile_wait(&condition, &lock, Call::Wake);
            let (mut heir, heir_waker) = hostile_wait(&condition, &other, Call::Wake);
            assert_eq!(condition.notify(2), 2);
            if unwinding {
                while_panicking(|| drop(chosen));
            } else {
                assert_eq!(panic_message(|| drop(chosen)), "Wake");
            }
            let calls = [&next_waker, &heir_waker].map(|waker| waker.calls(Call::Wake));
            assert_eq!((calls, condition.waiters()), ([1, 1], 0));
            drop(next.assert_ready());
            drop(heir.assert_ready());
            drop((next, heir));
            assert_usable(&condition, &lock);
        }
    });
}

#[test]
fn wakes_that_panic_when_a_granted_one_is_dropped_lose_neither_lock_nor_notification() {
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
        // It takes the free lock, carries the other, and needs its new waker no more.
        poll_panics(&mut waiter, &panicking(Call::Drop), "Drop");
        // Whether it was granted or gave up: nobody got anything for the notification.
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
fn a_notified_one_that_is_alone_and_finds_the_lock_free_needs_no_waker() {
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
