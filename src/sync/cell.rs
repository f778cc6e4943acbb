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

/// The cell of a user's value. Code that uses the value holds an [`Access`] or a [`ReadAccess`].
///
/// It is `Sync` for `T: Send`, which is enough for a mutex. A type that gives `&T` to several
/// threads at a time must be `Sync` only for `T: Send + Sync`.
pub(crate) struct DataCell<T: ?Sized>(core::cell::UnsafeCell<T>);

// SAFETY: `&DataCell` gives out a raw pointer only. Code that dereferences it holds the lock
// that guards the value. If one thread at a time has access, `T: Send` is enough, as for a
// mutex. The type that contains this cell asks for `T: Sync` if several threads may read.
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

    /// Tells loom that a shared access begins. It ends when the result is dropped. Here this
    /// does nothing.
    #[inline]
    pub(crate) fn read_access(&self) -> ReadAccess {
        ReadAccess(())
    }

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

/// A shared access to a [`DataCell`].
#[derive(Debug)]
pub(crate) struct ReadAccess(());
