#![forbid(unsafe_code)]
//! The arm that records nothing: types without size, and functions that do nothing.

use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::task::{Context, Waker};
use core::time::Duration;

use super::level::Level;
use super::report::{HoldMode, PrimitiveId, PrimitiveKind, Recording, Report};
use super::{QueueEnd, WaitFacts};

// Without the feature, the crate has the sizes and the instructions that it would have without this
// module.
const _: () = assert!(
    size_of::<(Site, Probe, WaitProbe, GranterProbe)>() == 0
        && size_of::<(HoldProbe, Caller<'_>, TaskScope)>() == 0
        && align_of::<(Site, Probe, WaitProbe, GranterProbe, HoldProbe)>() == 1
);

/// The call that created a primitive, a future or a guard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site;

impl Site {
    /// Returns the place of the caller.
    #[inline(always)]
    pub(crate) const fn here() -> Self {
        Self
    }
}

/// What a primitive keeps for its record.
#[derive(Clone, Copy)]
pub(crate) struct Probe;

impl Probe {
    #[inline(always)]
    pub(crate) const fn new(_kind: PrimitiveKind, _site: Site) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn transferred(&self, _end: QueueEnd, _site: Site) {}

    #[inline(always)]
    pub(crate) fn transferred_by<'p>(
        _primitive: impl FnOnce() -> &'p Self,
        _end: QueueEnd,
        _wait: &WaitProbe,
        _caller: Caller<'_>,
    ) {
    }

    #[inline(always)]
    pub(crate) const fn set_name(&mut self, _name: &'static str) {}

    #[inline(always)]
    pub(crate) fn recorded_id(&self) -> Option<PrimitiveId> {
        None
    }
}

/// What a future keeps for its record.
pub(crate) struct WaitProbe;

impl WaitProbe {
    #[inline(always)]
    pub(crate) const fn new(_site: Site) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn begin(
        &mut self,
        _primitive: &Probe,
        _waker: Option<&Waker>,
        _facts: impl FnOnce() -> WaitFacts,
    ) {
    }

    #[inline(always)]
    pub(crate) fn begin_for_lock(
        &mut self,
        _primitive: &Probe,
        _lock: &Probe,
        _waker: Option<&Waker>,
        _facts: impl FnOnce() -> WaitFacts,
    ) {
    }

    #[inline(always)]
    pub(crate) fn note_poll(&self, _waker: &Waker, _is_last_owner: impl FnOnce() -> bool) {}

    #[inline(always)]
    pub(crate) fn end(&mut self) {}

    #[inline(always)]
    pub(crate) fn for_granter(&self) -> GranterProbe {
        GranterProbe
    }
}

/// A reference to the record of a wait, for a granter.
pub(crate) struct GranterProbe;

impl GranterProbe {
    pub(crate) const NONE: Self = Self;

    #[inline(always)]
    pub(crate) fn take(&mut self) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn note_grant(&self, _is_woken: bool) {}

    #[inline(always)]
    pub(crate) fn note_wake(&self) {}

    #[inline(always)]
    pub(crate) fn note_requeue(&self) {}
}

/// A thread that drives a future.
#[cfg(all(feature = "std", not(target_family = "wasm")))]
pub(crate) struct BlockingThread;

#[cfg(all(feature = "std", not(target_family = "wasm")))]
impl BlockingThread {
    #[inline(always)]
    pub(crate) fn enter(_waker: &Waker) -> Self {
        Self
    }
}

/// The waker of the poll that acquires something.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'w>(PhantomData<&'w Waker>);

impl<'w> Caller<'w> {
    pub(crate) const NONE: Self = Self(PhantomData);

    #[inline(always)]
    pub(crate) fn new(_context: &Context<'w>) -> Self {
        Self::NONE
    }
}

/// The place of a guard in the table of holders.
#[derive(Debug)]
pub(crate) struct HoldProbe;

impl HoldProbe {
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn taken(_primitive: &Probe, _site: Site, _mode: HoldMode, _amount: usize) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn waited(
        _primitive: &Probe,
        _wait: &WaitProbe,
        _caller: Caller<'_>,
        _mode: HoldMode,
        _amount: usize,
    ) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn release(&mut self, _primitive: &Probe) {}

    #[inline(always)]
    pub(crate) fn release_and(&mut self, _primitive: &Probe, give_back: impl FnOnce()) {
        give_back();
    }

    #[inline(always)]
    pub(crate) fn change_mode(&self, _primitive: &Probe, _mode: HoldMode) {}

    #[inline(always)]
    pub(crate) fn change_amount(&self, _primitive: &Probe, _amount: usize) {}

    #[inline(always)]
    pub(crate) fn split(&self, _primitive: &Probe, _amount: usize) -> Self {
        Self
    }
}

/// The name of a task, while it is polled.
pub(crate) struct TaskScope;

impl TaskScope {
    #[inline]
    pub(crate) fn new<N>(_name: N) -> Self {
        Self
    }

    /// Runs one poll of the task.
    #[inline]
    pub(crate) fn run<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        poll()
    }
}

#[inline]
pub(super) fn enable(_level: Level) {}

#[inline]
pub(super) fn disable() {}

#[inline]
pub(super) fn report_with_time() -> (Report, Duration) {
    let report = Report::new(Recording::NotCompiled, Vec::new());
    (report, Duration::ZERO)
}

#[inline]
pub(super) fn set_task_source(_source: fn() -> Option<String>) {}

#[inline]
pub(super) fn set_clock(_clock: fn() -> Duration) {}
