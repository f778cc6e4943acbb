//! The records of the diagnostics.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a lazy record is published without Release",
        file: "src/diagnostics/recorded/lazy.rs",
        item: "LazyArc::publish",
        tokens: "Ordering::Release, Ordering::Acquire",
        becomes: "Ordering::Relaxed, Ordering::Acquire",
        model: "a_lazy_record_is_created_once_and_freed_once",
    },
    Weakening {
        what: "the loser of a lazy record uses the other one without Acquire",
        file: "src/diagnostics/recorded/lazy.rs",
        item: "LazyArc::publish",
        tokens: "Ordering::Release, Ordering::Acquire",
        becomes: "Ordering::Release, Ordering::Relaxed",
        model: "a_lazy_record_is_created_once_and_freed_once",
    },
    Weakening {
        what: "a lazy record is read without Acquire",
        file: "src/diagnostics/recorded/lazy.rs",
        item: "LazyArc::get",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "a_lazy_record_is_created_once_and_freed_once",
    },
    Weakening {
        what: "a removed record stays in the registry",
        file: "src/diagnostics/recorded/shard.rs",
        item: "Shard::remove",
        tokens: "table.records[index].take()",
        becomes: "table.records[index].clone()",
        model: "a_report_has_whole_records_while_they_are_removed",
    },
    Weakening {
        what: "a part of a hold is stored without Release",
        file: "src/diagnostics/recorded/slot.rs",
        item: "HoldSlot::begin",
        tokens: "self.since.store(hold.since, Ordering::Release)",
        becomes: "self.since.store(hold.since, Ordering::Relaxed)",
        model: "a_report_never_reads_the_parts_of_two_holds",
    },
    Weakening {
        what: "a report does not look at the state of a slot again",
        file: "src/diagnostics/recorded/slot.rs",
        item: "HoldSlot::read",
        tokens: "let is_same = self.word.load(Ordering::Relaxed) == word",
        becomes: "let is_same = true",
        model: "a_report_never_reads_the_parts_of_two_holds",
    },
];
