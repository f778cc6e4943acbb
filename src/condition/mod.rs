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

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;

use self::future::{
    ConditionWait, ConditionWaitFor, ConditionWaitForOwned, ConditionWaitOwned, ConditionWaitWhile,
    ConditionWaitWhileOwned,
};
use self::waiters::{ConditionWaiters, MOVES_PER_HOLD};
use crate::diagnostics::{PrimitiveKind, Probe, Site, identified_by_probe};
use crate::lock::raw::Notification;
use crate::lock::{LockGuard, OwnedLockGuard};
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::serve;

/// A condition variable. A wait releases a [`Lock`](crate::Lock), and acquires it again after a
/// notification.
///
/// A wait is registered before it releases the lock, so it misses no notification in between. There
/// are no spurious wakeups: a wait returns only after a notification, and with the lock held. A
/// task can notify without holding the lock.
///
/// A condition serves one lock at a time, as in `std` and parking_lot. While there are waiters with
/// a guard of one lock, a wait with a guard of another lock panics. A waiting future that is
/// forgotten (`mem::forget`) binds the condition to its lock forever.
///
/// # Fairness
///
/// Waiters are notified in the order of their first polls, and get the lock in this order.
///
/// A notification wakes only the first notified waiter. The first poll of any notified waiter
/// *requeues* all of them: it moves them into the wait queue of the lock. From then on, each waiter
/// is woken once, when it owns the lock. So after a `notify_all`, the waiters do not compete for
/// the lock.
///
/// If the first notified waiter is neither polled nor dropped, the notified waiters behind it wait
/// until one of them is polled.
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
    probe: Probe,
    waiters: Mutex<ConditionWaiters>,
}

identified_by_probe!([] Condition, probe);

impl Condition {
    const_unless_loom! {
        /// Creates a condition without waiters.
        ///
        /// # Examples
        ///
        /// ```
        /// use aiosync::{Condition, Lock};
        ///
        /// static COUNT: Lock<u32> = Lock::new(0);
        /// static CHANGED: Condition = Condition::new();
        ///
        /// *COUNT.lock_blocking() += 1;
        /// CHANGED.notify_all();
        /// ```
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new() -> Self {
            Self {
                probe: Probe::new(PrimitiveKind::Condition, Site::here()),
                waiters: Mutex::new(ConditionWaiters::EMPTY),
            }
        }
    }

