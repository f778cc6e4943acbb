//! The page: `docs/benchmarks.md`. It is a page of the rustdoc too, so links out of it and
//! pictures have labels, which are defined at its end.
#![forbid(unsafe_code)]

use std::fmt::Write;

use super::charts::grouped;
use super::choice;
use super::figures::{Figures, Rows, Turn, nanoseconds};
use super::machine::Origin;
use super::records::{CONTESTANTS, CURVES, Footprint, MEASURED_FOR, WAITING};
use super::remarks::{Remarks, Section};
use super::rows;
use super::workloads::{BASELINE, EXTRAS, OURS, WORKLOADS, Workload, capitalized, heading};

/// The folder of the charts, next to the page.
pub(crate) const FOLDER: &str = "benchmarks";

/// Returns the primitives, in the order of the workloads.
pub(crate) fn primitives() -> Vec<&'static str> {
    let mut primitives: Vec<_> = WORKLOADS.iter().map(Workload::primitive).collect();
    primitives.dedup();
    primitives
}

/// Returns the page as Markdown.
pub(crate) fn markdown(figures: &Figures, remarks: &Remarks) -> String {
    let mut page = String::new();
    let sections = [
        beginning(figures, remarks),
        origin(figures),
        summary(figures),
        workloads(figures, remarks),
        growth(figures, remarks),
        tails(figures, remarks),
        memory(&figures.memory, remarks),
        extras(figures),
        definitions(remarks),
    ];
    for section in sections {
        page.push_str(section.trim_end());
        page.push_str("\n\n");
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// Returns a link to the section of a workload.
pub(crate) fn link(workload: &Workload) -> String {
    format!("[{}](#{})", workload.title(), anchor(workload.group))
}

/// Returns the anchor of a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.chars();
    letters.filter(|letter| *letter != '/').collect()
}

fn beginning(figures: &Figures, remarks: &Remarks) -> String {
    let mut text = format!(
        "\
<!-- Written by `cargo benchmarks`. The remarks are in benches/report/remarks.toml. -->

# Benchmarks

aiosync and other crates do the same work. Times are in nanoseconds per operation.

{}",
        choice::lines(figures),
    );
    text.push_str(&remarks.text(Section::Choice));
    text.push_str(
        "\n![The time of an operation in five workloads, for aiosync and other crates][chart]\n",
    );
    text
}

fn origin(figures: &Figures) -> String {
    let Origin {
        machine,
        kernel,
        rustc,
        commit,
        date,
        versions,
    } = &figures.origin;
    let (minutes, seconds) = (figures.minutes, MEASURED_FOR.as_secs_f64());
    format!(
        "\
## How the times are measured

All figures of this page are from one run. The run measures everything three times, pass after pass, and each row for {seconds} seconds
per pass. A figure is the median of the three passes. Brackets show the lowest and the highest of them, if they differ by more than
20 %. All rows of a workload do the same work in the same way. The top of each file in `benches/` defines one operation.

A *ratio* is the time of a peer divided by that of aiosync: above 1, aiosync is faster. Two times count as equal
if they are within {tie} of each other, or if the ranges of their passes overlap.
`{BASELINE}` blocks its thread, so it is a baseline and not a peer.

| | |
|---|---|
| machine | {machine} |
| kernel | {kernel} |
| compiler | {rustc} |
| commit | `{commit}` |
| date | {date} |
| versions | {versions} |

To repeat the run, use a machine that does nothing else. This one took {minutes} minutes, and the build is not included:

```sh
cargo benchmarks
```
",
        tie = choice::tie(),
    )
}

fn summary(figures: &Figures) -> String {
    let mut text = String::from(
        "\
## All workloads

| workload | aiosync | tokio | fastest peer | ratio | |
|---|--:|--:|--:|--:|---|
",
    );
    for (workload, rows) in figures.workloads() {
        let ours = rows.ours().expect("each workload has a row of aiosync");
        let tokio = rows.0.get("tokio").map(ToString::to_string);
        let (name, row) = rows.peers()[0];
        let _ = writeln!(
            text,
            "| {} | {ours} | {} | {name} {row} | {:.2} | {} |",
            link(workload),
            tokio.unwrap_or_default(),
            row.value / ours.value,
            comparison(rows),
        );
    }
    text
}

/// Names the peers that are faster than `aiosync`, and those that are as fast.
fn comparison(rows: &Rows) -> String {
    let mut parts = Vec::new();
    for (word, names) in [("faster", rows.faster()), ("equal", rows.equal())] {
        if !names.is_empty() {
            parts.push(format!("{word}: {}", names.join(", ")));
        }
    }
    parts.join("; ")
}

fn workloads(figures: &Figures, remarks: &Remarks) -> String {
    let mut text = String::new();
    let mut last = "";
    for (workload, rows) in figures.workloads() {
        let primitive = workload.primitive();
        if primitive != last {
            let title = heading(primitive);
            let _ = writeln!(text, "## {title}\n");
            let _ = writeln!(
                text,
                "![{title}: the time of an operation, for aiosync and other crates][bars-{primitive}]\n"
            );
            last = primitive;
        }
        let operation = capitalized(workload.operation);
        let _ = writeln!(text, "### {}\n\n{operation}.\n", workload.group);
        let _ = writeln!(text, "{}", table(workload.group, rows));
        let remark = remarks.text(Section::Workload(workload.group));
        if !remark.is_empty() {
            let _ = writeln!(text, "{remark}");
        }
    }
    text
}

/// Returns the table of a group, the fastest row first.
fn table(group: &str, rows: &Rows) -> String {
    let (faster, equal) = (rows.faster(), rows.equal());
    let mut table = String::from("| | ns | ratio | | what is measured |\n|---|--:|--:|---|---|\n");
    for (name, row) in rows.sorted() {
        let mark = match name {
            BASELINE => "baseline",
            _ if faster.contains(&name) => "**faster**",
            _ if equal.contains(&name) => "equal",
            _ => "",
        };
        let shown = if name == OURS {
            format!("**{name}**")
        } else {
            name.to_owned()
        };
        let ratio = rows.ratio(row).filter(|_| name != OURS);
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let what = rows::measured(group, name).unwrap_or_default();
        let _ = writeln!(table, "| {shown} | {row} | {ratio} | {mark} | {what} |");
    }
    table
}

/// Formats a wait in microseconds.
fn microseconds(nanoseconds: u64) -> String {
    let value = nanoseconds as f64 / 1e3;
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn growth(figures: &Figures, remarks: &Remarks) -> String {
    let mut text = String::from(
        "\
## Growth

A number of tasks wait while others have their turn, and each waits again right after its turn. At a lock, and at a semaphore with 4
permits, a task holds its turn over a yield. At a queue of capacity 1, a turn is a put. The time of a turn is the time of all tasks
divided by the number of turns. A wait is the time that one task waits for its turn. Tasks are served in order, so the wait grows
with their number. Turns are in nanoseconds, and waits in microseconds.
",
    );
    for primitive in CURVES {
        let name = heading(primitive);
        let _ = writeln!(text, "\n### {name}, by the number of waiting tasks\n");
        let _ = writeln!(
            text,
            "![{name}: the time of a turn, by the number of waiting tasks][growth-{primitive}]"
        );
        for threads in [1, 2] {
            let on = if threads == 1 {
                "One thread"
            } else {
                "Two threads"
            };
            let _ = writeln!(text, "\n{on}:\n");
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
                    let Turn { turn, point } = find(figures, primitive, name, threads, waiting);
                    let waits = [point.wait.p50, point.wait.p99, point.wait.p999];
                    let waits = waits.map(microseconds).join(" | ");
                    let _ = write!(text, " {turn} | {waits} |");
                    turns.push(turn.value);
                }
                let _ = writeln!(text, " {:.2} |", turns[1] / turns[0]);
            }
        }
    }
    text.push_str(&remarks.text(Section::Growth));
    text
}

