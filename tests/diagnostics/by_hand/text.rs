//! Reports and verdicts as text.

use super::source::snapshot::{
    empty, hold, lock, named, primitive, report, thread, transfer, wait, waker,
};
use super::source::{HoldMode, Level, PrimitiveKind, PrimitiveReport, Recording, Verdict};

/// Compares the text of a report on these primitives, line by line.
#[track_caller]
fn assert_text(primitives: impl IntoIterator<Item = PrimitiveReport>, expected: &[&str]) {
    let text = report(primitives).to_string();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}\n");
}

#[test]
fn a_futurelock_names_both_calls() {
    let granted = wait(10, named("syncer")).granted(3_000);
    let polled = wait(14, named("syncer")).began(3_500).polled(2_999);
    let other = wait(40, named("http-12")).began(2_100);
    assert_text(
        [lock(7)
            .named("catalog")
            .waiter(granted)
            .waiter(polled)
            .waiter(other)],
        &[
            "Lock #7 \"catalog\" created at app.rs:907 — granted 3.0 s ago to the wait at \
             app.rs:10, which has not been polled since",
            "  its task \"syncer\" was polled after the grant and now waits at app.rs:14 for this \
             same lock",
            "  => FUTURELOCK (certain): poll or drop the future created at app.rs:10",
            "  waiting: \"syncer\" app.rs:14 for 3.5 s (2 polls, 0 wakes) · \"http-12\" app.rs:40 \
             for 2.1 s (1 poll, 0 wakes)",
        ],
    );
}

#[test]
fn holders_of_a_semaphore_are_counted_by_call() {
    let permit = |line, held| hold(line, named("worker"), HoldMode::Permits).since(held);
    let pool = (0..8).fold(
        primitive(9, PrimitiveKind::Semaphore).supply(0, Some(10)),
        |pool, _| pool.holder(permit(41, 31_000)),
    );
    let pool = pool.holder(permit(8, 2_000)).holder(permit(41, 1_000));
    assert_text(
        [pool],
        &[
            "Semaphore #9 created at app.rs:909 — 0 of 10 free; held by app.rs:41 ×9 (longest \
             31 s), app.rs:8 ×1 (2.0 s)",
        ],
    );
}

#[test]
fn a_cycle_follows_the_primitives() {
    let holder = |line, task, held| hold(line, named(task), HoldMode::Exclusive).since(held);
    assert_text(
        [
            lock(3)
                .holder(holder(5, "A", 9_000))
                .waiter(wait(18, named("B"))),
            lock(4)
                .named("log")
                .holder(holder(6, "B", 8_000))
                .waiter(wait(8, named("A"))),
        ],
        &[
            "Lock #3 created at app.rs:903 — held by \"A\" app.rs:5 for 9.0 s",
            "  waiting: \"B\" app.rs:18 for 60 s (1 poll, 0 wakes)",
            "Lock #4 \"log\" created at app.rs:904 — held by \"B\" app.rs:6 for 8.0 s",
            "  waiting: \"A\" app.rs:8 for 60 s (1 poll, 0 wakes)",
            "CYCLE (suspected, because guards can move): \"A\" holds #3 (app.rs:5, 9.0 s) and \
             waits for #4 \"log\" (app.rs:8); \"B\" holds #4 \"log\" (app.rs:6, 8.0 s) and waits \
             for #3 (app.rs:18)",
        ],
    );
}

#[test]
fn readers_and_their_waiters_name_what_they_do() {
    let reader = |line, task| hold(line, named(task), HoldMode::Shared);
    let rwlock = primitive(1, PrimitiveKind::RwLock)
        .holder(reader(5, "a"))
        .holder(reader(5, "b"))
        .holder(reader(6, "c").since(20))
        .waiter(wait(7, waker(0x1000)).operation("write"))
        .waiter(wait(8, thread(0x20)).operation("read"));
    assert_text(
        [rwlock],
        &[
            "RwLock #1 created at app.rs:901 — read by app.rs:5 ×2 (longest 60 s), \"c\" app.rs:6 \
             for 20 ms",
            "  waiting: task 0x1000 write app.rs:7 for 60 s (1 poll, 0 wakes) · thread 0x20 read \
             app.rs:8 for 60 s (1 poll, 0 wakes)",
        ],
    );
}

