//! The order of grants: the longest run of readers at the front, or one writer.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::RwLock;
use aiosync::futures::{RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned};

use super::{assert_free, assert_read, assert_write};
use crate::common::{Crowd, Order, Polled, rounds, watched};

/// The rules for a way of waiting.
macro_rules! rules {
    (
        $way:ident, $read_future:ty, $write_future:ty,
        $lock:ident => $read:expr, $write:expr
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
            fn readers_share_the_lock_and_a_writer_has_it_alone() {
                let lock = Arc::new(RwLock::new(7));
                let first = Polled::new(read(&lock)).assert_ready();
                let second = Polled::new(read(&lock)).assert_ready();
                let third = lock.try_read().unwrap();
                assert_eq!((*first, *second, *third), (7, 7, 7));
                assert_read(&lock, 3, 0);
                assert!(lock.try_write().is_none());
                assert!(Arc::clone(&lock).try_write_owned().is_none());
                assert_read(&lock, 3, 0);
                drop((first, second, third));
                let mut writer = Polled::new(write(&lock)).assert_ready();
                *writer += 1;
                assert_write(&lock, 0);
                assert!(lock.try_read().is_none());
                assert!(Arc::clone(&lock).try_read_owned().is_none());
                assert!(lock.try_write().is_none());
                assert!(Arc::clone(&lock).try_write_owned().is_none());
                assert_write(&lock, 0);
                drop(writer);
                assert_free(&lock);
                assert_eq!(*lock.try_read().unwrap(), 8);
            }

            #[test]
            fn a_release_grants_the_longest_run_of_readers_or_one_writer() {
                let lock = Arc::new(RwLock::new(0));
                let order = Order::new();
                let holder = lock.try_write().unwrap();
                let read = |label| Polled::waiting_with(read(&lock), order.waker(label));
                let write = |label| Polled::waiting_with(write(&lock), order.waker(label));
                let (mut r0, mut r1, mut w2) = (read(0), read(1), write(2));
                let (mut w3, mut r4, mut r5, mut r6) = (write(3), read(4), read(5), read(6));
                let mut w7 = write(7);
                assert_write(&lock, 8);
                drop(holder);
                assert_eq!(order.so_far(), [0, 1]);
                assert_read(&lock, 2, 6);
                let (r0, r1) = (r0.assert_ready(), r1.assert_ready());
                drop(r1);
                assert_read(&lock, 1, 6);
                w2.assert_pending();
                assert_eq!(order.so_far(), [0, 1]);
                drop(r0);
                assert_eq!(order.so_far(), [0, 1, 2]);
                assert_write(&lock, 5);
                w3.assert_pending();
                drop(w2.assert_ready());
                assert_eq!(order.so_far(), [0, 1, 2, 3]);
                assert_write(&lock, 4);
                r4.assert_pending();
                drop(w3.assert_ready());
                assert_eq!(order.so_far(), [0, 1, 2, 3, 4, 5, 6]);
                assert_read(&lock, 3, 1);
                // They may be taken and released in any order.
                drop(r5.assert_ready());
                let r6 = r6.assert_ready();
                drop(r4.assert_ready());
                w7.assert_pending();
                drop(r6);
                assert_eq!(order.so_far(), [0, 1, 2, 3, 4, 5, 6, 7]);
                drop(w7.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn the_first_poll_sets_the_position() {
                let lock = Arc::new(RwLock::new(0));
                let reader = lock.try_read().unwrap();
                let mut early = Polled::new(read(&lock));
                let mut writer = Polled::new(write(&lock));
                assert_read(&lock, 1, 0);
                writer.assert_pending();
                early.assert_pending();
                drop(reader);
                assert_eq!((writer.wakes(), early.wakes()), (1, 0));
                early.assert_pending();
                drop(writer.assert_ready());
                drop(early.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_read_queues_behind_a_waiting_writer_although_readers_hold_the_lock() {
                let lock = Arc::new(RwLock::new(0));
                let holder = Polled::new(read(&lock)).assert_ready();
                let mut writer = Polled::waiting(write(&lock));
                let mut reader = Polled::waiting(read(&lock));
                let mut last = Polled::waiting(write(&lock));
                assert_read(&lock, 1, 3);
                drop(holder);
                reader.assert_pending();
                let mut guard = writer.assert_ready();
                *guard = 1;
                drop(guard);
                last.assert_pending();
                assert_eq!(*reader.assert_ready(), 1);
                drop(last.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn an_attempt_fails_while_anybody_is_queued_and_leaves_no_trace() {
                let lock = Arc::new(RwLock::new(0));
                let attempt = || {
                    assert!(lock.try_read().is_none());
                    assert!(lock.try_write().is_none());
                    assert!(Arc::clone(&lock).try_read_owned().is_none());
                    assert!(Arc::clone(&lock).try_write_owned().is_none());
                };
                // Readers hold the lock, and a writer is queued.
                let holder = lock.try_read().unwrap();
                let mut writer = Polled::waiting(write(&lock));
                attempt();
                assert_read(&lock, 1, 1);
                // The writer is granted and not polled, and a reader is queued.
                let mut reader = Polled::waiting(read(&lock));
                drop(holder);
                attempt();
                assert_write(&lock, 1);
                // The reader is granted and not polled, with nobody behind it.
                drop(writer.assert_ready());
                assert_read(&lock, 1, 0);
                assert!(lock.try_write().is_none());
                drop(lock.try_read().unwrap());
                assert_read(&lock, 1, 0);
                drop(reader.assert_ready());
                assert_free(&lock);
                assert_eq!(Arc::strong_count(&lock), 1, "an attempt keeps the lock");
            }

            #[test]
            fn a_granted_waiter_owns_the_lock_before_it_is_polled() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let mut writer = Polled::waiting(write(&lock));
                drop(holder);
                assert_write(&lock, 0);
                // The releasing task, and another one, queue behind it.
                let mut releaser = Polled::waiting(read(&lock));
                let mut newcomer = Polled::waiting(write(&lock));
                assert_write(&lock, 2);
                let guard = writer.assert_ready();
                releaser.assert_pending();
                drop(guard);
                assert_read(&lock, 1, 1);
                assert_eq!((releaser.wakes(), newcomer.wakes()), (1, 0));
                drop(releaser.assert_ready());
                drop(newcomer.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn only_the_last_reader_serves_the_queue() {
                let lock = Arc::new(RwLock::new(0));
                let holders = [(); 5].map(|()| lock.try_read().unwrap());
                let mut writer = Polled::waiting(write(&lock));
                let reader = Polled::waiting(read(&lock));
                for (gone, holder) in holders.into_iter().enumerate() {
                    assert_eq!(writer.wakes(), 0);
                    assert_read(&lock, 5 - gone, 2);
                    drop(holder);
                }
                assert_eq!((writer.wakes(), reader.wakes()), (1, 0));
                drop(reader);
                drop(writer.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_writer_waits_for_those_before_it_only() {
                let lock = Arc::new(RwLock::new(0));
                let mut holder = Some(lock.try_read().unwrap());
                let mut writer = Polled::waiting(write(&lock));
                // Readers that keep coming queue behind it.
                let mut readers: Vec<_> = (0..50).map(|_| Polled::waiting(read(&lock))).collect();
                drop(holder.take());
                drop(writer.assert_ready());
                assert_read(&lock, 50, 0);
                readers
                    .iter_mut()
                    .for_each(|reader| drop(reader.assert_ready()));
                assert_free(&lock);
            }

            #[test]
            fn a_free_lock_is_acquired_in_the_first_poll_a_million_times() {
                let lock = Arc::new(RwLock::new(0));
                for _ in 0..rounds(500_000) {
                    *Polled::new(write(&lock)).assert_ready() += 1;
                    drop(Polled::new(read(&lock)).assert_ready());
                }
                assert_eq!(*lock.try_read().unwrap(), rounds(500_000) as u32);
            }
        }
    };
}

rules!(
    borrowed, RwLockRead<'_, u32>, RwLockWrite<'_, u32>,
    lock => lock.read(), lock.write()
);
rules!(
    owned, RwLockReadOwned<u32>, RwLockWriteOwned<u32>,
    lock => Arc::clone(lock).read_owned(), Arc::clone(lock).write_owned()
);

#[test]
fn all_kinds_of_futures_wait_in_one_queue() {
    let lock = Arc::new(RwLock::new(Vec::new()));
    let holder = lock.try_write().unwrap();
    let mut borrowed = Polled::waiting(lock.write());
    let mut read = Polled::waiting(lock.read());
    let mut read_owned = Polled::waiting(Arc::clone(&lock).read_owned());
    let mut owned = Polled::waiting(Arc::clone(&lock).write_owned());
    drop(holder);
    borrowed.assert_ready().push("borrowed");
    owned.assert_pending();
    let (first, second) = (read.assert_ready(), read_owned.assert_ready());
    assert_eq!((&*first, &*second), (&vec!["borrowed"], &vec!["borrowed"]));
    drop((first, second));
    owned.assert_ready().push("owned");
    assert_eq!(*lock.try_read().unwrap(), ["borrowed", "owned"]);
}

#[test]
fn a_task_that_reads_again_behind_a_queued_writer_waits_for_itself() {
    let lock = RwLock::new(0);
    let first = lock.try_read().unwrap();
    let mut writer = Polled::waiting(lock.write());
    let mut second = Polled::waiting(lock.read());
    for _ in 0..3 {
        second.assert_pending();
        writer.assert_pending();
    }
    drop(first);
    drop(writer.assert_ready());
    drop(second.assert_ready());
    assert_free(&lock);
}

/// More readers than one batch wakes, and a waker that tries to get in between.
#[test]
fn nobody_gets_in_between_the_batches_of_a_long_run_of_readers() {
    watched(|| {
        const RUN: usize = 100;
        let lock = Arc::new(RwLock::new(0));
        let holder = lock.try_write().unwrap();
        let late = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (of_wake, kept) = (Arc::clone(&lock), Arc::clone(&late));
        let start = || Arc::clone(&lock).read_owned();
        let crowd = Crowd::waiting(RUN, start, move |_, place| {
            // The last waiter of the queue is the writer.
            assert!(
                of_wake.try_read().is_none(),
                "an attempt overtakes at {place}"
            );
            assert!(of_wake.try_write().is_none());
            let newcomer = Polled::waiting(Arc::clone(&of_wake).read_owned());
            kept.lock().unwrap().push(newcomer);
        });
        let mut writer = Polled::waiting(lock.write());
        drop(holder);
        assert_eq!(crowd.woken(), (0..RUN).collect::<Vec<_>>());
        assert_read(&lock, RUN, 1 + RUN);
        assert_eq!(writer.wakes(), 0);
        crowd.each(|place, reader| {
            assert_eq!(writer.wakes(), 0, "after {place} readers");
            assert_eq!(reader.wakes(), 1);
            drop(reader.assert_ready());
        });
        assert_write(&lock, RUN);
        let late = std::mem::take(&mut *late.lock().unwrap());
        drop(writer.assert_ready());
        assert_read(&lock, RUN, 0);
        drop(late);
        drop(crowd);
        assert_free(&lock);
    });
}

/// The wakes of the first batch take and release all grants so far, so the last of them serves
/// the queue in the middle of the release.
#[test]
fn readers_that_leave_during_a_long_release_keep_the_order() {
    watched(|| {
        const RUN: usize = 100;
        let lock = Arc::new(RwLock::new(0));
        let holder = lock.try_write().unwrap();
        let start = || Arc::clone(&lock).read_owned();
        let crowd = Crowd::waiting(RUN, start, |crowd, place| {
            if let Some(mut reader) = crowd.take(place) {
                drop(reader.assert_ready());
            }
        });
        let mut writer = Polled::waiting(lock.write());
        let mut behind = Polled::waiting(lock.read());
        drop(holder);
        assert_eq!(crowd.woken(), (0..RUN).collect::<Vec<_>>());
        assert_eq!((writer.wakes(), behind.wakes()), (1, 0));
        assert_write(&lock, 1);
        drop(writer.assert_ready());
        drop(behind.assert_ready());
        assert_free(&lock);
    });
}

#[test]
fn two_writers_hand_the_lock_off_to_each_other_any_number_of_times() {
    let lock = RwLock::new(0);
    let mut holder = lock.try_write().unwrap();
    for turn in 0..rounds(10_000) {
        let mut waiter = Polled::waiting(lock.write());
        *holder += 1;
        drop(holder);
        assert!(lock.try_read().is_none());
        holder = waiter.assert_ready();
        assert_eq!(*holder, turn + 1);
    }
}
