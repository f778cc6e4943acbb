//! The guards of a [`Lock`]: as long as one lives, the lock is held.
//!
//! A guard is a token for loom, and a hold on the line that gives the lock back
//! when it is dropped, in this order. No guard has a `Drop` of its own, so that
//! one can be turned into another by moving its parts.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::Lock;
use super::mapped::{MappedLockGuard, OwnedMappedLockGuard};
use super::raw::RawLock;
use crate::sync::{Access, Arc};

/// A way to a line.
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

/// The right to unlock, used up by the drop.
pub(super) struct Held<L: RawLockRef>(pub(super) L);

impl<L: RawLockRef> Drop for Held<L> {
    #[inline]
    fn drop(&mut self) {
        self.0.raw().unlock();
    }
}

/// Dereferencing, `Debug` and `Display`, the same for all four guards. `$pointer`
/// makes of `&self` a pointer that this guard alone may follow.
macro_rules! guard_traits {
    ([$($generics:tt)*] $guard:ty => $target:ty, $pointer:expr) => {
        impl<$($generics)*> Deref for $guard {
            type Target = $target;

            #[inline]
            fn deref(&self) -> &$target {
                let pointer: fn(&Self) -> *mut $target = $pointer;
                // SAFETY: the lock is held as long as the guard lives, and this
                // guard alone leads to the data: a shared borrow of it to shared
                // ones.
                unsafe { &*pointer(self) }
            }
        }

        impl<$($generics)*> DerefMut for $guard {
            #[inline]
            fn deref_mut(&mut self) -> &mut $target {
                let pointer: fn(&Self) -> *mut $target = $pointer;
                // SAFETY: as for `deref`; the guard is borrowed exclusively.
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

/// Holds a [`Lock`]; dropping it gives the lock to the next in line.
///
/// Made by [`Lock::lock`] and its kin. It may move to another thread or task.
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
#[must_use = "the lock is given back as soon as the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized> {
    pub(super) access: Access,
    pub(super) held: Held<&'a Lock<T>>,
    /// The guard is `Sync` where `T` is, besides what the reference asks for.
    _data: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// Of a lock that the caller holds.
    #[inline]
    pub(crate) fn new(lock: &'a Lock<T>) -> Self {
        Self {
            access: lock.data.access(),
            held: Held(lock),
            _data: PhantomData,
        }
    }

    /// The lock that this guard holds.
    ///
    /// An associated function, so as not to hide a method of `T`.
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
    #[must_use]
    pub fn source(guard: &Self) -> &'a Lock<T> {
        guard.held.0
    }

    /// Narrows the guard to a part of the data.
    ///
    /// # Panics
    ///
    /// If `f` panics; the lock is given back.
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

    /// Narrows the guard to a part of the data, if `f` finds one.
    ///
    /// # Errors
    ///
    /// The guard as it was, if `f` answers `None`.
    ///
    /// # Panics
    ///
    /// If `f` panics; the lock is given back.
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
        let held = ManuallyDrop::new(self.held);
        let lock: &'a Lock<T> = held.0;
        MappedLockGuard::new(self.access, Held(&lock.raw), value)
    }
}

guard_traits!(['a, T: ?Sized] LockGuard<'a, T> => T, |guard| guard.held.0.data.as_ptr());

/// Holds a [`Lock`] through an `Arc`, so that it borrows nothing.
///
/// Made by [`Lock::lock_owned`] and [`Lock::try_lock_owned`].
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
#[must_use = "the lock is given back as soon as the guard is dropped"]
pub struct OwnedLockGuard<T: ?Sized> {
    pub(super) access: Access,
    pub(super) held: Held<Arc<Lock<T>>>,
    /// `Send`, `Sync` and `Unpin` as for a value on the heap.
    _data: PhantomData<Box<T>>,
}

impl<T: ?Sized> OwnedLockGuard<T> {
    /// Of a lock that the caller holds.
    #[inline]
    pub(crate) fn new(lock: Arc<Lock<T>>) -> Self {
        Self {
            access: lock.data.access(),
            held: Held(lock),
            _data: PhantomData,
        }
    }

    /// Another way to the lock.
    pub(crate) fn shared(&self) -> Arc<Lock<T>> {
        Arc::clone(&self.held.0)
    }

    /// The lock that this guard holds.
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
    #[must_use]
    pub fn source(guard: &Self) -> &Lock<T> {
        &guard.held.0
    }

    /// Narrows the guard to a part of the data.
    ///
    /// # Panics
    ///
    /// If `f` panics; the lock is given back.
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

    /// Narrows the guard to a part of the data, if `f` finds one.
    ///
    /// # Errors
    ///
    /// The guard as it was, if `f` answers `None`.
    ///
    /// # Panics
    ///
    /// If `f` panics; the lock is given back.
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

guard_traits!([T: ?Sized] OwnedLockGuard<T> => T, |guard| guard.held.0.data.as_ptr());
