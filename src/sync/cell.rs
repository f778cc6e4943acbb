//! Cells that nobody watches: for every arm but loom's.

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
