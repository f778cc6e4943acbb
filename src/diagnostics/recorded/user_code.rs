#![forbid(unsafe_code)]
//! Calls of the clock, the task source and the subscriber, which the user has set.
//!
//! The caller holds no mutex. While such a call runs, the waits of its thread make no further call:
//! otherwise a clock that waits for a lock would call itself without end.

use alloc::boxed::Box;
use core::any::Any;
use core::cell::Cell;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::sync::local_key;

local_key! {
    /// Whether the clock, the task source or the subscriber is running.
    static IS_CALLING: Cell<bool> = Cell::new(false)
}

/// Calls a function of the user. Returns `None` if it panics, if it is called from itself, or if the
/// thread is ending.
pub(super) fn call_user_code<R>(call: impl FnOnce() -> R) -> Option<R> {
    if IS_CALLING.try_with(|calling| calling.replace(true)) != Ok(false) {
        return None;
    }
    let result = catch_unwind(AssertUnwindSafe(call));
    let _ = IS_CALLING.try_with(|calling| calling.set(false));
    result.map_err(dispose).ok()
}

/// Drops the payload of a panic that is not resumed. If the drop panics, the second payload is
/// forgotten.
#[cold]
pub(in crate::diagnostics) fn dispose(panic: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        core::mem::forget(another);
    }
}
