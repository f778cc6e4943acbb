//! RwLock: the data cell, readers against a writer, a release against a waiter that enqueues or
//! leaves, downgrades, the bound on the readers.
//!
//! In these models, at most 3 readers hold a lock at a time, and a batch has 2 wakers.

use std::sync::Arc;

use aiosync::{OwnedRwLockWriteGuard, RwLock, RwLockWriteGuard};
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, explore_fully, poll_once};

/// Breaks if `RwLockWord::try_acquire` or `acquire_or_queue` acquires with Relaxed, or `release`
/// releases with Relaxed: loom sees a race for the data.
#[test]
fn two_writers_have_the_data_one_at_a_time() {
    explore_fully("rwlock: data, 2 writers", 100, || {
        let lock = Arc::new(RwLock::new(0));
        let other = Arc::clone(&lock);
        let thread = thread::spawn(move || *block_on(other.write()) += 1);
        *block_on(lock.write()) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 2);
    });
}

/// Breaks if a reader overlaps a writer, or if a release that finds a waiter does not serve it.
#[test]
fn a_reader_and_a_writer_have_the_data_one_at_a_time() {
    explore_fully("rwlock: data, reader and writer", 100, || {
        let lock = Arc::new(RwLock::new(0));
        let other = Arc::clone(&lock);
        let reader = thread::spawn(move || *block_on(other.read()));
        *block_on(lock.write()) += 1;
        assert!(reader.join().unwrap() <= 1);
        assert_eq!(*lock.try_write().unwrap(), 1);
    });
}

/// Breaks if `release` does not report the last reader to the queue, or if `acquire_or_queue`
/// neither takes a lock that has become free nor sets `QUEUED`. One reader could not show that
/// the wrong one serves.
#[test]
fn the_last_of_two_readers_wakes_a_writer_that_is_about_to_queue() {
    explore("rwlock: 2 releases against enqueue", 1_800, || {
        let lock = Arc::new(RwLock::new(0));
        let readers = [(); 2].map(|()| {
            let guard = Arc::clone(&lock).try_read_owned().unwrap();
            thread::spawn(move || assert_eq!(*guard, 0))
        });
        *block_on(lock.write()) += 1;
        for reader in readers {
            reader.join().unwrap();
        }
        assert_eq!(*lock.try_read().unwrap(), 1);
    });
}

/// Breaks if `permits` looks with Relaxed: the reader that serves the queue has not acquired what
/// the other reader did, and its grant does not pass it on. loom sees a race for the data. Also if
/// `grant` comes after the publication of the grant.
#[test]
fn a_granted_writer_comes_after_every_reader() {
    explore("rwlock: 2 releases with a queued writer", 2_300, || {
        let lock = Arc::new(RwLock::new(0));
        let guards = [(); 2].map(|()| Arc::clone(&lock).try_read_owned().unwrap());
        let mut writer = Box::pin(Arc::clone(&lock).write_owned());
        assert!(poll_once(&mut writer).is_pending());
        let readers = guards.map(|guard| thread::spawn(move || assert_eq!(*guard, 0)));
        *block_on(writer) += 1;
        for reader in readers {
            reader.join().unwrap();
        }
        assert_eq!(*lock.try_read().unwrap(), 1);
    });
}

/// Breaks if a waiter that leaves does not settle: the reader behind the cancelled writer would
/// sleep although readers hold the lock. The guard is held until that reader is inside.
#[test]
fn a_cancelled_writer_leaves_no_reader_asleep() {
    explore(
        "rwlock: cancelled writer against a reader's poll",
        65,
        || {
            let lock = Arc::new(RwLock::new(0));
            let guard = lock.try_read().unwrap();
            let mut writer = Box::pin(Arc::clone(&lock).write_owned());
            assert!(poll_once(&mut writer).is_pending());
            let dropper = thread::spawn(move || drop(writer));
            let reader = block_on(lock.read());
            assert_eq!((*guard, *reader), (0, 0));
            dropper.join().unwrap();
            drop((guard, reader));
            assert!(lock.try_write().is_some());
        },
    );
}

/// Breaks if the last reader and a writer that leaves each leave the queue to the other.
#[test]
fn a_cancelled_writer_and_the_last_reader_serve_the_queue_once() {
    explore("rwlock: cancelled writer against release", 8_500, || {
        let lock = Arc::new(RwLock::new(0));
        let guard = Arc::clone(&lock).try_read_owned().unwrap();
        let mut leaver = Box::pin(Arc::clone(&lock).write_owned());
        assert!(poll_once(&mut leaver).is_pending());
        let mut writer = Box::pin(Arc::clone(&lock).write_owned());
        assert!(poll_once(&mut writer).is_pending());
        let dropper = thread::spawn(move || drop(leaver));
        let releaser = thread::spawn(move || drop(guard));
        *block_on(writer) += 1;
        dropper.join().unwrap();
        releaser.join().unwrap();
        assert_eq!(*lock.try_write().unwrap(), 1);
    });
}

