//! The waiters of a condition: who waits, and who is notified and not yet requeued.
//!
//! # State
//!
//! | list | waiters |
//! |---|---|
//! | `waiting` | registered, not notified |
//! | `notified` | notified, not yet in the lock's wait queue |
//!
//! The condition's mutex guards both. Every waiter in them came with the same lock, whose
//! address is `lock`. A waiter has a notification if and only if it is in `notified`.
//!
//! # Protocol
//!
//! 1. A notification moves waiters from the front of `waiting` to the back of `notified`. If
//!    `notified` was empty, its first waiter is woken.
//! 2. Whichever notified waiter is polled first *requeues* all of them: it moves them, in
//!    order, to the back of the lock's wait queue, [`MOVES_PER_HOLD`] at a time. If the lock
//!    is free, the first one gets it.
//! 3. The lock's own protocol does the rest: it grants the lock to each of them in turn,
//!    and wakes each when it owns the lock.
//! 4. If the first notified waiter is dropped, the next one is woken.
//!
//! Requeueing is parking_lot's and the futex's technique: `notify_all` to N waiters makes N
//! grants instead of N tasks that compete for the lock.
//!
//! # Why no notification is lost
//!
//! The first waiter of `notified` always has a wake under way, or another notified waiter
//! is in the middle of step 2 and wakes it at the end. Step 1 sees to that when the list
//! gets its first waiter, and step 4 when it loses it.
//!
//! # The lock's address
//!
//! It is compared and never followed. A forgotten waiter keeps the condition bound to an
//! address. If a new lock is created there, the forgotten node may be requeued into the new
//! lock's wait queue. That is sound: the node of a forgotten future is never freed.
//!
//! The condition's mutex is taken before the lock's mutex.

use std::ptr::NonNull;
use std::task::Waker;

use crate::lock::raw::{LockWaiter, Notification, RawLock};
use crate::sync::model_or;
use crate::wait::batch::WakeBatch;
use crate::wait::list::{Node, WaitList};

/// The number of waiters that are moved under one hold of the mutexes.
pub(super) const MOVES_PER_HOLD: usize = model_or(2, 32);

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
        let lock = std::ptr::from_ref(lock).addr();
        if self.waiting.is_empty() && self.notified.is_empty() {
            self.lock = lock;
        }
        self.lock == lock
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
        let wakes = self.notified.is_empty();
        let notified = self.waiting.move_front(&mut self.notified, |waiter| {
            waiter.notification = Some(notification);
        });
        if notified && wakes {
            batch.push(self.notified.take_front_waker());
        }
        notified
    }

    /// Passes on the notification of a waiter that is dropped, unless it ends.
    pub(super) fn pass_on(&mut self, notification: Option<Notification>, batch: &mut WakeBatch) {
        if notification == Some(Notification::PassesOn) {
            self.notify_first(Notification::PassesOn, batch);
        }
    }

    /// Returns whether a waiter that is linked here is notified.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn is_notified(&self, node: NonNull<Node<LockWaiter>>) -> bool {
        // SAFETY: the node is linked in one of the two lists, which one mutex guards.
        let data = unsafe { self.waiting.data(node) };
        data.notification.is_some()
    }

    /// Returns the list that the node is linked in.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn list_of(
        &mut self,
        node: NonNull<Node<LockWaiter>>,
    ) -> &mut WaitList<LockWaiter> {
        // SAFETY: this function's contract.
        if unsafe { self.is_notified(node) } {
            &mut self.notified
        } else {
            &mut self.waiting
        }
    }

    /// Grants the lock to the only notified waiter, if `node` is that and the lock is free:
    /// nobody has to be requeued. Returns the node's waker, for the caller to drop.
    pub(super) fn take_alone(
        &mut self,
        node: NonNull<Node<LockWaiter>>,
        lock: &RawLock,
    ) -> Option<Option<Waker>> {
        let alone = self.notified.len() == 1 && self.notified.is_front(node);
        if alone && lock.try_lock() {
            self.notified.grant_front()
        } else {
            None
        }
    }

    /// Requeues up to [`MOVES_PER_HOLD`] notified waiters, at most `left`, and lowers `left`
    /// by their number. Returns whether the caller has to go on. `own` is the
    /// caller's node: it is polled now, so its waker is taken but not woken.
    ///
    /// # Safety
    ///
    /// The owner of each node here takes the mutex of `lock` once it reads `REQUEUED`.
    pub(super) unsafe fn requeue(
        &mut self,
        lock: &RawLock,
        own: NonNull<Node<LockWaiter>>,
        left: &mut usize,
        batch: &mut WakeBatch,
        retired: &mut Option<Waker>,
    ) -> bool {
        let mut queue = lock.queue();
        let step = MOVES_PER_HOLD.min(*left).min(self.notified.len());
        for _ in 0..step {
            if lock.lock_or_queue() {
                let is_own = self.notified.is_front(own);
                if !is_own {
                    lock.set_untaken();
                }
                let waker = self.notified.grant_front().flatten();
                if is_own {
                    *retired = waker;
                } else {
                    batch.push(waker);
                }
            } else {
                // SAFETY: this function's contract.
                unsafe { self.notified.requeue_front(&mut queue) };
            }
        }
        *left -= step;
        if self.notified.is_empty() {
            return false;
        }
        if *left > 0 || batch.is_full() {
            return true;
        }
        // Notified since the caller began.
        batch.push(self.notified.take_front_waker());
        false
    }

    /// Unlinks a waiter that is dropped, and takes its waker. If it was notified, wakes the
    /// next notified waiter where necessary, and passes its notification on.
    ///
    /// # Safety
    ///
    /// The node is linked here.
    pub(super) unsafe fn leave(
        &mut self,
        node: NonNull<Node<LockWaiter>>,
        batch: &mut WakeBatch,
    ) -> Option<Waker> {
        // SAFETY: this function's contract.
        let data = unsafe { self.waiting.data(node) };
        let was_first = self.notified.is_front(node);
        // SAFETY: this function's contract.
        let list = unsafe { self.list_of(node) };
        // SAFETY: `list_of` returns the list that the node is linked in.
        unsafe { list.unlink(node) };
        // SAFETY: just unlinked from this list.
        let waker = unsafe { list.replace_waker(node, None) };
        if was_first {
            batch.push(self.notified.take_front_waker());
        }
        self.pass_on(data.notification, batch);
        waker
    }
}
