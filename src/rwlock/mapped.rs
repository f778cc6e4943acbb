//! The guards of a part of a lock's data.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::RwLock;
use super::guard::{HeldRwLock, guard_traits};
use super::raw::{RawRwLock, Reading, Writing};
use crate::sync::{Access, Arc, ReadAccess};

/// A pointer into the data of a lock that is held for reading, with the properties of `&U`.
struct SharedPart<U: ?Sized>(NonNull<U>);

// SAFETY: the guard gives out only `&U`, and other guards may give it out too. So sending it is
// sending a `&U`, which needs `U: Sync`.
unsafe impl<U: ?Sized + Sync> Send for SharedPart<U> {}
// SAFETY: a shared guard gives out only `&U`.
unsafe impl<U: ?Sized + Sync> Sync for SharedPart<U> {}

/// A pointer into the data of a lock that is held for writing, with the properties of `&mut U`.
struct ExclusivePart<U: ?Sized> {
    pointer: NonNull<U>,
    /// Invariant in `U`, as `&mut U` is.
    _exclusive: PhantomData<*mut U>,
}

// SAFETY: only the guard gives access to the part, so sending it is sending a `&mut U`.
unsafe impl<U: ?Sized + Send> Send for ExclusivePart<U> {}
// SAFETY: a shared guard gives out only `&U`.
unsafe impl<U: ?Sized + Sync> Sync for ExclusivePart<U> {}

impl<U: ?Sized> ExclusivePart<U> {
    fn new(pointer: NonNull<U>) -> Self {
        Self {
            pointer,
            _exclusive: PhantomData,
        }
    }
}

/// A guard that gives access to a part of the data of an [`RwLock`] that is held for reading. The
/// whole lock is held.
///
/// Returned by [`RwLockReadGuard::map`](crate::RwLockReadGuard::map) and
/// [`RwLockReadGuard::filter_map`](crate::RwLockReadGuard::filter_map).
///
/// # Panics
///
/// Same as [`RwLockReadGuard`](crate::RwLockReadGuard).
///
/// # Examples
///
/// ```
/// use aiosync::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
///
/// let lock = RwLock::new([[1, 2], [3, 4]]);
/// let row = RwLockReadGuard::map(lock.try_read().unwrap(), |rows| &rows[1]);
/// let cell = MappedRwLockReadGuard::map(row, |row| &row[0]);
/// assert_eq!(*cell, 3);
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct MappedRwLockReadGuard<'a, U: ?Sized> {
    access: ReadAccess,
    held: HeldRwLock<&'a RawRwLock, Reading>,
    part: SharedPart<U>,
    _data: PhantomData<&'a U>,
}

