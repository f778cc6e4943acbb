#![forbid(unsafe_code)]
//! [`Barrier`]: a point where a group of tasks waits for each other.
//!
//! | module | what |
//! |---|---|
//! | [`raw`] | the arrivals and the generations: the protocol |
//! | [`future`] | the futures |

pub(crate) mod future;
mod raw;

use core::error::Error;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use self::future::{BarrierWait, BarrierWaitOwned};
use self::raw::RawBarrier;
use crate::diagnostics::{PrimitiveKind, Probe, Site, identified_by_probe};
use crate::sync::{Arc, const_unless_loom};

/// A point where a number of tasks or threads, its *parties*, wait for each other.
///
/// A barrier can be used again and again. Each use is a *generation*, which is complete when its
/// last party arrives. Then all waits return, each with an index of its own. The indices are in the
/// order of arrival.
///
/// # Fairness
///
/// Waiters are woken in the order of arrival.
///
/// # Examples
///
/// ```
/// use aiosync::Barrier;
/// use futures_lite::future;
///
/// let barrier = Barrier::new(2);
/// let (first, second) = future::block_on(future::zip(barrier.wait(), barrier.wait()));
/// assert_eq!(first.unwrap().index(), 0);
/// assert!(second.unwrap().is_leader());
/// ```
#[doc(alias = "rendezvous")]
#[doc(alias = "CyclicBarrier")]
pub struct Barrier {
    probe: Probe,
    raw: RawBarrier,
    parties: usize,
}

identified_by_probe!([] Barrier, probe);

impl Barrier {
    const_unless_loom! {
        /// Creates a barrier for `parties` tasks or threads.
        ///
        /// # Panics
        ///
        /// Panics if `parties` is 0.
        ///
        /// # Examples
        ///
        /// ```
        /// use aiosync::Barrier;
        ///
        /// static START: Barrier = Barrier::new(2);
        ///
        /// std::thread::scope(|scope| {
        ///     scope.spawn(|| START.wait_blocking());
        ///     scope.spawn(|| START.wait_blocking());
        /// });
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new(parties: usize) -> Self {
            assert!(
                parties > 0,
                "aiosync: a barrier must have at least 1 party, not 0"
            );
            Self {
                probe: Probe::new(PrimitiveKind::Barrier, Site::here()),
                raw: RawBarrier::new(),
                parties,
            }
        }
    }

