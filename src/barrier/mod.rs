#![forbid(unsafe_code)]
//! [`Barrier`]: a point where a group of tasks waits for each other.
//!
//! | module | what |
//! |---|---|
//! | [`raw`] | the arrivals and the generations: the protocol |
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

/// A point where `parties` tasks or threads wait for each other, as often as they like.
///
/// Each generation is complete when its last party arrives. Then all waits return, each with an
/// index of its own, in the order of arrival.
///
/// # Fairness
///
/// Waiters are woken in the order of their arrival.
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
        /// Creates a barrier for `parties` tasks or threads.
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

    /// Arrives, and waits until all parties have arrived.
    ///
    /// The arrival counts from the first poll. The last party does not wait: it gets the index
    /// `parties - 1` and is the leader.
    ///
    /// # Fairness
    ///
    /// Waiters get their indices, and are woken, in the order of arrival.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before its generation is complete takes the arrival back, and later
    /// arrivals move up. Dropping it afterwards changes nothing, because the other parties
    /// are released already.
    ///
    /// # Errors
    ///
    /// Returns [`BrokenBarrier`] if the barrier is broken by [`abort`](Self::abort), or if
    /// [`reset`](Self::reset) is called during the wait. A wait whose generation was complete
    /// before returns `Ok`.
    ///
    /// # Panics
    ///
    /// If this is the last party and a waker panics. All other waiters have been woken then.
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

    /// Arrives, and waits until all parties have arrived. The future owns the `Arc` and borrows
    /// nothing.
    ///
    /// # Fairness
    ///
    /// Like [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Like [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// Like [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Like [`wait`](Self::wait).
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

    /// Arrives, and blocks the current thread until all parties have arrived.
    ///
    /// # Fairness
    ///
    /// Threads and tasks wait in the same queue, as with [`wait`](Self::wait).
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the last party arrives. If the thread runs async tasks, they make
    /// no progress until this returns, and cannot arrive.
    ///
    /// # Errors
    ///
    /// Like [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Like [`wait`](Self::wait).
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

    /// Arrives, and blocks the current thread until all parties have arrived, for at most
    /// `timeout`. Returns `None` after a timeout, which takes the arrival back.
    ///
    /// # Fairness
    ///
    /// Like [`wait_blocking`](Self::wait_blocking). After a timeout later arrivals move up.
    ///
    /// # Blocking
    ///
    /// Like [`wait_blocking`](Self::wait_blocking), for at most `timeout`.
    ///
    /// # Errors
    ///
    /// Like [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Like [`wait`](Self::wait).
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

    /// Returns the number of parties.
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

    /// Returns the number of parties that have arrived in the current generation.
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

    /// Returns whether the barrier is broken: [`abort`](Self::abort) was called, and
    /// [`reset`](Self::reset) was not called since.
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

    /// Empties the barrier and makes it usable. Waiters get [`BrokenBarrier`].
    ///
    /// # Panics
    ///
    /// If a waker panics. All other waiters have been woken then.
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

    /// Breaks the barrier. Waiters get [`BrokenBarrier`], and so do all later arrivals until
    /// [`reset`](Self::reset) is called.
    ///
    /// # Panics
    ///
    /// If a waker panics. All other waiters have been woken then.
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

// A barrier holds no user data, and a panic leaves it consistent.
impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl fmt::Debug for Barrier {
    /// Prints the number of parties, the number of waiters, whether the barrier is broken, and
    /// the number of waiters that are released and not yet woken. A waiter that was woken is
    /// not counted. Its future prints that state.
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
    /// Returns this party's position in the order of arrival, from 0 to `parties - 1`. Each
    /// index is given out once in a generation.
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

/// The error of a wait on a barrier that was aborted, or that was reset during the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "the barrier was reset during the wait, or it was aborted and has not been reset",
        )
    }
}

impl Error for BrokenBarrier {}
