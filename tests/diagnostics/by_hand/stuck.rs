//! Verdicts on tasks that wait for themselves or for one another, and on other waits that nobody
//! can end.

use std::time::Duration;

use super::source::snapshot::{hold, lock, ms, named, primitive, report, wait, waker};
use super::source::{
    Certainty, CycleLink, HoldMode, HolderReport, PrimitiveKind, PrimitiveReport, TaskReport,
    Verdict, WaiterReport,
};

fn semaphore(id: u64) -> PrimitiveReport {
    primitive(id, PrimitiveKind::Semaphore)
}

fn rwlock(id: u64) -> PrimitiveReport {
    primitive(id, PrimitiveKind::RwLock)
}

fn permit(line: u32, task: &str) -> HolderReport {
    hold(line, named(task), HoldMode::Permits)
}

fn reader(line: u32, task: &str) -> HolderReport {
    hold(line, named(task), HoldMode::Shared)
}

/// Returns the waits of the verdicts on tasks that wait for what they hold themselves.
fn reentries(primitives: impl IntoIterator<Item = PrimitiveReport>) -> Vec<u64> {
    let verdicts = report(primitives).verdicts.into_iter();
    let waits = verdicts.filter_map(|verdict| match verdict {
        Verdict::Reentry { wait, .. } => Some(wait.number()),
        _ => None,
    });
    waits.collect()
}

/// Returns the cycles, each as the tasks with what they hold and the waits for the next.
fn cycles(primitives: impl IntoIterator<Item = PrimitiveReport>) -> Vec<Vec<(String, u64, u64)>> {
    let link = |link: CycleLink| (link.task.name, link.holds.number(), link.waits.number());
    let verdicts = report(primitives).verdicts.into_iter();
    let cycles = verdicts.filter_map(|verdict| match verdict {
        Verdict::Cycle { links } => Some(links.into_iter().map(link).collect()),
        _ => None,
    });
    cycles.collect()
}

fn link(task: &str, holds: u64, waits: u64) -> (String, u64, u64) {
    (task.to_owned(), holds, waits)
}

#[test]
fn a_task_that_waits_for_what_it_holds_is_suspected_of_reentry() {
    let scene = |holder: TaskReport, waiter: TaskReport| {
        reentries([lock(1).held_by(1, holder).waiter(wait(2, waiter))])
    };
    assert_eq!(scene(named("a"), named("a")), [2]);
    assert_eq!(scene(waker(0x1000), waker(0x1000)), [2]);
    assert!(scene(named("a"), named("b")).is_empty());
    assert!(scene(waker(0x1000), waker(0x2000)).is_empty());
    assert!(scene(waker(0), waker(0)).is_empty(), "a waker without data");
}

#[test]
fn a_task_that_has_another_way_to_go_on_is_not_suspected_of_reentry() {
    // The future that holds the lock waits for the event, beside the one that waits for the lock.
    let held = lock(1).held_by(1, named("a")).waiter(wait(2, named("a")));
    let event = primitive(2, PrimitiveKind::Event).waiter(wait(3, named("a")));
    assert!(reentries([held, event]).is_empty());
}

#[test]
fn a_guard_may_have_moved_so_reentry_and_cycles_are_never_certain() {
    let [one, other] = crossed(|waiter| waiter);
    let own = lock(9).held_by(1, named("c")).waiter(wait(91, named("c")));
    let verdicts = report([one, other, own]).verdicts;
    assert_eq!(verdicts.len(), 2);
    let mut certainties = verdicts.iter().map(Verdict::certainty);
    assert!(certainties.all(|certainty| certainty == Certainty::Suspected));
}

#[test]
fn a_short_wait_for_what_the_task_holds_is_fine() {
    let scene = |waited| {
        let waiter = wait(2, named("a")).began(waited);
        reentries([lock(1).held_by(1, named("a")).waiter(waiter)])
    };
    assert!(scene(99).is_empty());
    assert_eq!(scene(100), [2]);
}

#[test]
fn a_reader_that_waits_again_is_suspected_of_reentry() {
    for operation in ["read", "write"] {
        let waiter = wait(3, named("a")).operation(operation);
        let scene = [rwlock(1)
            .holder(reader(1, "b"))
            .holder(reader(2, "a"))
            .waiter(waiter)];
        assert_eq!(reentries(scene), [3], "{operation}");
    }
}

