//! `reduce`: removes permits. Those that are not free become a debt.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Semaphore;

use super::assert_counts;
use crate::common::{Order, Polled, panic_message};

const MAX: usize = Semaphore::MAX_PERMITS;

#[test]
fn what_is_free_is_taken_at_once() {
    let semaphore = Semaphore::new(3);
    semaphore.reduce(0);
    assert_counts(&semaphore, 3, 0, 0);
    semaphore.reduce(2);
    assert_counts(&semaphore, 1, 0, 0);
    assert!(semaphore.try_acquire().is_some(), "no debt is left");
    semaphore.reduce(1);
    assert_counts(&semaphore, 0, 0, 0);
    semaphore.release(1).unwrap();
    assert_counts(&semaphore, 1, 0, 0);
}

#[test]
fn what_is_missing_becomes_a_debt_that_permits_pay_as_they_come_back() {
    let semaphore = Arc::new(Semaphore::new(3));
    let mut first = semaphore.try_acquire_many(2).unwrap();
    let second = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    semaphore.reduce(2);
    assert_counts(&semaphore, 0, 3, 2);
    assert_eq!(semaphore.total_permits(), 1);
    drop(first.split(1));
    assert_counts(&semaphore, 0, 2, 1);
    drop(second);
    assert_counts(&semaphore, 0, 1, 0);
    drop(first);
    assert_counts(&semaphore, 1, 0, 0);
    assert!(semaphore.try_acquire().is_some());
}

#[test]
fn a_debt_is_paid_by_releases_too() {
    let semaphore = Semaphore::new(0);
    semaphore.reduce(5);
    assert_eq!(semaphore.total_permits(), 0);
    semaphore.release(3).unwrap();
    assert_counts(&semaphore, 0, 0, 2);
    assert!(semaphore.try_acquire().is_none());
    semaphore.release(3).unwrap();
    assert_counts(&semaphore, 1, 0, 0);
    assert!(semaphore.try_acquire().is_some());
}

#[test]
fn several_debts_add_up() {
    let semaphore = Semaphore::new(1);
    for _ in 0..3 {
        semaphore.reduce(1);
    }
    assert_counts(&semaphore, 0, 0, 2);
    semaphore.release(2).unwrap();
    assert_counts(&semaphore, 0, 0, 0);
    semaphore.release(1).unwrap();
    assert_counts(&semaphore, 1, 0, 0);
}

#[test]
fn the_total_is_nothing_where_the_debt_exceeds_what_is_there() {
    let semaphore = Semaphore::new(2);
    let held = semaphore.try_acquire_many(2).unwrap();
    semaphore.reduce(7);
    assert_eq!(semaphore.total_permits(), 0);
    semaphore.release(5).unwrap();
    assert_eq!(semaphore.total_permits(), 0);
    semaphore.release(1).unwrap();
    assert_eq!(semaphore.total_permits(), 1);
    drop(held);
    assert_counts(&semaphore, 1, 0, 0);
}

#[test]
fn a_debt_is_paid_before_the_queue() {
    let semaphore = Semaphore::new(0);
    let mut first = Polled::waiting(semaphore.acquire());
    let mut second = Polled::waiting(semaphore.acquire());
    semaphore.reduce(2);
    semaphore.release(1).unwrap();
    semaphore.release(1).unwrap();
    assert_eq!((first.wakes(), semaphore.waiters()), (0, 2));
    assert_counts(&semaphore, 0, 0, 0);
    semaphore.release(1).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    second.assert_pending();
    drop(first.assert_ready());
    drop(second.assert_ready());
    assert_counts(&semaphore, 1, 0, 0);
}

#[test]
fn permits_kept_for_a_large_first_request_pay_a_debt_first() {
    let semaphore = Semaphore::new(2);
    let mut large = Polled::waiting(semaphore.acquire_many(3));
    semaphore.reduce(1);
    assert_counts(&semaphore, 1, 0, 0);
    semaphore.reduce(3);
    assert_counts(&semaphore, 0, 0, 2);
    semaphore.release(4).unwrap();
    assert_eq!(large.wakes(), 0);
    assert_counts(&semaphore, 2, 0, 0);
    semaphore.release(1).unwrap();
    assert_eq!(large.assert_ready().permits(), 3);
}

#[test]
fn one_release_pays_the_debt_and_serves_the_queue_with_the_rest() {
    let semaphore = Semaphore::new(0);
    let order = Order::new();
    let _waiters: Vec<_> = (0..4)
        .map(|label| Polled::waiting_with(semaphore.acquire(), order.waker(label)))
        .collect();
    semaphore.reduce(3);
    semaphore.release(5).unwrap();
    assert_eq!(order.so_far(), [0, 1]);
    assert_counts(&semaphore, 0, 2, 0);
}

