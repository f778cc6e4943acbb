#![forbid(unsafe_code)]
//! Reads the records for a report.

use alloc::vec::Vec;
use core::time::Duration;
use std::collections::BTreeMap;

use super::{clock, registry, switch};
use crate::diagnostics::report::{PrimitiveReport, Report};

/// Returns a report of all records, and its time on the clock.
///
/// The mutex of a shard is held while its references are cloned. The records are read afterwards.
pub(crate) fn report_with_time() -> (Report, Duration) {
    let now = clock::now();
    let mut primitives = BTreeMap::<u64, PrimitiveReport>::new();
    for record in registry::held_primitives() {
        primitives.insert(record.number(), record.report(now));
    }
    for wait in registry::waits() {
        let record = wait.primitive();
        let primitive = primitives
            .entry(record.number())
            .or_insert_with(|| record.report(now));
        primitive.waiters.push(wait.report(now));
    }
    let mut primitives: Vec<_> = primitives.into_values().collect();
    for primitive in &mut primitives {
        primitive.waiters.sort_by_key(|waiter| waiter.id);
    }
    let report = Report::new(switch::recording(), primitives);
    (report, Duration::from_nanos(now.nanoseconds()))
}
