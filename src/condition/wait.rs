//! One waiter of a condition, from its registration until it owns the lock.
//!
//! # State
//!
//! | state of the node | guarded by | the waiter |
//! |---|---|---|
//! | `Waiting` | the condition's mutex | waits, or is notified |
//! | `Requeued` | the mutex of the lock's wait queue | waits for the lock |
//! | `Granted` | the owner | owns the lock |
//!
//! # Protocol
//!
//! 1. The first poll registers the waiter, and then releases the lock. So it misses no
//!    notification in between.
//! 2. A later poll, and a drop, read the state of the node without a mutex, take the mutex
//!    that it names, and read it again. They start over if it has changed, which happens at
//!    most twice: a node only moves down the table.
//! 3. A poll stores the waker. If the waiter is notified and not yet requeued, the poll
//!    requeues all notified waiters (see [`waiters`](super::waiters)). If the waiter owns the
//!    lock, the poll returns the guard.
//!
//! # Why no wakeup is lost
//!
//! Notifying, requeueing and granting need the mutex that guards the node. So each of them comes
//! either before a poll checks the node under that mutex, and the poll sees it, or after that,
//! and finds the new waker.
//!
//! # Cancellation
//!
//! | dropped while | the notification | the lock |
//! |---|---|---|
//! | unpolled | – | the guard is dropped |
//! | waiting | – | not held |
//! | notified or requeued | passes on, unless it came from `notify_all` | not held |
//! | granted | passes on first, unless it came from `notify_all` | then goes to the next waiter |
//!
//! The waiter's reference to the lock may be the last `Arc`. Dropping it runs the destructor of
//! the user's data. So it is dropped last, while no mutex is held.

use core::mem::{self, MaybeUninit};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

use super::Condition;
use super::waiters::{ConditionWaiters, store_waker, unlink};
use crate::diagnostics::{Caller, HoldMode, HoldProbe, Site, WaitFacts, WaitProbe};
use crate::lock::RawLockRef;
use crate::lock::raw::{LockWaiter, Notification, RawLock};
use crate::sync::{MutexGuard, ThreadHint};
use crate::wait::batch::{Retired, drop_waker, serve};
use crate::wait::list::{Node, NodeState, owned_data};

/// A lock guard that can be released and created again.
pub(super) trait ReleasableGuard: Sized {
    /// A reference to the lock, or an `Arc`.
    type Source: RawLockRef;

    fn source(&self) -> Self::Source;

    /// Creates the guard of a lock that the caller holds.
    fn from_held(source: Self::Source, probe: HoldProbe) -> Self;
}

enum Stage<G: ReleasableGuard> {
    /// Registered nowhere. Still holds the lock.
    Unpolled(G),
    /// Linked or granted.
    Queued(G::Source),
    /// Has returned the guard, or has given up.
    Done,
}

/// See the [module](self).
pub(super) struct ConditionWaiter<'c, G: ReleasableGuard> {
    condition: &'c Condition,
    stage: Stage<G>,
    probe: WaitProbe,
    /// Initialized in the stage `Queued`.
    node: MaybeUninit<Node<LockWaiter>>,
}

impl<'c, G: ReleasableGuard> ConditionWaiter<'c, G> {
    pub(super) fn new(condition: &'c Condition, guard: G, site: Site) -> Self {
        Self {
            condition,
            stage: Stage::Unpolled(guard),
            probe: WaitProbe::new(site),
            node: MaybeUninit::uninit(),
        }
    }

