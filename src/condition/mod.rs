#![deny(unsafe_code)]
//! A condition variable for [`Lock`](crate::Lock): [`Condition`].
//!
//! | module | content |
//! |---|---|
//! | [`waiters`] | the waiting and the notified waiters, and the requeue |
//! | [`wait`] | one waiter |
//! | [`future`] | the futures |

pub(crate) mod future;
#[expect(unsafe_code, reason = "links the node of a pinned future in a list")]
mod wait;
#[expect(unsafe_code, reason = "moves nodes from list to list")]
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

/// A condition variable: a wait releases the guard of a [`Lock`](crate::Lock), and returns it
/// after a notification.
///
/// A wait registers before it releases the lock, so it misses no notification in between. There
/// are no spurious returns: a wait returns only after a notification, and with the lock. The
/// caller of a notification need not hold the lock.
///
/// A condition serves one lock at a time, as in `std` and parking_lot. While there are
/// waiters with the guard of one lock, a wait with the guard of another lock panics. A wait
/// that is forgotten (`mem::forget`) binds the condition forever.
///
/// # Fairness
///
/// Waiters are notified in the order of their registration, and get the lock in this order.
/// A notification wakes only the first notified waiter. The first poll of any notified waiter
/// requeues all of them: it moves them into the wait queue of the lock. From then on, each is
/// woken once, when it owns the lock. So `notify_all` to many waiters does not make them
/// compete for the lock.
///
/// If the first notified waiter is neither polled nor dropped, those behind it wait until any
/// of them is polled.
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
        /// Creates a condition without waiters.
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

    /// Releases the lock, waits for a notification, and acquires the lock again.
    ///
    /// The first poll registers the wait and releases the lock. Until then the future holds
    /// the guard. When the wait returns, another task may have changed the data already. Use
    /// [`wait_while`](Self::wait_while) to wait for a state of the data.
    ///
    /// # Fairness
    ///
    /// Waiters are served in the order of their first poll. See [the type](Self).
    ///
    /// # Cancel safety
    ///
    /// The lock is not held after the future is dropped. Dropping the future before its
    /// notification affects no other waiter. If [`notify`](Self::notify) or
    /// [`notify_one`](Self::notify_one) has notified the future, dropping it passes the
    /// notification on to the next waiter of the condition. If it owns the lock, the lock goes to
    /// the next waiter of the lock. If [`notify_all`](Self::notify_all) has notified the future,
    /// dropping it passes on only the lock, because everyone was notified.
    ///
    /// # Panics
    ///
    /// The first poll panics and releases the lock if the condition currently serves another
    /// lock.
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

    /// Waits while `test` returns `true`. The lock is held during each test.
    ///
    /// The first test runs before the first wait. After a notification, if `test` still
    /// returns `true`, the waiter goes to the back of the queue.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait), for each wait separately.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If `test` panics; the lock is then released. Also if [`wait`](Self::wait) would panic.
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

    /// Waits until `test` returns `Some`, and returns the value. The lock is held during each
    /// test.
    ///
    /// The first test runs before the first wait. After a notification, if `test` still
    /// returns `None`, the waiter goes to the back of the queue.
    ///
    /// This is not a wait with a timeout, although parking_lot's `wait_for` is one. A task waits
    /// with a timeout if it puts the future into the timeout function of its runtime. After that
    /// timeout, it does not hold the lock. A thread can use
    /// [`wait_blocking_timeout`](Self::wait_blocking_timeout).
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait), for each wait separately.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If `test` panics; the lock is then released. Also if [`wait`](Self::wait) would panic.
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

    /// Waits as [`wait`](Self::wait) does, with a guard that keeps the `Arc` of its lock.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait). If the future holds the last `Arc`, dropping it drops the data.
    ///
    /// # Panics
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

    /// Waits as [`wait_while`](Self::wait_while) does, with a guard that keeps the `Arc` of its
    /// lock.
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
    /// If `test` panics; the lock is then released. Also if [`wait`](Self::wait) would panic.
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

    /// Waits as [`wait_for`](Self::wait_for) does, with a guard that keeps the `Arc` of its
    /// lock.
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
    /// If `test` panics; the lock is then released. Also if [`wait`](Self::wait) would panic.
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

    /// Waits as [`wait`](Self::wait) does, but blocks the thread.
    ///
    /// # Fairness
    ///
    /// As [`wait`](Self::wait): threads and tasks wait in one queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until it owns the lock again. Other tasks of the thread do not run
    /// meanwhile.
    ///
    /// # Panics
    ///
    /// If the condition currently serves another lock. The lock is released.
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

    /// Waits as [`wait_blocking`](Self::wait_blocking) does, but at most `timeout` for a
    /// notification. Returns the guard, and `true` if the wait was notified.
    ///
    /// The lock is acquired again in both cases, which may take longer than `timeout`.
    ///
    /// The condition variables of std and parking_lot return the opposite: whether the wait
    /// timed out.
    ///
    /// # Fairness
    ///
    /// As [`wait_blocking`](Self::wait_blocking). On a timeout, the waiter leaves the condition
    /// and goes to the back of the lock's wait queue.
    ///
    /// # Blocking
    ///
    /// As [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Panics
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
    /// let (_guard, notified) = condition.wait_blocking_timeout(guard, Duration::from_millis(1));
    /// assert!(!notified);
    /// ```
    #[doc(alias = "wait_timeout")]
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
            (guard, true)
        } else if wait.as_mut().give_up() {
            (lock.lock_blocking(), false)
        } else {
            (block_on(wait), true)
        }
    }

    /// Notifies the first waiter. Returns whether there was one. If not, the notification is
    /// lost.
    ///
    /// # Panics
    ///
    /// If a waker panics. The waiter is notified.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!aiosync::Condition::new().notify_one());
    /// ```
    pub fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    /// Notifies the first `n` waiters, or all if there are fewer. Returns the number of
    /// notified waiters.
    ///
    /// Waiters that are already notified do not count.
    ///
    /// # Panics
    ///
    /// If a waker panics. The waiters are notified.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Condition::new().notify(3), 0);
    /// ```
    pub fn notify(&self, n: usize) -> usize {
        self.notify_up_to(n, Notification::PassesOn)
    }

    /// Notifies all waiters. Returns their number.
    ///
    /// # Panics
    ///
    /// If a waker panics. The waiters are notified.
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

    /// Returns the number of waiters that are not notified.
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

    /// Notifies up to `most` of the waiters that are registered when the call begins.
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

// A condition holds no user data, and a panic leaves it usable.
impl UnwindSafe for Condition {}
impl RefUnwindSafe for Condition {}

impl fmt::Debug for Condition {
    /// Prints the number of waiters that are not notified, and the number of those that are
    /// notified but not yet requeued. The `Debug` of the lock counts requeued waiters.
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
