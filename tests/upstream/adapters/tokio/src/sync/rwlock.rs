use std::sync::Arc;

use aiosync::futures::{RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned};

use super::TryLockError;

pub use aiosync::{
    MappedRwLockWriteGuard as RwLockMappedWriteGuard,
    OwnedMappedRwLockWriteGuard as OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard,
    OwnedRwLockWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};

super::renamed_lock!(RwLock(RwLock));

impl<T: ?Sized> RwLock<T> {
    pub fn read(&self) -> RwLockRead<'_, T> {
        self.0.read()
    }

    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read_blocking()
    }

    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        self.0.try_read().ok_or(TryLockError)
    }

    pub fn read_owned(self: Arc<Self>) -> RwLockReadOwned<T> {
        self.owned().read_owned()
    }

    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        self.owned().try_read_owned().ok_or(TryLockError)
    }

    pub fn write(&self) -> RwLockWrite<'_, T> {
        self.0.write()
    }

    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write_blocking()
    }

    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        self.0.try_write().ok_or(TryLockError)
    }

    pub fn write_owned(self: Arc<Self>) -> RwLockWriteOwned<T> {
        self.owned().write_owned()
    }

    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        self.owned().try_write_owned().ok_or(TryLockError)
    }
}
