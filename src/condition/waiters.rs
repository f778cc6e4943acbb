//! The lists of a condition: the waiting and the notified waiters.
//!
//! # State
//!
//! | list | waiters |
//! |---|---|
//! | `waiting` | registered, not notified |
//! | `notified` | notified, not yet in the lock's wait queue |
//!
//! The condition's mutex guards both lists. All waiters in them use the same lock. `lock` is its
//! address. A waiter has a notification if and only if it is in `notified`.
//!
//! # Protocol
//!
//! 1. A notification moves waiters from the front of `waiting` to the back of `notified`. If
//!    `notified` was empty, its first waiter is woken.
//! 2. The first poll of any notified waiter *requeues* all of them: it moves them, in order,
//!    to the back of the lock's wait queue, [`MOVES_PER_HOLD`] at a time. If the lock is
//!    free, the first one gets it.
//! 3. The lock hands itself off to each of them in turn, and wakes each when it owns the
//!    lock.
//! 4. If the first notified waiter is dropped, the next one is woken.
//!
//! parking_lot and the Linux futex requeue for the same reason: `notify_all` to N waiters makes N
//! grants, instead of waking N tasks that compete for the lock.
//!
//! # Why no notification is lost
//!
//! While `notified` is not empty, its first waiter has been woken and not polled since, or
//! a poll is requeueing. Each change of the first waiter keeps this true:
//!
//! - The list gets its first waiter: step 1 wakes it.
//! - The first waiter is dropped: step 4 wakes the next one.
//! - The first waiter is moved: the poll that moves it goes on until it has moved all
//!   waiters that it found. If others were notified meanwhile, it wakes the first of them.
//!
//! # Cancellation
//!
//! See [`wait`](super::wait).
//!
//! # Fairness
//!
//! Both lists are FIFO, and so is the lock's wait queue: waiters get the lock in the order of
//! their registration. A thread that locks between a notification and its requeue is ahead
//! of the notified waiters.
//!
//! # The lock's address
//!
//! The address is only compared, and never dereferenced. A requeue compares it in each step: the
//! condition may serve another lock as soon as its last waiter has left. A forgotten waiter keeps
//! the condition bound to its lock's address. If a new lock is created there, the forgotten node
//! may be requeued into the new lock's wait queue. That is sound: the node of a forgotten future
//! is never freed.
//!
//! The condition's mutex is taken before the mutex of the lock's wait queue.

use core::ptr::NonNull;
use core::task::Waker;

use crate::lock::raw::{LockWaiter, Notification, RawLock};
use crate::sync::GRANTS_PER_HOLD;
use crate::wait::batch::{BATCH, WakeBatch};
use crate::wait::list::{Node, WaitList, owned_data};

/// The number of waiters that are moved before the mutexes are released.
pub(super) const MOVES_PER_HOLD: usize = GRANTS_PER_HOLD;

// Each move may grant the lock and push a waker.
const _: () = assert!(MOVES_PER_HOLD <= BATCH);

/// See the [module](self).
pub(crate) struct ConditionWaiters {
    waiting: WaitList<LockWaiter>,
    notified: WaitList<LockWaiter>,
    /// Meaningful while a list is not empty.
    lock: usize,
}

impl ConditionWaiters {
    pub(super) const EMPTY: Self = Self {
        waiting: WaitList::new(),
        notified: WaitList::new(),
        lock: 0,
    };

    /// Returns the number of waiters that are not notified.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the number of waiters that are notified and not yet requeued.
    pub(super) fn notified(&self) -> usize {
        self.notified.len()
    }

    /// Binds the condition to a lock. Returns `false` if waiters of another lock are
    /// registered.
    pub(super) fn bind(&mut self, lock: &RawLock) -> bool {
        if self.waiting.is_empty() && self.notified.is_empty() {
            self.lock = core::ptr::from_ref(lock).addr();
        }
        self.is_bound_to(lock)
    }

    fn is_bound_to(&self, lock: &RawLock) -> bool {
        self.lock == core::ptr::from_ref(lock).addr()
    }

    /// Registers a waiter that has no notification.
    ///
    /// # Safety
    ///
    /// As for [`WaitList::push_back`]. Once the owner reads `REQUEUED`, it takes the mutex
    /// of the lock that the condition is [bound](Self::bind) to.
    pub(super) unsafe fn register(&mut self, node: NonNull<Node<LockWaiter>>) {
        // SAFETY: this function's contract is that of `push_back`.
        unsafe { self.waiting.push_back(node) };
    }

    /// Notifies the first waiter. Returns `false` if nobody waits.
    pub(super) fn notify_first(
        &mut self,
        notification: Notification,
        batch: &mut WakeBatch,
    ) -> bool {
        let is_first = self.notified.is_empty();
        // SAFETY: the condition's mutex guards both lists.
        let notified = unsafe {
            self.waiting.move_front(&mut self.notified, |waiter| {
                waiter.notification = Some(notification);
            })
        };
        if notified && is_first {
            batch.push(self.notified.take_front_waker());
        }
        notified
    }