#[test]
fn an_unknown_holder_says_how_to_record_it() {
    assert_text(
        [lock(1).incomplete().waiter(wait(7, named("a")))],
        &[
            "Lock #1 created at app.rs:901 — held; the holder was not recorded, enable \
             `Level::Holders`",
            "  waiting: \"a\" app.rs:7 for 60 s (1 poll, 0 wakes)",
        ],
    );
}

#[test]
fn a_queue_shows_its_last_accesses() {
    let mut queue = primitive(1, PrimitiveKind::Queue)
        .supply(0, Some(16))
        .waiter(wait(7, named("a")).operation("get"));
    queue.transfers.last_put = Some(transfer(3, named("producer"), 61_000));
    queue.transfers.last_get = Some(transfer(4, named("a"), 60_500));
    assert_text(
        [queue],
        &[
            "Queue #1 created at app.rs:901 — 0 of 16 items",
            "  waiting: \"a\" get app.rs:7 for 60 s (1 poll, 0 wakes)",
            "  last put: \"producer\" app.rs:3, 61 s ago · last get: \"a\" app.rs:4, 60 s ago",
        ],
    );
}

#[test]
fn a_wait_for_several_permits_says_how_many() {
    let mut waiter = wait(7, named("a"));
    waiter.amount = 5;
    let pool = primitive(1, PrimitiveKind::Semaphore).supply(3, None);
    assert_text(
        [pool
            .waiter(waiter)
            .holder(hold(8, named("b"), HoldMode::Permits))],
        &[
            "Semaphore #1 created at app.rs:901 — 3 free; held by app.rs:8 ×1 (60 s)",
            "  waiting: \"a\" ×5 app.rs:7 for 60 s (1 poll, 0 wakes)",
        ],
    );
}

#[test]
fn long_lists_are_cut() {
    let crowd = (1..=100).fold(lock(1).held_by(5, named("a")), |lock, number| {
        lock.waiter(wait(number, named("b")))
    });
    let text = report([crowd]).to_string();
    assert!(text.ends_with(" · and 88 more"), "{text}");
    let readers = (1..=100).fold(primitive(1, PrimitiveKind::RwLock), |rwlock, line| {
        rwlock.holder(hold(line, named("a"), HoldMode::Shared))
    });
    let text = report([readers]).to_string();
    assert!(text.ends_with(", and from 88 more calls"), "{text}");
    let granted = (1..=100).fold(lock(1), |lock, number| {
        lock.waiter(wait(number, waker(16 * number as usize)).granted(2_000))
    });
    let text = report([granted]).to_string();
    assert!(text.contains("; granted to 97 more waits\n"), "{text}");
    assert!(text.ends_with("\n  => and 88 more like these"), "{text}");
}

#[test]
fn holders_beyond_the_table_are_counted() {
    let mut pool =
        primitive(1, PrimitiveKind::Semaphore).holder(hold(8, named("b"), HoldMode::Permits));
    pool.holders_not_listed = 7;
    let text = report([pool]).to_string();
    assert!(
        text.ends_with("held by app.rs:8 ×1 (60 s), and 7 more"),
        "{text}"
    );
}

#[test]
fn a_report_about_nothing_says_why() {
    let text = |recording| empty(recording).to_string();
    assert!(text(Recording::NotCompiled).contains("without the feature `diagnostics`"));
    assert!(text(Recording::Off).contains("call `aiosync::diagnostics::enable` first"));
    assert_eq!(
        text(Recording::On(Level::Waits)),
        "No recorded wait or holder."
    );
}