impl<'a, U: ?Sized> MappedRwLockReadGuard<'a, U> {
    pub(super) fn new(
        access: ReadAccess,
        held: HeldRwLock<&'a RawRwLock, Reading>,
        part: NonNull<U>,
    ) -> Self {
        Self {
            access,
            held,
            part: SharedPart(part),
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
    pub fn map<V: ?Sized>(guard: Self, f: impl FnOnce(&U) -> &V) -> MappedRwLockReadGuard<'a, V> {
        let part = NonNull::from(f(&*guard));
        MappedRwLockReadGuard::new(guard.access, guard.held, part)
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
    /// use aiosync::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new((vec![1, 2], ()));
    /// let all = RwLockReadGuard::map(lock.try_read().unwrap(), |pair| &pair.0);
    /// let all = MappedRwLockReadGuard::filter_map(all, |all| all.get(7)).unwrap_err();
    /// let first = MappedRwLockReadGuard::filter_map(all, |all| all.first()).unwrap();
    /// assert_eq!(*first, 1);
    /// ```
    pub fn filter_map<V: ?Sized>(
        guard: Self,
        f: impl FnOnce(&U) -> Option<&V>,
    ) -> Result<MappedRwLockReadGuard<'a, V>, Self> {
        match f(&*guard).map(NonNull::from) {
            Some(part) => Ok(MappedRwLockReadGuard::new(guard.access, guard.held, part)),
            None => Err(guard),
        }
    }
}

guard_traits!(
    read ['a, U: ?Sized] MappedRwLockReadGuard<'a, U> => U,
    |guard| guard.part.0.as_ptr()
);

/// A guard that gives access to a part of the data of an [`RwLock`] that is held for writing. The
/// whole lock is held.
///
/// Returned by [`RwLockWriteGuard::map`](crate::RwLockWriteGuard::map) and
/// [`RwLockWriteGuard::filter_map`](crate::RwLockWriteGuard::filter_map).
///
/// It cannot be downgraded. The closure of `map` has exclusive access, so it can reach a part
/// that a shared reference to the data also changes, for example with `Cell::get_mut`. After a
/// downgrade, other readers would change that part while this guard reads it. Downgrade first,
/// and then map the read guard.
///
/// # Panics
///
/// Same as [`RwLockWriteGuard`](crate::RwLockWriteGuard).
///
/// # Examples
///
/// ```
/// use aiosync::{MappedRwLockWriteGuard, RwLock, RwLockWriteGuard};
///
/// let lock = RwLock::new([[1, 2], [3, 4]]);
/// let row = RwLockWriteGuard::map(lock.try_write().unwrap(), |rows| &mut rows[1]);
/// let cell = MappedRwLockWriteGuard::map(row, |row| &mut row[0]);
/// assert_eq!(*cell, 3);
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct MappedRwLockWriteGuard<'a, U: ?Sized> {
    access: Access,
    held: HeldRwLock<&'a RawRwLock, Writing>,
    part: ExclusivePart<U>,
    _data: PhantomData<&'a mut U>,
}

impl<'a, U: ?Sized> MappedRwLockWriteGuard<'a, U> {
    pub(super) fn new(
        access: Access,
        held: HeldRwLock<&'a RawRwLock, Writing>,
        part: NonNull<U>,
    ) -> Self {
        Self {
            access,
            held,
            part: ExclusivePart::new(part),
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
    ) -> MappedRwLockWriteGuard<'a, V> {
        let part = NonNull::from(f(&mut *guard));
        MappedRwLockWriteGuard::new(guard.access, guard.held, part)
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
    /// use aiosync::{MappedRwLockWriteGuard, RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new((vec![1, 2], ()));
    /// let all = RwLockWriteGuard::map(lock.try_write().unwrap(), |pair| &mut pair.0);
    /// let all = MappedRwLockWriteGuard::filter_map(all, |all| all.get_mut(7)).unwrap_err();
    /// let first = MappedRwLockWriteGuard::filter_map(all, |all| all.first_mut()).unwrap();
    /// assert_eq!(*first, 1);
    /// ```
    pub fn filter_map<V: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<MappedRwLockWriteGuard<'a, V>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(part) => Ok(MappedRwLockWriteGuard::new(guard.access, guard.held, part)),
            None => Err(guard),
        }
    }
}