    /// Names the condition in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static CHANGED: aiosync::Condition = aiosync::Condition::new().named("changed");
    /// # CHANGED.notify_all();
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.probe.set_name(name);
        self
    }

    /// Releases the lock, waits for a notification, and acquires the lock again.
    ///
    /// The first poll registers the wait and releases the lock. Until then the future holds the
    /// guard. Between the notification and the return, another task can change the data. To wait
    /// for a state of the data, use [`wait_while`](Self::wait_while).
    ///
    /// # Fairness
    ///
    /// Waiters are notified in the order of their first polls. See [the type](Self).
    ///
    /// # Cancel safety
    ///
    /// The lock is not held after the drop. If the future already owned it, the lock goes to its
    /// next waiter.
    ///
    /// A drop before the notification affects no other waiter. A drop after a notification depends
    /// on its kind:
    ///
    /// - A notification from [`notify`](Self::notify) or [`notify_one`](Self::notify_one) is passed
    ///   on to the next waiter of the condition.
    /// - A notification from [`notify_all`](Self::notify_all) is not passed on, because all waiters
    ///   were notified.
    ///
    /// # Panics
    ///
    /// The first poll panics if the condition currently serves another lock. In this case the lock
    /// is released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    ///
    /// let (ready, changed) = (Lock::new(false), Condition::new());
    /// let waiter = async {
    ///     let mut guard = ready.lock().await;
    ///     while !*guard {
    ///         guard = changed.wait(guard).await;
    ///     }
    /// };
    /// let notifier = async {
    ///     *ready.lock().await = true;
    ///     changed.notify_all();
    /// };
    /// future::block_on(future::zip(waiter, notifier));
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> ConditionWait<'_, 'a, T> {
        ConditionWait::new(self, guard)
    }

    /// Waits while `test` returns `true`. The lock is held during each test.
    ///
    /// The first poll runs the first test. If that test returns `false`, there is no wait. If a
    /// test after a notification returns `true`, the waiter goes to the back of the wait queue of
    /// the condition.
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait), separately for each wait.
    ///
    /// # Cancel safety
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Panics if `test` panics, or if [`wait`](Self::wait) would panic. In both cases the lock is
    /// released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    ///
    /// let (running, changed) = (Lock::new(1), Condition::new());
    /// let shutdown = async {
    ///     let guard = running.lock().await;
    ///     let guard = changed.wait_while(guard, |running| *running > 0).await;
    ///     assert_eq!(*guard, 0);
    /// };
    /// let job = async {
    ///     *running.lock().await -= 1;
    ///     changed.notify_all();
    /// };
    /// future::block_on(future::zip(shutdown, job));
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_while<'a, T, F>(
        &self,
        guard: LockGuard<'a, T>,
        test: F,
    ) -> ConditionWaitWhile<'_, 'a, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        ConditionWaitWhile::new(self, guard, test)
    }

    /// Waits until `test` returns `Some`, and returns the guard and the value. The lock is held
    /// during each test.
    ///
    /// The first poll runs the first test. If that test returns `Some`, there is no wait. If a test
    /// after a notification returns `None`, the waiter goes to the back of the wait queue of the
    /// condition.
    ///
    /// This is not a wait with a timeout, although parking_lot's `wait_for` is one. In a task, pass
    /// the future to the timeout function of the runtime. After that timeout, the task does not
    /// hold the lock. In a thread, use [`wait_blocking_timeout`](Self::wait_blocking_timeout).
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait), separately for each wait.
    ///
    /// # Cancel safety
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Panics if `test` panics, or if [`wait`](Self::wait) would panic. In both cases the lock is
    /// released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    ///
    /// let (jobs, changed) = (Lock::new(Vec::new()), Condition::new());
    /// let worker = async {
    ///     let (_guard, job) = changed.wait_for(jobs.lock().await, |jobs| jobs.pop()).await;
    ///     job
    /// };
    /// let boss = async {
    ///     jobs.lock().await.push("sweep");
    ///     changed.notify_one();
    /// };
    /// assert_eq!(future::block_on(future::zip(worker, boss)).0, "sweep");
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_for<'a, T, R, F>(
        &self,
        guard: LockGuard<'a, T>,
        test: F,
    ) -> ConditionWaitFor<'_, 'a, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> Option<R>,
    {
        ConditionWaitFor::new(self, guard, test)
    }

    /// Waits as [`wait`](Self::wait) does, with a guard that owns the `Arc` of its lock.
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Same as [`wait`](Self::wait). If the future owns the last `Arc`, dropping it drops the data.
    ///
    /// # Panics
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let (ready, changed) = (Arc::new(Lock::new(false)), Condition::new());
    /// let waiter = async {
    ///     let mut guard = Arc::clone(&ready).lock_owned().await;
    ///     while !*guard {
    ///         guard = changed.wait_owned(guard).await;
    ///     }
    /// };
    /// let notifier = async {
    ///     *ready.lock().await = true;
    ///     changed.notify_all();
    /// };
    /// future::block_on(future::zip(waiter, notifier));
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_owned<T: ?Sized>(&self, guard: OwnedLockGuard<T>) -> ConditionWaitOwned<'_, T> {
        ConditionWaitOwned::new(self, guard)
    }

    /// Waits as [`wait_while`](Self::wait_while) does, with a guard that owns the `Arc` of its
    /// lock.
    ///
    /// # Fairness
    ///
    /// Same as [`wait_while`](Self::wait_while).
    ///
    /// # Cancel safety
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Panics if `test` panics, or if [`wait`](Self::wait) would panic. In both cases the lock is
    /// released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let (running, changed) = (Arc::new(Lock::new(1)), Condition::new());
    /// let shutdown = async {
    ///     let guard = Arc::clone(&running).lock_owned().await;
    ///     changed.wait_while_owned(guard, |running| *running > 0).await;
    /// };
    /// let job = async {
    ///     *running.lock().await -= 1;
    ///     changed.notify_all();
    /// };
    /// future::block_on(future::zip(shutdown, job));
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_while_owned<T, F>(
        &self,
        guard: OwnedLockGuard<T>,
        test: F,
    ) -> ConditionWaitWhileOwned<'_, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        ConditionWaitWhileOwned::new(self, guard, test)
    }

    /// Waits as [`wait_for`](Self::wait_for) does, with a guard that owns the `Arc` of its lock.
    ///
    /// # Fairness
    ///
    /// Same as [`wait_for`](Self::wait_for).
    ///
    /// # Cancel safety
    ///
    /// Same as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// Panics if `test` panics, or if [`wait`](Self::wait) would panic. In both cases the lock is
    /// released.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let (jobs, changed) = (Arc::new(Lock::new(Vec::new())), Condition::new());
    /// let worker = async {
    ///     let guard = Arc::clone(&jobs).lock_owned().await;
    ///     let (_guard, job) = changed.wait_for_owned(guard, |jobs| jobs.pop()).await;
    ///     job
    /// };
    /// let boss = async {
    ///     jobs.lock().await.push("sweep");
    ///     changed.notify_one();
    /// };
    /// assert_eq!(future::block_on(future::zip(worker, boss)).0, "sweep");
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_for_owned<T, R, F>(
        &self,
        guard: OwnedLockGuard<T>,
        test: F,
    ) -> ConditionWaitForOwned<'_, T, F>
    where
        T: ?Sized,
        F: FnMut(&mut T) -> Option<R>,
    {
        ConditionWaitForOwned::new(self, guard, test)
    }

    /// Blocks the current thread, and otherwise waits as [`wait`](Self::wait) does.
    ///
    /// # Fairness
    ///
    /// Same as [`wait`](Self::wait): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until it holds the lock again. If the thread runs async tasks, they make
    /// no progress until this returns.
    ///
    /// # Panics
    ///
    /// Panics if the condition currently serves another lock. In this case the lock is released.
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
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking<'a, T: ?Sized>(&self, guard: LockGuard<'a, T>) -> LockGuard<'a, T> {
        self.wait(guard).block()
    }

    /// Waits as [`wait_blocking`](Self::wait_blocking) does, but for at most `timeout`. Returns the
    /// guard, and `true` if the wait was notified.
    ///
    /// After a notification or a timeout, the wait acquires the lock again. So the call may take
    /// longer than `timeout`.
    ///
    /// The condition variables of std and parking_lot return the opposite, whether the wait timed
    /// out.
    ///
    /// # Fairness
    ///
    /// Same as [`wait_blocking`](Self::wait_blocking). After a timeout, the waiter leaves the
    /// condition and goes to the back of the wait queue of the lock.
    ///
    /// # Blocking
    ///
    /// Same as [`wait_blocking`](Self::wait_blocking).
    ///
    /// # Panics
    ///
    /// Same as [`wait_blocking`](Self::wait_blocking).
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
    #[doc(alias = "wait_until")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait_blocking_timeout<'a, T: ?Sized>(
        &self,
        guard: LockGuard<'a, T>,
        timeout: Duration,
    ) -> (LockGuard<'a, T>, bool) {
        use crate::wait::park::{block_on, block_on_timeout};

        let lock = LockGuard::source(&guard);
        let mut wait = core::pin::pin!(self.wait(guard));
        if let Some(guard) = block_on_timeout(wait.as_mut(), timeout) {
            (guard, true)
        } else if wait.as_mut().give_up() {
            (lock.lock_blocking(), false)
        } else {
            (block_on(wait), true)
        }
    }

    /// Notifies the first waiter. Returns whether there was one. If there was none, the
    /// notification is lost.
    ///
    /// # Panics
    ///
    /// Panics if the waker of the waiter panics. The waiter is notified nevertheless.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    ///
    /// let (jobs, changed) = (Lock::new(Vec::new()), Condition::new());
    /// jobs.lock_blocking().push("sweep");
    /// // Nobody waits. A worker that comes later tests `jobs` before it waits.
    /// assert!(!changed.notify_one());
    /// ```
    #[doc(alias = "signal")]
    pub fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    /// Notifies the first `n` waiters, or all waiters if there are fewer. Returns the number of
    /// waiters that it has notified.
    ///
    /// Skips waiters that are already notified.
    ///
    /// # Panics
    ///
    /// Panics if a waker panics. The waiters are notified nevertheless.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    ///
    /// let (lock, condition) = (Lock::new(()), Condition::new());
    /// let mut waits = Vec::new();
    /// for _ in 0..3 {
    ///     let guard = lock.try_lock().unwrap();
    ///     let mut wait = Box::pin(condition.wait(guard));
    ///     // The first poll registers the wait and releases the lock.
    ///     assert!(future::block_on(future::poll_once(&mut wait)).is_none());
    ///     waits.push(wait);
    /// }
    /// assert_eq!(condition.notify(2), 2);
    /// assert_eq!(condition.notify(2), 1);
    /// ```
    pub fn notify(&self, n: usize) -> usize {
        self.notify_up_to(n, Notification::PassesOn)
    }

    /// Notifies all waiters. Returns the number of waiters that it has notified.
    ///
    /// # Panics
    ///
    /// Panics if a waker panics. The waiters are notified nevertheless.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    ///
    /// let (open, changed) = (Lock::new(false), Condition::new());
    /// std::thread::scope(|scope| {
    ///     for _ in 0..3 {
    ///         scope.spawn(|| {
    ///             let mut guard = open.lock_blocking();
    ///             while !*guard {
    ///                 guard = changed.wait_blocking(guard);
    ///             }
    ///         });
    ///     }
    ///     *open.lock_blocking() = true;
    ///     changed.notify_all();
    /// });
    /// ```
    #[doc(alias = "broadcast")]
    #[doc(alias = "notify_waiters")]
    pub fn notify_all(&self) -> usize {
        self.notify_up_to(usize::MAX, Notification::Ends)
    }

    /// Returns the number of waiters. A notified waiter is not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Condition, Lock};
    /// use futures_lite::future;
    ///
    /// let (lock, condition) = (Lock::new(()), Condition::new());
    /// let mut wait = Box::pin(condition.wait(lock.try_lock().unwrap()));
    /// assert!(future::block_on(future::poll_once(&mut wait)).is_none());
    /// assert_eq!(condition.waiters(), 1);
    /// condition.notify_one();
    /// assert_eq!(condition.waiters(), 0);
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn default() -> Self {
        Self::new()
    }
}

// A condition holds no user data, and a panic leaves it usable.
impl UnwindSafe for Condition {}
impl RefUnwindSafe for Condition {}

impl fmt::Debug for Condition {
    /// Prints the number of waiters that are not notified, and the number of waiters that are
    /// notified and not yet requeued. The `Debug` of the lock counts the requeued waiters.
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
