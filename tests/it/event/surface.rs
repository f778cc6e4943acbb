//! Constructors, `Debug`, finished futures.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Event;

use crate::common::{Polled, panic_message};

#[test]
fn constructors_decide_the_flag() {
    assert!(!Event::new().is_set());
    assert!(!Event::default().is_set());
    assert!(!Event::with_state(false).is_set());
    assert!(Event::with_state(true).is_set());
}

#[test]
fn a_static_needs_no_initialisation() {
    static READY: Event = Event::with_state(true);
    static LATER: Event = Event::new();
    Polled::new(READY.wait()).assert_ready();
    Polled::new(LATER.wait()).assert_pending();
}

#[test]
fn each_state_prints_differently_and_in_one_line() {
    let event = Event::new();
    let mut states = Vec::new();
    let mut note = || {
        let text = format!("{event:?}");
        assert!(!text.contains('\n'), "{text}");
        assert!(!states.contains(&text), "{text} stands for two states");
        states.push(text.clone());
        text
    };
    let clear = note();
    let first = Polled::waiting(event.wait());
    note();
    let second = Polled::waiting(event.wait());
    note();
    drop((first, second));
    assert_eq!(format!("{event:?}"), clear);
    event.set();
    note();
    event.clear();
    assert_eq!(format!("{event:?}"), clear);
}

#[test]
fn each_state_of_a_future_prints_differently() {
    let event = Arc::new(Event::new());
    let mut borrowed = Polled::new(event.wait());
    let mut owned = Polled::new(Arc::clone(&event).wait_owned());
    let mut states = Vec::new();
    macro_rules! note {
        () => {
            for text in [
                format!("{:?}", borrowed.future()),
                format!("{:?}", owned.future()),
            ] {
                assert!(!text.contains('\n'), "{text}");
                assert!(!states.contains(&text), "{text} stands for two states");
                states.push(text);
            }
        };
    }
    note!();
    borrowed.assert_pending();
    owned.assert_pending();
    note!();
    event.set();
    note!();
    borrowed.assert_ready();
    owned.assert_ready();
    note!();
}

#[test]
fn polling_a_finished_future_panics_and_names_the_rule() {
    let event = Arc::new(Event::new());
    let mut waited = Polled::waiting(event.wait());
    event.set();
    waited.assert_ready();
    let mut borrowed = Polled::new(event.wait());
    borrowed.assert_ready();
    let mut owned = Polled::new(Arc::clone(&event).wait_owned());
    owned.assert_ready();
    for message in [
        panic_message(|| waited.assert_ready()),
        panic_message(|| borrowed.assert_ready()),
        panic_message(|| owned.assert_ready()),
    ] {
        assert!(message.contains("aiosync"), "{message}");
        assert!(
            message.contains("polled after it had completed"),
            "{message}"
        );
    }
}
