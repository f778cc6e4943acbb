//! A table of reports and their verdicts.
//!
//! Each report has one line for each primitive: `1 Lock held:a waits:b granted:c@50`. A task has
//! one letter. `waits:b/20` is a wait that was polled 20 ms ago, and `granted:c@50` one that was
//! granted 50 ms ago. Without a number, both happened 5 s ago. `waits:b+last` owns the last `Arc`.
//! `free` says that all holders are recorded, and `total:3` is the number of permits.

use super::source::snapshot::{hold, named, primitive, report, wait};
use super::source::{HoldMode, PrimitiveKind, PrimitiveReport, Verdict, WaiterReport};

fn milliseconds(text: Option<&str>) -> u64 {
    text.map_or(5_000, |text| text.parse().expect("a number"))
}

fn waiter(number: u64, text: &str, granted: Option<u64>) -> WaiterReport {
    let (text, is_last_owner) = match text.strip_suffix("+last") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (name, polled) = text
        .split_once('/')
        .map_or((text, None), |(name, polled)| (name, Some(polled)));
    let waiter = wait(number, named(name)).began(8_000);
    let waiter = match granted {
        Some(ago) => waiter.polled(2 * ago).granted(ago),
        None => waiter.polled(milliseconds(polled)),
    };
    if is_last_owner {
        waiter.last_owner()
    } else {
        waiter
    }
}

fn from_line(line: &str, next_wait: &mut u64) -> PrimitiveReport {
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
    let mode = match kind {
        PrimitiveKind::Semaphore => HoldMode::Permits,
        _ => HoldMode::Exclusive,
    };
    let mut primitive = primitive(id, kind).incomplete();
    for word in words {
        primitive = match word.split_once(':') {
            Some(("held", name)) => primitive.holder(hold(1, named(name), mode)),
            Some(("total", total)) => primitive.supply(0, total.parse().ok()),
            Some((state, text)) => {
                *next_wait += 1;
                let (name, granted) = match (state, text.split_once('@')) {
                    ("granted", Some((name, then))) => (name, Some(milliseconds(Some(then)))),
                    ("granted", None) => (text, Some(milliseconds(None))),
                    ("waits", _) => (text, None),
                    _ => panic!("{word} is no state"),
                };
                primitive.waiter(waiter(*next_wait, name, granted))
            }
            None if word == "free" => {
                primitive.holders_are_complete = true;
                primitive
            }
            None => panic!("{word} has no meaning"),
        };
    }
    let total = primitive.supply.and_then(|supply| supply.total);
    if total == Some(primitive.holders.len()) {
        primitive.holders_are_complete = true;
    }
    primitive
}

/// Returns the verdicts about a report, in words.
fn verdicts_about(lines: &[&str]) -> Vec<String> {
    let mut waits = 0;
    let primitives: Vec<_> = lines
        .iter()
        .map(|line| from_line(line, &mut waits))
        .collect();
    let texts = report(primitives)
        .verdicts
        .into_iter()
        .map(|verdict| match verdict {
            Verdict::Futurelock {
                certainty,
                granted,
                polled,
                ..
            } => format!(
                "{certainty:?} futurelock {} {}",
                granted.number(),
                polled.number()
            ),
            Verdict::GrantNotTaken { granted, .. } => format!("not taken {}", granted.number()),
            Verdict::Reentry { wait, .. } => format!("re-entry {}", wait.number()),
            Verdict::Abandoned { wait, .. } => format!("abandoned {}", wait.number()),
            Verdict::FreeWithWaiters { primitive, .. } => format!("free {}", primitive.number()),
            Verdict::Cycle { links } => {
                let mut names: Vec<_> = links.iter().map(|link| link.task.name.clone()).collect();
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
    (&["1 Lock granted:a@500 waits:a/9"], &[]),
    (
        &["1 Lock granted:a@1000 waits:a/9"],
        &["Suspected futurelock 1 2"],
    ),
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
        &["1 Event waits:a/100", "2 Lock granted:a waits:a/150"],
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
    // The task of a grant is about to run.
    (
        &[
            "1 Lock granted:a@5 waits:b/6000",
            "2 Lock held:b waits:a/6000",
        ],
        &[],
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
