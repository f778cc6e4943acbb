use std::sync::Arc;

use aiosync::futures::{RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned};

pub use aiosync::{
    OwnedRwLockReadGuard as RwLockReadGuardArc, OwnedRwLockWriteGuard as RwLockWriteGuardArc,
    RwLockReadGuard, RwLockWriteGuard,
};

/// Nothing: `RwLock` has no upgradable reads. The name lets the imports of the tests compile.
pub enum RwLockUpgradableReadGuard {}

/// Nothing, like [`RwLockUpgradableReadGuard`].
pub enum RwLockUpgradableReadGuardArc {}

crate::renamed!(
    /// `RwLock`, with the names of async-lock.
    RwLock(RwLock)<T>
);

impl<T> RwLock<T> {
    pub const fn new(data: T) -> Self {
        Self(aiosync::RwLock::new(data))
    }

    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    pub fn read(&self) -> RwLockRead<'_, T> {
        self.0.read()
    }

    pub fn read_blocking(&self) -> RwLockReadGuard<'_, T> {
        self.0.read_blocking()
    }

    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.0.try_read()
    }

    pub fn read_arc(self: &Arc<Self>) -> RwLockReadOwned<T> {
        Self::owned(self).read_owned()
    }

    pub fn read_arc_blocking(self: &Arc<Self>) -> RwLockReadGuardArc<T> {
        self.read_arc().block()
    }

    pub fn try_read_arc(self: &Arc<Self>) -> Option<RwLockReadGuardArc<T>> {
        Self::owned(self).try_read_owned()
    }

    pub fn write(&self) -> RwLockWrite<'_, T> {
        self.0.write()
    }

    pub fn write_blocking(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write_blocking()
    }

    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.0.try_write()
    }

    pub fn write_arc(self: &Arc<Self>) -> RwLockWriteOwned<T> {
        Self::owned(self).write_owned()
    }

    pub fn write_arc_blocking(self: &Arc<Self>) -> RwLockWriteGuardArc<T> {
        self.write_arc().block()
    }

    pub fn try_write_arc(self: &Arc<Self>) -> Option<RwLockWriteGuardArc<T>> {
        Self::owned(self).try_write_owned()
    }

    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}
