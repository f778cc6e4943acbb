#![forbid(unsafe_code)]
//! The holds of a primitive: what a guard keeps.
//!
//! A hold is in a slot of the primitive's record ([`slots`](super::slots)), which takes a few stores.
//! Three kinds of holds are in the table of the record ([`table`](super::table)), which has a mutex:
//! the task source has named the task, or the slots are full, or permits were split off such a hold.
//!
//! A hold begins after the primitive is acquired, and before the record of the wait ends. It ends
//! before the primitive is given back.

use core::task::{Context, Waker};

use super::clock::{self, Moment};
use super::primitive::{PrimitiveRecord, Probe};
use super::site::Site;
use super::slot::{HoldSlot, SlotHold, SlotState};
use super::slots::CLAIMED;
use super::switch::{self, Period};
use super::table::Holder;
use super::task::{HolderTask, PolledBy, TaskIdentity};
use super::wait::WaitProbe;
use crate::diagnostics::report::HoldMode;

/// The waker of the poll that acquires something.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'w>(Option<&'w Waker>);

impl<'w> Caller<'w> {
    /// There is no waker.
    pub(crate) const NONE: Self = Self(None);

    #[inline]
    pub(crate) fn new(context: &Context<'w>) -> Self {
        Self(Some(context.waker()))
    }

    pub(super) fn polled_by(self) -> PolledBy {
        PolledBy::current(self.0)
    }
}

/// The place of a guard in the record of its primitive.
#[derive(Debug)]
pub(crate) struct HoldProbe(u32);

/// A place, as a guard keeps it.
enum Place {
    Unrecorded,
    NotListed,
    Single,
    Claimed(u32),
    Listed(u32),
}

/// An acquisition.
#[derive(Clone, Copy)]
struct Acquisition<'w> {
    waker: Option<&'w Waker>,
    site: Site,
    mode: HoldMode,
    amount: usize,
    /// Set at the level `Holders`.
    period: Option<Period>,
}

fn state_of(mode: HoldMode) -> SlotState {
    match mode {
        HoldMode::Exclusive => SlotState::Exclusive,
        HoldMode::Initializer => SlotState::Initializer,
        HoldMode::Shared => SlotState::Shared,
        HoldMode::Permits => SlotState::Permits,
    }
}

impl HoldProbe {
    /// A hold that is not recorded.
    const UNRECORDED: Self = Self(u32::MAX);
    /// A hold that is counted and not listed.
    pub(super) const NOT_LISTED: Self = Self(u32::MAX - 1);
    /// The single slot.
    const SINGLE: Self = Self(u32::MAX - 2);
    /// The first slot that is claimed.
    const FIRST_CLAIMED: u32 = u32::MAX - 2 - CLAIMED as u32;

    /// A place in the table.
    pub(super) fn listed(index: u32) -> Self {
        Self(index)
    }

    #[inline]
    fn place(&self) -> Place {
        if self.0 == Self::SINGLE.0 {
            Place::Single
        } else if self.0 == Self::UNRECORDED.0 {
            Place::Unrecorded
        } else if self.0 == Self::NOT_LISTED.0 {
            Place::NotListed
        } else if self.0 >= Self::FIRST_CLAIMED {
            Place::Claimed(self.0 - Self::FIRST_CLAIMED)
        } else {
            Place::Listed(self.0)
        }
    }

