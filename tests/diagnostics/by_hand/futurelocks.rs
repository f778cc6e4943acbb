//! Verdicts on grants that are not taken.

use super::source::snapshot::{
    LONG, SETTLED, lock, ms, named, primitive, report, thread, wait, waker,
};
use super::source::{Certainty, PrimitiveKind, PrimitiveReport, TaskReport, Verdict, WaiterReport};

/// The decisive part of a verdict on a grant that is not taken.
#[derive(Debug, PartialEq)]
enum Found {
    Nothing,
    /// Futurelock: the numbers of the granted wait and of the polled one.
    Certain(u64, u64),
    Suspected(u64, u64),
    /// The number of the granted wait.
    NotTaken(u64),
}
use Found::{Certain, NotTaken, Nothing, Suspected};

/// Returns the only verdict on these primitives.
#[track_caller]
fn judge(primitives: impl IntoIterator<Item = PrimitiveReport>) -> Found {
    let verdicts = report(primitives).verdicts;
    assert!(verdicts.len() < 2, "{verdicts:#?}");
    match verdicts.first() {
        None => Nothing,
        Some(Verdict::Futurelock {
            certainty,
            granted,
            polled,
            ..
        }) => match certainty {
            Certainty::Certain => Certain(granted.number(), polled.number()),
            Certainty::Suspected => Suspected(granted.number(), polled.number()),
        },
        Some(Verdict::GrantNotTaken { granted, since, .. }) => {
            assert!(*since >= LONG, "{since:?}");
            NotTaken(granted.number())
        }
        Some(other) => panic!("{other:?}"),
    }
}

/// A lock that was granted to one wait, and that another wait waits for.
fn granted_lock(granted: WaiterReport, other: WaiterReport) -> [PrimitiveReport; 1] {
    [lock(1).waiter(granted).waiter(other)]
}

#[test]
fn a_task_that_was_polled_after_the_grant_and_waits_elsewhere_is_a_certain_futurelock() {
    let granted = || wait(10, named("syncer")).granted(3_000);
    let polled = || wait(14, named("syncer")).polled(2_999);
    // The same lock.
    assert_eq!(judge(granted_lock(granted(), polled())), Certain(10, 14));
    // Another primitive, of any kind.
    for kind in [
        PrimitiveKind::Lock,
        PrimitiveKind::RwLock,
        PrimitiveKind::Semaphore,
        PrimitiveKind::Event,
        PrimitiveKind::Barrier,
        PrimitiveKind::Condition,
        PrimitiveKind::Queue,
        PrimitiveKind::OnceCell,
    ] {
        let other = primitive(2, kind).waiter(polled()).incomplete();
        let primitives = [lock(1).waiter(granted()), other];
        assert_eq!(judge(primitives), Certain(10, 14), "{kind}");
    }
}

#[test]
fn a_wait_for_the_same_primitive_explains_a_futurelock_best() {
    let polled = |id| wait(id, named("syncer")).polled(2_000);
    let first = lock(1).waiter(polled(11)).incomplete();
    let second = lock(2)
        .waiter(wait(12, named("syncer")).granted(3_000))
        .waiter(polled(13));
    let last = lock(3).waiter(polled(14)).incomplete();
    assert_eq!(judge([first, second, last]), Certain(12, 13));
}

#[test]
fn a_poll_before_the_grant_proves_nothing() {
    let granted = |ago| wait(10, named("syncer")).granted(ago);
    let other = || wait(14, named("syncer")).polled(30_000);
    assert_eq!(judge(granted_lock(granted(999), other())), Nothing);
    assert_eq!(
        judge(granted_lock(granted(1_000), other())),
        Suspected(10, 14)
    );
}

