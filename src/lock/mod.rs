#![deny(unsafe_code)]
//! An async mutex with a FIFO wait queue: [`Lock`].
//!
//! | module | content |
//! |---|---|
//! | [`raw`] | the lock without its data: the protocol |
//! | [`word`] | the atomic word |
//! | [`guard`], [`mapped`] | the guards |
//! | [`future`] | the futures |

pub(crate) mod future;
#[expect(unsafe_code, reason = "a guard follows the pointer to the data")]
mod guard;
#[expect(unsafe_code, reason = "a guard follows a pointer into the data")]
mod mapped;
pub(crate) mod raw;
pub(crate) mod word;

pub(crate) use self::guard::RawLockRef;
pub use self::guard::{LockGuard, OwnedLockGuard};
pub use self::mapped::{MappedLockGuard, OwnedMappedLockGuard};

use core::fmt;
use core::panic::UnwindSafe;
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use self::future::{LockFuture, LockOwnedFuture, With};
use self::raw::RawLock;
use crate::diagnostics::{Site, identified_by_probe};
use crate::sync::{Arc, DataCell, const_unless_loom};

/// A mutex for async code.
///
/// A `Lock` owns the data it protects. A task may hold the guard across an `await`, and may send it
/// to another task or thread. The lock is not reentrant: a task that locks again while it holds the
/// guard waits forever.
///
/// A panic does not poison the lock. If the holder panics, the guard releases the lock, and the
/// data may be half changed. A reference to a lock is therefore not `UnwindSafe`, as in parking_lot
/// and tokio. If the data cannot be left half changed, wrap the reference in `AssertUnwindSafe`.
///
/// If no guard is held across an `await`, a mutex of `std` or parking_lot is simpler and just as
/// good.
///
/// # Fairness
///
/// Waiters are served in order; nobody can jump the queue. If there are waiters, an unlock hands
/// the lock off to the first one. The lock is never free in between. So
/// [`try_lock`](Self::try_lock) fails, and a task that unlocks and locks again goes to the back of
/// the queue.
///
/// A waiter that was granted the lock owns it, even before its next poll. If the granted future is
/// neither polled nor dropped, the lock stays locked forever ("futurelock"). `Debug` shows whether
/// the lock is granted and not yet taken.
///
/// # Examples
///
/// ```
/// use aiosync::Lock;
/// use futures_lite::future;
///
/// let counter = Lock::new(0);
/// future::block_on(async {
///     *counter.lock().await += 1;
///     counter.with(|count| *count += 1).await;
/// });
/// assert_eq!(counter.into_inner(), 2);
/// ```
#[doc(alias = "mutex")]
#[doc(alias = "Mutex")]
pub struct Lock<T: ?Sized> {
    raw: RawLock,
    data: DataCell<T>,
}

identified_by_probe!([T: ?Sized] Lock<T>, raw.probe);

impl<T> Lock<T> {
    const_unless_loom! {
        /// Creates an unlocked lock that owns `value`.
        ///
        /// # Examples
        ///
        /// ```
        /// use aiosync::Lock;
        ///
        /// static NAMES: Lock<Vec<String>> = Lock::new(Vec::new());
        ///
        /// NAMES.lock_blocking().push("Ada".to_owned());
        /// assert_eq!(NAMES.lock_blocking().len(), 1);
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new(value: T) -> Self {
            Self {
                raw: RawLock::new(),
                data: DataCell::new(value),
            }
        }
    }

