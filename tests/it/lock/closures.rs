//! `with`: a closure that runs under the lock.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::Arc;

use aiosync::Lock;

#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, panic_message};

#[test]
fn a_free_lock_runs_the_closure_in_the_first_poll() {
    let lock = Lock::new(vec![1]);
    let mut with = Polled::new(lock.with(|list| {
        list.push(2);
        list.len()
    }));
    assert_eq!(with.assert_ready(), 2);
    assert!(!lock.is_locked(), "the closure has returned");
    assert_eq!(*lock.try_lock().unwrap(), [1, 2]);
}

#[test]
fn the_lock_is_held_while_the_closure_runs() {
    let lock = Lock::new(1);
    let held = |_: &mut u32| (lock.is_locked(), lock.try_lock().is_none());
    assert_eq!(Polled::new(lock.with(held)).assert_ready(), (true, true));
    assert!(!lock.is_locked());
}

#[test]
fn a_waiting_closure_runs_when_it_is_polled_with_the_lock_in_hand() {
    let lock = Lock::new(0);
    let runs = Cell::new(0);
    let guard = lock.try_lock().unwrap();
    let mut with = Polled::waiting(lock.with(|value| {
        runs.set(runs.get() + 1);
        *value += 1;
    }));
    let mut behind = Polled::waiting(lock.lock());
    drop(guard);
    assert_eq!((with.wakes(), runs.get()), (1, 0));
    with.assert_ready();
    assert_eq!(runs.get(), 1);
    assert_eq!(behind.wakes(), 1);
    assert_eq!(*behind.assert_ready(), 1);
}

#[test]
fn a_closure_that_panics_hands_the_lock_off() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let mut with = Polled::waiting(lock.with(|value| {
        *value = 9;
        panic!("inside");
    }));
    let mut behind = Polled::waiting(lock.lock());
    drop(guard);
    assert_eq!(panic_message(|| with.assert_ready()), "inside");
    assert_eq!(behind.wakes(), 1);
    assert_eq!(*behind.assert_ready(), 9);
    drop(with);
    assert!(!lock.is_locked());
}

#[test]
fn a_closure_that_panics_in_the_first_poll_leaves_the_lock_free() {
    let lock = Lock::new(0);
    let mut with = Polled::new(lock.with(|_| panic!("inside")));
    assert_eq!(panic_message(|| with.assert_ready()), "inside");
    assert!(lock.try_lock().is_some());
}

#[test]
fn a_dropped_closure_never_runs_and_passes_the_lock_on() {
    let lock = Lock::new(0);
    let captured = Arc::new(());
    let closure = || {
        let captured = Arc::clone(&captured);
        move |_: &mut u32| panic!("a dropped closure runs, with {captured:?}")
    };
    drop(lock.with(closure()));

    let guard = lock.try_lock().unwrap();
    let granted = Polled::waiting(lock.with(closure()));
    let waiting = Polled::waiting(lock.with(closure()));
    let mut behind = Polled::waiting(lock.lock());
    assert_eq!(Arc::strong_count(&captured), 3);
    drop(guard);
    drop(waiting);
    assert_eq!(behind.wakes(), 0);
    drop(granted);
    assert_eq!(behind.wakes(), 1);
    drop(behind.assert_ready());
    assert_eq!(Arc::strong_count(&captured), 1);
}

#[test]
fn a_finished_closure_is_not_run_again() {
    let lock = Lock::new(0);
    let mut with = Polled::new(lock.with(|value| *value += 1));
    with.assert_ready();
    let message = panic_message(|| with.assert_ready());
    assert!(
        message.contains("polled after it had completed"),
        "{message}"
    );
    assert_eq!(*lock.try_lock().unwrap(), 1);
}

#[test]
fn closures_block_threads_too() {
    let lock = Lock::new(1);
    assert_eq!(lock.with(|value| *value + 1).block(), 2);
    let guard = lock.try_lock().unwrap();
    let nothing = lock
        .with(|value| *value = 5)
        .block_timeout(std::time::Duration::ZERO);
    assert!(nothing.is_none());
    assert_eq!(lock.waiters(), 0);
    drop(guard);
    let done = lock
        .with(|value| *value = 7)
        .block_timeout(std::time::Duration::ZERO);
    assert!(done.is_some());
    assert_eq!(lock.into_inner(), 7);
}
