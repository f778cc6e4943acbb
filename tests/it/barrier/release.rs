//! The release of a large generation in batches. Between two batches, a waker may poll or drop
//! waits that are released and not woken yet, or call `reset` and `abort`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::futures::BarrierWaitOwned;
use aiosync::{Barrier, BrokenBarrier};

use super::{WAYS, assert_usable, barrier};
use crate::common::{BATCH, Crowd, Polled, watched};

/// More than two batches.
const WAITING: usize = 80;

type Members = Crowd<BarrierWaitOwned>;

/// All but one party have arrived. The first waker that is woken runs `act`.
fn first_woken_runs(
    barrier: &Arc<Barrier>,
    act: impl Fn(&Members) + Send + Sync + 'static,
) -> Members {
    let start = || Arc::clone(barrier).wait_owned();
    Crowd::waiting(WAITING, start, move |crowd, place| {
        if place == 0 {
            act(crowd);
        }
    })
}

/// Returns the positions of the woken waits, sorted. A wait that is polled or dropped inside a
/// wake releases those behind it before the first batch is done.
fn woken(crowd: &Members) -> Vec<usize> {
    let mut woken = crowd.woken();
    woken.sort_unstable();
    woken
}

/// Returns the positions that are woken if these waits are polled or dropped in the first wake.
/// Those of the first batch are woken next, and the first of the others releases the rest.
fn all_but_the_first_beyond_a_batch(places: &[usize]) -> impl Iterator<Item = usize> {
    let unwoken = places.iter().copied().find(|&place| place >= BATCH);
    (0..WAITING).filter(move |&place| Some(place) != unwoken)
}

/// Checks that all waits that are left have the result of their position.
#[track_caller]
fn assert_released(crowd: &Members) {
    crowd.each(|place, waiter| {
        assert_eq!(
            waiter.assert_ready().map(|result| result.index()),
            Ok(place)
        );
        assert_eq!(waiter.wakers_kept(), 0);
    });
}

#[test]
fn a_released_wait_may_be_polled_before_it_is_woken() {
    watched(|| {
        for places in [
            vec![79],
            vec![BATCH + 1],
            vec![BATCH, 2 * BATCH],
            (1..WAITING).rev().collect(),
        ] {
            let barrier = barrier(WAITING + 1);
            let early = places.clone();
            let crowd = first_woken_runs(&barrier, move |crowd| {
                for &place in &early {
                    let mut waiter = crowd.take(place).expect("it is there");
                    let result = waiter.assert_ready().expect("it is released");
                    assert_eq!((result.index(), result.is_leader()), (place, false));
                    assert_eq!(waiter.wakers_kept(), usize::from(place < BATCH));
                }
            });
            WAYS[0].complete(&barrier);
            assert!(
                woken(&crowd)
                    .into_iter()
                    .eq(all_but_the_first_beyond_a_batch(&places))
            );
            assert_released(&crowd);
            drop(crowd);
            assert_usable(&barrier);
        }
    });
}

#[test]
fn a_released_wait_may_be_dropped_before_it_is_woken() {
    watched(|| {
        for places in [
            vec![79],
            vec![BATCH],
            vec![BATCH + 1, 2 * BATCH, 5],
            (1..WAITING).rev().collect(),
        ] {
            let barrier = barrier(WAITING + 1);
            let (inner, doomed) = (Arc::clone(&barrier), places.clone());
            let crowd = first_woken_runs(&barrier, move |crowd| {
                let next = WAYS[0].arrive(&inner);
                for &place in &doomed {
                    drop(crowd.take(place));
                    assert_eq!(inner.waiting(), 1, "the next generation loses an arrival");
                }
                drop(next);
                assert_eq!(inner.waiting(), 0);
            });
            WAYS[0].complete(&barrier);
            assert!(
                woken(&crowd)
                    .into_iter()
                    .eq(all_but_the_first_beyond_a_batch(&places))
            );
            assert_released(&crowd);
            drop(crowd);
            assert_usable(&barrier);
        }
    });
}

#[test]
fn a_released_wait_that_is_polled_early_is_not_woken_any_more() {
    watched(|| {
        let barrier = barrier(WAITING + 1);
        let crowd = first_woken_runs(&barrier, |crowd| {
            let mut early = crowd.take(40).expect("it is there");
            assert_eq!(early.assert_ready().map(|result| result.index()), Ok(40));
            assert_eq!((early.wakes(), early.wakers_kept()), (0, 0));
        });
        WAYS[0].complete(&barrier);
        assert!(
            woken(&crowd)
                .into_iter()
                .eq((0..WAITING).filter(|&place| place != 40))
        );
        assert_released(&crowd);
    });
}

