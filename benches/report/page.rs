//! The page: `docs/benchmarks.md`.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write;

use super::machine::Origin;
use super::measured::{Measured, Rows};
use super::records::{CONTESTANTS, CURVES, Footprint, Growth, Point, WAITING};
use super::verdict::{Verdict, best, verdict};
use super::workloads::{BASELINE, EXTRAS, OURS, WORKLOADS, Workload};

/// The contents of the page.
pub(crate) struct Figures {
    pub(crate) origin: Origin,
    pub(crate) measured: Measured,
    pub(crate) growth: Growth,
    pub(crate) memory: Vec<Footprint>,
    pub(crate) remarks: BTreeMap<String, String>,
}

/// The folder of the charts, next to the page.
pub(crate) const FOLDER: &str = "benchmarks";

/// Formats nanoseconds: with two decimals below 10, one below 100, and none above.
pub(crate) fn nanoseconds(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Returns the page as Markdown.
pub(crate) fn markdown(figures: &Figures) -> String {
    let mut page = String::new();
    let sections = [
        beginning(figures),
        summary(figures),
        workloads(figures),
        growth(figures),
        tails(figures),
        memory(figures),
        extras(figures),
    ];
    for section in sections {
        page.push_str(section.trim_end());
        page.push_str("\n\n");
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn beginning(figures: &Figures) -> String {
    let Origin {
        machine,
        kernel,
        rustc,
        commit,
        date,
        versions,
    } = &figures.origin;
    format!(
        "\
<!-- Written by `cargo benchmarks`; remarks are in benches/report/remarks.toml. -->

# Benchmarks

Each workload is measured for `aiosync` and for every peer that has the primitive: the same work, the same executor, the same run.
Figures are medians in nanoseconds per operation, with the interval that holds the median with 95 % confidence. A ratio is the peer's
time divided by that of `aiosync`: more than 1 if `aiosync` is faster. `{BASELINE}` blocks its thread: it is the baseline, not a peer.
The top of each file in `benches/` defines one operation.

| | |
|---|---|
| machine | {machine} |
| kernel | {kernel} |
| compiler | {rustc} |
| commit | {commit} |
| measured | {date} |
| versions | {versions} |

To repeat the measurement, on a machine that does nothing else (about fifteen minutes):

```sh
cargo bench
cargo benchmarks
```

![The time of each peer as a multiple of aiosync's, for each workload]({FOLDER}/ratios.svg)
"
    )
}

fn summary(figures: &Figures) -> String {
    let mut met = 0;
    let mut table = String::new();
    for workload in &WORKLOADS {
        let rows = &figures.measured.groups[workload.group];
        let verdict = verdict(&figures.measured, workload);
        met += usize::from(verdict == Verdict::Met);
        let (name, value) = best(rows).expect("each workload has peers");
        let ours = rows[OURS].value;
        let _ = writeln!(
            table,
            "| [{}](#{}) | {} | {name} {} | {:.2} | {} | {verdict} |",
            workload.title(),
            anchor(workload.group),
            nanoseconds(ours),
            nanoseconds(value),
            value / ours,
            goals(workload),
        );
    }
    let all = WORKLOADS.len();
    format!(
        "\
## Summary

{met} of {all} targets are met.

| workload | aiosync | fastest peer | ratio | target | |
|---|--:|--:|--:|---|---|
{table}"
    )
}

/// Returns GitHub's anchor of a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.chars();
    letters.filter(|letter| *letter != '/').collect()
}

fn goals(workload: &Workload) -> String {
    let goals = workload.goals.iter().map(ToString::to_string);
    goals.collect::<Vec<_>>().join(", ")
}

fn workloads(figures: &Figures) -> String {
    let mut text = String::new();
    let mut last = "";
    for workload in &WORKLOADS {
        let primitive = workload.primitive();
        if primitive != last {
            let _ = writeln!(text, "## {}\n", capitalized(primitive));
            last = primitive;
        }
        let verdict = verdict(&figures.measured, workload);
        let rows = &figures.measured.groups[workload.group];
        let _ = writeln!(text, "### {}\n", workload.group);
        let _ = writeln!(text, "{}.\n", capitalized(workload.operation));
        let _ = writeln!(text, "{}", table(rows));
        let _ = writeln!(text, "Target: {}: {verdict}.\n", goals(workload));
        match figures.remarks.get(workload.group) {
            Some(remark) => {
                let _ = writeln!(text, "{}\n", remark.trim());
            }
            None if verdict != Verdict::Met => {
                let _ = writeln!(text, "The reason is not known yet.\n");
            }
            None => {}
        }
    }
    text
}

/// Returns the table of a workload, the fastest row first.
fn table(rows: &Rows) -> String {
    let ours = rows.get(OURS).map(|median| median.value);
    let mut sorted: Vec<_> = rows.iter().collect();
    sorted.sort_by(|left, right| left.1.value.total_cmp(&right.1.value));
    let mut table = String::from("| | ns | interval | ratio | |\n|---|--:|--:|--:|---|\n");
    for (name, median) in sorted {
        let ratio = ours.map(|ours| median.value / ours);
        let is_ours = name == OURS;
        let mark = match ratio {
            Some(ratio) if !is_ours && ratio < 1.0 => {
                if name == BASELINE {
                    "the baseline"
                } else {
                    "**faster**"
                }
            }
            _ if name == BASELINE => "the baseline",
            _ => "",
        };
        let shown = if is_ours {
            format!("**{name}**")
        } else {
            name.clone()
        };
        let ratio = match ratio {
            Some(ratio) if !is_ours => format!("{ratio:.2}"),
            _ => String::new(),
        };
        let _ = writeln!(
            table,
            "| {shown} | {} | {} – {} | {ratio} | {mark} |",
            nanoseconds(median.value),
            nanoseconds(median.low),
            nanoseconds(median.high),
        );
    }
    table
}

/// Returns the points of one curve.
fn points<'a>(
    growth: &'a Growth,
    primitive: &'a str,
    implementation: &'a str,
    threads: usize,
) -> impl Iterator<Item = &'a Point> {
    growth.points.iter().filter(move |point| {
        point.primitive == primitive
            && point.implementation == implementation
            && point.threads == threads
    })
}

fn growth(figures: &Figures) -> String {
    let mut text = String::from(
        "\
## Growth

A number of tasks wait while others have their turn, and each waits again right after its turn. At a lock, and at a semaphore with 4
permits, a task holds its turn over a yield. At a queue of capacity 1, a turn is a put. The time of a turn is the time of all tasks
divided by the number of turns. The wait is the time that one task waits for its turn. All tasks are served in order, so it grows
with their number. Times are in nanoseconds.
",
    );
    for primitive in CURVES {
        let name = capitalized(primitive);
        let _ = writeln!(text, "\n### {name}, by the number of waiting tasks\n");
        let _ = writeln!(
            text,
            "![{name}: a turn and the wait, by the number of waiting tasks]({FOLDER}/growth-{primitive}.svg)"
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
                let _ = write!(text, "| {waiting} |");
                for name in CONTESTANTS {
                    let point = points(&figures.growth, primitive, name, threads)
                        .find(|point| point.waiting == waiting)
                        .expect("no point is missing");
                    let wait = point.wait;
                    let turn = nanoseconds(point.turn);
                    let _ = write!(
                        text,
                        " {turn} | {} | {} | {} |",
                        wait.p50, wait.p99, wait.p999
                    );
                    turns.push(point.turn);
                }
                let _ = writeln!(text, " {:.2} |", turns[1] / turns[0]);
            }
        }
    }
    remark(&mut text, figures, "growth");
    text
}