#[test]
fn a_dropped_grant_pays_the_debt_first() {
    let semaphore = Semaphore::new(0);
    let small = Polled::waiting(semaphore.acquire());
    let large = Polled::waiting(semaphore.acquire_many(3));
    let mut behind = Polled::waiting(semaphore.acquire());
    semaphore.release(4).unwrap();
    assert_eq!((small.wakes(), large.wakes(), behind.wakes()), (1, 1, 0));
    semaphore.reduce(2);
    assert_counts(&semaphore, 0, 4, 2);
    drop(small);
    assert_eq!(behind.wakes(), 0);
    assert_counts(&semaphore, 0, 3, 1);
    drop(large);
    assert_eq!(behind.wakes(), 1);
    assert_counts(&semaphore, 1, 1, 0);
    drop(behind.assert_ready());
    assert_counts(&semaphore, 2, 0, 0);
}

#[test]
fn a_forgotten_permit_pays_no_debt() {
    let semaphore = Semaphore::new(2);
    let mut held = semaphore.try_acquire_many(2).unwrap();
    semaphore.reduce(1);
    held.split(1).unwrap().forget();
    assert_counts(&semaphore, 0, 1, 1);
    drop(held);
    assert_counts(&semaphore, 0, 0, 0);
    semaphore.release(1).unwrap();
    assert!(semaphore.try_acquire().is_some());
}

#[test]
fn a_waiter_that_leaves_does_not_hide_the_debt() {
    let semaphore = Semaphore::new(0);
    let waiter = Polled::waiting(semaphore.acquire());
    semaphore.reduce(1);
    drop(waiter);
    semaphore.release(1).unwrap();
    assert_counts(&semaphore, 0, 0, 0);
    semaphore.release(1).unwrap();
    assert!(semaphore.try_acquire().is_some());
}

#[test]
fn a_newcomer_queues_behind_a_debt() {
    let semaphore = Semaphore::new(0);
    semaphore.reduce(1);
    let mut waiter = Polled::waiting(semaphore.acquire());
    semaphore.release(1).unwrap();
    waiter.assert_pending();
    assert_eq!(waiter.wakes(), 0);
    semaphore.release(1).unwrap();
    assert_eq!(waiter.wakes(), 1);
    drop(waiter.assert_ready());
}

#[test]
fn a_debt_lets_a_bounded_semaphore_be_released() {
    let semaphore = Semaphore::bounded(2);
    let held = semaphore.try_acquire_many(2).unwrap();
    semaphore.reduce(2);
    assert!(semaphore.release(3).is_err());
    assert_counts(&semaphore, 0, 2, 2);
    semaphore.release(2).unwrap();
    assert_counts(&semaphore, 0, 2, 0);
    assert!(semaphore.release(1).is_err());
    drop(held);
    assert_counts(&semaphore, 2, 0, 0);
}

#[test]
fn a_debt_above_the_maximum_panics_and_changes_nothing() {
    let semaphore = Semaphore::new(3);
    let held = semaphore.try_acquire().unwrap();
    for too_many in [MAX + 3, usize::MAX] {
        let message = panic_message(|| semaphore.reduce(too_many));
        assert!(message.contains("MAX_PERMITS"), "{message}");
        assert_counts(&semaphore, 2, 1, 0);
    }
    assert!(semaphore.try_acquire().is_some(), "the line is not stuck");

    semaphore.reduce(MAX + 2);
    assert_counts(&semaphore, 0, 1, MAX);
    let mut waiter = Polled::waiting(semaphore.acquire());
    let message = panic_message(|| semaphore.reduce(1));
    assert!(message.contains("MAX_PERMITS"), "{message}");
    drop(held);
    semaphore.release(MAX - 1).unwrap();
    assert_eq!(waiter.wakes(), 0);
    assert_counts(&semaphore, 0, 0, 0);
    semaphore.release(1).unwrap();
    drop(waiter.assert_ready());
}

#[test]
fn an_excessive_debt_changes_nothing_for_the_waiters() {
    let semaphore = Semaphore::new(2);
    let mut large = Polled::waiting(semaphore.acquire_many(3));
    assert!(panic_message(|| semaphore.reduce(usize::MAX)).contains("MAX_PERMITS"));
    large.assert_pending();
    assert_eq!((large.wakes(), semaphore.waiters()), (0, 1));
    assert_counts(&semaphore, 2, 0, 0);
    assert!(semaphore.try_acquire().is_none());
    semaphore.release(1).unwrap();
    drop(large.assert_ready());
}

#[test]
fn the_greatest_debt_and_the_greatest_total_fit_together() {
    let semaphore = Semaphore::new(MAX);
    let held = semaphore.try_acquire_many(MAX).unwrap();
    semaphore.reduce(MAX);
    assert_counts(&semaphore, 0, MAX, MAX);
    assert!(semaphore.release(MAX + 1).is_err());
    semaphore.release(MAX).unwrap();
    assert_counts(&semaphore, 0, MAX, 0);
    assert!(semaphore.release(1).is_err());
    semaphore.reduce(MAX);
    drop(held);
    assert_counts(&semaphore, 0, 0, 0);
    semaphore.release(1).unwrap();
    assert_counts(&semaphore, 1, 0, 0);
}
