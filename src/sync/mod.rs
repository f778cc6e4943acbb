//! Floor 1: the ground the crate stands on.
//!
//! Everything above names mutexes, atomics, cells and threads through this
//! module only. It has three arms with one surface: `real` (parking_lot and the
//! standard library), `model` (loom, under `--cfg loom`) and `schedule` (shuttle,
//! under `--cfg shuttle`). No other file names `parking_lot`, `loom`, `shuttle` or
//! `std::sync`; `tests/it/tidy.rs` holds that.
//!
//! | item | real | model | schedule |
//! |---|---|---|---|
//! | [`Mutex`], [`Condvar`] | parking_lot, no poison | loom, poison ignored | shuttle |
//! | [`atomic`] | `core::sync::atomic` | loom | shuttle, sequentially consistent |
//! | [`Peek`] | a load | a read-modify-write that changes nothing | a load |
//! | [`UnsafeCell`] | a cell | loom checks each access for races | a cell |
//! | [`DataCell`], [`Access`] | a cell, nothing | loom checks the access as long as the token lives | a cell, nothing |
//! | [`Arc`] | `std` | `std`: the public methods take `self: Arc<Self>` of the standard library | `std` |
//! | [`local_key!`] | `std::thread_local!` | `loom::thread_local!` | `shuttle::thread_local!` |
//! | [`thread`] | spinning, identity | yielding; no identity | yielding, identity |
//! | [`foreign`] | a call | a call | a scheduling point, then a call without one |

#[cfg(all(loom, not(feature = "loom")))]
compile_error!(
    "aiosync: `--cfg loom` needs the feature `loom` of aiosync, so that its types take part in the model"
);

#[cfg(all(shuttle, not(feature = "shuttle")))]
compile_error!(
    "aiosync: `--cfg shuttle` needs the feature `shuttle` of aiosync, so that shuttle schedules its types"
);

#[cfg(all(loom, shuttle))]
compile_error!("aiosync: `--cfg loom` and `--cfg shuttle` exclude each other");

#[cfg(not(loom))]
mod cell;
#[cfg(loom)]
mod model;
#[cfg(not(any(loom, shuttle)))]
mod real;
#[cfg(all(shuttle, not(loom)))]
mod schedule;

#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(any(loom, shuttle)))]
pub(crate) use real::*;
#[cfg(all(shuttle, not(loom)))]
pub(crate) use schedule::*;
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

/// A number that was not answered before, until the count wraps. Never 0.
pub(crate) fn unique_number() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};

    static LAST: AtomicU32 = AtomicU32::new(0);
    loop {
        // ORDERING: Relaxed, a count.
        match LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1) {
            0 => {}
            fresh => return fresh,
        }
    }
}
