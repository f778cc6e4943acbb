//! Constructors, `Debug`, finished futures.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;

use aiosync::RwLock;

use super::{FREE, assert_free, assert_read, assert_write, state};
use crate::common::{Polled, panic_message};

#[test]
fn constructors_and_destructors_keep_the_value() {
    assert_eq!(RwLock::new("new").into_inner(), "new");
    assert_eq!(RwLock::<u32>::default().into_inner(), 0);
    assert_eq!(RwLock::from(3).into_inner(), 3);
    let mut lock: RwLock<Vec<u32>> = vec![1].into();
    lock.get_mut().push(2);
    lock.try_write().unwrap().push(3);
    assert_eq!(*lock.get_mut(), [1, 2, 3]);
    assert_free(&lock);
}

#[test]
fn a_lock_drops_its_value_once() {
    let value = Arc::new(());
    drop(RwLock::new(Arc::clone(&value)));
    assert_eq!(Arc::strong_count(&value), 1);
    drop(RwLock::new(Arc::clone(&value)).into_inner());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_static_needs_no_initialisation() {
    static COUNTER: RwLock<u32> = RwLock::new(7);
    assert_eq!(state(&COUNTER), FREE);
    let guard: aiosync::RwLockReadGuard<'static, u32> = COUNTER.try_read().unwrap();
    assert_eq!(*guard, 7);
    assert_read(&COUNTER, 1, 0);
}

#[test]
fn more_readers_than_a_program_has_are_allowed() {
    let lock = RwLock::new(());
    let guards: Vec<_> = (0..10_000).map(|_| lock.try_read().unwrap()).collect();
    assert_read(&lock, 10_000, 0);
    assert!(RwLock::<()>::MAX_READERS > guards.len());
    drop(guards);
    assert_free(&lock);
}

#[test]
fn each_state_prints_differently_and_in_one_line() {
    let lock = RwLock::new(5);
    let mut states = Vec::new();
    let mut note = |lock: &RwLock<u32>| {
        let text = format!("{lock:?}");
        assert!(!text.contains('\n'), "{text}");
        assert!(!states.contains(&text), "{text} stands for two states");
        states.push(text.clone());
        text
    };
    let free = note(&lock);
    assert!(free.contains('5'), "a free lock shows its data: {free}");
    let first = lock.try_read().unwrap();
    let read = note(&lock);
    assert!(read.contains('5'), "readers do not hide the data: {read}");
    let second = lock.try_read().unwrap();
    note(&lock);
    let mut writer = Polled::waiting(lock.write());
    note(&lock);
    drop(second);
    note(&lock);
    let mut reader = Polled::waiting(lock.read());
    note(&lock);
    drop(first);
    let granted = note(&lock);
    assert!(granted.contains("granted_not_taken: 1"), "{granted}");
    let guard = writer.assert_ready();
    note(&lock);
    drop(guard);
    note(&lock);
    drop(reader.assert_ready());
    assert_eq!(format!("{lock:?}"), free);
    let guard = lock.try_write();
    note(&lock);
    drop(guard);
    assert_eq!(format!("{lock:?}"), free);
}

#[test]
fn a_grant_that_is_dropped_is_no_longer_printed() {
    let lock = RwLock::new(5);
    let holder = lock.try_write().unwrap();
    let readers = [(); 3].map(|()| Polled::waiting(lock.read()));
    let writer = Polled::waiting(lock.write());
    let untaken = |count: usize| {
        let text = format!("{lock:?}");
        assert!(
            text.contains(&format!("granted_not_taken: {count},")),
            "{text}"
        );
    };
    untaken(0);
    drop(holder);
    for (dropped, reader) in readers.into_iter().enumerate() {
        untaken(3 - dropped);
        drop(reader);
    }
    untaken(1);
    assert_write(&lock, 0);
    drop(writer);
    untaken(0);
    assert_free(&lock);
}

#[test]
fn data_that_cannot_be_printed_leaves_the_lock_free() {
    struct Unprintable;

    impl fmt::Debug for Unprintable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no words for this");
        }
    }

    let lock = RwLock::new(Unprintable);
    let message = panic_message(|| drop(format!("{lock:?}")));
    assert_eq!(message, "no words for this");
    assert_eq!(state(&lock), FREE);
}

#[test]
fn each_state_of_a_future_prints_differently() {
    let lock = Arc::new(RwLock::new(0));
    let holder = lock.try_write().unwrap();
    let mut read = Polled::new(lock.read());
    let mut write = Polled::new(lock.write());
    let mut read_owned = Polled::new(Arc::clone(&lock).read_owned());
    let mut write_owned = Polled::new(Arc::clone(&lock).write_owned());
    let mut states = Vec::new();
    let mut note = |text: String| {
        assert!(!text.contains('\n'), "{text}");
        assert!(!states.contains(&text), "{text} stands for two states");
        states.push(text);
    };
    macro_rules! note {
        ($($future:ident),*) => { $(note(format!("{:?}", $future.future()));)* };
    }
    note!(read, write, read_owned, write_owned);
    read.assert_pending();
    write.assert_pending();
    read_owned.assert_pending();
    write_owned.assert_pending();
    note!(read, write, read_owned, write_owned);
    drop(holder);
    note!(read);
    drop(read.assert_ready());
    note!(write);
    drop(write.assert_ready());
    note!(read_owned);
    drop(read_owned.assert_ready());
    note!(write_owned);
    drop(write_owned.assert_ready());
    note!(read, write, read_owned, write_owned);
}

#[test]
fn polling_a_finished_future_panics_and_names_the_rule() {
    let lock = Arc::new(RwLock::new(0));
    let holder = lock.try_write().unwrap();
    let mut waited = Polled::waiting(lock.read());
    drop(holder);
    let mut reader = Polled::new(lock.read());
    let guards = (waited.assert_ready(), reader.assert_ready());
    let mut messages = vec![
        panic_message(|| drop(waited.assert_ready())),
        panic_message(|| drop(reader.assert_ready())),
    ];
    assert_read(&lock, 2, 0);
    drop(guards);
    let mut writer = Polled::new(Arc::clone(&lock).write_owned());
    let guard = writer.assert_ready();
    messages.push(panic_message(|| drop(writer.assert_ready())));
    assert_write(&lock, 0);
    drop(guard);
    for message in messages {
        assert!(message.contains("aiosync"), "{message}");
        assert!(
            message.contains("polled after it had completed"),
            "{message}"
        );
    }
    assert_free(&lock);
}
