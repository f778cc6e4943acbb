//! Constructors, `Debug`, sizes, finished futures.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;

use aiosync::Lock;

use crate::common::{Polled, panic_message};

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
    // Who comes now does not take it for one that is held.
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
