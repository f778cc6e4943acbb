//! The one generic wait.
//!
//! A primitive describes one of its waiting operations as an [`Operation`]: the
//! fast path, what to do under the lock when that fails, and how to give a grant
//! back. [`Wait`] does the rest, the same for all: the states of the future, its
//! poll, its drop, a poll with another waker.
//!
//! # State
//!
//! | phase | node | meaning |
//! |---|---|---|
//! | `Unpolled` | not made | registered nowhere |
//! | `Queued` | made; linked, or granted | waits, or owns a grant that it has not seen |
//! | `Latched` | not made | registered ahead of the first poll, and was ready at once |
//! | `Done` | not in use | has answered; polling it is misuse |
//!
//! The phase is the owner's own. What other threads do to the wait, they do to
//! the node (see [`list`](super::list)).
//!
//! # Protocol
//!
//! 1. First poll: the fast path, twice: in the code of the caller, and with more patience
//!    beside it. If that fails: clone the waker, take the lock,
//!    try again under it, else link the node and answer `Pending`.
//! 2. Later polls: read the node's state without the lock. If it is granted, the
//!    operation completes. Else take the lock, look again (a grant may have come
//!    in between), and see that the waker is the newest: one that would wake the
//!    same task stays, without a clone.
//! 3. Drop: granted, the grant is given back. Else take the lock, look again,
//!    unlink, let the primitive settle what the departure changes, unlock, and
//!    drop the waker.
//!
//! # Why no wakeup is lost
//!
//! A granter needs the lock. Between the failed attempt under the lock (1) and
//! the link there is no unlock, so a change that would have let the attempt pass
//! either came before it, and was seen, or finds the node. Between two polls the
//! granter takes the waker that the last poll left under the lock; a poll that
//! comes while the grant is under way sees it when it looks again (2).
//!
//! # Cancellation
//!
//! Step 3 leaves the node either unlinked, with its waker gone, or granted and
//! given back. Nothing else refers to it. A future that is leaked instead of
//! dropped stays linked, which is sound: pinned memory that is never dropped is
//! never reused.

use std::fmt;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use super::batch::resume_after;
use super::list::{Node, Outcome, owner};
use super::operation::{Attempt, DiscardOnPanic, Operation, settle_and_unlock};
use crate::sync::MutexGuard;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Unpolled,
    Queued,
    Latched(Outcome),
    Done,
}

/// A wait for `O`, on the primitive behind `S` (a reference or an `Arc`). Offers
/// `S` with the output, for a guard to keep.
pub(crate) struct Wait<S, O>
where
    S: Deref<Target = O::Primitive>,
    O: Operation,
{
    /// Present until the wait is done. (After that it may stay where nobody has kept it: a
    /// reference, or what a panic has left. Nobody looks at it again.)
    source: Option<S>,
    operation: O,
    phase: Phase,
    /// Initialised from the phase `Queued` on.
    node: MaybeUninit<Node>,
}

/// The way to the primitive of a wait that is over. If nobody keeps it, it is dropped.
pub(crate) struct Source<'w, S>(&'w mut Option<S>);

impl<S> Source<'_, S> {
    /// For a guard.
    #[inline]
    pub(crate) fn keep(self) -> S {
        match self.0.take() {
            Some(source) => source,
            None => finished(),
        }
    }
}

/// What has become of a queued wait, seen under the lock.
enum Progress {
    /// In the list, ungranted.
    Waiting,
    /// Its granter is done with the node.
    Granted(Outcome),
    /// Released, and taken out of the list by the look itself; the lock must be
    /// given back by way of [`Wait::leave`].
    Released(Outcome),
}

