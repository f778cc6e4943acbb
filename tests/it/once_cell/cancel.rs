//! Dropping and forgetting a future in each of its states: unpolled, waiting, granted but not
//! polled since, running, released, done.
#![forbid(unsafe_code)]

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{OnceCell, SetError};

use super::{Gate, assert_empty, fail, initializers, running, succeed, waiters};
use crate::common::{CountingWaker, Order, Polled, drop_elsewhere};

/// The rules, for one thread that drops.
macro_rules! rules {
    ($way:ident, $drop:path) => {
        mod $way {
            use super::*;

            #[test]
            fn dropping_an_unpolled_future_changes_nothing() {
                let cell = OnceCell::new();
                let gate = Gate::new();
                let wait = Polled::waiting(cell.wait());
                $drop(Polled::new(succeed(&cell)));
                $drop(Polled::new(cell.wait()));
                assert_eq!((wait.wakes(), waiters(&cell)), (0, 1));
                let (mut running, open) = running(&cell);
                $drop(Polled::new(succeed(&cell)));
                assert_eq!(initializers(&cell), 0);
                open.open(Err("failed"));
                assert!(running.assert_ready().is_err());
                assert_eq!((gate.calls(), wait.wakes()), (0, 0));
                drop(wait);
                assert_empty(&cell);
            }

            #[test]
            fn an_initializer_that_leaves_the_queue_affects_no_other() {
                for leaver in 0..5 {
                    let cell = OnceCell::new();
                    let (mut first, gate) = running(&cell);
                    let order = Order::new();
                    let mut waits: Vec<_> = (0..5)
                        .map(|label| Polled::waiting_with(fail(&cell), order.waker(label)))
                        .collect();
                    let (future, waker) = waits.remove(leaver).split();
                    assert_eq!(waker.kept(), 1);
                    $drop(future);
                    assert_eq!((waker.kept(), initializers(&cell)), (0, 4));
                    assert_eq!(order.so_far(), []);
                    gate.open(Err("failed"));
                    assert!(first.assert_ready().is_err());
                    for wait in &mut waits {
                        assert_eq!(wait.wakes(), 1);
                        assert_eq!(wait.assert_ready(), Err("failed"));
                    }
                    let mut expected: Vec<_> = (0..5).collect();
                    expected.remove(leaver);
                    assert_eq!(order.so_far(), expected);
                    assert_empty(&cell);
                }
            }

            #[test]
            fn a_waiter_that_leaves_the_queue_affects_no_other() {
                for leaver in 0..5 {
                    let cell = OnceCell::new();
                    let order = Order::new();
                    let mut waits: Vec<_> = (0..5)
                        .map(|label| Polled::waiting_with(cell.wait(), order.waker(label)))
                        .collect();
                    let (future, waker) = waits.remove(leaver).split();
                    $drop(future);
                    assert_eq!((waker.kept(), waiters(&cell)), (0, 4));
                    cell.set(1).unwrap();
                    let mut expected: Vec<_> = (0..5).collect();
                    expected.remove(leaver);
                    assert_eq!(order.so_far(), expected);
                    for wait in &mut waits {
                        assert_eq!(wait.assert_ready(), &1);
                    }
                }
            }

            #[test]
            fn a_running_initializer_that_is_dropped_passes_its_turn_on() {
                let cell = OnceCell::new();
                let wait = Polled::waiting(cell.wait());
                let (running, _gate) = running(&cell);
                let mut next = Polled::waiting(succeed(&cell));
                let last = Polled::waiting(fail(&cell));
                let (running, _waker) = running.split();
                $drop(running);
                assert_eq!((next.wakes(), last.wakes(), wait.wakes()), (1, 0, 0));
                assert_eq!(next.assert_ready(), Ok(&1));
                assert_eq!((last.wakes(), wait.wakes()), (1, 1));
            }

            #[test]
            fn a_running_initializer_that_is_dropped_leaves_an_empty_cell() {
                let cell = OnceCell::new();
                let (running, _gate) = running(&cell);
                let (running, _waker) = running.split();
                $drop(running);
                assert_empty(&cell);
            }

            #[test]
            fn a_granted_turn_that_is_dropped_passes_on() {
                let cell = OnceCell::new();
                let (mut first, gate) = running(&cell);
                let granted = Polled::waiting(fail(&cell));
                let also = Polled::waiting(fail(&cell));
                let mut last = Polled::waiting(succeed(&cell));
                let wait = Polled::waiting(cell.wait());
                gate.open(Err("failed"));
                assert!(first.assert_ready().is_err());
                assert_eq!((granted.wakes(), also.wakes()), (1, 0));
                $drop(granted);
                assert_eq!((also.wakes(), last.wakes()), (1, 0));
                $drop(also);
                assert_eq!((last.wakes(), wait.wakes()), (1, 0));
                assert_eq!(last.assert_ready(), Ok(&1));
                assert_eq!(wait.wakes(), 1);
            }

            #[test]
            fn the_last_granted_turn_that_is_dropped_leaves_an_empty_cell() {
                let cell = OnceCell::new();
                let wait = Polled::waiting(cell.wait());
                let (mut first, gate) = running(&cell);
                let granted = Polled::waiting(fail(&cell));
                gate.open(Err("failed"));
                assert!(first.assert_ready().is_err());
                assert_eq!(cell.set(1), Err(SetError::Initializing(1)));
                $drop(granted);
                assert_eq!(wait.wakes(), 0);
                drop(wait);
                assert_empty(&cell);
            }

            #[test]
            fn dropping_a_released_future_changes_nothing() {
                let cell = OnceCell::new();
                let (mut first, gate) = running(&cell);
                let released = Polled::waiting(fail(&cell));
                let waited = Polled::waiting(cell.wait());
                let mut other = Polled::waiting(fail(&cell));
                gate.open(Ok(3));
                assert_eq!(first.assert_ready(), Ok(&3));
                $drop(released);
                $drop(waited);
                assert_eq!((other.wakes(), other.assert_ready()), (1, Ok(&3)));
                assert_eq!(cell.get(), Some(&3));
            }

            #[test]
            fn dropping_a_finished_future_changes_nothing() {
                let cell = OnceCell::new();
                let mut failed = Polled::new(fail(&cell));
                assert!(failed.assert_ready().is_err());
                let (mut done, gate) = running(&cell);
                // It has failed, so its turn is over.
                $drop(failed);
                assert_eq!(cell.set(1), Err(SetError::Initializing(1)));
                let mut waited = Polled::waiting(cell.wait());
                gate.open(Ok(2));
                done.assert_ready().unwrap();
                waited.assert_ready();
                let (done, _waker) = done.split();
                $drop(done);
                $drop(waited);
                assert_eq!(cell.get(), Some(&2));
            }
        }
    };
}