#[test]
fn reset_inside_a_wake_leaves_the_released_their_results() {
    watched(|| {
        let barrier = barrier(WAITING + 1);
        let inner = Arc::clone(&barrier);
        let crowd = first_woken_runs(&barrier, move |_| {
            let mut next = WAYS[0].arrive(&inner);
            inner.reset();
            assert_eq!(next.assert_ready(), Err(BrokenBarrier));
            assert_eq!((inner.waiting(), inner.is_broken()), (0, false));
        });
        WAYS[0].complete(&barrier);
        assert_eq!(crowd.woken().len(), WAITING);
        assert_released(&crowd);
        drop(crowd);
        assert_usable(&barrier);
    });
}

#[test]
fn abort_inside_a_wake_leaves_the_released_their_results() {
    watched(|| {
        let barrier = barrier(WAITING + 1);
        let inner = Arc::clone(&barrier);
        let crowd = first_woken_runs(&barrier, move |_| {
            inner.abort();
            assert_eq!(WAYS[0].unpolled(&inner).assert_ready(), Err(BrokenBarrier));
        });
        WAYS[0].complete(&barrier);
        assert!(barrier.is_broken());
        assert_eq!(crowd.woken().len(), WAITING);
        assert_released(&crowd);
        drop(crowd);
        barrier.reset();
        assert_usable(&barrier);
    });
}

#[test]
fn reset_inside_the_wakes_of_an_abort_repairs_the_barrier_and_not_the_waits() {
    watched(|| {
        let barrier = barrier(WAITING + 1);
        let inner = Arc::clone(&barrier);
        let crowd = first_woken_runs(&barrier, move |crowd| {
            assert!(inner.is_broken());
            inner.reset();
            let mut last = crowd.take(WAITING - 1).expect("it is there");
            assert_eq!(last.assert_ready(), Err(BrokenBarrier));
            drop(crowd.take(WAITING - 2));
            // One more party arrives after the reset, and waits.
            crowd.put(
                WAITING - 1,
                Polled::waiting(Arc::clone(&inner).wait_owned()),
            );
            assert_eq!(inner.waiting(), 1);
        });
        barrier.abort();
        assert_eq!((barrier.is_broken(), barrier.waiting()), (false, 1));
        let mut late = crowd.take(WAITING - 1).expect("it was put there");
        late.assert_pending();
        drop(late);
        crowd.each(|_, waiter| assert_eq!(waiter.assert_ready(), Err(BrokenBarrier)));
        drop(crowd);
        assert_usable(&barrier);
    });
}

#[test]
fn an_arrival_inside_the_wakes_of_an_abort_is_broken_at_once() {
    watched(|| {
        let barrier = barrier(WAITING + 1);
        let inner = Arc::clone(&barrier);
        let crowd = first_woken_runs(&barrier, move |_| {
            let mut late = WAYS[1].unpolled(&inner);
            assert_eq!(late.assert_ready(), Err(BrokenBarrier));
            assert_eq!(inner.waiting(), 0);
        });
        barrier.abort();
        crowd.each(|_, waiter| assert_eq!(waiter.assert_ready(), Err(BrokenBarrier)));
        assert_eq!(crowd.woken().len(), WAITING);
    });
}

#[test]
fn one_that_leaves_inside_the_wakes_takes_no_arrival_of_its_own_generation_back() {
    watched(|| {
        // A wait of the next generation is dropped between two batches of this one.
        let barrier = barrier(WAITING + 1);
        let inner = Arc::clone(&barrier);
        let crowd = first_woken_runs(&barrier, move |_| {
            let first = WAYS[0].arrive(&inner);
            let second = WAYS[0].arrive(&inner);
            assert_eq!(inner.waiting(), 2);
            drop(first);
            assert_eq!(inner.waiting(), 1);
            drop(second);
            assert_eq!(inner.waiting(), 0);
        });
        WAYS[0].complete(&barrier);
        assert!(woken(&crowd).into_iter().eq(0..WAITING));
        assert_released(&crowd);
        drop(crowd);
        assert_usable(&barrier);
    });
}
