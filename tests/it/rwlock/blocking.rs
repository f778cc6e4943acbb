//! Threads and tasks in one queue, timeouts, runtimes.
#![forbid(unsafe_code)]

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use aiosync::RwLock;
use futures_lite::future;

use super::{assert_free, assert_read, assert_write};
use crate::common::{Polled, rounds, until, watched};

#[test]
fn a_free_lock_is_acquired_without_waiting() {
    let lock = Arc::new(RwLock::new(0));
    *lock.write_blocking() += 1;
    *lock.write_blocking_timeout(Duration::ZERO).unwrap() += 1;
    *lock.write().block() += 1;
    *lock.write().block_timeout(Duration::ZERO).unwrap() += 1;
    *Arc::clone(&lock).write_owned().block() += 1;
    let owned = Arc::clone(&lock).write_owned();
    *owned.block_timeout(Duration::ZERO).unwrap() += 1;
    let first = lock.read_blocking();
    let second = lock.read_blocking_timeout(Duration::ZERO).unwrap();
    let third = Arc::clone(&lock).read_owned().block();
    assert_eq!((*first, *second, *third), (6, 6, 6));
    assert_read(&lock, 3, 0);
    drop((first, second, third));
    assert_free(&lock);
}

#[test]
fn readers_on_several_threads_are_inside_together() {
    watched(|| {
        let lock = Arc::new(RwLock::new(7));
        let inside = Arc::new(Barrier::new(4));
        let threads = [(); 4].map(|()| {
            let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
            thread::spawn(move || {
                let guard = lock.read_blocking();
                inside.wait();
                *guard
            })
        });
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 7);
        }
        assert_free(&lock);
    });
}

#[test]
fn threads_and_tasks_wait_in_one_queue() {
    watched(|| {
        let lock = Arc::new(RwLock::new(Vec::new()));
        let holder = lock.try_read().unwrap();
        let mut before = Polled::waiting(lock.write());
        let of_thread = Arc::clone(&lock);
        let thread = thread::spawn(move || of_thread.write_blocking().push("thread"));
        until(|| lock.waiters() == 2);
        let mut behind = Polled::waiting(lock.write());
        drop(holder);
        behind.assert_pending();
        before.assert_ready().push("before");
        thread.join().unwrap();
        assert_eq!(behind.wakes(), 1);
        behind.assert_ready().push("behind");
        assert_eq!(*lock.try_read().unwrap(), ["before", "thread", "behind"]);
    });
}

#[test]
fn waiting_threads_that_read_are_granted_together() {
    watched(|| {
        let lock = Arc::new(RwLock::new(0));
        let holder = lock.try_write().unwrap();
        let inside = Arc::new(Barrier::new(3));
        let threads = [(); 3].map(|()| {
            let (lock, inside) = (Arc::clone(&lock), Arc::clone(&inside));
            thread::spawn(move || {
                let guard = lock.read_blocking();
                inside.wait();
                drop(guard);
            })
        });
        until(|| lock.waiters() == 3);
        drop(holder);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_free(&lock);
    });
}

#[test]
fn a_wait_that_times_out_leaves_the_queue() {
    let lock = Arc::new(RwLock::new(0));
    let holder = lock.try_write().unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(2)] {
        assert!(lock.read_blocking_timeout(timeout).is_none());
        assert!(lock.write_blocking_timeout(timeout).is_none());
        assert!(
            Arc::clone(&lock)
                .read_owned()
                .block_timeout(timeout)
                .is_none()
        );
        assert!(
            Arc::clone(&lock)
                .write_owned()
                .block_timeout(timeout)
                .is_none()
        );
        assert_write(&lock, 0);
    }
    assert_eq!(Arc::strong_count(&lock), 1);
    drop(holder);
    assert_free(&lock);
}

#[test]
fn a_thread_that_gives_up_a_write_lets_the_readers_behind_it_pass() {
    watched(|| {
        let lock = Arc::new(RwLock::new(0));
        let holder = lock.try_read().unwrap();
        let of_thread = Arc::clone(&lock);
        let thread = thread::spawn(move || {
            let timeout = Duration::from_millis(50);
            of_thread.write_blocking_timeout(timeout).is_none()
        });
        until(|| lock.waiters() == 1 || thread.is_finished());
        let mut behind = Polled::new(lock.read());
        // The thread may have given up by now.
        let early = behind.poll();
        assert!(thread.join().unwrap());
        let guard = match early {
            std::task::Poll::Ready(guard) => guard,
            std::task::Poll::Pending => {
                assert_eq!(behind.wakes(), 1);
                behind.assert_ready()
            }
        };
        assert_read(&lock, 2, 0);
        drop((guard, holder));
        assert_free(&lock);
    });
}

#[test]
fn a_grant_before_the_time_is_over_is_taken() {
    watched(|| {
        for timeout in [Duration::from_secs(3600), Duration::MAX] {
            let lock = Arc::new(RwLock::new(0));
            let holder = lock.try_write().unwrap();
            let of_thread = Arc::clone(&lock);
            let thread = thread::spawn(move || {
                let seen = *of_thread.read_blocking_timeout(timeout).unwrap();
                *of_thread.write_blocking_timeout(timeout).unwrap() = seen + 1;
            });
            until(|| lock.waiters() == 1);
            drop(holder);
            thread.join().unwrap();
            assert_eq!(*lock.try_read().unwrap(), 1);
        }
    });
}

#[test]
fn a_lock_granted_to_a_thread_is_its_own_before_it_has_woken_up() {
    watched(|| {
        let lock = Arc::new(RwLock::new(()));
        let mut guard = Arc::clone(&lock).try_write_owned().unwrap();
        for _ in 0..rounds(200) {
            let of_thread = Arc::clone(&lock);
            let thread = thread::spawn(move || of_thread.write_owned().block());
            until(|| lock.waiters() == 1);
            drop(guard);
            assert!(lock.is_write_locked());
            assert!(lock.try_read().is_none(), "the thread was overtaken");
            guard = thread.join().unwrap();
        }
    });
}

#[test]
fn blocking_works_inside_every_runtime() {
    watched(|| {
        let lock = Arc::new(RwLock::new(0));
        let use_it = async || {
            *lock.write_blocking() += 1;
            assert!(*lock.read_blocking() > 0);
            assert!(lock.read().block_timeout(Duration::ZERO).is_some());
        };
        future::block_on(use_it());
        let tokio = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        tokio.block_on(use_it());
        assert_eq!(*lock.try_read().unwrap(), 2);

        // Held by another thread meanwhile.
        let holder = lock.try_read().unwrap();
        let of_thread = Arc::clone(&lock);
        let thread = thread::spawn(move || {
            let tokio = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .build();
            tokio.unwrap().block_on(async {
                let task = tokio::spawn(async move { *of_thread.write_blocking() += 1 });
                task.await.unwrap();
            });
        });
        until(|| lock.waiters() == 1);
        drop(holder);
        thread.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 3);
    });
}
