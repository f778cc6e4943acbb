//! Dropping and forgetting a future in each of its states: unpolled, waiting, granted and not
//! yet taken, done.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Lock;
use aiosync::futures::{LockFuture, LockOwnedFuture};

use crate::common::{Polled, drop_elsewhere, forget};

/// The rules for a way of waiting and a thread to drop on.
macro_rules! rules {
    ($way:ident, $future:ty, $lock:ident => $start:expr, $drop:path) => {
        mod $way {
            use super::*;

            fn start($lock: &Arc<Lock<u32>>) -> $future {
                $start
            }

            #[test]
            fn dropping_a_future_that_was_never_polled_changes_nothing() {
                let lock = Arc::new(Lock::new(0));
                $drop(Polled::new(start(&lock)));
                assert!(!lock.is_locked());
                let guard = lock.try_lock().unwrap();
                let mut waiter = Polled::waiting(start(&lock));
                $drop(Polled::new(start(&lock)));
                assert_eq!(lock.waiters(), 1);
                assert_eq!(waiter.wakes(), 0);
                drop(guard);
                $drop(Polled::new(start(&lock)));
                drop(waiter.assert_ready());
                assert_eq!(Arc::strong_count(&lock), 1);
            }

            #[test]
            fn a_waiter_that_leaves_the_queue_affects_no_other() {
                for leaver in 0..5 {
                    let lock = Arc::new(Lock::new(0));
                    let guard = lock.try_lock().unwrap();
                    let mut waiters: Vec<_> =
                        (0..5).map(|_| Polled::waiting(start(&lock))).collect();
                    let gone = waiters.remove(leaver);
                    assert_eq!(gone.wakers_kept(), 1);
                    let (future, waker) = gone.split();
                    $drop(future);
                    assert_eq!((waker.kept(), waker.wakes()), (0, 0));
                    assert_eq!(lock.waiters(), 4);
                    assert!(waiters.iter().all(|waiter| waiter.wakes() == 0));
                    drop(guard);
                    for turn in 0..4 {
                        assert_eq!(waiters[turn].wakes(), 1, "when {leaver} has left");
                        assert!(waiters[turn + 1..].iter().all(|waiter| waiter.wakes() == 0));
                        drop(waiters[turn].assert_ready());
                    }
                    assert!(lock.try_lock().is_some());
                }
            }

            #[test]
            fn several_waiters_may_leave_in_any_order() {
                for first in 0..4 {
                    for second in (0..4).filter(|&second| second != first) {
                        let lock = Arc::new(Lock::new(0));
                        let guard = lock.try_lock().unwrap();
                        let mut waiters: Vec<_> = (0..4)
                            .map(|_| Some(Polled::waiting(start(&lock))))
                            .collect();
                        $drop(waiters[first].take());
                        $drop(waiters[second].take());
                        let mut late = Polled::waiting(start(&lock));
                        assert_eq!(lock.waiters(), 3);
                        drop(guard);
                        for waiter in waiters.iter_mut().flatten() {
                            late.assert_pending();
                            drop(waiter.assert_ready());
                        }
                        drop(late.assert_ready());
                        assert!(!lock.is_locked());
                    }
                }
            }

            #[test]
            fn the_lock_is_free_after_every_waiter_has_left_the_queue() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                for _ in 0..3 {
                    let first = Polled::waiting(start(&lock));
                    let second = Polled::waiting(start(&lock));
                    $drop(first);
                    $drop(second);
                    assert_eq!(lock.waiters(), 0);
                    assert!(lock.is_locked());
                }
                drop(guard);
                assert!(!lock.is_locked());
                assert!(lock.try_lock().is_some());
                drop(Polled::new(start(&lock)).assert_ready());
            }

            #[test]
            fn dropping_a_granted_waiter_passes_the_lock_on() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let granted = Polled::waiting(start(&lock));
                let mut next = Polled::waiting(start(&lock));
                let mut last = Polled::waiting(start(&lock));
                drop(guard);
                assert_eq!(next.wakes(), 0);
                $drop(granted);
                assert!(lock.is_locked());
                assert!(lock.try_lock().is_none());
                assert_eq!((next.wakes(), last.wakes()), (1, 0));
                last.assert_pending();
                drop(next.assert_ready());
                drop(last.assert_ready());
                assert_eq!((next.wakes(), last.wakes()), (1, 1));
            }

            #[test]
            fn a_lock_that_is_granted_to_dropped_futures_passes_through_the_whole_queue() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let waiters: Vec<_> = (0..50).map(|_| Polled::waiting(start(&lock))).collect();
                drop(guard);
                for (turn, waiter) in waiters.into_iter().enumerate() {
                    assert_eq!(lock.waiters(), 49 - turn);
                    assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
                    assert!(lock.is_locked());
                    $drop(waiter);
                }
                assert!(!lock.is_locked());
                assert!(lock.try_lock().is_some());
            }

            #[test]
            fn dropping_a_finished_future_does_not_unlock() {
                let lock = Arc::new(Lock::new(0));
                let mut uncontended = Polled::new(start(&lock));
                let guard = uncontended.assert_ready();
                $drop(uncontended);
                assert!(lock.try_lock().is_none());
                let mut waiter = Polled::waiting(start(&lock));
                drop(guard);
                let guard = waiter.assert_ready();
                let behind = Polled::waiting(start(&lock));
                $drop(waiter);
                assert!(lock.is_locked());
                assert_eq!(behind.wakes(), 0);
                drop(guard);
                assert_eq!(behind.wakes(), 1);
            }

            #[test]
            fn a_forgotten_waiter_disturbs_neither_those_before_it_nor_the_holder() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut before = Polled::waiting(start(&lock));
                Polled::waiting(start(&lock)).forget();
                let mut behind = Polled::waiting(start(&lock));
                drop(guard);
                let guard = before.assert_ready();
                assert_eq!(lock.waiters(), 2);
                drop(guard);
                // The forgotten future keeps it forever.
                assert!(lock.is_locked());
                assert!(lock.try_lock().is_none());
                assert_eq!(lock.waiters(), 1);
                assert_eq!(behind.wakes(), 0);
                behind.assert_pending();
                assert!(format!("{lock:?}").contains("granted"), "{lock:?}");
            }

            #[test]
            fn a_forgotten_granted_waiter_keeps_the_lock() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let granted = Polled::waiting(start(&lock));
                drop(guard);
                granted.forget();
                assert!(lock.is_locked());
                let behind = Polled::waiting(start(&lock));
                $drop(behind);
                assert!(lock.try_lock().is_none());
            }

            #[test]
            fn the_neighbours_of_a_forgotten_waiter_may_leave() {
                let lock = Arc::new(Lock::new(0));
                let guard = lock.try_lock().unwrap();
                let mut first = Polled::waiting(start(&lock));
                let before = Polled::waiting(start(&lock));
                Polled::waiting(start(&lock)).forget();
                let behind = Polled::waiting(start(&lock));
                $drop(before);
                $drop(behind);
                assert_eq!(lock.waiters(), 2);
                drop(guard);
                drop(first.assert_ready());
                assert_eq!(lock.waiters(), 0);
                assert!(lock.is_locked());
            }
        }
    };
}

