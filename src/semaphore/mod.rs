#![forbid(unsafe_code)]
//! [`Semaphore`]: a counter of permits, with weighted requests.
//!
//! | module | what |
//! |---|---|
//! | [`raw`] | the wait queue and the debt: the protocol |
//! | [`word`] | the atomic words |
//! | [`permit`] | the guards that hold permits |
//! | [`future`] | the futures |

pub(crate) mod future;
mod permit;
mod raw;
mod word;

pub use self::permit::{OwnedPermit, Permit};

use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use self::future::{Acquire, AcquireOwned};
use self::raw::RawSemaphore;
use self::word::MAX_PERMITS;
use crate::sync::{Arc, const_unless_loom};

/// A counter of permits. A task takes permits before it continues, and waits if there are too few.
///
/// A request may be for several permits, and is granted as a whole. Permits can be added
/// ([`release`](Self::release)) and removed ([`drain`](Self::drain), [`reduce`](Self::reduce)),
/// and their number can be bounded ([`bounded`](Self::bounded)). At every moment,
/// [`total_permits`](Self::total_permits) is free + held + granted − debt.
///
/// There is no `close`. Drop the waiting futures, or also wait for an
/// [`Event`](crate::Event).
///
/// # Fairness
///
/// FIFO by weight: a small request waits behind a large one, even if enough permits are free for
/// it. `try_` calls fail while anybody is waiting.
///
/// # Examples
///
/// ```
/// use aiosync::Semaphore;
/// use futures_lite::future;
///
/// let connections = Semaphore::new(2);
/// future::block_on(async {
///     let first = connections.acquire().await;
///     let second = connections.acquire().await;
///     assert!(connections.try_acquire().is_none());
///     drop(first);
///     assert!(connections.try_acquire().is_some());
/// #   drop(second);
/// });
/// ```
#[doc(alias = "permits")]
#[doc(alias = "bounded semaphore")]
pub struct Semaphore {
    raw: RawSemaphore,
    /// The largest total.
    bound: usize,
}

