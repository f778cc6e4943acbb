//! The order of grants, and which waker is woken when.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Lock;
use aiosync::futures::{LockFuture, LockOwnedFuture};

use crate::common::{Call, CountingWaker, Hostile, Order, Polled, rounds};

/// The rules for a way of waiting.
macro_rules! rules {
    ($way:ident, $future:ty, $lock:ident => $start:expr) => {
        mod $way {
            use super::*;

            fn start($lock: &Arc<Lock<u32>>) -> $future {
                $start
            }

            #[test]
            fn waiters_are_granted_in_the_order_of_their_first_poll() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut waiters: Vec<_> = (0..5).map(|_| Polled::new(start(&lock))).collect();
                let order = [3, 0, 4, 2, 1];
                for index in order {
                    waiters[index].assert_pending();
                }
                drop(guard);
                for (turn, index) in order.into_iter().enumerate() {
                    for other in 0..5 {
                        let woken = order[..=turn].contains(&other);
                        assert_eq!(waiters[other].wakes(), usize::from(woken));
                        if other != index && !woken {
                            waiters[other].assert_pending();
                        }
                    }
                    let guard = waiters[index].assert_ready();
                    assert_eq!(lock.waiters(), 4 - turn);
                    drop(guard);
                }
                assert!(!lock.is_locked());
            }

            #[test]
            fn an_unpolled_future_has_no_place_in_the_queue() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut early = Polled::new(start(&lock));
                let mut late = Polled::waiting(start(&lock));
                assert_eq!(lock.waiters(), 1);
                early.assert_pending();
                drop(guard);
                early.assert_pending();
                drop(late.assert_ready());
                drop(early.assert_ready());
            }

            #[test]
            fn a_granted_waiter_owns_the_lock_before_it_is_polled() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut waiter = Polled::waiting(start(&lock));
                drop(guard);
                assert!(lock.is_locked());
                assert_eq!(lock.waiters(), 0);
                for _ in 0..3 {
                    assert!(lock.try_lock().is_none());
                    assert!(Arc::clone(&lock).try_lock_owned().is_none());
                }
                assert!(lock.is_locked(), "a failed attempt has built a guard");
                let guard = waiter.assert_ready();
                assert!(lock.try_lock().is_none());
                drop(guard);
                assert!(lock.try_lock().is_some());
            }

            #[test]
            fn newcomers_and_the_releaser_itself_queue_behind_a_granted_waiter() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut granted = Polled::waiting(start(&lock));
                drop(guard);
                let mut releaser = Polled::waiting(start(&lock));
                let mut newcomer = Polled::waiting(start(&lock));
                assert_eq!(lock.waiters(), 2);
                let guard = granted.assert_ready();
                releaser.assert_pending();
                drop(guard);
                newcomer.assert_pending();
                assert_eq!((releaser.wakes(), newcomer.wakes()), (1, 0));
                drop(releaser.assert_ready());
                drop(newcomer.assert_ready());
                assert!(!lock.is_locked());
            }

            #[test]
            fn nothing_overtakes_an_ungranted_waiter() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut first = Polled::waiting(start(&lock));
                let mut second = Polled::waiting(start(&lock));
                drop(guard);
                let guard = first.assert_ready();
                assert!(lock.try_lock().is_none());
                drop(guard);
                assert!(lock.try_lock().is_none());
                assert!(Arc::clone(&lock).try_lock_owned().is_none());
                let mut third = Polled::waiting(start(&lock));
                drop(second.assert_ready());
                drop(third.assert_ready());
            }

            #[test]
            fn a_granted_waiter_never_queues_again() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut granted = Polled::waiting(start(&lock));
                drop(guard);
                let mut others: Vec<_> = (0..3).map(|_| Polled::waiting(start(&lock))).collect();
                // A task may be polled before its own wake has arrived.
                let guard = granted.assert_ready();
                assert_eq!(lock.waiters(), 3);
                drop(guard);
                assert_eq!(granted.wakes(), 1);
                for other in &mut others {
                    drop(other.assert_ready());
                }
            }

            #[test]
            fn each_grant_wakes_once_and_nothing_else_wakes() {
                let lock = Arc::new(Lock::new(0));
                let order = Order::new();
                let guard = lock.try_lock().unwrap();
                let mut waiters: Vec<_> = (0..10)
                    .map(|label| Polled::waiting_with(start(&lock), order.waker(label)))
                    .collect();
                assert!(order.so_far().is_empty());
                drop(guard);
                for (label, waiter) in waiters.iter_mut().enumerate() {
                    assert_eq!(order.so_far(), (0..=label).collect::<Vec<_>>());
                    drop(waiter.assert_ready());
                }
                assert_eq!(order.so_far(), (0..10).collect::<Vec<_>>());
            }

            #[test]
            fn spurious_polls_change_nothing() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut waiters: Vec<_> = (0..3).map(|_| Polled::waiting(start(&lock))).collect();
                for index in [2, 1, 1, 2, 0, 2] {
                    waiters[index].assert_pending();
                }
                assert_eq!(lock.waiters(), 3);
                drop(guard);
                for waiter in &mut waiters {
                    assert_eq!(waiter.wakes(), 1);
                    drop(waiter.assert_ready());
                }
            }

            #[test]
            fn the_newest_waker_is_woken_and_the_old_one_is_dropped() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut waiter = Polled::waiting(start(&lock));
                let (middle, newest) = (CountingWaker::new(), CountingWaker::new());
                assert_eq!(waiter.wakers_kept(), 1);
                assert!(waiter.poll_with(&middle.waker()).is_pending());
                assert_eq!((waiter.wakers_kept(), middle.kept()), (0, 1));
                assert!(waiter.poll_with(&newest.waker()).is_pending());
                assert_eq!((middle.kept(), newest.kept()), (0, 1));
                drop(guard);
                assert_eq!(waiter.wakes() + middle.wakes(), 0);
                assert_eq!((newest.wakes(), newest.kept()), (1, 0));
                drop(waiter.assert_ready());
            }

            #[test]
            fn polling_again_with_the_same_waker_clones_nothing() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let hostile = Hostile::new();
                let mut waiter = Polled::new(start(&lock));
                for _ in 0..5 {
                    assert!(waiter.poll_with(hostile.waker()).is_pending());
                    assert_eq!(hostile.calls(Call::Clone), 1);
                }
                drop(guard);
                assert!(waiter.poll_with(hostile.waker()).is_ready());
                assert_eq!(hostile.calls(Call::Clone), 1);
                assert_eq!(hostile.calls(Call::Wake), 1);
                assert_eq!(hostile.calls(Call::Drop), 0);
                assert_eq!(hostile.kept(), 0);
            }

            #[test]
            fn an_uncontended_lock_is_ready_in_the_first_poll_a_million_times() {
                let lock = Arc::new(Lock::new(0));
                let hostile = Hostile::new();
                for _ in 0..rounds(1_000_000) {
                    let mut future = std::pin::pin!(start(&lock));
                    let mut context = std::task::Context::from_waker(hostile.waker());
                    let std::task::Poll::Ready(mut guard) = future.as_mut().poll(&mut context)
                    else {
                        panic!(
                            "pending after {} times",
                            lock.try_lock().map_or(0, |count| *count)
                        );
                    };
                    *guard += 1;
                }
                assert_eq!(*lock.try_lock().unwrap(), rounds(1_000_000) as u32);
                assert_eq!(hostile.calls(Call::Clone), 0);
                assert_eq!(hostile.calls(Call::WakeByRef), 0);
            }

            #[test]
            fn no_waker_is_kept_once_the_lock_is_taken() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut waiter = Polled::waiting(start(&lock));
                drop(guard);
                assert_eq!(waiter.wakers_kept(), 0, "a grant takes the waker out");
                let guard = waiter.assert_ready();
                assert_eq!(waiter.wakers_kept(), 0);
                let mut uncontended = Polled::new(start(&lock));
                drop(guard);
                drop(uncontended.assert_ready());
                assert_eq!(uncontended.wakers_kept(), 0);
            }
        }
    };
}

