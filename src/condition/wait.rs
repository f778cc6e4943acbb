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
//! The owner reads the state without a mutex, takes the mutex that the state names, and
//! reads the state again. It starts over if the state has changed. A node only moves down
//! this table, so that happens at most twice.
//!
//! # Cancellation
//!
//! | dropped while | the notification | the lock |
//! |---|---|---|
//! | unpolled | – | the guard is dropped |
//! | waiting | – | not held |
//! | notified or requeued | passes on, unless it came from `notify_all` | not held |
//! | granted | passes on first, unless it came from `notify_all` | then goes to the next waiter |

use std::mem::{self, MaybeUninit};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use super::waiters::ConditionWaiters;
use crate::lock::RawLockRef;
use crate::lock::raw::{LockWaiter, Notification, RawLock};
use crate::sync::{Mutex, MutexGuard, ThreadHint};
use crate::wait::batch::{Retired, drop_waker, serve};
use crate::wait::list::{Node, NodeState, owned_data};

/// A guard of a lock that can be given back and created again.
pub(super) trait ReleasableGuard: Sized {
    /// A reference to the lock, or an `Arc`.
    type Source: RawLockRef;

    fn source(&self) -> Self::Source;

    /// Creates the guard of a lock that the caller holds.
    fn from_held(source: Self::Source) -> Self;
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
    condition: &'c Mutex<ConditionWaiters>,
    stage: Stage<G>,
    /// Initialized in the stage `Queued`.
    node: MaybeUninit<Node<LockWaiter>>,
}

/// The result of a step that looks at the node under a mutex.
enum Step<T> {
    /// Another mutex guards the node now.
    Moved,
    Done(T),
}

impl<'c, G: ReleasableGuard> ConditionWaiter<'c, G> {
    pub(super) fn new(condition: &'c Mutex<ConditionWaiters>, guard: G) -> Self {
        Self {
            condition,
            stage: Stage::Unpolled(guard),
            node: MaybeUninit::uninit(),
        }
    }

    /// Returns the state in words.
    pub(super) fn describe(&self) -> &'static str {
        match &self.stage {
            Stage::Unpolled(_) => "unpolled, holding the lock",
            Stage::Queued(_) => match self.node().state() {
                NodeState::Waiting => match self.lock_condition() {
                    // SAFETY: `lock_condition` found the node linked.
                    Some(waiters) if !unsafe { waiters.is_notified(self.node_pointer()) } => {
                        "waiting for a notification"
                    }
                    _ => "notified",
                },
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
    /// If the wait has completed before, or if the condition serves another lock.
    pub(super) fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<G> {
        let this = self.project();
        match &this.stage {
            Stage::Unpolled(_) => {
                this.register(context.waker());
                Poll::Pending
            }
            Stage::Queued(_) => this.poll_queued(context.waker()),
            Stage::Done => panic!("aiosync: a future was polled after it had completed"),
        }
    }

    /// Gives up the wait, unless it is notified. Returns whether it has given up.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn give_up(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        let Stage::Queued(_) = this.stage else {
            return false;
        };
        let node = this.node_pointer();
        let Some(waiters) = this.lock_condition() else {
            return false;
        };
        // SAFETY: `lock_condition` found the node linked.
        if unsafe { waiters.is_notified(node) } {
            return false;
        }
        // SAFETY: as above.
        unsafe { this.leave_condition(waiters) };
        true
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

    /// Registers the waiter, and then releases the lock: no notification can fall in
    /// between.
    fn register(&mut self, waker: &Waker) {
        // User code: before the mutex.
        let mut waker = Retired(Some(waker.clone()));
        let Stage::Unpolled(guard) = mem::replace(&mut self.stage, Stage::Done) else {
            return;
        };
        let source = guard.source();
        let mut waiters = self.condition.lock();
        if !waiters.bind(source.raw()) {
            drop(waiters);
            drop(guard);
            panic!(
                "aiosync: a Condition serves one Lock at a time: a wait with a guard of another Lock has begun while others wait"
            );
        }
        let data = LockWaiter {
            thread: ThreadHint::NONE,
            notification: None,
        };
        self.node.write(Node::new(waker.0.take(), data));
        self.stage = Stage::Queued(source);
        let node = NonNull::from(&mut self.node).cast();
        // SAFETY: the node is new and in no list. It is pinned with `self`, and in the stage
        // `Queued` it is neither overwritten nor freed before it is granted or unlinked (list
        // rule 1). The waiter's lock is the one that the condition is bound to (list rule 4).
        unsafe { waiters.register(node) };
        drop(waiters);
        drop(guard);
    }

    fn poll_queued(&mut self, waker: &Waker) -> Poll<G> {
        loop {
            let step = match self.node().state() {
                NodeState::Granted => return Poll::Ready(self.take()),
                NodeState::Requeued => self.poll_requeued(waker),
                NodeState::Waiting => self.poll_waiting(waker),
            };
            if let Step::Done(poll) = step {
                return poll;
            }
        }
    }

    /// Returns the guard of the lock that the waiter owns.
    fn take(&mut self) -> G {
        match mem::replace(&mut self.stage, Stage::Done) {
            Stage::Queued(source) => {
                source.raw().take_grant();
                G::from_held(source)
            }
            Stage::Unpolled(_) | Stage::Done => unreachable!("aiosync: a grant without a wait"),
        }
    }

    fn raw_lock(&self) -> &RawLock {
        match &self.stage {
            Stage::Queued(source) => source.raw(),
            Stage::Unpolled(_) | Stage::Done => unreachable!("aiosync: a node without a wait"),
        }
    }

    /// Takes the condition's mutex, if it guards the node. The node is linked then.
    fn lock_condition(&self) -> Option<MutexGuard<'c, ConditionWaiters>> {
        let waiters = self.condition.lock();
        (self.node().state() == NodeState::Waiting).then_some(waiters)
    }

