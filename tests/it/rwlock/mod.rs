//! RwLock.
//!
//! | module | content |
//! |---|---|
//! | [`order`] | the order of grants: runs of readers, and one writer at a time |
//! | [`wakes`] | which waker is woken, and when |
//! | [`cancel`] | dropping and forgetting a future in each of its states |
//! | [`downgrade`] | exchanging a write guard for a read guard |
//! | [`guards`] | the eight guards: access, mapping, moving, panics |
//! | [`surface`] | constructors, `Debug`, finished futures |
//! | [`blocking`] | threads and tasks in one queue, timeouts |
//! | [`threads`] | many threads and tasks at once |
#![forbid(unsafe_code)]

#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod cancel;
mod downgrade;
mod guards;
mod order;
mod surface;
mod threads;
mod wakes;

use std::fmt::Debug;

use aiosync::RwLock;

/// What the methods of a lock return about its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    readers: usize,
    writer: bool,
    waiters: usize,
}

const FREE: State = State {
    readers: 0,
    writer: false,
    waiters: 0,
};

fn state<T: ?Sized>(lock: &RwLock<T>) -> State {
    State {
        readers: lock.readers(),
        writer: lock.is_write_locked(),
        waiters: lock.waiters(),
    }
}

/// Asserts that readers hold the lock.
#[track_caller]
fn assert_read<T: ?Sized>(lock: &RwLock<T>, readers: usize, waiters: usize) {
    let expected = State {
        readers,
        writer: false,
        waiters,
    };
    assert_eq!(state(lock), expected);
}

/// Asserts that a writer holds the lock.
#[track_caller]
fn assert_write<T: ?Sized>(lock: &RwLock<T>, waiters: usize) {
    let expected = State {
        readers: 0,
        writer: true,
        waiters,
    };
    assert_eq!(state(lock), expected);
}

/// Asserts that the lock is free and can be acquired for reading and for writing.
#[track_caller]
fn assert_free<T: ?Sized + Debug>(lock: &RwLock<T>) {
    assert_eq!(state(lock), FREE, "{lock:?}");
    assert!(
        format!("{lock:?}").contains("granted_not_taken: 0"),
        "{lock:?}"
    );
    assert!(lock.try_write().is_some());
    assert!(lock.try_read().is_some());
    assert_eq!(state(lock), FREE);
}
