#![forbid(unsafe_code)]
//! A table of reports and their verdicts.
//!
//! Each report has one line for each primitive: `1 Lock held:a waits:b granted:c@50`. A task has
//! one letter. `waits:b/20` is a wait that was polled 20 ms ago, and `granted:c@50` one that was
//! granted 50 ms ago. Without a number, both happened 5 s ago. `waits:b+last` owns the last `Arc`.
//! `free` says that all holders are recorded, and `total:3` is the number of permits.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::verdicts;
use crate::diagnostics::histogram::Histogram;
use crate::diagnostics::report::{
    CallSite, HoldMode, HolderReport, PrimitiveId, PrimitiveKind, PrimitiveReport, Supply, TaskKey,
    TaskReport, Transfers, WaitId, WaiterReport,
};
use crate::diagnostics::verdict::Verdict;

const HERE: CallSite = CallSite {
    file: "src/lib.rs",
    line: 1,
    column: 1,
};

fn task(name: &str) -> TaskReport {
    TaskReport {
        name: name.to_owned(),
        key: TaskKey::Source(name.to_owned()),
    }
}

fn milliseconds(text: Option<&str>) -> Duration {
    let number = text.map_or(5_000, |text| text.parse().expect("a number"));
    Duration::from_millis(number)
}

fn holder(name: &str) -> HolderReport {
    HolderReport {
        task: task(name),
        site: HERE,
        mode: HoldMode::Exclusive,
        amount: 1,
        held: Duration::from_secs(9),
    }
}

fn waiter(number: u64, text: &str, granted: Option<Duration>) -> WaiterReport {
    let (text, is_last_owner) = match text.strip_suffix("+last") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (name, polled) = text
        .split_once('/')
        .map_or((text, None), |(name, polled)| (name, Some(polled)));
    WaiterReport {
        id: WaitId(number),
        operation: "lock",
        task: task(name),
        site: HERE,
        amount: 1,
        waited: Duration::from_secs(8),
        polls: 1,
        last_poll: granted.map_or_else(|| milliseconds(polled), |granted| granted * 2),
        wakes: 0,
        last_wake: None,
        granted,
        is_last_owner,
        thread: 0,
        scope_polled: None,
        is_blocking: false,
    }
}

fn primitive(line: &str, next_wait: &mut u64) -> PrimitiveReport {
    let mut words = line.split(' ');
    let id = words.next().and_then(|id| id.parse().ok()).expect("an id");
    let kind = match words.next().expect("a kind") {
        "Lock" => PrimitiveKind::Lock,
        "RwLock" => PrimitiveKind::RwLock,
        "Semaphore" => PrimitiveKind::Semaphore,
        "Event" => PrimitiveKind::Event,
        "Queue" => PrimitiveKind::Queue,
        other => panic!("{other} is no kind"),
    };
    let mut report = PrimitiveReport {
        id: PrimitiveId(id),
        kind,
        name: None,
        created: HERE,
        acquisitions: 0,
        supply: None,
        waiters: Vec::new(),
        holders: Vec::new(),
        holders_not_listed: 0,
        holders_are_complete: false,
        transfers: Transfers::default(),
        wait_times: Histogram::EMPTY,
        hold_times: Histogram::EMPTY,
    };
    for word in words {
        match word.split_once(':') {
            Some(("held", name)) => report.holders.push(holder(name)),
            Some(("total", total)) => {
                report.supply = Some(Supply {
                    available: 0,
                    total: total.parse().ok(),
                });
            }
            Some((state, text)) => {
                *next_wait += 1;
                let (name, granted) = match (state, text.split_once('@')) {
                    ("granted", Some((name, then))) => (name, Some(milliseconds(Some(then)))),
                    ("granted", None) => (text, Some(milliseconds(None))),
                    ("waits", _) => (text, None),
                    _ => panic!("{word} is no state"),
                };
                report.waiters.push(waiter(*next_wait, name, granted));
            }
            None if word == "free" => report.holders_are_complete = true,
            None => panic!("{word} has no meaning"),
        }
    }
    report
}

/// Returns the verdicts about a report, in words.
fn verdicts_about(lines: &[&str]) -> Vec<String> {
    let mut waits = 0;
    let primitives: Vec<_> = lines
        .iter()
        .map(|line| primitive(line, &mut waits))
        .collect();
    let texts = verdicts::of(&primitives)
        .into_iter()
        .map(|verdict| match verdict {
            Verdict::Futurelock {
                certainty,
                granted,
                polled,
                ..
            } => format!("{certainty:?} futurelock {} {}", granted.0, polled.0),
            Verdict::GrantNotTaken { granted, .. } => format!("not taken {}", granted.0),
            Verdict::Reentry { wait, .. } => format!("re-entry {}", wait.0),
            Verdict::Abandoned { wait, .. } => format!("abandoned {}", wait.0),
            Verdict::FreeWithWaiters { primitive, .. } => format!("free {}", primitive.0),
            Verdict::Cycle { links } => {
                let mut names: Vec<_> = links
                    .iter()
                    .map(|link| link.task.name.to_string())
                    .collect();
                names.sort();
                format!("cycle {}", names.join(""))
            }
        });
    texts.collect()
}

