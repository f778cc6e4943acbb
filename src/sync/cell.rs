//! Plain cells, for `std.rs` and `shuttle.rs`.

use core::marker::PhantomData;

use super::{Exclusive, Shared};

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

/// The cell of a user's value. Code that uses the value holds an [`Access`] or a [`ReadAccess`].
pub(crate) struct DataCell<T: ?Sized, S = Exclusive> {
    _sharing: PhantomData<S>,
    value: core::cell::UnsafeCell<T>,
}

// SAFETY: `&DataCell` gives out a raw pointer only. Code that dereferences it holds the lock
// that guards the value. So one thread at a time has access, and `T: Send` is enough, as for
// a mutex.
unsafe impl<T: ?Sized + Send> Sync for DataCell<T, Exclusive> {}
// SAFETY: as for a mutex, except that several threads may have `&T`, which needs `T: Sync` too.
unsafe impl<T: ?Sized + Send + Sync> Sync for DataCell<T, Shared> {}

impl<T, S> DataCell<T, S> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            _sharing: PhantomData,
            value: core::cell::UnsafeCell::new(value),
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, S> DataCell<T, S> {
    /// Tells loom that an exclusive access begins. It ends when the result is dropped. Here
    /// this does nothing.
    #[inline]
    pub(crate) fn access(&self) -> Access {
        Access(())
    }

    /// Tells loom that the value is read now. Here this does nothing.
    #[inline]
    pub(crate) fn note_read(&self) {}

    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.value.get()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: ?Sized> DataCell<T, Shared> {
    /// Tells loom that a shared access begins. It ends when the result is dropped. Here this
    /// does nothing.
    #[inline]
    pub(crate) fn read_access(&self) -> ReadAccess {
        ReadAccess(())
    }
}

/// An exclusive access to a [`DataCell`].
#[derive(Debug)]
pub(crate) struct Access(());

/// A shared access to a [`DataCell`].
#[derive(Debug)]
pub(crate) struct ReadAccess(());