rules!(here, drop);
rules!(elsewhere, drop_elsewhere);

#[test]
fn a_cancelled_initializer_is_dropped_before_the_next_one_is_woken() {
    let cell = OnceCell::<u32>::new();
    let alive = Arc::new(());
    let of_initializer = Arc::clone(&alive);
    let running = Polled::waiting(cell.get_or_init(|| async {
        let _alive = of_initializer;
        pending().await
    }));
    let seen = Arc::new(AtomicUsize::new(0));
    let (of_waker, watched) = (Arc::clone(&seen), Arc::downgrade(&alive));
    let waker = CountingWaker::calling(move || {
        of_waker.store(watched.strong_count(), Ordering::SeqCst);
    });
    let next = Polled::waiting_with(succeed(&cell), waker);
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(running);
    assert_eq!((next.wakes(), seen.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn the_closure_of_a_dropped_grant_is_gone_before_the_next_initializer_is_woken() {
    let cell = OnceCell::<u32>::new();
    let (first, _gate) = running(&cell);
    let captured = Arc::new(());
    let of_closure = Arc::clone(&captured);
    let granted = Polled::waiting(cell.get_or_init(async move || {
        drop(of_closure);
        1
    }));
    let seen = Arc::new(AtomicUsize::new(0));
    let (of_waker, watched) = (Arc::clone(&seen), Arc::downgrade(&captured));
    let waker = CountingWaker::calling(move || {
        of_waker.store(watched.strong_count(), Ordering::SeqCst);
    });
    let next = Polled::waiting_with(succeed(&cell), waker);
    drop(first);
    assert_eq!((granted.wakes(), next.wakes()), (1, 0));
    drop(granted);
    assert_eq!((next.wakes(), seen.load(Ordering::SeqCst)), (1, 1));
}

#[test]
fn a_cancelled_initializer_has_the_turn_while_it_is_dropped() {
    struct Guard<'a>(&'a OnceCell<u32>);

    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            assert_eq!(self.0.set(7), Err(SetError::Initializing(7)));
            assert_eq!(self.0.get(), None);
        }
    }

    let cell = OnceCell::new();
    let running = Polled::waiting(cell.get_or_init(|| async {
        let _guard = Guard(&cell);
        pending().await
    }));
    drop(running);
    assert_eq!(cell.set(8), Ok(()));
}

