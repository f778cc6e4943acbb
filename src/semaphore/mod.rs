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

use core::error::Error;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use self::future::{Acquire, AcquireOwned};
use self::raw::RawSemaphore;
use self::word::MAX_PERMITS;
use crate::diagnostics::{HoldMode, HoldProbe, PrimitiveKind, Probe, Site, identified_by_probe};
use crate::sync::{Arc, const_unless_loom};

/// A counter of permits. A task takes permits before it continues, and waits if too few are free.
///
/// A request can be for several permits, and is granted as a whole. [`release`](Self::release) adds
/// permits. [`drain`](Self::drain) and [`reduce`](Self::reduce) remove them. The total of a
/// [`bounded`](Self::bounded) semaphore never exceeds its initial number.
///
/// Each permit is free, held by a guard, or granted to a waiter. A *debt* is the number of permits
/// that `reduce` has removed while they were not free. [`total_permits`](Self::total_permits) is
/// free + held + granted − debt.
///
/// A semaphore has no `close`. To end the waits, drop their futures. For example, wait for the
/// permit and for an [`Event`](crate::Event) at the same time.
///
/// # Fairness
///
/// Requests are granted in order: a small request waits behind a large one, even if enough permits
/// are free for it. `try_acquire` and its relatives fail while anybody is waiting.
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
#[doc(alias = "BoundedSemaphore")]
pub struct Semaphore {
    probe: Probe,
    raw: RawSemaphore,
    /// The largest total.
    bound: usize,
}

identified_by_probe!([] Semaphore, probe);

