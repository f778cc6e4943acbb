#![forbid(unsafe_code)]
//! The phases of a [`Wait`](super::future::Wait).

use super::operation::Operation;

/// The phase of a wait. The header of [`future`](super::future) describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Unpolled,
    Queued,
    Ready,
    Kept,
    Done,
}

/// Sets the phase to `Kept` if a waker panics and the operation keeps its output. It is
/// dropped on a panic only.
pub(super) struct KeptAfterPanic<'a, O: Operation>(pub(super) &'a mut O, pub(super) &'a mut Phase);

impl<O: Operation> KeptAfterPanic<'_, O> {
    #[inline(always)]
    pub(super) fn run<R>(self, step: impl FnOnce(&mut O) -> R) -> R {
        let result = step(&mut *self.0);
        core::mem::forget(self);
        result
    }
}

impl<O: Operation> Drop for KeptAfterPanic<'_, O> {
    #[cold]
    fn drop(&mut self) {
        if self.0.has_kept() {
            *self.1 = Phase::Kept;
        }
    }
}

/// Aborts the process if it is dropped, which only happens on a panic.
pub(super) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    #[cold]
    fn drop(&mut self) {
        crate::sync::abort();
    }
}