#[test]
fn a_task_may_wait_for_another_permit_unless_it_holds_all_of_them() {
    let waiter = || wait(3, named("a"));
    let own = || semaphore(1).holder(permit(1, "a")).holder(permit(2, "a"));
    assert_eq!(reentries([own().waiter(waiter())]), [3]);
    let shared = own().holder(permit(4, "b"));
    assert!(reentries([shared.waiter(waiter())]).is_empty());
    assert!(reentries([own().incomplete().waiter(waiter())]).is_empty());
    let mut full = own().waiter(waiter());
    full.holders_not_listed = 1;
    assert!(reentries([full]).is_empty());
}

#[test]
fn an_initializer_that_waits_for_its_own_cell_is_suspected_of_reentry() {
    let cell = primitive(1, PrimitiveKind::OnceCell)
        .holder(hold(1, named("a"), HoldMode::Initializer))
        .waiter(wait(2, named("a")).operation("wait"));
    assert_eq!(reentries([cell]), [2]);
}

/// Two locks, each held by one task and waited for by the other.
fn crossed(one: impl FnOnce(WaiterReport) -> WaiterReport) -> [PrimitiveReport; 2] {
    [
        lock(3).held_by(5, named("a")).waiter(wait(31, named("b"))),
        lock(4)
            .held_by(6, named("b"))
            .waiter(one(wait(41, named("a")))),
    ]
}

#[test]
fn two_tasks_that_wait_for_one_another_are_a_cycle() {
    let expected = vec![link("a", 3, 41), link("b", 4, 31)];
    assert_eq!(cycles(crossed(|waiter| waiter)), [expected]);
}

#[test]
fn a_cycle_that_has_just_formed_may_be_an_accident_of_the_moment() {
    assert!(cycles(crossed(|waiter| waiter.began(99))).is_empty());
}

#[test]
fn philosophers_that_hold_one_fork_each_are_one_cycle() {
    let name = |number: u64| format!("philosopher {number}");
    let forks = (0..5).map(|number| {
        let left = (number + 4) % 5;
        lock(number + 1)
            .held_by(1, named(&name(number)))
            .waiter(wait(100 + left, named(&name(left))))
    });
    let expected: Vec<_> = (0..5)
        .map(|number| link(&name(number), number + 1, 100 + number))
        .collect();
    assert_eq!(cycles(forks), [expected]);
}

#[test]
fn a_task_that_waits_for_a_cycle_is_not_part_of_it() {
    let [one, other] = crossed(|waiter| waiter);
    let outer = lock(2).held_by(7, named("c")).waiter(wait(21, named("d")));
    let primitives = [outer, one.waiter(wait(32, named("c"))), other];
    let expected = vec![link("a", 3, 41), link("b", 4, 31)];
    assert_eq!(cycles(primitives), [expected]);
}

#[test]
fn two_separate_cycles_are_two_verdicts() {
    let [one, other] = crossed(|waiter| waiter);
    let pair = [
        lock(7).held_by(8, named("x")).waiter(wait(71, named("y"))),
        lock(8).held_by(9, named("y")).waiter(wait(81, named("x"))),
    ];
    let [third, fourth] = pair;
    assert_eq!(cycles([one, other, third, fourth]).len(), 2);
}

#[test]
fn a_task_with_another_way_to_go_on_is_not_in_a_cycle() {
    for kind in [
        PrimitiveKind::Event,
        PrimitiveKind::Barrier,
        PrimitiveKind::Condition,
        PrimitiveKind::Queue,
    ] {
        let [one, other] = crossed(|waiter| waiter);
        let way_out = primitive(9, kind).waiter(wait(91, named("a")));
        assert!(cycles([one, other, way_out]).is_empty(), "{kind}");
    }
    // A lock whose holder runs, or was not recorded.
    let [one, other] = crossed(|waiter| waiter);
    let free = lock(9).held_by(1, named("z")).waiter(wait(91, named("a")));
    assert!(cycles([one, other, free]).is_empty());
    let [one, other] = crossed(|waiter| waiter);
    let unknown = lock(9).incomplete().waiter(wait(91, named("a")));
    assert!(cycles([one, other, unknown]).is_empty());
}

