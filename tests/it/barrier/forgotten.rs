//! Waits that are forgotten (`mem::forget`): the arrival stays, the barrier may move or be
//! dropped, and the other waits end. The address sanitizer checks the rest.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Barrier;

use super::{WAYS, assert_broken, assert_index, assert_usable, barrier};
use crate::common::Polled;

#[test]
fn an_arrival_that_is_forgotten_still_counts() {
    for way in &WAYS {
        println!("{}", way.name);
        let barrier = barrier(3);
        way.arrive(&barrier).forget();
        let mut second = way.arrive(&barrier);
        assert_eq!(barrier.waiting(), 2);
        way.complete(&barrier);
        // The forgotten wait has the index 0 of this generation, and none of the next.
        assert_index(&mut second, 1);
        assert_usable(&barrier);
    }
}

#[test]
fn reset_and_abort_take_an_arrival_that_is_forgotten_out() {
    for way in &WAYS {
        for break_off in [Barrier::reset, Barrier::abort] {
            let barrier = barrier(3);
            way.arrive(&barrier).forget();
            let mut other = way.arrive(&barrier);
            break_off(&barrier);
            assert_broken(&mut other);
            barrier.reset();
            assert_usable(&barrier);
        }
    }
}

#[test]
fn waits_may_be_forgotten_in_each_state() {
    for way in &WAYS {
        let barrier = barrier(2);
        way.unpolled(&barrier).forget();
        assert_eq!(barrier.waiting(), 0);
        let released = way.arrive(&barrier);
        way.complete(&barrier);
        released.forget();
        let broken = way.arrive(&barrier);
        barrier.reset();
        broken.forget();
        let mut done = way.arrive(&barrier);
        way.complete(&barrier);
        assert_index(&mut done, 0);
        done.forget();
        assert_usable(&barrier);
    }
}

#[test]
fn neighbours_of_one_that_is_forgotten_may_leave() {
    for leaver in [0, 1] {
        let barrier = barrier(4);
        let first = WAYS[0].arrive(&barrier);
        let forgotten = WAYS[0].arrive(&barrier);
        let third = WAYS[0].arrive(&barrier);
        forgotten.forget();
        let mut others = vec![first, third];
        drop(others.remove(leaver));
        assert_eq!(barrier.waiting(), 2);
        others.push(WAYS[0].arrive(&barrier));
        WAYS[0].complete(&barrier);
        assert_index(&mut others[0], 1 - usize::from(leaver == 1));
        assert_index(&mut others[1], 2);
        drop(others);
        assert_usable(&barrier);
    }
}

#[test]
fn a_barrier_may_move_and_be_dropped_while_a_forgotten_waiter_is_queued() {
    let fixed = Barrier::new(3);
    Polled::waiting(fixed.wait()).forget();
    let moved = Arc::new(fixed);
    assert_eq!(moved.waiting(), 1);
    let mut other = WAYS[0].arrive(&moved);
    WAYS[0].complete(&moved);
    assert_index(&mut other, 1);
    drop(other);
    assert_usable(&moved);
    WAYS[0].arrive(&moved).forget();
    drop(moved);
}
