//! Setting, reading and taking the value, and when it is dropped.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{OnceCell, SetError};

use super::{assert_empty, fail, running, succeed};
use crate::common::Polled;
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;

#[test]
fn a_value_is_set_once() {
    let cell = OnceCell::new();
    assert_eq!(cell.get(), None);
    assert_eq!(cell.set(1), Ok(()));
    assert_eq!(cell.get(), Some(&1));
    assert_eq!(cell.set(2), Err(SetError::Initialized(2)));
    assert_eq!(cell.get(), Some(&1));
}

#[test]
fn every_reference_leads_to_the_same_value() {
    let cell = OnceCell::new();
    cell.set(1).unwrap();
    let first: *const u32 = cell.get().unwrap();
    assert!(std::ptr::eq(first, cell.get().unwrap()));
    assert!(std::ptr::eq(first, Polled::new(cell.wait()).assert_ready()));
    assert!(std::ptr::eq(
        first,
        Polled::new(succeed(&cell)).assert_ready().unwrap()
    ));
    assert!(std::ptr::eq(first, cell.wait_blocking()));
}

#[test]
fn a_set_while_an_initializer_runs_gives_the_value_back() {
    let cell = OnceCell::new();
    let (mut running, gate) = running(&cell);
    assert_eq!(cell.set(7), Err(SetError::Initializing(7)));
    gate.open(Ok(1));
    assert_eq!(running.assert_ready(), Ok(&1));
    assert_eq!(cell.set(7), Err(SetError::Initialized(7)));
}

#[test]
fn a_set_after_an_initializer_has_failed_succeeds() {
    let cell = OnceCell::new();
    assert_eq!(Polled::new(fail(&cell)).assert_ready(), Err("failed"));
    assert_eq!(cell.set(7), Ok(()));
    let (dropped, _gate) = {
        let cell = OnceCell::new();
        let (running, gate) = running(&cell);
        drop(running);
        assert_eq!(cell.set(7), Ok(()));
        (cell, gate)
    };
    assert_eq!(dropped.get(), Some(&7));
}

#[test]
fn a_set_while_the_turn_is_granted_and_not_taken_gives_the_value_back() {
    let cell = OnceCell::new();
    let (running, _gate) = running(&cell);
    let mut granted = Polled::waiting(succeed(&cell));
    drop(running);
    assert_eq!(granted.wakes(), 1);
    assert_eq!(cell.set(7), Err(SetError::Initializing(7)));
    assert_eq!(granted.assert_ready(), Ok(&1));
}

#[test]
fn a_value_can_be_changed_and_taken_through_an_exclusive_reference() {
    let mut cell = OnceCell::new();
    assert_eq!(cell.get_mut(), None);
    assert_eq!(cell.take(), None);
    cell.set(1).unwrap();
    *cell.get_mut().unwrap() += 1;
    assert_eq!(cell.get(), Some(&2));
    assert_eq!(cell.take(), Some(2));
    assert_empty(&cell);
    assert_eq!(cell.take(), Some(1));
    assert_eq!(cell.into_inner(), None);
    assert_eq!(OnceCell::from(3).into_inner(), Some(3));
}

#[test]
fn a_taken_cell_forgets_an_initializer_that_was_forgotten() {
    let mut cell = OnceCell::new();
    let (running, _gate) = running(&cell);
    running.forget();
    Polled::waiting(succeed(&cell)).forget();
    Polled::waiting(cell.wait()).forget();
    assert_eq!(cell.set(1), Err(SetError::Initializing(1)));
    assert_eq!(cell.take(), None);
    assert_empty(&cell);
}

#[test]
fn a_value_is_dropped_once() {
    let value = Arc::new(());
    let count = || Arc::strong_count(&value) - 1;

    let cell = OnceCell::new();
    cell.set(Arc::clone(&value)).unwrap();
    assert_eq!(count(), 1);
    let error = cell.set(Arc::clone(&value)).unwrap_err();
    assert_eq!(count(), 2);
    drop(error.into_inner());
    assert_eq!(count(), 1);
    drop(cell);
    assert_eq!(count(), 0);

    let mut cell = OnceCell::from(Arc::clone(&value));
    assert_eq!(count(), 1);
    drop(cell.take());
    assert_eq!(count(), 0);
    let wait = cell.get_or_init(async || Arc::clone(&value));
    Polled::new(wait).assert_ready();
    assert_eq!(count(), 1);
    drop(cell.into_inner());
    assert_eq!(count(), 0);
    drop(OnceCell::<Arc<()>>::new());
}

#[test]
fn a_clone_has_its_own_value_and_nobody_waits_for_it() {
    let cell = OnceCell::new();
    let wait = Polled::waiting(cell.wait());
    let empty = cell.clone();
    assert_empty(&empty);
    assert_eq!((cell.get(), wait.wakes()), (None, 0));
    cell.set(5).unwrap();
    let set = cell.clone();
    assert_eq!(set.get(), Some(&5));
    assert!(!std::ptr::eq(set.get().unwrap(), cell.get().unwrap()));
}

#[test]
fn a_value_may_use_the_cell_of_another_while_it_is_dropped() {
    struct Reader(Arc<OnceCell<u32>>);

    impl Drop for Reader {
        fn drop(&mut self) {
            let _ = self.0.set(9);
        }
    }

    let other = Arc::new(OnceCell::new());
    let mut cell = OnceCell::from(Reader(Arc::clone(&other)));
    drop(cell.take());
    assert_eq!(other.get(), Some(&9));
}

#[test]
fn a_value_that_was_not_set_may_use_the_cell_while_it_is_dropped() {
    struct Setter<'a>(&'a OnceCell<u32>, &'a OnceCell<Self>);

    impl Drop for Setter<'_> {
        fn drop(&mut self) {
            assert_eq!(self.0.set(9), Ok(()));
            assert!(self.1.get().is_some());
        }
    }

    let counts = OnceCell::new();
    let other = OnceCell::new();
    let cell: std::mem::ManuallyDrop<OnceCell<Setter<'_>>> =
        std::mem::ManuallyDrop::new(OnceCell::new());
    assert!(cell.set(Setter(&other, &cell)).is_ok());
    drop(cell.set(Setter(&counts, &cell)));
    assert_eq!(counts.get(), Some(&9));
    assert_eq!(other.get(), None);
}
