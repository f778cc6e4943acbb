use std::sync::Arc;

use aiosync::futures::{LockFuture, LockOwnedFuture};

pub use aiosync::{
    LockGuard as MutexGuard, MappedLockGuard as MappedMutexGuard,
    OwnedLockGuard as OwnedMutexGuard, OwnedMappedLockGuard as OwnedMappedMutexGuard,
};

super::renamed_lock!(Mutex(Lock));

/// The lock is held, or granted to a waiter.
#[derive(Debug)]
pub struct TryLockError;

impl<T: ?Sized> Mutex<T> {
    pub fn lock(&self) -> LockFuture<'_, T> {
        self.0.lock()
    }

    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        self.0.lock_blocking()
    }

    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        self.0.try_lock().ok_or(TryLockError)
    }

    pub fn lock_owned(self: Arc<Self>) -> LockOwnedFuture<T> {
        self.owned().lock_owned()
    }

    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        self.lock_owned().block()
    }

    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        self.owned().try_lock_owned().ok_or(TryLockError)
    }
}
