#![forbid(unsafe_code)]
//! The record of a wait.

use core::panic::{RefUnwindSafe, UnwindSafe};
use core::task::Waker;

use super::clock::{self, Moment};
use super::primitive::{PrimitiveRecord, Probe};
use super::registry::{self, Registration, next_number};
use super::site::Site;
use super::stamps::EventCount;
use super::switch;
use super::task::{PolledBy, TaskIdentity};
use super::traced::WaitTrace;
use crate::diagnostics::WaitFacts;
use crate::diagnostics::report::{WaitId, WaiterReport};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex, thread};

/// What is recorded about a wait.
pub(crate) struct WaitRecord {
    number: u64,
    facts: WaitFacts,
    site: Site,
    began: Moment,
    primitive: Arc<PrimitiveRecord>,
    /// The lock to which a condition requeues the wait.
    lock: Option<Arc<PrimitiveRecord>>,
    /// 1 once the wait was requeued.
    is_requeued: AtomicUsize,
    polls: EventCount,
    wakes: EventCount,
    grants: EventCount,
    /// 1 if the future owned the last `Arc` at its last poll.
    is_last_owner: AtomicUsize,
    /// The token of the thread of the last poll.
    thread: AtomicUsize,
    /// When the last poll of its scope began that has polled the wait. 0 without a scope.
    scope_polled: AtomicU64,
    /// 1 if a thread blocks in the wait.
    is_blocking: AtomicUsize,
    /// The digest of the [`PolledBy`] of the last poll.
    polled_by: AtomicU64,
    /// The generation of the exclusive hold during which the wait was queued. 0 if unknown.
    queued: AtomicU64,
    task: Mutex<TaskIdentity>,
    trace: WaitTrace,
}

// The mutex guards a value that is replaced as a whole, so a panic leaves nothing half changed.
impl UnwindSafe for WaitRecord {}
impl RefUnwindSafe for WaitRecord {}

impl WaitRecord {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Returns the primitive whose wait queue the wait is in.
    pub(super) fn primitive(&self) -> &Arc<PrimitiveRecord> {
        // ORDERING: Relaxed is enough: both references are set before the record is shared.
        match (&self.lock, self.is_requeued.load(Ordering::Relaxed)) {
            (Some(lock), 1) => lock,
            _ => &self.primitive,
        }
    }

    pub(super) fn site(&self) -> Site {
        self.site
    }

    #[cfg(feature = "tracing")]
    pub(super) fn facts(&self) -> &WaitFacts {
        &self.facts
    }

    pub(super) fn task(&self) -> TaskIdentity {
        self.task.lock().clone()
    }

    /// Records a poll. Calls user code, so the caller holds no mutex.
    #[cold]
    fn note_poll(&self, waker: Option<&Waker>, is_last_owner: bool) {
        let polled_by = PolledBy::current(waker);
        let digest = polled_by.digest();
        // ORDERING: Relaxed is enough: only the owner uses this word.
        if self.polled_by.swap(digest, Ordering::Relaxed) != digest {
            let task = polled_by.task();
            let previous = core::mem::replace(&mut *self.task.lock(), task);
            drop(previous);
        }
        let scope_polled = polled_by.scope_polled().map_or(0, Moment::nanoseconds);
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.scope_polled.store(scope_polled, Ordering::Relaxed);
        let is_blocking = usize::from(polled_by.is_blocking());
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.is_blocking.store(is_blocking, Ordering::Relaxed);
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.thread.store(thread::token(), Ordering::Relaxed);
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        (self.is_last_owner).store(usize::from(is_last_owner), Ordering::Relaxed);
        self.polls.note(clock::now().nanoseconds());
        self.trace.poll();
    }

    /// Records the grant, and a wake if the waiter has a waker. Called before the grant is
    /// published, with the primitive's mutex held, so it calls no user code.
    pub(super) fn note_grant(&self, is_woken: bool) {
        let now = clock::now_under_mutex().nanoseconds();
        if is_woken {
            self.wakes.note(now);
        }
        self.grants.note(now);
        self.note_requeue();
    }

    /// Records that the waiter's waker was taken without a grant. Calls no user code.
    pub(super) fn note_wake(&self) {
        self.wakes.note(clock::now_under_mutex().nanoseconds());
    }

    /// Records that a condition has requeued the waiter to its lock.
    pub(super) fn note_requeue(&self) {
        // ORDERING: Relaxed is enough: both references are set before the record is shared.
        self.is_requeued.store(1, Ordering::Relaxed);
    }

    /// Records that the waiter is about to be queued, with the primitive's mutex held.
    #[cold]
    fn note_queued(&self) {
        let generation = self.primitive.slots().note_queued();
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.queued.store(generation, Ordering::Relaxed);
    }

    /// Records the duration of the wait. Calls the subscriber, so the caller holds no mutex.
    #[cold]
    fn note_end(&self) {
        // The grant has looked at the clock, so the coarse clock is not older.
        let now = match Moment::from_stamp(self.grants.last()) {
            Some(granted) => granted.max(Moment::from_stamp_or_first(clock::coarse())),
            None => clock::now_under_mutex(),
        };
        // A requeued wait began at its condition.
        self.primitive.note_wait(now.since(self.began));
        self.trace.end(self.grants.count() > 0);
    }

