//! Constructors, `Debug`, errors, finished futures.
#![forbid(unsafe_code)]

use std::error::Error;

use aiosync::{OnceCell, SetError};

use super::{fail, running, succeed};
use crate::common::{Polled, panic_message};

#[test]
fn constructors_decide_the_value() {
    assert_eq!(OnceCell::<u32>::new().get(), None);
    assert_eq!(OnceCell::<u32>::default().get(), None);
    assert_eq!(OnceCell::from(1).get(), Some(&1));
    assert_eq!(OnceCell::<u32>::from(1).into_inner(), Some(1));
}

#[test]
fn a_static_needs_no_initialisation() {
    static CELL: OnceCell<String> = OnceCell::new();
    Polled::new(CELL.wait()).assert_pending();
    let value: &'static String =
        Polled::new(CELL.get_or_init(async || "text".to_owned())).assert_ready();
    assert_eq!(value, "text");
}

#[test]
fn a_cell_may_hold_a_value_that_borrows_from_its_neighbour() {
    let (text, cell) = (String::from("text"), OnceCell::new());
    cell.set(&*text).unwrap();
    assert_eq!(cell.get(), Some(&"text"));
}

#[test]
fn each_state_prints_differently_and_in_one_line() {
    let cell = OnceCell::new();
    let mut states = Vec::new();
    let mut note = || {
        let text = format!("{cell:?}");
        assert!(!text.contains('\n'), "{text}");
        assert!(!states.contains(&text), "{text} stands for two states");
        states.push(text.clone());
        text
    };
    let empty = note();
    let wait = Polled::waiting(cell.wait());
    note();
    let (running_one, _gate) = running(&cell);
    note();
    let granted = Polled::waiting(fail(&cell));
    note();
    let behind = Polled::waiting(fail(&cell));
    note();
    drop(running_one);
    note();
    drop(granted);
    drop(behind);
    drop(wait);
    assert_eq!(format!("{cell:?}"), empty);
    let (running_one, _gate) = running(&cell);
    note();
    drop(running_one);
    assert_eq!(format!("{cell:?}"), empty);
    cell.set(1).unwrap();
    note();
    assert!(!note_contains(&cell, "<not set>"));
    let other = OnceCell::from(2);
    assert_ne!(format!("{cell:?}"), format!("{other:?}"));
}

fn note_contains(cell: &OnceCell<u32>, words: &str) -> bool {
    format!("{cell:?}").contains(words)
}

#[test]
fn each_state_of_a_future_prints_differently() {
    let cell = OnceCell::new();
    let (mut first, gate) = running(&cell);
    let mut states = vec![format!("{:?}", first.future())];
    let mut get = Polled::new(succeed(&cell));
    let mut wait = Polled::new(cell.wait());
    let plain = Polled::new(cell.get_or_init(async || 1));
    assert_eq!(format!("{:?}", plain.future()), "GetOrInit(unpolled)");
    macro_rules! note {
        () => {
            for text in [
                format!("{:?}", get.future()),
                format!("{:?}", wait.future()),
            ] {
                assert!(!text.contains('\n'), "{text}");
                assert!(!states.contains(&text), "{text} stands for two states");
                states.push(text);
            }
        };
    }
    note!();
    get.assert_pending();
    wait.assert_pending();
    note!();
    gate.open(Ok(1));
    first.assert_ready().unwrap();
    note!();
    get.assert_ready().unwrap();
    wait.assert_ready();
    note!();
    assert_eq!(states[0], "GetOrTryInit(running)");
    assert_eq!(format!("{:?}", first.future()), "GetOrTryInit(done)");

    let empty = OnceCell::new();
    let (failing, _gate) = running(&empty);
    let granted = Polled::waiting(succeed(&empty));
    drop(failing);
    let text = format!("{:?}", granted.future());
    assert_eq!(text, "GetOrTryInit(granted, not yet taken)");
    assert!(!states.contains(&text), "{text} stands for two states");
}

#[test]
fn polling_a_finished_future_panics_and_names_the_rule() {
    let cell = OnceCell::new();
    let mut failed = Polled::new(fail(&cell));
    assert!(failed.assert_ready().is_err());
    let (mut first, gate) = running(&cell);
    let mut released = Polled::waiting(fail(&cell));
    let mut waited = Polled::waiting(cell.wait());
    gate.open(Ok(1));
    first.assert_ready().unwrap();
    released.assert_ready().unwrap();
    waited.assert_ready();
    let mut at_once = Polled::new(cell.get_or_init(async || 2));
    at_once.assert_ready();
    let mut wait_at_once = Polled::new(cell.wait());
    wait_at_once.assert_ready();
    for message in [
        panic_message(|| _ = failed.poll()),
        panic_message(|| _ = first.poll()),
        panic_message(|| _ = released.poll()),
        panic_message(|| _ = waited.poll()),
        panic_message(|| _ = at_once.poll()),
        panic_message(|| _ = wait_at_once.poll()),
    ] {
        assert!(message.contains("aiosync"), "{message}");
        assert!(
            message.contains("polled after it had completed"),
            "{message}"
        );
    }
}

#[test]
fn errors_give_the_value_back_and_print_without_it() {
    /// Not `Debug`.
    struct Value(u32);

    let errors = [
        (SetError::Initialized(Value(1)), "Initialized(..)"),
        (SetError::Initializing(Value(1)), "Initializing(..)"),
    ];
    for (error, text) in errors {
        assert_eq!(format!("{error:?}"), text);
        let as_error: &dyn Error = &error;
        assert!(as_error.to_string().contains("cell"));
        assert_eq!(error.into_inner().0, 1);
    }
}
