#![forbid(unsafe_code)]
//! All records: the waits, and the primitives that may have holders.
//!
//! A wait is registered from its first poll that had to wait until it ends. A primitive is
//! registered from its first recorded holder until it is dropped, and a report shows it while it
//! has waiters or holders. The registry has mutexes of its own. No mutex of a primitive is held while
//! one of them is taken.

use alloc::vec::Vec;

use super::primitive::PrimitiveRecord;
use super::shard::{Shard, ShardIndex};
use super::wait::WaitRecord;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The number of shards of each kind.
const SHARDS: usize = 16;

static WAITS: [Shard<WaitRecord>; SHARDS] = [const { Shard::new() }; SHARDS];
static PRIMITIVES: [Shard<PrimitiveRecord>; SHARDS] = [const { Shard::new() }; SHARDS];

/// The number of records that were ever created.
static CREATED: AtomicU64 = AtomicU64::new(0);

/// Returns a number that no other record has, from 1.
pub(super) fn next_number() -> u64 {
    // ORDERING: Relaxed is enough: the number publishes nothing.
    CREATED.fetch_add(1, Ordering::Relaxed) + 1
}

fn shard<T>(shards: &'static [Shard<T>; SHARDS], number: u64) -> &'static Shard<T> {
    &shards[(number % SHARDS as u64) as usize]
}

/// The registration of a record. It ends when this is dropped.
pub(super) struct Registration<T: 'static> {
    shard: &'static Shard<T>,
    index: ShardIndex,
}

impl<T> Drop for Registration<T> {
    fn drop(&mut self) {
        self.shard.remove(self.index);
    }
}

pub(super) fn register_wait(record: Arc<WaitRecord>) -> Registration<WaitRecord> {
    let shard = shard(&WAITS, record.number());
    Registration {
        index: shard.insert(record),
        shard,
    }
}

pub(super) fn register_primitive(record: Arc<PrimitiveRecord>) -> Registration<PrimitiveRecord> {
    let shard = shard(&PRIMITIVES, record.number());
    Registration {
        index: shard.insert(record),
        shard,
    }
}

/// Returns all waits.
pub(super) fn waits() -> Vec<Arc<WaitRecord>> {
    let mut found = Vec::new();
    for shard in &WAITS {
        shard.collect(&mut found, |_| true);
    }
    found
}

/// Returns the primitives that have holders.
pub(super) fn held_primitives() -> Vec<Arc<PrimitiveRecord>> {
    let mut found = Vec::new();
    for shard in &PRIMITIVES {
        shard.collect(&mut found, PrimitiveRecord::is_held);
    }
    found
}
