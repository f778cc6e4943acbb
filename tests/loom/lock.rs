//! Lock: the data cell, unlock against enqueue, grant against drop and re-poll,
//! threads beside tasks.

use std::sync::Arc;

use aiosync::Lock;
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, explore_fully, poll_once};

/// Breaks if `LockWord::try_lock` or `lock_or_queue` acquires with Relaxed, or
/// `try_unlock` releases with Relaxed: loom sees the data raced for.
#[test]
fn two_tasks_have_the_data_one_at_a_time() {
    explore_fully("lock: data, 2 threads", 120, || {
        let lock = Arc::new(Lock::new(0));
        let other = Arc::clone(&lock);
        let thread = thread::spawn(move || *block_on(other.lock()) += 1);
        *block_on(lock.lock()) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if the hand-over loses its order: `publish` with Relaxed, or
/// `Node::standing` with Relaxed. Also if `Line::unlock_queued` forgets to clear
/// `QUEUED` with the last waiter: the final `try_lock` fails.
#[test]
fn three_tasks_have_the_data_one_at_a_time() {
    explore("lock: data, 3 threads", 4_600, || {
        let lock = Arc::new(Lock::new(0));
        let threads = [(); 2].map(|()| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || *block_on(lock.lock()) += 1)
        });
        *block_on(lock.lock()) += 1;
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*lock.try_lock().unwrap(), 3);
    });
}

/// Breaks if `lock_or_queue` does not look again under the mutex (a lock that came
/// free is never taken), or sets `QUEUED` without it (an unlock misses the node).
#[test]
fn an_unlock_does_not_miss_a_task_that_is_about_to_queue() {
    explore_fully("lock: unlock against enqueue", 39, || {
        let lock = Arc::new(Lock::new(()));
        let guard = lock.try_lock().unwrap();
        let other = Arc::clone(&lock);
        let thread = thread::spawn(move || drop(block_on(other.lock())));
        drop(guard);
        thread.join().unwrap();
        assert!(lock.try_lock().is_some());
    });
}

/// Breaks if `Wait::cancel` does not look for a grant again under the mutex, or does
/// not give it back: the second waiter sleeps for ever. Nobody else acts after the
/// drop, so that no later release can hide the loss.
#[test]
fn a_grant_to_a_future_that_is_being_dropped_goes_to_the_next() {
    explore("lock: grant against drop", 1_000, || {
        let lock = Arc::new(Lock::new(()));
        let guard = lock.try_lock().unwrap();
        let mut first = Box::pin(Arc::clone(&lock).lock_owned());
        assert!(poll_once(&mut first).is_pending());
        let mut second = Box::pin(Arc::clone(&lock).lock_owned());
        assert!(poll_once(&mut second).is_pending());
        let dropper = thread::spawn(move || drop(first));
        let waiter = thread::spawn(move || drop(block_on(second)));
        drop(guard);
        dropper.join().unwrap();
        waiter.join().unwrap();
        assert!(lock.try_lock().is_some());
    });
}

/// Breaks if `Wait::poll_waiting` does not look for a grant again before it leaves the
/// new waker, or leaves it without the mutex: the old waker was woken, the new one
/// never is.
#[test]
fn a_grant_during_a_poll_with_another_waker_is_not_lost() {
    explore_fully("lock: grant against waker replacement", 20, || {
        let lock = Arc::new(Lock::new(()));
        let guard = lock.try_lock().unwrap();
        let mut future = Box::pin(Arc::clone(&lock).lock_owned());
        let wakes = Wakes::new();
        assert!(wakes.poll(&mut future).is_pending());
        let thread = thread::spawn(move || drop(block_on(future)));
        drop(guard);
        thread.join().unwrap();
        assert!(wakes.count() <= 1);
        assert_eq!(Arc::strong_count(&wakes), 1);
    });
}

/// Breaks if a blocking twin bypasses the line, or if its parker loses a wake that
/// comes before it parks.
#[test]
fn a_blocked_thread_and_a_task_share_one_line() {
    explore("lock: blocking twin against task", 18, || {
        let lock = Arc::new(Lock::new(0));
        let other = Arc::clone(&lock);
        let blocked = thread::spawn(move || *other.lock_blocking() += 1);
        *block_on(lock.lock()) += 1;
        blocked.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if an unlock that finds nobody in line any more leaves `QUEUED` behind, as the last
/// one who left has done: the lock is never free again.
#[test]
fn the_last_waiter_that_leaves_frees_the_word() {
    explore_fully("lock: cancel against unlock", 10, || {
        let lock = Arc::new(Lock::new(()));
        let guard = lock.try_lock().unwrap();
        let mut waiting = Box::pin(Arc::clone(&lock).lock_owned());
        assert!(poll_once(&mut waiting).is_pending());
        let dropper = thread::spawn(move || drop(waiting));
        drop(guard);
        dropper.join().unwrap();
        assert!(lock.try_lock().is_some());
    });
}

/// Breaks if `Line::unlock_queued` gives the lock back under the mutex (the waiter has
/// left) without Release.
#[test]
fn a_guard_dropped_while_the_waiter_leaves_passes_its_data_on() {
    explore("lock: unlock against a leaving waiter, data", 20, || {
        let lock = Arc::new(Lock::new(0));
        let mut guard = lock.try_lock().unwrap();
        let mut waiting = Box::pin(Arc::clone(&lock).lock_owned());
        assert!(poll_once(&mut waiting).is_pending());
        let other = Arc::clone(&lock);
        let reader = thread::spawn(move || {
            drop(waiting);
            other.try_lock().map(|guard| *guard)
        });
        *guard = 1;
        drop(guard);
        let read = reader.join().unwrap();
        assert!(read.is_none_or(|value| value == 1));
        assert_eq!(*lock.try_lock().unwrap(), 1);
    });
}

/// Breaks if a newcomer may take a lock that was granted to a waiter: loom sees the data
/// raced for.
#[test]
fn nobody_takes_a_lock_that_was_handed_over() {
    explore("lock: try_lock against hand-over", 36, || {
        let lock = Arc::new(Lock::new(0));
        let guard = lock.try_lock().unwrap();
        let mut waiting = Box::pin(Arc::clone(&lock).lock_owned());
        assert!(poll_once(&mut waiting).is_pending());
        let waiter = thread::spawn(move || *block_on(waiting) += 1);
        drop(guard);
        let stolen = lock.try_lock().map(|mut guard| *guard += 1).is_some();
        waiter.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 1 + u32::from(stolen));
    });
}
