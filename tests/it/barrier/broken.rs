//! `reset` and `abort`: which wait gets which result, and what does not change.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Barrier, BrokenBarrier};

use super::{WAYS, assert_broken, assert_index, assert_usable, barrier, wakes};
use crate::common::{Order, Polled};

/// The calls that break a generation, with their names.
type Break = (&'static str, fn(&Barrier));

const BREAKS: [Break; 2] = [("reset", Barrier::reset), ("abort", Barrier::abort)];

#[test]
fn reset_breaks_the_waits_and_leaves_a_usable_barrier() {
    for way in &WAYS {
        for waiting in 0..4 {
            let barrier = barrier(4);
            let mut waiters = way.arrive_all(waiting, &barrier);
            barrier.reset();
            assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
            assert_eq!(wakes(&waiters), vec![1; waiting]);
            assert_usable(&barrier);
            waiters.iter_mut().for_each(assert_broken);
            drop(waiters);
            assert_usable(&barrier);
        }
    }
}

#[test]
fn abort_breaks_the_waits_and_later_ones_until_reset() {
    for way in &WAYS {
        for waiting in 0..4 {
            let barrier = barrier(4);
            let mut early = way.unpolled(&barrier);
            let mut waiters = way.arrive_all(waiting, &barrier);
            barrier.abort();
            assert_eq!((barrier.waiting(), barrier.is_broken()), (0, true));
            assert_eq!(wakes(&waiters), vec![1; waiting]);
            // One wait that was created before, and new ones.
            assert_broken(&mut early);
            for _ in 0..5 {
                let mut late = way.unpolled(&barrier);
                assert_broken(&mut late);
                assert_eq!(
                    (late.wakes(), late.wakers_kept(), barrier.waiting()),
                    (0, 0, 0)
                );
            }
            barrier.reset();
            assert!(!barrier.is_broken());
            assert_usable(&barrier);
            waiters.iter_mut().for_each(assert_broken);
        }
    }
}

#[test]
fn a_single_party_may_be_aborted_and_reset() {
    let barrier = barrier(1);
    barrier.reset();
    WAYS[0].complete(&barrier);
    barrier.abort();
    assert_broken(&mut WAYS[0].unpolled(&barrier));
    barrier.reset();
    WAYS[0].complete(&barrier);
}

#[test]
fn reset_and_abort_may_be_repeated() {
    let barrier = barrier(2);
    for _ in 0..3 {
        barrier.reset();
        assert_usable(&barrier);
    }
    let mut waiter = WAYS[0].arrive(&barrier);
    for _ in 0..3 {
        barrier.abort();
        assert!(barrier.is_broken());
        assert_eq!(waiter.wakes(), 1);
    }
    assert_broken(&mut waiter);
    for _ in 0..3 {
        barrier.reset();
        assert_usable(&barrier);
    }
}

#[test]
fn a_released_wait_stays_released_whatever_follows() {
    for way in &WAYS {
        for (first, first_break) in BREAKS {
            for (second, second_break) in BREAKS {
                println!("{}, {first}, {second}", way.name);
                let barrier = barrier(4);
                let mut waiters = way.arrive_all(3, &barrier);
                way.complete(&barrier);
                // One wait takes its result before, one in between, one after.
                assert_index(&mut waiters[2], 2);
                first_break(&barrier);
                assert_index(&mut waiters[0], 0);
                second_break(&barrier);
                assert_index(&mut waiters[1], 1);
                assert_eq!(wakes(&waiters), [1, 1, 1]);
                assert_eq!(barrier.is_broken(), second == "abort");
                drop(waiters);
                barrier.reset();
                assert_usable(&barrier);
            }
        }
    }
}

#[test]
fn a_broken_wait_stays_broken_whatever_follows() {
    for way in &WAYS {
        for (name, break_off) in BREAKS {
            println!("{}, {name}", way.name);
            let barrier = barrier(3);
            let mut broken = way.arrive_all(2, &barrier);
            break_off(&barrier);
            barrier.reset();
            // Another generation waits, and completes.
            let mut waiters = way.arrive_all(2, &barrier);
            assert_broken(&mut broken[1]);
            way.complete(&barrier);
            assert_broken(&mut broken[0]);
            assert_eq!((wakes(&broken), wakes(&waiters)), (vec![1, 1], vec![1, 1]));
            assert_index(&mut waiters[0], 0);
            assert_index(&mut waiters[1], 1);
            drop((broken, waiters));
            assert_usable(&barrier);
        }
    }
}

#[test]
fn dropping_one_that_was_broken_off_changes_nothing() {
    for way in &WAYS {
        for (name, break_off) in BREAKS {
            println!("{}, {name}", way.name);
            let barrier = barrier(3);
            let mut broken = way.arrive_all(2, &barrier);
            break_off(&barrier);
            drop(broken.pop());
            barrier.reset();
            let mut waiter = way.arrive(&barrier);
            drop(broken);
            assert_eq!((barrier.waiting(), waiter.wakes()), (1, 0));
            waiter.assert_pending();
            drop(waiter);
            assert_usable(&barrier);
        }
    }
}

#[test]
fn a_waiter_that_has_left_is_not_broken() {
    for (_, break_off) in BREAKS {
        let barrier = barrier(4);
        let mut waiters = WAYS[1].arrive_all(3, &barrier);
        let (future, waker) = waiters.remove(1).split();
        drop(future);
        break_off(&barrier);
        assert_eq!((waker.wakes(), waker.kept()), (0, 0));
        waiters.iter_mut().for_each(assert_broken);
        drop(waiters);
        assert_eq!(Arc::strong_count(&barrier), 1);
    }
}

#[test]
fn many_are_broken_off_in_the_order_of_arrival() {
    for (_, break_off) in BREAKS {
        let order = Order::new();
        let barrier = barrier(200);
        let mut waiters: Vec<_> = (0..100)
            .map(|place| Polled::waiting_with((WAYS[0].start)(&barrier), order.waker(place)))
            .collect();
        break_off(&barrier);
        assert!(order.so_far().into_iter().eq(0..100));
        waiters.iter_mut().for_each(assert_broken);
        assert!(waiters.iter().all(|waiter| waiter.wakers_kept() == 0));
    }
}

#[test]
fn arrivals_of_before_a_reset_do_not_count_after_it() {
    let barrier = barrier(3);
    let mut before = WAYS[0].arrive_all(2, &barrier);
    barrier.reset();
    let mut first = WAYS[0].arrive(&barrier);
    assert_eq!(barrier.waiting(), 1);
    before.iter_mut().for_each(assert_broken);
    let mut second = WAYS[0].arrive(&barrier);
    assert_eq!((first.wakes(), second.wakes()), (0, 0));
    WAYS[0].complete(&barrier);
    assert_index(&mut first, 0);
    assert_index(&mut second, 1);
}

#[test]
fn a_broken_barrier_is_an_error_with_words() {
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(BrokenBarrier);
    assert!(error.to_string().contains("barrier"), "{error}");
    assert!(error.source().is_none());
    assert_eq!(error.downcast_ref::<BrokenBarrier>(), Some(&BrokenBarrier));
}