    /// Stores the waker of a waiter in the lock's wait queue.
    fn poll_requeued(&self, waker: &Waker) -> Step<Poll<G>> {
        let node = self.node_pointer();
        let queue = self.raw_lock().queue();
        if self.node().state() != NodeState::Requeued {
            return Step::Moved;
        }
        // SAFETY: a requeued node is linked in the lock's wait queue, whose mutex is held.
        if unsafe { queue.will_wake(node, waker) } {
            return Step::Done(Poll::Pending);
        }
        drop(queue);
        // User code, without the mutex. `retired` is dropped after it.
        let mut retired = Retired(Some(waker.clone()));
        let mut queue = self.raw_lock().queue();
        if self.node().state() != NodeState::Requeued {
            return Step::Moved;
        }
        // SAFETY: as above.
        retired.0 = unsafe { queue.replace_waker(node, retired.0.take()) };
        drop(queue);
        Step::Done(Poll::Pending)
    }

    /// Stores the waker of a waiter that the condition's mutex guards, and requeues all
    /// notified waiters if this is one of them.
    fn poll_waiting(&mut self, waker: &Waker) -> Step<Poll<G>> {
        let node = self.node_pointer();
        // User code: dropped after the mutex, whichever waker it has then.
        let mut retired = Retired(None);
        let Some(mut waiters) = self.lock_condition() else {
            return Step::Moved;
        };
        if let Some(waker) = waiters.take_alone(node, self.raw_lock()) {
            drop(waiters);
            // If its drop panics, the node stays granted, and the next poll returns the guard.
            drop(Retired(waker));
            return Step::Done(Poll::Ready(self.take()));
        }
        // SAFETY: `lock_condition` found the node linked.
        if !unsafe { waiters.list_of(node).will_wake(node, waker) } {
            drop(waiters);
            retired.0 = Some(waker.clone());
            waiters = match self.lock_condition() {
                Some(waiters) => waiters,
                None => return Step::Moved,
            };
            // SAFETY: `lock_condition` found the node linked.
            let list = unsafe { waiters.list_of(node) };
            // SAFETY: `list_of` returns the list that the node is linked in.
            retired.0 = unsafe { list.replace_waker(node, retired.0.take()) };
        }
        // SAFETY: `lock_condition` found the node linked.
        if !unsafe { waiters.is_notified(node) } {
            drop(waiters);
            return Step::Done(Poll::Pending);
        }
        self.requeue_all(waiters);
        // Granted, or requeued just now with the newest waker.
        match self.node().state() {
            NodeState::Granted => Step::Done(Poll::Ready(self.take())),
            _ => Step::Done(Poll::Pending),
        }
    }

