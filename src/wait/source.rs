#![forbid(unsafe_code)]
//! The reference or `Arc` through which a wait reaches its primitive.

use core::marker::PhantomData;
use core::ops::Deref;

use super::operation::Operation;
use crate::diagnostics::{Caller, HoldMode, HoldProbe, Probe, QueueEnd, WaitFacts, WaitProbe};
use crate::sync::Arc;

/// A reference to a primitive, or an `Arc` of it.
pub(crate) trait PrimitiveRef: Deref + Sized {
    /// Takes the reference or `Arc` of a wait that is done. A plain reference is copied: nothing
    /// reads it again, so a store of `None` would be a waste.
    fn take(place: &mut Option<Self>) -> Option<Self>;

    /// Returns whether this is the last `Arc`.
    fn is_last_owner(&self) -> bool;
}

impl<P: ?Sized> PrimitiveRef for &P {
    #[inline(always)]
    fn take(place: &mut Option<Self>) -> Option<Self> {
        *place
    }

    fn is_last_owner(&self) -> bool {
        false
    }
}

impl<P: ?Sized> PrimitiveRef for Arc<P> {
    #[inline(always)]
    fn take(place: &mut Option<Self>) -> Option<Self> {
        place.take()
    }

    fn is_last_owner(&self) -> bool {
        Arc::strong_count(self) == 1
    }
}

/// Returns what a report shows about a wait.
pub(super) fn facts<O: Operation, S: PrimitiveRef<Target = O::Primitive>>(
    operation: &O,
    source: &S,
) -> WaitFacts {
    WaitFacts {
        operation: O::NAME,
        amount: operation.amount(),
        supply: O::supply(source),
        is_last_owner: source.is_last_owner(),
    }
}

/// The reference or `Arc` of a wait that is over. It is dropped unless a guard keeps it.
pub(crate) struct Source<'w, S, O> {
    source: &'w mut Option<S>,
    probe: &'w WaitProbe,
    caller: Caller<'w>,
    _operation: PhantomData<fn(O)>,
}

impl<'w, S, O> Source<'w, S, O>
where
    S: PrimitiveRef<Target = O::Primitive>,
    O: Operation,
{
    #[inline(always)]
    pub(super) fn new(source: &'w mut Option<S>, probe: &'w WaitProbe, caller: Caller<'w>) -> Self {
        Self {
            source,
            probe,
            caller,
            _operation: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn keep(self) -> S {
        match S::take(self.source) {
            Some(source) => source,
            None => finished(),
        }
    }

    /// Like [`keep`](Self::keep). Also records that the primitive is held.
    #[inline]
    pub(crate) fn keep_held(self, mode: HoldMode, amount: usize) -> (S, HoldProbe) {
        let (probe, caller) = (self.probe, self.caller);
        let source = self.keep();
        let hold = HoldProbe::waited(O::probe(&source), probe, caller, mode, amount);
        (source, hold)
    }
}

impl<S, O> Source<'_, S, O>
where
    S: PrimitiveRef<Target = O::Primitive>,
    O: Operation,
{
    /// Records the last access to an end of a queue.
    #[inline]
    pub(crate) fn note_transfer(&self, end: QueueEnd) {
        // A closure, so that nothing of it is left in the arm that records nothing.
        let primitive = || O::probe(source(self.source));
        Probe::transferred_by(primitive, end, self.probe, self.caller);
    }
}

/// Returns the primitive of a wait that is not over.
#[inline]
pub(super) fn source<S: Deref>(source: &Option<S>) -> &S::Target {
    let source: &S = held_source(source);
    source
}

/// Returns the reference or `Arc` of a wait that is not over.
#[inline]
pub(super) fn held_source<S>(source: &Option<S>) -> &S {
    match source {
        Some(source) => source,
        None => finished(),
    }
}

#[cold]
pub(super) fn finished() -> ! {
    panic!("aiosync: a future was polled after it had completed")
}
