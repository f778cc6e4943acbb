#![forbid(unsafe_code)]
//! The holders that have no slot, because the task source has named their tasks or the slots are
//! full. This table has a mutex.

use alloc::vec::Vec;
use core::time::Duration;

use super::clock::Moment;
use super::hold::HoldProbe;
use super::primitive::PrimitiveRecord;
use super::registry::{self, Registration};
use super::site::Site;
use super::task::TaskIdentity;
use crate::diagnostics::histogram::Histogram;
use crate::diagnostics::report::{HoldMode, HolderReport};
use crate::sync::Arc;

/// The largest number of holders that are listed.
const LISTED: usize = 256;

/// A recorded holder.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) task: TaskIdentity,
    pub(super) site: Site,
    pub(super) mode: HoldMode,
    pub(super) amount: usize,
    pub(super) since: Moment,
}

/// The recorded holders of a primitive.
pub(super) struct HolderTable {
    holders: Vec<Option<Holder>>,
    /// The empty places of `holders`.
    free: Vec<u32>,
    not_listed: usize,
    registration: Option<Registration<PrimitiveRecord>>,
    /// The durations of the listed holds that have ended, and of those in slots that were not zero.
    hold_times: Histogram,
    /// The number of counted durations of holds in slots.
    counted: u64,
}

impl HolderTable {
    pub(super) const EMPTY: Self = Self {
        holders: Vec::new(),
        free: Vec::new(),
        not_listed: 0,
        registration: None,
        hold_times: Histogram::EMPTY,
        counted: 0,
    };

    /// Registers the primitive.
    pub(super) fn register(&mut self, record: &Arc<PrimitiveRecord>) {
        if self.registration.is_none() {
            self.registration = Some(registry::register_primitive(Arc::clone(record)));
        }
    }

    /// Counts the duration of a hold in a slot.
    pub(super) fn note_duration(&mut self, duration: Duration) {
        self.hold_times.add(duration);
        self.counted += 1;
    }

    /// Adds a hold that the full table does not list.
    pub(super) fn add_not_listed(&mut self) -> HoldProbe {
        self.not_listed += 1;
        HoldProbe::NOT_LISTED
    }

    pub(super) fn add(&mut self, holder: Holder) -> HoldProbe {
        if let Some(index) = self.free.pop() {
            self.holders[index as usize] = Some(holder);
            HoldProbe::listed(index)
        } else if self.holders.len() < LISTED {
            self.holders.push(Some(holder));
            HoldProbe::listed((self.holders.len() - 1) as u32)
        } else {
            self.add_not_listed()
        }
    }

    pub(super) fn get(&mut self, index: u32) -> Option<&mut Holder> {
        self.holders.get_mut(index as usize)?.as_mut()
    }

    /// Removes a hold. `None` if it is not listed.
    pub(super) fn remove(&mut self, index: Option<u32>, now: Moment) -> Option<Holder> {
        let Some(index) = index else {
            self.not_listed = self.not_listed.saturating_sub(1);
            return None;
        };
        let holder = self.holders.get_mut(index as usize)?.take()?;
        self.hold_times.add(now.since(holder.since));
        self.free.push(index);
        Some(holder)
    }

    /// Returns the durations of the holds that have ended. `over` is the number of holds in slots that
    /// are over. Those that are not counted took no time on the coarse clock.
    pub(super) fn hold_times(&self, over: u64) -> Histogram {
        let mut times = self.hold_times;
        times.add_zeros(over.saturating_sub(self.counted));
        times
    }

    pub(super) fn take_registration(&mut self) -> Option<Registration<PrimitiveRecord>> {
        self.registration.take()
    }

    /// Returns the holders, and the number of those that are not listed.
    pub(super) fn report(&self, now: Moment) -> (Vec<HolderReport>, usize) {
        let listed = self.holders.iter().flatten();
        let holders = listed.map(|holder| HolderReport {
            task: holder.task.report(),
            site: holder.site.call(),
            mode: holder.mode,
            amount: holder.amount,
            held: now.since(holder.since),
        });
        (holders.collect(), self.not_listed)
    }
}