#[test]
fn a_closure_that_never_ran_is_dropped_with_its_future() {
    let cell = OnceCell::new();
    let captured = Arc::new(());
    let start = || {
        let captured = Arc::clone(&captured);
        cell.get_or_init(move || async move {
            drop(captured);
            1
        })
    };
    let (running, _gate) = running(&cell);
    let unpolled = start();
    let waiting = Polled::waiting(start());
    let granted = Polled::waiting(start());
    let mut done = Polled::waiting(start());
    assert_eq!(Arc::strong_count(&captured), 5);
    drop((unpolled, waiting));
    drop(running);
    drop(granted);
    assert_eq!(done.assert_ready(), &1);
    assert_eq!(Arc::strong_count(&captured), 1);
}

#[test]
fn a_forgotten_waiter_disturbs_nobody() {
    let cell = OnceCell::new();
    let mut before = Polled::waiting(cell.wait());
    Polled::waiting(cell.wait()).forget();
    let mut behind = Polled::waiting(cell.wait());
    drop(Polled::waiting(cell.wait()));
    assert_eq!(waiters(&cell), 3);
    cell.set(1).unwrap();
    assert_eq!((before.wakes(), behind.wakes()), (1, 1));
    assert_eq!((before.assert_ready(), behind.assert_ready()), (&1, &1));
}

#[test]
fn a_forgotten_initializer_that_waits_is_woken_like_the_others() {
    let cell = OnceCell::new();
    let (mut first, gate) = running(&cell);
    Polled::waiting(succeed(&cell)).forget();
    let mut behind = Polled::waiting(succeed(&cell));
    gate.open(Ok(4));
    first.assert_ready().unwrap();
    assert_eq!((behind.wakes(), behind.assert_ready()), (1, Ok(&4)));
}

#[test]
fn a_forgotten_grant_keeps_the_turn() {
    let cell = OnceCell::new();
    let (mut first, gate) = running(&cell);
    let forgotten = Polled::waiting(succeed(&cell));
    let mut behind = Polled::waiting(succeed(&cell));
    gate.open(Err("failed"));
    assert!(first.assert_ready().is_err());
    assert_eq!(forgotten.wakes(), 1);
    forgotten.forget();
    behind.assert_pending();
    assert_eq!(cell.set(1), Err(SetError::Initializing(1)));
    assert!(format!("{cell:?}").contains("granted, not yet taken"));
}

#[test]
fn a_cell_may_move_and_drop_while_forgotten_waiters_are_queued() {
    let cell = OnceCell::new();
    Polled::waiting(cell.wait()).forget();
    // The borrow has ended, so the cell may move.
    let cell = Box::new(cell);
    assert_eq!(waiters(&cell), 1);
    let mut behind = Polled::waiting(cell.wait());
    cell.set(1).unwrap();
    assert_eq!(behind.assert_ready(), &1);
    let cell = Box::new(OnceCell::new());
    let (running, _gate) = running(&cell);
    Polled::waiting(succeed(&cell)).forget();
    Polled::waiting(cell.wait()).forget();
    drop(running);
    drop(cell);
}
