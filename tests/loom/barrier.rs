//! Barrier: the completion of a generation, and calls that race with it.

use std::sync::Arc;
use std::task::Poll;

use aiosync::Barrier;
use loom::future::block_on;
use loom::thread;

use crate::explore::{explore, poll_once};

/// Breaks if the last party gives out an index twice or forgets a waiter.
#[test]
fn each_party_gets_an_index_of_its_own() {
    explore("barrier: 3 parties", 12_700, || {
        let barrier = Arc::new(Barrier::new(3));
        let threads = [(); 2].map(|()| {
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || block_on(barrier.wait()).unwrap())
        });
        let mut results = vec![block_on(barrier.wait()).unwrap()];
        results.extend(threads.map(|thread| thread.join().unwrap()));
        results.sort_by_key(|result| result.index());
        let indices: Vec<_> = results.iter().map(|result| result.index()).collect();
        assert_eq!(indices, [0, 1, 2]);
        let leaders: Vec<_> = results.iter().map(|result| result.is_leader()).collect();
        assert_eq!(leaders, [false, false, true]);
        assert_eq!(barrier.waiting(), 0);
    });
}

/// Breaks if `withdraw` does not take the arrival back, or takes back one of a complete
/// generation.
#[test]
fn a_completion_counts_a_cancelled_arrival_only_if_it_comes_first() {
    explore("barrier: completion against a dropped wait", 8, || {
        let barrier = Arc::new(Barrier::new(3));
        let mut leaving = Box::pin(Arc::clone(&barrier).wait_owned());
        assert!(poll_once(&mut leaving).is_pending());
        let mut staying = Box::pin(barrier.wait());
        assert!(poll_once(&mut staying).is_pending());
        let dropper = thread::spawn(move || drop(leaving));
        let mut third = Box::pin(barrier.wait());
        let complete = poll_once(&mut third).is_ready();
        dropper.join().unwrap();
        if !complete {
            // The arrival was taken back first: two are left, and another one completes.
            assert_eq!(barrier.waiting(), 2);
            let mut fourth = Box::pin(barrier.wait());
            assert!(poll_once(&mut fourth).is_ready());
        }
        // Its index tells whether the dropped wait was counted.
        match poll_once(&mut staying) {
            Poll::Ready(result) => assert_eq!(result.unwrap().index(), usize::from(complete)),
            Poll::Pending => panic!("the generation is complete"),
        }
        assert_eq!(barrier.waiting(), 0);
    });
}

/// Breaks if a fate is written twice: a wait would be broken after its generation was complete,
/// or wait forever.
#[test]
fn an_abort_and_a_reset_break_all_of_a_generation_or_none() {
    explore("barrier: completion against abort and reset", 320, || {
        let barrier = Arc::new(Barrier::new(2));
        let mut first = Box::pin(Arc::clone(&barrier).wait_owned());
        assert!(poll_once(&mut first).is_pending());
        let waiter = thread::spawn(move || block_on(first).is_ok());
        let other = Arc::clone(&barrier);
        let breaker = thread::spawn(move || {
            other.abort();
            other.reset();
        });
        let mut second = Box::pin(barrier.wait());
        let second_result = match poll_once(&mut second) {
            Poll::Ready(result) => Some(result.is_ok()),
            Poll::Pending => None,
        };
        let first_is_ok = waiter.join().unwrap();
        breaker.join().unwrap();
        // The second completes the generation, finds the barrier aborted, or is the
        // first of a new generation.
        assert_eq!(first_is_ok, second_result == Some(true));
        assert!(!barrier.is_broken());
    });
}

/// Breaks if the last party grants without waking, wakes before the fate is written, or does not
/// reset the count: the second generation would have two leaders.
#[test]
fn a_blocked_thread_and_tasks_meet() {
    explore("barrier: a blocked thread, two generations", 230, || {
        let barrier = Arc::new(Barrier::new(2));
        let other = Arc::clone(&barrier);
        let thread = thread::spawn(move || {
            let waits = [
                other.wait_blocking().unwrap(),
                other.wait_blocking().unwrap(),
            ];
            waits.map(|wait| wait.is_leader())
        });
        let waits = [
            block_on(barrier.wait()).unwrap(),
            block_on(barrier.wait()).unwrap(),
        ];
        let others = thread.join().unwrap();
        for (mine, is_others) in waits.into_iter().zip(others) {
            assert_ne!(mine.is_leader(), is_others, "one leader");
        }
    });
}

/// Breaks if the end of a later generation changes a fate. A batch holds two wakers in a model, so
/// the third waiter is still in the list when the first wakers run.
#[test]
fn a_reset_inside_a_completion_takes_no_result_back() {
    explore("barrier: reset against the release of 3", 7, || {
        let barrier = Arc::new(Barrier::new(4));
        let mut waits = [(); 3].map(|()| {
            let mut wait = Box::pin(Arc::clone(&barrier).wait_owned());
            assert!(poll_once(&mut wait).is_pending());
            wait
        });
        let other = Arc::clone(&barrier);
        let breaker = thread::spawn(move || other.reset());
        let mut last = Box::pin(barrier.wait());
        let complete = poll_once(&mut last).is_ready();
        breaker.join().unwrap();
        for wait in &mut waits {
            match poll_once(wait) {
                Poll::Ready(result) => assert_eq!(result.is_ok(), complete),
                Poll::Pending => panic!("a wait is neither released nor broken"),
            }
        }
    });
}
