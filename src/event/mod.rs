#![forbid(unsafe_code)]
//! A flag to wait for: [`Event`].
//!
//! | module | what |
//! |---|---|
//! | [`line`] | word, wait queue, generations: the protocol |
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

/// A flag that tasks and threads wait for. Setting it releases them all.
///
/// The flag stays set until it is cleared. A `set` followed by a `clear` is a
/// pulse: whoever was waiting is released, whoever comes after waits.
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
        /// An event that is not set.
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
        /// An event that is set or not.
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

    /// Sets the flag and releases everybody who was waiting before this call.
    /// Setting it again wakes nobody twice.
    ///
    /// What happened before the call happens before each wait that it ends, also
    /// if the flag was set already.
    ///
    /// Called by a waker that a `set` of the same event is waking, it releases, and
    /// leaves the waking to that one, so that wakes come in order.
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken.
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

    /// Clears the flag. Takes nothing back from those that a `set` has released.
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

    /// Whether the flag is set.
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

    /// Waits until the flag is set. Ready at once if it is.
    ///
    /// The wait is registered at the first poll, or by
    /// [`enable`](EventWait::enable). From then on the next `set` ends it, even if
    /// `clear` follows at once.
    ///
    /// # Fairness
    ///
    /// Waiters are woken in the order in which they were registered.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes its registration back; nobody else is affected.
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

    /// Waits until the flag is set, with a future that keeps the `Arc` and
    /// borrows nothing.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
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

    /// Waits on this thread until the flag is set.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`wait`](Self::wait).
    ///
    /// # Blocking
    ///
    /// Blocks the thread if the flag is clear. Tasks of this very thread cannot
    /// go on meanwhile.
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

    /// Waits on this thread until the flag is set, for `timeout` at the longest.
    /// Answers whether it was.
    ///
    /// # Fairness
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
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

    /// How many are registered and not yet released.
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

// Nothing of the user's is inside, and a panic leaves it whole.
impl UnwindSafe for Event {}
impl RefUnwindSafe for Event {}

impl fmt::Debug for Event {
    /// The flag, how many wait, and how many a `set` that goes on just now has released
    /// and not woken yet. Who was woken needs the event no more and is not counted; its
    /// future says so.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Event");
        self.raw.describe(&mut fields);
        fields.finish()
    }
}
