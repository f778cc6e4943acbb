#![forbid(unsafe_code)]
//! The call that created something.

use core::panic::Location;

use crate::diagnostics::report::CallSite;

/// The call that created a primitive, a future or a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site(&'static Location<'static>);

impl Site {
    /// Returns the place of the caller.
    #[inline(always)]
    #[track_caller]
    pub(crate) const fn here() -> Self {
        Self(Location::caller())
    }

    pub(super) fn location(self) -> &'static Location<'static> {
        self.0
    }

    pub(super) fn of(location: &'static Location<'static>) -> Self {
        Self(location)
    }

    pub(super) fn call(self) -> CallSite {
        CallSite {
            file: self.0.file(),
            line: self.0.line(),
            column: self.0.column(),
        }
    }
}
