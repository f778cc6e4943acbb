#![forbid(unsafe_code)]
//! The holders of a primitive.

use alloc::vec::Vec;
use core::task::{Context, Waker};
use core::time::Duration;

use super::clock::{self, Moment};
use super::primitive::{PrimitiveRecord, Probe};
use super::registry::{self, Registration};
use super::site::Site;
use super::switch::{self, Period};
use super::task::{PolledBy, TaskIdentity};
use super::wait::WaitProbe;
use crate::diagnostics::histogram::Histogram;
use crate::diagnostics::report::{HoldMode, HolderReport};
use crate::sync::atomic::Ordering;

/// The largest number of holders that are listed.
const LISTED: usize = 256;

/// A recorded holder.
#[derive(Clone, Debug)]
struct Holder {
    task: TaskIdentity,
    site: Site,
    mode: HoldMode,
    amount: usize,
    since: Moment,
}

/// The recorded holders of a primitive.
pub(super) struct HolderTable {
    holders: Vec<Option<Holder>>,
    /// The empty places of `holders`.
    free: Vec<u32>,
    not_listed: usize,
    /// The period in which an exclusive holder was last recorded at the level `Holders`. In this
    /// period, all later holders are recorded too.
    known: Option<Period>,
    registration: Option<Registration<PrimitiveRecord>>,
    /// The end of the last hold.
    last_release: Option<Moment>,
    /// The durations of the listed holds that have ended.
    hold_times: Histogram,
}

impl HolderTable {
    pub(super) const EMPTY: Self = Self {
        holders: Vec::new(),
        free: Vec::new(),
        not_listed: 0,
        known: None,
        registration: None,
        last_release: None,
        hold_times: Histogram::EMPTY,
    };

    fn add(&mut self, holder: Holder) -> HoldProbe {
        let is_exclusive = matches!(holder.mode, HoldMode::Exclusive | HoldMode::Initializer);
        if is_exclusive && switch::records_holders() {
            self.known = Some(Period::current());
        }
        if let Some(index) = self.free.pop() {
            self.holders[index as usize] = Some(holder);
            HoldProbe(index)
        } else if self.holders.len() < LISTED {
            self.holders.push(Some(holder));
            HoldProbe((self.holders.len() - 1) as u32)
        } else {
            self.not_listed += 1;
            HoldProbe::NOT_LISTED
        }
    }

    fn get(&mut self, hold: &HoldProbe) -> Option<&mut Holder> {
        self.holders.get_mut(hold.0 as usize)?.as_mut()
    }

    fn remove(&mut self, hold: &HoldProbe, now: Moment) -> Option<Holder> {
        self.last_release = Some(now);
        let place = self.holders.get_mut(hold.0 as usize);
        let holder = place.and_then(Option::take);
        if let Some(holder) = &holder {
            self.hold_times.add(now.since(holder.since));
            self.free.push(hold.0);
        } else {
            self.not_listed = self.not_listed.saturating_sub(1);
        }
        holder
    }

    /// Returns the durations of the holds that have ended.
    pub(super) fn hold_times(&self) -> Histogram {
        self.hold_times
    }

    /// Returns the time since the end of the last hold.
    pub(super) fn last_release(&self, now: Moment) -> Option<Duration> {
        self.last_release.map(|then| now.since(then))
    }

    pub(super) fn take_registration(&mut self) -> Option<Registration<PrimitiveRecord>> {
        self.registration.take()
    }

    /// Returns the holders, the longest first; the number of those that are not listed; and
    /// whether all holders are recorded.
    pub(super) fn report(&self, now: Moment) -> (Vec<HolderReport>, usize, bool) {
        let listed = self.holders.iter().flatten();
        let mut holders: Vec<HolderReport> = listed
            .map(|holder| HolderReport {
                task: holder.task.report(),
                site: holder.site.call(),
                mode: holder.mode,
                amount: holder.amount,
                held: now.since(holder.since),
            })
            .collect();
        holders.sort_by_key(|holder| core::cmp::Reverse(holder.held));
        let is_known = switch::records_holders() && self.known == Some(Period::current());
        (holders, self.not_listed, is_known)
    }
}

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