    pub(super) fn report(&self, now: Moment) -> WaiterReport {
        let ago = |stamp: &EventCount| Moment::from_stamp(stamp.last()).map(|then| now.since(then));
        WaiterReport {
            id: WaitId(self.number),
            operation: self.facts.operation,
            task: self.task.lock().report(),
            site: self.site.call(),
            amount: self.facts.amount,
            waited: now.since(self.began),
            polls: self.polls.count(),
            last_poll: ago(&self.polls).unwrap_or_default(),
            wakes: self.wakes.count(),
            last_wake: ago(&self.wakes),
            granted: ago(&self.grants),
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            is_last_owner: self.is_last_owner.load(Ordering::Relaxed) == 1,
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            thread: self.thread.load(Ordering::Relaxed),
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            queued_during: match self.queued.load(Ordering::Relaxed) {
                0 => None,
                generation => Some(generation),
            },
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            scope_polled: Moment::from_stamp(self.scope_polled.load(Ordering::Relaxed))
                .map(|then| now.since(then)),
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            is_blocking: self.is_blocking.load(Ordering::Relaxed) == 1,
        }
    }
}

/// A wait that is recorded.
struct Recorded {
    record: Arc<WaitRecord>,
    _registration: Registration<WaitRecord>,
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.record.note_end();
    }
}

/// What a future keeps for its record. It is part of each wait.
pub(crate) struct WaitProbe {
    site: Site,
    /// `Some` from the first poll that had to wait, until the wait ends.
    recorded: Option<Recorded>,
}

impl WaitProbe {
    /// Creates the probe of a future that is created at `site`.
    #[inline]
    pub(crate) const fn new(site: Site) -> Self {
        Self {
            site,
            recorded: None,
        }
    }

    /// Begins the record, if waits are recorded. Calls user code, so the caller holds no mutex.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        primitive: &Probe,
        waker: Option<&Waker>,
        facts: impl FnOnce() -> WaitFacts,
    ) {
        if switch::records_waits() {
            self.begin_recorded(primitive, None, waker, facts());
        }
    }

    /// Like [`begin`](Self::begin), for a wait that a condition requeues to a lock.
    #[inline]
    pub(crate) fn begin_for_lock(
        &mut self,
        primitive: &Probe,
        lock: &Probe,
        waker: Option<&Waker>,
        facts: impl FnOnce() -> WaitFacts,
    ) {
        if switch::records_waits() {
            self.begin_recorded(primitive, Some(lock), waker, facts());
        }
    }

    #[cold]
    fn begin_recorded(
        &mut self,
        primitive: &Probe,
        lock: Option<&Probe>,
        waker: Option<&Waker>,
        facts: WaitFacts,
    ) {
        let polled_by = PolledBy::current(waker);
        let task = polled_by.task();
        let began = clock::now();
        let primitive = primitive.record();
        primitive.note_supply(facts.supply);
        let record = Arc::new(WaitRecord {
            number: next_number(),
            site: self.site,
            began,
            primitive,
            lock: lock.map(Probe::record),
            is_requeued: AtomicUsize::new(0),
            polls: EventCount::new(),
            wakes: EventCount::new(),
            grants: EventCount::new(),
            is_last_owner: AtomicUsize::new(usize::from(facts.is_last_owner)),
            thread: AtomicUsize::new(thread::token()),
            scope_polled: AtomicU64::new(polled_by.scope_polled().map_or(0, Moment::nanoseconds)),
            is_blocking: AtomicUsize::new(usize::from(polled_by.is_blocking())),
            polled_by: AtomicU64::new(polled_by.digest()),
            queued: AtomicU64::new(0),
            task: Mutex::new(task),
            trace: WaitTrace::new(),
            facts,
        });
        record.polls.note(began.nanoseconds());
        record.trace.begin(&record);
        self.recorded = Some(Recorded {
            _registration: registry::register_wait(Arc::clone(&record)),
            record,
        });
    }

    /// Records a later poll. Calls user code, so the caller holds no mutex.
    #[inline]
    pub(crate) fn note_poll(&self, waker: &Waker, is_last_owner: impl FnOnce() -> bool) {
        if let Some(Recorded { record, .. }) = &self.recorded {
            record.note_poll(Some(waker), is_last_owner());
        }
    }

    /// Ends the record. The caller holds no mutex.
    #[inline]
    pub(crate) fn end(&mut self) {
        if self.recorded.is_some() {
            self.recorded = None;
        }
    }

    /// Returns a reference to the record, for a granter. The waiter is about to be queued.
    #[inline]
    pub(crate) fn for_granter(&self) -> GranterProbe {
        let recorded = self.recorded.as_ref();
        if let Some(recorded) = recorded {
            recorded.record.note_queued();
        }
        GranterProbe(recorded.map(|recorded| Arc::clone(&recorded.record)))
    }

    pub(super) fn site(&self) -> Site {
        self.site
    }

    pub(super) fn record(&self) -> Option<&WaitRecord> {
        self.recorded.as_ref().map(|recorded| &*recorded.record)
    }
}

/// A reference to the record of a wait, for a granter. It is in the node of the wait. The future has
/// another one, which it keeps until it has read the grant. So a granter never drops the last
/// reference.
pub(crate) struct GranterProbe(Option<Arc<WaitRecord>>);

impl GranterProbe {
    /// A wait that is not recorded.
    pub(crate) const NONE: Self = Self(None);

    /// Takes the reference out of a node.
    #[inline]
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// Records the grant, and a wake if `is_woken`. Called before the grant is published.
    #[inline]
    pub(crate) fn note_grant(&self, is_woken: bool) {
        if let Some(record) = &self.0 {
            record.note_grant(is_woken);
        }
    }

    /// Records that the waiter's waker was taken without a grant.
    #[inline]
    pub(crate) fn note_wake(&self) {
        if let Some(record) = &self.0 {
            record.note_wake();
        }
    }

    /// Records that a condition has requeued the waiter to its lock.
    #[inline]
    pub(crate) fn note_requeue(&self) {
        if let Some(record) = &self.0 {
            record.note_requeue();
        }
    }
}
