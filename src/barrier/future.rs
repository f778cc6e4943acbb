#![forbid(unsafe_code)]
//! The futures of a [`Barrier`].

use pin_project_lite::pin_project;

use super::raw::Arrive;
use super::{Barrier, BarrierWaitResult, BrokenBarrier};
use crate::sync::Arc;
use crate::wait::future::Wait;
use crate::wait::named::wait_future;

pin_project! {
    /// The future returned by [`Barrier::wait`].
    ///
    /// # Cancel safety
    ///
    /// See [`Barrier::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct BarrierWait<'a> {
        #[pin]
        wait: Wait<&'a Barrier, Arrive>,
    }
}

impl<'a> BarrierWait<'a> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(barrier: &'a Barrier) -> Self {
        Self {
            wait: Wait::new(barrier, Arrive),
        }
    }
}

wait_future!(
    impl ['a] BarrierWait<'a> => Result<BarrierWaitResult, BrokenBarrier>,
    "BarrierWait", |_, result| result
);

pin_project! {
    /// The future returned by [`Barrier::wait_owned`].
    ///
    /// # Cancel safety
    ///
    /// See [`Barrier::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct BarrierWaitOwned {
        #[pin]
        wait: Wait<Arc<Barrier>, Arrive>,
    }
}

impl BarrierWaitOwned {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(barrier: Arc<Barrier>) -> Self {
        Self {
            wait: Wait::new(barrier, Arrive),
        }
    }
}

wait_future!(
    impl [] BarrierWaitOwned => Result<BarrierWaitResult, BrokenBarrier>,
    "BarrierWaitOwned", |_, result| result
);
