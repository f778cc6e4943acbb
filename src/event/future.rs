#![forbid(unsafe_code)]
//! The futures of an [`Event`].

use core::pin::Pin;

use pin_project_lite::pin_project;

use super::Event;
use super::raw::AwaitEvent;
use crate::sync::Arc;
use crate::wait::future::Wait;
use crate::wait::named::wait_future;

/// Implements `enable` for both futures.
macro_rules! enable {
    ([$($lifetime:lifetime)?] $future:ty) => {
        impl<$($lifetime)?> $future {
            /// Registers the wait before its first poll. Returns `true` if the flag is set, or was
            /// set after the wait was registered. In this case the wait stays ready, even if the
            /// flag is cleared.
            ///
            /// Use it if the event announces a change of some other state: register the wait, check
            /// the state, and then wait. A `set` after the registration ends the wait, so the
            /// change cannot be missed.
            ///
            /// # Panics
            ///
            /// Panics if the future has already completed.
            ///
            /// # Examples
            ///
            /// ```
            /// use aiosync::Event;
            /// use futures_lite::future;
            /// use std::pin::pin;
            /// use std::sync::Mutex;
            ///
            /// let (jobs, added) = (Mutex::new(Vec::new()), Event::new());
            /// let worker = async {
            ///     loop {
            ///         let mut wait = pin!(added.wait());
            ///         wait.as_mut().enable();
            ///         if let Some(job) = jobs.lock().unwrap().pop() {
            ///             return job;
            ///         }
            ///         wait.await;
            ///     }
            /// };
            /// let boss = async {
            ///     jobs.lock().unwrap().push("sweep");
            ///     added.set();
            ///     added.clear();
            /// };
            /// assert_eq!(future::block_on(future::zip(worker, boss)).0, "sweep");
            /// ```
            pub fn enable(self: Pin<&mut Self>) -> bool {
                self.project().wait.enable()
            }
        }
    };
}

pin_project! {
    /// The future returned by [`Event::wait`].
    ///
    /// # Cancel safety
    ///
    /// See [`Event::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct EventWait<'a> {
        #[pin]
        wait: Wait<&'a Event, AwaitEvent>,
    }
}

impl<'a> EventWait<'a> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(event: &'a Event) -> Self {
        Self {
            wait: Wait::new(event, AwaitEvent),
        }
    }
}

enable!(['a] EventWait<'a>);
wait_future!(impl ['a] EventWait<'a> => (), "EventWait", |_, _| ());

pin_project! {
    /// The future returned by [`Event::wait_owned`].
    ///
    /// # Cancel safety
    ///
    /// See [`Event::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct EventWaitOwned {
        #[pin]
        wait: Wait<Arc<Event>, AwaitEvent>,
    }
}

impl EventWaitOwned {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(event: Arc<Event>) -> Self {
        Self {
            wait: Wait::new(event, AwaitEvent),
        }
    }
}

enable!([] EventWaitOwned);
wait_future!(impl [] EventWaitOwned => (), "EventWaitOwned", |_, _| ());
