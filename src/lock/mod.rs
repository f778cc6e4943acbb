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

use std::fmt;
use std::panic::UnwindSafe;
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use self::future::{LockFuture, LockOwnedFuture, With};
use self::raw::RawLock;
use crate::sync::{Arc, DataCell, const_unless_loom};

/// A mutex for async code.
///
/// A `Lock` owns the data it protects. A guard may be held over an `await`, and may move
/// between threads and tasks. The lock is not reentrant: a task that locks again while it
/// holds the guard waits forever.
///
/// The lock does not poison. If the holder panics, the lock is released, and the data may be
/// half changed. A reference to a lock is therefore not `UnwindSafe`, as in parking_lot and
/// tokio. Wrap it in `AssertUnwindSafe` if the data cannot be left half changed.
///
/// If you never hold the guard over an `await`, a mutex of `std` or parking_lot is simpler
/// and just as good.
///
/// # Fairness
///
/// Waiters are served in order; nobody can jump the queue. An unlock with waiters hands the
/// lock off to the first one. The lock is never free in between: [`try_lock`](Self::try_lock)
/// fails, and the next `lock` of the task that has just unlocked queues at the back.
///
/// A waiter that was granted the lock owns it, even before it is polled. A granted future
/// that is neither polled nor dropped keeps the lock forever ("futurelock"). `Debug` shows
/// such a lock as granted and not yet taken.
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

impl<T> Lock<T> {
    const_unless_loom! {
        /// Creates an unlocked lock.
        ///
        /// # Examples
        ///
        /// ```
        /// static COUNTER: aiosync::Lock<u64> = aiosync::Lock::new(0);
        /// assert!(!COUNTER.is_locked());
        /// ```
        #[must_use]
        pub const fn new(value: T) -> Self {
            Self {
                raw: RawLock::new(),
                data: DataCell::new(value),
            }
        }
    }

    /// Returns the data, and drops the lock.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Lock::new(7).into_inner(), 7);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Waits until the lock is acquired.
    ///
    /// A free lock is acquired in the first poll. If another thread holds the lock and nobody
    /// is waiting, the first poll spins for a few microseconds before it queues, and less if
    /// recent spins failed.
    ///
    /// # Fairness
    ///
    /// Waiters are served in the order of their first poll.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits removes it from the wait queue. Dropping it after it
    /// was granted the lock hands the lock off to the next waiter. Recreating the future in a
    /// loop puts you at the back each time.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Lock;
    /// use futures_lite::future;
    ///
    /// let lock = Lock::new(String::new());
    /// future::block_on(async {
    ///     let mut text = lock.lock().await;
    ///     text.push_str("held over an await");
    ///     future::yield_now().await;
    /// });
    /// ```
    #[doc(alias = "acquire")]
    #[inline]
    pub fn lock(&self) -> LockFuture<'_, T> {
        LockFuture::new(self)
    }

    /// Acquires the lock if it is free. Returns `None` otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::Lock::new(());
    /// let guard = lock.try_lock();
    /// assert!(guard.is_some());
    /// assert!(lock.try_lock().is_none());
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        // Not `then_some`: a failed attempt must not create a guard.
        self.raw.try_lock().then(|| LockGuard::new(self))
    }

    /// Waits until the lock is acquired, with a guard that keeps the `Arc` and borrows nothing.
    ///
    /// # Fairness
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock). The `Arc` is dropped with the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Lock;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(Lock::new(1));
    /// let guard = future::block_on(Arc::clone(&lock).lock_owned());
    /// assert_eq!(*guard, 1);
    /// ```
    #[inline]
    pub fn lock_owned(self: Arc<Self>) -> LockOwnedFuture<T> {
        LockOwnedFuture::new(self)
    }

    /// Acquires the lock if it is free, with a guard that keeps the `Arc`. Returns `None`
    /// otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(aiosync::Lock::new(1));
    /// let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    /// assert!(lock.try_lock_owned().is_none());
    /// drop(guard);
    /// ```
    #[inline]
    pub fn try_lock_owned(self: Arc<Self>) -> Option<OwnedLockGuard<T>> {
        self.raw.try_lock().then(|| OwnedLockGuard::new(self))
    }

    /// Blocks the thread until the lock is acquired.
    ///
    /// # Fairness
    ///
    /// As [`lock`](Self::lock): threads and tasks wait in one queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread if the lock is held. It works inside a runtime too, but other tasks
    /// of the thread do not run meanwhile. If one of them holds the lock or was granted it,
    /// this blocks forever.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::Lock::new(1);
    /// *lock.lock_blocking() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[cfg(not(target_family = "wasm"))]
    #[inline]
    pub fn lock_blocking(&self) -> LockGuard<'_, T> {
        match self.try_lock() {
            Some(guard) => guard,
            None => self.lock().block(),
        }
    }

    /// Blocks the thread until the lock is acquired, for `timeout` at most. Returns `None` if
    /// the time is over.
    ///
    /// # Fairness
    ///
    /// As [`lock_blocking`](Self::lock_blocking). When the time is over, the waiter leaves
    /// the wait queue.
    ///
    /// # Blocking
    ///
    /// As [`lock_blocking`](Self::lock_blocking).
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
    #[cfg(not(target_family = "wasm"))]
    pub fn lock_blocking_timeout(&self, timeout: Duration) -> Option<LockGuard<'_, T>> {
        self.lock().block_timeout(timeout)
    }

    /// Waits until the lock is acquired, calls `f` with the data, and releases the lock.
    ///
    /// Without a guard, the lock cannot be held for too long by accident.
    ///
    /// # Fairness
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock). `f` runs completely inside one poll. If the future is dropped
    /// before, `f` does not run.
    ///
    /// # Panics
    ///
    /// If `f` panics. The lock is released.
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
    pub fn with<R, F>(&self, f: F) -> With<'_, T, F>
    where
        F: FnOnce(&mut T) -> R,
    {
        With::new(self, f)
    }

    /// Returns the data without locking: `&mut self` proves that nobody holds the lock.
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

    /// Returns whether the lock is held or was granted to a waiter. The result may be outdated
    /// when the caller gets it.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::Lock::new(());
    /// let guard = lock.try_lock();
    /// assert!(lock.is_locked());
    /// # drop(guard);
    /// ```
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Returns the number of waiters. A waiter that was granted the lock is not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Lock::new(()).waiters(), 0);
    /// ```
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

// Not `RefUnwindSafe`: a panic may leave the data half changed, and the lock does not poison.
impl<T: ?Sized + UnwindSafe> UnwindSafe for Lock<T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    /// Prints the state and the number of waiters, and the data if the lock is free. The lock is
    /// held while the data is printed.
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
