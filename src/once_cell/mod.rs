#![deny(unsafe_code)]
//! A value that is set once, and can be awaited: [`OnceCell`].
//!
//! | module | content |
//! |---|---|
//! | [`raw`] | the cell without its value: the turn, the wait queues, the protocol |
//! | [`word`] | the atomic word |
//! | [`value`] | the value, and who may touch it |
//! | [`future`] | the futures |
//! | [`error`] | the error of `set` |

mod error;
pub(crate) mod future;
mod raw;
#[expect(unsafe_code, reason = "the value is written once and then shared")]
mod value;
mod word;

pub use self::error::SetError;

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use self::future::{GetOrInit, GetOrTryInit, OnceCellWait};
use self::raw::RawOnceCell;
use self::word::TurnAttempt;
use crate::diagnostics::{PrimitiveKind, Probe, Site, identified_by_probe};
use crate::sync::{DataCell, const_unless_loom};

/// A value that is set once, and can be awaited.
///
/// The value is set by [`set`](Self::set), or by an *initializer*: a closure and its future,
/// which [`get_or_init`](Self::get_or_init) and [`get_or_try_init`](Self::get_or_try_init) run
/// if the cell is empty. One initializer runs at a time. If it fails, panics or is dropped, the
/// next one in the wait queue runs its own closure. Once set, the value never changes while the
/// cell is shared, and [`get`](Self::get) is one atomic load.
///
/// [`wait`](Self::wait) waits for the value without initializing it.
///
/// An initializer must not wait for its own cell: that waits forever.
///
/// Everything before the value is set happens before each `get` and each wait that returns it.
///
/// # Fairness
///
/// Initializers get their turn in the order of their first poll. Once the value is set, all
/// waiters are woken, in the order of their first poll.
///
/// An initializer that was granted its turn owns it, even before it is polled. If its future is
/// neither polled nor dropped, the cell stays empty and all others wait ("futurelock"). `Debug`
/// shows such a turn as granted and not yet taken.
///
/// # Examples
///
/// ```
/// use aiosync::OnceCell;
/// use futures_lite::future;
///
/// static CONFIG: OnceCell<String> = OnceCell::new();
///
/// async fn config() -> &'static str {
///     CONFIG.get_or_init(async || "read from a file".to_owned()).await
/// }
///
/// assert_eq!(future::block_on(config()), "read from a file");
/// assert!(CONFIG.get().is_some());
/// ```
#[doc(alias = "OnceLock")]
#[doc(alias = "Lazy")]
#[doc(alias = "Future")]
#[doc(alias = "oneshot")]
pub struct OnceCell<T> {
    probe: Probe,
    raw: RawOnceCell,
    data: DataCell<Option<T>>,
    /// Makes the cell `Sync` only if `T` is `Sync` too, because several threads read the value at
    /// once. `DataCell` asks for `Send`, because one thread sets the value and another drops it.
    _shared: PhantomData<T>,
}

identified_by_probe!([T] OnceCell<T>, probe);

impl<T> OnceCell<T> {
    const_unless_loom! {
        /// Creates an empty cell.
        ///
        /// # Examples
        ///
        /// ```
        /// static NAME: aiosync::OnceCell<String> = aiosync::OnceCell::new();
        /// assert!(NAME.get().is_none());
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new() -> Self {
            Self {
                probe: Probe::new(PrimitiveKind::OnceCell, Site::here()),
                raw: RawOnceCell::new(false),
                data: DataCell::new(None),
                _shared: PhantomData,
            }
        }
    }