#[test]
fn a_recent_poll_proves_nothing_because_the_same_poll_may_take_the_grant() {
    let polled = |ago| wait(14, named("syncer")).polled(ago);
    let granted = |ago| wait(10, named("syncer")).granted(ago);
    assert_eq!(judge(granted_lock(granted(500), polled(99))), Nothing);
    assert_eq!(
        judge(granted_lock(granted(500), polled(100))),
        Certain(10, 14)
    );
    // A task that is polled all the time does not take its grant for long.
    assert_eq!(
        judge(granted_lock(granted(1_000), polled(1))),
        Suspected(10, 14)
    );
    assert_eq!(SETTLED, ms(100));
}

#[test]
fn a_grant_in_the_middle_of_a_poll_proves_nothing() {
    // The task polled the granted wait, then it was granted, and then the task polled the other.
    let granted = || wait(10, waker(0x1000)).polled(901).granted(900);
    let polled = |ago| wait(14, waker(0x1000)).polled(ago);
    assert_eq!(
        judge(granted_lock(granted(), polled(899))),
        Suspected(10, 14)
    );
    assert_eq!(
        judge(granted_lock(granted(), polled(892))),
        Suspected(10, 14)
    );
    // A poll of a task is shorter than this.
    assert_eq!(judge(granted_lock(granted(), polled(891))), Certain(10, 14));
}

#[test]
fn the_poll_of_a_scope_began_before_the_grant_or_after_it() {
    let granted = || wait(10, named("syncer")).polled(901).granted(900);
    let polled = |began| wait(14, named("syncer")).polled(899).in_poll(began);
    assert_eq!(judge(granted_lock(granted(), polled(902))), Nothing);
    assert_eq!(judge(granted_lock(granted(), polled(900))), Nothing);
    assert_eq!(judge(granted_lock(granted(), polled(899))), Certain(10, 14));
    // A long poll that began before the grant.
    let later = wait(14, named("syncer")).polled(200).in_poll(902);
    assert_eq!(judge(granted_lock(granted(), later)), Nothing);
}

#[test]
fn a_waker_proves_that_the_task_is_the_same_if_both_waits_began_before_the_grant() {
    let granted = || wait(10, waker(0x1000)).granted(3_000);
    let other = |began| wait(14, waker(0x1000)).began(began).polled(2_000);
    assert_eq!(
        judge(granted_lock(granted(), other(3_000))),
        Certain(10, 14)
    );
}

#[test]
fn a_waker_that_may_be_reused_is_only_suspicious() {
    let granted = || wait(10, waker(0x1000)).granted(3_000);
    // The wait of another task may have begun after the task of the grant has ended.
    let other = |began| wait(14, waker(0x1000)).began(began).polled(2_000);
    assert_eq!(
        judge(granted_lock(granted(), other(2_999))),
        Suspected(10, 14)
    );
    assert_eq!(
        judge(granted_lock(granted(), other(2_500))),
        Suspected(10, 14)
    );
    // A scope is never reused.
    let granted = wait(10, named("syncer")).granted(3_000);
    let other = wait(14, named("syncer")).began(2_500).polled(2_000);
    assert_eq!(judge(granted_lock(granted, other)), Certain(10, 14));
}

#[test]
fn a_waker_without_data_identifies_no_task() {
    let granted = wait(10, waker(0)).granted(3_000);
    let other = wait(14, waker(0)).polled(2_000);
    assert_eq!(judge(granted_lock(granted, other)), NotTaken(10));
}

#[test]
fn a_future_in_a_futures_unordered_is_another_task_unless_it_is_named() {
    let scene = |inner: TaskReport, outer: TaskReport| {
        judge(granted_lock(
            wait(10, inner).granted(3_000),
            wait(14, outer).polled(2_000),
        ))
    };
    // It has a waker of its own.
    assert_eq!(scene(waker(0x2000), waker(0x1000)), NotTaken(10));
    assert_eq!(scene(named("syncer"), named("syncer")), Certain(10, 14));
}

