//! async-lock, built from the types of aiosync.

/// The name of a type of async-lock, for a type of aiosync that has other methods.
///
/// `owned` turns an `Arc` of the outer type into an `Arc` of the inner one, which the owned
/// operations of aiosync take.
macro_rules! renamed {
    ($(#[$attribute:meta])* $name:ident($inner:ident) $(<$T:ident>)?) => {
        $(#[$attribute])*
        #[repr(transparent)]
        pub struct $name$(<$T: ?Sized>)?(aiosync::$inner$(<$T>)?);

        impl$(<$T: ?Sized>)? $name$(<$T>)? {
            fn owned(this: &std::sync::Arc<Self>) -> std::sync::Arc<aiosync::$inner$(<$T>)?> {
                let pointer = std::sync::Arc::into_raw(std::sync::Arc::clone(this));
                // SAFETY: `Self` has the layout of its only field, as it is `transparent`, so
                // the allocation has the layout of an `Arc` of that field.
                unsafe { std::sync::Arc::from_raw(pointer as *const aiosync::$inner$(<$T>)?) }
            }
        }

        impl$(<$T: ?Sized + std::fmt::Debug>)? std::fmt::Debug for $name$(<$T>)? {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}
pub(crate) use renamed;

mod barrier;
mod mutex;
mod once_cell;
mod rwlock;
mod semaphore;

pub use barrier::{Barrier, BarrierWaitResult};
pub use mutex::{Mutex, MutexGuard, MutexGuardArc};
pub use once_cell::OnceCell;
pub use rwlock::{
    RwLock, RwLockReadGuard, RwLockReadGuardArc, RwLockUpgradableReadGuard,
    RwLockUpgradableReadGuardArc, RwLockWriteGuard, RwLockWriteGuardArc,
};
pub use semaphore::{Semaphore, SemaphoreGuard, SemaphoreGuardArc};
