//! The guards of an [`RwLock`]. The lock is held as long as its guard exists.
//!
//! A guard has two parts: a token with which loom observes the access to the data, and
//! [`HeldRwLock`], which releases the lock when it is dropped. They are dropped in this order. No
//! guard implements `Drop` itself, so its parts can be moved into another guard.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};

use super::RwLock;
use super::mapped::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
    OwnedMappedRwLockWriteGuard,
};
use super::raw::{Hold, RawRwLock, Reading, Writing};
use crate::diagnostics::HoldProbe;
use crate::sync::{Access, Arc, ReadAccess};

/// A reference to a raw lock.
pub(super) trait RawRwLockRef {
    fn raw(&self) -> &RawRwLock;
}

impl RawRwLockRef for &RawRwLock {
    fn raw(&self) -> &RawRwLock {
        self
    }
}

impl<T: ?Sized> RawRwLockRef for &RwLock<T> {
    fn raw(&self) -> &RawRwLock {
        &self.raw
    }
}

impl<T: ?Sized> RawRwLockRef for Arc<RwLock<T>> {
    fn raw(&self) -> &RawRwLock {
        &self.raw
    }
}

/// The right to release a lock that is held as `H`. Releases it when it is dropped.
pub(super) struct HeldRwLock<L: RawRwLockRef, H: Hold> {
    pub(super) lock: L,
    probe: HoldProbe,
    _hold: PhantomData<H>,
}

impl<L: RawRwLockRef, H: Hold> HeldRwLock<L, H> {
    #[inline]
    fn new(lock: L, probe: HoldProbe) -> Self {
        Self {
            lock,
            probe,
            _hold: PhantomData,
        }
    }

    /// Returns the reference and the probe. The lock is not released.
    #[inline]
    fn into_parts(self) -> (L, HoldProbe) {
        let mut held = ManuallyDrop::new(self);
        let probe = held.probe.take();
        // SAFETY: `held` is neither used nor dropped after this, so the reference has one owner.
        (unsafe { ptr::read(&held.lock) }, probe)
    }
}

impl<L: RawRwLockRef, H: Hold> Drop for HeldRwLock<L, H> {
    #[inline]
    fn drop(&mut self) {
        let raw = self.lock.raw();
        self.probe.release_and(&raw.probe, || raw.release::<H>());
    }
}

