//! What an observer finds in one report after the other.

use super::source::snapshot::{lock, ms, named, report, wait};
use super::source::{Hang, Observer, PrimitiveReport, WaiterReport};

/// What a test compares: id, primitive, line, number of waits, duration in milliseconds.
type Seen = (u64, u64, u32, usize, u64);

fn seen(hang: &Hang) -> Seen {
    let (primitive, line) = (hang.primitive.number(), hang.site.line);
    (
        hang.id,
        primitive,
        line,
        hang.waits,
        hang.duration.as_millis() as u64,
    )
}

/// Observes these primitives at a time in milliseconds.
fn observe(
    observer: &mut Observer,
    now: u64,
    primitives: impl IntoIterator<Item = PrimitiveReport>,
) -> Vec<Seen> {
    let hangs = observer.observe(report(primitives), ms(now));
    hangs.iter().map(seen).collect()
}

/// A wait at line 5 that began at a time in milliseconds, as a report shows it at another time.
fn began(id: u64, began: u64, now: u64) -> WaiterReport {
    let mut waiter = wait(id, named("a")).began(now - began);
    waiter.site.line = 5;
    waiter
}

fn observer() -> Observer {
    Observer::new(ms(1_000))
}

#[test]
fn a_wait_is_a_hang_from_the_limit_on() {
    let mut observer = observer();
    let scene = |now| [lock(1).waiter(began(11, 0, now))];
    assert!(observe(&mut observer, 999, scene(999)).is_empty());
    assert_eq!(
        observe(&mut observer, 1_000, scene(1_000)),
        [(1, 1, 5, 1, 1_000)]
    );
}

#[test]
fn a_hang_keeps_its_number_and_grows() {
    let mut observer = observer();
    for now in [2_000, 3_000, 9_000] {
        let scene = [lock(1).waiter(began(11, 500, now))];
        assert_eq!(
            observe(&mut observer, now, scene),
            [(1, 1, 5, 1, now - 500)]
        );
    }
}

#[test]
fn waits_are_grouped_by_primitive_and_call() {
    let mut observer = observer();
    let mut elsewhere = began(12, 1_000, 10_000);
    elsewhere.site.line = 6;
    let scene = [
        lock(1)
            .waiter(began(11, 0, 10_000))
            .waiter(elsewhere)
            .waiter(began(13, 2_000, 10_000)),
        lock(2).waiter(began(21, 3_000, 10_000)),
    ];
    let expected = [
        (1, 1, 5, 2, 10_000),
        (2, 1, 6, 1, 9_000),
        (3, 2, 5, 1, 7_000),
    ];
    assert_eq!(observe(&mut observer, 10_000, scene), expected);
}

#[test]
fn the_column_is_part_of_the_call() {
    let mut other = began(12, 0, 10_000);
    other.site.column = 50;
    let scene = [lock(1).waiter(began(11, 0, 10_000)).waiter(other)];
    assert_eq!(observe(&mut observer(), 10_000, scene).len(), 2);
}

#[test]
fn a_hang_whose_first_wait_gives_up_goes_on_with_the_others() {
    // Each wait has a timeout, and others follow. The lock does not move.
    let mut observer = observer();
    let scene = |now| {
        [lock(1)
            .waiter(began(11, 0, now))
            .waiter(began(12, 4_000, now))]
    };
    assert_eq!(
        observe(&mut observer, 6_000, scene(6_000)),
        [(1, 1, 5, 2, 6_000)]
    );
    let scene = [lock(1)
        .waiter(began(12, 4_000, 9_000))
        .waiter(began(13, 7_000, 9_000))];
    assert_eq!(observe(&mut observer, 9_000, scene), [(1, 1, 5, 2, 9_000)]);
    let scene = [lock(1).waiter(began(13, 7_000, 12_000))];
    assert_eq!(
        observe(&mut observer, 12_000, scene),
        [(1, 1, 5, 1, 12_000)]
    );
}

#[test]
fn a_primitive_that_moves_starts_the_duration_again() {
    let mut observer = observer();
    let scene = |now, acquisitions, id, start| {
        let mut lock = lock(1)
            .waiter(began(id, start, now))
            .waiter(began(19, 5_000, now));
        lock.acquisitions = acquisitions;
        [lock]
    };
    assert_eq!(
        observe(&mut observer, 8_000, scene(8_000, 3, 11, 0)),
        [(1, 1, 5, 2, 8_000)]
    );
    let moved = scene(9_000, 4, 12, 4_000);
    assert_eq!(observe(&mut observer, 9_000, moved), [(1, 1, 5, 2, 5_000)]);
}

#[test]
fn other_waits_at_the_same_call_are_another_hang() {
    let mut observer = observer();
    let scene = |id, start, now| [lock(1).waiter(began(id, start, now))];
    assert_eq!(
        observe(&mut observer, 5_000, scene(11, 0, 5_000)),
        [(1, 1, 5, 1, 5_000)]
    );
    assert_eq!(
        observe(&mut observer, 9_000, scene(12, 6_000, 9_000)),
        [(2, 1, 5, 1, 3_000)]
    );
}

#[test]
fn a_hang_that_ends_is_forgotten() {
    let mut observer = observer();
    let scene = |now| [lock(1).waiter(began(11, 0, now))];
    assert_eq!(
        observe(&mut observer, 5_000, scene(5_000)),
        [(1, 1, 5, 1, 5_000)]
    );
    assert!(observe(&mut observer, 6_000, []).is_empty());
    assert_eq!(
        observe(&mut observer, 7_000, scene(7_000)),
        [(2, 1, 5, 1, 7_000)]
    );
}

#[test]
fn a_granted_wait_that_is_not_taken_hangs_too() {
    let scene = [lock(1).waiter(began(11, 0, 9_000).granted(3_000))];
    assert_eq!(
        observe(&mut observer(), 9_000, scene),
        [(1, 1, 5, 1, 9_000)]
    );
}

#[test]
fn a_report_from_before_the_first_moment_is_no_overflow() {
    let scene = [lock(1).waiter(wait(5, named("a")).began(9_000))];
    assert_eq!(
        observe(&mut observer(), 2_000, scene),
        [(1, 1, 5, 1, 2_000)]
    );
}

#[test]
fn a_hang_is_a_line_of_text() {
    let mut observer = observer();
    let scene = || lock(7).named("catalog").waiter(began(11, 0, 3_000));
    let hangs = observer.observe(report([scene()]), ms(3_000));
    let text = hangs[0].to_string();
    assert_eq!(
        text,
        "hang 1: 1 wait at app.rs:5 for Lock #7 \"catalog\", since 3.0 s"
    );
    let hangs = observer.observe(report([scene().waiter(began(12, 0, 3_000))]), ms(3_000));
    let text = hangs[0].to_string();
    assert_eq!(
        text,
        "hang 1: 2 waits at app.rs:5 for Lock #7 \"catalog\", since 3.0 s"
    );
}
