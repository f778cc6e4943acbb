//! The future that every primitive's waits are made of.
//!
//! A primitive describes each of its waiting operations as an [`Operation`]. [`Wait`] implements
//! what they have in common: the phases of the future, its polls and its drop.
//!
//! # State
//!
//! | phase | node | meaning |
//! |---|---|---|
//! | `Unpolled` | not created | registered nowhere |
//! | `Queued` | linked, or granted | waits, or has a grant that it has not read yet |
//! | `Ready` | the owner's, in no list | released; the next poll returns the output |
//! | `Kept` | not in use | the operation has the output, because a waker panicked during the poll |
//! | `Done` | not in use | has returned its output; polling it again is misuse |
//!
//! Only the owner reads and writes the phase. Other threads change the node (see
//! [`list`](super::list)).
//!
//! # Protocol
//!
//! 1. The first poll tries the operation inline, and continues with the step that
//!    [`Operation::next_step`] chooses. If the steps without the mutex fail, it clones the waker, takes the mutex and
//!    tries again. If that fails too, it links the node and returns `Pending`.
//! 2. A later poll reads the node's state without the mutex. If the node is granted, the
//!    poll completes. Otherwise it takes the mutex, looks again, and replaces the waker
//!    unless the new one wakes the same task.
//! 3. A drop returns the grant if there is one. Otherwise it takes the mutex, looks again,
//!    unlinks the node, settles the primitive, releases the mutex and drops the waker.
//!
//! # Why no wakeup is lost
//!
//! A granter needs the mutex, and the first poll does not release it between its failed attempt
//! and linking the node. Therefore a change that would let the attempt succeed comes either
//! before the attempt, which sees the change, or after the node is linked, and the granter finds
//! the node. A later poll also stores its waker under the mutex. A grant comes either before
//! that, and the poll sees it when it looks again, or after that, and takes the new waker.
//!
//! # Cancellation
//!
//! After step 3 the node is unlinked or its grant was returned, and nothing refers to it. A
//! future that is leaked stays linked. That is sound, because pinned memory is not reused
//! without a drop.

use core::fmt;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

use super::batch::{Retired, or_after_panic};
use super::list::{Node, owned_data};
use super::operation::{Attempt, Operation, PendingOutput, Step, settle_and_unlock};
use super::phase::{AbortOnPanic, KeptAfterPanic, Phase};
use super::source::{PrimitiveRef, Source, facts, finished, held_source, source};
use crate::diagnostics::{Caller, GranterProbe, Site, WaitProbe};
use crate::sync::MutexGuard;

/// A wait for `O` on the primitive behind `S`, which is a reference or an `Arc`. It returns
/// `S` together with the output, for a guard to keep.
// In this order, `phase` is not next to `node`. Otherwise LLVM merges the stores of the two
// and sets the uninitialized node to zero, which costs the fast path four instructions.
#[repr(C)]
pub(crate) struct Wait<S, O>
where
    S: PrimitiveRef<Target = O::Primitive>,
    O: Operation,
{
    phase: Phase,
    /// `Some` until the wait is done. After that, it is never read.
    source: Option<S>,
    operation: O,
    /// The record of the wait, which outlives the link of the node.
    probe: WaitProbe,
    /// Initialized in the phases `Queued` and `Ready`.
    node: MaybeUninit<Node<O::WaiterData>>,
}

