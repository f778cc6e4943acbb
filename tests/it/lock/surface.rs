//! Constructors, `Debug`, sizes, finished futures.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use aiosync::{Condition, Lock};

#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Call, Hostile, Polled, panic_message};

#[test]
fn constructors_and_destructors_keep_the_value() {
    assert_eq!(Lock::new("new").into_inner(), "new");
    assert_eq!(Lock::<u32>::default().into_inner(), 0);
    assert_eq!(Lock::from(3).into_inner(), 3);
    let mut lock: Lock<Vec<u32>> = vec![1].into();
    lock.get_mut().push(2);
    lock.try_lock().unwrap().push(3);
    assert_eq!(*lock.get_mut(), [1, 2, 3]);
    assert!(!lock.is_locked());
}

#[test]
fn a_lock_drops_its_value_once() {
    let value = Arc::new(());
    drop(Lock::new(Arc::clone(&value)));
    assert_eq!(Arc::strong_count(&value), 1);
    drop(Lock::new(Arc::clone(&value)).into_inner());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_static_needs_no_initialisation() {
    static COUNTER: Lock<u32> = Lock::new(7);
    assert!(!COUNTER.is_locked());
    let guard: aiosync::LockGuard<'static, u32> = COUNTER.try_lock().unwrap();
    assert_eq!(*guard, 7);
    assert!(COUNTER.is_locked());
}

#[test]
fn each_state_prints_differently_and_in_one_line() {
    let lock = Lock::new(5);
    let mut states = Vec::new();
    let mut note = |lock: &Lock<u32>| {
        let text = format!("{lock:?}");
        assert!(!text.contains('\n'), "{text}");
        assert!(!states.contains(&text), "{text} stands for two states");
        states.push(text.clone());
        text
    };
    let free = note(&lock);
    assert!(free.contains('5'), "a free lock shows its data: {free}");
    let guard = lock.try_lock().unwrap();
    let locked = note(&lock);
    let mut first = Polled::waiting(lock.lock());
    note(&lock);
    let mut second = Polled::waiting(lock.lock());
    note(&lock);
    drop(guard);
    let granted_before_another = note(&lock);
    let guard = first.assert_ready();
    drop(guard);
    let granted = note(&lock);
    // A waiter that comes now does not change the state to held.
    let newcomer = Polled::waiting(lock.lock());
    assert_eq!(format!("{lock:?}"), granted_before_another);
    drop(newcomer);
    assert_eq!(format!("{lock:?}"), granted);
    let guard = second.assert_ready();
    assert_eq!(format!("{lock:?}"), locked);
    drop(guard);
    assert_eq!(format!("{lock:?}"), free);

    // Granted to another thread's waiter, and to this one's.
    let guard = lock.try_lock().unwrap();
    let third = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| Polled::waiting(lock.lock()));
        waiter.join().unwrap()
    });
    drop(guard);
    assert_eq!(format!("{lock:?}"), granted);
    drop(third);
    assert_eq!(format!("{lock:?}"), free);
}

/// The sequences that end with a lock granted to a future that was not polled since.
#[test]
fn a_grant_that_was_not_taken_prints_differently_from_a_held_lock_in_every_sequence() {
    const GRANTED: &str = "granted, not yet taken";
    let (lock, condition) = (Arc::new(Lock::new(5)), Condition::new());
    let assert_granted = || {
        let text = format!("{lock:?}");
        assert!(text.contains(GRANTED), "{text}");
    };
    let assert_held = || {
        let text = format!("{lock:?}");
        assert!(lock.is_locked() && !text.contains(GRANTED), "{text}");
    };
    let queued = || Polled::waiting(Arc::clone(&lock).lock_owned());
    let waiting = || Polled::waiting(condition.wait(lock.try_lock().unwrap()));

    // An unlock, the drop of a granted future, and that of one with a queue behind it.
    let guard = lock.try_lock().unwrap();
    let (first, mut second) = (queued(), queued());
    assert_held();
    drop(guard);
    assert_granted();
    drop(first);
    assert_granted();
    let guard = second.assert_ready();
    assert_held();
    let (third, fourth) = (queued(), queued());
    drop(guard);
    assert_granted();
    drop(fourth);
    drop(third);

    // After a grant that was dropped, each way to take the free lock.
    let after_a_dropped_grant = || {
        let guard = lock.try_lock().unwrap();
        let dropped = queued();
        drop(guard);
        assert_granted();
        drop(dropped);
        assert!(!lock.is_locked());
    };
    after_a_dropped_grant();
    let guard = lock.try_lock().unwrap();
    assert_held();
    drop(guard);
    after_a_dropped_grant();
    let guard = Polled::new(lock.lock()).assert_ready();
    assert_held();
    drop(guard);
    after_a_dropped_grant();
    let guard = lock.lock_blocking();
    assert_held();
    drop(guard);

    // The poll of another notified waiter grants a free lock to the first.
    let (mut first, mut second) = (waiting(), waiting());
    assert_eq!(condition.notify_all(), 2);
    second.assert_pending();
    assert_granted();
    let guard = first.assert_ready();
    assert_held();
    drop(guard);
    assert_granted();
    drop(second.assert_ready());

    // The first takes a free lock in its own poll, with another behind it and alone.
    let (mut first, mut second) = (waiting(), waiting());
    assert_eq!(condition.notify_all(), 2);
    let guard = first.assert_ready();
    assert_held();
    drop(guard);
    assert_granted();
    drop(second.assert_ready());
    let mut alone = waiting();
    assert!(condition.notify_one());
    let guard = alone.assert_ready();
    assert_held();

    // A requeued waiter, and a grant of one that is dropped.
    drop(guard);
    let (mut first, second) = (waiting(), waiting());
    let guard = lock.try_lock().unwrap();
    assert_eq!(condition.notify_all(), 2);
    first.assert_pending();
    assert_held();
    drop(guard);
    assert_granted();
    drop(first);
    assert_granted();
    drop(second);
    assert!(!lock.is_locked());
    let guard = lock.try_lock().unwrap();
    assert_held();
    drop(guard);
}

