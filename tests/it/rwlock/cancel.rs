//! Dropping and forgetting a future in each of its states: unpolled, waiting, granted and not
//! yet taken, done.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::RwLock;
use aiosync::futures::{RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned};

use super::{assert_free, assert_read, assert_write};
use crate::common::{Polled, drop_elsewhere, forget};

/// The rules for a way of waiting and a thread to drop on.
macro_rules! rules {
    (
        $way:ident, $read_future:ty, $write_future:ty,
        $lock:ident => $read:expr, $write:expr, $drop:path
    ) => {
        mod $way {
            use super::*;

            fn read($lock: &Arc<RwLock<u32>>) -> $read_future {
                $read
            }

            fn write($lock: &Arc<RwLock<u32>>) -> $write_future {
                $write
            }

            #[test]
            fn dropping_a_future_that_was_never_polled_changes_nothing() {
                let lock = Arc::new(RwLock::new(0));
                $drop(Polled::new(read(&lock)));
                $drop(Polled::new(write(&lock)));
                assert_free(&lock);
                let holder = lock.try_read().unwrap();
                let waiter = Polled::waiting(write(&lock));
                $drop(Polled::new(read(&lock)));
                $drop(Polled::new(write(&lock)));
                assert_read(&lock, 1, 1);
                assert_eq!(waiter.wakes(), 0);
                $drop(waiter);
                drop(holder);
                assert_free(&lock);
                assert_eq!(Arc::strong_count(&lock), 1);
            }

            #[test]
            fn a_first_writer_that_leaves_grants_the_readers_behind_it() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_read().unwrap();
                let leaver = Polled::waiting(write(&lock));
                let mut readers = [(); 3].map(|()| Polled::waiting(read(&lock)));
                let mut writer = Polled::waiting(write(&lock));
                let behind = Polled::waiting(read(&lock));
                let (leaver, waker) = leaver.split();
                $drop(leaver);
                assert_eq!((waker.wakes(), waker.kept()), (0, 0));
                assert!(readers.iter().all(|reader| reader.wakes() == 1));
                assert_eq!((writer.wakes(), behind.wakes()), (0, 0));
                assert_read(&lock, 4, 2);
                readers
                    .iter_mut()
                    .for_each(|reader| drop(reader.assert_ready()));
                assert_read(&lock, 1, 2);
                drop(holder);
                drop(writer.assert_ready());
                $drop(behind);
                assert_free(&lock);
            }

            #[test]
            fn writers_that_leave_one_by_one_grant_readers_with_the_last() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_read().unwrap();
                let mut writers: Vec<_> = (0..3).map(|_| Polled::waiting(write(&lock))).collect();
                let mut reader = Polled::waiting(read(&lock));
                for index in [1, 0, 0] {
                    assert_eq!(reader.wakes(), 0);
                    $drop(writers.remove(index));
                }
                assert_eq!(reader.wakes(), 1);
                assert_read(&lock, 2, 0);
                drop(holder);
                drop(reader.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_writer_that_leaves_from_the_middle_grants_nobody() {
                let lock = Arc::new(RwLock::new(0));
                // Behind a writer that holds the lock, and behind one that waits.
                let holder = lock.try_write().unwrap();
                let mut first = Polled::waiting(write(&lock));
                let leaver = Polled::waiting(write(&lock));
                let mut reader = Polled::waiting(read(&lock));
                $drop(leaver);
                assert_write(&lock, 2);
                drop(holder);
                let leaver = Polled::waiting(write(&lock));
                $drop(leaver);
                assert_write(&lock, 1);
                assert_eq!((first.wakes(), reader.wakes()), (1, 0));
                drop(first.assert_ready());
                drop(reader.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_first_waiter_that_leaves_while_a_writer_holds_the_lock_grants_nobody() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let first = Polled::waiting(write(&lock));
                let second = Polled::waiting(read(&lock));
                let mut third = Polled::waiting(read(&lock));
                $drop(first);
                $drop(second);
                assert_eq!(third.wakes(), 0);
                assert_write(&lock, 1);
                drop(holder);
                drop(third.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn when_the_last_waiter_has_left_nobody_is_queued() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_read().unwrap();
                $drop(Polled::waiting(write(&lock)));
                // Nothing tells from now on that somebody has waited.
                let another = lock.try_read().expect("nobody waits");
                assert_read(&lock, 2, 0);
                drop((holder, another));
                let holder = lock.try_write().unwrap();
                $drop(Polled::waiting(read(&lock)));
                $drop(Polled::waiting(write(&lock)));
                drop(holder);
                assert_free(&lock);
            }

            #[test]
            fn a_granted_writer_that_is_dropped_passes_the_lock_on() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let (granted, granted_next) =
                    (Polled::waiting(write(&lock)), Polled::waiting(write(&lock)));
                let mut readers = [(); 2].map(|()| Polled::waiting(read(&lock)));
                let mut last = Polled::waiting(write(&lock));
                drop(holder);
                $drop(granted);
                assert_eq!(granted_next.wakes(), 1);
                assert_write(&lock, 3);
                assert!(lock.try_read().is_none());
                $drop(granted_next);
                assert_read(&lock, 2, 1);
                for reader in &mut readers {
                    assert_eq!((reader.wakes(), last.wakes()), (1, 0));
                    drop(reader.assert_ready());
                }
                drop(last.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn the_last_granted_reader_that_is_dropped_passes_the_lock_on() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let mut readers: Vec<_> = (0..3).map(|_| Polled::waiting(read(&lock))).collect();
                let mut writer = Polled::waiting(write(&lock));
                drop(holder);
                // One is taken, and two are dropped: one before the other is released, one after.
                $drop(readers.remove(1));
                assert_read(&lock, 2, 1);
                drop(readers[0].assert_ready());
                assert_eq!(writer.wakes(), 0);
                $drop(readers.remove(1));
                assert_eq!(writer.wakes(), 1);
                drop(writer.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_granted_waiter_that_is_dropped_with_nobody_behind_frees_the_lock() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let granted = Polled::waiting(write(&lock));
                drop(holder);
                $drop(granted);
                assert_free(&lock);
                let holder = lock.try_write().unwrap();
                let granted = [(); 2].map(|()| Polled::waiting(read(&lock)));
                drop(holder);
                for waiter in granted {
                    assert!(lock.try_write().is_none());
                    $drop(waiter);
                }
                assert_free(&lock);
            }

            #[test]
            fn dropping_a_finished_future_releases_nothing() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let mut reader = Polled::waiting(read(&lock));
                let mut writer = Polled::waiting(write(&lock));
                drop(holder);
                let guard = reader.assert_ready();
                $drop(reader);
                assert_read(&lock, 1, 1);
                drop(guard);
                let guard = writer.assert_ready();
                $drop(writer);
                assert_write(&lock, 0);
                drop(guard);
                assert_free(&lock);
                assert_eq!(Arc::strong_count(&lock), 1);
            }

            #[test]
            fn a_forgotten_waiter_keeps_what_it_is_granted_and_nothing_else() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let mut before = Polled::waiting(read(&lock));
                Polled::waiting(read(&lock)).forget();
                let mut behind = Polled::waiting(read(&lock));
                let writer = Polled::waiting(write(&lock));
                drop(holder);
                drop(before.assert_ready());
                drop(behind.assert_ready());
                assert_read(&lock, 1, 1);
                assert_eq!(writer.wakes(), 0);
                assert!(
                    format!("{lock:?}").contains("granted_not_taken: 1"),
                    "{lock:?}"
                );
                $drop(writer);
                // Others may still read.
                drop(lock.try_read().unwrap());
                assert_read(&lock, 1, 0);
            }

            #[test]
            fn a_forgotten_writer_keeps_the_lock() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_read().unwrap();
                Polled::waiting(write(&lock)).forget();
                let mut behind = Polled::waiting(read(&lock));
                assert_read(&lock, 1, 2);
                drop(holder);
                assert_write(&lock, 1);
                behind.assert_pending();
                assert!(
                    format!("{lock:?}").contains("granted_not_taken: 1"),
                    "{lock:?}"
                );
                $drop(behind);
                assert_write(&lock, 0);
                assert!(lock.try_read().is_none());
            }
        }
    };
}

