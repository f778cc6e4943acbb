//! `tokio::sync`: the types that aiosync has replace those of tokio, the others are tokio's.

mod barrier;
pub mod mpsc;
mod mutex;
mod once_cell;
mod rwlock;
mod semaphore;

pub use original::sync::*;

pub use barrier::{Barrier, BarrierWaitResult};
pub use mutex::{
    MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, TryLockError,
};
pub use once_cell::{OnceCell, SetError};
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{
    AcquireError, OwnedSemaphorePermit, PollSemaphore, Semaphore, SemaphorePermit, TryAcquireError,
};

/// The name of a lock of tokio, for a lock of aiosync that has other methods.
///
/// `owned` turns an `Arc` of the outer type into an `Arc` of the inner one, which the owned
/// operations of aiosync take.
macro_rules! renamed_lock {
    ($name:ident($inner:ident)) => {
        #[repr(transparent)]
        pub struct $name<T: ?Sized>(aiosync::$inner<T>);

        impl<T> $name<T> {
            pub const fn new(data: T) -> Self {
                Self(aiosync::$inner::new(data))
            }

            pub const fn const_new(data: T) -> Self {
                Self::new(data)
            }

            pub fn into_inner(self) -> T {
                self.0.into_inner()
            }
        }

        impl<T: ?Sized> $name<T> {
            pub fn get_mut(&mut self) -> &mut T {
                self.0.get_mut()
            }

            fn owned(self: std::sync::Arc<Self>) -> std::sync::Arc<aiosync::$inner<T>> {
                let pointer = std::sync::Arc::into_raw(self);
                // SAFETY: `Self` has the layout of its only field, as it is `transparent`, so
                // the allocation has the layout of an `Arc` of that field.
                unsafe { std::sync::Arc::from_raw(pointer as *const aiosync::$inner<T>) }
            }
        }

        impl<T> From<T> for $name<T> {
            fn from(data: T) -> Self {
                Self::new(data)
            }
        }

        impl<T: Default> Default for $name<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        impl<T: ?Sized + std::fmt::Debug> std::fmt::Debug for $name<T> {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}
use renamed_lock;
