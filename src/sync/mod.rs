//! Floor 1: the ground the crate stands on.
//!
//! Everything above names mutexes, atomics, cells and threads through this
//! module only. It has two arms with one surface: `real` (parking_lot and the
//! standard library) and `model` (loom, under `--cfg loom`). No other file names
//! `parking_lot`, `loom` or `std::sync`; `tests/it/tidy.rs` holds that.
//!
//! | item | real | model |
//! |---|---|---|
//! | [`Mutex`], [`Condvar`] | parking_lot, no poison | loom, poison ignored |
//! | [`atomic`] | `core::sync::atomic` | loom |
//! | [`Peek`] | a load | a read-modify-write that changes nothing |
//! | [`UnsafeCell`] | a cell | loom checks each access for races |
//! | [`DataCell`], [`Access`] | a cell, nothing | loom checks the access as long as the token lives |
//! | [`Arc`], [`Weak`] | `std` | `std`: the public methods take `self: Arc<Self>` of the standard library |
//! | [`local_key!`] | `std::thread_local!` | `loom::thread_local!` |
//! | [`thread`] | spinning, yielding, identity | yielding; no spinning, no identity |

#[cfg(all(loom, not(feature = "loom")))]
compile_error!(
    "aiosync: `--cfg loom` needs the feature `loom` of aiosync, so that its types take part in the model"
);

#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod real;

#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(loom))]
pub(crate) use real::*;
pub(crate) use std::sync::Arc;

/// Reads a word at the head of a compare-exchange loop.
///
/// loom 0.7 keeps one last access per object, so that a thread's own plain load
/// right before its read-modify-write hides races with another thread's load of
/// the same word. `peek` is a plain load in real life and a read-modify-write
/// that changes nothing in a model. For words that are changed by read-modify-writes, at
/// least while more than one thread may change them.
pub(crate) trait Peek {
    /// What the word holds.
    type Value;
    /// The newest value this thread can see.
    fn peek(&self, order: atomic::Ordering) -> Self::Value;
}

/// Defines a constructor that is `const`, save under loom, whose objects cannot
/// be made before a model runs.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $visibility:vis const fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        $(#[$meta])*
        $visibility const fn $($rest)*
        #[cfg(loom)]
        $(#[$meta])*
        $visibility fn $($rest)*
    };
}
pub(crate) use const_unless_loom;
