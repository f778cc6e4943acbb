#![forbid(unsafe_code)]
//! Unwinding, for the arms of the façade that have the standard library.

use alloc::boxed::Box;
use core::any::Any;
use core::mem;
use core::panic::AssertUnwindSafe;

pub(crate) use ::std::panic::{catch_unwind, resume_unwind};
pub(crate) use ::std::process::abort;
pub(crate) use ::std::thread::panicking;

/// What a panic carries.
pub(crate) type PanicPayload = Box<dyn Any + Send>;

/// Drops the payload of a panic that is not resumed. This is user code: if it panics again, the
/// second payload is forgotten (`mem::forget`).
#[cold]
pub(crate) fn dispose(payload: PanicPayload) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
}
