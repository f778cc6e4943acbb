//! Lock: the data cell, an unlock against a waiter that enqueues, a grant against a drop and
//! against a poll, threads beside tasks.

use std::sync::Arc;

use aiosync::Lock;
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, explore_fully, poll_once};

/// Breaks if `LockWord::try_lock` or `lock_or_queue` acquires with Relaxed, or
/// `try_unlock` releases with Relaxed: loom sees a race for the data.
#[test]
fn two_tasks_have_the_data_one_at_a_time() {
    explore_fully("lock: data, 2 threads", 2_100, || {
        let lock = Arc::new(Lock::new(0));
        let other = Arc::clone(&lock);
        let thread = thread::spawn(move || *block_on(other.lock()) += 1);
        *block_on(lock.lock()) += 1;
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if a hand-off loses its order: `publish` or `Node::state` with Relaxed. Also if
/// `RawLock::unlock_queued` does not clear `QUEUED` with the last waiter: the final
/// `try_lock` fails.
#[test]
fn three_tasks_have_the_data_one_at_a_time() {
    explore("lock: data, 3 threads", 12_600, || {
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

/// Breaks if `LockWord::lock_or_queue` does not take a lock that has become free, or does not
/// set `QUEUED` (an unlock misses the node).
#[test]
fn an_unlock_does_not_miss_a_task_that_is_about_to_queue() {
    explore_fully("lock: unlock against enqueue", 220, || {
        let lock = Arc::new(Lock::new(()));
        let guard = lock.try_lock().unwrap();
        let other = Arc::clone(&lock);
        let thread = thread::spawn(move || drop(block_on(other.lock())));
        drop(guard);
        thread.join().unwrap();
        assert!(lock.try_lock().is_some());
    });
}

/// Breaks if `Wait::cancel` does not look for a grant again under the mutex, or does not
/// return it: the second waiter sleeps forever. No later unlock hides the loss.
#[test]
fn a_grant_to_a_future_that_is_being_dropped_goes_to_the_next() {
    explore("lock: grant against drop", 1_050, || {
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

/// Breaks if `Wait::poll_waiting` does not look for a grant again before it stores the new
/// waker, or stores it without the mutex: the old waker was woken, the new one never is.
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

/// Breaks if a `_blocking` method bypasses the wait queue, or if its parker loses a wake that
/// comes before it parks.
#[test]
fn a_blocked_thread_and_a_task_share_one_wait_queue() {
    explore("lock: blocked thread against task", 68, || {
        let lock = Arc::new(Lock::new(0));
        let other = Arc::clone(&lock);
        let blocked = thread::spawn(move || *other.lock_blocking() += 1);
        *block_on(lock.lock()) += 1;
        blocked.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 2);
    });
}

/// Breaks if an unlock that finds the wait queue empty leaves `QUEUED` set, as the drop of the
/// last waiter does: the lock is never free again.
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

/// Breaks if `LockWord::unlock`, which finds that the waiter has left, is without Release.
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

/// Breaks if `RawLock::try_lock` takes a lock that was granted to a waiter: loom sees a race
/// for the data.
#[test]
fn nobody_takes_a_lock_that_was_handed_off() {
    explore("lock: try_lock against hand-off", 41, || {
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
