#![deny(unsafe_code)]
//! An async reader-writer lock with a FIFO wait queue: [`RwLock`].
//!
//! | module | content |
//! |---|---|
//! | [`raw`] | the lock without its data: the protocol |
//! | [`word`] | the atomic words |
//! | [`guard`], [`mapped`] | the guards |
//! | [`future`] | the futures |

pub(crate) mod future;
#[expect(unsafe_code, reason = "a guard follows the pointer to the data")]
mod guard;
#[expect(unsafe_code, reason = "a guard follows a pointer into the data")]
mod mapped;
pub(crate) mod raw;
pub(crate) mod word;

pub use self::guard::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
pub use self::mapped::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
    OwnedMappedRwLockWriteGuard,
};

use core::fmt;
use core::panic::UnwindSafe;
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use self::future::{RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned};
use self::raw::{RawRwLock, Reading, Writing};
use crate::diagnostics::{Site, identified_by_probe};
use crate::sync::{Arc, DataCell, Shared, const_unless_loom};

/// A reader-writer lock for async code: many readers or one writer.
///
/// An `RwLock` owns the data it protects. A task may hold a guard across an `await`, and may send
/// it to another task or thread.
///
/// Readers on several threads change one atomic word, and take no mutex while nobody waits. If no
/// guard is held across an `await`, a lock of `std` or parking_lot is simpler.
///
/// A panic does not poison the lock. If a writer panics, the guard releases the lock, and the data
/// may be half changed. A reference to a lock is therefore not `UnwindSafe`, as in parking_lot and
/// tokio. If the data cannot be left half changed, wrap the reference in `AssertUnwindSafe`.
///
/// A reader cannot become a writer, because two readers that both want that would wait for each
/// other forever. A writer can become a reader: see [`RwLockWriteGuard::downgrade`].
///
/// # Fairness
///
/// Waiters are served in order; nobody can jump the queue. A request that finds a waiter queues
/// behind it, and a read is no exception: readers that keep coming cannot keep a writer waiting.
/// A release grants the lock to the longest run of readers at the front of the queue, or to one
/// writer. [`try_read`](Self::try_read) and [`try_write`](Self::try_write) fail while a waiter is
/// queued.
///
/// A waiter that was granted the lock owns it, even before its next poll. If the granted future is
/// neither polled nor dropped, the lock stays locked forever ("futurelock"). `Debug` shows the
/// number of grants that are not yet taken.
///
/// A release wakes a long run of readers in batches. A reader that waits again inside its wake
/// joins the run at the back, and the same release grants it again. So wakers that always do that
/// can keep a release from returning. Ordinary executors poll later, outside the wake.
///
/// A task that already reads must not wait for a second read. If a writer queues in between, that
/// is a deadlock: the second read waits for the writer, and the writer waits for the first read.
///
/// ```
/// use aiosync::RwLock;
/// use futures_lite::future::{block_on, poll_once};
///
/// let lock = RwLock::new(1);
/// block_on(async {
///     let first = lock.read().await;
///     let mut writer = Box::pin(lock.write());
///     assert!(poll_once(&mut writer).await.is_none());
///
///     // A deadlock, if the task waited for it while it holds `first`.
///     let mut second = Box::pin(lock.read());
///     assert!(poll_once(&mut second).await.is_none());
///
///     drop(first);
///     *writer.await += 1;
///     assert_eq!(*second.await, 2);
/// });
/// ```
///
/// # Examples
///
/// ```
/// use aiosync::RwLock;
/// use futures_lite::future;
///
/// let settings = RwLock::new(vec!["one"]);
/// future::block_on(async {
///     settings.write().await.push("two");
///     let (first, second) = (settings.read().await, settings.read().await);
///     assert_eq!(first.len() + second.len(), 4);
/// });
/// ```
#[doc(alias = "rwlock")]
#[doc(alias = "shared_mutex")]
pub struct RwLock<T: ?Sized> {
    raw: RawRwLock,
    data: DataCell<T, Shared>,
}

identified_by_probe!([T: ?Sized] RwLock<T>, raw.probe);

impl<T> RwLock<T> {
    const_unless_loom! {
        /// Creates an unlocked lock that owns `value`.
        ///
        /// # Examples
        ///
        /// ```
        /// static LIMIT: aiosync::RwLock<u64> = aiosync::RwLock::new(0);
        /// assert_eq!(LIMIT.readers(), 0);
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new(value: T) -> Self {
            Self {
                raw: RawRwLock::new(),
                data: DataCell::new(value),
            }
        }
    }

    /// Names the lock in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static LIMIT: aiosync::RwLock<u64> = aiosync::RwLock::new(0).named("limit");
    /// # let _ = LIMIT.try_read();
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
    /// assert_eq!(aiosync::RwLock::new(7).into_inner(), 7);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// The largest number of readers at a time, 2^30 − 1. While there are as many, another read
    /// waits. Only a program that forgets guards (`mem::forget`) reaches it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::RwLock::<()>::MAX_READERS, (1 << 30) - 1);
    /// ```
    pub const MAX_READERS: usize = word::MAX_READERS as usize;

