#![forbid(unsafe_code)]
//! The façade for ordinary builds: parking_lot and the standard library.

use super::Peek;

pub(crate) use super::cell::{Access, DataCell, ReadAccess, UnsafeCell};
pub(crate) use parking_lot::MutexGuard;

/// A value that is created once. The diagnostics use it, which record nothing under a model.
#[cfg(all(feature = "diagnostics", target_has_atomic = "64"))]
pub(crate) use std::sync::OnceLock;

/// Atomic integers and their orderings.
pub(crate) mod atomic {
    pub(crate) use core::sync::atomic::{AtomicIsize, AtomicU16, AtomicU32, AtomicUsize, Ordering};
    // For the records of the diagnostics.
    #[cfg(all(feature = "diagnostics", target_has_atomic = "64"))]
    pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU64};
}

macro_rules! peek_by_load {
    ($($atomic:ident: $value:ty),*) => {$(
        impl Peek for atomic::$atomic {
            type Value = $value;

            #[inline]
            fn peek(&self, order: atomic::Ordering) -> $value {
                self.load(order)
            }
        }
    )*};
}
peek_by_load!(AtomicU32: u32, AtomicUsize: usize, AtomicIsize: isize);

/// A mutual exclusion lock without poisoning. It is held for a few instructions, and never
/// while user code runs.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(parking_lot::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(parking_lot::Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock()
    }
}

/// A condition variable. wasm needs none, because no thread parks there.
#[cfg(not(target_family = "wasm"))]
#[derive(Debug)]
pub(crate) struct Condvar(parking_lot::Condvar);

#[cfg(not(target_family = "wasm"))]
impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(parking_lot::Condvar::new())
    }

    pub(crate) fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(&mut guard);
        guard
    }

    /// Waits for a notification, or until the deadline.
    pub(crate) fn wait_until<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        deadline: std::time::Instant,
    ) -> MutexGuard<'a, T> {
        let _timed_out = self.0.wait_until(&mut guard, deadline);
        guard
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }
}

#[cfg(any(not(target_family = "wasm"), feature = "diagnostics"))]
macro_rules! local_key {
    ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => {
        std::thread_local! { $(#[$meta])* static $name: $type = const { $init } }
    };
}
#[cfg(any(not(target_family = "wasm"), feature = "diagnostics"))]
pub(crate) use local_key;

/// Spinning, yielding, and the identity of threads.
pub(crate) mod thread {
    /// Whether spinning is of use.
    pub(crate) const MAY_SPIN: bool = true;

    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::thread::{sleep, yield_now};

    std::thread_local! {
        static TOKEN: u64 = const { 0 };
    }

    /// Returns the address of a thread-local, which no other living thread has. Never 0.
    #[inline]
    pub(crate) fn token() -> usize {
        TOKEN.with(|token| core::ptr::from_ref(token).addr())
    }
}

/// Calls code that is not built on this façade.
#[inline]
pub(crate) fn foreign<R>(call: impl FnOnce() -> R) -> R {
    call()
}

/// Calls code that nothing may interrupt if there are no threads. Here there are threads.
#[inline]
pub(crate) fn uninterrupted<R>(call: impl FnOnce() -> R) -> R {
    call()
}

/// Panics where there is no clock. Here there is one.
#[cfg(not(target_family = "wasm"))]
#[inline]
pub(crate) fn deny_timeouts() {}

/// Panics where code that is not built on this façade must not park a thread. Here it may.
#[cfg(not(target_family = "wasm"))]
#[inline]
pub(crate) fn deny_foreign_parking() {}
