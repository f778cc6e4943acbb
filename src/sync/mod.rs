#![deny(unsafe_code)]
//! The façade: mutexes, atomics, cells and threads for the rest of the crate.
//!
//! There are four arms, which are files with the same items. `std.rs` is for ordinary builds, `loom.rs` for
//! `--cfg loom`, `shuttle.rs` for `--cfg shuttle`, and `critical_section.rs` for builds without
//! the feature `std`. No other file names `parking_lot`, `loom`, `shuttle`, `critical_section` or
//! `std::sync`. `tests/it/tidy.rs` checks that.
//!
//! | item | `std.rs` | `loom.rs` | `shuttle.rs` | `critical_section.rs` |
//! |---|---|---|---|---|
//! | [`Mutex`] | parking_lot | loom, poisoning ignored | shuttle, poisoning ignored | a critical section |
//! | `Condvar` | parking_lot | loom | shuttle | – |
//! | [`atomic`] | `core::sync::atomic` | loom | shuttle, sequentially consistent | `core::sync::atomic` |
//! | `OnceLock`, for the diagnostics | `std`'s | – | – | – |
//! | [`Peek`] | a load | a read-modify-write that changes nothing | a load | a load |
//! | [`UnsafeCell`] | a cell | a cell; loom checks each access for races | a cell | a cell |
//! | [`DataCell`], [`Access`], [`ReadAccess`] | a cell, nothing | a cell; loom checks that no exclusive access overlaps another | a cell, nothing | a cell, nothing |
//! | [`Arc`] | `alloc`'s | `alloc`'s, because public methods take `self: Arc<Self>` | `alloc`'s | `alloc`'s |
//! | `local_key!` | `std::thread_local!` | `loom::thread_local!` | `shuttle::thread_local!` | – |
//! | [`thread`] | spins; threads have tokens | yields; threads have no tokens | yields; threads and tasks have tokens | does not spin; one token for all code |
//! | [`catch_unwind`], [`resume_unwind`], [`dispose`] | `std`'s | `std`'s | `std`'s | a call; no panic is caught |
//! | [`panicking`], [`abort`] | `std`'s | `std`'s | `std`'s | `false`, a panic |
//! | [`foreign`] | a call | a call | a switch, then a call without one | a call in a critical section |
//! | [`uninterrupted`] | a call | a call | a call | a call in a critical section |
//! | `deny_timeouts` | does nothing | panics | panics | – |
//! | `deny_foreign_parking` | does nothing | does nothing | panics | – |

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

#[cfg(not(any(feature = "std", feature = "critical-section")))]
compile_error!(
    "aiosync: choose a feature: `std` (a default feature) for a target with an operating system, or `critical-section` for a target without threads"
);

#[cfg(not(target_has_atomic = "ptr"))]
compile_error!(
    "aiosync: this target has no atomic compare-exchange (`target_has_atomic = \"ptr\"`), which every type of aiosync needs"
);

#[cfg(not(loom))]
#[expect(unsafe_code, reason = "a cell that threads share")]
mod cell;
#[cfg(not(any(loom, shuttle, feature = "std")))]
#[expect(
    unsafe_code,
    reason = "critical sections that begin and end in different calls"
)]
mod critical_section;
#[cfg(loom)]
#[expect(unsafe_code, reason = "a cell that threads share")]
mod loom;
#[cfg(not(any(loom, shuttle, feature = "std", feature = "critical-section")))]
mod no_arm;
#[cfg(all(shuttle, not(loom)))]
mod shuttle;
#[cfg(all(feature = "std", not(any(loom, shuttle))))]
mod std;
#[cfg(any(loom, shuttle, feature = "std"))]
mod unwind;

#[cfg(not(any(loom, shuttle, feature = "std")))]
pub(crate) use self::critical_section::*;
#[cfg(loom)]
pub(crate) use self::loom::*;
#[cfg(all(shuttle, not(loom)))]
pub(crate) use self::shuttle::*;
#[cfg(all(feature = "std", not(any(loom, shuttle))))]
pub(crate) use self::std::*;
#[cfg(any(loom, shuttle, feature = "std"))]
pub(crate) use self::unwind::*;
pub(crate) use ::alloc::sync::Arc;

