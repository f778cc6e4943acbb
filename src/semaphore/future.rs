#![forbid(unsafe_code)]
//! The futures of a [`Semaphore`].

use pin_project_lite::pin_project;

use super::raw::AcquirePermits;
use super::{OwnedPermit, Permit, Semaphore};
use crate::diagnostics::HoldMode;
use crate::sync::Arc;
use crate::wait::future::Wait;
use crate::wait::named::wait_future;

pin_project! {
    /// The future returned by [`Semaphore::acquire`] and [`Semaphore::acquire_many`].
    ///
    /// # Cancel safety
    ///
    /// See [`Semaphore::acquire_many`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'a> {
        #[pin]
        wait: Wait<&'a Semaphore, AcquirePermits>,
    }
}

impl<'a> Acquire<'a> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(semaphore: &'a Semaphore, count: usize) -> Self {
        Self {
            wait: Wait::new(semaphore, AcquirePermits { count }),
        }
    }
}

wait_future!(
    impl ['a] Acquire<'a> => Permit<'a>,
    "Acquire", |semaphore, count| {
        let (semaphore, probe) = semaphore.keep_held(HoldMode::Permits, count);
        Permit::new(semaphore, count, probe)
    }
);

pin_project! {
    /// The future returned by [`Semaphore::acquire_owned`] and
    /// [`Semaphore::acquire_many_owned`].
    ///
    /// # Cancel safety
    ///
    /// See [`Semaphore::acquire_many`].
    #[must_use = "futures do nothing unless polled"]
    pub struct AcquireOwned {
        #[pin]
        wait: Wait<Arc<Semaphore>, AcquirePermits>,
    }
}

impl AcquireOwned {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(semaphore: Arc<Semaphore>, count: usize) -> Self {
        Self {
            wait: Wait::new(semaphore, AcquirePermits { count }),
        }
    }
}

wait_future!(
    impl [] AcquireOwned => OwnedPermit,
    "AcquireOwned", |semaphore, count| {
        let (semaphore, probe) = semaphore.keep_held(HoldMode::Permits, count);
        OwnedPermit::new(semaphore, count, probe)
    }
);
