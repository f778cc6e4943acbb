//! Threads and tasks in one queue, timeouts, runtimes.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use aiosync::Lock;
use futures_lite::future;

use crate::common::{Polled, rounds, until, watched};

#[test]
fn a_free_lock_is_taken_without_waiting() {
    let lock = Arc::new(Lock::new(0));
    *lock.lock_blocking() += 1;
    *lock.lock_blocking_timeout(Duration::ZERO).unwrap() += 1;
    *lock.lock().block() += 1;
    *lock.lock().block_timeout(Duration::ZERO).unwrap() += 1;
    *Arc::clone(&lock).lock_owned().block() += 1;
    *Arc::clone(&lock)
        .lock_owned()
        .block_timeout(Duration::ZERO)
        .unwrap() += 1;
    assert!(!lock.is_locked());
    assert_eq!(*lock.try_lock().unwrap(), 6);
}

#[test]
fn threads_and_tasks_wait_in_one_queue() {
    watched(|| {
        let lock = Arc::new(Lock::new(Vec::new()));
        let guard = lock.try_lock().unwrap();
        let mut before = Polled::waiting(lock.lock());
        let of_thread = Arc::clone(&lock);
        let thread = thread::spawn(move || of_thread.lock_blocking().push("thread"));
        until(|| lock.waiters() == 2);
        let mut behind = Polled::waiting(lock.lock());
        drop(guard);
        behind.assert_pending();
        before.assert_ready().push("before");
        thread.join().unwrap();
        assert_eq!(behind.wakes(), 1);
        behind.assert_ready().push("behind");
        assert_eq!(*lock.try_lock().unwrap(), ["before", "thread", "behind"]);
    });
}

#[test]
fn threads_are_served_in_the_order_in_which_they_came() {
    watched(|| {
        let lock = Arc::new(Lock::new(Vec::new()));
        let guard = lock.try_lock().unwrap();
        let threads: Vec<_> = (0..6)
            .map(|index| {
                let of_thread = Arc::clone(&lock);
                let thread = thread::spawn(move || match index % 3 {
                    0 => of_thread.lock_blocking().push(index),
                    1 => of_thread.lock_owned().block().push(index),
                    _ => of_thread.with(|log| log.push(index)).block(),
                });
                until(|| lock.waiters() == index + 1);
                thread
            })
            .collect();
        drop(guard);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*lock.try_lock().unwrap(), [0, 1, 2, 3, 4, 5]);
    });
}

#[test]
fn a_wait_that_times_out_leaves_the_queue() {
    let lock = Arc::new(Lock::new(0));
    let guard = lock.try_lock().unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(2)] {
        assert!(lock.lock_blocking_timeout(timeout).is_none());
        assert!(
            Arc::clone(&lock)
                .lock_owned()
                .block_timeout(timeout)
                .is_none()
        );
        assert_eq!(lock.waiters(), 0);
    }
    assert_eq!(Arc::strong_count(&lock), 1);
    drop(guard);
    assert!(!lock.is_locked());
    assert!(lock.lock_blocking_timeout(Duration::ZERO).is_some());
}

#[test]
fn a_thread_that_gives_up_between_two_tasks_disturbs_neither() {
    watched(|| {
        let lock = Arc::new(Lock::new(0));
        let guard = lock.try_lock().unwrap();
        let mut before = Polled::waiting(lock.lock());
        let of_thread = Arc::clone(&lock);
        let thread = thread::spawn(move || {
            let timeout = Duration::from_millis(20);
            of_thread.lock_blocking_timeout(timeout).is_none()
        });
        until(|| lock.waiters() == 2 || thread.is_finished());
        let mut behind = Polled::waiting(lock.lock());
        assert!(thread.join().unwrap());
        assert_eq!(lock.waiters(), 2);
        drop(guard);
        drop(before.assert_ready());
        drop(behind.assert_ready());
        assert!(!lock.is_locked());
    });
}

#[test]
fn a_grant_before_the_time_is_over_is_taken() {
    watched(|| {
        for timeout in [Duration::from_secs(3600), Duration::MAX] {
            let lock = Arc::new(Lock::new(0));
            let guard = lock.try_lock().unwrap();
            let of_thread = Arc::clone(&lock);
            let thread = thread::spawn(move || {
                let mut guard = of_thread.lock_blocking_timeout(timeout).unwrap();
                *guard = 1;
            });
            until(|| lock.waiters() == 1);
            drop(guard);
            thread.join().unwrap();
            assert_eq!(*lock.try_lock().unwrap(), 1);
        }
    });
}