    /// Names the lock in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static CATALOG: aiosync::Lock<u32> = aiosync::Lock::new(0).named("catalog");
    /// # let _ = CATALOG.try_lock();
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.raw.probe.set_name(name);
        self
    }

    /// Consumes the lock and returns the data.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Lock;
    ///
    /// let total = Lock::new(0);
    /// std::thread::scope(|scope| {
    ///     for number in 1..=3 {
    ///         let total = &total;
    ///         scope.spawn(move || *total.lock_blocking() += number);
    ///     }
    /// });
    /// assert_eq!(total.into_inner(), 6);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Waits until the lock is acquired.
    ///
    /// The first poll acquires a free lock. If another thread holds the lock and nobody is waiting,
    /// the first poll spins before it queues. It spins for a few microseconds, and less if recent
    /// spins failed.
    ///
    /// # Fairness
    ///
    /// Waiters are served in the order of their first polls.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits removes it from the wait queue. If it was granted the
    /// lock, dropping it hands the lock off to the next waiter. If you drop the future and create a
    /// new one, you start again at the back of the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Lock;
    /// use futures_lite::future;
    ///
    /// async fn next_line() -> String {
    ///     "a line".to_owned()
    /// }
    ///
    /// let log = Lock::new(String::new());
    /// future::block_on(async {
    ///     let mut log = log.lock().await;
    ///     // Holds the guard across an `await`.
    ///     log.push_str(&next_line().await);
    /// });
    /// assert_eq!(log.into_inner(), "a line");
    /// ```
    #[doc(alias = "acquire")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock(&self) -> LockFuture<'_, T> {
        LockFuture::new(self)
    }

    /// Acquires the lock if it is free. Returns `None` otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let cache = aiosync::Lock::new(vec![1, 2]);
    /// if let Some(mut cache) = cache.try_lock() {
    ///     cache.clear();
    /// }
    /// let guard = cache.try_lock();
    /// assert!(cache.try_lock().is_none());
    /// # drop(guard);
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let site = Site::here();
        // Not `then_some`: a failed attempt must not create a guard.
        (self.raw.try_lock()).then(|| LockGuard::new(self, self.raw.taken(site)))
    }

    /// Waits until the lock is acquired. The future and the guard own the `Arc` and borrow nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`lock`](Self::lock).
    ///
    /// # Cancel safety
    ///
    /// Same as [`lock`](Self::lock). If the future owns the last `Arc`, dropping it drops the data.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Lock;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new(1));
    /// let mut guard = future::block_on(Arc::clone(&lock).lock_owned());
    /// // The guard may move to another task or thread.
    /// std::thread::spawn(move || *guard += 1).join().unwrap();
    /// assert_eq!(*lock.lock_blocking(), 2);
    /// ```
    #[doc(alias = "lock_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock_owned(self: Arc<Self>) -> LockOwnedFuture<T> {
        LockOwnedFuture::new(self)
    }

    /// Acquires the lock if it is free. Returns `None` otherwise. The guard owns the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(aiosync::Lock::new(1));
    /// let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    /// assert!(Arc::clone(&lock).try_lock_owned().is_none());
    /// std::thread::spawn(move || drop(guard)).join().unwrap();
    /// assert!(lock.try_lock_owned().is_some());
    /// ```
    #[doc(alias = "try_lock_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_owned(self: Arc<Self>) -> Option<OwnedLockGuard<T>> {
        let site = Site::here();
        self.raw.try_lock().then(|| {
            let probe = self.raw.taken(site);
            OwnedLockGuard::new(self, probe)
        })
    }

    /// Blocks the current thread until the lock is acquired.
    ///
    /// # Fairness
    ///
    /// Same as [`lock`](Self::lock): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread if the lock is held. If the thread runs async tasks, they make no progress
    /// until this returns. If one of them holds the lock or was granted it, this blocks forever.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::Lock::new(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| *lock.lock_blocking() += 1);
    ///     *lock.lock_blocking() += 1;
    /// });
    /// assert_eq!(lock.into_inner(), 3);
    /// ```
    #[doc(alias = "blocking_lock")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock_blocking(&self) -> LockGuard<'_, T> {
        match self.try_lock() {
            Some(guard) => guard,
            None => self.lock().block(),
        }
    }

    /// Blocks the current thread until the lock is acquired, for at most `timeout`. Returns `None`
    /// after a timeout.
    ///
    /// # Fairness
    ///
    /// Same as [`lock_blocking`](Self::lock_blocking). After a timeout, the waiter leaves the wait
    /// queue.
    ///
    /// # Blocking
    ///
    /// Same as [`lock_blocking`](Self::lock_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = aiosync::Lock::new(1);
    /// let guard = lock.lock_blocking();
    /// assert!(lock.lock_blocking_timeout(Duration::from_millis(1)).is_none());
    /// # drop(guard);
    /// ```
    #[doc(alias = "try_lock_for")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock_blocking_timeout(&self, timeout: Duration) -> Option<LockGuard<'_, T>> {
        self.lock().block_timeout(timeout)
    }

    /// Waits until the lock is acquired, calls `f` with the data, and releases the lock.
    ///
    /// There is no guard, so the lock cannot stay locked by accident.
    ///
    /// # Fairness
    ///
    /// Same as [`lock`](Self::lock).
    ///
    /// # Cancel safety
    ///
    /// Same as [`lock`](Self::lock). `f` runs inside one poll, from start to end. If the future is
    /// dropped before that poll, `f` does not run.
    ///
    /// # Panics
    ///
    /// Panics if `f` panics, or if the waker of the next waiter panics. In both cases the lock is
    /// released, and no output is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Lock;
    /// use futures_lite::future;
    ///
    /// let lock = Lock::new(vec![1, 2]);
    /// let length = future::block_on(lock.with(|all| {
    ///     all.push(3);
    ///     all.len()
    /// }));
    /// assert_eq!(length, 3);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn with<R, F>(&self, f: F) -> With<'_, T, F>
    where
        F: FnOnce(&mut T) -> R,
    {
        With::new(self, f)
    }

    /// Returns the data without locking, because `&mut self` proves that no guard exists.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut lock = aiosync::Lock::new(1);
    /// *lock.get_mut() = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    /// Returns whether the lock is held or was granted to a waiter. The result may be outdated at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::Lock::new(());
    /// let guard = lock.try_lock();
    /// assert!(lock.is_locked());
    /// drop(guard);
    /// assert!(!lock.is_locked());
    /// ```
    #[doc(alias = "locked")]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Returns the number of waiters. A waiter that was granted the lock is not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Lock;
    /// use futures_lite::future;
    ///
    /// let lock = Lock::new(());
    /// let guard = lock.try_lock();
    /// let mut wait = Box::pin(lock.lock());
    /// // The first poll puts the future into the wait queue.
    /// assert!(future::block_on(future::poll_once(&mut wait)).is_none());
    /// assert_eq!(lock.waiters(), 1);
    /// drop(wait);
    /// assert_eq!(lock.waiters(), 0);
    /// # drop(guard);
    /// ```
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }
}

impl<T: Default> Default for Lock<T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

// Not `RefUnwindSafe`: a panic may leave the data half changed, and the lock does not poison.
impl<T: ?Sized + UnwindSafe> UnwindSafe for Lock<T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    /// Prints the state and the number of waiters. If the lock is free, acquires it and prints the
    /// data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Lock");
        self.raw.describe(&mut fields);
        match self.try_lock() {
            Some(guard) => fields.field("data", &&*guard),
            None => fields.field("data", &format_args!("<locked>")),
        };
        fields.finish()
    }
}
