//! What the modelled files of `src/diagnostics/recorded` use of the façade, on loom.
//!
//! The module that records is not part of a model of the crate. So its protocols are compiled into
//! this test a second time.
#![forbid(unsafe_code)]

pub(crate) use std::sync::Arc;

/// Atomic integers, pointers and their orderings.
pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
}

/// A mutual exclusion lock without poisoning.
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }
}

/// Defines a constructor, which is not `const` here.
macro_rules! const_unless_loom {
    ($visibility:vis const fn $($rest:tt)*) => {
        $visibility fn $($rest)*
    };
}
pub(crate) use const_unless_loom;

/// Returns the limit of models.
pub(crate) const fn model_or(in_model: usize, _otherwise: usize) -> usize {
    in_model
}