#[test]
fn a_way_to_go_on_may_lead_through_other_tasks() {
    let [one, other] = crossed(|waiter| waiter);
    let primitives = [
        one,
        other,
        lock(7).held_by(1, named("y")).waiter(wait(71, named("a"))),
        lock(8).held_by(2, named("z")).waiter(wait(81, named("y"))),
        primitive(9, PrimitiveKind::Event).waiter(wait(91, named("z"))),
    ];
    assert!(cycles(primitives).is_empty());
}

#[test]
fn a_chain_that_ends_at_a_running_task_is_no_cycle() {
    let links = (1..50).map(|number| {
        let holder = named(&format!("task {}", number + 1));
        let waiter = named(&format!("task {number}"));
        lock(number)
            .held_by(1, holder)
            .waiter(wait(100 + number, waiter))
    });
    assert!(cycles(links).is_empty());
}

#[test]
fn a_granted_lock_is_about_to_move() {
    let [one, other] = crossed(|waiter| waiter);
    let granted = wait(33, named("c")).granted(10);
    assert!(cycles([one.waiter(granted), other]).is_empty());
}

#[test]
fn holders_of_all_permits_that_wait_for_another_permit_are_a_cycle() {
    let pool = || {
        semaphore(1)
            .holder(permit(1, "a"))
            .holder(permit(2, "b"))
            .waiter(wait(11, named("a")))
            .waiter(wait(12, named("b")))
    };
    let expected = vec![link("a", 1, 11), link("b", 1, 12)];
    assert_eq!(cycles([pool()]), [expected]);
    assert!(reentries([pool()]).is_empty());
    // One holder still runs, and may return its permit.
    assert!(cycles([pool().holder(permit(3, "c"))]).is_empty());
    // A holder may be unknown.
    assert!(cycles([pool().incomplete()]).is_empty());
    let mut full = pool();
    full.holders_not_listed = 1;
    assert!(cycles([full]).is_empty());
}

#[test]
fn a_writer_waits_for_all_readers_so_one_stuck_reader_is_enough() {
    let primitives = [
        rwlock(1)
            .holder(reader(1, "running"))
            .holder(reader(2, "a"))
            .waiter(wait(11, named("b")).operation("write")),
        lock(2).held_by(3, named("b")).waiter(wait(21, named("a"))),
    ];
    let expected = vec![link("a", 1, 21), link("b", 2, 11)];
    assert_eq!(cycles(primitives), [expected]);
}

#[test]
fn a_stuck_reader_is_enough_even_if_another_one_is_freed() {
    let primitives = [
        rwlock(1)
            .holder(reader(1, "a"))
            .holder(reader(2, "c"))
            .waiter(wait(11, named("b")).operation("write")),
        lock(2).held_by(3, named("b")).waiter(wait(21, named("a"))),
        primitive(3, PrimitiveKind::Event).waiter(wait(31, named("c"))),
    ];
    let expected = vec![link("a", 1, 21), link("b", 2, 11)];
    assert_eq!(cycles(primitives), [expected]);
}

#[test]
fn a_cycle_may_lead_through_wakers_and_an_initializer() {
    let primitives = [
        primitive(1, PrimitiveKind::OnceCell)
            .holder(hold(1, waker(0x1000), HoldMode::Initializer))
            .waiter(wait(11, waker(0x2000)).operation("wait")),
        lock(2)
            .held_by(2, waker(0x2000))
            .waiter(wait(21, waker(0x1000))),
    ];
    let expected = vec![link("task 0x1000", 1, 21), link("task 0x2000", 2, 11)];
    assert_eq!(cycles(primitives), [expected]);
}

#[test]
fn wakers_without_data_are_no_cycle() {
    let primitives = [
        lock(1).held_by(1, waker(0)).waiter(wait(11, waker(0x1000))),
        lock(2).held_by(2, waker(0x1000)).waiter(wait(21, waker(0))),
    ];
    assert!(report(primitives).verdicts.is_empty());
}

