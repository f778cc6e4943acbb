//! FIFO by weight, and which waker is woken.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Semaphore;
use aiosync::futures::{Acquire, AcquireOwned};

use super::assert_counts;
use crate::common::{Call, CountingWaker, Hostile, Order, Polled, rounds};

/// The rules, for one kind of future.
macro_rules! rules {
    ($way:ident, $future:ty, ($semaphore:ident, $count:ident) => $start:expr) => {
        mod $way {
            use super::*;

            fn start($semaphore: &Arc<Semaphore>, $count: usize) -> $future {
                $start
            }

            #[test]
            fn waiters_are_granted_in_the_order_of_their_first_poll() {
                let semaphore = Arc::new(Semaphore::new(0));
                let mut waiters: Vec<_> =
                    (0..5).map(|_| Polled::new(start(&semaphore, 1))).collect();
                let order = [3, 0, 4, 2, 1];
                for index in order {
                    waiters[index].assert_pending();
                }
                for (turn, index) in order.into_iter().enumerate() {
                    semaphore.release(1).unwrap();
                    assert_eq!(semaphore.waiters(), 4 - turn);
                    for other in 0..5 {
                        let woken = order[..=turn].contains(&other);
                        assert_eq!(waiters[other].wakes(), usize::from(woken));
                        if !woken {
                            waiters[other].assert_pending();
                        }
                    }
                    waiters[index].assert_ready().forget();
                }
                assert_counts(&semaphore, 0, 0, 0);
            }

            #[test]
            fn an_unpolled_future_has_no_position_in_the_queue() {
                let semaphore = Arc::new(Semaphore::new(0));
                let mut early = Polled::new(start(&semaphore, 1));
                let mut late = Polled::waiting(start(&semaphore, 1));
                assert_eq!(semaphore.waiters(), 1);
                early.assert_pending();
                semaphore.release(1).unwrap();
                early.assert_pending();
                drop(late.assert_ready());
                drop(early.assert_ready());
            }

            #[test]
            fn a_small_request_behind_a_large_one_waits_whatever_is_free() {
                let semaphore = Arc::new(Semaphore::new(2));
                let mut large = Polled::waiting(start(&semaphore, 3));
                let mut small = Polled::waiting(start(&semaphore, 1));
                assert!(semaphore.try_acquire().is_none());
                assert!(Arc::clone(&semaphore).try_acquire_owned().is_none());
                assert_counts(&semaphore, 2, 0, 0);
                assert_eq!((large.wakes(), small.wakes()), (0, 0));
                semaphore.release(1).unwrap();
                assert_eq!((large.wakes(), small.wakes()), (1, 0));
                small.assert_pending();
                assert_counts(&semaphore, 0, 3, 0);
                let permit = large.assert_ready();
                assert_eq!(permit.permits(), 3);
                drop(permit);
                assert_eq!(small.assert_ready().permits(), 1);
                assert_counts(&semaphore, 3, 0, 0);
            }

            #[test]
            fn permits_stay_in_the_count_until_the_whole_request_fits() {
                let semaphore = Arc::new(Semaphore::new(0));
                let mut waiter = Polled::waiting(start(&semaphore, 3));
                for free in 1..3 {
                    semaphore.release(1).unwrap();
                    assert_counts(&semaphore, free, 0, 0);
                    waiter.assert_pending();
                    assert_eq!((waiter.wakes(), semaphore.waiters()), (0, 1));
                }
                semaphore.release(1).unwrap();
                assert_counts(&semaphore, 0, 3, 0);
                assert_eq!((waiter.wakes(), semaphore.waiters()), (1, 0));
                drop(waiter.assert_ready());
                assert_counts(&semaphore, 3, 0, 0);
            }

            #[test]
            fn one_release_grants_as_many_as_it_can_and_wakes_them_in_order() {
                let semaphore = Arc::new(Semaphore::new(0));
                let order = Order::new();
                let mut waiters: Vec<_> = [1, 2, 1, 3, 1]
                    .into_iter()
                    .enumerate()
                    .map(|(label, count)| {
                        Polled::waiting_with(start(&semaphore, count), order.waker(label))
                    })
                    .collect();
                semaphore.release(4).unwrap();
                assert_eq!(order.so_far(), [0, 1, 2]);
                assert_counts(&semaphore, 0, 4, 0);
                semaphore.release(2).unwrap();
                assert_eq!(order.so_far(), [0, 1, 2]);
                assert_counts(&semaphore, 2, 4, 0);
                semaphore.release(3).unwrap();
                assert_eq!(order.so_far(), [0, 1, 2, 3, 4]);
                assert_counts(&semaphore, 1, 8, 0);
                for (waiter, count) in waiters.iter_mut().zip([1, 2, 1, 3, 1]) {
                    let permit = waiter.assert_ready();
                    assert_eq!(permit.permits(), count);
                    permit.forget();
                }
                assert_counts(&semaphore, 1, 0, 0);
            }

            #[test]
            fn two_releases_of_one_grant_two_waiters() {
                let semaphore = Arc::new(Semaphore::new(0));
                let mut waiters: Vec<_> = (0..3)
                    .map(|_| Polled::waiting(start(&semaphore, 1)))
                    .collect();
                semaphore.release(1).unwrap();
                semaphore.release(1).unwrap();
                let _first = waiters[0].assert_ready();
                let _second = waiters[1].assert_ready();
                waiters[2].assert_pending();
                assert_eq!(waiters[2].wakes(), 0);
                assert_counts(&semaphore, 0, 2, 0);
            }

            #[test]
            fn release_of_three_grants_three_of_five() {
                let semaphore = Arc::new(Semaphore::new(0));
                let order = Order::new();
                let _waiters: Vec<_> = (0..5)
                    .map(|label| Polled::waiting_with(start(&semaphore, 1), order.waker(label)))
                    .collect();
                semaphore.release(3).unwrap();
                assert_eq!(order.so_far(), [0, 1, 2]);
                assert_eq!(semaphore.waiters(), 2);
            }

            #[test]
            fn a_dropped_permit_serves_several_in_order() {
                let semaphore = Arc::new(Semaphore::new(5));
                let permit = Polled::new(start(&semaphore, 5)).assert_ready();
                let order = Order::new();
                let _waiters: Vec<_> = [2, 1, 1, 2]
                    .into_iter()
                    .enumerate()
                    .map(|(label, count)| {
                        Polled::waiting_with(start(&semaphore, count), order.waker(label))
                    })
                    .collect();
                assert_counts(&semaphore, 0, 5, 0);
                drop(permit);
                assert_eq!(order.so_far(), [0, 1, 2]);
                assert_counts(&semaphore, 1, 4, 0);
            }

            #[test]
            fn a_granted_waiter_owns_its_permits_before_it_is_polled() {
                let semaphore = Arc::new(Semaphore::new(1));
                let permit = semaphore.try_acquire().unwrap();
                let mut granted = Polled::waiting(start(&semaphore, 1));
                drop(permit);
                assert_counts(&semaphore, 0, 1, 0);
                assert_eq!(semaphore.waiters(), 0);
                assert!(semaphore.try_acquire().is_none());
                assert_eq!(semaphore.drain(1), 0);
                let mut newcomer = Polled::waiting(start(&semaphore, 1));
                let permit = granted.assert_ready();
                newcomer.assert_pending();
                assert!(
                    semaphore.try_acquire().is_none(),
                    "the newcomer is overtaken"
                );
                drop(permit);
                drop(newcomer.assert_ready());
                assert_counts(&semaphore, 1, 0, 0);
            }

            #[test]
            fn a_request_for_nothing_is_ready_at_once() {
                let semaphore = Arc::new(Semaphore::new(0));
                let mut waiter = Polled::waiting(start(&semaphore, 1));
                let nothing = Polled::new(start(&semaphore, 0)).assert_ready();
                assert_eq!(nothing.permits(), 0);
                drop(nothing);
                assert_counts(&semaphore, 0, 0, 0);
                waiter.assert_pending();
                assert_eq!((waiter.wakes(), semaphore.waiters()), (0, 1));
            }

            #[test]
            fn spurious_polls_change_nothing() {
                let semaphore = Arc::new(Semaphore::new(1));
                let mut waiters: Vec<_> = (0..3)
                    .map(|_| Polled::waiting(start(&semaphore, 2)))
                    .collect();
                for index in [2, 1, 1, 2, 0, 2] {
                    waiters[index].assert_pending();
                }
                assert_eq!(semaphore.waiters(), 3);
                assert_counts(&semaphore, 1, 0, 0);
                semaphore.release(1).unwrap();
                for waiter in &mut waiters {
                    assert_eq!(waiter.wakes(), 1);
                    drop(waiter.assert_ready());
                }
            }

            #[test]
            fn the_newest_waker_is_woken_and_the_old_one_is_let_go() {
                let semaphore = Arc::new(Semaphore::new(0));
                let mut waiter = Polled::waiting(start(&semaphore, 1));
                let newest = CountingWaker::new();
                assert!(waiter.poll_with(&newest.waker()).is_pending());
                assert_eq!((waiter.wakers_kept(), newest.kept()), (0, 1));
                semaphore.release(1).unwrap();
                assert_eq!((waiter.wakes(), newest.wakes()), (0, 1));
                assert_eq!(newest.kept(), 0);
                drop(waiter.assert_ready());
                assert_eq!(waiter.wakers_kept(), 0);
            }

            #[test]
            fn polling_again_with_the_same_waker_clones_nothing() {
                let semaphore = Arc::new(Semaphore::new(0));
                let hostile = Hostile::new();
                let mut waiter = Polled::new(start(&semaphore, 1));
                for _ in 0..5 {
                    assert!(waiter.poll_with(hostile.waker()).is_pending());
                    assert_eq!(hostile.calls(Call::Clone), 1);
                }
                semaphore.release(1).unwrap();
                assert!(waiter.poll_with(hostile.waker()).is_ready());
                assert_eq!(hostile.calls(Call::Clone), 1);
                assert_eq!(hostile.calls(Call::Wake), 1);
                assert_eq!(hostile.calls(Call::Drop), 0);
                assert_eq!(hostile.kept(), 0);
            }

            #[test]
            fn an_uncontended_permit_is_ready_in_the_first_poll_a_million_times() {
                let semaphore = Arc::new(Semaphore::new(2));
                let hostile = Hostile::new();
                for turn in 0..rounds(1_000_000) {
                    let mut future = std::pin::pin!(start(&semaphore, 2));
                    let mut context = std::task::Context::from_waker(hostile.waker());
                    let ready = future.as_mut().poll(&mut context).is_ready();
                    assert!(ready, "pending after {turn} times");
                }
                assert_counts(&semaphore, 2, 0, 0);
                assert_eq!(hostile.calls(Call::Clone), 0);
                assert_eq!(hostile.calls(Call::WakeByRef), 0);
            }
        }
    };
}

