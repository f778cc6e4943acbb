#![deny(unsafe_code)]
//! An async mutex with a raw: [`Lock`].
//!
//! | module | what |
//! |---|---|
//! | [`line`] | the lock without its data: word, wait queue, protocol |
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

/// A mutex for async code: one holder at a time, the others in line.
///
/// The guard may be held over an `await`, and may move between threads and
/// tasks. The lock is not reentrant: a holder who locks again waits for itself.
/// It does not poison: a panic gives it back as it is, with data that may be half
/// changed. So a reference to it is not `UnwindSafe`, like one to a mutex of parking_lot
/// or tokio; `AssertUnwindSafe` around it says that you have thought of that. All other
/// primitives of this crate are whole after a panic, and are `UnwindSafe` and
/// `RefUnwindSafe`.
///
/// If nothing is awaited while it is held, a mutex of `std` or parking_lot is
/// simpler and as good.
///
/// # Fairness
///
/// First come, first served. With somebody in line the lock goes from holder to
/// waiter directly: it never looks free in between, [`try_lock`](Self::try_lock)
/// fails, and the one who has just released it queues behind. A waiter that was
/// granted the lock holds it, whether it is polled or not. So a granted future
/// that nobody polls any more, and that is not dropped either, keeps the lock for
/// ever ("futurelock"). `Debug` shows it as granted and not yet taken.
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
        /// An unlocked lock around `value`.
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

    /// The value, without the lock around it.
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
    /// Waits for the lock.
    ///
    /// If the lock is free it is taken in the first poll. A lock that another
    /// thread holds for a moment is looked at again, for a few microseconds at the
    /// longest, before the future joins the raw: for less, where that was in vain of
    /// late, and not at all once somebody has come to stand in line.
    ///
    /// # Fairness
    ///
    /// First come, first served, by the first poll that had to wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits gives up its place in line. Dropping it
    /// after it was granted the lock hands the lock to the next in line.
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

    /// Takes the lock if it is free and nobody is in line.
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
        // Not `then_some`: a failed attempt must not build a guard.
        self.raw.try_lock().then(|| LockGuard::new(self))
    }

    /// Waits for the lock, with a guard that keeps the `Arc` and borrows nothing.
    ///
    /// # Fairness
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock); the `Arc` is dropped with the future.
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

    /// Takes the lock if it is free and nobody is in line, with a guard that
    /// keeps the `Arc`.
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

    /// Waits for the lock on this thread.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`lock`](Self::lock).
    ///
    /// # Blocking
    ///
    /// Blocks the thread if the lock is held. It works inside a runtime too, but
    /// a task of this very thread cannot go on meanwhile: if the lock is held by
    /// one, or was granted to one, this waits for ever.
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

    /// Waits for the lock on this thread, for `timeout` at the longest.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`lock`](Self::lock). When the time is over
    /// the place in line is given up.
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

    /// Waits for the lock and runs `f` on the data. There is no guard that could
    /// be held too long.
    ///
    /// # Fairness
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock). `f` runs to its end inside one poll, or, if the
    /// future is dropped before, not at all.
    ///
    /// # Panics
    ///
    /// If `f` panics; the lock is given back.
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

    /// The data, without locking: an exclusive borrow proves that nobody else
    /// has it.
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

    /// Whether the lock is held, or was granted to a waiter. The answer may be
    /// old by the time it is read.
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

    /// How many are in line, without the one that was granted the lock.
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

// Not `RefUnwindSafe`: a panic may leave the data half changed, and nothing poisons.
impl<T: ?Sized + UnwindSafe> UnwindSafe for Lock<T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    /// State and line, and the data if the lock is free at the moment; it is locked while
    /// the data is printed. A lock that was granted to a waiter who has not been polled
    /// since says so.
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
