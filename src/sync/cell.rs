//! Plain cells, for `std.rs` and `shuttle.rs`.

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

/// The cell of a user's value. Code that uses the value holds an [`Access`].
pub(crate) struct DataCell<T: ?Sized>(core::cell::UnsafeCell<T>);

// SAFETY: `&DataCell` gives out a raw pointer only. Code that dereferences it holds the lock
// that guards the value. So one thread at a time has access, and `T: Send` is enough, as for
// a mutex. A type whose value several threads read at once asks for `T: Sync` as well.
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
        self.0.get()
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

/// An exclusive access to a [`DataCell`].
#[derive(Debug)]
pub(crate) struct Access(());
