#![forbid(unsafe_code)]
//! A part of the registry: a table of records under its own mutex.
//!
//! A report clones the `Arc`s under the mutex, and reads the records without it. So a record that is
//! removed meanwhile stays alive until the report drops it. A removed record is dropped without
//! the mutex.

use alloc::vec::Vec;

use crate::sync::{Arc, Mutex, const_unless_loom, model_or};

/// The largest number of places that are kept when all of them are empty.
const KEPT: usize = model_or(1, 64);

/// A place in a [`Shard`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ShardIndex(usize);

struct Table<T> {
    records: Vec<Option<Arc<T>>>,
    /// The empty places of `records`.
    free: Vec<usize>,
}

/// See the [module](self).
pub(crate) struct Shard<T>(Mutex<Table<T>>);

impl<T> Shard<T> {
    const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self(Mutex::new(Table {
                records: Vec::new(),
                free: Vec::new(),
            }))
        }
    }

    /// Adds a record.
    pub(crate) fn insert(&self, record: Arc<T>) -> ShardIndex {
        let mut table = self.0.lock();
        match table.free.pop() {
            Some(index) => {
                table.records[index] = Some(record);
                ShardIndex(index)
            }
            None => {
                table.records.push(Some(record));
                ShardIndex(table.records.len() - 1)
            }
        }
    }

    /// Removes a record.
    pub(crate) fn remove(&self, ShardIndex(index): ShardIndex) {
        let mut table = self.0.lock();
        let removed = table.records[index].take();
        table.free.push(index);
        // The memory of a crowd is not kept when everybody has left.
        let is_empty = table.free.len() == table.records.len();
        let emptied = (is_empty && table.records.len() > KEPT).then(|| {
            (
                core::mem::take(&mut table.records),
                core::mem::take(&mut table.free),
            )
        });
        drop(table);
        drop((removed, emptied));
    }

    /// Appends the records for which `is_wanted` returns `true`.
    pub(crate) fn collect(&self, into: &mut Vec<Arc<T>>, is_wanted: impl Fn(&T) -> bool) {
        let table = self.0.lock();
        let wanted = table.records.iter().flatten();
        into.extend(wanted.filter(|record| is_wanted(record)).cloned());
    }
}
