#![deny(unsafe_code)]
//! A condition variable over [`Lock`](crate::Lock): [`Condition`].
//!
//! | module | what |
//! |---|---|
//! | [`stations`] | who waits, who was notified: the train that carries them into their lock's line |
//! | [`waiter`] | one waiter on its way |
//! | [`future`] | the futures |

pub(crate) mod future;
#[expect(
    unsafe_code,
    reason = "the owner's side of a node that two lists share"
)]
mod wait;
#[expect(unsafe_code, reason = "moves nodes between lists")]
mod waiters;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use self::future::{
    ConditionWait, ConditionWaitFor, ConditionWaitForOwned, ConditionWaitOwned, ConditionWaitWhile,
    ConditionWaitWhileOwned,
};
use self::waiters::{ConditionWaiters, MOVES_PER_HOLD};
use crate::lock::raw::Notification;
use crate::lock::{LockGuard, OwnedLockGuard};
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::serve;

/// A condition variable: waits, with a [`Lock`](crate::Lock)'s guard, until somebody
/// notifies, and gets the guard back.
///
/// The lock is given back when the wait has been registered, so that no
/// notification can fall between. A wait never returns without a notification, and
/// never without the lock. The lock need not be held to notify. One condition may
/// serve guards of several locks.
///
/// # Fairness
///
/// Notifications go to the waiters in the order in which they were registered, and
/// the notified get their lock in that order. They enter its line together, when the
/// first of them is polled. Until then one of them has been woken, to be that first
/// one (of a long run, each 16th); the others are woken once each, when they own the
/// lock. So `notify_all` is no stampede. The price: a woken one that nobody polls,
/// and that is not dropped either, keeps up to 15 others waiting until any of them
/// is polled or dropped.
///
/// # Examples
///
/// ```
/// use aiosync::{Condition, Lock};
/// use futures_lite::future;
///
/// let (jobs, changed) = (Lock::new(Vec::new()), Condition::new());
/// let worker = async {
///     let guard = jobs.lock().await;
///     let (_guard, job) = changed.wait_for(guard, |jobs| jobs.pop()).await;
///     job
/// };
/// let boss = async {
///     jobs.lock().await.push("sweep");
///     changed.notify_one();
/// };
/// assert_eq!(future::block_on(future::zip(worker, boss)).0, "sweep");
/// ```
#[doc(alias = "condvar")]
#[doc(alias = "Condvar")]
#[doc(alias = "condition variable")]
pub struct Condition {
    waiters: Mutex<ConditionWaiters>,
}

impl Condition {
    const_unless_loom! {
        /// A condition that nobody waits for.
        ///
        /// # Examples
        ///
        /// ```
        /// static CHANGED: aiosync::Condition = aiosync::Condition::new();
        /// assert_eq!(CHANGED.waiters(), 0);
        /// ```
        #[must_use]
        pub const fn new() -> Self {
            Self {
                waiters: Mutex::new(ConditionWaiters::EMPTY),
            }
        }
    }

    /// Gives the lock back, waits for a notification, and gets the lock again.
    ///
    /// The wait is registered at the first poll; until then the future holds the
    /// guard. Nothing else ends it: there is no spurious return. What was to be
    /// waited for may have gone again, if another was faster; see
    /// [`wait_while`](Self::wait_while).
    ///
    /// # Fairness
    ///
    /// First come, first served; see [the type](Self).
    ///
    /// # Cancel safety
    ///
    /// The lock is not held after a drop. Dropped while it waits, the future affects
    /// nobody else. Dropped after [`notify`](Self::notify) or
    /// [`notify_one`](Self::notify_one) has chosen it, it passes the notification to
    /// the next waiter, and the lock, if it owned it, to the next in its line. After
    /// [`notify_all`](Self::notify_all) nothing is passed on: everybody was told.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    ///
    /// let (lock, condition) = (Lock::new(0), Condition::new());
    /// future::block_on(future::zip(
    ///     async { condition.wait(lock.lock().await).await },
    ///     async { condition.notify_one() },
    /// ));
    /// ```
    pub fn wait<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> ConditionWait<'_, 'a, T> {
        ConditionWait::new(&self.waiters, guard)
    }

