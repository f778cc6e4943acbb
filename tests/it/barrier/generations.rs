//! One barrier and many generations: results do not mix, and no wait is released twice.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use futures_lite::future;

use super::{Output, WAYS, Waiter, assert_index, assert_usable, barrier};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Crowd, Polled, watched};

#[test]
fn a_barrier_is_used_a_thousand_times() {
    for way in &WAYS {
        let barrier = barrier(4);
        let mut waiters: Vec<Waiter<'_>> = Vec::new();
        for round in 0..1000 {
            // The results of the last round are taken in this one, some never.
            let mut next = way.arrive_all(3, &barrier);
            for (place, waiter) in waiters.iter_mut().enumerate() {
                if (place + round) % 4 != 0 {
                    assert_index(waiter, place);
                }
            }
            assert!(next.iter_mut().all(|waiter| waiter.poll().is_pending()));
            assert_eq!(barrier.waiting(), 3);
            way.complete(&barrier);
            waiters = next;
        }
        drop(waiters);
        assert_eq!(Arc::strong_count(&barrier), 1);
        assert_usable(&barrier);
    }
}

#[test]
fn results_of_many_generations_may_be_taken_at_the_end() {
    let barrier = barrier(3);
    let mut generations = Vec::new();
    for _ in 0..50 {
        generations.push(WAYS[0].arrive_all(2, &barrier));
        WAYS[1].complete(&barrier);
    }
    let broken = WAYS[0].arrive(&barrier);
    barrier.abort();
    for waiters in generations.iter_mut().rev() {
        assert_index(&mut waiters[1], 1);
        assert_index(&mut waiters[0], 0);
        assert_eq!((waiters[0].wakes(), waiters[1].wakes()), (1, 1));
    }
    drop(broken);
}

#[test]
fn a_wait_inside_a_wake_belongs_to_the_next_generation() {
    watched(|| {
        for parties in [2, 3, 33, 34, 65, 66, 100, 200] {
            let barrier = barrier(parties);
            let indices = Arc::new(Mutex::new(Vec::new()));
            let start = {
                let barrier = Arc::clone(&barrier);
                move || Arc::clone(&barrier).wait_owned()
            };
            let (again, seen) = (start.clone(), Arc::clone(&indices));
            let crowd = Crowd::waiting(parties - 1, start, move |crowd, place| {
                let mut woken = crowd.take(place).expect("it is woken once");
                seen.lock()
                    .unwrap()
                    .push(woken.assert_ready().unwrap().index());
                crowd.put(place, Polled::waiting(again()));
            });
            WAYS[0].complete(&barrier);
            assert!(crowd.woken().into_iter().eq(0..parties - 1));
            assert!(indices.lock().unwrap().iter().copied().eq(0..parties - 1));
            // All but the leader have arrived again, and none of them is released.
            assert_eq!(barrier.waiting(), parties - 1);
            crowd.each(|_, waiter| {
                waiter.assert_pending();
                assert_eq!(waiter.wakes(), 0);
            });
            WAYS[0].complete(&barrier);
            crowd.each(|place, waiter| {
                assert_eq!(waiter.assert_ready().unwrap().index(), place);
            });
        }
    });
}

#[test]
fn a_generation_may_be_completed_inside_the_wakes_of_the_one_before() {
    watched(|| {
        // The first of 80 wakes runs a whole generation of other waits.
        let barrier = barrier(81);
        let nested = Arc::new(AtomicUsize::new(0));
        let (inner, count) = (Arc::clone(&barrier), Arc::clone(&nested));
        let start = {
            let barrier = Arc::clone(&barrier);
            move || Arc::clone(&barrier).wait_owned()
        };
        let crowd = Crowd::waiting(80, start, move |_, place| {
            if place == 0 {
                let mut others = WAYS[0].arrive_all(80, &inner);
                assert_eq!(inner.waiting(), 80);
                WAYS[0].complete(&inner);
                for (place, other) in others.iter_mut().enumerate() {
                    assert_eq!(other.wakes(), 1);
                    assert_index(other, place);
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        WAYS[0].complete(&barrier);
        assert_eq!((nested.load(Ordering::SeqCst), barrier.waiting()), (80, 0));
        let mut woken = crowd.woken();
        woken.sort_unstable();
        assert!(woken.into_iter().eq(0..80), "each is woken once");
        crowd.each(|place, waiter| assert_eq!(waiter.assert_ready().unwrap().index(), place));
        drop(crowd);
        assert_usable(&barrier);
    });
}

#[test]
fn tasks_and_threads_meet_a_thousand_times() {
    watched(|| {
        const ROUNDS: usize = 1000;
        let barrier = barrier(4);
        let leaders = AtomicUsize::new(0);
        let indices = AtomicUsize::new(0);
        let note = |result: Output| {
            let result = result.unwrap();
            leaders.fetch_add(usize::from(result.is_leader()), Ordering::SeqCst);
            indices.fetch_add(1 << (16 * result.index()), Ordering::SeqCst);
        };
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..ROUNDS).for_each(|_| note(barrier.wait_blocking())));
            }
            scope.spawn(|| {
                let task = async || {
                    for _ in 0..ROUNDS {
                        note(barrier.wait().await);
                    }
                };
                future::block_on(future::zip(task(), task()));
            });
        });
        assert_eq!(leaders.into_inner(), ROUNDS);
        // Each index once in each round.
        assert_eq!(indices.into_inner(), ROUNDS * 0x0001_0001_0001_0001);
        assert_usable(&barrier);
    });
}
