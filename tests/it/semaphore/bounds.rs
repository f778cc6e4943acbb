//! `release`, `drain`, bounds, requests that can never be granted.
#![forbid(unsafe_code)]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aiosync::Semaphore;

use super::assert_counts;
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, panic_message};

const MAX: usize = Semaphore::MAX_PERMITS;

#[test]
fn a_semaphore_may_start_with_nothing() {
    let semaphore = Semaphore::new(0);
    assert_counts(&semaphore, 0, 0, 0);
    assert!(semaphore.try_acquire().is_none());
    let mut waiter = Polled::waiting(semaphore.acquire());
    semaphore.release(1).unwrap();
    drop(waiter.assert_ready());
    assert_counts(&semaphore, 1, 0, 0);
}

#[test]
fn a_semaphore_may_start_with_all_there_can_be() {
    for semaphore in [Semaphore::new(MAX), Semaphore::bounded(MAX)] {
        assert_counts(&semaphore, MAX, 0, 0);
        let all = semaphore.try_acquire_many(MAX).unwrap();
        assert_counts(&semaphore, 0, MAX, 0);
        assert!(semaphore.release(1).is_err());
        drop(all);
        assert_counts(&semaphore, MAX, 0, 0);
    }
}

#[test]
fn a_semaphore_cannot_start_with_more_than_there_can_be() {
    for message in [
        panic_message(|| drop(Semaphore::new(MAX + 1))),
        panic_message(|| drop(Semaphore::new(usize::MAX))),
        panic_message(|| drop(Semaphore::bounded(MAX + 1))),
    ] {
        assert!(message.contains("MAX_PERMITS"), "{message}");
    }
}

#[test]
fn a_release_over_the_maximum_is_an_error_that_changes_nothing() {
    let semaphore = Semaphore::new(1);
    for too_many in [MAX, MAX + 1, usize::MAX / 2, usize::MAX / 2 + 2, usize::MAX] {
        assert!(semaphore.release(too_many).is_err());
        assert_counts(&semaphore, 1, 0, 0);
    }
    semaphore.release(MAX - 1).unwrap();
    assert_counts(&semaphore, MAX, 0, 0);
    assert!(semaphore.release(1).is_err());
    semaphore.release(0).unwrap();
    assert_counts(&semaphore, MAX, 0, 0);
}

#[test]
fn a_bounded_semaphore_never_has_more_than_it_started_with() {
    let semaphore = Semaphore::bounded(3);
    let error = semaphore.release(1).unwrap_err();
    assert_counts(&semaphore, 3, 0, 0);
    semaphore.release(0).unwrap();
    let text = error.to_string();
    assert!(text.contains('1') && text.contains('3'), "{text}");
    let _: &dyn Error = &error;

    // Held permits count too.
    let held = semaphore.try_acquire_many(3).unwrap();
    assert!(semaphore.release(1).is_err());
    assert_counts(&semaphore, 0, 3, 0);
    drop(held);
    assert_counts(&semaphore, 3, 0, 0);
}

#[test]
fn what_is_granted_counts_against_the_bound() {
    let semaphore = Semaphore::bounded(2);
    let held = semaphore.try_acquire_many(2).unwrap();
    let mut first = Polled::waiting(semaphore.acquire_many(2));
    let second = Polled::waiting(semaphore.acquire());
    assert!(semaphore.release(1).is_err());
    assert_eq!((first.wakes(), second.wakes()), (0, 0));
    assert_counts(&semaphore, 0, 2, 0);
    drop(held);
    assert!(semaphore.release(1).is_err());
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(first.assert_ready());
    assert_eq!(second.wakes(), 1);
}

#[test]
fn what_was_taken_away_may_be_released_again() {
    let semaphore = Semaphore::bounded(4);
    assert_eq!(semaphore.drain(1), 1);
    semaphore.reduce(1);
    semaphore.try_acquire().unwrap().forget();
    assert_counts(&semaphore, 1, 0, 0);
    assert!(semaphore.release(4).is_err());
    assert_counts(&semaphore, 1, 0, 0);
    semaphore.release(3).unwrap();
    assert_counts(&semaphore, 4, 0, 0);
    assert!(semaphore.release(1).is_err());
}

#[test]
fn a_failed_release_serves_nobody() {
    let semaphore = Semaphore::bounded(3);
    let held = semaphore.try_acquire_many(2).unwrap();
    let mut waiter = Polled::waiting(semaphore.acquire_many(3));
    assert!(semaphore.release(2).is_err());
    waiter.assert_pending();
    assert_eq!((waiter.wakes(), semaphore.waiters()), (0, 1));
    assert_counts(&semaphore, 1, 2, 0);
    drop(held);
    drop(waiter.assert_ready());
}

