use std::sync::Arc;

use aiosync::futures::{LockFuture, LockOwnedFuture};

pub use aiosync::{LockGuard as MutexGuard, OwnedLockGuard as MutexGuardArc};

crate::renamed!(
    /// `Lock`, with the names of async-lock.
    Mutex(Lock)<T>
);

impl<T> Mutex<T> {
    pub const fn new(data: T) -> Self {
        Self(aiosync::Lock::new(data))
    }

    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    pub fn lock(&self) -> LockFuture<'_, T> {
        self.0.lock()
    }

    pub fn lock_blocking(&self) -> MutexGuard<'_, T> {
        self.0.lock_blocking()
    }

    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock()
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    pub fn lock_arc(self: &Arc<Self>) -> LockOwnedFuture<T> {
        Self::owned(self).lock_owned()
    }

    pub fn lock_arc_blocking(self: &Arc<Self>) -> MutexGuardArc<T> {
        self.lock_arc().block()
    }

    pub fn try_lock_arc(self: &Arc<Self>) -> Option<MutexGuardArc<T>> {
        Self::owned(self).try_lock_owned()
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}
