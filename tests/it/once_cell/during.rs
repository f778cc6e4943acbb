//! Wakers that use the cell while a `set` wakes them. Wakers are woken in batches without
//! the mutex. So in a crowd of a hundred, some waiters are woken, some are granted and not woken
//! yet, and some are only released.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::thread;

use aiosync::SetError;

use super::{GetAtOnce, fail, initializers, leaked, running, succeed, waiters};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{BATCH, Call, CountingWaker, Crowd, Hostile, Polled, panic_message, watched};

/// Positions of waiters: woken before the one that acts, by it, after it in the same batch, and
/// at the edges of later batches.
const PLACES: [usize; 9] = [
    0,
    1,
    2,
    BATCH - 1,
    BATCH,
    BATCH + 1,
    2 * BATCH - 1,
    2 * BATCH,
    99,
];

fn up_to(count: usize) -> Vec<usize> {
    (0..count).collect()
}

#[test]
fn everything_about_the_value_is_visible_inside_each_wake() {
    watched(|| {
        let cell = leaked();
        let crowd = Crowd::waiting(
            100,
            || cell.wait(),
            move |_, _| {
                assert_eq!(cell.get(), Some(&5));
                assert_eq!(cell.set(6), Err(SetError::Initialized(6)));
                assert_eq!((initializers(cell), waiters(cell)), (0, 0));
                assert_eq!(Polled::new(cell.wait()).assert_ready(), &5);
                assert_eq!(Polled::new(fail(cell)).assert_ready(), Ok(&5));
                assert_eq!(cell.wait_blocking(), &5);
                assert_eq!(succeed(cell).block(), Ok(&5));
                assert_eq!(cell.clone().into_inner(), Some(5));
            },
        );
        cell.set(5).unwrap();
        assert_eq!(crowd.woken(), up_to(100));
        crowd.each(|_, wait| assert_eq!(wait.assert_ready(), &5));
    });
}

#[test]
fn a_released_waiter_may_be_dropped_from_inside_a_wake() {
    watched(|| {
        for leaver in PLACES {
            let cell = leaked();
            let crowd = Crowd::waiting(
                100,
                || cell.wait(),
                move |crowd, place| {
                    if place == 1 {
                        drop(crowd.take(leaver));
                    }
                },
            );
            cell.set(1).unwrap();
            // Granted waiters are woken by now. Waiters that are only released are not.
            let mut expected = up_to(100);
            expected.retain(|&place| place != leaver || place < BATCH);
            assert_eq!(crowd.woken(), expected);
            crowd.each(|_, wait| _ = wait.assert_ready());
        }
    });
}

#[test]
fn a_released_initializer_may_be_dropped_from_inside_a_wake() {
    watched(|| {
        for leaver in PLACES {
            let cell = leaked();
            let (mut first, gate) = running(cell);
            let crowd = Crowd::waiting(
                100,
                || fail(cell),
                move |crowd, place| {
                    if place == 1 {
                        drop(crowd.take(leaver));
                    }
                },
            );
            gate.open(Ok(3));
            first.assert_ready().unwrap();
            let mut expected = up_to(100);
            expected.retain(|&place| place != leaver || place < BATCH);
            assert_eq!(crowd.woken(), expected);
            crowd.each(|_, wait| assert_eq!(wait.assert_ready(), Ok(&3)));
        }
    });
}

#[test]
fn all_others_may_be_dropped_from_inside_a_wake() {
    watched(|| {
        for backwards in [false, true] {
            let cell = leaked();
            let crowd = Crowd::waiting(
                100,
                || cell.wait(),
                move |crowd, place| {
                    if place == 0 {
                        for index in 1..100 {
                            drop(crowd.take(if backwards { 100 - index } else { index }));
                        }
                    }
                },
            );
            cell.set(1).unwrap();
            assert_eq!(crowd.woken(), up_to(BATCH));
        }
    });
}