/// The maximum ratio of two tails that count as equal.
const TAIL: f64 = 1.05;

/// Returns whether the tail on this number of threads is no longer than tokio's.
pub(crate) fn tail_is_met(growth: &Growth, threads: usize) -> bool {
    let tail = |name| {
        let mut tails = growth.tails.iter();
        let point = tails.find(|point| point.implementation == name && point.threads == threads);
        point.map(|point| point.wait.tail())
    };
    match (tail(OURS), tail("tokio")) {
        (Some(ours), Some(tokio)) => ours <= tokio * TAIL,
        _ => false,
    }
}

fn tails(figures: &Figures) -> String {
    let mut text = String::from(
        "\
## The tail of the wait

1 000 tasks wait for 50 permits, which are held over a yield. Times are in nanoseconds.

| | threads | turn | p50 | p99 | p99.9 | p99 / p50 |
|---|--:|--:|--:|--:|--:|--:|
",
    );
    for point in &figures.growth.tails {
        let Point {
            implementation,
            threads,
            turn,
            wait,
            ..
        } = point;
        let _ = writeln!(
            text,
            "| {implementation} | {threads} | {} | {} | {} | {} | {:.2} |",
            nanoseconds(*turn),
            wait.p50,
            wait.p99,
            wait.p999,
            wait.tail()
        );
    }
    let verdict = |threads| {
        if tail_is_met(&figures.growth, threads) {
            "met"
        } else {
            "**lost to tokio**"
        }
    };
    let _ = writeln!(
        text,
        "\nTarget: p99 / p50 no more than {TAIL} × tokio's: {} on one thread, {} on two.",
        verdict(1),
        verdict(2)
    );
    remark(&mut text, figures, "tail");
    text
}

fn memory(figures: &Figures) -> String {
    let mut text = String::from(
        "\
## Memory of a wait

The size of a waiting future, and its bytes on the heap, while 1 000 of them wait together. Allocations of a primitive's constructor
do not count: that of asyncband's barrier reserves memory for all wakers.

| | | future | heap | together | ratio |
|---|---|--:|--:|--:|--:|
",
    );
    for footprint in &figures.memory {
        let Footprint {
            primitive,
            implementation,
            future,
            heap,
        } = footprint;
        let mut all = figures.memory.iter();
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
    remark(&mut text, figures, "memory");
    text
}

fn extras(figures: &Figures) -> String {
    let mut text = String::new();
    for group in EXTRAS {
        if let Some(rows) = figures.measured.groups.get(group) {
            if text.is_empty() {
                text.push_str("## Without a target\n\n");
            }
            let _ = writeln!(text, "### {group}\n\n{}", table(rows));
        }
    }
    text
}

fn remark(text: &mut String, figures: &Figures, section: &str) {
    if let Some(remark) = figures.remarks.get(section) {
        let _ = writeln!(text, "\n{}", remark.trim());
    }
}
