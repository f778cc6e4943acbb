//! Exchanging a write guard for a read guard: no writer gets in between, the readers at the front
//! are granted at once, and the lock is released once.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

use super::{assert_free, assert_read, assert_write};
use crate::common::{Call, Crowd, Hostile, Order, Polled, panic_message, watched, while_panicking};

/// The rules for a kind of guard.
macro_rules! rules {
    (
        $way:ident, $read_guard:ty, $write_guard:ty,
        $lock:ident => $write:expr, $downgrade:path
    ) => {
        mod $way {
            use super::*;

            fn write($lock: &Arc<RwLock<u32>>) -> $write_guard {
                $write
            }

            fn downgrade(guard: $write_guard) -> $read_guard {
                $downgrade(guard)
            }

            #[test]
            fn the_writer_becomes_a_reader_and_others_may_read() {
                let lock = Arc::new(RwLock::new(1));
                let mut guard = write(&lock);
                *guard = 2;
                let guard = downgrade(guard);
                assert_read(&lock, 1, 0);
                let another = lock.try_read().unwrap();
                assert_eq!((*guard, *another), (2, 2));
                assert!(lock.try_write().is_none());
                drop((guard, another));
                assert_free(&lock);
            }

            /// tokio#2941: the write guard and the read guard both released.
            #[test]
            fn the_lock_is_released_once() {
                let lock = Arc::new(RwLock::new(1));
                let guard = downgrade(write(&lock));
                let another = lock.try_read().unwrap();
                assert_read(&lock, 2, 0);
                let waiter = Polled::waiting(lock.write());
                drop(guard);
                assert_read(&lock, 1, 1);
                assert_eq!(waiter.wakes(), 0, "a writer is inside with a reader");
                drop(waiter);
                drop(another);
                assert_free(&lock);
                assert_eq!(Arc::strong_count(&lock), 1);
            }

            #[test]
            fn a_queued_writer_does_not_get_in_between() {
                let lock = Arc::new(RwLock::new(1));
                let guard = write(&lock);
                let mut writer = Polled::waiting(lock.write());
                let mut reader = Polled::waiting(lock.read());
                let guard = downgrade(guard);
                assert_read(&lock, 1, 2);
                assert_eq!((writer.wakes(), reader.wakes()), (0, 0));
                reader.assert_pending();
                assert!(lock.try_read().is_none(), "an attempt overtakes the writer");
                drop(guard);
                drop(writer.assert_ready());
                drop(reader.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn the_readers_at_the_front_are_granted_at_once_and_in_order() {
                let lock = Arc::new(RwLock::new(1));
                let order = Order::new();
                let guard = write(&lock);
                let mut readers =
                    [0, 1, 2].map(|label| Polled::waiting_with(lock.read(), order.waker(label)));
                let mut writer = Polled::waiting_with(lock.write(), order.waker(3));
                let mut behind = Polled::waiting_with(lock.read(), order.waker(4));
                let guard = downgrade(guard);
                assert_eq!(order.so_far(), [0, 1, 2]);
                assert_read(&lock, 4, 2);
                drop(guard);
                assert_read(&lock, 3, 2);
                readers
                    .iter_mut()
                    .for_each(|reader| drop(reader.assert_ready()));
                assert_eq!(order.so_far(), [0, 1, 2, 3]);
                drop(writer.assert_ready());
                drop(behind.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_long_run_of_readers_is_granted_in_order() {
                watched(|| {
                    let lock = Arc::new(RwLock::new(1));
                    let guard = write(&lock);
                    let attempting = Arc::clone(&lock);
                    let start = || Arc::clone(&lock).read_owned();
                    let crowd = Crowd::waiting(100, start, move |_, _| {
                        assert!(attempting.try_read().is_none());
                    });
                    let writer = Polled::waiting(lock.write());
                    let guard = downgrade(guard);
                    assert_eq!(crowd.woken(), (0..100).collect::<Vec<_>>());
                    assert_read(&lock, 101, 1);
                    drop(writer);
                    drop((guard, crowd));
                    assert_free(&lock);
                });
            }

            #[test]
            fn a_grant_that_was_waited_for_can_be_downgraded() {
                let lock = Arc::new(RwLock::new(1));
                let guard = write(&lock);
                let mut writer = Polled::waiting(lock.write());
                let mut reader = Polled::waiting(lock.read());
                drop(guard);
                let guard = RwLockWriteGuard::downgrade(writer.assert_ready());
                assert_eq!(reader.wakes(), 1);
                assert_read(&lock, 2, 0);
                drop(reader.assert_ready());
                drop(guard);
                assert_free(&lock);
            }

            #[test]
            fn a_waker_that_panics_leaves_one_reader_less() {
                let lock = Arc::new(RwLock::new(1));
                let guard = write(&lock);
                let hostile = Hostile::new();
                let mut loud = Polled::new(lock.read());
                assert!(loud.poll_with(hostile.waker()).is_pending());
                let mut reader = Polled::waiting(lock.read());
                let mut writer = Polled::waiting(lock.write());
                hostile.on(Call::Wake, || panic!("wake"));
                let message = panic_message(|| drop(downgrade(guard)));
                assert_eq!(message, "wake");
                // The read guard was dropped by the panic, and the grants stay.
                assert_read(&lock, 2, 1);
                assert_eq!(reader.wakes(), 1);
                drop(loud.assert_ready());
                assert_eq!(writer.wakes(), 0);
                drop(reader.assert_ready());
                drop(writer.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_thread_that_is_unwinding_may_downgrade() {
                let lock = Arc::new(RwLock::new(1));
                let guard = write(&lock);
                let mut reader = Polled::waiting(lock.read());
                while_panicking(|| drop(downgrade(guard)));
                assert_read(&lock, 1, 0);
                drop(reader.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_waker_may_use_the_lock_during_a_downgrade() {
                watched(|| {
                    let lock = Arc::new(RwLock::new(1));
                    let guard = write(&lock);
                    let hostile = Hostile::new();
                    let mut reader = Polled::new(Arc::clone(&lock).read_owned());
                    assert!(reader.poll_with(hostile.waker()).is_pending());
                    let again = Arc::clone(&lock);
                    hostile.on(Call::Wake, move || {
                        assert_read(&again, 2, 0);
                        assert!(again.try_write().is_none());
                        drop(again.try_read().unwrap());
                        drop(Polled::waiting(again.write()));
                    });
                    let guard = downgrade(guard);
                    assert_eq!(hostile.calls(Call::Wake), 1);
                    drop(reader.assert_ready());
                    drop(guard);
                    assert_free(&lock);
                });
            }

            #[test]
            fn a_forgotten_read_guard_keeps_the_lock() {
                let lock = Arc::new(RwLock::new(1));
                crate::common::forget(downgrade(write(&lock)));
                assert_read(&lock, 1, 0);
                assert!(lock.try_write().is_none());
                drop(lock.try_read().unwrap());
            }
        }
    };
}

rules!(
    borrowed, RwLockReadGuard<'_, u32>, RwLockWriteGuard<'_, u32>,
    lock => lock.try_write().unwrap(), RwLockWriteGuard::downgrade
);
rules!(
    owned, OwnedRwLockReadGuard<u32>, OwnedRwLockWriteGuard<u32>,
    lock => Arc::clone(lock).try_write_owned().unwrap(), OwnedRwLockWriteGuard::downgrade
);

/// tokio 1.0.1: a mapped write guard could be downgraded. `tests/compile_fail.md` shows that it
/// cannot here. A guard that `filter_map` returns unchanged can, and so can the whole guard.
#[test]
fn a_guard_that_was_not_narrowed_can_be_downgraded() {
    let lock = RwLock::new(vec![1]);
    let guard = lock.try_write().unwrap();
    let guard = RwLockWriteGuard::filter_map(guard, |all| all.get_mut(9)).unwrap_err();
    let guard = RwLockWriteGuard::downgrade(guard);
    let first = RwLockReadGuard::map(guard, |all| &all[0]);
    assert_eq!(*first, 1);
    assert_read(&lock, 1, 0);
    drop(first);
    assert_free(&lock);
}

#[test]
fn each_writer_of_a_queue_may_downgrade_in_turn() {
    let lock = RwLock::new(0);
    let mut holder = lock.try_write().unwrap();
    for turn in 1..50 {
        let mut writer = Polled::waiting(lock.write());
        *holder = turn;
        let reader = RwLockWriteGuard::downgrade(holder);
        assert_read(&lock, 1, 1);
        drop(reader);
        assert_write(&lock, 0);
        holder = writer.assert_ready();
        assert_eq!(*holder, turn);
    }
}