impl<S, O> Wait<S, O>
where
    S: PrimitiveRef<Target = O::Primitive>,
    O: Operation,
{
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(crate) fn new(source: S, operation: O) -> Self {
        Self::created_at(Site::here(), source, operation)
    }

    /// Like [`new`](Self::new), for a wait that belongs to a future that `site` created.
    #[inline]
    pub(crate) fn created_at(site: Site, source: S, operation: O) -> Self {
        Self {
            phase: Phase::Unpolled,
            source: Some(source),
            operation,
            probe: WaitProbe::new(site),
            node: MaybeUninit::uninit(),
        }
    }

    /// Polls the wait. `finish` builds the result from the source and the output.
    ///
    /// Everything but the fast path is a tail call, so the fast path saves no registers.
    ///
    /// # Panics
    ///
    /// If the wait has completed before.
    #[inline(always)]
    pub(crate) fn poll<R>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> Poll<R> {
        let this = self.project();
        if this.phase != Phase::Unpolled {
            return this.poll_again(context, finish);
        }
        match this.operation.try_inline(source(&this.source)) {
            Some(output) => Poll::Ready(this.complete(Caller::new(context), output, finish)),
            None if O::CHOOSES_STEPS => this.poll_chosen(context, finish),
            None => this.poll_first(context, finish),
        }
    }

    /// Registers the wait before its first poll. Returns whether it is already granted or
    /// released.
    ///
    /// # Panics
    ///
    /// If the wait has completed before.
    pub(crate) fn enable(self: Pin<&mut Self>) -> bool
    where
        O: Operation<Output = ()>,
        O::WaiterData: Default,
    {
        let this = self.project();
        match this.phase {
            Phase::Unpolled => {
                let primitive: &O::Primitive = source(&this.source);
                let ready = (this.operation.try_inline(primitive))
                    .or_else(|| this.operation.try_unlocked(primitive))
                    .or_else(|| this.enqueue(None));
                if ready.is_some() {
                    let data = O::WaiterData::default();
                    this.node.write(Node::new(None, data, GranterProbe::NONE));
                    this.phase = Phase::Ready;
                    this.probe.end();
                }
                ready.is_some()
            }
            Phase::Queued => this.is_over(),
            Phase::Ready | Phase::Kept => true,
            Phase::Done => finished(),
        }
    }

    /// Gives up the wait. If it is over, returns the output instead, so a timeout loses no
    /// grant.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    pub(crate) fn give_up<R>(
        self: Pin<&mut Self>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> Option<R> {
        let this = self.project();
        match this.phase {
            Phase::Unpolled | Phase::Done => None,
            Phase::Queued => {
                if this.leave() {
                    this.probe.end();
                    return None;
                }
                Some(this.take_grant(Caller::NONE, finish))
            }
            Phase::Ready => Some(this.take_grant(Caller::NONE, finish)),
            Phase::Kept => Some(this.take_kept(Caller::NONE, finish)),
        }
    }

    /// Returns the primitive, if the wait was granted and has not returned since.
    pub(crate) fn granted_by(&self) -> Option<&O::Primitive> {
        let is_granted = match self.phase {
            Phase::Queued => self.is_over(),
            phase => matches!(phase, Phase::Ready | Phase::Kept),
        };
        self.source.as_deref().filter(|_| is_granted)
    }

    /// Returns whether another poll would panic.
    #[cfg(feature = "stream")]
    pub(crate) fn is_terminated(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Returns the operation. After the wait was given up, it may still have something that
    /// belongs to the caller, such as the item of a put.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    pub(crate) fn operation(self: Pin<&mut Self>) -> &mut O {
        &mut self.project().operation
    }

    #[inline]
    fn project(self: Pin<&mut Self>) -> &mut Self {
        // SAFETY: the node is not moved (`source` and `operation` are not pinned
        // structurally). Other threads may reach the node while this reference exists,
        // which is sound because `Node` is not `Unpin`.
        unsafe { self.get_unchecked_mut() }
    }

    /// Returns the node, which other threads may reach.
    fn node(&self) -> &Node<O::WaiterData> {
        debug_assert_eq!(self.phase, Phase::Queued);
        // SAFETY: the node is initialized before the phase becomes `Queued`.
        unsafe { self.node.assume_init_ref() }
    }

    fn node_pointer(&self) -> NonNull<Node<O::WaiterData>> {
        NonNull::from(&self.node).cast()
    }

    /// Returns the result of a wait that is over.
    #[inline(always)]
    fn complete<R>(
        &mut self,
        caller: Caller<'_>,
        output: O::Output,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> R {
        self.phase = Phase::Done;
        let source = Source::new(&mut self.source, &self.probe, caller);
        let result = finish(source, output);
        self.probe.end();
        if core::mem::needs_drop::<S>() {
            self.source = None;
        }
        result
    }

    /// The first poll, after the inline attempt, if the operation chooses the next step. Each is a
    /// tail call.
    #[inline(never)]
    fn poll_chosen<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> Poll<R> {
        match O::next_step(source(&self.source)) {
            Step::Short => self.poll_short(context, finish),
            Step::Unlocked => self.poll_first(context, finish),
            Step::Locked => self.poll_enqueue(context, finish),
        }
    }

    /// The first poll, if a short attempt is likely to succeed. The rest is a tail call here too, so
    /// few registers are saved.
    #[inline(never)]
    fn poll_short<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> Poll<R> {
        match self.operation.try_short(source(&self.source)) {
            Some(output) => Poll::Ready(self.complete(Caller::new(context), output, finish)),
            None => self.poll_first(context, finish),
        }
    }

    /// The first poll, after the attempts of a few instructions.
    #[inline(never)]
    fn poll_first<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> Poll<R> {
        let primitive: &O::Primitive = source(&self.source);
        let output = KeptAfterPanic(&mut self.operation, &mut self.phase)
            .run(|operation| operation.try_unlocked(primitive));
        match output {
            Some(output) => Poll::Ready(self.complete(Caller::new(context), output, finish)),
            None => self.poll_enqueue(context, finish),
        }
    }

    /// The last step of the first poll: under the mutex.
    #[inline(never)]
    fn poll_enqueue<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> Poll<R> {
        match self.enqueue(Some(context.waker())) {
            Some(output) => Poll::Ready(self.complete(Caller::new(context), output, finish)),
            None => Poll::Pending,
        }
    }

    /// Every later poll.
    #[inline(never)]
    fn poll_again<R>(
        &mut self,
        context: &mut Context<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> Poll<R> {
        let caller = Caller::new(context);
        match self.phase {
            Phase::Queued => {
                if !self.node().is_granted() && !self.poll_waiting(context.waker()) {
                    return Poll::Pending;
                }
            }
            Phase::Ready => {}
            Phase::Kept => return Poll::Ready(self.take_kept(caller, finish)),
            Phase::Unpolled | Phase::Done => finished(),
        }
        Poll::Ready(self.take_grant(caller, finish))
    }

    /// Returns the result of a wait whose output the operation has kept.
    #[cold]
    fn take_kept<R>(
        &mut self,
        caller: Caller<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> R {
        match self.operation.take_kept() {
            Some(output) => self.complete(caller, output, finish),
            None => finished(),
        }
    }

    /// Returns the result of a wait that is granted or released.
    #[inline]
    fn take_grant<R>(
        &mut self,
        caller: Caller<'_>,
        finish: impl FnOnce(Source<'_, S, O>, O::Output) -> R,
    ) -> R {
        let primitive: &O::Primitive = source(&self.source);
        O::check_access(primitive);
        // SAFETY: the node is granted (phase `Queued`) or in no list (phase `Ready`).
        let data = unsafe { owned_data(self.node_pointer()) };
        self.phase = Phase::Done;
        let output = KeptAfterPanic(&mut self.operation, &mut self.phase)
            .run(|operation| operation.take_grant(primitive, data));
        self.complete(caller, output, finish)
    }

    /// Tries the operation under the mutex, and links the node if that fails.
    fn enqueue(&mut self, waker: Option<&Waker>) -> Option<O::Output> {
        let source = held_source(&self.source);
        let primitive: &O::Primitive = source;
        // This may panic, so it comes before there is a waker to drop.
        let mutex = O::mutex(primitive);
        // User code, so both run before the mutex is taken.
        let cloned = waker.cloned();
        let facts = || facts(&self.operation, source);
        self.probe.begin(O::probe(primitive), waker, facts);
        let waker = cloned;
        let mut shared = mutex.lock();
        let (shared, waker, attempt) = if O::TRY_LOCKED_MAY_PANIC {
            let ((shared, waker), attempt) = or_after_panic(
                (shared, waker),
                |(shared, _)| self.operation.try_locked(primitive, shared),
                |(shared, waker)| {
                    settle_and_unlock::<O>(primitive, mutex, shared, waker);
                    self.probe.end();
                },
            );
            (shared, waker, attempt)
        } else {
            let attempt = self.operation.try_locked(primitive, &mut shared);
            (shared, waker, attempt)
        };
        match attempt {
            Attempt::Ready(output) => {
                KeptAfterPanic(&mut self.operation, &mut self.phase).run(|operation| {
                    let pending = PendingOutput::new(operation, primitive, output);
                    settle_and_unlock::<O>(primitive, mutex, shared, waker);
                    pending.finish()
                })
            }
            Attempt::Wait(data) => {
                let mut shared = shared;
                self.node
                    .write(Node::new(waker, data, self.probe.for_granter()));
                self.phase = Phase::Queued;
                let node = NonNull::from(&mut self.node).cast();
                // SAFETY: the node is new and in no list. It is pinned with `self`, and in
                // the phase `Queued` it is neither overwritten nor freed before it is
                // granted or unlinked (list rule 1).
                unsafe { O::waiters(&mut shared).push_back(node) };
                None
            }
        }
    }

    /// Polls a queued wait that was not granted when the poll began. Returns whether it is
    /// over; if not, stores the waker.
    #[inline(never)]
    fn poll_waiting(&mut self, waker: &Waker) -> bool {
        let node = self.node_pointer();
        let source = held_source(&self.source);
        let primitive: &O::Primitive = source;
        let mutex = O::mutex(primitive);
        (self.probe).note_poll(waker, || source.is_last_owner());
        let shared = mutex.lock();
        let Some(mut shared) = Self::still_waiting(primitive, node, &mut self.phase, shared) else {
            return true;
        };
        // SAFETY: `still_waiting` found the node linked.
        if unsafe { O::waiters(&mut shared).will_wake(node, waker) } {
            return false;
        }
        drop(shared);

        // User code, without the mutex. `retired` is dropped after the mutex is released,
        // whichever waker it has then.
        let mut retired = Retired(Some(waker.clone()));
        let shared = mutex.lock();
        let Some(mut shared) = Self::still_waiting(primitive, node, &mut self.phase, shared) else {
            return true;
        };
        // SAFETY: `still_waiting` found the node linked.
        retired.0 = unsafe { O::waiters(&mut shared).replace_waker(node, retired.0.take()) };
        drop(shared);
        false
    }

    /// Returns the mutex's guard if a queued wait is neither granted nor released. Unlinks
    /// the node if the wait is released.
    fn still_waiting<'g>(
        primitive: &'g O::Primitive,
        node: NonNull<Node<O::WaiterData>>,
        phase: &mut Phase,
        mut shared: MutexGuard<'g, O::Shared>,
    ) -> Option<MutexGuard<'g, O::Shared>> {
        // SAFETY: the node is pinned with the wait, whose phase is `Queued`.
        if unsafe { node.as_ref() }.is_granted() {
            return None;
        }
        // SAFETY: a queued node that is not granted is linked.
        if !O::RELEASES_EARLY || !unsafe { Self::is_released(node, &mut shared) } {
            return Some(shared);
        }
        // Before any waker runs: if one panics, the wait is ready.
        *phase = Phase::Ready;
        // SAFETY: the node is queued and not granted, so it is linked.
        unsafe { Self::unlink(primitive, node, shared) };
        None
    }

    /// Returns whether a linked waiter is released.
    ///
    /// # Safety
    ///
    /// The node is linked in the list of `shared`.
    unsafe fn is_released(node: NonNull<Node<O::WaiterData>>, shared: &mut O::Shared) -> bool {
        // SAFETY: the node is linked, by this function's contract.
        let data = unsafe { O::waiters(shared).data(node) };
        O::is_released(shared, data)
    }

    /// Unlinks the node, settles the primitive, releases the mutex, and drops the waker.
    ///
    /// # Safety
    ///
    /// The node is linked in the list of `shared`.
    unsafe fn unlink(
        primitive: &O::Primitive,
        node: NonNull<Node<O::WaiterData>>,
        mut shared: MutexGuard<'_, O::Shared>,
    ) {
        let waiters = O::waiters(&mut shared);
        // SAFETY: the node is linked, by this function's contract.
        unsafe { waiters.unlink(node) };
        // SAFETY: `unlink` has unlinked the node from this list.
        let waker = unsafe { waiters.take_unlinked(node) };
        settle_and_unlock::<O>(primitive, O::mutex(primitive), shared, waker);
    }

    /// Returns whether a queued wait is granted or released. Takes the mutex only if the
    /// operation releases waiters before it grants them.
    fn is_over(&self) -> bool {
        if self.node().is_granted() {
            return true;
        }
        if !O::RELEASES_EARLY {
            return false;
        }
        let mut shared = O::mutex(source(&self.source)).lock();
        // SAFETY: a queued node that is not granted under the mutex is linked.
        self.node().is_granted() || unsafe { Self::is_released(self.node_pointer(), &mut shared) }
    }

    /// Makes a queued wait leave the list. Returns `false` if it is granted or released.
    fn leave(&mut self) -> bool {
        let node = self.node_pointer();
        let primitive: &O::Primitive = source(&self.source);
        let shared = {
            // After a panic here, the node would stay linked while its memory is freed. So a
            // panic aborts.
            let abort = AbortOnPanic;
            let shared = O::mutex(primitive).lock();
            core::mem::forget(abort);
            shared
        };
        match Self::still_waiting(primitive, node, &mut self.phase, shared) {
            None => false,
            Some(mut shared) => {
                O::withdraw(&mut shared);
                self.phase = Phase::Done;
                // SAFETY: `still_waiting` found the node linked.
                unsafe { Self::unlink(primitive, node, shared) };
                true
            }
        }
    }

    /// Ends a queued wait that is dropped: leaves the list, or returns the grant.
    #[cold]
    fn cancel(&mut self) {
        if self.node().is_granted() || !self.leave() {
            // SAFETY: the node is granted, or was released and is in no list.
            let data = unsafe { owned_data(self.node_pointer()) };
            self.phase = Phase::Done;
            self.operation.return_grant(source(&self.source), data);
        }
    }
}

impl<S, O> Drop for Wait<S, O>
where
    S: PrimitiveRef<Target = O::Primitive>,
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
    S: PrimitiveRef<Target = O::Primitive>,
    O: Operation,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.phase {
            Phase::Unpolled => "unpolled",
            Phase::Done => "done",
            _ if self.granted_by().is_some() => "granted, not yet taken",
            _ => "waiting",
        })
    }
}