    /// Waits as long as `test` answers `true`, with the lock held for each test.
    ///
    /// It tests before it waits for the first time. After a test that failed it waits
    /// at the tail again.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait), once for each wait.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If `test` panics; the lock is given back.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    ///
    /// let (lock, condition) = (Lock::new(3), Condition::new());
    /// let guard = future::block_on(async {
    ///     let guard = lock.lock().await;
    ///     condition.wait_while(guard, |count| *count == 0).await
    /// });
    /// assert_eq!(*guard, 3);
    /// ```
    pub fn wait_while<'a, T, F>(
        &self,
        guard: LockGuard<'a, T>,
        test: F,
    ) -> ConditionWaitWhile<'_, 'a, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        ConditionWaitWhile::new(&self.waiters, guard, test)
    }

    /// Waits until `test` answers `Some`, with the lock held for each test, and
    /// answers what was in it.
    ///
    /// It tests before it waits for the first time. After a test that failed it waits
    /// at the tail again.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait), once for each wait.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If `test` panics; the lock is given back.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    pub fn wait_for<'a, T, R, F>(
        &self,
        guard: LockGuard<'a, T>,
        test: F,
    ) -> ConditionWaitFor<'_, 'a, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> Option<R>,
    {
        ConditionWaitFor::new(&self.waiters, guard, test)
    }

    /// As [`wait`](Self::wait), with a guard that keeps its lock's `Arc`.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let (lock, condition) = (Arc::new(Lock::new(0)), Condition::new());
    /// let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    /// future::block_on(future::zip(
    ///     condition.wait_owned(guard),
    ///     async { condition.notify_one() },
    /// ));
    /// ```
    pub fn wait_owned<T: ?Sized>(&self, guard: OwnedLockGuard<T>) -> ConditionWaitOwned<'_, T> {
        ConditionWaitOwned::new(&self.waiters, guard)
    }

    /// As [`wait_while`](Self::wait_while), with a guard that keeps its lock's
    /// `Arc`.
    ///
    /// # Fairness
    ///
    /// As [`wait_while`](Self::wait_while).
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If `test` panics; the lock is given back.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let condition = Condition::new();
    /// let guard = Arc::new(Lock::new(1)).try_lock_owned().unwrap();
    /// future::block_on(condition.wait_while_owned(guard, |count| *count == 0));
    /// ```
    pub fn wait_while_owned<T, F>(
        &self,
        guard: OwnedLockGuard<T>,
        test: F,
    ) -> ConditionWaitWhileOwned<'_, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        ConditionWaitWhileOwned::new(&self.waiters, guard, test)
    }

    /// As [`wait_for`](Self::wait_for), with a guard that keeps its lock's `Arc`.
    ///
    /// # Fairness
    ///
    /// As [`wait_for`](Self::wait_for).
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If `test` panics; the lock is given back.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let condition = Condition::new();
    /// let guard = Arc::new(Lock::new(vec![7])).try_lock_owned().unwrap();
    /// let (_guard, seven) = future::block_on(condition.wait_for_owned(guard, |all| all.pop()));
    /// assert_eq!(seven, 7);
    /// ```
    pub fn wait_for_owned<T, R, F>(
        &self,
        guard: OwnedLockGuard<T>,
        test: F,
    ) -> ConditionWaitForOwned<'_, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> Option<R>,
    {
        ConditionWaitForOwned::new(&self.waiters, guard, test)
    }

    /// As [`wait`](Self::wait), on this thread.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`wait`](Self::wait).
    ///
    /// # Blocking
    ///
    /// Blocks the thread. Tasks of this very thread cannot go on meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    ///
    /// let (lock, condition) = (Lock::new(false), Condition::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         *lock.lock_blocking() = true;
    ///         condition.notify_all();
    ///     });
    ///     let mut guard = lock.lock_blocking();
    ///     while !*guard {
    ///         guard = condition.wait_blocking(guard);
    ///     }
    /// });
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn wait_blocking<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> LockGuard<'a, T> {
        self.wait(guard).block()
    }

    /// As [`wait_blocking`](Self::wait_blocking), for `timeout` at the longest; then
    /// it gets the lock again without a notification, and answers `true` beside the
    /// guard.
    ///
    /// If the time is over after it was notified and before it owns the lock, it goes
    /// on waiting for the lock, and was not timed out. In both cases the lock may take
    /// longer than `timeout`.
    ///
    /// # Fairness
    ///
    /// As [`wait_blocking`](Self::wait_blocking). When the time is over the place among those
    /// who wait is given up, and the lock is queued for anew.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use std::time::Duration;
    ///
    /// let (lock, condition) = (Lock::new(()), Condition::new());
    /// let guard = lock.lock_blocking();
    /// let (_guard, timed_out) = condition.wait_blocking_timeout(guard, Duration::from_millis(1));
    /// assert!(timed_out);
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn wait_blocking_timeout<'a, T: ?Sized>(
        &self,
        guard: LockGuard<'a, T>,
        timeout: Duration,
    ) -> (LockGuard<'a, T>, bool) {
        use crate::wait::park::{block_on, block_on_timeout};

        let lock = LockGuard::source(&guard);
        let mut wait = std::pin::pin!(self.wait(guard));
        if let Some(guard) = block_on_timeout(wait.as_mut(), timeout) {
            (guard, false)
        } else if wait.as_mut().give_up() {
            (lock.lock_blocking(), true)
        } else {
            (block_on(wait), false)
        }
    }

    /// Notifies the first waiter. Answers whether there was one; if not, the
    /// notification is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!aiosync::Condition::new().notify_one());
    /// ```
    pub fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    /// Notifies the first `n` waiters, or as many as there are. Answers how many.
    ///
    /// Those that were notified before, or have given up, do not count.
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Condition::new().notify(3), 0);
    /// ```
    pub fn notify(&self, n: usize) -> usize {
        self.notify_up_to(n, Notification::PassesOn)
    }

    /// Notifies all waiters. Answers how many.
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Condition::new().notify_all(), 0);
    /// ```
    #[doc(alias = "broadcast")]
    pub fn notify_all(&self) -> usize {
        self.notify_up_to(usize::MAX, Notification::Ends)
    }

    /// How many wait and were not notified yet.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Condition::new().waiters(), 0);
    /// ```
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.waiters.lock().waiting()
    }

    /// Notifies up to `most` of the waiters that are registered now.
    fn notify_up_to(&self, most: usize, notification: Notification) -> usize {
        let waiters = self.waiters.lock();
        let most = most.min(waiters.waiting());
        let mut notified = 0;
        serve(&self.waiters, waiters, None, |waiters, batch| {
            for _ in 0..MOVES_PER_HOLD {
                if notified == most || !waiters.notify_first(notification, batch) {
                    return false;
                }
                notified += 1;
            }
            true
        });
        notified
    }
}

impl Default for Condition {
    fn default() -> Self {
        Self::new()
    }
}

// Nothing of the user's is inside, and a panic leaves it whole.
impl UnwindSafe for Condition {}
impl RefUnwindSafe for Condition {}

impl fmt::Debug for Condition {
    /// How many wait, and how many were notified and have not entered the line of their
    /// lock yet. Whoever has shows in the `Debug` of the lock.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiters = self.waiters.lock();
        let (waiting, notified) = (waiters.waiting(), waiters.notified());
        drop(waiters);
        formatter
            .debug_struct("Condition")
            .field("waiters", &waiting)
            .field("notified_not_requeued", &notified)
            .finish()
    }
}
