//! The sections of the page about growth: turns and waits over the number of waiting tasks, the
//! longest waits, and operations over the number of others.
#![forbid(unsafe_code)]

use std::fmt::Write;

use super::charts::grouped;
use super::figures::{Figures, Turn};
use super::records::{CONTESTANTS, CREWS, CURVES, WAITING};
use super::remarks::{Remarks, Section};
use super::workloads::{capitalized, heading};

/// Formats a wait in microseconds.
fn microseconds(nanoseconds: u64) -> String {
    let value = nanoseconds as f64 / 1e3;
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

pub(crate) fn growth(figures: &Figures, remarks: &Remarks) -> String {
    let mut text = String::from(
        "\
## Growth

Tasks take turns; each waits again right after its turn. The rows of a table differ in the number of tasks that wait. At a lock, and
at a semaphore with 4 permits, a task holds its turn over a yield. At a queue of capacity 1, a turn is a put. The time of a turn is
the time of the whole run divided by the number of turns. A wait is the time that one task waits for its turn. p99 is the wait that
99 % of the waits do not exceed; p50 and p99.9 are defined likewise. Tasks are served in order, so the wait grows with their number.
Turns are in nanoseconds, and waits in microseconds.
",
    );
    for primitive in CURVES {
        let name = heading(primitive);
        let _ = writeln!(text, "\n### {name}, by the number of waiting tasks\n");
        let _ = writeln!(
            text,
            "![{name}: the time of a turn, by the number of waiting tasks][growth-{primitive}]"
        );
        for crew in CREWS {
            let _ = writeln!(text, "\n{}:\n", capitalized(crew));
            let mut heads = String::from("| waiting |");
            for name in CONTESTANTS {
                let _ = write!(heads, " {name}: turn | p50 | p99 | p99.9 |");
            }
            let _ = writeln!(text, "{heads} ratio of turns |");
            let _ = writeln!(text, "|--:|{}--:|", "--:|".repeat(4 * CONTESTANTS.len()));
            for waiting in WAITING {
                let mut turns = Vec::new();
                let _ = write!(text, "| {} |", grouped(waiting));
                for name in CONTESTANTS {
                    let Turn { turn, point } = find(figures, primitive, name, crew, waiting);
                    let waits = [point.wait.p50, point.wait.p99, point.wait.p999];
                    let waits = waits.map(microseconds).join(" | ");
                    let _ = write!(text, " {turn} | {waits} |");
                    turns.push(turn.value);
                }
                let _ = writeln!(text, " {:.2} |", turns[1] / turns[0]);
            }
        }
    }
    text.push_str(&by_hand(figures));
    text.push_str(&remarks.text(Section::Growth));
    text
}

/// Returns the tables of the curves that are polled by hand.
fn by_hand(figures: &Figures) -> String {
    let mut text = String::from(
        "
### Polls and locks, by the number of others

![The time of a poll of a notified waiter, and of a hand-off, by the number of others][growth-by-hand]

Polled by hand, on one thread. A *poll* is the poll of one waiter that a semaphore has notified, while the others wait. A *hand-off*
is a release, the poll of the waiter, and the first poll of the next waiter, beside other locks that each have a holder and a waiter.
In aiosync, a poll searches nothing, and locks share no table. So only the processor's caches can raise these figures. Times are in
nanoseconds.

| others |",
    );
    let columns = [("polls", "poll"), ("locks", "hand-off")];
    for (_, operation) in columns {
        for name in CONTESTANTS {
            let _ = write!(text, " {operation}: {name} |");
        }
        text.push_str(" ratio |");
    }
    let columns_of_figures = columns.len() * (CONTESTANTS.len() + 1);
    let _ = writeln!(text, "\n|--:|{}", "--:|".repeat(columns_of_figures));
    for (index, others) in WAITING.iter().enumerate() {
        let _ = write!(text, "| {} |", grouped(*others));
        for (curve, _) in columns {
            let times = CONTESTANTS.map(|name| figures.cost(curve, name)[index]);
            let [ours, other] = times;
            let _ = write!(
                text,
                " {ours} | {other} | {:.2} |",
                other.value / ours.value
            );
        }
        text.push('\n');
    }
    text
}

fn find<'a>(
    figures: &'a Figures,
    primitive: &str,
    name: &str,
    crew: &str,
    waiting: usize,
) -> &'a Turn {
    let mut points = figures.points.iter();
    let found = points.find(|turn| {
        let point = &turn.point;
        (&*point.primitive, &*point.implementation) == (primitive, name)
            && (&*point.crew, point.waiting) == (crew, waiting)
    });
    found.expect("no point of a run is missing")
}

pub(crate) fn tails(figures: &Figures, remarks: &Remarks) -> String {
    let mut text = String::from(
        "\
## The tail of the wait

1 000 tasks wait for 50 permits of a semaphore. Each holds its permit over a yield. Turns are in nanoseconds, and waits in
microseconds. With the same difference of p99 and p50, the quotient is larger where p50 is smaller. So the last column has the
difference.

| | on | turn | p50 | p99 | p99.9 | p99 / p50 | p99 − p50 |
|---|---|--:|--:|--:|--:|--:|--:|
",
    );
    for Turn { turn, point } in &figures.tails {
        let wait = point.wait;
        let waits = [wait.p50, wait.p99, wait.p999]
            .map(microseconds)
            .join(" | ");
        let (name, crew, tail) = (&point.implementation, &point.crew, wait.tail());
        let more = microseconds(wait.p99 - wait.p50);
        let _ = writeln!(
            text,
            "| {name} | {crew} | {turn} | {waits} | {tail:.2} | {more} |"
        );
    }
    text.push_str(&remarks.text(Section::Tail));
    text
}