rules!(borrowed, LockFuture<'_, u32>, lock => lock.lock(), drop);
rules!(owned, LockOwnedFuture<u32>, lock => Arc::clone(lock).lock_owned(), drop);
rules!(borrowed_elsewhere, LockFuture<'_, u32>, lock => lock.lock(), drop_elsewhere);
rules!(owned_elsewhere, LockOwnedFuture<u32>, lock => Arc::clone(lock).lock_owned(), drop_elsewhere);

#[test]
fn a_lock_may_be_dropped_while_a_forgotten_waiter_is_in_its_queue() {
    let lock = Lock::new(Box::new(7));
    let guard = lock.try_lock().unwrap();
    Polled::waiting(lock.lock()).forget();
    forget(guard);
    // The borrows have ended: the lock may move.
    let mut lock = Box::new(lock);
    **lock.get_mut() += 1;
    assert_eq!(lock.waiters(), 1);
    let waiter = Polled::waiting(lock.lock());
    assert_eq!(lock.waiters(), 2);
    drop(waiter);
    assert_eq!(lock.waiters(), 1);
    assert_eq!(*lock.into_inner(), 8);
}

#[test]
fn a_waiting_owned_future_may_be_the_last_that_keeps_the_lock() {
    let value = Arc::new(());
    let lock = Arc::new(Lock::new(Arc::clone(&value)));
    forget(lock.try_lock());
    let waiter = Polled::waiting(Arc::clone(&lock).lock_owned());
    drop(lock);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(waiter);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_granted_owned_future_may_be_the_last_that_keeps_the_lock() {
    let value = Arc::new(());
    let lock = Arc::new(Lock::new(Arc::clone(&value)));
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    let dropped = Polled::waiting(Arc::clone(&lock).lock_owned());
    let mut polled = Polled::waiting(lock.lock_owned());
    drop(guard);
    drop(dropped);
    let guard = polled.assert_ready();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(guard);
    assert_eq!(
        Arc::strong_count(&value),
        1,
        "the finished future keeps the lock"
    );
}
