#![forbid(unsafe_code)]
//! The error of [`OnceCell::set`](super::OnceCell::set). It gives the value back, and is `Debug`
//! even if the value is not.

use core::error::Error;
use core::fmt;

/// The error of [`OnceCell::set`](crate::OnceCell::set). Contains the value that was not set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SetError<T> {
    /// The cell has a value already.
    Initialized(T),
    /// An initializer is running, or was granted its turn. It may still fail.
    Initializing(T),
}

impl<T> SetError<T> {
    /// Returns the value that was not set.
    pub fn into_inner(self) -> T {
        match self {
            Self::Initialized(value) | Self::Initializing(value) => value,
        }
    }
}

impl<T> fmt::Debug for SetError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Initialized(_) => "Initialized(..)",
            Self::Initializing(_) => "Initializing(..)",
        })
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Initialized(_) => "the cell has a value already",
            Self::Initializing(_) => "an initializer of the cell is running",
        })
    }
}

impl<T> Error for SetError<T> {}