/// A [`DataCell`] to which one thread at a time has access. It is `Sync` for `T: Send`.
pub(crate) struct Exclusive;

/// A [`DataCell`] that several threads may read at a time. It is `Sync` for `T: Send + Sync`.
pub(crate) struct Shared;

/// Reads a word at the start of a compare-exchange loop.
///
/// loom 0.7 keeps one last access per object. A thread's plain load right before its
/// read-modify-write therefore hides races with another thread's load of the same word. So
/// `peek` is a read-modify-write that changes nothing under loom, and a plain load elsewhere.
/// It fits words that are only changed by read-modify-writes while several threads may change
/// them.
pub(crate) trait Peek {
    /// The type of the word.
    type Value;
    /// Returns the value of the word.
    fn peek(&self, order: atomic::Ordering) -> Self::Value;
}

/// Defines a constructor that is `const` except under loom, whose objects cannot be created
/// outside a model.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $visibility:vis const fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        // docs.rs does not say "non-loom only": there is one constructor in each build.
        #[cfg_attr(docsrs, doc(auto_cfg = false))]
        $(#[$meta])*
        $visibility const fn $($rest)*
        #[cfg(loom)]
        $(#[$meta])*
        $visibility fn $($rest)*
    };
}
pub(crate) use const_unless_loom;

/// Returns a limit: `in_model` under loom and shuttle, so that a small model reaches it, and
/// `otherwise` elsewhere.
pub(crate) const fn model_or(in_model: usize, otherwise: usize) -> usize {
    if cfg!(any(loom, shuttle)) {
        in_model
    } else {
        otherwise
    }
}

/// The number of waiters that are granted, or moved to another list, before an internal mutex is
/// released.
/// It is small for critical sections, because interrupts are off meanwhile.
pub(crate) const GRANTS_PER_HOLD: usize = model_or(2, if HAS_THREADS { 32 } else { 8 });

/// Returns a limit: `in_model` in the loom models of this crate, so that a small model reaches
/// it, and `otherwise` elsewhere. A user's model gets the real limit, which it can observe.
pub(crate) const fn own_model_or(in_model: u32, otherwise: u32) -> u32 {
    if cfg!(all(loom, aiosync_ring)) {
        in_model
    } else {
        otherwise
    }
}

/// Whether a bounded queue uses a ring. `false` in a user's loom model, where a ring would
/// only add steps to explore; the models of this crate ask for it. `false` without threads: an
/// interrupt handler must not wait for the code that it has interrupted.
pub(crate) const USES_RINGS: bool = HAS_THREADS && cfg!(any(not(loom), aiosync_ring));

/// Whether [`catch_unwind`] catches a panic. Otherwise destructors do what is left to do.
pub(crate) const CATCHES_PANICS: bool = HAS_THREADS;

/// Whether internal mutexes are for threads. Otherwise they are critical sections.
pub(crate) const HAS_THREADS: bool = cfg!(any(loom, shuttle, feature = "std"));

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

    /// Returns the hint in 16 bits, which are never 0.
    #[inline]
    pub(crate) fn short(self) -> u16 {
        // The low bits of all threads may be the same.
        (self.0.wrapping_mul(0x9e37_79b1) >> 16) as u16 | 1
    }

    /// Returns whether this is the hint of another thread than the current one.
    #[inline]
    pub(crate) fn is_another_thread(self) -> bool {
        self != Self::NONE && self != Self::current()
    }
}

/// Identifies a thread among those that are alive. Under shuttle, a thread or task of the
/// schedule.
///
/// The token is unknown under loom, where all threads of a model share one system thread. Without
/// the feature `std`, there is one token for all code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadToken(usize);

impl ThreadToken {
    /// No thread.
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