    /// Returns whether a waiter is notified.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn is_notified(&self, node: NonNull<Node<LockWaiter>>) -> bool {
        // SAFETY: the node is linked in one of the two lists, which one mutex guards.
        let data = unsafe { self.waiting.data(node) };
        data.notification.is_some()
    }

    /// Stores `waker` in a waiter, as [`store_waker`] does.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn store_waker(
        &mut self,
        node: NonNull<Node<LockWaiter>>,
        waker: &Waker,
        spare: &mut Option<Waker>,
    ) -> bool {
        // SAFETY: this function's contract.
        let list = unsafe { self.list_of(node) };
        // SAFETY: `list_of` returns the list that the node is linked in.
        unsafe { store_waker(list, node, waker, spare) }
    }

    /// Grants the lock to a waiter, if it is the only notified one and the lock is free. In this
    /// case nobody has to be requeued. Returns its waker, for the caller to drop.
    pub(super) fn grant_alone(
        &mut self,
        node: NonNull<Node<LockWaiter>>,
        lock: &RawLock,
    ) -> Option<Option<Waker>> {
        let first = self.notified.front_data()?;
        let is_alone = self.notified.len() == 1 && self.notified.is_front(node);
        if is_alone && lock.try_lock_for_waiter(first) {
            self.notified.grant_front()
        } else {
            None
        }
    }

    /// Requeues up to [`MOVES_PER_HOLD`] notified waiters, but at most `left`, and subtracts
    /// their number from `left`. Returns whether the caller has to call this again.
    ///
    /// `own` is the node that is polled. Its waker is not woken: it goes into `retired`, for
    /// the caller to drop.
    pub(super) fn requeue(
        &mut self,
        lock: &RawLock,
        own: NonNull<Node<LockWaiter>>,
        left: &mut usize,
        batch: &mut WakeBatch,
        retired: &mut Option<Waker>,
    ) -> bool {
        if !self.is_bound_to(lock) {
            // Since the caller's last step, its remaining waiters have left, and waiters of
            // another lock have registered. A notification has woken the first of those.
            return false;
        }
        let mut queue = lock.queue();
        let moves = MOVES_PER_HOLD.min(*left).min(self.notified.len());
        for _ in 0..moves {
            let Some(first) = self.notified.front_data() else {
                break;
            };
            // This may succeed more than once in the loop, because an owner unlocks without the
            // mutex.
            if lock.lock_or_queue_for_waiter(first) {
                let is_own = self.notified.is_front(own);
                let waker = self.notified.grant_front().flatten();
                if is_own {
                    *retired = waker;
                } else {
                    batch.push(waker);
                }
            } else {
                // SAFETY: the contract of `register`: all owners take the mutex of the lock that
                // the condition is bound to, which is `lock`.
                unsafe { self.notified.requeue_front(&mut queue) };
            }
        }
        *left -= moves;
        if self.notified.is_empty() {
            return false;
        }
        if *left > 0 || batch.is_full() {
            return true;
        }
        // The remaining waiters were notified after the caller had begun.
        batch.push(self.notified.take_front_waker());
        false
    }

    /// Unlinks a waiter that is dropped, and returns its waker. If it was the first notified
    /// waiter, wakes the next one. Passes its notification on, unless it came from `notify_all`.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn leave(
        &mut self,
        node: NonNull<Node<LockWaiter>>,
        batch: &mut WakeBatch,
    ) -> Option<Waker> {
        let was_first = self.notified.is_front(node);
        // SAFETY: this function's contract.
        let list = unsafe { self.list_of(node) };
        // SAFETY: `list_of` returns the list that the node is linked in.
        let (data, waker) = unsafe { unlink(list, node) };
        if was_first {
            batch.push(self.notified.take_front_waker());
        }
        if data.notification == Some(Notification::PassesOn) {
            self.notify_first(Notification::PassesOn, batch);
        }
        waker
    }

    /// Returns the list that a node is linked in.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    unsafe fn list_of(&mut self, node: NonNull<Node<LockWaiter>>) -> &mut WaitList<LockWaiter> {
        // SAFETY: this function's contract.
        if unsafe { self.is_notified(node) } {
            &mut self.notified
        } else {
            &mut self.waiting
        }
    }
}

/// Stores `waker` in a node, unless the node's waker wakes the same task. What it stores is the
/// clone in `spare`, where it leaves the old waker. Returns `false` if it needs the clone and
/// `spare` is empty.
///
/// # Safety
///
/// The node is linked in this list.
pub(super) unsafe fn store_waker(
    list: &mut WaitList<LockWaiter>,
    node: NonNull<Node<LockWaiter>>,
    waker: &Waker,
    spare: &mut Option<Waker>,
) -> bool {
    // SAFETY: this function's contract.
    if unsafe { list.will_wake(node, waker) } {
        return true;
    }
    let stores = spare.is_some();
    if stores {
        // SAFETY: this function's contract.
        *spare = unsafe { list.replace_waker(node, spare.take()) };
    }
    stores
}

/// Unlinks a node, and returns its data and its waker.
///
/// # Safety
///
/// The node is linked in this list.
pub(super) unsafe fn unlink(
    list: &mut WaitList<LockWaiter>,
    node: NonNull<Node<LockWaiter>>,
) -> (LockWaiter, Option<Waker>) {
    // SAFETY: this function's contract.
    unsafe { list.unlink(node) };
    // SAFETY: `unlink` has unlinked the node from this list.
    let waker = unsafe { list.take_unlinked(node) };
    // SAFETY: the node is unlinked, so only its owner, which is the caller, reaches it.
    (unsafe { owned_data(node) }, waker)
}
