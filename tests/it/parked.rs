//! A blocked thread sleeps while it waits, with a deadline too. The system confirms that: a
//! thread that polls in a loop would be seen running.
#![forbid(unsafe_code)]

use std::fs;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use aiosync::{Lock, Queue};

use crate::common::{until, watched};

/// Longer than the test.
const LONG: Duration = Duration::from_secs(3600);

/// Returns whether a thread of this process sleeps, from the text after its name in `stat`.
fn sleeps(task: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{task}/stat")).unwrap();
    let (_, state) = stat.rsplit_once(") ").unwrap();
    state.starts_with('S')
}

/// Runs `wait` on a thread, checks that the thread sleeps once `waits` returns `true`, and ends
/// the wait by `end`.
#[track_caller]
fn assert_sleeps(
    wait: impl FnOnce() + Send + 'static,
    waits: impl Fn() -> bool,
    end: impl FnOnce(),
) {
    let (sender, task) = mpsc::channel();
    let thread = thread::spawn(move || {
        let task = fs::read_link("/proc/thread-self").unwrap();
        sender
            .send(task.into_os_string().into_string().unwrap())
            .unwrap();
        wait();
    });
    let task = task.recv().unwrap();
    until(waits);
    until(|| sleeps(&task));
    end();
    thread.join().unwrap();
}

#[test]
fn a_thread_that_waits_in_a_wait_queue_sleeps() {
    watched(|| {
        for timeout in [None, Some(LONG), Some(Duration::MAX)] {
            let lock = Arc::new(Lock::new(()));
            let guard = lock.try_lock().unwrap();
            let of_thread = Arc::clone(&lock);
            assert_sleeps(
                move || match timeout {
                    None => drop(of_thread.lock_blocking()),
                    Some(timeout) => assert!(of_thread.lock_blocking_timeout(timeout).is_some()),
                },
                || lock.waiters() == 1,
                || drop(guard),
            );
        }
    });
}

#[test]
fn a_thread_that_waits_for_an_end_sleeps() {
    watched(|| {
        for timeout in [None, Some(LONG), Some(Duration::MAX)] {
            let queue = Arc::new(Queue::<()>::unbounded());
            let of_thread = Arc::clone(&queue);
            assert_sleeps(
                move || match timeout {
                    None => of_thread.closed().block(),
                    Some(timeout) => of_thread.closed().block_timeout(timeout).unwrap(),
                },
                || true,
                || assert!(queue.close()),
            );
        }
    });
}