/// Reports, and their verdicts. Waits are numbered in the order of their words.
const TABLE: &[(&[&str], &[&str])] = &[
    (&[], &[]),
    (&["1 Lock held:a waits:b"], &[]),
    // A grant that is not taken.
    (&["1 Lock granted:a@500 waits:b"], &[]),
    (&["1 Lock granted:a@1000 waits:b"], &["not taken 1"]),
    (&["1 Lock granted:a@500 waits:a/600"], &[]),
    (
        &["1 Lock granted:a@500 waits:a/100"],
        &["Certain futurelock 1 2"],
    ),
    (
        &["1 Lock granted:a@500 waits:a/9"],
        &["Suspected futurelock 1 2"],
    ),
    (&["1 Lock granted:a@9 waits:a/5"], &[]),
    (
        &["1 Lock granted:a", "2 Event waits:a/100"],
        &["Certain futurelock 1 2"],
    ),
    (
        &["1 Queue granted:a waits:b", "2 Event waits:a/100"],
        &["Certain futurelock 1 3"],
    ),
    (&["1 Event granted:a", "2 Event waits:a/100"], &[]),
    // The queue was closed: nobody waits for the item.
    (&["1 Queue granted:a", "2 Event waits:a/100"], &[]),
    // A wait for the same primitive tells more than another one.
    (
        &["1 Event waits:a/100", "2 Lock granted:a waits:a/50"],
        &["Certain futurelock 2 3"],
    ),
    // Cycles.
    (&["1 Lock held:a waits:a"], &["re-entry 1"]),
    (
        &["1 Lock held:a waits:b", "2 Lock held:b waits:a"],
        &["cycle ab"],
    ),
    (
        &[
            "1 Lock held:a waits:b waits:c",
            "2 RwLock held:b waits:a",
            "3 Lock held:c waits:d",
        ],
        &["cycle ab"],
    ),
    (
        &[
            "1 Lock held:a waits:b",
            "2 Lock held:b waits:c",
            "3 Lock held:c waits:a",
        ],
        &["cycle abc"],
    ),
    (
        &[
            "1 Lock held:a waits:b",
            "2 Lock held:b waits:a",
            "3 Lock held:c waits:d",
            "4 Lock held:d waits:c",
        ],
        &["cycle ab", "cycle cd"],
    ),
    // An unknown holder, and a holder that does not wait, may end the wait.
    (&["1 Lock waits:b", "2 Lock held:b waits:a"], &[]),
    (&["1 Lock held:a waits:b", "2 Lock held:b waits:c"], &[]),
    // A task that also waits for an event may go on. So may a reader-writer lock with a reader
    // that does not wait.
    (
        &[
            "1 Lock held:a waits:b",
            "2 Lock held:b waits:a",
            "3 Event waits:a",
        ],
        &[],
    ),
    (
        &["1 RwLock held:a held:x waits:b", "2 Lock held:b waits:a"],
        &[],
    ),
    // A semaphore is part of a knot if all of its permits are held by tasks of the knot.
    (
        &[
            "1 Semaphore total:2 held:a held:b waits:c",
            "2 Lock held:c waits:a waits:b",
        ],
        &["cycle ac"],
    ),
    (
        &[
            "1 Semaphore total:3 held:a held:b waits:c",
            "2 Lock held:c waits:a waits:b",
        ],
        &[],
    ),
    (
        &[
            "1 Semaphore total:2 held:a held:x waits:c",
            "2 Lock held:c waits:a",
        ],
        &[],
    ),
    (&["1 Semaphore total:1 held:a waits:a"], &["re-entry 1"]),
    (&["1 Semaphore total:2 held:a waits:a"], &[]),
    // Two tasks wait for a grant of each other.
    (
        &[
            "1 Lock granted:a@5 waits:b/6000",
            "2 Lock held:b waits:a/6000",
        ],
        &["cycle ab"],
    ),
    // The last owner.
    (&["1 Event waits:a+last"], &["abandoned 1"]),
    // A free primitive.
    (&["1 Lock free waits:a"], &["free 1"]),
    (&["1 Lock free held:x waits:a"], &[]),
    (&["1 Lock free granted:x@5 waits:a"], &[]),
    (&["1 Event free waits:a"], &[]),
];

#[test]
fn each_report_has_its_verdicts() {
    for (lines, expected) in TABLE {
        assert_eq!(verdicts_about(lines), *expected, "{lines:?}");
    }
}

#[test]
fn many_tasks_in_a_chain_are_no_cycle_and_take_no_long_search() {
    let count = 5_000;
    let mut lines: Vec<_> = (0..count)
        .map(|index| format!("{index} Lock held:{index} waits:{}", index + 1))
        .collect();
    let chain: Vec<_> = lines.iter().map(|line| &**line).collect();
    assert!(verdicts_about(&chain).is_empty());
    lines.push(format!("{count} Lock held:{count} waits:0"));
    let ring: Vec<_> = lines.iter().map(|line| &**line).collect();
    assert_eq!(verdicts_about(&ring).len(), 1);
}
