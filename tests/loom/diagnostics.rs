//! The records of the diagnostics: a pointer that is created when it is first needed, the time of a
//! grant, a removal against a report, and a hold in a slot.

use core::panic::Location;

use std::sync::Arc;

use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

use crate::explore::explore_fully;

#[path = "../../src/diagnostics/recorded/lazy.rs"]
#[allow(unsafe_code, reason = "a pointer that owns a reference")]
mod lazy;
#[path = "../../src/diagnostics/recorded/shard.rs"]
mod shard;
#[path = "../../src/diagnostics/recorded/slot.rs"]
#[allow(unsafe_code, reason = "a pointer to a static call site")]
#[allow(dead_code, reason = "the models use a part of it")]
mod slot;
#[path = "../../src/diagnostics/recorded/stamps.rs"]
mod stamps;

use lazy::LazyArc;
use shard::Shard;
use slot::{HoldSlot, SlotHold, SlotState};
use stamps::EventCount;

/// A record. Its content is written without synchronization, so a thread that reads 7 has seen its
/// creation.
struct Record {
    content: AtomicU32,
    _alive: Arc<()>,
}

impl Record {
    fn new(alive: &Arc<()>) -> Arc<Self> {
        let record = Self {
            content: AtomicU32::new(0),
            _alive: Arc::clone(alive),
        };
        record.content.store(7, Ordering::Relaxed);
        Arc::new(record)
    }

    fn assert_whole(&self) {
        assert_eq!(self.content.load(Ordering::Relaxed), 7);
    }
}

/// Breaks if `LazyArc::publish` does not release, or if `get` or a failed `publish` does not
/// acquire. Also if the loser keeps its value, or forgets to drop it.
#[test]
fn a_lazy_record_is_created_once_and_freed_once() {
    explore_fully("diagnostics: lazy record", 18, || {
        let alive = Arc::new(());
        let lazy = Arc::new(LazyArc::new());
        let threads = [(); 2].map(|()| {
            let (lazy, alive) = (Arc::clone(&lazy), Arc::clone(&alive));
            thread::spawn(move || {
                let record = lazy.get_or_create(|| Record::new(&alive));
                record.assert_whole();
                record
            })
        });
        if let Some(record) = lazy.get() {
            record.assert_whole();
        }
        let [one, other] = threads.map(|thread| thread.join().unwrap());
        assert!(Arc::ptr_eq(&one, &other));
        assert_eq!(Arc::strong_count(&alive), 2);
        drop((one, other));
        assert_eq!(Arc::strong_count(&alive), 2);
        drop(lazy);
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

/// Breaks if a granter stores the time after it has published the grant. The state is that of a
/// node in a wait queue.
#[test]
fn an_owner_that_reads_its_grant_finds_the_time_of_the_grant() {
    const GRANTED: u32 = 2;
    explore_fully("diagnostics: time of a grant", 30, || {
        let wait = Arc::new((EventCount::new(), AtomicU32::new(0)));
        let granter = {
            let wait = Arc::clone(&wait);
            thread::spawn(move || {
                let (grants, state) = &*wait;
                grants.note(5);
                state.store(GRANTED, Ordering::Release);
            })
        };
        let (grants, state) = &*wait;
        // A report may come at any time.
        assert!([0, 5].contains(&grants.last()));
        if state.load(Ordering::Acquire) == GRANTED {
            assert_eq!((grants.count(), grants.last()), (1, 5));
        }
        granter.join().unwrap();
    });
}

/// Breaks if `Shard::remove` leaves the record in the table, or if `collect` does not clone the
/// reference under the mutex.
#[test]
fn a_report_has_whole_records_while_they_are_removed() {
    explore_fully("diagnostics: removal against a report", 6, || {
        let alive = Arc::new(());
        let shard = Arc::new(Shard::new());
        let first = shard.insert(Record::new(&alive));
        let second = shard.insert(Record::new(&alive));
        let remover = {
            let (shard, alive) = (Arc::clone(&shard), Arc::clone(&alive));
            thread::spawn(move || {
                shard.remove(first);
                shard.remove(second);
                shard.insert(Record::new(&alive))
            })
        };
        let mut found = Vec::new();
        shard.collect(&mut found, |_| true);
        assert!(found.len() <= 2);
        for record in &found {
            record.assert_whole();
        }
        let third = remover.join().unwrap();
        drop(found);
        assert_eq!(Arc::strong_count(&alive), 2);
        shard.remove(third);
        assert_eq!(Arc::strong_count(&alive), 1);
        let mut found: Vec<Arc<Record>> = Vec::new();
        shard.collect(&mut found, |_| true);
        assert!(found.is_empty());
    });
}

/// Returns a hold whose parts all have this number.
#[track_caller]
fn numbered(number: u64) -> SlotHold {
    SlotHold {
        site: Location::caller(),
        task: [number; 2],
        amount: number,
        since: number,
    }
}

/// Breaks if `HoldSlot::begin` stores a field without Release, or if `HoldSlot::read` does not look at
/// the state again. It does not show that the last store of `begin` has to release.
#[test]
fn a_report_never_reads_the_parts_of_two_holds() {
    explore_fully("diagnostics: hold in a slot", 12, || {
        let slot = Arc::new(HoldSlot::new());
        let (first, second) = (numbered(1), numbered(2));
        slot.begin(SlotState::Exclusive, first);
        let holder = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                slot.set(SlotState::Ending);
                slot.begin(SlotState::Shared, second);
            })
        };
        match slot.read() {
            None => {}
            Some((SlotState::Exclusive, hold)) => assert_eq!(hold, first),
            Some((state, hold)) => assert_eq!((state, hold), (SlotState::Shared, second)),
        }
        holder.join().unwrap();
    });
}
