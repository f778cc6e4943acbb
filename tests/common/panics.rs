//! Panics that are expected.
#![forbid(unsafe_code)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

/// Runs `action`, which must panic, and returns the message.
#[track_caller]
pub(crate) fn panic_message(action: impl FnOnce()) -> String {
    match catch_unwind(AssertUnwindSafe(action)) {
        Ok(()) => panic!("this should have panicked"),
        Err(payload) => message(&*payload),
    }
}

/// Runs `action` while the thread unwinds from another panic. No panic of `action` may come out.
#[track_caller]
pub(crate) fn while_panicking(action: impl FnOnce()) {
    struct RunOnDrop<F: FnOnce()>(Option<F>);

    impl<F: FnOnce()> Drop for RunOnDrop<F> {
        fn drop(&mut self) {
            if let Some(action) = self.0.take() {
                action();
            }
        }
    }

    let message = panic_message(|| {
        let _run = RunOnDrop(Some(action));
        panic!("the first panic");
    });
    assert_eq!(message, "the first panic");
}

/// The payload of a panic, whose drop panics again.
pub(crate) struct PanicsOnDrop;

/// The payload of that second panic. It has no size, so a forgotten `Box` of it leaks no memory.
struct Unheard;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic_any(Unheard);
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(message) = payload.downcast_ref::<&str>() {
        (*message).to_owned()
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message.clone()
    } else {
        panic!("the panic has no message")
    }
}
