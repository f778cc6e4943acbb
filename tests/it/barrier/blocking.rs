//! Threads that meet tasks and each other, with and without a timeout.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use aiosync::BrokenBarrier;

use super::{WAYS, assert_index, assert_usable, barrier};
use crate::common::{until, watched};

/// Timeouts: none, and a short one.
const TIMEOUTS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(1)];

#[test]
fn a_thread_waits_for_the_others() {
    watched(|| {
        let barrier = barrier(3);
        thread::scope(|scope| {
            let first = scope.spawn(|| barrier.wait_blocking().unwrap().index());
            until(|| barrier.waiting() == 1);
            let second = scope.spawn(|| Arc::clone(&barrier).wait_owned().block().unwrap().index());
            until(|| barrier.waiting() == 2);
            assert!(barrier.wait_blocking().unwrap().is_leader());
            assert_eq!((first.join().unwrap(), second.join().unwrap()), (0, 1));
        });
        assert_usable(&barrier);
    });
}

#[test]
fn threads_and_tasks_have_indices_in_one_order() {
    watched(|| {
        let barrier = barrier(6);
        thread::scope(|scope| {
            let thread = |place: usize| {
                let waiting = scope.spawn(|| barrier.wait_blocking().unwrap().index());
                until(|| barrier.waiting() == place + 1);
                waiting
            };
            let first = thread(0);
            let mut second = WAYS[0].arrive(&barrier);
            let third = thread(2);
            let mut fourth = WAYS[1].arrive(&barrier);
            let fifth = thread(4);
            WAYS[0].complete(&barrier);
            assert_index(&mut second, 1);
            assert_index(&mut fourth, 3);
            let threads = [first, third, fifth].map(|thread| thread.join().unwrap());
            assert_eq!(threads, [0, 2, 4]);
        });
        assert_usable(&barrier);
    });
}

#[test]
fn a_timeout_takes_the_arrival_back() {
    watched(|| {
        let barrier = barrier(3);
        for timeout in TIMEOUTS {
            let mut waiter = WAYS[0].arrive(&barrier);
            assert!(barrier.wait_blocking_timeout(timeout).is_none());
            assert!(barrier.wait().block_timeout(timeout).is_none());
            assert!(
                Arc::clone(&barrier)
                    .wait_owned()
                    .block_timeout(timeout)
                    .is_none()
            );
            assert_eq!((barrier.waiting(), waiter.wakes()), (1, 0));
            waiter.assert_pending();
            drop(waiter);
            assert_usable(&barrier);
        }
        assert_eq!(Arc::strong_count(&barrier), 1);
    });
}

#[test]
fn arrivals_behind_a_timeout_move_up() {
    watched(|| {
        let barrier = barrier(3);
        thread::scope(|scope| {
            let timed_out = scope.spawn(|| barrier.wait_blocking_timeout(TIMEOUTS[1]));
            assert!(timed_out.join().unwrap().is_none());
            let waiting = scope.spawn(|| barrier.wait_blocking().unwrap().index());
            until(|| barrier.waiting() == 1);
            let mut second = WAYS[0].arrive(&barrier);
            WAYS[1].complete(&barrier);
            assert_eq!(waiting.join().unwrap(), 0);
            assert_index(&mut second, 1);
        });
    });
}

#[test]
fn the_last_to_arrive_does_not_time_out() {
    watched(|| {
        let barrier = barrier(2);
        let mut waiter = WAYS[0].arrive(&barrier);
        let result = barrier.wait_blocking_timeout(Duration::ZERO);
        assert!(result.unwrap().unwrap().is_leader());
        assert_index(&mut waiter, 0);
    });
}

#[test]
fn a_timeout_too_long_for_the_clock_is_none() {
    watched(|| {
        let barrier = barrier(2);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| barrier.wait_blocking_timeout(Duration::MAX));
            until(|| barrier.waiting() == 1);
            WAYS[0].complete(&barrier);
            assert_eq!(waiting.join().unwrap().unwrap().unwrap().index(), 0);
        });
    });
}

#[test]
fn threads_are_broken_off_by_reset_and_abort() {
    watched(|| {
        let barrier = barrier(3);
        for aborted in [false, true] {
            thread::scope(|scope| {
                let first = scope.spawn(|| barrier.wait_blocking());
                until(|| barrier.waiting() == 1);
                let second = scope.spawn(|| barrier.wait_blocking_timeout(Duration::MAX));
                until(|| barrier.waiting() == 2);
                if aborted {
                    barrier.abort();
                    assert_eq!(barrier.wait_blocking(), Err(BrokenBarrier));
                    let late = barrier.wait_blocking_timeout(Duration::ZERO);
                    assert_eq!(late, Some(Err(BrokenBarrier)));
                } else {
                    barrier.reset();
                }
                assert_eq!(first.join().unwrap(), Err(BrokenBarrier));
                assert_eq!(second.join().unwrap(), Some(Err(BrokenBarrier)));
            });
            barrier.reset();
            assert_usable(&barrier);
        }
    });
}

#[test]
fn no_meeting_is_without_an_answer_however_close_the_timeout_comes() {
    watched(|| {
        // One party always waits, and the other one times out again and again. Each timeout takes
        // the arrival back, and the first party still waits. So both count the same meetings.
        const MEETINGS: usize = 20_000;
        let barrier = barrier(2);
        let over = AtomicBool::new(false);
        let met = thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..MEETINGS {
                    assert!(barrier.wait_blocking().is_ok());
                }
                over.store(true, Ordering::SeqCst);
            });
            let mut met = 0;
            while !over.load(Ordering::SeqCst) {
                let result = barrier.wait_blocking_timeout(Duration::ZERO);
                met += usize::from(result.is_some_and(|result| result.is_ok()));
            }
            met
        });
        assert_eq!(
            met, MEETINGS,
            "the first met somebody who knows nothing of it"
        );
    });
}

#[test]
fn a_wait_leaves_the_park_token_of_the_thread_alone() {
    watched(|| {
        let (alone, met) = (barrier(2), barrier(2));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                thread::current().unpark();
                assert!(alone.wait_blocking_timeout(TIMEOUTS[1]).is_none());
                assert!(met.wait_blocking().is_ok());
                // This hangs if the token is gone.
                thread::park();
            });
            until(|| met.waiting() == 1);
            WAYS[0].complete(&met);
            waiting.join().unwrap();
        });
    });
}