fn find<'a>(
    figures: &'a Figures,
    primitive: &str,
    name: &str,
    threads: usize,
    waiting: usize,
) -> &'a Turn {
    let mut points = figures.points.iter();
    let found = points.find(|turn| {
        let point = &turn.point;
        (&*point.primitive, &*point.implementation) == (primitive, name)
            && (point.threads, point.waiting) == (threads, waiting)
    });
    found.expect("no point of a run is missing")
}

fn tails(figures: &Figures, remarks: &Remarks) -> String {
    let mut text = String::from(
        "\
## The tail of the wait

1 000 tasks wait for 50 permits of a semaphore. Each holds its permit over a yield. Turns are in nanoseconds, and waits in
microseconds.

| | threads | turn | p50 | p99 | p99.9 | p99 / p50 |
|---|--:|--:|--:|--:|--:|--:|
",
    );
    for Turn { turn, point } in &figures.tails {
        let wait = point.wait;
        let waits = [wait.p50, wait.p99, wait.p999]
            .map(microseconds)
            .join(" | ");
        let (name, threads, tail) = (&point.implementation, point.threads, wait.tail());
        let _ = writeln!(
            text,
            "| {name} | {threads} | {turn} | {waits} | {tail:.2} |"
        );
    }
    text.push_str(&remarks.text(Section::Tail));
    text
}

