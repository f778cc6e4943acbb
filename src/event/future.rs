#![forbid(unsafe_code)]
//! The futures of an [`Event`].

use std::pin::Pin;

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
            /// Registers the wait before its first poll. Returns `true` if the event is set, or
            /// was set since the wait was registered. The wait stays ready then, even if
            /// the event is cleared.
            ///
            /// This avoids a lost wakeup: register the wait, then check the state that the
            /// event announces, then wait. A `set` after the check ends the wait.
            ///
            /// # Panics
            ///
            /// If the future has completed before.
            ///
            /// # Examples
            ///
            /// ```
            /// use aiosync::Event;
            /// use std::pin::pin;
            ///
            /// let event = Event::new();
            /// let mut wait = pin!(event.wait());
            /// assert!(!wait.as_mut().enable());
            /// event.set();
            /// event.clear();
            /// futures_lite::future::block_on(wait);
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
    pub(super) fn new(event: Arc<Event>) -> Self {
        Self {
            wait: Wait::new(event, AwaitEvent),
        }
    }
}

enable!([] EventWaitOwned);
wait_future!(impl [] EventWaitOwned => (), "EventWaitOwned", |_, _| ());