/// Implements `Deref`, `Debug` and `Display` for a guard, and `DerefMut` for a write guard.
/// `$pointer` turns `&self` into a pointer to the guard's target.
macro_rules! guard_traits {
    (read [$($generics:tt)*] $guard:ty => $target:ty, $pointer:expr) => {
        impl<$($generics)*> Deref for $guard {
            type Target = $target;

            #[inline]
            fn deref(&self) -> &$target {
                let pointer: fn(&Self) -> *mut $target = $pointer;
                // SAFETY: the lock is held as long as the guard exists. If it is held for
                // reading, nobody has exclusive access. If it is held for writing, there is
                // no other guard, and `&self` gives out shared references only.
                unsafe { &*pointer(self) }
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
    (write [$($generics:tt)*] $guard:ty => $target:ty, $pointer:expr) => {
        guard_traits!(read [$($generics)*] $guard => $target, $pointer);

        impl<$($generics)*> DerefMut for $guard {
            #[inline]
            fn deref_mut(&mut self) -> &mut $target {
                let pointer: fn(&Self) -> *mut $target = $pointer;
                // SAFETY: the lock is held for writing as long as the guard exists, it has no
                // other guard, and this one is borrowed exclusively.
                unsafe { &mut *pointer(self) }
            }
        }
    };
}
pub(super) use guard_traits;

/// The guard of an [`RwLock`] that is held for reading. It gives shared access to the data.
///
/// Dropping the last read guard grants the lock to the first waiters.
///
/// Returned by [`RwLock::read`] and [`RwLock::try_read`]. It may move to another thread or task.
///
/// # Panics
///
/// The drop panics if the waker of a waiter panics. The waiter owns the lock nevertheless. The drop
/// does not panic while the thread unwinds from another panic.
///
/// # Examples
///
/// ```
/// use aiosync::RwLock;
///
/// let lock = RwLock::new(1);
/// let (first, second) = (lock.try_read().unwrap(), lock.try_read().unwrap());
/// assert_eq!(*first + *second, 2);
/// assert_eq!(lock.readers(), 2);
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    access: ReadAccess,
    held: HeldRwLock<&'a RwLock<T>, Reading>,
    _data: PhantomData<&'a T>,
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// Creates the guard of a lock that the caller holds for reading.
    #[inline]
    pub(super) fn new(lock: &'a RwLock<T>, probe: HoldProbe) -> Self {
        Self {
            access: lock.data.read_access(),
            held: HeldRwLock::new(lock, probe),
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
    /// use aiosync::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new(());
    /// let guard = lock.try_read().unwrap();
    /// assert!(std::ptr::eq(RwLockReadGuard::source(&guard), &lock));
    /// ```
    #[must_use]
    pub fn source(guard: &Self) -> &'a RwLock<T> {
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
    /// use aiosync::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new((1, "one"));
    /// let guard = lock.try_read().unwrap();
    /// let word = RwLockReadGuard::map(guard, |pair| &pair.1);
    /// assert_eq!(*word, "one");
    /// ```
    pub fn map<U: ?Sized>(guard: Self, f: impl FnOnce(&T) -> &U) -> MappedRwLockReadGuard<'a, U> {
        let value = NonNull::from(f(&*guard));
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
    /// use aiosync::{RwLock, RwLockReadGuard};
    ///
    /// let lock = RwLock::new(vec![1, 2, 3]);
    /// let guard = lock.try_read().unwrap();
    /// let guard = RwLockReadGuard::filter_map(guard, |all| all.get(9)).unwrap_err();
    /// let last = RwLockReadGuard::filter_map(guard, |all| all.last()).unwrap();
    /// assert_eq!(*last, 3);
    /// ```
    pub fn filter_map<U: ?Sized>(
        guard: Self,
        f: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedRwLockReadGuard<'a, U>, Self> {
        match f(&*guard).map(NonNull::from) {
            Some(value) => Ok(guard.narrow(value)),
            None => Err(guard),
        }
    }

    fn narrow<U: ?Sized>(self, value: NonNull<U>) -> MappedRwLockReadGuard<'a, U> {
        let (lock, probe): (&'a RwLock<T>, _) = self.held.into_parts();
        MappedRwLockReadGuard::new(self.access, HeldRwLock::new(&lock.raw, probe), value)
    }
}

guard_traits!(
    read ['a, T: ?Sized] RwLockReadGuard<'a, T> => T,
    |guard| guard.held.lock.data.as_ptr()
);

/// The guard of an [`RwLock`] that is held for writing. It gives exclusive access to the data.
///
/// Dropping it grants the lock to the first waiters.
///
/// Returned by [`RwLock::write`] and [`RwLock::try_write`]. It may move to another thread or task.
///
/// # Panics
///
/// The drop panics if the waker of a waiter panics. The waiter owns the lock nevertheless. The drop
/// does not panic while the thread unwinds from another panic.
///
/// # Examples
///
/// ```
/// use aiosync::RwLock;
///
/// let lock = RwLock::new(1);
/// let mut guard = lock.try_write().unwrap();
/// *guard += 1;
/// assert!(lock.is_write_locked());
/// drop(guard);
/// assert_eq!(lock.into_inner(), 2);
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    access: Access,
    held: HeldRwLock<&'a RwLock<T>, Writing>,
    _data: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Creates the guard of a lock that the caller holds for writing.
    #[inline]
    pub(super) fn new(lock: &'a RwLock<T>, probe: HoldProbe) -> Self {
        Self {
            access: lock.data.access(),
            held: HeldRwLock::new(lock, probe),
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
    /// use aiosync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(());
    /// let guard = lock.try_write().unwrap();
    /// assert!(std::ptr::eq(RwLockWriteGuard::source(&guard), &lock));
    /// ```
    #[must_use]
    pub fn source(guard: &Self) -> &'a RwLock<T> {
        guard.held.lock
    }

    /// Exchanges the write guard for a read guard. No writer gets the lock in between, and the
    /// data does not change. The readers at the front of the wait queue are granted at once.
    ///
    /// A guard of a part, which [`map`](Self::map) returns, cannot be downgraded:
    /// [`MappedRwLockWriteGuard`] says why.
    ///
    /// # Fairness
    ///
    /// A queued writer keeps its position: readers behind it are not granted.
    ///
    /// # Panics
    ///
    /// Panics if the waker of a waiter panics. Then the read guard is dropped, and the granted readers
    /// keep the lock.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(1);
    /// let mut guard = lock.try_write().unwrap();
    /// *guard += 1;
    /// let guard = RwLockWriteGuard::downgrade(guard);
    /// assert_eq!(*lock.try_read().unwrap(), 2);
    /// assert!(lock.try_write().is_none());
    /// # drop(guard);
    /// ```
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T> {
        let (lock, probe) = guard.end_access();
        probe.change_mode(&lock.raw.probe, Reading::HELD);
        // Before the wakes: if a waker panics, this guard releases the lock.
        let guard = RwLockReadGuard::new(lock, probe);
        lock.raw.downgrade();
        guard
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
    /// use aiosync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new((1, "one"));
    /// let guard = lock.try_write().unwrap();
    /// let mut number = RwLockWriteGuard::map(guard, |pair| &mut pair.0);
    /// *number += 1;
    /// drop(number);
    /// assert_eq!(lock.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> &mut U,
    ) -> MappedRwLockWriteGuard<'a, U> {
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
    /// use aiosync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(vec![1, 2, 3]);
    /// let guard = lock.try_write().unwrap();
    /// let guard = RwLockWriteGuard::filter_map(guard, |all| all.get_mut(9)).unwrap_err();
    /// let last = RwLockWriteGuard::filter_map(guard, |all| all.last_mut()).unwrap();
    /// assert_eq!(*last, 3);
    /// ```
    pub fn filter_map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedRwLockWriteGuard<'a, U>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(value) => Ok(guard.narrow(value)),
            None => Err(guard),
        }
    }

    /// Ends the exclusive access. Returns the parts of a lock that stays held for writing.
    fn end_access(self) -> (&'a RwLock<T>, HoldProbe) {
        self.held.into_parts()
    }

    fn narrow<U: ?Sized>(self, value: NonNull<U>) -> MappedRwLockWriteGuard<'a, U> {
        let (lock, probe): (&'a RwLock<T>, _) = self.held.into_parts();
        MappedRwLockWriteGuard::new(self.access, HeldRwLock::new(&lock.raw, probe), value)
    }
}

guard_traits!(
    write ['a, T: ?Sized] RwLockWriteGuard<'a, T> => T,
    |guard| guard.held.lock.data.as_ptr()
);

/// The guard of an [`RwLock`] in an `Arc` that is held for reading. It owns the
/// `Arc` and borrows nothing.
///
/// Returned by [`RwLock::read_owned`] and [`RwLock::try_read_owned`].
///
/// # Panics
///
/// Same as [`RwLockReadGuard`].
///
/// # Examples
///
/// ```
/// use aiosync::RwLock;
/// use std::sync::Arc;
///
/// let lock = Arc::new(RwLock::new(1));
/// let guard = Arc::clone(&lock).try_read_owned().unwrap();
/// let thread = std::thread::spawn(move || *guard);
/// assert_eq!(thread.join().unwrap(), 1);
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedRwLockReadGuard<T: ?Sized> {
    access: ReadAccess,
    held: HeldRwLock<Arc<RwLock<T>>, Reading>,
}

impl<T: ?Sized> OwnedRwLockReadGuard<T> {
    /// Creates the guard of a lock that the caller holds for reading.
    #[inline]
    pub(super) fn new(lock: Arc<RwLock<T>>, probe: HoldProbe) -> Self {
        Self {
            access: lock.data.read_access(),
            held: HeldRwLock::new(lock, probe),
        }
    }

    /// Returns the lock that the guard belongs to.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{OwnedRwLockReadGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(()));
    /// let guard = Arc::clone(&lock).try_read_owned().unwrap();
    /// assert_eq!(OwnedRwLockReadGuard::source(&guard).readers(), 1);
    /// ```
    #[must_use]
    pub fn source(guard: &Self) -> &RwLock<T> {
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
    /// use aiosync::{OwnedRwLockReadGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new((1, "one")));
    /// let guard = Arc::clone(&lock).try_read_owned().unwrap();
    /// let word = OwnedRwLockReadGuard::map(guard, |pair| &pair.1);
    /// assert_eq!(*word, "one");
    /// ```
    pub fn map<U: ?Sized>(
        guard: Self,
        f: impl FnOnce(&T) -> &U,
    ) -> OwnedMappedRwLockReadGuard<T, U> {
        let value = NonNull::from(f(&*guard));
        OwnedMappedRwLockReadGuard::new(guard.access, guard.held, value)
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
    /// use aiosync::{OwnedRwLockReadGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(vec![1, 2, 3]));
    /// let guard = lock.try_read_owned().unwrap();
    /// let last = OwnedRwLockReadGuard::filter_map(guard, |all| all.last()).unwrap();
    /// assert_eq!(*last, 3);
    /// ```
    pub fn filter_map<U: ?Sized>(
        guard: Self,
        f: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<OwnedMappedRwLockReadGuard<T, U>, Self> {
        match f(&*guard).map(NonNull::from) {
            Some(value) => Ok(OwnedMappedRwLockReadGuard::new(
                guard.access,
                guard.held,
                value,
            )),
            None => Err(guard),
        }
    }
}

guard_traits!(
    read [T: ?Sized] OwnedRwLockReadGuard<T> => T,
    |guard| guard.held.lock.data.as_ptr()
);

/// The guard of an [`RwLock`] in an `Arc` that is held for writing. It owns the
/// `Arc` and borrows nothing.
///
/// Returned by [`RwLock::write_owned`] and [`RwLock::try_write_owned`].
///
/// # Panics
///
/// Same as [`RwLockWriteGuard`].
///
/// # Examples
///
/// ```
/// use aiosync::RwLock;
/// use std::sync::Arc;
///
/// let lock = Arc::new(RwLock::new(1));
/// let guard = Arc::clone(&lock).try_write_owned().unwrap();
/// let thread = std::thread::spawn(move || *guard);
/// assert_eq!(thread.join().unwrap(), 1);
/// ```
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    access: Access,
    held: HeldRwLock<Arc<RwLock<T>>, Writing>,
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// Creates the guard of a lock that the caller holds for writing.
    #[inline]
    pub(super) fn new(lock: Arc<RwLock<T>>, probe: HoldProbe) -> Self {
        Self {
            access: lock.data.access(),
            held: HeldRwLock::new(lock, probe),
        }
    }

    /// Returns the lock that the guard belongs to.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(()));
    /// let guard = Arc::clone(&lock).try_write_owned().unwrap();
    /// assert!(OwnedRwLockWriteGuard::source(&guard).is_write_locked());
    /// ```
    #[must_use]
    pub fn source(guard: &Self) -> &RwLock<T> {
        &guard.held.lock
    }

    /// Exchanges the write guard for a read guard, as
    /// [`RwLockWriteGuard::downgrade`] does.
    ///
    /// # Fairness
    ///
    /// Same as [`RwLockWriteGuard::downgrade`].
    ///
    /// # Panics
    ///
    /// Same as [`RwLockWriteGuard::downgrade`].
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = Arc::clone(&lock).try_write_owned().unwrap();
    /// let guard = OwnedRwLockWriteGuard::downgrade(guard);
    /// assert_eq!(lock.readers(), 1);
    /// # drop(guard);
    /// ```
    pub fn downgrade(guard: Self) -> OwnedRwLockReadGuard<T> {
        let (lock, probe) = guard.end_access();
        probe.change_mode(&lock.raw.probe, Reading::HELD);
        // Before the wakes: if a waker panics, this guard releases the lock.
        let guard = OwnedRwLockReadGuard::new(lock, probe);
        guard.held.lock.raw.downgrade();
        guard
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
    /// use aiosync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new((1, "one")));
    /// let guard = Arc::clone(&lock).try_write_owned().unwrap();
    /// let word = OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1);
    /// assert_eq!(*word, "one");
    /// ```
    pub fn map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> &mut U,
    ) -> OwnedMappedRwLockWriteGuard<T, U> {
        let value = NonNull::from(f(&mut *guard));
        OwnedMappedRwLockWriteGuard::new(guard.access, guard.held, value)
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
    /// use aiosync::{OwnedRwLockWriteGuard, RwLock};
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(vec![1, 2, 3]));
    /// let guard = lock.try_write_owned().unwrap();
    /// let last = OwnedRwLockWriteGuard::filter_map(guard, |all| all.last_mut()).unwrap();
    /// assert_eq!(*last, 3);
    /// ```
    pub fn filter_map<U: ?Sized>(
        mut guard: Self,
        f: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<OwnedMappedRwLockWriteGuard<T, U>, Self> {
        match f(&mut *guard).map(NonNull::from) {
            Some(value) => Ok(OwnedMappedRwLockWriteGuard::new(
                guard.access,
                guard.held,
                value,
            )),
            None => Err(guard),
        }
    }

    /// Ends the exclusive access. Returns the parts of a lock that stays held for writing.
    fn end_access(self) -> (Arc<RwLock<T>>, HoldProbe) {
        self.held.into_parts()
    }
}

guard_traits!(
    write [T: ?Sized] OwnedRwLockWriteGuard<T> => T,
    |guard| guard.held.lock.data.as_ptr()
);
