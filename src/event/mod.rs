#![forbid(unsafe_code)]
//! [`Event`]: a flag to wait for.
//!
//! | module | what |
//! |---|---|
//! | [`raw`] | the wait queue and the generations: the protocol |
//! | [`word`] | the atomic word |
//! | [`future`] | the futures |

pub(crate) mod future;
mod raw;
mod word;

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use self::future::{EventWait, EventWaitOwned};
use self::raw::RawEvent;
use crate::diagnostics::{PrimitiveKind, Probe, Site, identified_by_probe};
use crate::sync::{Arc, const_unless_loom};

/// A flag that tasks and threads wait for. Setting it releases all waiters.
///
/// The flag stays set until it is cleared. A `set` that is followed by a `clear` is a pulse: it
/// releases the waiters of that moment, and later waiters wait for the next `set`.
///
/// # Fairness
///
/// Waiters are woken in the order in which they were registered.
///
/// # Examples
///
/// ```
/// use aiosync::Event;
/// use futures_lite::future;
///
/// let ready = Event::new();
/// future::block_on(future::zip(ready.wait(), async { ready.set() }));
/// assert!(ready.is_set());
/// ```
#[doc(alias = "notify")]
#[doc(alias = "Notify")]
#[doc(alias = "ManualResetEvent")]
#[doc(alias = "flag")]
pub struct Event {
    probe: Probe,
    raw: RawEvent,
}

identified_by_probe!([] Event, probe);

impl Event {
    const_unless_loom! {
        /// Creates an event whose flag is not set.
        ///
        /// # Examples
        ///
        /// ```
        /// use aiosync::Event;
        ///
        /// static SHUTDOWN: Event = Event::new();
        ///
        /// assert!(!SHUTDOWN.is_set());
        /// SHUTDOWN.set();
        /// SHUTDOWN.wait_blocking();
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new() -> Self {
            Self::with_state(false)
        }
    }

    const_unless_loom! {
        /// Creates an event whose flag is set if `set` is `true`.
        ///
        /// # Examples
        ///
        /// ```
        /// use aiosync::Event;
        ///
        /// // The program starts in the state "not paused".
        /// static RUNNING: Event = Event::with_state(true);
        ///
        /// assert!(RUNNING.is_set());
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn with_state(set: bool) -> Self {
            Self {
                probe: Probe::new(PrimitiveKind::Event, Site::here()),
                raw: RawEvent::new(set),
            }
        }
    }

    /// Names the event in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static STOP: aiosync::Event = aiosync::Event::new().named("stop");
    /// # STOP.set();
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.probe.set_name(name);
        self
    }

    /// Sets the flag, and releases and wakes all registered waiters. If the flag is set already,
    /// this wakes nobody.
    ///
    /// Everything that happens before this call also happens before the return of each wait that it
    /// ends. This is true even if the flag was set already.
    ///
    /// A waker may call `set` while another `set` of the same event runs it. In this case the inner
    /// `set` releases the waiters, and the outer one wakes them afterwards. So the waiters are
    /// woken in order.
    ///
    /// # Panics
    ///
    /// Panics if a waker panics, after all other waiters were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Event;
    ///
    /// let ready = Event::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| ready.wait_blocking());
    ///     scope.spawn(|| ready.wait_blocking());
    ///     // Releases both threads.
    ///     ready.set();
    /// });
    /// ```
    #[doc(alias = "notify_waiters")]
    #[doc(alias = "notify_all")]
    #[inline]
    pub fn set(&self) {
        self.raw.set();
    }

    /// Clears the flag. A waiter that a `set` has released stays released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Event;
    /// use futures_lite::future;
    ///
    /// let running = Event::with_state(true);
    /// running.clear();
    /// // A new wait does not return until the next `set`.
    /// assert!(future::block_on(future::poll_once(running.wait())).is_none());
    /// ```
    #[doc(alias = "reset")]
    #[inline]
    pub fn clear(&self) {
        self.raw.clear();
    }

    /// Returns whether the flag is set.
    ///
    /// # Examples
    ///
    /// ```
    /// let shutdown = aiosync::Event::new();
    /// let mut rounds = 0;
    /// while !shutdown.is_set() {
    ///     rounds += 1;
    ///     if rounds == 3 {
    ///         shutdown.set();
    ///     }
    /// }
    /// assert_eq!(rounds, 3);
    /// ```
    #[must_use]
    #[inline]
    pub fn is_set(&self) -> bool {
        self.raw.is_set()
    }

    /// Waits until the flag is set. If it is set already, the first poll completes.
    ///
    /// The first poll registers the wait, or [`enable`](EventWait::enable) does so before. From
    /// then on, the next `set` ends the wait, even if a `clear` follows at once.
    ///
    /// # Fairness
    ///
    /// Waiters are woken in the order in which they were registered.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future removes its registration. No other waiter is affected.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Event;
    /// use futures_lite::future;
    ///
    /// let connected = Event::new();
    /// future::block_on(async {
    ///     let client = async {
    ///         connected.wait().await;
    ///         "sent"
    ///     };
    ///     let server = async { connected.set() };
    ///     assert_eq!(future::zip(client, server).await.0, "sent");
    /// });
    /// ```
    #[doc(alias = "notified")]
    #[doc(alias = "listen")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait(&self) -> EventWait<'_> {
        EventWait::new(self)
    }

    /// Waits until the flag is set. The future owns the `Arc` and borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Event;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let event = Arc::new(Event::new());
    /// let wait = Arc::clone(&event).wait_owned();
    /// let thread = std::thread::spawn(move || future::block_on(wait));
    /// event.set();
    /// thread.join().unwrap();
    /// ```
    #[doc(alias = "notified_owned")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_owned(self: Arc<Self>) -> EventWaitOwned {
        EventWaitOwned::new(self)
    }

    /// Blocks the current thread until the flag is set.
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread if the flag is not set. If the thread runs async tasks, they make no
    /// progress until this returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Event;
    ///
    /// let event = Event::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| event.wait_blocking());
    ///     event.set();
    /// });
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking(&self) {
        if !self.is_set() {
            self.wait().block();
        }
    }

    /// Blocks the current thread until the flag is set, for at most `timeout`. Returns `true` if
    /// the flag was set, and `false` after a timeout.
    ///
    /// # Fairness
    ///
    /// Same as [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Blocking
    ///
    /// Same as [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let stop = aiosync::Event::new();
    /// let pause = Duration::from_millis(1);
    /// assert!(!stop.wait_blocking_timeout(pause));
    /// stop.set();
    /// assert!(stop.wait_blocking_timeout(pause));
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking_timeout(&self, timeout: Duration) -> bool {
        self.wait().block_timeout(timeout).is_some()
    }

    /// Returns the number of waiters that are registered and not yet released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Event;
    /// use std::pin::pin;
    ///
    /// let event = Event::new();
    /// let mut wait = pin!(event.wait());
    /// wait.as_mut().enable();
    /// assert_eq!(event.waiters(), 1);
    /// event.set();
    /// assert_eq!(event.waiters(), 0);
    /// ```
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }
}

impl Default for Event {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn default() -> Self {
        Self::new()
    }
}

// An event holds no user data, and a panic leaves it consistent.
impl UnwindSafe for Event {}
impl RefUnwindSafe for Event {}

impl fmt::Debug for Event {
    /// Prints the flag, the number of waiters, and the number of waiters that a running `set` has
    /// released and not yet woken. A woken waiter is not counted; the `Debug` of its future shows
    /// that state.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Event");
        self.raw.describe(&mut fields);
        fields.finish()
    }
}