    /// Names the barrier in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static START: aiosync::Barrier = aiosync::Barrier::new(3).named("start");
    /// # assert_eq!(START.parties(), 3);
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.probe.set_name(name);
        self
    }

    /// Arrives, and waits until all parties have arrived.
    ///
    /// The first poll is the arrival. The last party does not wait: it gets the index `parties - 1`
    /// and is the leader.
    ///
    /// # Fairness
    ///
    /// Waiters get their indices, and are woken, in the order of arrival.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before its generation is complete takes the arrival back, and the later
    /// arrivals move up by one. Dropping it afterwards changes nothing, because the other parties
    /// are already released.
    ///
    /// # Errors
    ///
    /// Returns [`BrokenBarrier`] if the barrier is broken by [`abort`](Self::abort), or if
    /// [`reset`](Self::reset) is called during the wait. If the generation was complete before that
    /// call, the wait returns `Ok`.
    ///
    /// # Panics
    ///
    /// Panics if this is the last party and a waker panics, after all other waiters were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Barrier;
    /// use futures_lite::future;
    ///
    /// let barrier = Barrier::new(2);
    /// let party = async {
    ///     // The first half of the work.
    ///     if barrier.wait().await.unwrap().is_leader() {
    ///         "the leader"
    ///     } else {
    ///         "another party"
    ///     }
    /// };
    /// let last = async { barrier.wait().await.unwrap().is_leader() };
    /// let both = future::block_on(future::zip(party, last));
    /// assert_eq!(both, ("another party", true));
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait::new(self)
    }

    /// Arrives, and waits until all parties have arrived. The future owns the `Arc` and borrows
    /// nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Barrier;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let barrier = Arc::new(Barrier::new(2));
    /// let wait = Arc::clone(&barrier).wait_owned();
    /// // The future may move to another task or thread.
    /// let thread = std::thread::spawn(|| future::block_on(wait));
    /// barrier.wait_blocking().unwrap();
    /// assert!(thread.join().unwrap().is_ok());
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_owned(self: Arc<Self>) -> BarrierWaitOwned {
        BarrierWaitOwned::new(self)
    }

    /// Arrives, and blocks the current thread until all parties have arrived.
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the last party arrives. If the thread runs async tasks, they make no
    /// progress until this returns, so they cannot arrive.
    ///
    /// # Errors
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = aiosync::Barrier::new(2);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| barrier.wait_blocking().unwrap());
    ///     barrier.wait_blocking().unwrap();
    /// });
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking(&self) -> Result<BarrierWaitResult, BrokenBarrier> {
        self.wait().block()
    }

    /// Arrives, and blocks the current thread until all parties have arrived, for at most
    /// `timeout`. Returns `None` after a timeout, and takes the arrival back.
    ///
    /// # Fairness
    ///
    /// Same as [`wait_blocking`](Self::wait_blocking). After a timeout, the later arrivals move up
    /// by one.
    ///
    /// # Blocking
    ///
    /// Same as [`wait_blocking`](Self::wait_blocking), but for at most `timeout`.
    ///
    /// # Errors
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let barrier = aiosync::Barrier::new(2);
    /// assert!(barrier.wait_blocking_timeout(Duration::from_millis(1)).is_none());
    /// assert_eq!(barrier.waiting(), 0);
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking_timeout(
        &self,
        timeout: Duration,
    ) -> Option<Result<BarrierWaitResult, BrokenBarrier>> {
        self.wait().block_timeout(timeout)
    }

    /// Returns the number of parties.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = aiosync::Barrier::new(2);
    /// let missing = barrier.parties() - barrier.waiting();
    /// assert_eq!(missing, 2);
    /// ```
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// Returns the number of parties that have arrived in the current generation.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Barrier;
    /// use futures_lite::future;
    ///
    /// let barrier = Barrier::new(2);
    /// let mut first = Box::pin(barrier.wait());
    /// // The first poll is the arrival.
    /// assert!(future::block_on(future::poll_once(&mut first)).is_none());
    /// assert_eq!(barrier.waiting(), 1);
    /// drop(first);
    /// assert_eq!(barrier.waiting(), 0);
    /// ```
    #[doc(alias = "n_waiting")]
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.raw.arrived()
    }

    /// Returns whether the barrier is broken. It is broken from a call of [`abort`](Self::abort) to
    /// the next call of [`reset`](Self::reset).
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = aiosync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.is_broken());
    /// barrier.reset();
    /// assert!(!barrier.is_broken());
    /// ```
    #[doc(alias = "broken")]
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.raw.is_broken()
    }

    /// Begins a new generation, and repairs a broken barrier. All waits of the current generation
    /// return [`BrokenBarrier`].
    ///
    /// # Panics
    ///
    /// Panics if a waker panics, after all other waiters were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = aiosync::Barrier::new(1);
    /// barrier.abort();
    /// assert!(barrier.wait_blocking().is_err());
    /// barrier.reset();
    /// assert!(barrier.wait_blocking().is_ok());
    /// ```
    pub fn reset(&self) {
        self.raw.end(false);
    }

    /// Breaks the barrier. All waits of the current generation return [`BrokenBarrier`], and so do
    /// all later waits until [`reset`](Self::reset) is called.
    ///
    /// # Panics
    ///
    /// Panics if a waker panics, after all other waiters were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Barrier;
    ///
    /// let barrier = Barrier::new(2);
    /// std::thread::scope(|scope| {
    ///     let party = scope.spawn(|| barrier.wait_blocking());
    ///     // The other party has failed, so it does not arrive.
    ///     barrier.abort();
    ///     assert!(party.join().unwrap().is_err());
    /// });
    /// ```
    pub fn abort(&self) {
        self.raw.end(true);
    }
}

// A barrier holds no user data, and a panic leaves it consistent.
impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl fmt::Debug for Barrier {
    /// Prints the number of parties, the number of waiters, whether the barrier is broken, and the
    /// number of waiters that are released and not yet woken. A woken waiter is not counted; the
    /// `Debug` of its future shows that state.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Barrier");
        fields.field("parties", &self.parties);
        self.raw.describe(&mut fields);
        fields.finish()
    }
}

/// The result of [`Barrier::wait`].
///
/// # Examples
///
/// ```
/// let result = aiosync::Barrier::new(1).wait_blocking().unwrap();
/// assert!(result.is_leader());
/// assert_eq!(result.index(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult {
    index: usize,
    leader: bool,
}

impl BarrierWaitResult {
    /// Returns the position of this party in the order of arrival, from 0 to `parties - 1`. No two
    /// parties of a generation have the same index.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns whether this party was the last one to arrive. Each generation has one leader.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

/// The error of [`Barrier::wait`]: the barrier is broken, or was reset during the wait.
#[doc(alias = "BrokenBarrierError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "the barrier was reset during the wait, or it was aborted and not reset since",
        )
    }
}

impl Error for BrokenBarrier {}