/// Breaks if `AcquireRwLock::return_grant` does not release the lock.
#[test]
fn a_granted_writer_that_is_dropped_passes_the_lock_on() {
    explore("rwlock: grant against drop", 2_900, || {
        let lock = Arc::new(RwLock::new(0));
        let guard = lock.try_write().unwrap();
        let mut writer = Box::pin(Arc::clone(&lock).write_owned());
        assert!(poll_once(&mut writer).is_pending());
        let mut reader = Box::pin(Arc::clone(&lock).read_owned());
        assert!(poll_once(&mut reader).is_pending());
        let dropper = thread::spawn(move || drop(writer));
        let waiter = thread::spawn(move || *block_on(reader));
        drop(guard);
        dropper.join().unwrap();
        assert_eq!(waiter.join().unwrap(), 0);
        assert!(lock.try_write().is_some());
    });
}

/// Breaks if the last waiter that leaves does not clear `QUEUED`: nobody acquires the lock without
/// the mutex any more.
#[test]
fn the_last_waiter_that_leaves_clears_queued() {
    explore_fully("rwlock: cancel against release", 24, || {
        let lock = Arc::new(RwLock::new(()));
        let guard = lock.try_read().unwrap();
        let mut waiting = Box::pin(Arc::clone(&lock).write_owned());
        assert!(poll_once(&mut waiting).is_pending());
        let dropper = thread::spawn(move || drop(waiting));
        drop(guard);
        dropper.join().unwrap();
        assert!(lock.try_read().is_some());
        assert!(lock.try_write().is_some());
    });
}

/// Breaks if `downgrade` has no Release: loom sees a race between the write and the read.
#[test]
fn readers_after_a_downgrade_see_the_write() {
    explore_fully("rwlock: downgrade against try_read", 4, || {
        let lock = Arc::new(RwLock::new(0));
        let mut guard = lock.try_write().unwrap();
        let other = Arc::clone(&lock);
        let reader = thread::spawn(move || other.try_read().map(|guard| *guard));
        *guard = 1;
        let guard = RwLockWriteGuard::downgrade(guard);
        let seen = reader.join().unwrap();
        assert!(seen.is_none_or(|value| value == 1));
        assert_eq!(*guard, 1);
    });
}

/// Breaks if `downgrade` does not serve the queue: the downgraded guard is held until the reader
/// is inside. Also if `grant` does not clear `QUEUED` with the last waiter.
#[test]
fn a_downgrade_lets_a_reader_in_that_is_about_to_queue() {
    explore_fully("rwlock: downgrade against enqueue", 45, || {
        let lock = Arc::new(RwLock::new(0));
        let mut guard = Arc::clone(&lock).try_write_owned().unwrap();
        let other = Arc::clone(&lock);
        let reader = thread::spawn(move || *block_on(other.read()));
        *guard = 1;
        let guard = OwnedRwLockWriteGuard::downgrade(guard);
        assert_eq!(reader.join().unwrap(), 1);
        assert!(lock.try_read().is_some(), "nobody is queued any more");
        drop(guard);
        assert!(lock.try_write().is_some());
    });
}

/// Breaks if `downgrade` releases the lock for a moment. Nobody is queued, because a queue keeps
/// others out.
#[test]
fn no_writer_gets_in_between_a_downgrade() {
    explore_fully("rwlock: downgrade against a writer", 300, || {
        let lock = Arc::new(RwLock::new(0));
        let mut guard = lock.try_write().unwrap();
        let other = Arc::clone(&lock);
        let writer = thread::spawn(move || *block_on(other.write()) += 1);
        *guard = 1;
        let guard = RwLockWriteGuard::downgrade(guard);
        assert_eq!(*guard, 1);
        drop(guard);
        writer.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 2);
    });
}

/// Breaks if a downgrade with a queue lets a writer in before the reader at the front.
#[test]
fn a_downgrade_grants_a_queued_reader_before_a_writer() {
    explore_fully(
        "rwlock: downgrade with a reader, and a writer",
        2_800,
        || {
            let lock = Arc::new(RwLock::new(0));
            let mut guard = lock.try_write().unwrap();
            let mut reader = Box::pin(Arc::clone(&lock).read_owned());
            assert!(poll_once(&mut reader).is_pending());
            let other = Arc::clone(&lock);
            let writer = thread::spawn(move || *block_on(other.write()) += 1);
            *guard = 1;
            let guard = RwLockWriteGuard::downgrade(guard);
            assert_eq!((*guard, *block_on(reader)), (1, 1));
            drop(guard);
            writer.join().unwrap();
            assert_eq!(*lock.try_read().unwrap(), 2);
        },
    );
}