    /// Takes the place out of a guard that is taken apart.
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        core::mem::replace(self, Self::UNRECORDED)
    }

    /// Records an acquisition without a wait.
    #[inline]
    pub(crate) fn taken(primitive: &Probe, site: Site, mode: HoldMode, amount: usize) -> Self {
        match switch::holders_period() {
            None => Self::UNRECORDED,
            Some(period) => Self::taken_recorded(primitive, None, period, (site, mode, amount)),
        }
    }

    #[inline(never)]
    fn taken_recorded(
        primitive: &Probe,
        waker: Option<&Waker>,
        period: Period,
        (site, mode, amount): (Site, HoldMode, usize),
    ) -> Self {
        let acquisition = Acquisition {
            waker,
            site,
            mode,
            amount,
            period: Some(period),
        };
        let since = clock::coarse_for_hold();
        if let Some(hold) = Self::prepared(primitive, acquisition, since) {
            return hold;
        }
        Self::prepare(primitive, acquisition, since, None)
    }

    /// Records the acquisition at the end of a wait.
    #[inline]
    pub(crate) fn waited(
        primitive: &Probe,
        wait: &WaitProbe,
        caller: Caller<'_>,
        mode: HoldMode,
        amount: usize,
    ) -> Self {
        if switch::records_waits() {
            Self::waited_recorded(primitive, wait, caller, mode, amount)
        } else {
            Self::UNRECORDED
        }
    }

    #[inline(never)]
    fn waited_recorded(
        primitive: &Probe,
        wait: &WaitProbe,
        Caller(waker): Caller<'_>,
        mode: HoldMode,
        amount: usize,
    ) -> Self {
        let period = switch::holders_period();
        let Some(waited) = wait.record() else {
            return match period {
                Some(period) => {
                    Self::taken_recorded(primitive, waker, period, (wait.site(), mode, amount))
                }
                None => Self::UNRECORDED,
            };
        };
        let acquisition = Acquisition {
            waker,
            site: waited.site(),
            mode,
            amount,
            period,
        };
        // The grant has looked at the clock.
        let since = clock::coarse();
        if let Some(hold) = Self::prepared(primitive, acquisition, since) {
            return hold;
        }
        Self::prepare(primitive, acquisition, since, Some(&|| waited.task()))
    }

    /// Records a hold in a slot, if the primitive is registered and the task has a number.
    #[inline]
    fn prepared(primitive: &Probe, acquired: Acquisition<'_>, since: u64) -> Option<Self> {
        let record = primitive.existing_record()?;
        let task = HolderTask::current(acquired.waker)?;
        let record = record.is_registered().then_some(record)?;
        Self::in_slot(record, acquired, since, task)
    }

    /// Records a hold in a slot. `None` if all slots are claimed.
    #[inline]
    fn in_slot(
        record: &PrimitiveRecord,
        acquired: Acquisition<'_>,
        since: u64,
        HolderTask(task): HolderTask,
    ) -> Option<Self> {
        let hold = SlotHold {
            site: acquired.site.location(),
            task,
            amount: acquired.amount as u64,
            since,
        };
        let (slots, state) = (record.slots(), state_of(acquired.mode));
        match acquired.mode {
            HoldMode::Exclusive | HoldMode::Initializer => {
                slots.begin_single(state, hold, acquired.period);
                Some(Self::SINGLE)
            }
            HoldMode::Shared | HoldMode::Permits => {
                let index = slots.claim(state, hold)?;
                Some(Self(Self::FIRST_CLAIMED + index))
            }
        }
    }

    /// Registers the primitive and lists the task. Then records the hold in a slot or in the table.
    #[cold]
    fn prepare(
        primitive: &Probe,
        acquired: Acquisition<'_>,
        since: u64,
        known_task: Option<&dyn Fn() -> TaskIdentity>,
    ) -> Self {
        let record = primitive.record();
        PrimitiveRecord::register(&record);
        let identity = || match known_task {
            Some(task) => task(),
            // User code, so no mutex is held.
            None => PolledBy::current(acquired.waker).task(),
        };
        let listed = HolderTask::list(acquired.waker);
        // The task source is asked only if there is no scope.
        let needs_source = HolderTask::current(acquired.waker).is_none();
        let named = needs_source.then(identity);
        let has_name = matches!(named, Some(TaskIdentity::Source(_)));
        if let Some(task) = listed.filter(|_| !has_name) {
            if let Some(hold) = Self::in_slot(&record, acquired, since, task) {
                return hold;
            }
        }
        let task = named.unwrap_or_else(identity);
        let holder = Holder {
            task,
            site: acquired.site,
            mode: acquired.mode,
            amount: acquired.amount,
            since: Moment::from_stamp_or_first(since),
        };
        record.add_holder(holder, acquired.period)
    }

    #[inline]
    fn is_recorded(&self) -> bool {
        self.0 != Self::UNRECORDED.0
    }

    /// Ends the hold. Called before the primitive is given back.
    #[inline]
    pub(crate) fn release(&mut self, primitive: &Probe) {
        self.release_and(primitive, || {});
    }

    /// Ends the hold, and gives the primitive back.
    #[inline(always)]
    pub(crate) fn release_and(&mut self, primitive: &Probe, give_back: impl FnOnce()) {
        if self.is_recorded() {
            self.release_recorded_and(primitive, give_back);
        } else {
            give_back();
        }
    }

    #[inline(never)]
    fn release_recorded_and(&mut self, primitive: &Probe, give_back: impl FnOnce()) {
        let ending = self.release_recorded(primitive);
        give_back();
        if let (Some(generation), Some(record)) = (ending, primitive.existing_record()) {
            if record.slots().had_waiter(generation) {
                record.note_end(generation);
            }
        }
    }

    /// Returns the generation of an exclusive hold, which now is `Ending`.
    #[inline]
    fn release_recorded(&mut self, primitive: &Probe) -> Option<u64> {
        let place = self.take().place();
        let record = primitive.existing_record()?;
        let (slots, now) = (record.slots(), clock::coarse());
        slots.note_release(now);
        let (slot, claimed) = match place {
            Place::Single => (slots.single(), None),
            Place::Claimed(index) => (slots.claimed(index)?, Some(index)),
            Place::Listed(index) => {
                record.remove_holder(Some(index));
                return None;
            }
            Place::NotListed | Place::Unrecorded => {
                record.remove_holder(None);
                return None;
            }
        };
        let since = slot.since();
        if since < now {
            record.note_hold(since, now);
        }
        if let Some(index) = claimed {
            slots.end_claimed(index);
            return None;
        }
        let (generation, state) = slot.state();
        if state == SlotState::Exclusive {
            slot.set(SlotState::Ending);
            return Some(generation);
        }
        slot.set(SlotState::Empty);
        None
    }

    /// Changes how the primitive is held.
    #[inline]
    pub(crate) fn change_mode(&self, primitive: &Probe, mode: HoldMode) {
        if self.is_recorded() {
            self.change(
                primitive,
                |slot| slot.set(state_of(mode)),
                |holder| holder.mode = mode,
            );
        }
    }

    /// Changes the number of permits.
    #[inline]
    pub(crate) fn change_amount(&self, primitive: &Probe, amount: usize) {
        if self.is_recorded() {
            let change = |slot: &HoldSlot| slot.set_amount(amount as u64);
            self.change(primitive, change, |holder| holder.amount = amount);
        }
    }

    #[cold]
    fn change(
        &self,
        primitive: &Probe,
        in_slot: impl FnOnce(&HoldSlot),
        in_table: impl FnOnce(&mut Holder),
    ) {
        let Some(record) = primitive.existing_record() else {
            return;
        };
        match self.place() {
            Place::Single => in_slot(record.slots().single()),
            Place::Claimed(index) => {
                record.slots().claimed(index).map(in_slot);
            }
            Place::Listed(index) => record.change_holder(index, in_table),
            Place::NotListed | Place::Unrecorded => {}
        }
    }

    /// Returns the hold of permits that are split off. The caller changes the amount of this one.
    #[inline]
    pub(crate) fn split(&self, primitive: &Probe, amount: usize) -> Self {
        if self.is_recorded() {
            self.split_recorded(primitive, amount)
        } else {
            Self::UNRECORDED
        }
    }

    #[cold]
    fn split_recorded(&self, primitive: &Probe, amount: usize) -> Self {
        let Some(record) = primitive.existing_record() else {
            return Self::UNRECORDED;
        };
        let Place::Claimed(index) = self.place() else {
            let listed = match self.place() {
                Place::Listed(index) => Some(index),
                _ => None,
            };
            return record.split_holder(listed, amount);
        };
        let amount = amount as u64;
        let own = record.slots().claimed(index).and_then(HoldSlot::read);
        let half = own.and_then(|(state, hold)| {
            let half = SlotHold { amount, ..hold };
            record.slots().claim(state, half)
        });
        match half {
            Some(index) => Self(Self::FIRST_CLAIMED + index),
            None => record.split_holder(None, 0),
        }
    }
}
