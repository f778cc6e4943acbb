#![forbid(unsafe_code)]
//! The record of a primitive, which is created when it is first needed.

use core::panic::{RefUnwindSafe, UnwindSafe};
use core::time::Duration;

use super::clock::{self, Moment};
use super::hold::{Caller, HoldProbe};
use super::lazy::LazyArc;
use super::registry::next_number;
use super::site::Site;
use super::slot::{SlotHold, SlotState};
use super::slots::Slots;
use super::switch::{self, Period};
use super::table::{Holder, HolderTable};
use super::task::{HolderTask, PolledBy, TaskIdentity};
use super::traced::ResourceTrace;
use super::wait::WaitProbe;
use crate::diagnostics::QueueEnd;
use crate::diagnostics::histogram::Histogram;
#[cfg(feature = "tracing")]
use crate::diagnostics::report::CallSite;
use crate::diagnostics::report::{
    HoldMode, HolderReport, PrimitiveId, PrimitiveKind, PrimitiveReport, Supply, TransferReport,
    Transfers,
};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex};
use alloc::vec::Vec;

/// What is known about a primitive from its creation.
#[derive(Clone, Copy, Debug)]
struct Origin {
    kind: PrimitiveKind,
    name: Option<&'static str>,
    site: Site,
}

/// What a primitive keeps for its record.
pub(crate) struct Probe {
    origin: Origin,
    /// Null until the first recorded wait or hold.
    record: LazyArc<PrimitiveRecord>,
}

impl Probe {
    /// Creates the probe of a primitive that is created at `site`.
    pub(crate) const fn new(kind: PrimitiveKind, site: Site) -> Self {
        Self {
            origin: Origin {
                kind,
                name: None,
                site,
            },
            record: LazyArc::new(),
        }
    }

    /// Names the primitive. It has no record yet.
    pub(crate) const fn set_name(&mut self, name: &'static str) {
        self.origin.name = Some(name);
    }

    /// Returns the record, and creates it if there is none.
    pub(super) fn record(&self) -> Arc<PrimitiveRecord> {
        self.record
            .get_or_create(|| Arc::new(PrimitiveRecord::new(self.origin)))
    }

    /// Records the last access to an end of a queue.
    #[inline]
    pub(crate) fn transferred(&self, end: QueueEnd, site: Site) {
        if switch::records_holders() {
            self.note_transfer(end, site, PolledBy::current(None));
        }
    }

    /// Records the last access to an end of a queue, at the end of a wait.
    #[inline]
    pub(crate) fn transferred_by<'p>(
        primitive: impl FnOnce() -> &'p Self,
        end: QueueEnd,
        wait: &WaitProbe,
        caller: Caller<'_>,
    ) {
        if switch::records_holders() {
            primitive().note_transfer(end, wait.site(), caller.polled_by());
        }
    }

    /// Calls user code, so the caller holds no mutex.
    #[cold]
    fn note_transfer(&self, end: QueueEnd, site: Site, polled_by: PolledBy) {
        let transfer = Transfer {
            task: polled_by.task(),
            site,
            time: clock::now(),
        };
        let record = self.record();
        let previous = {
            let mut transfers = record.transfers.lock();
            let [put, get] = &mut *transfers;
            let last = match end {
                QueueEnd::Put => put,
                QueueEnd::Get => get,
            };
            last.replace(transfer)
        };
        drop(previous);
    }

    /// Returns the id, if there is a record.
    pub(crate) fn recorded_id(&self) -> Option<PrimitiveId> {
        self.record.get().map(PrimitiveRecord::id)
    }

    pub(super) fn existing_record(&self) -> Option<&PrimitiveRecord> {
        self.record.get()
    }
}

impl Drop for Probe {
    #[inline]
    fn drop(&mut self) {
        if let Some(record) = self.record.get() {
            record.unregister();
            record.trace.close();
        }
    }
}

/// A put into a queue, or a get.
struct Transfer {
    task: TaskIdentity,
    site: Site,
    time: Moment,
}