rules!(borrowed, LockFuture<'_, u32>, lock => lock.lock());
rules!(owned, LockOwnedFuture<u32>, lock => Arc::clone(lock).lock_owned());

#[test]
fn all_kinds_of_futures_wait_in_one_queue() {
    let lock = Arc::new(Lock::new(Vec::new()));
    let guard = lock.try_lock().unwrap();
    let mut borrowed = Polled::waiting(lock.lock());
    let mut with = Polled::waiting(lock.with(|log| log.push("with")));
    let mut owned = Polled::waiting(Arc::clone(&lock).lock_owned());
    drop(guard);
    with.assert_pending();
    owned.assert_pending();
    borrowed.assert_ready().push("borrowed");
    owned.assert_pending();
    with.assert_ready();
    owned.assert_ready().push("owned");
    assert_eq!(*lock.try_lock().unwrap(), ["borrowed", "with", "owned"]);
}

#[test]
fn two_tasks_may_hand_the_lock_off_to_each_other_any_number_of_times() {
    let lock = Lock::new(0);
    let mut holder = lock.try_lock().unwrap();
    for turn in 0..rounds(10_000) {
        let mut waiter = Polled::waiting(lock.lock());
        *holder += 1;
        drop(holder);
        assert!(lock.try_lock().is_none());
        holder = waiter.assert_ready();
        assert_eq!(*holder, turn + 1);
    }
}