#[test]
fn a_grant_that_is_not_taken_for_long_is_suspicious_by_itself() {
    let scene = |ago| judge([lock(1).waiter(wait(10, waker(0x1000)).granted(ago))]);
    assert_eq!(scene(999), Nothing);
    assert_eq!(scene(1_000), NotTaken(10));
}

#[test]
fn a_grant_that_keeps_nothing_from_others_is_fine() {
    let scene = |kind, is_wanted| {
        let granted = wait(10, named("syncer")).granted(3_000);
        let polled = wait(14, named("syncer")).polled(2_000);
        let mut primitive = primitive(1, kind).waiter(granted);
        if is_wanted {
            primitive = primitive.waiter(wait(11, named("other")));
        }
        judge([primitive, lock(2).waiter(polled).incomplete()])
    };
    for kind in [PrimitiveKind::Event, PrimitiveKind::Barrier] {
        assert_eq!(scene(kind, true), Nothing);
    }
    // A cell that is set, or a queue that is closed, has released all its waiters.
    for kind in [PrimitiveKind::OnceCell, PrimitiveKind::Queue] {
        assert_eq!(scene(kind, false), Nothing);
        assert_eq!(scene(kind, true), Certain(10, 14));
    }
    for kind in [PrimitiveKind::Condition, PrimitiveKind::Semaphore] {
        assert_eq!(scene(kind, false), Certain(10, 14));
    }
}

#[test]
fn a_thread_that_blocks_inside_a_poll_of_the_named_task_is_a_certain_futurelock() {
    // The task cannot be polled after the grant, because its poll has not returned.
    let granted = wait(10, named("syncer")).on_thread(7).granted(3_000);
    let blocked = wait(14, named("syncer")).began(5_000).blocking(7);
    assert_eq!(judge(granted_lock(granted, blocked)), Certain(10, 14));
}

#[test]
fn a_thread_that_blocks_since_it_polled_the_granted_wait_is_suspicious() {
    let scene = |polled, blocked: WaiterReport| {
        let granted = wait(10, waker(0x1000)).on_thread(7);
        judge(granted_lock(granted.polled(polled).granted(3_000), blocked))
    };
    let blocked = |began, token| wait(14, thread(token)).began(began).blocking(token);
    assert_eq!(scene(6_000, blocked(5_000, 7)), Suspected(10, 14));
    // Another thread.
    assert_eq!(scene(6_000, blocked(5_000, 8)), NotTaken(10));
    // The thread blocked first, so the task was polled by an executor in its call.
    assert_eq!(scene(4_000, blocked(5_000, 7)), NotTaken(10));
    // A task that was polled on the thread, and does not block it.
    let passing = wait(14, waker(0x2000)).began(5_000).on_thread(7);
    assert_eq!(scene(6_000, passing), NotTaken(10));
}

#[test]
fn a_wait_that_was_granted_too_explains_nothing() {
    let granted = wait(10, named("syncer")).granted(3_000);
    let polled = wait(14, named("syncer")).polled(2_000).granted(1_500);
    let verdicts = report([lock(1).waiter(granted), lock(2).waiter(polled)]).verdicts;
    let kinds = verdicts.iter().map(|verdict| match verdict {
        Verdict::GrantNotTaken { granted, .. } => granted.number(),
        other => panic!("{other:?}"),
    });
    assert_eq!(kinds.collect::<Vec<_>>(), [10, 14]);
}

#[test]
fn the_certain_verdicts_come_first() {
    let verdicts = report([
        lock(1).waiter(wait(10, waker(0x1000)).granted(5_000)),
        lock(2)
            .waiter(wait(20, named("syncer")).granted(3_000))
            .waiter(wait(21, named("syncer")).polled(2_000)),
    ])
    .verdicts;
    let certainties: Vec<_> = verdicts.iter().map(Verdict::certainty).collect();
    assert_eq!(certainties, [Certainty::Certain, Certainty::Suspected]);
}
