//! Dropping and forgetting a future in each of its states: unpolled, waiting, granted but not
//! polled since, done.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Semaphore;
use aiosync::futures::{Acquire, AcquireOwned};

use super::assert_counts;
use crate::common::{Order, Polled, drop_elsewhere};

/// The rules, for one kind of future and one thread that drops it.
macro_rules! rules {
    ($way:ident, $future:ty, ($semaphore:ident, $count:ident) => $start:expr, $drop:path) => {
        mod $way {
            use super::*;

            fn start($semaphore: &Arc<Semaphore>, $count: usize) -> $future {
                $start
            }

            #[test]
            fn dropping_a_future_that_was_never_polled_changes_nothing() {
                let semaphore = Arc::new(Semaphore::new(1));
                $drop(Polled::new(start(&semaphore, 1)));
                assert_counts(&semaphore, 1, 0, 0);
                let waiter = Polled::waiting(start(&semaphore, 2));
                $drop(Polled::new(start(&semaphore, 1)));
                assert_eq!((waiter.wakes(), semaphore.waiters()), (0, 1));
                assert_counts(&semaphore, 1, 0, 0);
                drop(waiter);
                assert_eq!(Arc::strong_count(&semaphore), 1);
            }

            #[test]
            fn a_waiter_that_leaves_the_queue_affects_no_other() {
                for leaver in 0..5 {
                    let semaphore = Arc::new(Semaphore::new(0));
                    let mut waiters: Vec<_> = (0..5)
                        .map(|_| Polled::waiting(start(&semaphore, 1)))
                        .collect();
                    let (future, waker) = waiters.remove(leaver).split();
                    assert_eq!(waker.kept(), 1);
                    $drop(future);
                    assert_eq!((waker.kept(), waker.wakes()), (0, 0));
                    assert_eq!(semaphore.waiters(), 4);
                    for turn in 0..4 {
                        assert!(waiters[turn..].iter().all(|waiter| waiter.wakes() == 0));
                        semaphore.release(1).unwrap();
                        assert_eq!(waiters[turn].wakes(), 1, "when {leaver} has left");
                        waiters[turn].assert_ready().forget();
                    }
                    assert_counts(&semaphore, 0, 0, 0);
                }
            }

            #[test]
            fn dropping_a_large_first_request_serves_the_next_ones_as_far_as_the_permits_go() {
                let semaphore = Arc::new(Semaphore::new(0));
                let order = Order::new();
                let mut waiters: Vec<_> = [9, 1, 2, 4, 1]
                    .into_iter()
                    .enumerate()
                    .map(|(label, count)| {
                        Polled::waiting_with(start(&semaphore, count), order.waker(label))
                    })
                    .collect();
                semaphore.release(4).unwrap();
                assert!(order.so_far().is_empty());
                $drop(waiters.remove(0));
                assert_eq!(order.so_far(), [1, 2]);
                assert_counts(&semaphore, 1, 3, 0);
                assert_eq!(semaphore.waiters(), 2);
                $drop(waiters.remove(2));
                assert_eq!(order.so_far(), [1, 2, 4]);
                assert_counts(&semaphore, 0, 4, 0);
                for waiter in &mut waiters {
                    waiter.assert_ready().forget();
                }
                assert_counts(&semaphore, 0, 0, 0);
            }

            #[test]
            fn dropping_a_waiter_behind_the_first_serves_nobody() {
                let semaphore = Arc::new(Semaphore::new(3));
                let mut head = Polled::waiting(start(&semaphore, 5));
                let middle = Polled::waiting(start(&semaphore, 4));
                let mut tail = Polled::waiting(start(&semaphore, 1));
                $drop(middle);
                tail.assert_pending();
                assert_eq!((head.wakes(), tail.wakes()), (0, 0));
                assert_counts(&semaphore, 3, 0, 0);
                semaphore.release(3).unwrap();
                assert_eq!(head.assert_ready().permits(), 5);
                drop(tail.assert_ready());
            }

            #[test]
            fn the_permits_are_free_when_every_waiter_has_left_the_queue() {
                let semaphore = Arc::new(Semaphore::new(1));
                for _ in 0..3 {
                    let first = Polled::waiting(start(&semaphore, 2));
                    let second = Polled::waiting(start(&semaphore, 1));
                    assert!(semaphore.try_acquire().is_none());
                    $drop(second);
                    assert!(semaphore.try_acquire().is_none());
                    $drop(first);
                    assert_eq!(semaphore.waiters(), 0);
                    assert!(semaphore.try_acquire().is_some());
                }
                assert_eq!(semaphore.drain(1), 1);
            }

            #[test]
            fn dropping_a_granted_waiter_passes_the_permit_on() {
                let semaphore = Arc::new(Semaphore::new(0));
                let granted = Polled::waiting(start(&semaphore, 1));
                let mut next = Polled::waiting(start(&semaphore, 1));
                let mut last = Polled::waiting(start(&semaphore, 1));
                semaphore.release(1).unwrap();
                assert_eq!((granted.wakes(), next.wakes()), (1, 0));
                $drop(granted);
                assert_counts(&semaphore, 0, 1, 0);
                assert_eq!((next.wakes(), last.wakes()), (1, 0));
                last.assert_pending();
                drop(next.assert_ready());
                drop(last.assert_ready());
                assert_eq!((next.wakes(), last.wakes()), (1, 1));
                assert_counts(&semaphore, 1, 0, 0);
            }

            #[test]
            fn a_large_grant_that_is_dropped_serves_several_in_order() {
                let semaphore = Arc::new(Semaphore::new(0));
                let granted = Polled::waiting(start(&semaphore, 4));
                let order = Order::new();
                let _waiters: Vec<_> = [1, 2, 3, 1]
                    .into_iter()
                    .enumerate()
                    .map(|(label, count)| {
                        Polled::waiting_with(start(&semaphore, count), order.waker(label))
                    })
                    .collect();
                semaphore.release(4).unwrap();
                $drop(granted);
                assert_eq!(order.so_far(), [0, 1]);
                assert_counts(&semaphore, 1, 3, 0);
                assert_eq!(semaphore.waiters(), 2);
            }

            #[test]
            fn a_dropped_grant_adds_to_the_permits_kept_for_a_large_first_request() {
                let semaphore = Arc::new(Semaphore::new(0));
                let small = Polled::waiting(start(&semaphore, 1));
                let mut large = Polled::waiting(start(&semaphore, 3));
                semaphore.release(3).unwrap();
                assert_counts(&semaphore, 2, 1, 0);
                assert_eq!(large.wakes(), 0);
                $drop(small);
                assert_eq!(large.wakes(), 1);
                assert_eq!(large.assert_ready().permits(), 3);
            }

            #[test]
            fn permits_that_nobody_takes_come_free_in_the_end() {
                let semaphore = Arc::new(Semaphore::new(0));
                let waiters: Vec<_> = (0..50)
                    .map(|_| Polled::waiting(start(&semaphore, 1)))
                    .collect();
                semaphore.release(1).unwrap();
                for (turn, waiter) in waiters.into_iter().enumerate() {
                    assert_eq!(semaphore.waiters(), 49 - turn);
                    assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
                    assert_counts(&semaphore, 0, 1, 0);
                    $drop(waiter);
                }
                assert_counts(&semaphore, 1, 0, 0);
                assert!(semaphore.try_acquire().is_some());
            }

            #[test]
            fn dropping_a_finished_future_gives_nothing_back() {
                let semaphore = Arc::new(Semaphore::new(1));
                let mut uncontended = Polled::new(start(&semaphore, 1));
                let permit = uncontended.assert_ready();
                $drop(uncontended);
                assert_counts(&semaphore, 0, 1, 0);
                let mut waiter = Polled::waiting(start(&semaphore, 1));
                drop(permit);
                let permit = waiter.assert_ready();
                $drop(waiter);
                assert_counts(&semaphore, 0, 1, 0);
                drop(permit);
                assert_counts(&semaphore, 1, 0, 0);
                assert_eq!(Arc::strong_count(&semaphore), 1);
            }

            #[test]
            fn a_forgotten_waiter_keeps_what_it_is_granted_and_nothing_else() {
                let semaphore = Arc::new(Semaphore::new(0));
                let mut before = Polled::waiting(start(&semaphore, 1));
                Polled::waiting(start(&semaphore, 2)).forget();
                let mut behind = Polled::waiting(start(&semaphore, 1));
                semaphore.release(1).unwrap();
                before.assert_ready().forget();
                semaphore.release(1).unwrap();
                assert_counts(&semaphore, 1, 0, 0);
                semaphore.release(1).unwrap();
                assert_counts(&semaphore, 0, 2, 0);
                assert_eq!((behind.wakes(), semaphore.waiters()), (0, 1));
                semaphore.release(1).unwrap();
                assert_eq!(behind.wakes(), 1);
                $drop(behind.assert_ready());
                assert_counts(&semaphore, 1, 2, 0);
                drop(Polled::new(start(&semaphore, 1)).assert_ready());
            }

            #[test]
            fn a_forgotten_granted_waiter_keeps_its_permits_and_the_next_ones_are_served() {
                let semaphore = Arc::new(Semaphore::new(0));
                let granted = Polled::waiting(start(&semaphore, 1));
                let behind = Polled::waiting(start(&semaphore, 1));
                let mut last = Polled::waiting(start(&semaphore, 1));
                semaphore.release(1).unwrap();
                granted.forget();
                semaphore.release(1).unwrap();
                $drop(behind);
                drop(last.assert_ready());
                assert_counts(&semaphore, 1, 1, 0);
            }
        }
    };
}