#[test]
fn a_wait_that_owns_the_last_reference_is_abandoned() {
    let queue = primitive(1, PrimitiveKind::Queue)
        .waiter(wait(11, named("a")).last_owner())
        .waiter(wait(12, named("b")));
    let verdicts = report([queue]).verdicts;
    let [Verdict::Abandoned { wait: found, .. }] = &verdicts[..] else {
        panic!("{verdicts:?}");
    };
    assert_eq!(found.number(), 11);
    // A granted wait will end.
    let granted = wait(11, named("a")).last_owner().granted(10);
    let queue = primitive(1, PrimitiveKind::Queue).waiter(granted);
    assert!(report([queue]).verdicts.is_empty());
}

/// Returns the age in the verdict on a free primitive with waiters.
fn free(primitive: PrimitiveReport) -> Option<Duration> {
    let verdicts = report([primitive]).verdicts;
    verdicts.into_iter().find_map(|verdict| match verdict {
        Verdict::FreeWithWaiters { since, .. } => Some(since),
        _ => None,
    })
}

#[test]
fn a_free_lock_with_waiters_is_a_bug_of_the_crate() {
    let waited = |lock: PrimitiveReport| lock.waiter(wait(11, named("a")).began(5_000));
    for kind in [PrimitiveKind::Lock, PrimitiveKind::RwLock] {
        assert_eq!(free(waited(primitive(1, kind))), Some(ms(5_000)), "{kind}");
    }
    assert_eq!(free(waited(lock(1).incomplete())), None);
    assert_eq!(free(waited(lock(1).held_by(1, named("b")))), None);
    assert_eq!(free(lock(1)), None, "no waiter");
    let granted = wait(10, named("c")).granted(10);
    assert_eq!(free(waited(lock(1).waiter(granted))), None);
}

#[test]
fn a_lock_that_was_released_recently_is_being_handed_off() {
    let scene = |ago| free(lock(1).ended(ago).waiter(wait(11, named("a"))));
    assert_eq!(scene(Some(99)), None);
    assert_eq!(scene(None), None);
    assert!(scene(Some(100)).is_some());
}

#[test]
fn a_lock_is_free_only_if_the_waiter_was_queued_during_the_last_hold() {
    let scene = |hold| free(lock(1).waiter(wait(11, named("a")).queued_during(hold)));
    assert!(scene(Some(1)).is_some());
    assert_eq!(scene(Some(2)), None);
    assert_eq!(scene(None), None);
}

#[test]
fn a_primitive_without_holders_is_free_although_tasks_wait() {
    for kind in [
        PrimitiveKind::Semaphore,
        PrimitiveKind::Event,
        PrimitiveKind::Barrier,
        PrimitiveKind::Condition,
        PrimitiveKind::Queue,
    ] {
        let waited = primitive(1, kind).waiter(wait(11, named("a")));
        assert!(report([waited]).verdicts.is_empty(), "{kind}");
    }
    let cell = |operation| {
        let waiter = wait(11, named("a")).operation(operation);
        free(primitive(1, PrimitiveKind::OnceCell).waiter(waiter))
    };
    assert_eq!(cell("wait"), None);
    assert_eq!(cell("get_or_init"), None);
}

#[test]
fn a_long_chain_a_crowd_and_many_futurelocks_are_judged_at_once() {
    let chain = (1..8_000_u64).map(|number| {
        lock(number)
            .held_by(1, waker(16 * (number as usize + 1)))
            .waiter(wait(100_000 + number, waker(16 * number as usize)))
    });
    let crowd = (0..8_000_u64).fold(lock(9_000).held_by(1, named("z")), |lock, number| {
        lock.waiter(wait(200_000 + number, named("crowd")))
    });
    let granted = (0..1_000_u64).map(|number| {
        let task = named(&format!("{number}"));
        let polled = wait(400_000 + number, task.clone()).polled(2_000);
        lock(10_000 + number)
            .waiter(wait(300_000 + number, task).granted(3_000))
            .waiter(polled)
    });
    let report = report(chain.chain([crowd]).chain(granted));
    assert_eq!(report.verdicts.len(), 1_000);
    let certain = |verdict: &Verdict| verdict.certainty() == Certainty::Certain;
    assert!(report.verdicts.iter().all(certain));
}
