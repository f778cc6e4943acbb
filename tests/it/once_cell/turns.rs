//! Which initializer runs when, and who is woken.
#![forbid(unsafe_code)]

use std::cell::Cell;

use aiosync::{OnceCell, SetError};

use super::{Gate, assert_empty, fail, initializers, running, succeed, waiters};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{CountingWaker, Order, Polled};

#[test]
fn an_empty_cell_runs_the_initializer_in_the_first_poll() {
    let cell = OnceCell::new();
    let mut get = Polled::new(cell.get_or_init(async || 1));
    assert_eq!(get.assert_ready(), &1);
    assert_eq!((get.wakes(), get.wakers_kept()), (0, 0));
    let cell = OnceCell::new();
    let mut get = Polled::new(cell.get_or_try_init(async || Ok::<_, ()>(1)));
    assert_eq!(get.assert_ready(), Ok(&1));
}

#[test]
fn a_set_cell_calls_no_closure_and_is_ready_in_the_first_poll() {
    let cell = OnceCell::from(1);
    let never = Gate::new();
    let mut get = Polled::new(never.initialize(&cell));
    assert_eq!(get.assert_ready(), Ok(&1));
    assert_eq!(never.calls(), 0);
    assert_eq!(get.wakers_kept(), 0);
    assert_eq!(Polled::new(cell.get_or_init(async || 2)).assert_ready(), &1);
    assert_eq!(Polled::new(cell.wait()).assert_ready(), &1);
}

#[test]
fn one_initializer_runs_at_a_time() {
    let cell = OnceCell::new();
    let (mut first, gate) = running(&cell);
    let others: Vec<_> = (0..3).map(|_| Gate::new()).collect();
    let mut waits: Vec<_> = others
        .iter()
        .map(|gate| Polled::waiting(gate.initialize(&cell)))
        .collect();
    first.assert_pending();
    for wait in &mut waits {
        wait.assert_pending();
    }
    assert!(others.iter().all(|gate| gate.calls() == 0));
    assert_eq!(initializers(&cell), 3);
    gate.open(Ok(5));
    assert_eq!(first.assert_ready(), Ok(&5));
    for wait in &mut waits {
        assert_eq!(wait.wakes(), 1);
        assert_eq!(wait.assert_ready(), Ok(&5));
    }
    assert!(others.iter().all(|gate| gate.calls() == 0));
    assert_eq!(gate.calls(), 1);
}

#[test]
fn a_failed_initializer_passes_its_turn_to_the_first_in_the_queue_alone() {
    let cell = OnceCell::new();
    let (mut first, gate) = running(&cell);
    let order = Order::new();
    let gates: Vec<_> = (0..4).map(|_| Gate::new()).collect();
    let mut waits: Vec<_> = (gates.iter().enumerate())
        .map(|(label, gate)| Polled::waiting_with(gate.initialize(&cell), order.waker(label)))
        .collect();
    gate.open(Err("the first"));
    assert_eq!(first.assert_ready(), Err("the first"));
    for (index, gate) in gates.iter().enumerate().take(3) {
        assert_eq!(order.so_far(), (0..=index).collect::<Vec<_>>());
        assert_eq!((gate.calls(), initializers(&cell)), (0, 3 - index));
        waits[index].assert_pending();
        assert_eq!(gate.calls(), 1);
        gate.open(Err("another"));
        assert_eq!(waits[index].assert_ready(), Err("another"));
    }
    gates[3].open(Ok(4));
    assert_eq!(waits[3].assert_ready(), Ok(&4));
    assert_eq!(order.so_far(), [0, 1, 2, 3]);
}

#[test]
fn a_newcomer_does_not_overtake_a_granted_turn() {
    let cell = OnceCell::new();
    let (mut first, gate) = running(&cell);
    let mut granted = Polled::waiting(succeed(&cell));
    gate.open(Err("failed"));
    assert!(first.assert_ready().is_err());
    let mut newcomer = Polled::waiting(fail(&cell));
    assert_eq!(cell.set(3), Err(SetError::Initializing(3)));
    newcomer.assert_pending();
    assert_eq!(granted.assert_ready(), Ok(&1));
    assert_eq!(newcomer.assert_ready(), Ok(&1));
}

#[test]
fn waiters_for_the_value_are_not_woken_by_failures() {
    let cell = OnceCell::new();
    let mut early = Polled::waiting(cell.wait());
    let (mut first, gate) = running(&cell);
    let mut late = Polled::waiting(cell.wait());
    gate.open(Err("failed"));
    assert!(first.assert_ready().is_err());
    let (dropped, _gate) = running(&cell);
    drop(dropped);
    assert!(Polled::new(fail(&cell)).assert_ready().is_err());
    for wait in [&mut early, &mut late] {
        assert_eq!((wait.wakes(), wait.wakers_kept()), (0, 1));
        wait.assert_pending();
    }
    assert_eq!(waiters(&cell), 2);
    cell.set(1).unwrap();
    for wait in [&mut early, &mut late] {
        assert_eq!((wait.wakes(), wait.wakers_kept()), (1, 0));
        assert_eq!(wait.assert_ready(), &1);
    }
}

/// More than two batches.
const CROWD: usize = 100;