rules!(
    borrowed, RwLockRead<'_, u32>, RwLockWrite<'_, u32>,
    lock => lock.read(), lock.write(), drop
);
rules!(
    owned, RwLockReadOwned<u32>, RwLockWriteOwned<u32>,
    lock => Arc::clone(lock).read_owned(), Arc::clone(lock).write_owned(), drop
);
rules!(
    borrowed_elsewhere, RwLockRead<'_, u32>, RwLockWrite<'_, u32>,
    lock => lock.read(), lock.write(), drop_elsewhere
);
rules!(
    owned_elsewhere, RwLockReadOwned<u32>, RwLockWriteOwned<u32>,
    lock => Arc::clone(lock).read_owned(), Arc::clone(lock).write_owned(), drop_elsewhere
);

#[test]
fn a_lock_may_be_dropped_while_forgotten_waiters_are_in_its_queue() {
    let lock = RwLock::new(Box::new(7));
    let guard = lock.try_read().unwrap();
    Polled::waiting(lock.write()).forget();
    Polled::waiting(lock.read()).forget();
    forget(guard);
    // The borrows have ended: the lock may move.
    let mut lock = Box::new(lock);
    **lock.get_mut() += 1;
    let waiter = Polled::waiting(lock.read());
    assert_eq!(lock.waiters(), 3);
    drop(waiter);
    assert_eq!(lock.waiters(), 2);
    assert_eq!(*lock.into_inner(), 8);
}

#[test]
fn an_owned_future_may_be_the_last_that_keeps_the_lock() {
    for writes in [false, true] {
        let value = Arc::new(());
        let lock = Arc::new(RwLock::new(Arc::clone(&value)));
        let holder = Arc::clone(&lock).try_write_owned().unwrap();
        let unpolled = Arc::clone(&lock).read_owned();
        let (waiting, granted) = if writes {
            let waiting = Polled::waiting(Arc::clone(&lock).write_owned());
            (Some(waiting), Polled::waiting(lock.read_owned()))
        } else {
            (None, Polled::waiting(lock.read_owned()))
        };
        drop(waiting);
        drop(holder);
        drop(unpolled);
        assert_eq!(Arc::strong_count(&value), 2);
        drop(granted);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
