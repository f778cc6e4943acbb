#![forbid(unsafe_code)]
//! A point where a group meets: [`Barrier`].
//!
//! | module | what |
//! |---|---|
//! | [`line`] | arrivals, generations, the protocol |
//! | [`future`] | the futures |

pub(crate) mod future;
mod raw;

use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use self::future::{BarrierWait, BarrierWaitOwned};
use self::raw::RawBarrier;
use crate::sync::{Arc, const_unless_loom};

/// A point where `parties` tasks or threads wait for each other, again and again.
///
/// Each round (generation) is complete when the last of them arrives. Then all
/// go on, each with an index of its own, in the order of arrival.
///
/// # Fairness
///
/// Those who wait are woken in the order of their arrival.
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
pub struct Barrier {
    raw: RawBarrier,
    parties: usize,
}

impl Barrier {
    const_unless_loom! {
        /// A barrier for `parties` participants.
        ///
        /// # Panics
        ///
        /// If `parties` is 0.
        ///
        /// # Examples
        ///
        /// ```
        /// static START: aiosync::Barrier = aiosync::Barrier::new(3);
        /// assert_eq!(START.parties(), 3);
        /// ```
        #[must_use]
        pub const fn new(parties: usize) -> Self {
            assert!(
                parties > 0,
                "aiosync: a barrier must have at least 1 party, not 0"
            );
            Self {
                raw: RawBarrier::new(),
                parties,
            }
        }
    }

    /// Arrives, and waits until all parties have.
    ///
    /// The arrival counts from the first poll. The last to arrive does not wait: it
    /// gets the index `parties - 1` and is the leader.
    ///
    /// # Fairness
    ///
    /// Indices are given, and waiters woken, in the order of arrival.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before its generation is complete takes the arrival
    /// back; later arrivals move up. Dropping it after changes nothing: the others
    /// are released already.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if [`abort`](Self::abort) was called, or
    /// [`reset`](Self::reset) while it waited. A wait that was released before
    /// stays `Ok`.
    ///
    /// # Panics
    ///
    /// In the last to arrive, if a waker panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Barrier;
    /// use futures_lite::future;
    ///
    /// let barrier = Barrier::new(1);
    /// assert!(future::block_on(barrier.wait()).unwrap().is_leader());
    /// ```
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait::new(self)
    }

    /// As [`wait`](Self::wait), with a future that keeps the `Arc` and borrows
    /// nothing.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Barrier;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let barrier = Arc::new(Barrier::new(1));
    /// assert_eq!(future::block_on(barrier.wait_owned()).unwrap().index(), 0);
    /// ```
    pub fn wait_owned(self: Arc<Self>) -> BarrierWaitOwned {
        BarrierWaitOwned::new(self)
    }

    /// Arrives, and waits on this thread until all parties have.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`wait`](Self::wait).
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the last party arrives. Tasks of this very thread
    /// cannot go on meanwhile, nor arrive.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
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
    #[cfg(not(target_family = "wasm"))]
    pub fn wait_blocking(&self) -> Result<BarrierWaitResult, BrokenBarrier> {
        self.wait().block()
    }

    /// As [`wait_blocking`](Self::wait_blocking), for `timeout` at the longest.
    /// `None` if the time was over first; the arrival is taken back.
    ///
    /// # Fairness
    ///
    /// As [`wait_blocking`](Self::wait_blocking). Later arrivals move up.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
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
    #[cfg(not(target_family = "wasm"))]
    pub fn wait_blocking_timeout(
        &self,
        timeout: Duration,
    ) -> Option<Result<BarrierWaitResult, BrokenBarrier>> {
        self.wait().block_timeout(timeout)
    }

    /// How many must arrive.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Barrier::new(2).parties(), 2);
    /// ```
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many have arrived in this generation.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Barrier::new(2).waiting(), 0);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.raw.arrived()
    }

    /// Whether [`abort`](Self::abort) was called and [`reset`](Self::reset) was
    /// not, since.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = aiosync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.is_broken());
    /// ```
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.raw.is_broken()
    }

    /// Empties the barrier and makes it usable: those who wait get
    /// [`BrokenBarrier`].
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = aiosync::Barrier::new(1);
    /// barrier.abort();
    /// barrier.reset();
    /// assert!(barrier.wait_blocking().is_ok());
    /// ```
    pub fn reset(&self) {
        self.raw.end(false);
    }

    /// Breaks the barrier: those who wait, and all who come until
    /// [`reset`](Self::reset), get [`BrokenBarrier`].
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = aiosync::Barrier::new(2);
    /// barrier.abort();
    /// assert!(barrier.wait_blocking().is_err());
    /// ```
    pub fn abort(&self) {
        self.raw.end(true);
    }
}

// Nothing of the user's is inside, and a panic leaves it whole.
impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl fmt::Debug for Barrier {
    /// The parties, how many of them wait, whether it is broken, and how many were released
    /// just now and not woken yet. Who was woken needs the barrier no more and is not
    /// counted; its future says so.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Barrier");
        fields.field("parties", &self.parties);
        self.raw.describe(&mut fields);
        fields.finish()
    }
}

/// What a [`Barrier::wait`] came to.
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
    /// This party's place among those that met, by the order of arrival: 0 to
    /// `parties - 1`, each exactly once in a generation.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Whether this party was the last to arrive. There is one in each generation.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.leader
    }
}

/// The barrier was aborted, or it was reset while the wait was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "the barrier was reset during the wait, or was aborted and serves nobody until it is reset",
        )
    }
}

impl Error for BrokenBarrier {}