impl Semaphore {
    /// The largest number of permits that a semaphore can have.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    const_unless_loom! {
        /// Creates a semaphore with `permits` free permits. Its total is only bounded by
        /// [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Examples
        ///
        /// ```
        /// static PERMITS: aiosync::Semaphore = aiosync::Semaphore::new(3);
        /// assert_eq!(PERMITS.available_permits(), 3);
        /// ```
        #[must_use]
        pub const fn new(permits: usize) -> Self {
            Self::with_bound(permits, MAX_PERMITS)
        }
    }

    const_unless_loom! {
        /// Creates a semaphore whose total can never exceed the initial number. A
        /// [`release`](Self::release) that would exceed it returns an error.
        ///
        /// # Panics
        ///
        /// If `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Examples
        ///
        /// ```
        /// let semaphore = aiosync::Semaphore::bounded(2);
        /// assert!(semaphore.release(1).is_err());
        /// ```
        #[must_use]
        pub const fn bounded(permits: usize) -> Self {
            Self::with_bound(permits, permits)
        }
    }

    const_unless_loom! {
        const fn with_bound(permits: usize, bound: usize) -> Self {
            assert!(
                permits <= MAX_PERMITS,
                "aiosync: a semaphore cannot have more than MAX_PERMITS permits"
            );
            Self {
                raw: RawSemaphore::new(permits),
                bound,
            }
        }
    }

    /// Waits for one permit.
    ///
    /// # Fairness
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// If the semaphore was created with `bounded(0)`, because it never has a permit.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    /// use futures_lite::future;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = future::block_on(semaphore.acquire());
    /// assert_eq!(permit.permits(), 1);
    /// ```
    #[inline]
    pub fn acquire(&self) -> Acquire<'_> {
        self.acquire_many(1)
    }

    /// Waits for `n` permits, all at once. A request for 0 permits completes in the first poll.
    ///
    /// # Fairness
    ///
    /// FIFO: the first poll that cannot complete sets the position. Permits that come back stay
    /// free until there are enough for the whole first request.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits gives up its position, and the requests behind it
    /// are granted if there are enough permits for them. Dropping it after it was granted its
    /// permits gives them back.
    ///
    /// # Panics
    ///
    /// If `n` exceeds the bound of the semaphore, because such a wait could never end. The bound
    /// is the initial number of a [`bounded`](Self::bounded) semaphore, and
    /// [`MAX_PERMITS`](Self::MAX_PERMITS) otherwise. The call panics, not the poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    /// use futures_lite::future;
    ///
    /// let megabytes = Semaphore::new(100);
    /// let permit = future::block_on(megabytes.acquire_many(30));
    /// assert_eq!(megabytes.available_permits(), 70);
    /// # drop(permit);
    /// ```
    #[inline]
    pub fn acquire_many(&self, n: usize) -> Acquire<'_> {
        self.check_request(n);
        Acquire::new(self, n)
    }

    /// Takes one permit if one is free and nobody is waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert!(semaphore.try_acquire().is_none());
    /// # drop(permit);
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if they are free and nobody is waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// assert!(semaphore.try_acquire_many(4).is_none());
    /// assert!(semaphore.try_acquire_many(3).is_some());
    /// ```
    #[inline]
    pub fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
        self.try_take(n).then(|| Permit::new(self, n))
    }

    /// Waits for one permit. The future and the permit own the `Arc` and borrow nothing.
    ///
    /// # Fairness
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// If the semaphore was created with `bounded(0)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = future::block_on(Arc::clone(&semaphore).acquire_owned());
    /// assert_eq!(semaphore.available_permits(), 0);
    /// # drop(permit);
    /// ```
    #[inline]
    pub fn acquire_owned(self: Arc<Self>) -> AcquireOwned {
        self.acquire_many_owned(1)
    }

    /// Waits for `n` permits. The future and the permits own the `Arc` and borrow nothing.
    ///
    /// # Fairness
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(5));
    /// let permit = future::block_on(semaphore.acquire_many_owned(5));
    /// assert_eq!(permit.permits(), 5);
    /// ```
    #[inline]
    pub fn acquire_many_owned(self: Arc<Self>, n: usize) -> AcquireOwned {
        self.check_request(n);
        AcquireOwned::new(self, n)
    }

    /// Takes one permit if one is free and nobody is waiting. The permit owns the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(aiosync::Semaphore::new(1));
    /// assert!(semaphore.try_acquire_owned().is_some());
    /// ```
    #[inline]
    pub fn try_acquire_owned(self: Arc<Self>) -> Option<OwnedPermit> {
        self.try_acquire_many_owned(1)
    }

    /// Takes `n` permits if they are free and nobody is waiting. They own the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(aiosync::Semaphore::new(1));
    /// assert!(semaphore.try_acquire_many_owned(2).is_none());
    /// ```
    #[inline]
    pub fn try_acquire_many_owned(self: Arc<Self>, n: usize) -> Option<OwnedPermit> {
        self.try_take(n).then(|| OwnedPermit::new(self, n))
    }

    /// Blocks the current thread until it has one permit.
    ///
    /// # Fairness
    ///
    /// Threads and tasks wait in the same queue, as with [`acquire_many`](Self::acquire_many).
    ///
    /// # Blocking
    ///
    /// Blocks the thread if there are too few free permits, or if anybody is waiting. If the
    /// thread runs async tasks, they make no progress until this returns.
    ///
    /// # Panics
    ///
    /// If the semaphore was created with `bounded(0)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(1);
    /// let permit = semaphore.acquire_blocking();
    /// assert_eq!(semaphore.available_permits(), 0);
    /// # drop(permit);
    /// ```
    #[cfg(not(target_family = "wasm"))]
    #[inline]
    pub fn acquire_blocking(&self) -> Permit<'_> {
        self.acquire_many_blocking(1)
    }

    /// Blocks the current thread until it has `n` permits.
    ///
    /// # Fairness
    ///
    /// Threads and tasks wait in the same queue, as with [`acquire_many`](Self::acquire_many).
    ///
    /// # Blocking
    ///
    /// Like [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Panics
    ///
    /// Like [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// assert_eq!(semaphore.acquire_many_blocking(2).permits(), 2);
    /// ```
    #[cfg(not(target_family = "wasm"))]
    #[inline]
    pub fn acquire_many_blocking(&self, n: usize) -> Permit<'_> {
        match self.try_acquire_many(n) {
            Some(permit) => permit,
            None => self.acquire_many(n).block(),
        }
    }

    /// Blocks the current thread until it has one permit, for at most `timeout`. Returns `None`
    /// after a timeout.
    ///
    /// # Fairness
    ///
    /// Threads and tasks wait in the same queue, as with [`acquire_many`](Self::acquire_many). A
    /// timeout gives up the position.
    ///
    /// # Blocking
    ///
    /// Like [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Panics
    ///
    /// If the semaphore was created with `bounded(0)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let semaphore = aiosync::Semaphore::new(0);
    /// let permit = semaphore.acquire_blocking_timeout(Duration::from_millis(1));
    /// assert!(permit.is_none());
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn acquire_blocking_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.acquire().block_timeout(timeout)
    }

    /// Adds `n` permits. Nobody needs to have taken them before. They pay a debt first, and then
    /// go to the waiters.
    ///
    /// # Errors
    ///
    /// Returns [`ReleaseError`], and changes nothing, if the total would exceed the bound of the
    /// semaphore.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(0);
    /// semaphore.release(2).unwrap();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// assert!(semaphore.release(usize::MAX).is_err());
    /// ```
    #[doc(alias = "add_permits")]
    pub fn release(&self, n: usize) -> Result<(), ReleaseError> {
        if self.raw.try_release(n, self.bound) {
            Ok(())
        } else {
            Err(ReleaseError {
                permits: n,
                bound: self.bound,
            })
        }
    }

    /// Removes at most `up_to` free permits from the semaphore. Returns how many. Removes none
    /// while there are waiters or a debt.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// assert_eq!(semaphore.drain(usize::MAX), 3);
    /// assert_eq!(semaphore.total_permits(), 0);
    /// ```
    #[doc(alias = "forget_permits")]
    pub fn drain(&self, up_to: usize) -> usize {
        self.raw.drain(up_to)
    }

    /// Removes exactly `n` permits from the semaphore. Those that are not free become a debt.
    /// Returned permits pay the debt before they go to waiters.
    ///
    /// # Panics
    ///
    /// If the debt would exceed [`MAX_PERMITS`](Self::MAX_PERMITS). Nothing is changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// let permit = semaphore.try_acquire_many(3).unwrap();
    /// semaphore.reduce(2);
    /// drop(permit);
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn reduce(&self, n: usize) {
        self.raw.reduce(n);
    }

    /// Returns the number of free permits. While anybody is waiting, they are kept for the
    /// first request.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Semaphore::new(3).available_permits(), 3);
    /// ```
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.raw.available()
    }

    /// Returns the number of permits: free + held + granted − debt, or 0 if the debt exceeds the
    /// others.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.total_permits(), 3);
    /// # drop(permit);
    /// ```
    #[must_use]
    pub fn total_permits(&self) -> usize {
        self.raw.total()
    }

    /// Returns the number of requests that wait and are not granted yet.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Semaphore::new(0).waiters(), 0);
    /// ```
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.raw.waiters()
    }

    #[inline]
    fn try_take(&self, n: usize) -> bool {
        n <= self.bound && self.raw.try_acquire(n)
    }

    #[inline]
    fn check_request(&self, n: usize) {
        let bound = self.bound;
        assert!(
            n <= bound,
            "aiosync: a request for {n} permits can never be granted, because the semaphore's bound is {bound}"
        );
    }
}

// A semaphore holds no user data, and a panic leaves it consistent.
impl UnwindSafe for Semaphore {}
impl RefUnwindSafe for Semaphore {}

impl fmt::Debug for Semaphore {
    /// Prints the permits, the debt, the number of waiters, and the number of permits that were
    /// granted to waiters that have not been polled since.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Semaphore");
        self.raw.describe(&mut fields);
        fields.field("bound", &self.bound).finish()
    }
}

/// The error of a [`Semaphore::release`] that would raise the total above the semaphore's bound.
/// It changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseError {
    permits: usize,
    bound: usize,
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "releasing {} permits would exceed the semaphore's bound of {}, so none was released",
            self.permits, self.bound
        )
    }
}

impl Error for ReleaseError {}