    /// Requeues all notified waiters, of which this is one.
    fn requeue_all(&self, waiters: MutexGuard<'_, ConditionWaiters>) {
        let node = self.node_pointer();
        let lock = self.raw_lock();
        let mut left = waiters.notified();
        let mut retired = Retired(None);
        serve(self.condition, waiters, None, |waiters, batch| {
            // SAFETY: all waiters here came with this lock (`bind`), which is the one whose
            // mutex they take. The lock is alive: this waiter borrows it.
            unsafe { waiters.requeue(lock, node, &mut left, batch, &mut retired.0) }
        });
    }

    /// Ends a queued wait that is dropped. See the table in the [module](self).
    #[cold]
    fn cancel(&mut self) {
        loop {
            let step = match self.node().state() {
                NodeState::Granted => return self.return_grant(),
                NodeState::Requeued => self.leave_lock(),
                NodeState::Waiting => match self.lock_condition() {
                    // SAFETY: `lock_condition` found the node linked.
                    Some(waiters) => return unsafe { self.leave_condition(waiters) },
                    None => Step::Moved,
                },
            };
            if let Step::Done(()) = step {
                return;
            }
        }
    }

    /// Passes the notification on first, and hands the lock on second.
    fn return_grant(&mut self) {
        // SAFETY: the node is granted.
        let data = unsafe { owned_data(self.node_pointer()) };
        // Unlocks when it is dropped, even if a waker panics.
        let _guard = self.take();
        self.pass_on(data, None);
    }

    /// Passes the notification on unless it came from `notify_all`, and drops the waker.
    fn pass_on(&self, data: LockWaiter, waker: Option<Waker>) {
        if data.notification == Some(Notification::PassesOn) {
            let waiters = self.condition.lock();
            serve(self.condition, waiters, waker, |waiters, batch| {
                waiters.pass_on(data.notification, batch);
                false
            });
        } else {
            drop_waker(waker);
        }
    }

    /// Leaves the lock's wait queue.
    fn leave_lock(&mut self) -> Step<()> {
        let node = self.node_pointer();
        let mut queue = self.raw_lock().queue();
        if self.node().state() != NodeState::Requeued {
            return Step::Moved;
        }
        // SAFETY: a requeued node is linked in the lock's wait queue, whose mutex is held.
        let data = unsafe { queue.data(node) };
        // SAFETY: as above.
        unsafe { queue.unlink(node) };
        // SAFETY: just unlinked.
        let waker = unsafe { queue.replace_waker(node, None) };
        drop(queue);
        // The source may be the last reference to the lock: its drop is user code, and comes
        // last.
        let _source = mem::replace(&mut self.stage, Stage::Done);
        self.pass_on(data, waker);
        Step::Done(())
    }

    /// Leaves the condition's lists.
    ///
    /// # Safety
    ///
    /// The node is linked in one of them.
    unsafe fn leave_condition(&mut self, waiters: MutexGuard<'_, ConditionWaiters>) {
        let node = self.node_pointer();
        // Before any waker runs: a panic must not make the waiter leave twice. The source
        // may be the last reference to the lock: its drop is user code, and comes last.
        let _source = mem::replace(&mut self.stage, Stage::Done);
        let mut retired = Retired(None);
        serve(self.condition, waiters, None, |waiters, batch| {
            // SAFETY: the node is linked here, by this function's contract.
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