#[test]
fn a_lock_that_a_poll_has_taken_prints_as_granted_while_wakers_run() {
    // The poll takes the lock, and drops the clone of its waker that it no longer needs.
    let (lock, condition) = (Arc::new(Lock::new(5)), Condition::new());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hostile = Hostile::new();
    let mut first = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
    let _second = Polled::waiting(condition.wait(lock.try_lock().unwrap()));
    assert_eq!(condition.notify_all(), 2);
    hostile.on(Call::Drop, {
        let (lock, seen) = (Arc::clone(&lock), Arc::clone(&seen));
        move || seen.lock().unwrap().push(format!("{lock:?}"))
    });
    let Poll::Ready(guard) = first.poll_with(hostile.waker()) else {
        panic!("the lock was free");
    };
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].contains("granted, not yet taken"), "{}", seen[0]);
    drop(guard);
}

#[test]
fn data_that_cannot_be_printed_leaves_the_lock_free() {
    struct Unprintable;

    impl fmt::Debug for Unprintable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no words for this");
        }
    }

    let lock = Lock::new(Unprintable);
    let message = panic_message(|| drop(format!("{lock:?}")));
    assert_eq!(message, "no words for this");
    assert!(!lock.is_locked());
}

#[test]
fn each_state_of_a_future_prints_differently() {
    let lock = Arc::new(Lock::new(0));
    let guard = lock.try_lock().unwrap();
    let mut borrowed = Polled::new(lock.lock());
    let mut owned = Polled::new(Arc::clone(&lock).lock_owned());
    let mut with = Polled::new(lock.with(|_| ()));
    let mut states = Vec::new();
    let mut note = |text: [String; 3]| {
        for text in text {
            assert!(!text.contains('\n'), "{text}");
            assert!(!states.contains(&text), "{text} stands for two states");
            states.push(text);
        }
    };
    macro_rules! note {
        () => {
            note([
                format!("{:?}", borrowed.future()),
                format!("{:?}", owned.future()),
                format!("{:?}", with.future()),
            ])
        };
    }
    note!();
    borrowed.assert_pending();
    owned.assert_pending();
    with.assert_pending();
    note!();
    drop(guard);
    let borrowed_granted = format!("{:?}", borrowed.future());
    let guard = borrowed.assert_ready();
    drop(guard);
    let owned_granted = format!("{:?}", owned.future());
    drop(owned.assert_ready());
    let with_granted = format!("{:?}", with.future());
    with.assert_ready();
    note([borrowed_granted, owned_granted, with_granted]);
    note!();
}

#[test]
fn polling_a_finished_future_panics_and_names_the_rule() {
    let lock = Arc::new(Lock::new(0));
    let mut borrowed = Polled::new(lock.lock());
    drop(borrowed.assert_ready());
    let mut owned = Polled::new(Arc::clone(&lock).lock_owned());
    drop(owned.assert_ready());
    let guard = lock.try_lock().unwrap();
    let mut waited = Polled::waiting(lock.lock());
    drop(guard);
    let guard = waited.assert_ready();
    for message in [
        panic_message(|| drop(borrowed.assert_ready())),
        panic_message(|| drop(owned.assert_ready())),
        panic_message(|| drop(waited.assert_ready())),
    ] {
        assert!(message.contains("aiosync"), "{message}");
        assert!(
            message.contains("polled after it had completed"),
            "{message}"
        );
    }
    assert!(lock.is_locked(), "the misuse has unlocked");
    drop(guard);
    assert!(!lock.is_locked());
}