/// The place of a guard in the table of holders.
#[derive(Debug)]
pub(crate) struct HoldProbe(u32);

impl HoldProbe {
    /// A hold that is not recorded.
    const UNRECORDED: Self = Self(u32::MAX);
    /// A hold that is counted and not listed.
    const NOT_LISTED: Self = Self(u32::MAX - 1);

    /// Takes the place out of a guard that is taken apart.
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        core::mem::replace(self, Self::UNRECORDED)
    }

    /// Records an acquisition without a wait.
    #[inline]
    pub(crate) fn taken(primitive: &Probe, site: Site, mode: HoldMode, amount: usize) -> Self {
        if switch::records_holders() {
            Self::record(
                primitive,
                || PolledBy::current(None).task(),
                site,
                mode,
                amount,
            )
        } else {
            Self::UNRECORDED
        }
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

    #[cold]
    fn waited_recorded(
        primitive: &Probe,
        wait: &WaitProbe,
        caller: Caller<'_>,
        mode: HoldMode,
        amount: usize,
    ) -> Self {
        match wait.record() {
            Some(record) => Self::record(primitive, || record.task(), record.site(), mode, amount),
            None if switch::records_holders() => {
                let task = || PolledBy::current(caller.0).task();
                Self::record(primitive, task, wait.site(), mode, amount)
            }
            None => Self::UNRECORDED,
        }
    }

    #[cold]
    fn record(
        primitive: &Probe,
        task: impl FnOnce() -> TaskIdentity,
        site: Site,
        mode: HoldMode,
        amount: usize,
    ) -> Self {
        let record = primitive.record();
        let holder = Holder {
            // User code, so no mutex is held.
            task: task(),
            site,
            mode,
            amount,
            since: clock::now(),
        };
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        record.acquisitions.fetch_add(1, Ordering::Relaxed);
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        record.held.fetch_add(1, Ordering::Relaxed);
        let mut table = record.holders.lock();
        if table.registration.is_none() {
            table.registration = Some(registry::register_primitive(record.clone()));
        }
        table.add(holder)
    }

    #[inline]
    fn is_recorded(&self) -> bool {
        self.0 != Self::UNRECORDED.0
    }

    /// Ends the hold. Called before the primitive is given back.
    #[inline]
    pub(crate) fn release(&mut self, primitive: &Probe) {
        if self.is_recorded() {
            self.release_recorded(primitive);
        }
    }

    #[cold]
    fn release_recorded(&mut self, primitive: &Probe) {
        if let Some(record) = primitive.existing_record() {
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            record.held.fetch_sub(1, Ordering::Relaxed);
            let now = clock::now_under_mutex();
            let removed = record.holders.lock().remove(self, now);
            drop(removed);
        }
        *self = Self::UNRECORDED;
    }

    /// Changes how the primitive is held.
    #[inline]
    pub(crate) fn change_mode(&self, primitive: &Probe, mode: HoldMode) {
        if self.is_recorded() {
            self.change(primitive, |holder| holder.mode = mode);
        }
    }

    /// Changes the number of permits.
    #[inline]
    pub(crate) fn change_amount(&self, primitive: &Probe, amount: usize) {
        if self.is_recorded() {
            self.change(primitive, |holder| holder.amount = amount);
        }
    }

    #[cold]
    fn change(&self, primitive: &Probe, change: impl FnOnce(&mut Holder)) {
        if let Some(record) = primitive.existing_record() {
            record.holders.lock().get(self).map(change);
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
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        record.held.fetch_add(1, Ordering::Relaxed);
        let mut table = record.holders.lock();
        match table.get(self).cloned() {
            Some(holder) => table.add(Holder { amount, ..holder }),
            None => {
                table.not_listed += 1;
                Self::NOT_LISTED
            }
        }
    }
}