#[test]
fn a_released_waiter_may_be_polled_from_inside_a_wake() {
    watched(|| {
        for polled in PLACES {
            let cell = leaked();
            let crowd = Crowd::waiting(
                100,
                || cell.wait(),
                move |crowd, place| {
                    if place == 1 {
                        let mut wait = crowd.take(polled).unwrap();
                        let other = CountingWaker::new();
                        assert!(wait.poll_with(&other.waker()).is_ready());
                        assert_eq!(other.kept(), 0);
                        if polled >= BATCH {
                            assert_eq!((wait.wakes(), wait.wakers_kept()), (0, 0));
                        }
                    }
                },
            );
            cell.set(1).unwrap();
            let mut expected = up_to(100);
            expected.retain(|&place| place != polled || place < BATCH);
            assert_eq!(crowd.woken(), expected);
            crowd.each(|_, wait| assert_eq!(wait.assert_ready(), &1));
        }
    });
}

#[test]
fn a_released_initializer_may_be_polled_from_inside_a_wake() {
    watched(|| {
        for polled in PLACES {
            let cell = leaked();
            let (mut first, gate) = running(cell);
            let crowd = Crowd::waiting(
                100,
                || fail(cell),
                move |crowd, place| {
                    if place == 1 {
                        let mut get: Polled<GetAtOnce<'_>> = crowd.take(polled).unwrap();
                        assert_eq!(get.assert_ready(), Ok(&3));
                    }
                },
            );
            gate.open(Ok(3));
            first.assert_ready().unwrap();
            let mut expected = up_to(100);
            expected.retain(|&place| place != polled || place < BATCH);
            assert_eq!(crowd.woken(), expected);
            crowd.each(|_, wait| assert_eq!(wait.assert_ready(), Ok(&3)));
        }
    });
}

#[test]
fn a_waker_may_end_the_turn_that_it_was_woken_for() {
    // Each waker polls its own initializer, which fails and wakes the next one.
    watched(|| {
        let cell = leaked();
        let (mut first, gate) = running(cell);
        let crowd = Crowd::waiting(
            40,
            || fail(cell),
            |crowd, place| {
                assert!(crowd.take(place).unwrap().assert_ready().is_err());
            },
        );
        gate.open(Err("failed"));
        assert!(first.assert_ready().is_err());
        assert_eq!(crowd.woken(), up_to(40));
        super::assert_empty(cell);
    });
}

#[test]
fn a_waker_may_wait_for_another_thread_that_uses_the_cell() {
    watched(|| {
        for acting in PLACES {
            let cell = leaked();
            let crowd = Crowd::waiting(
                100,
                || cell.wait(),
                move |_, place| {
                    if place == acting {
                        let thread = thread::spawn(move || {
                            assert_eq!(cell.wait_blocking(), &1);
                            assert!(cell.set(2).is_err());
                            assert_eq!(succeed(cell).block(), Ok(&1));
                        });
                        thread.join().unwrap();
                    }
                },
            );
            cell.set(1).unwrap();
            assert_eq!(crowd.woken(), up_to(100));
            crowd.each(|_, wait| _ = wait.assert_ready());
        }
    });
}

#[test]
fn a_waiter_that_is_only_released_lets_go_its_waker_without_a_wake() {
    // The waker of a wait in the last batch calls back, or panics, when it is dropped.
    watched(|| {
        for panics in [false, true] {
            for polled in [false, true] {
                let cell = leaked();
                let last = Arc::new(Mutex::new(None));
                let taken = Arc::clone(&last);
                let crowd = Crowd::waiting(
                    40,
                    || cell.wait(),
                    move |_, _| {
                        let last: Option<Polled<_>> = taken.lock().unwrap().take();
                        let Some(mut last) = last else { return };
                        let release = || {
                            if polled {
                                assert!(last.poll().is_ready());
                                drop(last);
                            } else {
                                drop(last);
                            }
                        };
                        if panics {
                            assert_eq!(panic_message(release), "drop");
                        } else {
                            release();
                        }
                    },
                );
                let (mut wait, hostile) = (Polled::new(cell.wait()), Hostile::new());
                assert!(wait.poll_with(hostile.waker()).is_pending());
                hostile.on(Call::Drop, move || {
                    assert_eq!((cell.get(), waiters(cell)), (Some(&1), 0));
                    assert!(!panics, "drop");
                });
                *last.lock().unwrap() = Some(wait);
                cell.set(1).unwrap();
                assert_eq!(hostile.calls(Call::Wake), 0);
                assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
                assert_eq!(crowd.woken(), up_to(40));
                crowd.each(|_, wait| _ = wait.assert_ready());
            }
        }
    });
}
