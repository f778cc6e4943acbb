//! The guards of a [`Lock`]. The lock is held as long as its guard exists.
//!
//! A guard has two parts: a token with which loom observes the access to the data, and
//! [`Held`], which unlocks when it is dropped. They are dropped in this order. No guard
//! implements `Drop` itself, so its parts can be moved into another guard.

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::Lock;
use super::mapped::{MappedLockGuard, OwnedMappedLockGuard};
use super::raw::RawLock;
use crate::diagnostics::HoldProbe;
use crate::sync::{Access, Arc};

/// A reference to a raw lock.
pub(crate) trait RawLockRef {
    fn raw(&self) -> &RawLock;
}

impl RawLockRef for &RawLock {
    fn raw(&self) -> &RawLock {
        self
    }
}

impl<T: ?Sized> RawLockRef for &Lock<T> {
    fn raw(&self) -> &RawLock {
        &self.raw
    }
}

impl<T: ?Sized> RawLockRef for Arc<Lock<T>> {
    fn raw(&self) -> &RawLock {
        &self.raw
    }
}

/// The right to unlock. Unlocks when it is dropped.
pub(super) struct Held<L: RawLockRef> {
    pub(super) lock: L,
    probe: HoldProbe,
}

impl<L: RawLockRef> Drop for Held<L> {
    #[inline]
    fn drop(&mut self) {
        let raw = self.lock.raw();
        self.probe.release_and(&raw.probe, || raw.unlock());
    }
}

/// Implements `Deref`, `DerefMut`, `Debug` and `Display` for a guard. `$pointer` turns `&self`
/// into a pointer to the guard's target.
macro_rules! guard_traits {
    ([$($generics:tt)*] $guard:ty => $target:ty, $pointer:expr) => {
        impl<$($generics)*> Deref for $guard {
            type Target = $target;

            #[inline]
            fn deref(&self) -> &$target {
                let pointer: fn(&Self) -> *mut $target = $pointer;
                // SAFETY: the lock is held as long as the guard exists, and it has no other
                // guard. `&self` gives out shared references only.
                unsafe { &*pointer(self) }
            }
        }

        impl<$($generics)*> DerefMut for $guard {
            #[inline]
            fn deref_mut(&mut self) -> &mut $target {
                let pointer: fn(&Self) -> *mut $target = $pointer;
                // SAFETY: the lock is held as long as the guard exists, it has no other
                // guard, and this one is borrowed exclusively.
                unsafe { &mut *pointer(self) }
            }
        }

        impl<$($generics)*> fmt::Debug for $guard
        where
            $target: fmt::Debug,
        {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&**self, formatter)
            }
        }

        impl<$($generics)*> fmt::Display for $guard
        where
            $target: fmt::Display,
        {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&**self, formatter)
            }
        }
    };
}
pub(super) use guard_traits;

/// The guard of a [`Lock`], which gives access to the data. Dropping it releases the lock, or hands
/// it off to the first waiter.
///
/// Returned by [`Lock::lock`] and [`Lock::try_lock`]. It may move to another thread or task.
///
/// # Panics
///
/// The drop panics if the waker of the next waiter panics. The waiter owns the lock nevertheless.
/// The drop does not panic while the thread unwinds from another panic.
///
/// # Examples
///
/// ```
/// use aiosync::Lock;
///
/// let lock = Lock::new(1);
/// let mut guard = lock.try_lock().unwrap();
/// *guard += 1;
/// assert!(lock.is_locked());
/// drop(guard);
/// assert_eq!(lock.into_inner(), 2);
/// ```
#[doc(alias = "MutexGuard")]
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized> {
    pub(super) access: Access,
    pub(super) held: Held<&'a Lock<T>>,
    /// Makes the guard `Sync` only if `T` is, and invariant in `T`.
    _data: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// Creates the guard of a lock that the caller holds.
    #[inline]
    pub(crate) fn new(lock: &'a Lock<T>, probe: HoldProbe) -> Self {
        Self {
            access: lock.data.access(),
            held: Held { lock, probe },
            _data: PhantomData,
        }
    }

    /// Returns the lock that the guard belongs to.
    ///
    /// This is an associated function, so it does not hide a method of `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Lock, LockGuard};
    ///
    /// let lock = Lock::new(());
    /// let guard = lock.try_lock().unwrap();
    /// assert!(std::ptr::eq(LockGuard::source(&guard), &lock));
    /// ```
    #[doc(alias = "mutex")]
    #[must_use]
    pub fn source(guard: &Self) -> &'a Lock<T> {
        guard.held.lock
    }

    /// Narrows the guard to a part of the data.
    ///
    /// # Panics
    ///
    /// Panics if `f` panics. The lock is released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Lock, LockGuard};
    ///
    /// let lock = Lock::new((1, "one"));
    /// let guard = lock.try_lock().unwrap();
    /// let mut number = LockGuard::map(guard, |pair| &mut pair.0);
    /// *number += 1;
    /// drop(number);
    /// assert_eq!(lock.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedLockGuard<'a, U> {
        let value = NonNull::from(f(&mut *guard));
        guard.narrow(value)
    }

    /// Narrows the guard to a part of the data, if `f` returns one.
    ///
    /// # Errors
    ///
    /// Returns the guard unchanged if `f` returns `None`.
    ///
    /// # Panics
    ///
    /// Panics if `f` panics. The lock is released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Lock, LockGuard};
    ///
    /// let lock = Lock::new(vec![1, 2, 3]);
    /// let guard = lock.try_lock().unwrap();
    /// let guard = LockGuard::filter_map(guard, |all| all.get_mut(9)).unwrap_err();
    /// let last = LockGuard::filter_map(guard, |all| all.last_mut()).unwrap();
    /// assert_eq!(*last, 3);
    /// ```
    #[doc(alias = "try_map")]
    pub fn filter_map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedLockGuard<'a, U>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(value) => Ok(guard.narrow(value)),
            None => Err(guard),
        }
    }

    fn narrow<U: ?Sized>(self, value: NonNull<U>) -> MappedLockGuard<'a, U> {
        let mut held = ManuallyDrop::new(self.held);
        let lock: &'a Lock<T> = held.lock;
        let held = Held {
            lock: &lock.raw,
            probe: held.probe.take(),
        };
        MappedLockGuard::new(self.access, held, value)
    }
}