    /// Returns the state in words.
    pub(super) fn describe(&self) -> &'static str {
        match &self.stage {
            Stage::Unpolled(_) => "unpolled, holding the lock",
            Stage::Queued(_) if self.lock_condition_if_waiting().is_some() => {
                "waiting for a notification"
            }
            Stage::Queued(_) => match self.node().state() {
                NodeState::Waiting => "notified",
                NodeState::Requeued => "notified, waiting for the lock",
                NodeState::Granted => "granted, not yet taken",
            },
            Stage::Done => "done",
        }
    }

    /// See [`std::future::Future::poll`].
    ///
    /// # Panics
    ///
    /// Panics if the wait has completed before, or if the condition serves another lock.
    pub(super) fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<G> {
        let this = self.project();
        match &this.stage {
            Stage::Unpolled(_) => {
                this.register(context.waker());
                Poll::Pending
            }
            Stage::Queued(_) => this.poll_queued(context),
            Stage::Done => panic!("aiosync: a future was polled after it had completed"),
        }
    }

    /// Returns whether another poll would panic.
    #[cfg(feature = "stream")]
    pub(super) fn is_terminated(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// Gives up the wait, unless it is notified. Returns whether it has given up.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    pub(super) fn give_up(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        let Stage::Queued(_) = this.stage else {
            return false;
        };
        match this.lock_condition_if_waiting() {
            Some(waiters) => {
                // SAFETY: `lock_condition_if_waiting` found the node linked.
                unsafe { this.leave_condition(waiters) };
                this.probe.end();
                true
            }
            None => false,
        }
    }

    fn project(self: Pin<&mut Self>) -> &mut Self {
        // SAFETY: the node is not moved (`stage` is not pinned structurally). Other threads
        // may reach the node while this reference exists, which is sound because `Node` is
        // not `Unpin`.
        unsafe { self.get_unchecked_mut() }
    }

    /// Returns the node, in the stage `Queued`.
    fn node(&self) -> &Node<LockWaiter> {
        // SAFETY: the node is initialized before the stage becomes `Queued`.
        unsafe { self.node.assume_init_ref() }
    }

    fn node_pointer(&self) -> NonNull<Node<LockWaiter>> {
        NonNull::from(&self.node).cast()
    }

    fn raw_lock(&self) -> &RawLock {
        match &self.stage {
            Stage::Queued(source) => source.raw(),
            Stage::Unpolled(_) | Stage::Done => {
                unreachable!("aiosync: a waiter that is not queued has no lock")
            }
        }
    }

    /// Takes the condition's mutex, if it guards the node. In this case the node is linked.
    fn lock_condition(&self) -> Option<MutexGuard<'c, ConditionWaiters>> {
        let waiters = self.condition.waiters.lock();
        (self.node().state() == NodeState::Waiting).then_some(waiters)
    }

    /// Takes the condition's mutex, if the waiter is not notified. In this case the node is
    /// linked.
    fn lock_condition_if_waiting(&self) -> Option<MutexGuard<'c, ConditionWaiters>> {
        let waiters = self.lock_condition()?;
        // SAFETY: `lock_condition` found the node linked.
        let notified = unsafe { waiters.is_notified(self.node_pointer()) };
        (!notified).then_some(waiters)
    }

    /// The first poll.
    fn register(&mut self, waker: &Waker) {
        // User code, so it runs before the mutex is taken.
        let waker = Retired(Some(waker.clone()));
        let Stage::Unpolled(guard) = mem::replace(&mut self.stage, Stage::Done) else {
            return;
        };
        let source = guard.source();
        self.probe.begin_for_lock(
            &self.condition.probe,
            &source.raw().probe,
            waker.0.as_ref(),
            || WaitFacts {
                operation: "wait",
                amount: 1,
                supply: None,
                is_last_owner: false,
            },
        );
        let mut waiters = self.condition.waiters.lock();
        if !waiters.bind(source.raw()) {
            drop(waiters);
            self.probe.end();
            // User code, so it runs before the panic. A panic in it during unwinding would abort.
            drop((guard, source));
            panic!(
                "aiosync: a Condition serves one Lock at a time, and it has waiters of another Lock"
            );
        }
        let data = LockWaiter {
            thread: ThreadHint::current(),
            notification: None,
        };
        let record = self.probe.for_granter();
        self.node.write(Node::new(waker.keep(), data, record));
        self.stage = Stage::Queued(source);
        let node = NonNull::from(&mut self.node).cast();
        // SAFETY: the node is new and in no list. It is pinned with `self`, and in the stage
        // `Queued` it is neither overwritten nor freed before it is granted or unlinked (list
        // rule 1). The waiter's lock is the one that the condition is bound to (list rule 4).
        unsafe { waiters.register(node) };
        drop(waiters);
        drop(guard);
    }

    /// Every later poll.
    fn poll_queued(&mut self, context: &Context<'_>) -> Poll<G> {
        let waker = context.waker();
        let node = self.node_pointer();
        // Dropped without a mutex, before the guard is created: if the drop panics, the
        // waiter stays granted, and the next poll returns the guard.
        let mut spare = Retired(None);
        if !self.node().is_granted() {
            self.probe.note_poll(waker, || false);
        }
        loop {
            let stored = match self.node().state() {
                NodeState::Granted => break,
                NodeState::Requeued => {
                    let mut queue = self.raw_lock().queue();
                    if self.node().state() != NodeState::Requeued {
                        continue;
                    }
                    // SAFETY: a requeued node is linked in the lock's wait queue.
                    unsafe { store_waker(&mut queue, node, waker, &mut spare.0) }
                }
                NodeState::Waiting => {
                    let Some(mut waiters) = self.lock_condition() else {
                        continue;
                    };
                    if let Some(waker) = waiters.grant_alone(node, self.raw_lock()) {
                        drop(waiters);
                        drop_waker(waker);
                        break;
                    }
                    // SAFETY: `lock_condition` found the node linked.
                    let stored = unsafe { waiters.store_waker(node, waker, &mut spare.0) };
                    // SAFETY: `lock_condition` found the node linked.
                    if stored && unsafe { waiters.is_notified(node) } {
                        self.requeue_all(waiters);
                        // If it is not granted, it is requeued with the newest waker.
                        if self.node().is_granted() {
                            break;
                        }
                    }
                    stored
                }
            };
            if stored {
                return Poll::Pending;
            }
            // User code, without a mutex.
            spare.0 = Some(waker.clone());
        }
        drop(spare);
        Poll::Ready(self.take(Caller::new(context)))
    }

    /// Returns the guard of the lock that the waiter owns.
    fn take(&mut self, caller: Caller<'_>) -> G {
        match mem::replace(&mut self.stage, Stage::Done) {
            Stage::Queued(source) => {
                let raw = source.raw();
                raw.take_grant();
                let mode = HoldMode::Exclusive;
                let probe = HoldProbe::waited(&raw.probe, &self.probe, caller, mode, 1);
                self.probe.end();
                G::from_held(source, probe)
            }
            Stage::Unpolled(_) | Stage::Done => {
                unreachable!("aiosync: a waiter that is not queued has no grant")
            }
        }
    }

    /// Requeues all notified waiters, of which this is one.
    fn requeue_all(&self, waiters: MutexGuard<'_, ConditionWaiters>) {
        let mut left = waiters.notified();
        let mut retired = Retired(None);
        serve(&self.condition.waiters, waiters, None, |waiters, batch| {
            let (lock, node) = (self.raw_lock(), self.node_pointer());
            waiters.requeue(lock, node, &mut left, batch, &mut retired.0)
        });
    }

    /// Ends a queued wait that is dropped. See the table in the [module](self).
    #[cold]
    fn cancel(&mut self) {
        let node = self.node_pointer();
        loop {
            match self.node().state() {
                NodeState::Granted => {
                    // SAFETY: list rule 3: the node is granted.
                    let data = unsafe { owned_data(node) };
                    // Unlocks when it is dropped, even if a waker panics.
                    let _guard = self.take(Caller::NONE);
                    return self.pass_on(data, None);
                }
                NodeState::Requeued => {
                    let mut queue = self.raw_lock().queue();
                    if self.node().state() != NodeState::Requeued {
                        continue;
                    }
                    // SAFETY: a requeued node is linked in the lock's wait queue.
                    let (data, waker) = unsafe { unlink(&mut queue, node) };
                    drop(queue);
                    let _source = mem::replace(&mut self.stage, Stage::Done);
                    return self.pass_on(data, waker);
                }
                NodeState::Waiting => {
                    if let Some(waiters) = self.lock_condition() {
                        // SAFETY: `lock_condition` found the node linked.
                        return unsafe { self.leave_condition(waiters) };
                    }
                }
            }
        }
    }

    /// Passes the notification on unless it came from `notify_all`, and drops the waker.
    fn pass_on(&self, data: LockWaiter, waker: Option<Waker>) {
        if data.notification == Some(Notification::PassesOn) {
            let waiters = self.condition.waiters.lock();
            serve(&self.condition.waiters, waiters, waker, |waiters, batch| {
                waiters.notify_first(Notification::PassesOn, batch);
                false
            });
        } else {
            drop_waker(waker);
        }
    }

    /// Leaves the condition's lists.
    ///
    /// # Safety
    ///
    /// The node is linked in one of them.
    unsafe fn leave_condition(&mut self, waiters: MutexGuard<'_, ConditionWaiters>) {
        let node = self.node_pointer();
        // Before any waker runs: a panic must not make the waiter leave twice.
        let _source = mem::replace(&mut self.stage, Stage::Done);
        let mut retired = Retired(None);
        serve(&self.condition.waiters, waiters, None, |waiters, batch| {
            // SAFETY: the node is linked here, by this function's contract. This step runs
            // once, because it returns `false`.
            retired.0 = unsafe { waiters.leave(node, batch) };
            false
        });
    }
}

impl<G: ReleasableGuard> Drop for ConditionWaiter<'_, G> {
    fn drop(&mut self) {
        if let Stage::Queued(_) = self.stage {
            self.cancel();
        }
    }
}