#[test]
fn a_request_above_the_bound_panics_at_the_call() {
    for (bound, wanted) in [(3, 4), (0, 1), (3, usize::MAX), (MAX, MAX + 1)] {
        let semaphore = Arc::new(Semaphore::bounded(bound));
        for message in [
            panic_message(|| drop(semaphore.acquire_many(wanted))),
            panic_message(|| drop(Arc::clone(&semaphore).acquire_many_owned(wanted))),
            panic_message(|| drop(semaphore.acquire_many_blocking(wanted))),
        ] {
            assert!(message.contains("can never be granted"), "{message}");
        }
        assert!(semaphore.try_acquire_many(wanted).is_none());
        assert!(
            Arc::clone(&semaphore)
                .try_acquire_many_owned(wanted)
                .is_none()
        );
        assert_counts(&semaphore, bound, 0, 0);
        assert_eq!(Arc::strong_count(&semaphore), 1);
    }
}

#[test]
fn a_request_above_the_maximum_panics_at_the_call() {
    let semaphore = Arc::new(Semaphore::new(1));
    for wanted in [MAX + 1, usize::MAX / 2 + 1, usize::MAX] {
        assert!(semaphore.try_acquire_many(wanted).is_none());
        assert!(
            Arc::clone(&semaphore)
                .try_acquire_many_owned(wanted)
                .is_none()
        );
        let message = panic_message(|| drop(semaphore.acquire_many(wanted)));
        assert!(message.contains("can never be granted"), "{message}");
    }
    // The largest request that can be granted.
    drop(Polled::waiting(semaphore.acquire_many(MAX)));
    assert!(semaphore.try_acquire_many(MAX).is_none());
    assert_counts(&semaphore, 1, 0, 0);
}

#[test]
fn nobody_can_ask_a_semaphore_bounded_at_nothing() {
    let semaphore = Arc::new(Semaphore::bounded(0));
    for message in [
        panic_message(|| drop(semaphore.acquire())),
        panic_message(|| drop(Arc::clone(&semaphore).acquire_owned())),
        panic_message(|| drop(semaphore.acquire_blocking())),
        panic_message(|| drop(semaphore.acquire_blocking_timeout(Duration::ZERO))),
    ] {
        assert!(message.contains("can never be granted"), "{message}");
    }
    assert!(semaphore.try_acquire().is_none());
    assert!(semaphore.release(1).is_err());
    assert_eq!(
        Polled::new(semaphore.acquire_many(0))
            .assert_ready()
            .permits(),
        0
    );
}

#[test]
fn a_request_within_the_bound_waits_though_the_total_is_smaller_now() {
    let semaphore = Semaphore::bounded(2);
    assert_eq!(semaphore.drain(2), 2);
    let mut waiter = Polled::waiting(semaphore.acquire_many(2));
    semaphore.release(2).unwrap();
    drop(waiter.assert_ready());
}

#[test]
fn drain_takes_what_is_free_and_no_more() {
    let semaphore = Semaphore::new(5);
    let held = semaphore.try_acquire_many(2).unwrap();
    assert_eq!(semaphore.drain(0), 0);
    assert_counts(&semaphore, 3, 2, 0);
    assert_eq!(semaphore.drain(1), 1);
    assert_counts(&semaphore, 2, 2, 0);
    assert_eq!(semaphore.drain(usize::MAX), 2);
    assert_counts(&semaphore, 0, 2, 0);
    assert_eq!(semaphore.drain(1), 0);
    drop(held);
    assert_counts(&semaphore, 2, 0, 0);
}

#[test]
fn drain_takes_nothing_while_anybody_waits() {
    let semaphore = Semaphore::new(2);
    let waiter = Polled::waiting(semaphore.acquire_many(3));
    assert_eq!(semaphore.drain(2), 0);
    assert_counts(&semaphore, 2, 0, 0);
    drop(waiter);
    assert_eq!(semaphore.drain(2), 2);
    assert_counts(&semaphore, 0, 0, 0);
}

#[test]
fn drain_takes_nothing_while_there_is_a_debt() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    semaphore.reduce(3);
    assert_eq!(semaphore.drain(1), 0);
    assert_counts(&semaphore, 0, 1, 3);
    drop(held);
    assert_eq!(semaphore.drain(1), 0);
    assert_counts(&semaphore, 0, 0, 2);
    semaphore.release(3).unwrap();
    assert_eq!(semaphore.drain(9), 1);
    assert_counts(&semaphore, 0, 0, 0);
}
