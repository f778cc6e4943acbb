//! The guards of a part of a lock's data.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::Lock;
use super::guard::{Held, guard_traits};
use super::raw::RawLock;
use crate::sync::{Access, Arc};

/// A pointer into the data of a held lock, with the properties of `&mut U`.
struct Part<U: ?Sized> {
    pointer: NonNull<U>,
    /// Invariant in `U`, as `&mut U` is.
    _exclusive: PhantomData<*mut U>,
}

// SAFETY: only the guard gives access to the part, so sending it is sending a `&mut U`.
unsafe impl<U: ?Sized + Send> Send for Part<U> {}
// SAFETY: a shared guard gives out only `&U`.
unsafe impl<U: ?Sized + Sync> Sync for Part<U> {}

impl<U: ?Sized> Part<U> {
    fn new(pointer: NonNull<U>) -> Self {
        Self {
            pointer,
            _exclusive: PhantomData,
        }
    }
}

/// A guard that gives access to a part of the data of a [`Lock`]. The whole lock is held.
///
/// Returned by [`LockGuard::map`](crate::LockGuard::map) and
/// [`LockGuard::filter_map`](crate::LockGuard::filter_map).
///
/// # Panics
///
/// Same as [`LockGuard`](crate::LockGuard).
///
/// # Examples
///
/// ```
/// use aiosync::{Lock, LockGuard, MappedLockGuard};
///
/// let lock = Lock::new([[1, 2], [3, 4]]);
/// let row = LockGuard::map(lock.try_lock().unwrap(), |rows| &mut rows[1]);
/// let cell = MappedLockGuard::map(row, |row| &mut row[0]);
/// assert_eq!(*cell, 3);
/// ```
#[doc(alias = "MappedMutexGuard")]
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct MappedLockGuard<'a, U: ?Sized> {
    access: Access,
    held: Held<&'a RawLock>,
    part: Part<U>,
    _data: PhantomData<&'a mut U>,
}

impl<'a, U: ?Sized> MappedLockGuard<'a, U> {
    pub(super) fn new(access: Access, held: Held<&'a RawLock>, part: NonNull<U>) -> Self {
        Self {
            access,
            held,
            part: Part::new(part),
            _data: PhantomData,
        }
    }

    /// Narrows the guard to a part of its data.
    ///
    /// This is an associated function, so it does not hide a method of `U`.
    ///
    /// # Panics
    ///
    /// Panics if `f` panics. The lock is released.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    pub fn map<V: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut U) -> &mut V,
    ) -> MappedLockGuard<'a, V> {
        let part = NonNull::from(f(&mut *guard));
        MappedLockGuard::new(guard.access, guard.held, part)
    }

    /// Narrows the guard to a part of its data, if `f` returns one.
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
    /// use aiosync::{Lock, LockGuard, MappedLockGuard};
    ///
    /// let lock = Lock::new((vec![1, 2], ()));
    /// let all = LockGuard::map(lock.try_lock().unwrap(), |pair| &mut pair.0);
    /// let all = MappedLockGuard::filter_map(all, |all| all.get_mut(7)).unwrap_err();
    /// let first = MappedLockGuard::filter_map(all, |all| all.first_mut()).unwrap();
    /// assert_eq!(*first, 1);
    /// ```
    #[doc(alias = "try_map")]
    pub fn filter_map<V: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<MappedLockGuard<'a, V>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(part) => Ok(MappedLockGuard::new(guard.access, guard.held, part)),
            None => Err(guard),
        }
    }
}

guard_traits!(['a, U: ?Sized] MappedLockGuard<'a, U> => U, |guard| guard.part.pointer.as_ptr());

/// A guard that gives access to a part of the data of a [`Lock`] in an `Arc`. It owns the `Arc`.
/// The whole lock is held.
///
/// Returned by [`OwnedLockGuard::map`](crate::OwnedLockGuard::map) and
/// [`OwnedLockGuard::filter_map`](crate::OwnedLockGuard::filter_map).
///
/// # Panics
///
/// Same as [`LockGuard`](crate::LockGuard).
///
/// # Examples
///
/// ```
/// use aiosync::{Lock, OwnedLockGuard, OwnedMappedLockGuard};
/// use std::sync::Arc;
///
/// let lock = Arc::new(Lock::new([[1, 2], [3, 4]]));
/// let guard = Arc::clone(&lock).try_lock_owned().unwrap();
/// let row = OwnedLockGuard::map(guard, |rows| &mut rows[1]);
/// let cell = OwnedMappedLockGuard::map(row, |row| &mut row[0]);
/// assert_eq!(*cell, 3);
/// assert!(OwnedMappedLockGuard::source(&cell).is_locked());
/// ```
#[doc(alias = "OwnedMappedMutexGuard")]
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedMappedLockGuard<T: ?Sized, U: ?Sized> {
    access: Access,
    held: Held<Arc<Lock<T>>>,
    part: Part<U>,
}

impl<T: ?Sized, U: ?Sized> OwnedMappedLockGuard<T, U> {
    pub(super) fn new(access: Access, held: Held<Arc<Lock<T>>>, part: NonNull<U>) -> Self {
        Self {
            access,
            held,
            part: Part::new(part),
        }
    }

    /// Returns the lock that the guard belongs to.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    #[must_use]
    pub fn source(guard: &Self) -> &Lock<T> {
        &guard.held.lock
    }

    /// Narrows the guard to a part of its data.
    ///
    /// # Panics
    ///
    /// Panics if `f` panics. The lock is released.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    pub fn map<V: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut U) -> &mut V,
    ) -> OwnedMappedLockGuard<T, V> {
        let part = NonNull::from(f(&mut *guard));
        OwnedMappedLockGuard::new(guard.access, guard.held, part)
    }

    /// Narrows the guard to a part of its data, if `f` returns one.
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
    /// use aiosync::{Lock, OwnedLockGuard, OwnedMappedLockGuard};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new((vec![1, 2], ())));
    /// let all = OwnedLockGuard::map(lock.try_lock_owned().unwrap(), |pair| &mut pair.0);
    /// let all = OwnedMappedLockGuard::filter_map(all, |all| all.get_mut(7)).unwrap_err();
    /// let first = OwnedMappedLockGuard::filter_map(all, |all| all.first_mut()).unwrap();
    /// assert_eq!(*first, 1);
    /// ```
    #[doc(alias = "try_map")]
    pub fn filter_map<V: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<OwnedMappedLockGuard<T, V>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(part) => Ok(OwnedMappedLockGuard::new(guard.access, guard.held, part)),
            None => Err(guard),
        }
    }
}

guard_traits!(
    [T: ?Sized, U: ?Sized] OwnedMappedLockGuard<T, U> => U,
    |guard| guard.part.pointer.as_ptr()
);