rules!(borrowed, Acquire<'_>, (semaphore, count) => semaphore.acquire_many(count));
rules!(
    owned, AcquireOwned,
    (semaphore, count) => Arc::clone(semaphore).acquire_many_owned(count)
);

#[test]
fn requests_for_one_are_requests_for_one() {
    let semaphore = Arc::new(Semaphore::new(4));
    let permits = (
        Polled::new(semaphore.acquire()).assert_ready(),
        Polled::new(Arc::clone(&semaphore).acquire_owned()).assert_ready(),
        semaphore.try_acquire().unwrap(),
        Arc::clone(&semaphore).try_acquire_owned().unwrap(),
    );
    assert_counts(&semaphore, 0, 4, 0);
    assert_eq!(permits.0.permits() + permits.1.permits(), 2);
    assert_eq!(permits.2.permits() + permits.3.permits(), 2);
    drop(permits);
    assert_counts(&semaphore, 4, 0, 0);
}

#[test]
fn both_kinds_of_futures_wait_in_one_queue() {
    let semaphore = Arc::new(Semaphore::new(0));
    let order = Order::new();
    let _first = Polled::waiting_with(semaphore.acquire(), order.waker(0));
    let _second = Polled::waiting_with(Arc::clone(&semaphore).acquire_owned(), order.waker(1));
    let _third = Polled::waiting_with(semaphore.acquire_many(2), order.waker(2));
    semaphore.release(1).unwrap();
    assert_eq!(order.so_far(), [0]);
    semaphore.release(3).unwrap();
    assert_eq!(order.so_far(), [0, 1, 2]);
}

#[test]
fn a_try_takes_all_or_nothing() {
    let semaphore = Arc::new(Semaphore::new(3));
    assert!(semaphore.try_acquire_many(4).is_none());
    assert!(Arc::clone(&semaphore).try_acquire_many_owned(4).is_none());
    assert_counts(&semaphore, 3, 0, 0);
    let two = semaphore.try_acquire_many(2).unwrap();
    assert!(semaphore.try_acquire_many(2).is_none());
    let one = Arc::clone(&semaphore).try_acquire_many_owned(1).unwrap();
    assert_counts(&semaphore, 0, 3, 0);
    drop((two, one));
    assert_counts(&semaphore, 3, 0, 0);
    assert_eq!(semaphore.try_acquire_many(0).unwrap().permits(), 0);
}
