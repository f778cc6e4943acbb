#![forbid(unsafe_code)]
//! The record of a primitive, which is created when it is first needed.

use core::panic::{RefUnwindSafe, UnwindSafe};
use core::time::Duration;

use super::clock::{self, Moment};
use super::hold::{Caller, HolderTable};
use super::lazy::LazyArc;
use super::registry::next_number;
use super::site::Site;
use super::switch;
use super::task::{PolledBy, TaskIdentity};
use super::traced::ResourceTrace;
use super::wait::WaitProbe;
use crate::diagnostics::QueueEnd;
use crate::diagnostics::histogram::Histogram;
#[cfg(feature = "tracing")]
use crate::diagnostics::report::CallSite;
use crate::diagnostics::report::{
    HoldMode, PrimitiveId, PrimitiveKind, PrimitiveReport, Supply, TransferReport, Transfers,
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
    pub(super) acquisitions: AtomicU64,
    /// The number of recorded holders.
    pub(super) held: AtomicUsize,
    pub(super) holders: Mutex<HolderTable>,
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
            acquisitions: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            holders: Mutex::new(HolderTable::EMPTY),
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
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.held.load(Ordering::Relaxed) > 0
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
        let registration = self.holders.lock().take_registration();
        drop(registration);
    }

    /// Returns the report, without waiters.
    pub(super) fn report(&self, now: Moment) -> PrimitiveReport {
        let kind = self.origin.kind;
        let supply = *self.supply.lock();
        let table = self.holders.lock();
        let (holders, holders_not_listed, is_known) = table.report(now);
        let (hold_times, last_release) = (table.hold_times(), table.last_release(now));
        drop(table);
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
            acquisitions: self.acquisitions.load(Ordering::Relaxed),
            supply,
            waiters: Vec::new(),
            holders,
            holders_not_listed,
            holders_are_complete: is_known || is_exclusive || has_all_permits,
            transfers: self.transfers(now),
            last_release,
            wait_times: *self.wait_times.lock(),
            hold_times,
        }
    }
}