/// Returns the text of each verdict.
fn explained(primitives: impl IntoIterator<Item = PrimitiveReport>) -> Vec<String> {
    let report = report(primitives);
    let verdicts = report.verdicts.iter();
    let lines: Vec<_> = verdicts
        .map(|verdict| report.explain(verdict).to_string())
        .collect();
    for line in &lines {
        assert!(!line.contains('\n'), "one line: {line:?}");
    }
    lines
}

#[test]
fn each_verdict_has_a_text_of_one_line() {
    let polled = || wait(14, named("syncer")).polled(2_999);
    let granted = || wait(10, named("syncer")).granted(3_000);
    let scenes = [
        (
            vec![
                lock(1).waiter(granted()),
                lock(2).named("log").waiter(polled()).incomplete(),
            ],
            "FUTURELOCK (certain): poll or drop the future created at app.rs:10; its task \
             \"syncer\" was polled after the grant and now waits at app.rs:14 for Lock #2 \"log\"",
        ),
        (
            vec![lock(1).waiter(granted()).waiter(polled().polled(9_000))],
            "FUTURELOCK (suspected): poll or drop the future created at app.rs:10; its task \
             \"syncer\" was not polled after the grant, and waits at app.rs:14 for this same lock",
        ),
        (
            vec![
                lock(1)
                    .waiter(granted().on_thread(7))
                    .waiter(wait(14, named("syncer")).began(5_000).blocking(7)),
            ],
            "FUTURELOCK (certain): poll or drop the future created at app.rs:10; its task \
             \"syncer\" blocks its thread at app.rs:14 for this same lock",
        ),
        (
            vec![
                lock(1)
                    .waiter(wait(10, waker(0x1000)).on_thread(7).granted(3_000))
                    .waiter(wait(14, thread(7)).began(5_000).blocking(7)),
            ],
            "FUTURELOCK (suspected): poll or drop the future created at app.rs:10; the thread \
             that polled it last, for its task 0x1000, blocks at app.rs:14 for this same lock",
        ),
        (
            vec![lock(1).waiter(wait(10, waker(0x1000)).granted(3_000))],
            "GRANTED AND NOT POLLED (suspected futurelock): the task 0x1000 has not polled the \
             future created at app.rs:10 for 3.0 s; the task may be busy, or keep the future \
             without polling it",
        ),
        (
            vec![lock(1).held_by(5, named("a")).waiter(wait(7, named("a")))],
            "RE-ENTRY (suspected, because guards can move): \"a\" waits at app.rs:7 for what it \
             acquired at app.rs:5",
        ),
        (
            vec![primitive(1, PrimitiveKind::Event).waiter(wait(7, named("a")).last_owner())],
            "ABANDONED (suspected): the wait of \"a\" at app.rs:7 owns the last `Arc`, so nothing \
             else can end it",
        ),
        (
            vec![lock(1).waiter(wait(7, named("a")))],
            "FREE, ALTHOUGH A TASK HAS WAITED FOR 60 s (suspected): if a second report says the \
             same, this is a bug in aiosync; please report it",
        ),
    ];
    for (primitives, expected) in scenes {
        assert_eq!(explained(primitives), [expected]);
    }
}

#[test]
fn names_are_quoted_so_that_they_cannot_break_a_line() {
    let text = report([lock(1)
        .named("a\nb")
        .held_by(5, named("c\nd"))
        .waiter(wait(7, named("e \"f\"")))])
    .to_string();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.contains(r#""a\nb""#) && text.contains(r#""e \"f\"""#),
        "{text}"
    );
}

#[test]
fn a_verdict_without_its_waits_is_still_readable() {
    let report = report([
        lock(1).held_by(5, named("a")).waiter(wait(7, named("b"))),
        lock(2).held_by(6, named("b")).waiter(wait(8, named("a"))),
    ]);
    let nothing = empty(Recording::Off);
    let [cycle @ Verdict::Cycle { .. }] = &report.verdicts[..] else {
        panic!("{report}");
    };
    let text = nothing.explain(cycle).to_string();
    assert!(
        text.ends_with("\"b\" holds #2 (app.rs:6, 60 s) and waits for #1"),
        "{text}"
    );
}