guard_traits!(
    write ['a, U: ?Sized] MappedRwLockWriteGuard<'a, U> => U,
    |guard| guard.part.pointer.as_ptr()
);

/// A guard that gives access to a part of the data of an [`RwLock`] in an `Arc` that is held for
/// reading. It owns the `Arc`. The whole lock is held.
///
/// Returned by [`OwnedRwLockReadGuard::map`](crate::OwnedRwLockReadGuard::map) and
/// [`OwnedRwLockReadGuard::filter_map`](crate::OwnedRwLockReadGuard::filter_map).
///
/// # Panics
///
/// Same as [`RwLockReadGuard`](crate::RwLockReadGuard).
///
/// # Examples
///
/// ```
/// use aiosync::{OwnedMappedRwLockReadGuard, OwnedRwLockReadGuard, RwLock};
/// use std::sync::Arc;
///
/// let lock = Arc::new(RwLock::new([[1, 2], [3, 4]]));
/// let guard = Arc::clone(&lock).try_read_owned().unwrap();
/// let row = OwnedRwLockReadGuard::map(guard, |rows| &rows[1]);
/// let cell = OwnedMappedRwLockReadGuard::map(row, |row| &row[0]);
/// assert_eq!(*cell, 3);
/// assert_eq!(OwnedMappedRwLockReadGuard::source(&cell).readers(), 1);
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedMappedRwLockReadGuard<T: ?Sized, U: ?Sized> {
    access: ReadAccess,
    held: HeldRwLock<Arc<RwLock<T>>, Reading>,
    part: SharedPart<U>,
}

impl<T: ?Sized, U: ?Sized> OwnedMappedRwLockReadGuard<T, U> {
    pub(super) fn new(
        access: ReadAccess,
        held: HeldRwLock<Arc<RwLock<T>>, Reading>,
        part: NonNull<U>,
    ) -> Self {
        Self {
            access,
            held,
            part: SharedPart(part),
        }
    }

    /// Returns the lock that the guard belongs to.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    #[must_use]
    pub fn source(guard: &Self) -> &RwLock<T> {
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
        guard: Self,
        f: impl FnOnce(&U) -> &V,
    ) -> OwnedMappedRwLockReadGuard<T, V> {
        let part = NonNull::from(f(&*guard));
        OwnedMappedRwLockReadGuard::new(guard.access, guard.held, part)
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
    /// use aiosync::{OwnedMappedRwLockReadGuard, OwnedRwLockReadGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new((vec![1, 2], ())));
    /// let all = OwnedRwLockReadGuard::map(lock.try_read_owned().unwrap(), |pair| &pair.0);
    /// let all = OwnedMappedRwLockReadGuard::filter_map(all, |all| all.get(7)).unwrap_err();
    /// let first = OwnedMappedRwLockReadGuard::filter_map(all, |all| all.first()).unwrap();
    /// assert_eq!(*first, 1);
    /// ```
    pub fn filter_map<V: ?Sized>(
        guard: Self,
        f: impl FnOnce(&U) -> Option<&V>,
    ) -> Result<OwnedMappedRwLockReadGuard<T, V>, Self> {
        match f(&*guard).map(NonNull::from) {
            Some(part) => Ok(OwnedMappedRwLockReadGuard::new(
                guard.access,
                guard.held,
                part,
            )),
            None => Err(guard),
        }
    }
}

guard_traits!(
    read [T: ?Sized, U: ?Sized] OwnedMappedRwLockReadGuard<T, U> => U,
    |guard| guard.part.0.as_ptr()
);

/// A guard that gives access to a part of the data of an [`RwLock`] in an `Arc` that is held for
/// writing. It owns the `Arc`. The whole lock is held.
///
/// Returned by [`OwnedRwLockWriteGuard::map`](crate::OwnedRwLockWriteGuard::map) and
/// [`OwnedRwLockWriteGuard::filter_map`](crate::OwnedRwLockWriteGuard::filter_map).
///
/// It cannot be downgraded: [`MappedRwLockWriteGuard`] says why.
///
/// # Panics
///
/// Same as [`RwLockWriteGuard`](crate::RwLockWriteGuard).
///
/// # Examples
///
/// ```
/// use aiosync::{OwnedMappedRwLockWriteGuard, OwnedRwLockWriteGuard, RwLock};
/// use std::sync::Arc;
///
/// let lock = Arc::new(RwLock::new([[1, 2], [3, 4]]));
/// let guard = Arc::clone(&lock).try_write_owned().unwrap();
/// let row = OwnedRwLockWriteGuard::map(guard, |rows| &mut rows[1]);
/// let cell = OwnedMappedRwLockWriteGuard::map(row, |row| &mut row[0]);
/// assert_eq!(*cell, 3);
/// assert!(OwnedMappedRwLockWriteGuard::source(&cell).is_write_locked());
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedMappedRwLockWriteGuard<T: ?Sized, U: ?Sized> {
    access: Access,
    held: HeldRwLock<Arc<RwLock<T>>, Writing>,
    part: ExclusivePart<U>,
}

impl<T: ?Sized, U: ?Sized> OwnedMappedRwLockWriteGuard<T, U> {
    pub(super) fn new(
        access: Access,
        held: HeldRwLock<Arc<RwLock<T>>, Writing>,
        part: NonNull<U>,
    ) -> Self {
        Self {
            access,
            held,
            part: ExclusivePart::new(part),
        }
    }

    /// Returns the lock that the guard belongs to.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    #[must_use]
    pub fn source(guard: &Self) -> &RwLock<T> {
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
    ) -> OwnedMappedRwLockWriteGuard<T, V> {
        let part = NonNull::from(f(&mut *guard));
        OwnedMappedRwLockWriteGuard::new(guard.access, guard.held, part)
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
    /// use aiosync::{OwnedMappedRwLockWriteGuard, OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new((vec![1, 2], ())));
    /// let all = OwnedRwLockWriteGuard::map(lock.try_write_owned().unwrap(), |pair| &mut pair.0);
    /// let all = OwnedMappedRwLockWriteGuard::filter_map(all, |all| all.get_mut(7)).unwrap_err();
    /// let first = OwnedMappedRwLockWriteGuard::filter_map(all, |all| all.first_mut()).unwrap();
    /// assert_eq!(*first, 1);
    /// ```
    pub fn filter_map<V: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut U) -> Option<&mut V>,
    ) -> Result<OwnedMappedRwLockWriteGuard<T, V>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(part) => Ok(OwnedMappedRwLockWriteGuard::new(
                guard.access,
                guard.held,
                part,
            )),
            None => Err(guard),
        }
    }
}

guard_traits!(
    write [T: ?Sized, U: ?Sized] OwnedMappedRwLockWriteGuard<T, U> => U,
    |guard| guard.part.pointer.as_ptr()
);