impl<S, O> Wait<S, O>
where
    S: Deref<Target = O::Primitive>,
    O: Operation,
{
    #[inline]
    pub(crate) fn new(source: S, operation: O) -> Self {
        Self {
            source: Some(source),
            operation,
            phase: Phase::Unpolled,
            node: MaybeUninit::uninit(),
        }
    }

    /// See [`std::future::Future::poll`]. `finish` makes the answer of the way to the
    /// primitive and of what the wait was for.
    ///
    /// What is not the fast path is a call at the end, after which nothing is left to be
    /// done: so the fast path needs no registers that it would have to save.
    ///
    /// # Panics
    ///
    /// If the wait has completed before.
    #[inline(always)]
    pub(crate) fn poll<R>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S>, O::Output) -> R,
    ) -> Poll<R> {
        let this = self.project();
        if this.phase != Phase::Unpolled {
            return this.poll_again(context, finish);
        }
        match this.operation.fast(source(&this.source)) {
            Some(output) => Poll::Ready(this.complete(output, finish)),
            None => this.poll_first(context, finish),
        }
    }

    /// Registers the wait ahead of its first poll. Answers whether it is granted
    /// or released by now.
    ///
    /// # Panics
    ///
    /// If the wait has completed before.
    pub(crate) fn enable(self: Pin<&mut Self>) -> bool
    where
        O: Operation<Output = Outcome>,
    {
        let this = self.project();
        match this.phase {
            Phase::Unpolled => {
                let primitive: &O::Primitive = source(&this.source);
                let ready = (this.operation.fast(primitive))
                    .or_else(|| this.operation.again(primitive))
                    .or_else(|| this.enqueue(None));
                if let Some(outcome) = ready {
                    this.phase = Phase::Latched(outcome);
                }
                ready.is_some()
            }
            Phase::Queued => this.is_over(),
            Phase::Latched(_) => true,
            Phase::Done => finished(),
        }
    }

    /// Gives up the wait, unless it is over: then it completes. So a timeout takes
    /// nothing back that somebody else counts on.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn give_up<R>(
        self: Pin<&mut Self>,
        finish: impl FnOnce(Source<'_, S>, O::Output) -> R,
    ) -> Option<R> {
        let this = self.project();
        let outcome = match this.phase {
            Phase::Queued => this.withdraw()?,
            Phase::Latched(outcome) => outcome,
            Phase::Unpolled | Phase::Done => return None,
        };
        Some(this.take(outcome, finish))
    }

    /// The operation, to take back what a wait that was given up still holds.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn operation(self: Pin<&mut Self>) -> &mut O {
        &mut self.project().operation
    }

    #[inline]
    fn project(self: Pin<&mut Self>) -> &mut Self {
        // SAFETY: nothing is moved out of the node: `source` and `operation` are
        // not pinned structurally, and the node's memory is left in place until
        // it is granted or unlinked. Other threads reach the node while this
        // reference lives, which is sound because `Node` is `!Unpin`: such a
        // reference does not promise that nobody else has a way to it.
        unsafe { self.get_unchecked_mut() }
    }

    /// The node, shared with its granters.
    fn node(&self) -> &Node {
        debug_assert_eq!(self.phase, Phase::Queued);
        // SAFETY: initialised before the phase became `Queued`.
        unsafe { self.node.assume_init_ref() }
    }

    fn node_pointer(&self) -> NonNull<Node> {
        NonNull::from(&self.node).cast()
    }

    /// Makes the answer of a wait that is over.
    #[inline(always)]
    fn complete<R>(
        &mut self,
        output: O::Output,
        finish: impl FnOnce(Source<'_, S>, O::Output) -> R,
    ) -> R {
        self.phase = Phase::Done;
        let answer = finish(Source(&mut self.source), output);
        if std::mem::needs_drop::<S>() {
            self.source = None;
        }
        answer
    }

    /// The first poll, after the fast path.
    #[inline(never)]
    fn poll_first<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S>, O::Output) -> R,
    ) -> Poll<R> {
        match self.operation.again(source(&self.source)) {
            Some(output) => Poll::Ready(self.complete(output, finish)),
            None => self.poll_enqueue(context, finish),
        }
    }

    /// The first poll, where the operation has to wait, as far as anybody knows.
    #[inline(never)]
    fn poll_enqueue<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S>, O::Output) -> R,
    ) -> Poll<R> {
        match self.enqueue(Some(context.waker())) {
            Some(output) => Poll::Ready(self.complete(output, finish)),
            None => Poll::Pending,
        }
    }

    /// Each later poll.
    #[inline(never)]
    fn poll_again<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S>, O::Output) -> R,
    ) -> Poll<R> {
        let outcome = match self.phase {
            Phase::Queued => match self.node().outcome() {
                Some(outcome) => outcome,
                None => match self.poll_waiting(context.waker()) {
                    Some(outcome) => outcome,
                    None => return Poll::Pending,
                },
            },
            Phase::Latched(outcome) => outcome,
            Phase::Unpolled | Phase::Done => finished(),
        };
        Poll::Ready(self.take(outcome, finish))
    }

    /// Turns a grant into the answer.
    #[inline]
    fn take<R>(
        &mut self,
        outcome: Outcome,
        finish: impl FnOnce(Source<'_, S>, O::Output) -> R,
    ) -> R {
        self.check_granted_node();
        // What is misuse of the primitive panics here, before the grant is used up.
        O::mutex(source(&self.source));
        self.phase = Phase::Done;
        let output = self.operation.granted(source(&self.source), outcome);
        self.complete(output, finish)
    }

    /// Attempts under the lock, and links the node if that fails.
    fn enqueue(&mut self, waker: Option<&Waker>) -> Option<O::Output> {
        // User code: before the lock. Bound before it too, so that it is dropped
        // after it.
        let mut waker = waker.cloned();
        let primitive: &O::Primitive = source(&self.source);
        let mutex = O::mutex(primitive);
        let mut shared = mutex.lock();
        let attempt = if O::ATTEMPT_MAY_PANIC {
            catch_unwind(AssertUnwindSafe(|| {
                self.operation.attempt(primitive, &mut shared)
            }))
        } else {
            Ok(self.operation.attempt(primitive, &mut shared))
        };
        let attempt = match attempt {
            Ok(attempt) => attempt,
            Err(panic) => resume_after(panic, || {
                settle_and_unlock::<O>(primitive, mutex, shared, waker.take());
            }),
        };
        match attempt {
            Attempt::Ready(output) => {
                let mut undo = DiscardOnPanic::<O>(primitive, Some(output));
                settle_and_unlock::<O>(primitive, mutex, shared, waker.take());
                undo.1.take()
            }
            Attempt::Wait { mark } => {
                self.node.write(Node::new(waker.take(), mark, 0));
                self.phase = Phase::Queued;
                let node = NonNull::from(&mut self.node).cast();
                // SAFETY: the node was just made and stands in no list. It is
                // pinned with `self`; in the phase `Queued` it is neither
                // replaced nor freed before `poll_again` or `cancel` has found
                // it granted or has unlinked it. The lock is held.
                unsafe { O::list(&mut shared).push_back(node) };
                None
            }
        }
    }

    /// What the queued wait, which was not granted by the last look, has been granted or
    /// released with since. If nothing, sees to the waker.
    #[inline(never)]
    fn poll_waiting(&mut self, waker: &Waker) -> Option<Outcome> {
        let mutex = O::mutex(source(&self.source));
        let shared = mutex.lock();
        // SAFETY: the lock is held and the phase is `Queued`.
        match unsafe { self.progress(&shared) } {
            Progress::Granted(outcome) => return Some(outcome),
            Progress::Released(outcome) => {
                // Before the wakers run: one that panics leaves the wait ready.
                self.phase = Phase::Latched(outcome);
                self.leave(shared, |_| {});
                return Some(outcome);
            }
            Progress::Waiting => {}
        }
        let node = self.node_pointer();
        // SAFETY: the node is linked, and the lock is held.
        if unsafe { owner::will_wake(node, waker) } {
            return None;
        }
        drop(shared);

        // User code: between two lock sections. `retired` is bound before the
        // second, so that whichever waker it holds is dropped after it.
        let mut retired = Some(waker.clone());
        let shared = mutex.lock();
        // SAFETY: the lock is held and the phase is `Queued`.
        match unsafe { self.progress(&shared) } {
            Progress::Granted(outcome) => Some(outcome),
            Progress::Released(outcome) => {
                self.phase = Phase::Latched(outcome);
                self.leave(shared, |_| {});
                Some(outcome)
            }
            Progress::Waiting => {
                // SAFETY: the node is linked, and the lock is held.
                retired = unsafe { owner::replace_waker(node, retired.take()) };
                drop(shared);
                drop(retired);
                None
            }
        }
    }

    /// What has become of the wait.
    ///
    /// # Safety
    ///
    /// The phase is `Queued`, and `shared` comes from this wait's mutex.
    unsafe fn progress(&self, shared: &MutexGuard<'_, O::Shared>) -> Progress {
        if let Some(outcome) = self.node().outcome() {
            return Progress::Granted(outcome);
        }
        // SAFETY: an ungranted node in the phase `Queued` is linked, and the lock
        // is held.
        let mark = unsafe { owner::mark(self.node_pointer()) };
        match O::released(shared, mark) {
            Some(outcome) => Progress::Released(outcome),
            None => Progress::Waiting,
        }
    }

    /// Whether the queued wait was granted or released by now. Takes the lock only if it
    /// may have been released ahead of its grant.
    fn is_over(&self) -> bool {
        if self.node().outcome().is_some() {
            return true;
        }
        if !O::RELEASES_AHEAD {
            return false;
        }
        let shared = O::mutex(source(&self.source)).lock();
        // SAFETY: the lock is held and the phase is `Queued`.
        !matches!(unsafe { self.progress(&shared) }, Progress::Waiting)
    }

    /// Unlinks the ungranted node, settles, gives the lock back, and drops the
    /// waker after it.
    fn leave(&self, mut shared: MutexGuard<'_, O::Shared>, withdraw: impl FnOnce(&mut O::Shared)) {
        let node = self.node_pointer();
        // SAFETY: the caller has found the node ungranted under this lock, so it
        // is linked.
        unsafe { O::list(&mut shared).unlink(node) };
        // SAFETY: just unlinked, and the lock is held.
        let waker = unsafe { owner::replace_waker(node, None) };
        withdraw(&mut shared);
        let primitive: &O::Primitive = source(&self.source);
        settle_and_unlock::<O>(primitive, O::mutex(primitive), shared, waker);
    }

    /// The granter has taken the waker, and is done with the node: the owner may
    /// touch it. A model sees the two touches race if it is not so.
    fn check_granted_node(&self) {
        if cfg!(debug_assertions) && self.phase == Phase::Queued {
            // SAFETY: the caller has found the node granted, so that it is its owner's.
            let waker = unsafe { owner::replace_waker(self.node_pointer(), None) };
            assert!(waker.is_none(), "aiosync: a granted node has a waker");
        }
    }

    /// Leaves the list, if the wait was neither granted nor released; else answers with
    /// what, and the wait is as ready as it was.
    fn withdraw(&mut self) -> Option<Outcome> {
        let shared = O::mutex(source(&self.source)).lock();
        // SAFETY: the lock is held and the phase is `Queued`.
        match unsafe { self.progress(&shared) } {
            Progress::Granted(outcome) => Some(outcome),
            Progress::Released(outcome) => {
                self.phase = Phase::Latched(outcome);
                self.leave(shared, |_| {});
                Some(outcome)
            }
            Progress::Waiting => {
                self.phase = Phase::Done;
                self.leave(shared, O::withdrawn);
                None
            }
        }
    }

    /// Gives up a queued wait that is dropped.
    #[cold]
    fn cancel(&mut self) {
        let outcome = match self.node().outcome() {
            None => {
                // The node is about to be freed, and cannot stay in the list.
                let abort = AbortOnPanic;
                O::mutex(source(&self.source));
                std::mem::forget(abort);
                self.withdraw()
            }
            granted => granted,
        };
        if let Some(outcome) = outcome {
            self.check_granted_node();
            self.phase = Phase::Done;
            self.operation.give_back(source(&self.source), outcome);
        }
    }
}

impl<S, O> Drop for Wait<S, O>
where
    S: Deref<Target = O::Primitive>,
    O: Operation,
{
    #[inline]
    fn drop(&mut self) {
        if self.phase == Phase::Queued {
            self.cancel();
        }
    }
}

impl<S, O> fmt::Debug for Wait<S, O>
where
    S: Deref<Target = O::Primitive>,
    O: Operation,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.phase {
            Phase::Unpolled => "unpolled",
            Phase::Queued if !self.is_over() => "waiting",
            Phase::Queued | Phase::Latched(_) => "granted, not yet taken",
            Phase::Done => "done",
        })
    }
}

/// Ends the process if it is dropped, which only a panic brings about.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    #[cold]
    fn drop(&mut self) {
        std::process::abort();
    }
}

#[inline]
fn source<S: Deref>(source: &Option<S>) -> &S::Target {
    match source {
        Some(source) => source,
        None => finished(),
    }
}

#[cold]
fn finished() -> ! {
    panic!("aiosync: a future was polled after it had completed")
}