rules!(borrowed, Acquire<'_>, (semaphore, count) => semaphore.acquire_many(count), drop);
rules!(
    owned, AcquireOwned,
    (semaphore, count) => Arc::clone(semaphore).acquire_many_owned(count), drop
);
rules!(
    borrowed_elsewhere, Acquire<'_>,
    (semaphore, count) => semaphore.acquire_many(count), drop_elsewhere
);
rules!(
    owned_elsewhere, AcquireOwned,
    (semaphore, count) => Arc::clone(semaphore).acquire_many_owned(count), drop_elsewhere
);

#[test]
fn a_semaphore_may_move_while_a_forgotten_waiter_is_queued() {
    let semaphore = Semaphore::new(0);
    Polled::waiting(semaphore.acquire()).forget();
    // The borrow has ended, so the semaphore may move.
    let semaphore = Box::new(semaphore);
    assert_eq!(semaphore.waiters(), 1);
    let mut behind = Polled::waiting(semaphore.acquire());
    semaphore.release(1).unwrap();
    behind.assert_pending();
    semaphore.release(1).unwrap();
    drop(behind.assert_ready());
    assert_counts(&semaphore, 1, 1, 0);
}

#[test]
fn a_semaphore_may_be_dropped_while_a_forgotten_waiter_is_queued() {
    let semaphore = Box::new(Semaphore::new(0));
    Polled::waiting(semaphore.acquire()).forget();
    Polled::waiting(semaphore.acquire_many(2)).forget();
    semaphore.release(1).unwrap();
    assert_eq!(semaphore.waiters(), 1);
    drop(semaphore);
}

#[test]
fn an_owned_future_may_be_the_last_that_keeps_the_semaphore() {
    for granted in [false, true] {
        let semaphore = Arc::new(Semaphore::new(0));
        let waiter = Polled::waiting(Arc::clone(&semaphore).acquire_owned());
        if granted {
            semaphore.release(1).unwrap();
        }
        let weak = Arc::downgrade(&semaphore);
        drop(semaphore);
        assert_eq!(weak.strong_count(), 1);
        drop(waiter);
        assert_eq!(weak.strong_count(), 0);
    }
}