#[test]
fn a_lock_granted_to_a_thread_is_its_own_before_it_has_woken_up() {
    watched(|| {
        let lock = Arc::new(Lock::new(()));
        let mut guard = Arc::clone(&lock).try_lock_owned().unwrap();
        for _ in 0..rounds(200) {
            let of_thread = Arc::clone(&lock);
            let thread = thread::spawn(move || of_thread.lock_owned().block());
            until(|| lock.waiters() == 1);
            drop(guard);
            assert!(lock.is_locked());
            assert!(lock.try_lock().is_none(), "the thread was overtaken");
            guard = thread.join().unwrap();
        }
    });
}

#[test]
fn a_wait_leaves_the_token_of_the_standard_park_alone() {
    watched(|| {
        let lock = Arc::new(Lock::new(()));
        let guard = lock.try_lock().unwrap();
        let of_thread = Arc::clone(&lock);
        let thread = thread::spawn(move || {
            thread::current().unpark();
            drop(of_thread.lock_blocking());
            // Returns at once if the token is still there.
            thread::park();
        });
        until(|| lock.waiters() == 1);
        drop(guard);
        thread.join().unwrap();
    });
}

#[test]
fn a_wait_may_block_inside_a_wait() {
    watched(|| {
        let locks = Arc::new((Lock::new(0), Lock::new(0)));
        let (outer, inner) = &*locks;
        let (outer_guard, inner_guard) = (outer.try_lock(), inner.try_lock());
        let of_thread = Arc::clone(&locks);
        let thread = thread::spawn(move || {
            let (outer, inner) = &*of_thread;
            let nested = |value: &mut i32| {
                *value += 1;
                *inner.lock_blocking() += 1;
            };
            outer.with(nested).block();
            outer.with(nested).block();
        });
        until(|| outer.waiters() == 1);
        drop(outer_guard);
        until(|| inner.waiters() == 1);
        drop(inner_guard);
        thread.join().unwrap();
        assert_eq!(*outer.lock_blocking(), 2);
        assert_eq!(*inner.lock_blocking(), 2);
    });
}

#[test]
fn a_thread_may_wait_while_its_locals_are_being_destroyed() {
    type Ends = (Arc<Lock<u32>>, mpsc::Sender<bool>);

    struct WaitsOnDrop(Cell<Option<Ends>>);

    impl Drop for WaitsOnDrop {
        fn drop(&mut self) {
            let (lock, answer) = self.0.take().unwrap();
            let nothing = lock.lock_blocking_timeout(Duration::from_millis(1));
            answer.send(nothing.is_none()).unwrap();
            *lock.lock_blocking() += 1;
        }
    }

    std::thread_local! {
        static AT_THE_END: WaitsOnDrop = const { WaitsOnDrop(Cell::new(None)) };
    }

    watched(|| {
        // A thread's locals are dropped in the order of their first use, or in reverse. Each
        // order is tried once.
        for wait_first in [false, true] {
            let lock = Arc::new(Lock::new(0));
            let guard = lock.try_lock().unwrap();
            let (answer, answers) = mpsc::channel();
            let ends = (Arc::clone(&lock), answer);
            let thread = thread::spawn(move || {
                let wait = |lock: &Lock<u32>| drop(lock.lock_blocking_timeout(Duration::ZERO));
                let lock = Arc::clone(&ends.0);
                if wait_first {
                    wait(&lock);
                }
                AT_THE_END.with(|at_the_end| at_the_end.0.set(Some(ends)));
                wait(&lock);
            });
            assert!(answers.recv().unwrap());
            until(|| lock.waiters() == 1);
            drop(guard);
            thread.join().unwrap();
            assert_eq!(*lock.try_lock().unwrap(), 1);
        }
    });
}

#[test]
fn blocking_works_inside_every_runtime() {
    watched(|| {
        let lock = Arc::new(Lock::new(0));
        let use_it = async || {
            *lock.lock_blocking() += 1;
            *lock.lock_blocking_timeout(Duration::ZERO).unwrap() += 1;
            assert!(lock.lock().block_timeout(Duration::ZERO).is_some());
        };
        future::block_on(use_it());
        let tokio = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        tokio.block_on(use_it());
        assert_eq!(*lock.try_lock().unwrap(), 4);

        // Held by another thread meanwhile.
        let guard = lock.try_lock().unwrap();
        let of_thread = Arc::clone(&lock);
        let thread = thread::spawn(move || {
            let tokio = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .build();
            tokio.unwrap().block_on(async {
                let task = tokio::spawn(async move { *of_thread.lock_blocking() += 1 });
                task.await.unwrap();
            });
        });
        until(|| lock.waiters() == 1);
        drop(guard);
        thread.join().unwrap();
        assert_eq!(*lock.try_lock().unwrap(), 5);
    });
}
