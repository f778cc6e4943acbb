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

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use self::future::{EventWait, EventWaitOwned};
use self::raw::RawEvent;
use crate::sync::{Arc, const_unless_loom};

/// A flag that tasks and threads wait for. Setting it releases all waiters.
///
/// The flag stays set until it is cleared. A `set` followed by a `clear` is a pulse: it
/// releases the waiters of that moment, and later ones wait for the next `set`.
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
pub struct Event {
    raw: RawEvent,
}

impl Event {
    const_unless_loom! {
        /// Creates an event that is not set.
        ///
        /// # Examples
        ///
        /// ```
        /// static SHUTDOWN: aiosync::Event = aiosync::Event::new();
        /// assert!(!SHUTDOWN.is_set());
        /// ```
        #[must_use]
        pub const fn new() -> Self {
            Self::with_state(false)
        }
    }

    const_unless_loom! {
        /// Creates an event that is set or not set.
        ///
        /// # Examples
        ///
        /// ```
        /// assert!(aiosync::Event::with_state(true).is_set());
        /// ```
        #[must_use]
        pub const fn with_state(set: bool) -> Self {
            Self { raw: RawEvent::new(set) }
        }
    }

    /// Sets the flag, and releases and wakes all waiters that were registered before. Setting
    /// it again wakes nobody twice.
    ///
    /// Everything before this call happens before each wait that it ends returns, even if the
    /// flag was set already.
    ///
    /// If a waker calls this while another `set` of the same event is waking it, the waiters
    /// are released now, and the other `set` wakes them. So wakes stay in order.
    ///
    /// # Panics
    ///
    /// If a waker panics. All other waiters have been woken then.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = aiosync::Event::new();
    /// event.set();
    /// event.wait_blocking();
    /// ```
    #[doc(alias = "notify_waiters")]
    #[inline]
    pub fn set(&self) {
        self.raw.set();
    }

    /// Clears the flag. Waiters that a `set` has released stay released.
    ///
    /// # Examples
    ///
    /// ```
    /// let event = aiosync::Event::with_state(true);
    /// event.clear();
    /// assert!(!event.is_set());
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
    /// assert!(!aiosync::Event::new().is_set());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_set(&self) -> bool {
        self.raw.is_set()
    }

    /// Waits until the flag is set. Completes in the first poll if it is set already.
    ///
    /// The wait is registered by its first poll, or by [`enable`](EventWait::enable). From then
    /// on the next `set` ends it, even if a `clear` follows at once.
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
    /// let event = Event::with_state(true);
    /// future::block_on(event.wait());
    /// ```
    #[inline]
    pub fn wait(&self) -> EventWait<'_> {
        EventWait::new(self)
    }

    /// Waits until the flag is set. The future owns the `Arc` and borrows nothing.
    ///
    /// # Fairness
    ///
    /// Like [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Like [`wait`](Self::wait).
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
    #[inline]
    pub fn wait_owned(self: Arc<Self>) -> EventWaitOwned {
        EventWaitOwned::new(self)
    }

    /// Blocks the current thread until the flag is set.
    ///
    /// # Fairness
    ///
    /// Threads and tasks wait in the same queue, as with [`wait`](Self::wait).
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
    #[cfg(not(target_family = "wasm"))]
    #[inline]
    pub fn wait_blocking(&self) {
        if !self.is_set() {
            self.wait().block();
        }
    }

    /// Blocks the current thread until the flag is set, for at most `timeout`. Returns `true`
    /// if the flag was set.
    ///
    /// # Fairness
    ///
    /// Like [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Blocking
    ///
    /// Like [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let event = aiosync::Event::new();
    /// assert!(!event.wait_blocking_timeout(Duration::from_millis(1)));
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn wait_blocking_timeout(&self, timeout: Duration) -> bool {
        self.wait().block_timeout(timeout).is_some()
    }

    /// Returns the number of waiters that are registered and not yet released.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Event::new().waiters(), 0);
    /// ```
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

// An event holds no user data, and a panic leaves it consistent.
impl UnwindSafe for Event {}
impl RefUnwindSafe for Event {}

impl fmt::Debug for Event {
    /// Prints the flag, the number of waiters, and the number of waiters that a running `set`
    /// has released and not yet woken. A waiter that was woken is not counted. Its future
    /// prints that state.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Event");
        self.raw.describe(&mut fields);
        fields.finish()
    }
}