#[test]
fn a_set_wakes_waiters_and_initializers_in_the_order_of_their_first_polls() {
    for by_set in [false, true] {
        let cell = OnceCell::new();
        let order = Order::new();
        let (mut first, gate) = running(&cell);
        let mut waits = Vec::new();
        let mut gets = Vec::new();
        for label in 0..CROWD {
            // Runs of one and of several of the same kind.
            if label % 7 < 3 {
                waits.push(Polled::waiting_with(cell.wait(), order.waker(label)));
            } else {
                gets.push(Polled::waiting_with(fail(&cell), order.waker(label)));
            }
        }
        assert_eq!(
            (waiters(&cell), initializers(&cell)),
            (waits.len(), gets.len())
        );
        if by_set {
            // All initializers leave, so that nobody has the turn.
            gets.clear();
            drop(first);
            assert_eq!(order.so_far(), []);
            cell.set(1).unwrap();
            let waiting: Vec<_> = (0..CROWD).filter(|label| label % 7 < 3).collect();
            assert_eq!(order.so_far(), waiting);
        } else {
            gate.open(Ok(1));
            assert_eq!(first.assert_ready(), Ok(&1));
            assert_eq!(order.so_far(), (0..CROWD).collect::<Vec<_>>());
        }
        for wait in &mut waits {
            assert_eq!(wait.assert_ready(), &1);
        }
        for get in &mut gets {
            assert_eq!(get.assert_ready(), Ok(&1));
        }
    }
}

#[test]
fn the_newest_waker_is_woken_once() {
    for fails in [false, true] {
        let cell = OnceCell::new();
        let (mut first, gate) = running(&cell);
        let mut get = Polled::waiting(succeed(&cell));
        let mut wait = Polled::waiting(cell.wait());
        let old = [get.renew_waker(), wait.renew_waker()];
        get.assert_pending();
        wait.assert_pending();
        assert!(old.iter().all(|waker| waker.kept() == 0));
        gate.open(if fails { Err("failed") } else { Ok(2) });
        assert_eq!(first.assert_ready().is_err(), fails);
        assert_eq!((get.wakes(), wait.wakes()), (1, usize::from(!fails)));
        get.assert_ready().unwrap();
        wait.assert_ready();
        assert_eq!((get.wakes(), wait.wakes()), (1, 1));
        assert!(old.iter().all(|waker| waker.wakes() == 0));
    }
}

#[test]
fn a_running_initializer_is_polled_with_the_waker_of_each_poll() {
    let cell = OnceCell::new();
    let (gate, kept) = (Gate::new(), Cell::new(None));
    let mut get = Polled::new(cell.get_or_init(|| {
        std::future::poll_fn(|context| {
            kept.set(Some(context.waker().clone()));
            match gate.0.lock().unwrap().outcome {
                Some(outcome) => std::task::Poll::Ready(outcome.unwrap()),
                None => std::task::Poll::Pending,
            }
        })
    }));
    get.assert_pending();
    kept.take().unwrap().wake();
    assert_eq!(get.wakes(), 1);
    let other = CountingWaker::new();
    assert!(get.poll_with(&other.waker()).is_pending());
    kept.take().unwrap().wake();
    assert_eq!((get.wakes(), other.wakes()), (1, 1));
    gate.open(Ok(1));
    assert_eq!(get.assert_ready(), &1);
}

#[test]
fn an_initializer_sees_an_empty_cell_that_it_cannot_set() {
    let cell = OnceCell::new();
    let mut get = Polled::new(cell.get_or_init(|| {
        assert_eq!(cell.get(), None);
        assert_eq!(cell.set(7), Err(SetError::Initializing(7)));
        async {
            assert_eq!(cell.get(), None);
            assert_eq!(cell.set(8), Err(SetError::Initializing(8)));
            assert!(
                cell.wait_blocking_timeout(std::time::Duration::ZERO)
                    .is_none()
            );
            let mut inner = Box::pin(cell.get_or_init(async || 9));
            assert!(
                futures_lite::future::poll_once(inner.as_mut())
                    .await
                    .is_none()
            );
            drop(inner);
            assert!(format!("{cell:?}").contains("initializing"));
            1
        }
    }));
    assert_eq!(get.assert_ready(), &1);
    assert_eq!(initializers(&cell), 0);
}

#[test]
fn an_error_belongs_to_its_own_caller() {
    let cell = OnceCell::<String>::new();
    let get = |words: &'static str| cell.get_or_try_init(move || async move { Err(words) });
    for words in ["one", "two"] {
        let error: &str = Polled::new(get(words)).assert_ready().unwrap_err();
        assert_eq!(error, words);
    }
    assert_eq!(cell.get(), None);
}

#[test]
fn the_cell_is_like_new_after_any_number_of_failures() {
    let cell = OnceCell::new();
    for round in 0..20 {
        let (mut first, gate) = running(&cell);
        let mut waits: Vec<_> = (0..round).map(|_| Polled::waiting(fail(&cell))).collect();
        gate.open(Err("first"));
        assert!(first.assert_ready().is_err());
        for wait in &mut waits {
            assert_eq!(wait.assert_ready(), Err("failed"));
        }
        assert!(format!("{cell:?}").contains("empty"));
    }
    assert_empty(&cell);
}
