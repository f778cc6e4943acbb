#![forbid(unsafe_code)]
//! The futures of an [`RwLock`].

use pin_project_lite::pin_project;

use super::raw::{AcquireRwLock, Hold, Reading, Writing};
use super::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use crate::sync::Arc;
use crate::wait::future::Wait;
use crate::wait::named::wait_future;

pin_project! {
    /// The future returned by [`RwLock::read`].
    ///
    /// # Cancel safety
    ///
    /// See [`RwLock::read`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RwLockRead<'a, T: ?Sized> {
        #[pin]
        wait: Wait<&'a RwLock<T>, AcquireRwLock<Reading, T>>,
    }
}

impl<'a, T: ?Sized> RwLockRead<'a, T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(lock: &'a RwLock<T>) -> Self {
        Self {
            wait: Wait::new(lock, AcquireRwLock::NEW),
        }
    }
}

wait_future!(
    impl ['a, T: ?Sized] RwLockRead<'a, T> => RwLockReadGuard<'a, T>,
    "RwLockRead", |lock, ()| {
        let (lock, probe) = lock.keep_held(Reading::HELD, 1);
        RwLockReadGuard::new(lock, probe)
    }
);

pin_project! {
    /// The future returned by [`RwLock::write`].
    ///
    /// # Cancel safety
    ///
    /// See [`RwLock::write`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RwLockWrite<'a, T: ?Sized> {
        #[pin]
        wait: Wait<&'a RwLock<T>, AcquireRwLock<Writing, T>>,
    }
}

impl<'a, T: ?Sized> RwLockWrite<'a, T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(lock: &'a RwLock<T>) -> Self {
        Self {
            wait: Wait::new(lock, AcquireRwLock::NEW),
        }
    }
}

wait_future!(
    impl ['a, T: ?Sized] RwLockWrite<'a, T> => RwLockWriteGuard<'a, T>,
    "RwLockWrite", |lock, ()| {
        let (lock, probe) = lock.keep_held(Writing::HELD, 1);
        RwLockWriteGuard::new(lock, probe)
    }
);

pin_project! {
    /// The future returned by [`RwLock::read_owned`].
    ///
    /// # Cancel safety
    ///
    /// See [`RwLock::read_owned`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RwLockReadOwned<T: ?Sized> {
        #[pin]
        wait: Wait<Arc<RwLock<T>>, AcquireRwLock<Reading, T>>,
    }
}

impl<T: ?Sized> RwLockReadOwned<T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(lock: Arc<RwLock<T>>) -> Self {
        Self {
            wait: Wait::new(lock, AcquireRwLock::NEW),
        }
    }
}

wait_future!(
    impl [T: ?Sized] RwLockReadOwned<T> => OwnedRwLockReadGuard<T>,
    "RwLockReadOwned", |lock, ()| {
        let (lock, probe) = lock.keep_held(Reading::HELD, 1);
        OwnedRwLockReadGuard::new(lock, probe)
    }
);

pin_project! {
    /// The future returned by [`RwLock::write_owned`].
    ///
    /// # Cancel safety
    ///
    /// See [`RwLock::write_owned`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RwLockWriteOwned<T: ?Sized> {
        #[pin]
        wait: Wait<Arc<RwLock<T>>, AcquireRwLock<Writing, T>>,
    }
}

impl<T: ?Sized> RwLockWriteOwned<T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(lock: Arc<RwLock<T>>) -> Self {
        Self {
            wait: Wait::new(lock, AcquireRwLock::NEW),
        }
    }
}

wait_future!(
    impl [T: ?Sized] RwLockWriteOwned<T> => OwnedRwLockWriteGuard<T>,
    "RwLockWriteOwned", |lock, ()| {
        let (lock, probe) = lock.keep_held(Writing::HELD, 1);
        OwnedRwLockWriteGuard::new(lock, probe)
    }
);