guard_traits!(['a, T: ?Sized] LockGuard<'a, T> => T, |guard| guard.held.lock.data.as_ptr());

/// The guard of a [`Lock`] in an `Arc`. It owns the `Arc` and borrows nothing.
///
/// Returned by [`Lock::lock_owned`] and [`Lock::try_lock_owned`].
///
/// # Panics
///
/// Same as [`LockGuard`].
///
/// # Examples
///
/// ```
/// use aiosync::Lock;
/// use std::sync::Arc;
///
/// let lock = Arc::new(Lock::new(1));
/// let guard = Arc::clone(&lock).try_lock_owned().unwrap();
/// let thread = std::thread::spawn(move || *guard);
/// assert_eq!(thread.join().unwrap(), 1);
/// ```
#[doc(alias = "OwnedMutexGuard")]
#[doc(alias = "MutexGuardArc")]
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedLockGuard<T: ?Sized> {
    pub(super) access: Access,
    pub(super) held: Held<Arc<Lock<T>>>,
    /// Makes the guard `Send`, `Sync` and `Unpin` as a value on the heap is.
    _data: PhantomData<Box<T>>,
}

impl<T: ?Sized> OwnedLockGuard<T> {
    /// Creates the guard of a lock that the caller holds.
    #[inline]
    pub(crate) fn new(lock: Arc<Lock<T>>, probe: HoldProbe) -> Self {
        Self {
            access: lock.data.access(),
            held: Held { lock, probe },
            _data: PhantomData,
        }
    }

    /// Returns another reference to the lock.
    pub(crate) fn shared(&self) -> Arc<Lock<T>> {
        Arc::clone(&self.held.lock)
    }

    /// Returns the lock that the guard belongs to.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Lock, OwnedLockGuard};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new(()));
    /// let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    /// assert!(OwnedLockGuard::source(&guard).is_locked());
    /// ```
    #[doc(alias = "mutex")]
    #[must_use]
    pub fn source(guard: &Self) -> &Lock<T> {
        &guard.held.lock
    }

    /// Narrows the guard to a part of the data.
    ///
    /// # Panics
    ///
    /// Panics if `f` panics. The lock is released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Lock, OwnedLockGuard};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new((1, "one")));
    /// let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    /// let word = OwnedLockGuard::map(guard, |pair| &mut pair.1);
    /// assert_eq!(*word, "one");
    /// ```
    pub fn map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> &mut U,
    ) -> OwnedMappedLockGuard<T, U> {
        let value = NonNull::from(f(&mut *guard));
        OwnedMappedLockGuard::new(guard.access, guard.held, value)
    }

    /// Narrows the guard to a part of the data, if `f` returns one.
    ///
    /// # Errors
    ///
    /// Returns the guard unchanged if `f` returns `None`.
    ///
    /// # Panics
    ///
    /// Panics if `f` panics. The lock is released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Lock, OwnedLockGuard};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new(vec![1, 2, 3]));
    /// let guard = lock.try_lock_owned().unwrap();
    /// let last = OwnedLockGuard::filter_map(guard, |all| all.last_mut()).unwrap();
    /// assert_eq!(*last, 3);
    /// ```
    #[doc(alias = "try_map")]
    pub fn filter_map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<OwnedMappedLockGuard<T, U>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(value) => Ok(OwnedMappedLockGuard::new(guard.access, guard.held, value)),
            None => Err(guard),
        }
    }
}

guard_traits!([T: ?Sized] OwnedLockGuard<T> => T, |guard| guard.held.lock.data.as_ptr());