    /// Names the cell in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static CONFIG: aiosync::OnceCell<u32> = aiosync::OnceCell::new().named("config");
    /// # assert_eq!(CONFIG.get(), None);
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.probe.set_name(name);
        self
    }

    /// Returns the value, or `None` if it is not set yet.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = aiosync::OnceCell::new();
    /// assert_eq!(cell.get(), None);
    /// cell.set(7).unwrap();
    /// assert_eq!(cell.get(), Some(&7));
    /// ```
    #[must_use]
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value()
    }

    /// Returns the value for changing it, or `None` if it is not set.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = aiosync::OnceCell::from(7);
    /// *cell.get_mut().unwrap() += 1;
    /// assert_eq!(cell.get(), Some(&8));
    /// ```
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.data.get_mut().as_mut()
    }

    /// Sets the value, and wakes all waiters.
    ///
    /// This never waits. An initializer that runs, or that was granted its turn and has not been
    /// polled since, has precedence, although it may still fail. So does another `set` that is
    /// running on another thread. To set the value when it has failed, use
    /// [`get_or_init`](Self::get_or_init).
    ///
    /// # Errors
    ///
    /// [`SetError::Initialized`] if the value is set, [`SetError::Initializing`] if an initializer
    /// is running. Both give the value back, and nothing has changed.
    ///
    /// # Panics
    ///
    /// If a waker panics. The value is set, and all other waiters have been woken then.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{OnceCell, SetError};
    ///
    /// let cell = OnceCell::new();
    /// assert_eq!(cell.set("first"), Ok(()));
    /// assert_eq!(cell.set("second"), Err(SetError::Initialized("second")));
    /// assert_eq!(cell.get(), Some(&"first"));
    /// ```
    #[doc(alias = "set_result")]
    #[doc(alias = "send")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        match self.try_turn() {
            Ok(turn) => {
                turn.set(value);
                Ok(())
            }
            Err(TurnAttempt::Set) => Err(SetError::Initialized(value)),
            Err(TurnAttempt::Busy | TurnAttempt::Taken) => Err(SetError::Initializing(value)),
        }
    }

    /// Returns the value, and initializes the cell first if it is empty.
    ///
    /// If the value is set, the first poll returns it, and `f` is not called. Otherwise the
    /// future waits for its turn, calls `f`, and drives the future that `f` returns. If another
    /// initializer sets the value meanwhile, `f` is not called.
    ///
    /// `f` and its future must not wait for the same cell: that waits forever. Inside them,
    /// `get` returns `None`, and `set` returns an error.
    ///
    /// # Fairness
    ///
    /// Initializers get their turn in the order of their first poll.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits removes it from the wait queue. Dropping it while its
    /// initializer runs drops the initializer, and then hands the turn off to the next one in the
    /// queue. Dropping it after it was granted its turn hands the turn off as well. The cell
    /// stays empty then, and waiters of [`wait`](Self::wait) are not woken.
    ///
    /// # Panics
    ///
    /// If `f` or its future panics. The turn is handed off to the next initializer first.
    ///
    /// If a waker panics while the value is set. All other waiters have been woken, and the next
    /// poll returns the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::OnceCell;
    /// use futures_lite::future;
    ///
    /// let cell = OnceCell::new();
    /// future::block_on(async {
    ///     let value = cell.get_or_init(async || {
    ///         future::yield_now().await;
    ///         7
    ///     });
    ///     assert_eq!(value.await, &7);
    ///     assert_eq!(cell.get_or_init(async || 8).await, &7);
    /// });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn get_or_init<F, Fut>(&self, f: F) -> GetOrInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        GetOrInit::new(self, f)
    }

    /// Returns the value, and initializes the cell first if it is empty. The initializer may
    /// fail.
    ///
    /// Like [`get_or_init`](Self::get_or_init). If the initializer returns an error, the cell
    /// stays empty, and the next initializer in the queue runs its own closure. Waiters of
    /// [`wait`](Self::wait) are not woken.
    ///
    /// # Fairness
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Cancel safety
    ///
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Errors
    ///
    /// The error of this future's own initializer. Errors of other initializers go to their own
    /// callers.
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](Self::get_or_init). If a waker panics while a failed initializer hands
    /// the turn off, the error is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::OnceCell;
    /// use futures_lite::future;
    ///
    /// let cell = OnceCell::new();
    /// future::block_on(async {
    ///     let failed = cell.get_or_try_init(async || "seven".parse::<u32>()).await;
    ///     assert!(failed.is_err());
    ///     let value = cell.get_or_try_init(async || "7".parse::<u32>()).await;
    ///     assert_eq!(value, Ok(&7));
    /// });
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn get_or_try_init<F, Fut, E>(&self, f: F) -> GetOrTryInit<'_, T, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        GetOrTryInit::new(self, f)
    }

    /// Waits until the value is set. Completes in the first poll if it is set already.
    ///
    /// An initializer that fails does not wake this wait. If nobody ever sets the value, it
    /// waits forever. If the task that sets the value may give up, put an enum or a `Result`
    /// into the cell.
    ///
    /// # Fairness
    ///
    /// Waiters are woken in the order of their first poll.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future removes it from the wait queue. No other waiter is affected.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::OnceCell;
    /// use futures_lite::future;
    ///
    /// let cell = OnceCell::new();
    /// let (value, ()) = future::block_on(future::zip(
    ///     cell.wait(),
    ///     async { cell.set(7).unwrap() },
    /// ));
    /// assert_eq!(value, &7);
    /// ```
    #[doc(alias = "recv")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait(&self) -> OnceCellWait<'_, T> {
        OnceCellWait::new(self)
    }

    /// Blocks the thread until the value is set.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait): threads and tasks wait in one queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread if the value is not set. If the thread runs async tasks, they make no
    /// progress until this returns.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = aiosync::OnceCell::new();
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert_eq!(cell.wait_blocking(), &7));
    ///     cell.set(7).unwrap();
    /// });
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking(&self) -> &T {
        match self.get() {
            Some(value) => value,
            None => self.wait().block(),
        }
    }

    /// Blocks the thread until the value is set, for `timeout` at most. Returns `None` if the
    /// time is over.
    ///
    /// # Fairness
    ///
    /// As [`wait_blocking`](Self::wait_blocking). When the time is over, the waiter leaves the
    /// wait queue.
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
    /// let cell = aiosync::OnceCell::<u32>::new();
    /// assert!(cell.wait_blocking_timeout(Duration::from_millis(1)).is_none());
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking_timeout(&self, timeout: Duration) -> Option<&T> {
        self.wait().block_timeout(timeout)
    }

    /// Takes the value out. The cell is empty afterwards, as a new one.
    ///
    /// `&mut self` proves that nobody waits and that no initializer runs. An initializer that
    /// was forgotten (`mem::forget`) loses its turn.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = aiosync::OnceCell::from(7);
    /// assert_eq!(cell.take(), Some(7));
    /// assert_eq!(cell.get(), None);
    /// cell.set(8).unwrap();
    /// ```
    pub fn take(&mut self) -> Option<T> {
        // The probe stays, so the cell keeps its name.
        self.raw = RawOnceCell::new(false);
        core::mem::replace(&mut self.data, DataCell::new(None)).into_inner()
    }

    /// Returns the value, and drops the cell.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::OnceCell::from(7).into_inner(), Some(7));
    /// assert_eq!(aiosync::OnceCell::<u32>::new().into_inner(), None);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Option<T> {
        self.data.into_inner()
    }
}

impl<T> Default for OnceCell<T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    /// Creates a cell with this value.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn from(value: T) -> Self {
        Self {
            probe: Probe::new(PrimitiveKind::OnceCell, Site::here()),
            raw: RawOnceCell::new(true),
            data: DataCell::new(Some(value)),
            _shared: PhantomData,
        }
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    /// Creates a cell with a clone of the value. The new cell is empty if the value is not set.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn clone(&self) -> Self {
        match self.get() {
            Some(value) => Self::from(value.clone()),
            None => Self::new(),
        }
    }
}

// A panic leaves the cell consistent: the value is set or it is not. What a shared reference
// leads to is the value, as in std's `OnceLock`.
impl<T: UnwindSafe> UnwindSafe for OnceCell<T> {}
impl<T: UnwindSafe + RefUnwindSafe> RefUnwindSafe for OnceCell<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    /// Prints the state, the number of initializers that wait for their turn, the number of
    /// waiters for the value, the number of waiters that a running `set` has released and not
    /// yet woken, and the value.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("OnceCell");
        self.raw.describe(&mut fields);
        match self.get() {
            Some(value) => fields.field("value", value),
            None => fields.field("value", &format_args!("<not set>")),
        };
        fields.finish()
    }
}
