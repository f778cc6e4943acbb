//! The façade for models: loom.

use core::marker::PhantomData;

use super::{Exclusive, Peek, Shared};

pub(crate) use ::loom::sync::MutexGuard;

/// Atomic integers and their orderings.
pub(crate) mod atomic {
    pub(crate) use ::loom::sync::atomic::{
        AtomicIsize, AtomicU16, AtomicU32, AtomicUsize, Ordering,
    };
}

macro_rules! peek_by_rmw {
    ($($atomic:ident: $value:ty),*) => {$(
        impl Peek for atomic::$atomic {
            type Value = $value;

            #[track_caller]
            fn peek(&self, order: atomic::Ordering) -> $value {
                self.fetch_or(0, order)
            }
        }
    )*};
}
peek_by_rmw!(AtomicU32: u32, AtomicUsize: usize, AtomicIsize: isize);

/// A mutual exclusion lock without poisoning.
#[derive(Debug)]
pub(crate) struct Mutex<T>(::loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(::loom::sync::Mutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A condition variable.
#[derive(Debug)]
pub(crate) struct Condvar(::loom::sync::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Self(::loom::sync::Condvar::new())
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0
            .wait(guard)
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Panics: loom has no clock.
    pub(crate) fn wait_until<'a, T>(
        &self,
        _guard: MutexGuard<'a, T>,
        _deadline: std::time::Instant,
    ) -> MutexGuard<'a, T> {
        no_clock()
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }
}

/// A cell whose accesses loom checks.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(::loom::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(::loom::cell::UnsafeCell::new(value))
    }

    #[track_caller]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        self.0.with_mut(f)
    }
}

/// The cell of a user's value. loom checks the accesses to the witness beside it.
pub(crate) struct DataCell<T: ?Sized, S = Exclusive> {
    _sharing: PhantomData<S>,
    witness: ::loom::cell::UnsafeCell<()>,
    value: core::cell::UnsafeCell<T>,
}

// SAFETY: `&DataCell` gives out a raw pointer only. Code that dereferences it holds the lock
// that guards the value. So one thread at a time has access, and `T: Send` is enough, as for
// a mutex.
unsafe impl<T: ?Sized + Send> Sync for DataCell<T, Exclusive> {}
// SAFETY: as for a mutex, except that several threads may have `&T`, which needs `T: Sync` too.
unsafe impl<T: ?Sized + Send + Sync> Sync for DataCell<T, Shared> {}

impl<T, S> DataCell<T, S> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            _sharing: PhantomData,
            witness: ::loom::cell::UnsafeCell::new(()),
            value: core::cell::UnsafeCell::new(value),
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, S> DataCell<T, S> {
    /// Tells loom that an exclusive access begins. It ends when the result is dropped.
    #[track_caller]
    pub(crate) fn access(&self) -> Access {
        Access {
            _witness: self.witness.get_mut(),
        }
    }

    /// Tells loom that the value is read now.
    #[track_caller]
    pub(crate) fn note_read(&self) {
        self.witness.with(|_| ());
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.value.get()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: ?Sized> DataCell<T, Shared> {
    /// Tells loom that a shared access begins. It ends when the result is dropped.
    #[track_caller]
    pub(crate) fn read_access(&self) -> ReadAccess {
        ReadAccess {
            _witness: self.witness.get(),
        }
    }
}

/// An exclusive access to a [`DataCell`], as loom sees it.
#[derive(Debug)]
pub(crate) struct Access {
    _witness: ::loom::cell::MutPtr<()>,
}

// SAFETY: the pointer is never dereferenced. loom's record of the access belongs to the
// running model, and all threads of a model share one system thread.
unsafe impl Send for Access {}
// SAFETY: `&Access` gives no access to anything.
unsafe impl Sync for Access {}

/// A shared access to a [`DataCell`], as loom sees it.
#[derive(Debug)]
pub(crate) struct ReadAccess {
    _witness: ::loom::cell::ConstPtr<()>,
}

// SAFETY: the pointer is never dereferenced. loom's record of the access belongs to the
// running model, and all threads of a model share one system thread.
unsafe impl Send for ReadAccess {}
// SAFETY: `&ReadAccess` gives no access to anything.
unsafe impl Sync for ReadAccess {}

macro_rules! local_key {
    ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => {
        ::loom::thread_local! { $(#[$meta])* static $name: $type = $init }
    };
}
pub(crate) use local_key;

/// Yielding. The threads of a model share one system thread and have no identity.
pub(crate) mod thread {
    /// Spinning only adds steps to explore.
    pub(crate) const MAY_SPIN: bool = false;

    pub(crate) use ::loom::thread::yield_now;

    pub(crate) fn spin_loop() {
        yield_now();
    }

    /// Yields: a model has no clock.
    pub(crate) fn sleep(_duration: core::time::Duration) {
        yield_now();
    }

    /// Returns 0: the thread is unknown.
    pub(crate) fn token() -> usize {
        0
    }
}

/// Calls event-listener, which is built on loom through its feature `loom`.
pub(crate) fn foreign<R>(call: impl FnOnce() -> R) -> R {
    call()
}

/// Calls code that nothing may interrupt if there are no threads. A model has threads.
pub(crate) fn uninterrupted<R>(call: impl FnOnce() -> R) -> R {
    call()
}

/// Panics: loom has no clock.
pub(crate) fn deny_timeouts() {
    no_clock()
}

fn no_clock() -> ! {
    panic!("aiosync: a wait with a timeout cannot be model-checked, because loom has no clock")
}

/// Panics where code that is not built on this façade must not park a thread. event-listener
/// parks through loom.
pub(crate) fn deny_foreign_parking() {}
