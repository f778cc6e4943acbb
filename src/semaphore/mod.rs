#![forbid(unsafe_code)]
//! A weighted counter of permits with a raw: [`Semaphore`].
//!
//! | module | what |
//! |---|---|
//! | [`line`] | words, wait queue, debt: the protocol |
//! | [`permit`] | what a holder has in hand |
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
use crate::semaphore::word::MAX_PERMITS;
use crate::sync::{Arc, const_unless_loom};

/// A counter of permits: who wants to go on takes some, who finds too few waits.
///
/// A request may be for many permits at once, and is granted whole. Permits can
/// be added ([`release`](Self::release)), taken away ([`drain`](Self::drain),
/// [`reduce`](Self::reduce)), and given a bound ([`bounded`](Self::bounded)).
/// At every moment, free + held + granted − debt is the
/// [`total_permits`](Self::total_permits).
///
/// There is no `close`: drop the waiting futures, or wait for an
/// [`Event`](crate::Event) beside.
///
/// # Fairness
///
/// First come, first served, by weight: behind a large request that waits, a small
/// one waits too, whatever is free. `try_` calls fail while somebody waits.
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
    /// What the total must not exceed.
    bound: usize,
}

impl Semaphore {
    /// The greatest number of permits a semaphore can have.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    const_unless_loom! {
        /// A semaphore with `permits` free permits, possibly none. Its total is
        /// bounded by [`MAX_PERMITS`](Self::MAX_PERMITS) only.
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
        /// A semaphore whose total can never exceed the initial number: a
        /// [`release`](Self::release) too much is an error.
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
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// If the semaphore was made with `bounded(0)`: there can never be a permit.
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

    /// Waits for `n` permits, all at once. For `n` = 0 it is ready at once.
    ///
    /// # Fairness
    ///
    /// First come, first served, by the first poll that had to wait. Permits that
    /// come back stay free until the first request in line fits whole.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits gives up its place in line, and those
    /// behind it are served as far as the permits go. Dropping it after it was
    /// granted its permits gives them back.
    ///
    /// # Panics
    ///
    /// If `n` exceeds the bound of the semaphore (the initial number of a
    /// [`bounded`](Self::bounded) one, else [`MAX_PERMITS`](Self::MAX_PERMITS)):
    /// such a wait could never end. The call panics, not the poll.
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

    /// Takes one permit if one is free and nobody is in line.
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

    /// Takes `n` permits if they are free and nobody is in line.
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

    /// Waits for one permit that keeps the `Arc` and borrows nothing.
    ///
    /// # Fairness
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// If the semaphore was made with `bounded(0)`.
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

    /// Waits for `n` permits that keep the `Arc` and borrow nothing.
    ///
    /// # Fairness
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// As [`acquire_many`](Self::acquire_many).
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

    /// Takes one permit that keeps the `Arc`, if one is free and nobody is in
    /// line.
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

    /// Takes `n` permits that keep the `Arc`, if they are free and nobody is in
    /// line.
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

    /// Waits for one permit on this thread.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`acquire_many`](Self::acquire_many).
    ///
    /// # Blocking
    ///
    /// Blocks the thread if no permit is free. Tasks of this very thread cannot
    /// go on meanwhile.
    ///
    /// # Panics
    ///
    /// If the semaphore was made with `bounded(0)`.
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

    /// Waits for `n` permits on this thread.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`acquire_many`](Self::acquire_many).
    ///
    /// # Blocking
    ///
    /// As [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Panics
    ///
    /// As [`acquire_many`](Self::acquire_many).
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

    /// Waits for one permit on this thread, for `timeout` at the longest.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`acquire_many`](Self::acquire_many). When
    /// the time is over the place in line is given up.
    ///
    /// # Blocking
    ///
    /// As [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Panics
    ///
    /// If the semaphore was made with `bounded(0)`.
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

    /// Adds `n` permits, which nobody has to have taken before. They pay a debt
    /// first, and serve the line next.
    ///
    /// # Errors
    ///
    /// If the total would exceed the bound of the semaphore; nothing is changed.
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

    /// Takes up to `up_to` permits away that are free now, for good, and answers
    /// how many. While somebody is in line, or a debt stands, it takes none.
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

    /// Takes exactly `n` permits away, for good. Those that are not free now
    /// become a debt, which permits that come back pay first, ahead of the line.
    ///
    /// # Panics
    ///
    /// If the debt would exceed [`MAX_PERMITS`](Self::MAX_PERMITS); nothing is
    /// changed.
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

    /// How many permits are free. With somebody in line they are on their way to
    /// the first request.
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

    /// How many permits there are: free, held and granted, less the debt. 0 where
    /// the debt exceeds what is there.
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

    /// How many requests are in line, without those that were granted.
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
            "aiosync: a request for {n} permits can never be granted, the semaphore is bounded at {bound}"
        );
    }
}

// Nothing of the user's is inside, and a panic leaves it whole.
impl UnwindSafe for Semaphore {}
impl RefUnwindSafe for Semaphore {}

impl fmt::Debug for Semaphore {
    /// Permits, debt, line, and the permits that were granted to waiters who have not been
    /// polled since.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Semaphore");
        self.raw.describe(&mut fields);
        fields.field("bound", &self.bound).finish()
    }
}

/// [`Semaphore::release`] would lift the total over the semaphore's bound.
/// Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseError {
    permits: usize,
    bound: usize,
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "releasing {} permits would lift the semaphore over its bound of {}, so none was released",
            self.permits, self.bound
        )
    }
}

impl Error for ReleaseError {}
