#![forbid(unsafe_code)]
//! The futures of a [`Lock`].

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::raw::AcquireLock;
use super::{Lock, LockGuard, OwnedLockGuard};
use crate::diagnostics::HoldMode;
use crate::sync::Arc;
use crate::wait::future::Wait;
use crate::wait::named::{blocking_methods, fused_future, wait_future};

pin_project! {
    /// The future returned by [`Lock::lock`].
    ///
    /// # Cancel safety
    ///
    /// See [`Lock::lock`].
    #[must_use = "futures do nothing unless polled"]
    pub struct LockFuture<'a, T: ?Sized> {
        #[pin]
        wait: Wait<&'a Lock<T>, AcquireLock<T>>,
    }
}

impl<'a, T: ?Sized> LockFuture<'a, T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(lock: &'a Lock<T>) -> Self {
        Self {
            wait: Wait::new(lock, AcquireLock::NEW),
        }
    }
}

wait_future!(
    impl ['a, T: ?Sized] LockFuture<'a, T> => LockGuard<'a, T>,
    "LockFuture", |lock, ()| {
        let (lock, probe) = lock.keep_held(HoldMode::Exclusive, 1);
        LockGuard::new(lock, probe)
    }
);

pin_project! {
    /// The future returned by [`Lock::lock_owned`].
    ///
    /// # Cancel safety
    ///
    /// See [`Lock::lock_owned`].
    #[must_use = "futures do nothing unless polled"]
    pub struct LockOwnedFuture<T: ?Sized> {
        #[pin]
        wait: Wait<Arc<Lock<T>>, AcquireLock<T>>,
    }
}

impl<T: ?Sized> LockOwnedFuture<T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(lock: Arc<Lock<T>>) -> Self {
        Self {
            wait: Wait::new(lock, AcquireLock::NEW),
        }
    }
}

wait_future!(
    impl [T: ?Sized] LockOwnedFuture<T> => OwnedLockGuard<T>,
    "LockOwnedFuture", |lock, ()| {
        let (lock, probe) = lock.keep_held(HoldMode::Exclusive, 1);
        OwnedLockGuard::new(lock, probe)
    }
);

pin_project! {
    /// The future returned by [`Lock::with`].
    ///
    /// # Cancel safety
    ///
    /// See [`Lock::with`].
    #[must_use = "futures do nothing unless polled"]
    pub struct With<'a, T: ?Sized, F> {
        #[pin]
        lock: LockFuture<'a, T>,
        // `Some` until it is called.
        f: Option<F>,
    }
}

impl<'a, T: ?Sized, F> With<'a, T, F> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(lock: &'a Lock<T>, f: F) -> Self {
        Self {
            lock: LockFuture::new(lock),
            f: Some(f),
        }
    }
}

impl<T: ?Sized, F, R> Future for With<'_, T, F>
where
    F: FnOnce(&mut T) -> R,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let mut guard = ready!(this.lock.poll(context));
        match this.f.take() {
            // If the closure panics, the guard is dropped too. It is dropped before the
            // output is returned: if a waker panics, the output is dropped.
            Some(f) => {
                let output = f(&mut guard);
                drop(guard);
                Poll::Ready(output)
            }
            None => unreachable!("aiosync: a lock future was polled after it had completed"),
        }
    }
}

impl<T: ?Sized, F> fmt::Debug for With<'_, T, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("With").field(&self.lock).finish()
    }
}

fused_future!(
    ['a, T: ?Sized, F, R] With<'a, T, F>, |future| future.lock.wait.is_terminated(),
    where F: FnOnce(&mut T) -> R
);

blocking_methods!(
    ['a, T: ?Sized, F, R] With<'a, T, F> => R,
    or else |future| {
        let this = future.project();
        let mut guard = this.lock.give_up()?;
        let output = this.f.take().map(|f| f(&mut guard));
        drop(guard);
        output
    },
    where F: FnOnce(&mut T) -> R
);