impl Semaphore {
    /// The largest number of permits that a semaphore can have.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    const_unless_loom! {
        /// Creates a semaphore with `permits` free permits. Later releases can raise the total up
        /// to [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Panics
        ///
        /// Panics if `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Examples
        ///
        /// ```
        /// use aiosync::Semaphore;
        ///
        /// static DOWNLOADS: Semaphore = Semaphore::new(3);
        ///
        /// let permit = DOWNLOADS.acquire_blocking();
        /// assert_eq!(DOWNLOADS.available_permits(), 2);
        /// # drop(permit);
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new(permits: usize) -> Self {
            Self::with_bound(permits, MAX_PERMITS)
        }
    }

    const_unless_loom! {
        /// Creates a semaphore with `permits` free permits, whose total never exceeds that number.
        /// A [`release`](Self::release) that would exceed it returns an error.
        ///
        /// # Panics
        ///
        /// Panics if `permits` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS).
        ///
        /// # Examples
        ///
        /// ```
        /// let semaphore = aiosync::Semaphore::bounded(2);
        /// assert!(semaphore.release(1).is_err());
        /// semaphore.try_acquire().unwrap().forget();
        /// assert!(semaphore.release(1).is_ok());
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn bounded(permits: usize) -> Self {
            Self::with_bound(permits, permits)
        }
    }

    const_unless_loom! {
        #[cfg_attr(feature = "diagnostics", track_caller)]
        const fn with_bound(permits: usize, bound: usize) -> Self {
            assert!(
                permits <= MAX_PERMITS,
                "aiosync: a semaphore must have at most MAX_PERMITS permits"
            );
            Self {
                probe: Probe::new(PrimitiveKind::Semaphore, Site::here()),
                raw: RawSemaphore::new(permits),
                bound,
            }
        }
    }

    /// Names the semaphore in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static POOL: aiosync::Semaphore = aiosync::Semaphore::new(10).named("pool");
    /// # assert_eq!(POOL.available_permits(), 10);
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.probe.set_name(name);
        self
    }

    /// Records that the caller has taken permits without a wait.
    #[inline]
    fn taken(&self, site: Site, count: usize) -> HoldProbe {
        HoldProbe::taken(&self.probe, site, HoldMode::Permits, count)
    }

    /// Waits for one permit.
    ///
    /// # Fairness
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// Panics if the semaphore was created with `bounded(0)`, because it never has a permit. The
    /// call panics, not the poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    /// use futures_lite::future;
    ///
    /// let connections = Semaphore::new(2);
    /// future::block_on(async {
    ///     let permit = connections.acquire().await;
    ///     assert_eq!(connections.available_permits(), 1);
    ///     // Send a request here.
    ///     drop(permit);
    /// });
    /// assert_eq!(connections.available_permits(), 2);
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire(&self) -> Acquire<'_> {
        self.acquire_many(1)
    }

    /// Waits for `n` permits, and takes them all at once. A request for 0 permits completes in the
    /// first poll.
    ///
    /// # Fairness
    ///
    /// Requests are granted in the order of their first polls. Returned permits stay free until
    /// there are enough for the first request as a whole.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits removes it from the wait queue. Requests behind it are
    /// then granted if enough permits are free for them. If it was granted its permits, dropping it
    /// gives them back.
    ///
    /// # Panics
    ///
    /// Panics if `n` exceeds the bound of the semaphore, because such a wait could never end. The
    /// bound of a [`bounded`](Self::bounded) semaphore is its initial number of permits. The bound
    /// of any other is [`MAX_PERMITS`](Self::MAX_PERMITS). The call panics, not the poll.
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_many(&self, n: usize) -> Acquire<'_> {
        self.check_request(n);
        Acquire::new(self, n)
    }

    /// Takes one permit if one is free and nobody is waiting. Returns `None` otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    ///
    /// fn serve(limit: &Semaphore) -> &'static str {
    ///     match limit.try_acquire() {
    ///         Some(_permit) => "served",
    ///         None => "try again later",
    ///     }
    /// }
    ///
    /// assert_eq!(serve(&Semaphore::new(1)), "served");
    /// assert_eq!(serve(&Semaphore::new(0)), "try again later");
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.try_acquire_many(1)
    }

    /// Takes `n` permits if they are free and nobody is waiting. Returns `None` otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// assert!(semaphore.try_acquire_many(4).is_none());
    /// assert!(semaphore.try_acquire_many(3).is_some());
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
        let site = Site::here();
        self.try_take(n)
            .then(|| Permit::new(self, n, self.taken(site, n)))
    }

    /// Waits for one permit. The future and the permit own the `Arc` and borrow nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// Panics if the semaphore was created with `bounded(0)`.
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
    /// // The permit may move to another task or thread.
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    #[doc(alias = "acquire_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_owned(self: Arc<Self>) -> AcquireOwned {
        self.acquire_many_owned(1)
    }

    /// Waits for `n` permits, and takes them all at once. The future and the guard own the `Arc`
    /// and borrow nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancel safety
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Panics
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let megabytes = Arc::new(Semaphore::new(100));
    /// let permit = future::block_on(Arc::clone(&megabytes).acquire_many_owned(30));
    /// let load = std::thread::spawn(move || permit.permits());
    /// assert_eq!(load.join().unwrap(), 30);
    /// assert_eq!(megabytes.available_permits(), 100);
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_many_owned(self: Arc<Self>, n: usize) -> AcquireOwned {
        self.check_request(n);
        AcquireOwned::new(self, n)
    }

    /// Takes one permit if one is free and nobody is waiting. Returns `None` otherwise. The permit
    /// owns the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(aiosync::Semaphore::new(1));
    /// let permit = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    /// assert!(Arc::clone(&semaphore).try_acquire_owned().is_none());
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert!(semaphore.try_acquire_owned().is_some());
    /// ```
    #[doc(alias = "try_acquire_arc")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_owned(self: Arc<Self>) -> Option<OwnedPermit> {
        self.try_acquire_many_owned(1)
    }

    /// Takes `n` permits if they are free and nobody is waiting. Returns `None` otherwise. The
    /// guard owns the `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(aiosync::Semaphore::new(3));
    /// assert!(Arc::clone(&semaphore).try_acquire_many_owned(4).is_none());
    /// assert!(semaphore.try_acquire_many_owned(3).is_some());
    /// ```
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_acquire_many_owned(self: Arc<Self>, n: usize) -> Option<OwnedPermit> {
        let site = Site::here();
        self.try_take(n).then(|| {
            let probe = self.taken(site, n);
            OwnedPermit::new(self, n, probe)
        })
    }

    /// Blocks the current thread until it has one permit.
    ///
    /// # Fairness
    ///
    /// Same as [`acquire_many`](Self::acquire_many): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread if there are too few free permits, or if anybody is waiting. If the
    /// thread runs async tasks, they make no progress until this returns.
    ///
    /// # Panics
    ///
    /// Panics if the semaphore was created with `bounded(0)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(0);
    /// std::thread::scope(|scope| {
    ///     let thread = scope.spawn(|| semaphore.acquire_blocking().permits());
    ///     semaphore.release(1).unwrap();
    ///     assert_eq!(thread.join().unwrap(), 1);
    /// });
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_blocking(&self) -> Permit<'_> {
        self.acquire_many_blocking(1)
    }

    /// Blocks the current thread until it has `n` permits.
    ///
    /// # Fairness
    ///
    /// Same as [`acquire_many`](Self::acquire_many): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Same as [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Panics
    ///
    /// Same as [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// assert_eq!(semaphore.acquire_many_blocking(2).permits(), 2);
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
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
    /// Same as [`acquire_many`](Self::acquire_many): threads and tasks wait in the same queue.
    /// After a timeout, the waiter leaves the wait queue.
    ///
    /// # Blocking
    ///
    /// Same as [`acquire_blocking`](Self::acquire_blocking).
    ///
    /// # Panics
    ///
    /// Panics if the semaphore was created with `bounded(0)`.
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
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn acquire_blocking_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.acquire().block_timeout(timeout)
    }

    /// Adds `n` permits, which need not have been taken before. They pay the debt first, and then
    /// go to the waiters.
    ///
    /// # Errors
    ///
    /// Returns [`ReleaseError`], and changes nothing, if the total would exceed the bound of the
    /// semaphore.
    ///
    /// # Panics
    ///
    /// Panics if a waker panics, after all other waiters were woken. The permits were added.
    ///
    /// # Examples
    ///
    /// ```
    /// let tokens = aiosync::Semaphore::new(0);
    /// tokens.release(2).unwrap();
    /// assert_eq!(tokens.available_permits(), 2);
    /// assert!(tokens.release(usize::MAX).is_err());
    /// assert_eq!(tokens.available_permits(), 2);
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

    /// Removes at most `up_to` free permits from the semaphore. Returns the number of removed
    /// permits. Removes none while there are waiters or a debt.
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

    /// Removes `n` permits from the semaphore, even if they are not free. Permits that are not free
    /// become a debt. Returned and released permits pay the debt before they go to waiters.
    ///
    /// # Panics
    ///
    /// Panics if the debt would exceed [`MAX_PERMITS`](Self::MAX_PERMITS). In this case nothing
    /// changes.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// let permit = semaphore.try_acquire_many(3).unwrap();
    /// semaphore.reduce(2);
    /// assert_eq!(semaphore.total_permits(), 1);
    /// // Two of the three returned permits pay the debt.
    /// drop(permit);
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn reduce(&self, n: usize) {
        self.raw.reduce(n);
    }

    /// Returns the number of free permits. While anybody is waiting, these are kept for the first
    /// request.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// # drop(permit);
    /// ```
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.raw.available()
    }

    /// Returns the total number of permits: free + held + granted − debt. Returns 0 if the debt
    /// exceeds the sum.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = aiosync::Semaphore::new(3);
    /// let permit = semaphore.try_acquire().unwrap();
    /// // A held permit still counts.
    /// assert_eq!(semaphore.total_permits(), 3);
    /// permit.forget();
    /// assert_eq!(semaphore.total_permits(), 2);
    /// ```
    #[must_use]
    pub fn total_permits(&self) -> usize {
        self.raw.total()
    }

    /// Returns the number of waiters. A waiter that was granted its permits is not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Semaphore;
    /// use futures_lite::future;
    ///
    /// let semaphore = Semaphore::new(0);
    /// let mut wait = Box::pin(semaphore.acquire());
    /// // The first poll puts the future into the wait queue.
    /// assert!(future::block_on(future::poll_once(&mut wait)).is_none());
    /// assert_eq!(semaphore.waiters(), 1);
    /// semaphore.release(1).unwrap();
    /// assert_eq!(semaphore.waiters(), 0);
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
    /// Prints the permits, the debt, the bound, the number of waiters, and the number of granted
    /// permits. A permit counts as granted until its waiter is polled or dropped.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Semaphore");
        self.raw.describe(&mut fields);
        fields.field("bound", &self.bound).finish()
    }
}

/// The error of [`Semaphore::release`]: the total would exceed the semaphore's bound. No permit was
/// released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseError {
    permits: usize,
    bound: usize,
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "releasing {} permits would exceed the semaphore's bound of {}, so none were released",
            self.permits, self.bound
        )
    }
}

impl Error for ReleaseError {}
