//! Constructors, `Debug`, finished futures.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Permit, Semaphore};

use crate::common::{Polled, panic_message};

#[test]
fn a_static_needs_no_initialisation() {
    static PERMITS: Semaphore = Semaphore::new(2);
    static BOUNDED: Semaphore = Semaphore::bounded(1);
    let permit: Permit<'static> = PERMITS.try_acquire().unwrap();
    assert_eq!(PERMITS.available_permits(), 1);
    drop(permit);
    assert!(BOUNDED.release(1).is_err());
}

#[test]
fn each_state_prints_differently_and_in_one_line() {
    let semaphore = Semaphore::new(3);
    let mut states = Vec::new();
    let mut note = || {
        let text = format!("{semaphore:?}");
        assert!(!text.contains('\n'), "{text}");
        assert!(!states.contains(&text), "{text} stands for two states");
        states.push(text.clone());
        text
    };
    let free = note();
    let permit = semaphore.try_acquire_many(3).unwrap();
    let held = note();
    let mut first = Polled::waiting(semaphore.acquire_many(2));
    note();
    let second = Polled::waiting(semaphore.acquire());
    note();
    drop(permit);
    let both_granted = note();
    drop(second);
    note();
    let permit = first.assert_ready();
    let one_free = note();
    semaphore.reduce(3);
    note();
    semaphore.reduce(1);
    note();
    drop(permit);
    note();
    semaphore.release(4).unwrap();
    assert_eq!(format!("{semaphore:?}"), free);

    // The same states, reached in other ways.
    let permit = semaphore.try_acquire_many(3).unwrap();
    assert_eq!(format!("{semaphore:?}"), held);
    let waiters = [semaphore.acquire(), semaphore.acquire_many(2)].map(Polled::waiting);
    drop(permit);
    assert_eq!(format!("{semaphore:?}"), both_granted);
    drop(waiters);
    assert_eq!(format!("{semaphore:?}"), free);
    let _two = semaphore.try_acquire_many(2);
    assert_eq!(format!("{semaphore:?}"), one_free);
}

#[test]
fn a_bound_is_printed() {
    let (bounded, unbounded) = (Semaphore::bounded(1), Semaphore::new(1));
    assert_ne!(format!("{bounded:?}"), format!("{unbounded:?}"));
}

#[test]
fn each_state_of_a_future_prints_differently() {
    let semaphore = Arc::new(Semaphore::new(0));
    let mut borrowed = Polled::new(semaphore.acquire());
    let mut owned = Polled::new(Arc::clone(&semaphore).acquire_owned());
    let mut states = Vec::new();
    macro_rules! note {
        () => {
            for text in [
                format!("{:?}", borrowed.future()),
                format!("{:?}", owned.future()),
            ] {
                assert!(!text.contains('\n'), "{text}");
                assert!(!states.contains(&text), "{text} stands for two states");
                states.push(text);
            }
        };
    }
    note!();
    borrowed.assert_pending();
    owned.assert_pending();
    note!();
    semaphore.release(2).unwrap();
    note!();
    drop(borrowed.assert_ready());
    drop(owned.assert_ready());
    note!();
}

#[test]
fn polling_a_finished_future_panics_and_names_the_rule() {
    let semaphore = Arc::new(Semaphore::new(3));
    let mut borrowed = Polled::new(semaphore.acquire());
    let mut owned = Polled::new(Arc::clone(&semaphore).acquire_many_owned(2));
    let mut nothing = Polled::new(semaphore.acquire_many(0));
    let permits = (borrowed.assert_ready(), owned.assert_ready());
    drop(nothing.assert_ready());
    let mut waited = Polled::waiting(semaphore.acquire());
    drop(permits);
    let permit = waited.assert_ready();
    for message in [
        panic_message(|| drop(borrowed.assert_ready())),
        panic_message(|| drop(owned.assert_ready())),
        panic_message(|| drop(nothing.assert_ready())),
        panic_message(|| drop(waited.assert_ready())),
    ] {
        assert!(message.contains("aiosync"), "{message}");
        assert!(
            message.contains("polled after it had completed"),
            "{message}"
        );
    }
    assert_eq!(semaphore.available_permits(), 2);
    drop(permit);
    assert_eq!(semaphore.available_permits(), 3);
}
