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
mod loom;
#[cfg(all(shuttle, not(loom)))]
mod shuttle;
#[cfg(not(any(loom, shuttle)))]
mod std;

#[cfg(loom)]
pub(crate) use self::loom::*;
#[cfg(all(shuttle, not(loom)))]
pub(crate) use self::shuttle::*;
#[cfg(not(any(loom, shuttle)))]
pub(crate) use self::std::*;
pub(crate) use ::std::sync::Arc;

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

/// Returns a limit: the small one in a model, so that a small model reaches it.
pub(crate) const fn model_or(in_model: usize, otherwise: usize) -> usize {
    if cfg!(any(loom, shuttle)) {
        in_model
    } else {
        otherwise
    }
}

/// Evidence of a thread, for spinning. Two threads may have the same hint; then neither
/// spins for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadHint(u32);

impl ThreadHint {
    /// No thread is known.
    pub(crate) const NONE: Self = Self(0);

    /// Returns the hint of the current thread.
    #[inline]
    pub(crate) fn current() -> Self {
        Self(thread::token() as u32)
    }

    /// Returns whether this is the hint of another thread than the current one.
    #[inline]
    pub(crate) fn is_another_thread(self) -> bool {
        self != Self::NONE && self != Self::current()
    }
}

/// Identifies a thread among those that are alive.
///
/// The token is unknown under loom, where all threads of a model share one system thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadToken(usize);

impl ThreadToken {
    pub(crate) const UNKNOWN: Self = Self(0);

    /// Returns the token of the current thread.
    #[inline]
    pub(crate) fn current() -> Self {
        Self(thread::token())
    }

    /// Returns whether this is the current thread. `false` if the token is unknown.
    #[inline]
    pub(crate) fn is_current(self) -> bool {
        self.0 != 0 && self == Self::current()
    }
}
