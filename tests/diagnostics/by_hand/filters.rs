//! Parts of a report.

use super::source::snapshot::{empty, hold, lock, ms, named, primitive, report, wait};
use super::source::{HoldMode, PrimitiveKind, Recording, Report};

/// Returns each primitive with the numbers of its waits and the lines of its holders.
fn content(report: &Report) -> Vec<(u64, Vec<u64>, Vec<u32>)> {
    let primitives = report.primitives.iter().map(|primitive| {
        let waits = primitive.waiters.iter().map(|waiter| waiter.id.number());
        let holders = primitive.holders.iter().map(|holder| holder.site.line);
        (primitive.id.number(), waits.collect(), holders.collect())
    });
    primitives.collect()
}

fn held(line: u32, age: u64) -> super::source::HolderReport {
    hold(line, named("holder"), HoldMode::Permits).since(age)
}

#[test]
fn what_is_younger_is_left_out() {
    let report = report([
        lock(1)
            .waiter(wait(11, named("a")).began(5_000))
            .waiter(wait(12, named("b")).began(4_999))
            .incomplete(),
        lock(2).waiter(wait(21, named("c")).began(10)).incomplete(),
        lock(3).holder(held(31, 5_000)),
        lock(4).holder(held(41, 4_999)),
    ]);
    let old = report.older_than(ms(5_000));
    assert_eq!(
        content(&old),
        [(1, vec![11], vec![]), (3, vec![], vec![31])]
    );
    assert_eq!(old.recording, report.recording);
    // The report itself is the same as before.
    assert_eq!(report.primitives.len(), 4);
    assert_eq!(report.older_than(ms(0)), report);
}

#[test]
fn an_old_wait_keeps_all_holders_of_its_primitive() {
    let pool = primitive(1, PrimitiveKind::Semaphore)
        .holder(held(1, 9_000))
        .holder(held(2, 10))
        .waiter(wait(11, named("a")));
    let old = report([pool]).older_than(ms(5_000));
    assert_eq!(content(&old), [(1, vec![11], vec![1, 2])]);
}

#[test]
fn a_verdict_with_an_old_wait_keeps_its_other_waits() {
    let report = report([
        lock(1).waiter(wait(10, named("a")).granted(3_000)),
        lock(2)
            .waiter(wait(20, named("a")).began(4_000).polled(2_000))
            .waiter(wait(21, named("b")).began(4_000))
            .incomplete(),
    ]);
    assert_eq!(report.verdicts.len(), 1);
    let old = report.older_than(ms(60_000));
    assert_eq!(
        content(&old),
        [(1, vec![10], vec![]), (2, vec![20], vec![])]
    );
    assert_eq!(old.verdicts, report.verdicts);
    let older = report.older_than(ms(60_001));
    assert_eq!(older, Report::clone(&older.older_than(ms(60_001))));
    assert!(older.primitives.is_empty() && older.verdicts.is_empty());
}

#[test]
fn a_free_primitive_with_an_old_waiter_keeps_its_verdict() {
    let report = report([lock(1).waiter(wait(11, named("a")).began(5_000))]);
    assert_eq!(report.older_than(ms(5_000)).verdicts.len(), 1);
    assert!(report.older_than(ms(5_001)).verdicts.is_empty());
}

#[test]
fn one_primitive_brings_the_waits_of_its_verdicts() {
    let report = report([
        lock(1)
            .held_by(1, named("a"))
            .waiter(wait(11, named("b")))
            .waiter(wait(12, named("c"))),
        lock(2)
            .held_by(2, named("b"))
            .waiter(wait(21, named("a")))
            .waiter(wait(22, named("d"))),
        lock(3).held_by(3, named("e")).waiter(wait(31, named("f"))),
    ]);
    let part = report.about(1);
    assert_eq!(
        content(&part),
        [(1, vec![11, 12], vec![1]), (2, vec![21], vec![2])]
    );
    assert_eq!(part.verdicts, report.verdicts);
    let part = report.about(3);
    assert_eq!(content(&part), [(3, vec![31], vec![3])]);
    assert!(part.verdicts.is_empty());
}

#[test]
fn a_primitive_that_is_not_in_the_report_is_an_empty_part() {
    let report = report([lock(1).waiter(wait(11, named("a")))]);
    let part = report.about(2);
    assert!(part.primitives.is_empty() && part.verdicts.is_empty());
    let nothing = empty(Recording::Off);
    assert_eq!(nothing.about(1), nothing);
}
