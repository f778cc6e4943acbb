#![forbid(unsafe_code)]
//! Reads the records for a report.

use alloc::vec::Vec;
use core::time::Duration;

use super::{clock, registry, switch};
use crate::diagnostics::report::{PrimitiveReport, Report};
use crate::sync::Arc;

/// Returns a report of all records, and its time on the clock.
///
/// The mutex of a shard is held while its references are cloned. The records are read afterwards.
pub(crate) fn report_with_time() -> (Report, Duration) {
    let now = clock::now();
    // A wait may be requeued meanwhile, so its primitive is read once.
    let waits = registry::waits().into_iter();
    let mut waits: Vec<_> = waits
        .map(|wait| (Arc::clone(wait.primitive()), wait))
        .collect();
    waits.sort_unstable_by_key(|(primitive, wait)| (primitive.number(), wait.number()));
    let mut records = registry::held_primitives();
    records.extend(waits.iter().map(|(primitive, _)| Arc::clone(primitive)));
    records.sort_unstable_by_key(|record| record.number());
    records.dedup_by_key(|record| record.number());

    let reports = records.iter().map(|record| record.report(now));
    let mut primitives: Vec<PrimitiveReport> = reports.collect();
    let mut index = 0;
    for (primitive, wait) in waits {
        while records[index].number() != primitive.number() {
            index += 1;
        }
        primitives[index].waiters.push(wait.report(now));
    }
    // The holders of a primitive may have left since it was found.
    primitives.retain(|primitive| {
        let has_holders = !primitive.holders.is_empty() || primitive.holders_not_listed > 0;
        has_holders || !primitive.waiters.is_empty()
    });
    let report = Report::new(switch::recording(), primitives);
    (report, Duration::from_nanos(now.nanoseconds()))
}
