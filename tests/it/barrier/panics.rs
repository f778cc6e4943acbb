//! Wakers that panic: all other waits are released and woken, the first panic resumes in the call
//! that woke them, and the barrier stays usable.
#![forbid(unsafe_code)]

use std::panic::panic_any;
use std::sync::Arc;

use aiosync::{Barrier, BrokenBarrier};

use super::{Output, WAYS, assert_usable, barrier};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Call, Hostile, Polled, panic_message, watched, while_panicking};

type Wait<'a> = Polled<super::Wait<'a>>;

/// Returns `count` waits that have arrived. The wakers at some positions panic when they are
/// woken.
fn arrive<'a>(
    count: usize,
    panics: &[usize],
    barrier: &'a Arc<Barrier>,
) -> Vec<(Wait<'a>, Hostile)> {
    let start = |place: usize| {
        let (mut wait, hostile) = (WAYS[place % 2].unpolled(barrier), Hostile::new());
        assert!(wait.poll_with(hostile.waker()).is_pending());
        if panics.contains(&place) {
            hostile.on(Call::Wake, move || panic!("{place}"));
        }
        (wait, hostile)
    };
    (0..count).map(start).collect()
}

/// Checks that all were woken once, that no waker is left, and the result of each position.
#[track_caller]
fn assert_ended(waits: &mut [(Wait<'_>, Hostile)], expected: impl Fn(usize) -> Result<usize, ()>) {
    for (place, (wait, hostile)) in waits.iter_mut().enumerate() {
        assert_eq!(
            (hostile.calls(Call::Wake), hostile.kept()),
            (1, 0),
            "{place}"
        );
        let result: Output = wait.assert_ready();
        let index = result
            .map(|result| result.index())
            .map_err(|BrokenBarrier| ());
        assert_eq!(index, expected(place));
    }
}

/// Which wakers panic, of 70 in three batches.
const PANICS: [&[usize]; 6] = [&[0], &[69], &[31], &[31, 32], &[64, 65, 66], &[3, 40, 68]];

#[cfg(feature = "std")] // Two panics.
#[test]
fn every_waiter_is_released_although_wakers_panic_and_the_last_party_gets_the_panic() {
    watched(|| {
        for panics in PANICS {
            for blocking in [false, true] {
                let barrier = barrier(71);
                let mut waits = arrive(70, panics, &barrier);
                let message = panic_message(|| {
                    if blocking {
                        assert!(barrier.wait_blocking().is_ok());
                    } else {
                        assert!(WAYS[0].unpolled(&barrier).poll().is_ready());
                    }
                });
                assert_eq!(message, panics[0].to_string(), "the first panic comes out");
                assert_eq!(barrier.waiting(), 0);
                assert_ended(&mut waits, Ok);
                drop(waits);
                assert_usable(&barrier);
            }
        }
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn every_waiter_is_broken_although_wakers_panic() {
    watched(|| {
        for break_off in [Barrier::reset, Barrier::abort] {
            for panics in PANICS {
                let barrier = barrier(100);
                let mut waits = arrive(70, panics, &barrier);
                let message = panic_message(|| break_off(&barrier));
                assert_eq!(message, panics[0].to_string());
                assert_eq!(barrier.waiting(), 0);
                assert_ended(&mut waits, |_| Err(()));
                drop(waits);
                barrier.reset();
                assert_usable(&barrier);
            }
        }
    });
}

#[test]
fn the_last_party_whose_wait_panicked_has_arrived() {
    watched(|| {
        let barrier = barrier(3);
        let mut waits = arrive(2, &[1], &barrier);
        let mut last = WAYS[0].unpolled(&barrier);
        assert_eq!(panic_message(|| assert!(last.poll().is_ready())), "1");
        drop(last);
        assert_ended(&mut waits, Ok);
        drop(waits);
        assert_usable(&barrier);
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn the_payload_of_a_second_panic_is_dropped() {
    watched(|| {
        let barrier = barrier(3);
        let mut waits = arrive(2, &[0], &barrier);
        let payload = Arc::new(());
        let thrown = Arc::clone(&payload);
        (waits[1].1).on(Call::Wake, move || panic_any(Arc::clone(&thrown)));
        assert_eq!(
            panic_message(|| assert!(barrier.wait_blocking().is_ok())),
            "0"
        );
        assert_ended(&mut waits, Ok);
        drop(waits);
        assert_eq!(Arc::strong_count(&payload), 1, "it is kept");
        assert_usable(&barrier);
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_completion_by_a_thread_that_panics_releases_every_waiter() {
    watched(|| {
        let barrier = barrier(41);
        let mut waits = arrive(40, &[0, 39], &barrier);
        while_panicking(|| assert!(barrier.wait_blocking().is_ok()));
        assert_ended(&mut waits, Ok);
        drop(waits);
        let mut waits = arrive(40, &[0, 39], &barrier);
        while_panicking(|| barrier.abort());
        assert_ended(&mut waits, |_| Err(()));
        drop(waits);
        barrier.reset();
        assert_usable(&barrier);
    });
}

#[test]
fn a_clone_that_panics_arrives_nowhere() {
    watched(|| {
        let barrier = barrier(3);
        let hostile = Hostile::new();
        hostile.on(Call::Clone, || panic!("clone"));
        // As a party that would wait, and as the last one.
        let mut waiters = Vec::new();
        for waiting in 0..3 {
            let mut wait = WAYS[0].unpolled(&barrier);
            let message = panic_message(|| assert!(wait.poll_with(hostile.waker()).is_pending()));
            assert_eq!((message.as_str(), barrier.waiting()), ("clone", waiting));
            if waiting < 2 {
                wait.assert_pending();
                waiters.push(wait);
            }
        }
        // In a later poll, which changes nothing.
        let message = panic_message(|| assert!(waiters[0].poll_with(hostile.waker()).is_pending()));
        assert_eq!((message.as_str(), barrier.waiting()), ("clone", 2));
        assert_eq!((waiters[0].wakers_kept(), hostile.kept()), (1, 0));
        WAYS[0].complete(&barrier);
        for (place, waiter) in waiters.iter_mut().enumerate() {
            super::assert_index(waiter, place);
        }
        assert_usable(&barrier);
    });
}

#[test]
fn a_drop_that_panics_takes_the_arrival_back_all_the_same() {
    watched(|| {
        let barrier = barrier(3);
        let mut waits = arrive(2, &[], &barrier);
        waits[0].1.on(Call::Drop, || panic!("drop"));
        let (wait, hostile) = waits.remove(0);
        assert_eq!(panic_message(|| drop(wait)), "drop");
        assert_eq!((barrier.waiting(), hostile.kept()), (1, 0));
        drop(waits);
        assert_usable(&barrier);
    });
}

#[test]
fn a_replaced_waker_whose_drop_panics_leaves_the_new_one() {
    watched(|| {
        let barrier = barrier(2);
        let mut waits = arrive(1, &[], &barrier);
        let (mut wait, hostile) = waits.remove(0);
        hostile.on(Call::Drop, || panic!("drop"));
        assert_eq!(panic_message(|| wait.assert_pending()), "drop");
        assert_eq!(
            (barrier.waiting(), wait.wakers_kept(), hostile.kept()),
            (1, 1, 0)
        );
        WAYS[0].complete(&barrier);
        assert_eq!(wait.wakes(), 1);
        super::assert_index(&mut wait, 0);
    });
}

#[test]
fn a_drop_that_panics_in_the_last_arrivers_poll_releases_the_others_first() {
    watched(|| {
        let barrier = barrier(41);
        let mut waits = arrive(40, &[], &barrier);
        let hostile = Hostile::new();
        hostile.on(Call::Drop, || panic!("drop"));
        let mut last = WAYS[1].unpolled(&barrier);
        assert_eq!(
            panic_message(|| assert!(last.poll_with(hostile.waker()).is_ready())),
            "drop"
        );
        assert_eq!((barrier.waiting(), hostile.kept()), (0, 0));
        assert_ended(&mut waits, Ok);
        drop((waits, last));
        assert_usable(&barrier);
    });
}