fn memory(memory: &[Footprint], remarks: &Remarks) -> String {
    let mut text = String::from(
        "\
## Memory of a wait

The size of a waiting future, and its bytes on the heap, while 1 000 of them wait together. The allocations of a constructor do not
count: asyncband's barrier reserves memory for all wakers there. tokio's event is a `sync::Notify` here. tokio has no condition, and
its channel has one receiver, so it has no rows for them.

| | | future | heap | together | ratio |
|---|---|--:|--:|--:|--:|
",
    );
    for footprint in memory {
        let Footprint {
            primitive,
            implementation,
            future,
            heap,
        } = footprint;
        let mut all = memory.iter();
        let ours = all.find(|ours| ours.primitive == *primitive && ours.implementation == OURS);
        let ratio = match ours {
            Some(ours) if implementation != OURS => {
                format!("{:.2}", footprint.bytes() / ours.bytes())
            }
            _ => String::new(),
        };
        let together = footprint.bytes();
        let _ = writeln!(
            text,
            "| {primitive} | {implementation} | {future} | {heap:.0} | {together:.0} | {ratio} |"
        );
    }
    text.push_str(&remarks.text(Section::Memory));
    text
}

fn extras(figures: &Figures) -> String {
    let mut text = String::from(
        "## Other measurements\n\nThese show what the executor takes of a hand-off, and compare ways to do the same work.\n\n",
    );
    for extra in &EXTRAS {
        let table = table(extra.group, figures.rows(extra.group));
        let operation = capitalized(extra.operation);
        let _ = writeln!(text, "### {}\n\n{operation}.\n\n{table}", extra.group);
    }
    text
}

/// Defines the labels of the pictures and of the links.
fn definitions(remarks: &Remarks) -> String {
    let mut text = format!("[chart]: {FOLDER}/chart.svg\n");
    for primitive in primitives() {
        let _ = writeln!(text, "[bars-{primitive}]: {FOLDER}/bars-{primitive}.svg");
    }
    for primitive in CURVES {
        let _ = writeln!(
            text,
            "[growth-{primitive}]: {FOLDER}/growth-{primitive}.svg"
        );
    }
    for (label, target) in remarks.links() {
        let _ = writeln!(text, "[{label}]: {target}");
    }
    text
}

/// Returns what the command prints: the workloads in which a peer is faster.
pub(crate) fn losses(figures: &Figures) -> String {
    let mut text = String::new();
    let mut first = WORKLOADS.len();
    for (workload, rows) in figures.workloads() {
        if !rows.faster().is_empty() {
            first -= 1;
            let ours = rows.ours().expect("each workload has a row of aiosync");
            let (name, row) = rows.peers()[0];
            let [theirs, ours] = [row, ours].map(|row| nanoseconds(row.value));
            let _ = writeln!(
                text,
                "  {}: {name} {theirs}, aiosync {ours}",
                workload.group
            );
        }
    }
    let all = WORKLOADS.len();
    format!("aiosync is the fastest in {first} of {all} workloads. A peer is faster in:\n{text}")
}