    /// Waits until the lock is acquired for reading.
    ///
    /// The first poll acquires the lock if no writer holds it and nobody is waiting.
    ///
    /// A task that already reads the lock must not wait for it again: [`RwLock`](Self#fairness)
    /// says why.
    ///
    /// # Fairness
    ///
    /// Waiters are served in the order of their first polls. A read queues behind a waiting
    /// writer, even if readers hold the lock. Readers that queue next to each other are granted
    /// together.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits removes it from the wait queue. If it was granted the
    /// lock, dropping it releases the lock, and the last reader grants it to the next waiters. If
    /// you drop the future and create a new one, you start again at the back of the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::RwLock;
    /// use futures_lite::future;
    ///
    /// let lock = RwLock::new("shared");
    /// future::block_on(async {
    ///     let (first, second) = (lock.read().await, lock.read().await);
    ///     assert_eq!(*first, *second);
    /// });
    /// ```
    #[doc(alias = "shared")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read(&self) -> RwLockRead<'_, T> {
        RwLockRead::new(self)
    }

    /// Waits until the lock is acquired for writing.
    ///
    /// The first poll acquires the lock if nobody holds it and nobody is waiting.
    ///
    /// # Fairness
    ///
    /// Waiters are served in the order of their first polls. While a write waits, no newcomer
    /// acquires the lock, so it waits for the present holders and the waiters before it only.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits removes it from the wait queue. If it is the first
    /// waiter and readers hold the lock, the readers behind it are granted. If it was granted the
    /// lock, dropping it hands the lock off to the next waiters. If you drop the future and create a
    /// new one, you start again at the back of the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::RwLock;
    /// use futures_lite::future;
    ///
    /// let lock = RwLock::new(String::new());
    /// future::block_on(async {
    ///     let mut text = lock.write().await;
    ///     text.push_str("held across an await");
    ///     future::yield_now().await;
    /// });
    /// ```
    #[doc(alias = "exclusive")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write(&self) -> RwLockWrite<'_, T> {
        RwLockWrite::new(self)
    }

    /// Acquires the lock for reading if no writer holds it and nobody is waiting. Returns `None`
    /// otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::RwLock::new(1);
    /// let reader = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_some());
    /// drop(reader);
    /// let writer = lock.try_write();
    /// assert!(lock.try_read().is_none());
    /// # drop(writer);
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        let site = Site::here();
        // Not `then_some`: a failed attempt must not create a guard.
        (self.raw.try_acquire::<Reading>())
            .then(|| RwLockReadGuard::new(self, self.raw.taken::<Reading>(site)))
    }

    /// Acquires the lock for writing if nobody holds it and nobody is waiting. Returns `None`
    /// otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::RwLock::new(1);
    /// let reader = lock.try_read();
    /// assert!(lock.try_write().is_none());
    /// drop(reader);
    /// assert!(lock.try_write().is_some());
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        let site = Site::here();
        (self.raw.try_acquire::<Writing>())
            .then(|| RwLockWriteGuard::new(self, self.raw.taken::<Writing>(site)))
    }

    /// Waits until the lock is acquired for reading. The guard owns the `Arc` and borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`read`](Self::read).
    ///
    /// # Cancel safety
    ///
    /// Same as [`read`](Self::read). The `Arc` is dropped with the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::RwLock;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// let guard = future::block_on(Arc::clone(&lock).read_owned());
    /// assert_eq!(*guard, 1);
    /// ```
    #[doc(alias = "read_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read_owned(self: Arc<Self>) -> RwLockReadOwned<T> {
        RwLockReadOwned::new(self)
    }

    /// Waits until the lock is acquired for writing. The guard owns the `Arc` and borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`write`](Self::write).
    ///
    /// # Cancel safety
    ///
    /// Same as [`write`](Self::write). The `Arc` is dropped with the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::RwLock;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(RwLock::new(1));
    /// *future::block_on(Arc::clone(&lock).write_owned()) += 1;
    /// assert_eq!(*lock.try_read().unwrap(), 2);
    /// ```
    #[doc(alias = "write_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write_owned(self: Arc<Self>) -> RwLockWriteOwned<T> {
        RwLockWriteOwned::new(self)
    }

    /// Acquires the lock for reading as [`try_read`](Self::try_read) does. The guard owns the
    /// `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(aiosync::RwLock::new(1));
    /// let guard = Arc::clone(&lock).try_read_owned().unwrap();
    /// assert!(lock.try_write_owned().is_none());
    /// drop(guard);
    /// ```
    #[doc(alias = "try_read_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_read_owned(self: Arc<Self>) -> Option<OwnedRwLockReadGuard<T>> {
        let site = Site::here();
        (self.raw.try_acquire::<Reading>()).then(|| {
            let probe = self.raw.taken::<Reading>(site);
            OwnedRwLockReadGuard::new(self, probe)
        })
    }

    /// Acquires the lock for writing as [`try_write`](Self::try_write) does. The guard owns the
    /// `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let lock = Arc::new(aiosync::RwLock::new(1));
    /// let guard = Arc::clone(&lock).try_write_owned().unwrap();
    /// assert!(lock.try_read_owned().is_none());
    /// drop(guard);
    /// ```
    #[doc(alias = "try_write_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_write_owned(self: Arc<Self>) -> Option<OwnedRwLockWriteGuard<T>> {
        let site = Site::here();
        (self.raw.try_acquire::<Writing>()).then(|| {
            let probe = self.raw.taken::<Writing>(site);
            OwnedRwLockWriteGuard::new(self, probe)
        })
    }

    /// Blocks the current thread until the lock is acquired for reading.
    ///
    /// # Fairness
    ///
    /// Same as [`read`](Self::read): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread if a writer holds the lock or anybody is waiting. If the thread runs async
    /// tasks, they make no progress until this returns. If one of them holds the lock or was granted
    /// it, this may block forever.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::RwLock::new(1);
    /// assert_eq!(*lock.read_blocking(), 1);
    /// ```
    #[doc(alias = "blocking_read")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read_blocking(&self) -> RwLockReadGuard<'_, T> {
        match self.try_read() {
            Some(guard) => guard,
            None => self.read().block(),
        }
    }

    /// Blocks the current thread until the lock is acquired for writing.
    ///
    /// # Fairness
    ///
    /// Same as [`write`](Self::write): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread if the lock is held. If the thread runs async tasks, they make no progress
    /// until this returns. If one of them holds the lock or was granted it, this blocks forever.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::RwLock::new(1);
    /// *lock.write_blocking() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    #[doc(alias = "blocking_write")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write_blocking(&self) -> RwLockWriteGuard<'_, T> {
        match self.try_write() {
            Some(guard) => guard,
            None => self.write().block(),
        }
    }

    /// Blocks the current thread until the lock is acquired for reading, for at most `timeout`.
    /// Returns `None` after a timeout.
    ///
    /// # Fairness
    ///
    /// Same as [`read_blocking`](Self::read_blocking). After a timeout, the waiter leaves the wait
    /// queue.
    ///
    /// # Blocking
    ///
    /// Same as [`read_blocking`](Self::read_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = aiosync::RwLock::new(1);
    /// let guard = lock.write_blocking();
    /// assert!(lock.read_blocking_timeout(Duration::from_millis(1)).is_none());
    /// # drop(guard);
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn read_blocking_timeout(&self, timeout: Duration) -> Option<RwLockReadGuard<'_, T>> {
        self.read().block_timeout(timeout)
    }

    /// Blocks the current thread until the lock is acquired for writing, for at most `timeout`.
    /// Returns `None` after a timeout.
    ///
    /// # Fairness
    ///
    /// Same as [`write_blocking`](Self::write_blocking). After a timeout, the waiter leaves the wait
    /// queue, and readers behind it may be granted.
    ///
    /// # Blocking
    ///
    /// Same as [`write_blocking`](Self::write_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lock = aiosync::RwLock::new(1);
    /// let guard = lock.read_blocking();
    /// assert!(lock.write_blocking_timeout(Duration::from_millis(1)).is_none());
    /// # drop(guard);
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn write_blocking_timeout(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, T>> {
        self.write().block_timeout(timeout)
    }

    /// Returns the data without locking, because `&mut self` proves that no guard exists.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut lock = aiosync::RwLock::new(1);
    /// *lock.get_mut() = 2;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    /// Returns the number of readers that hold the lock or were granted it. The result may be
    /// outdated at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::RwLock::new(());
    /// let guards = (lock.try_read(), lock.try_read());
    /// assert_eq!(lock.readers(), 2);
    /// # drop(guards);
    /// ```
    #[must_use]
    pub fn readers(&self) -> usize {
        self.raw.readers()
    }

    /// Returns whether a writer holds the lock or was granted it. The result may be outdated at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// let lock = aiosync::RwLock::new(());
    /// let guard = lock.try_write();
    /// assert!(lock.is_write_locked());
    /// # drop(guard);
    /// ```
    #[must_use]
    pub fn is_write_locked(&self) -> bool {
        self.raw.is_write_locked()
    }

    /// Returns the number of waiters, readers and writers. A waiter that was granted the lock is
    /// not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::RwLock::new(()).waiters(), 0);
    /// ```
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }
}

impl<T: Default> Default for RwLock<T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

// Not `RefUnwindSafe`: a panic may leave the data half changed, and the lock does not poison.
impl<T: ?Sized + UnwindSafe> UnwindSafe for RwLock<T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    /// Prints the state and the counts. If the lock can be acquired for reading at once, acquires
    /// it and prints the data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("RwLock");
        self.raw.describe(&mut fields);
        match self.try_read() {
            Some(guard) => fields.field("data", &&*guard),
            None => fields.field("data", &format_args!("<locked>")),
        };
        fields.finish()
    }
}