/// What is recorded about a primitive.
pub(crate) struct PrimitiveRecord {
    number: u64,
    origin: Origin,
    slots: Slots,
    /// The number of acquisitions in the table.
    acquisitions: AtomicU64,
    /// The number of holds in the table that have not ended.
    in_table: AtomicUsize,
    /// 1 once the registry contains the record.
    is_registered: AtomicUsize,
    table: Mutex<HolderTable>,
    supply: Mutex<Option<Supply>>,
    /// The last put into a queue, and the last get.
    transfers: Mutex<[Option<Transfer>; 2]>,
    /// The durations of the waits that have ended.
    wait_times: Mutex<Histogram>,
    pub(super) trace: ResourceTrace,
}

// The mutexes guard tables that no user code can leave half changed.
impl UnwindSafe for PrimitiveRecord {}
impl RefUnwindSafe for PrimitiveRecord {}

impl PrimitiveRecord {
    fn new(origin: Origin) -> Self {
        Self {
            number: next_number(),
            origin,
            slots: Slots::new(),
            acquisitions: AtomicU64::new(0),
            in_table: AtomicUsize::new(0),
            is_registered: AtomicUsize::new(0),
            table: Mutex::new(HolderTable::EMPTY),
            supply: Mutex::new(None),
            transfers: Mutex::new([None, None]),
            wait_times: Mutex::new(Histogram::EMPTY),
            trace: ResourceTrace::new(),
        }
    }