/// Breaks if `settle` does not continue after a full batch. The run has one reader more than a
/// batch. The first two are kept until the third is inside.
#[test]
fn a_run_that_is_longer_than_a_batch_is_granted_completely() {
    explore("rwlock: run of 3 readers", 800, || {
        let lock = Arc::new(RwLock::new(0));
        let guard = Arc::clone(&lock).try_write_owned().unwrap();
        let wakes = Wakes::new();
        let mut readers = [(); 3].map(|()| {
            let mut reader = Box::pin(lock.read());
            assert!(wakes.poll(&mut reader).is_pending());
            reader
        });
        let releaser = thread::spawn(move || drop(guard));
        let guards = readers.each_mut().map(|reader| block_on(reader.as_mut()));
        releaser.join().unwrap();
        assert_eq!(lock.readers(), 3);
        drop(guards);
        assert!(lock.try_write().is_some());
    });
}

/// Breaks if somebody acquires the lock between two batches: the attempt would read, although a
/// writer is queued.
#[test]
fn nobody_gets_in_between_two_batches() {
    explore("rwlock: try_read against a run of 3 readers", 11, || {
        let lock = Arc::new(RwLock::new(0));
        let guard = Arc::clone(&lock).try_write_owned().unwrap();
        let mut readers = [(); 3].map(|()| Box::pin(lock.read()));
        for reader in &mut readers {
            assert!(poll_once(reader).is_pending());
        }
        let mut writer = Box::pin(lock.write());
        assert!(poll_once(&mut writer).is_pending());
        let releaser = thread::spawn(move || drop(guard));
        assert!(lock.try_read().is_none());
        releaser.join().unwrap();
        assert_eq!((lock.readers(), lock.waiters()), (3, 1));
        drop(readers);
        assert!(poll_once(&mut writer).is_ready());
    });
}

/// Breaks if `release` does not serve the queue for one of as many readers as there can be. One of
/// the 3 guards is kept until the fourth reader is inside.
#[test]
fn a_reader_beyond_the_limit_waits_for_one_to_leave() {
    explore("rwlock: 2 releases at the limit", 15_000, || {
        let lock = Arc::new(RwLock::new(0));
        assert_eq!(RwLock::<u32>::MAX_READERS, 3);
        let kept = lock.try_read().unwrap();
        let guards = [(); 2].map(|()| Arc::clone(&lock).try_read_owned().unwrap());
        assert!(lock.try_read().is_none());
        let mut fourth = Box::pin(lock.read());
        assert!(poll_once(&mut fourth).is_pending());
        let mut fifth = Box::pin(lock.read());
        assert!(poll_once(&mut fifth).is_pending());
        let threads = guards.map(|guard| thread::spawn(move || drop(guard)));
        let inside = (block_on(fourth), block_on(fifth));
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((lock.readers(), lock.waiters()), (3, 0));
        drop((kept, inside));
        assert!(lock.try_write().is_some());
    });
}

/// Breaks if an attempt that fails counts as a reader for a moment: the other attempt then fails
/// although nobody holds the lock.
#[test]
fn an_attempt_that_fails_disturbs_no_other() {
    explore_fully("rwlock: try_read against try_write", 45, || {
        let lock = Arc::new(RwLock::new(0));
        let guard = lock.try_write().unwrap();
        let other = Arc::clone(&lock);
        let reader = thread::spawn(move || other.try_read().is_some());
        drop(guard);
        let wrote = lock.try_write().is_some();
        let read = reader.join().unwrap();
        assert!(read || wrote, "both have failed");
    });
}

/// Breaks if a blocking method bypasses the wait queue.
#[test]
fn a_blocked_thread_and_a_task_share_one_queue() {
    explore("rwlock: blocked thread against task", 40, || {
        let lock = Arc::new(RwLock::new(0));
        let other = Arc::clone(&lock);
        let blocked = thread::spawn(move || *other.write_blocking() += 1);
        let seen = *block_on(lock.read());
        blocked.join().unwrap();
        assert!(seen <= 1);
        assert_eq!(*lock.try_read().unwrap(), 1);
    });
}

/// Breaks if `is_write_locked` or `readers` looks with Relaxed: loom sees a race for the cell.
#[test]
fn a_lock_that_is_seen_free_shows_what_was_done_under_it() {
    explore_fully("rwlock: state against release", 15, || {
        let shared = Arc::new((Arc::new(RwLock::new(())), loom::cell::Cell::new(0)));
        let written = Arc::clone(&shared.0).try_write_owned().unwrap();
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            other.1.set(1);
            drop(written);
        });
        if !shared.0.is_write_locked() {
            assert_eq!(shared.1.get(), 1);
        }
        thread.join().unwrap();
        let read = Arc::clone(&shared.0).try_read_owned().unwrap();
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            other.1.set(2);
            drop(read);
        });
        if shared.0.readers() == 0 {
            assert_eq!(shared.1.get(), 2);
        }
        thread.join().unwrap();
    });
}
