//! The façade's real arm: parking_lot and the standard library.

use super::Peek;

pub(crate) use parking_lot::MutexGuard;

/// Atomic integers and their orderings.
pub(crate) mod atomic {
    pub(crate) use core::sync::atomic::{AtomicIsize, AtomicU32, AtomicUsize, Ordering};
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

/// A mutual exclusion lock without poison, held for a few instructions and
/// never across user code.
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

/// A condition variable for threads.
#[derive(Debug)]
pub(crate) struct Condvar(parking_lot::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(parking_lot::Condvar::new())
    }

    pub(crate) fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(&mut guard);
        guard
    }

    /// Waits until woken or until `deadline`, whichever comes first.
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

/// A cell whose accesses loom can check.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// The cell of a user's value. Whoever touches it holds an [`Access`].
pub(crate) struct DataCell<T: ?Sized>(core::cell::UnsafeCell<T>);

// SAFETY: the cell gives out raw pointers only. Who follows one holds a lock, so
// that one thread at a time has the value: that asks for `Send`, as for a mutex.
unsafe impl<T: ?Sized + Send> Sync for DataCell<T> {}

impl<T> DataCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> DataCell<T> {
    /// Tells the model checker that an exclusive access begins. It ends when
    /// the token is dropped.
    #[inline]
    pub(crate) fn access(&self) -> Access {
        Access(())
    }

    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.get()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// An exclusive access to a [`DataCell`], as the model checker sees it.
#[derive(Debug)]
pub(crate) struct Access(());

macro_rules! local_key {
    ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => {
        std::thread_local! { $(#[$meta])* static $name: $type = const { $init } }
    };
}
pub(crate) use local_key;

/// Spinning, and the identity of threads.
pub(crate) mod thread {
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::thread::yield_now;

    std::thread_local! {
        static TOKEN: u64 = const { 0 };
    }

    /// A number that no other living thread has. Never 0.
    #[inline]
    pub(crate) fn token() -> usize {
        TOKEN.with(|token| core::ptr::from_ref(token).addr())
    }
}

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