    /// Returns the kind, the name and the call that created the primitive.
    #[cfg(feature = "tracing")]
    pub(super) fn origin(&self) -> (PrimitiveKind, Option<&'static str>, CallSite) {
        let Origin { kind, name, site } = self.origin;
        (kind, name, site.call())
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn id(&self) -> PrimitiveId {
        PrimitiveId(self.number)
    }

    /// Returns whether there is a recorded holder.
    pub(super) fn is_held(&self) -> bool {
        // No mutex: the caller holds that of a shard (rule 4).
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.slots.is_held() || self.in_table.load(Ordering::Relaxed) > 0
    }

    #[inline]
    pub(super) fn slots(&self) -> &Slots {
        &self.slots
    }

    #[inline]
    pub(super) fn is_registered(&self) -> bool {
        // ORDERING: Relaxed is enough: the registry has a mutex.
        self.is_registered.load(Ordering::Relaxed) == 1
    }

    /// Adds the record to the registry.
    pub(super) fn register(this: &Arc<Self>) {
        this.table.lock().register(this);
        // ORDERING: Relaxed is enough: the registry has a mutex.
        this.is_registered.store(1, Ordering::Relaxed);
    }

    /// Adds a hold to the table.
    pub(super) fn add_holder(&self, holder: Holder, period: Option<Period>) -> HoldProbe {
        self.slots.wipe_end();
        if matches!(holder.mode, HoldMode::Exclusive | HoldMode::Initializer) {
            self.slots.note_period(period);
        }
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.acquisitions.fetch_add(1, Ordering::Relaxed);
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.in_table.fetch_add(1, Ordering::Relaxed);
        self.table.lock().add(holder)
    }

    /// Removes a hold from the table. `None` if it is not listed.
    #[cold]
    pub(super) fn remove_holder(&self, index: Option<u32>) {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.in_table.fetch_sub(1, Ordering::Relaxed);
        let now = clock::now_under_mutex();
        let removed = self.table.lock().remove(index, now);
        drop(removed);
    }

    pub(super) fn change_holder(&self, index: u32, change: impl FnOnce(&mut Holder)) {
        self.table.lock().get(index).map(change);
    }

    /// Adds a hold of permits that are split off.
    pub(super) fn split_holder(&self, index: Option<u32>, amount: usize) -> HoldProbe {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.in_table.fetch_add(1, Ordering::Relaxed);
        let mut table = self.table.lock();
        match index.and_then(|index| table.get(index).cloned()) {
            Some(holder) => table.add(Holder { amount, ..holder }),
            None => table.add_not_listed(),
        }
    }

    /// Records the duration of a hold in a slot.
    #[cold]
    pub(super) fn note_hold(&self, since: u64, now: u64) {
        let duration = Duration::from_nanos(now.saturating_sub(since));
        self.table.lock().note_duration(duration);
    }

    /// The primitive was given back. If a waiter was granted, that has looked at the clock.
    #[cold]
    pub(super) fn note_end(&self, generation: u64) {
        self.slots.note_end(generation, clock::coarse());
    }

    /// Records what the primitive had to give when a wait began.
    pub(super) fn note_supply(&self, supply: Option<Supply>) {
        if supply.is_some() {
            *self.supply.lock() = supply;
        }
    }

    /// Records the duration of a wait that has ended.
    pub(super) fn note_wait(&self, duration: Duration) {
        self.wait_times.lock().add(duration);
    }

    fn transfers(&self, now: Moment) -> Transfers {
        let report = |transfer: &Option<Transfer>| {
            transfer.as_ref().map(|transfer| TransferReport {
                task: transfer.task.report(),
                site: transfer.site.call(),
                ago: now.since(transfer.time),
            })
        };
        let [put, get] = &*self.transfers.lock();
        Transfers {
            last_put: report(put),
            last_get: report(get),
        }
    }

    /// Removes the record from the registry: the primitive is dropped.
    fn unregister(&self) {
        let registration = self.table.lock().take_registration();
        drop(registration);
    }

    /// Returns the report, without waiters.
    pub(super) fn report(&self, now: Moment) -> PrimitiveReport {
        let kind = self.origin.kind;
        let supply = *self.supply.lock();
        let (acquired, over) = self.slots.counts();
        let table = self.table.lock();
        let (mut holders, holders_not_listed) = table.report(now);
        let hold_times = table.hold_times(over);
        drop(table);
        holders.extend(self.slots.holds().filter_map(|hold| slot_report(hold, now)));
        holders.sort_by_key(|holder| core::cmp::Reverse(holder.held));
        let is_known = switch::holders_period().is_some_and(|now| self.slots.knows_all(now));
        let ago = |stamp: u64| Moment::from_stamp(stamp).map(|then| now.since(then));
        let ended = self.slots.ended();
        let is_exclusive = holders
            .iter()
            .any(|holder| matches!(holder.mode, HoldMode::Exclusive | HoldMode::Initializer));
        let amount: usize = holders.iter().map(|holder| holder.amount).sum();
        let has_all_permits = kind == PrimitiveKind::Semaphore
            && supply.is_some_and(|supply| {
                supply
                    .total
                    .is_some_and(|total| amount + supply.available >= total)
            });
        PrimitiveReport {
            id: self.id(),
            kind,
            name: self.origin.name,
            created: self.origin.site.call(),
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            acquisitions: acquired + self.acquisitions.load(Ordering::Relaxed),
            supply,
            waiters: Vec::new(),
            holders,
            holders_not_listed,
            holders_are_complete: is_known || is_exclusive || has_all_permits,
            transfers: self.transfers(now),
            last_release: ago(self.slots.released()),
            ended_hold: ended.map(|(generation, _)| generation),
            ended: ended.and_then(|(_, stamp)| ago(stamp)),
            wait_times: *self.wait_times.lock(),
            hold_times,
        }
    }
}

/// Returns the report of a hold in a slot.
fn slot_report((state, hold): (SlotState, SlotHold), now: Moment) -> Option<HolderReport> {
    let mode = match state {
        SlotState::Exclusive => HoldMode::Exclusive,
        SlotState::Initializer => HoldMode::Initializer,
        SlotState::Shared => HoldMode::Shared,
        SlotState::Permits => HoldMode::Permits,
        SlotState::Empty | SlotState::Ending | SlotState::Ended => return None,
    };
    Some(HolderReport {
        task: HolderTask::report(hold.task),
        site: Site::of(hold.site).call(),
        mode,
        amount: hold.amount as usize,
        held: now.since(Moment::from_stamp_or_first(hold.since)),
    })
}
