//! The page: `docs/benchmarks.md`. It is a page of the rustdoc too, so links out of it and
//! pictures have labels, which are defined at its end.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write;

use super::choice;
use super::crates;
use super::curves;
use super::figures::{Figures, Rows, nanoseconds};
use super::machine::Origin;
use super::records::{CURVES, Footprint, MEASURED_FOR};
use super::remarks::{Remarks, Section};
use super::rows;
use super::workloads::{
    BASELINE, EXTRAS, OURS, SECTIONS, SINGLE, SetUp, Workload, capitalized, heading, workloads,
};

/// The folder of the charts, next to the page.
pub(crate) const FOLDER: &str = "benchmarks";

/// Returns the primitives, in the order of the workloads.
pub(crate) fn primitives() -> Vec<&'static str> {
    let mut primitives: Vec<_> = workloads().map(Workload::primitive).collect();
    primitives.dedup();
    primitives
}

/// Returns the page as Markdown.
pub(crate) fn markdown(figures: &Figures, remarks: &Remarks) -> String {
    let mut page = String::new();
    let sections = [
        beginning(figures),
        origin(figures),
        crates::section(),
        summary(figures),
        sections(figures, remarks),
        curves::growth(figures, remarks),
        curves::tails(figures, remarks),
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
fn link(workload: &Workload) -> String {
    format!("[{}](#{})", workload.title(), anchor(workload.section()))
}

/// Returns the anchor of a heading.
pub(crate) fn anchor(heading: &str) -> String {
    let letters = heading.chars();
    letters.filter(|letter| *letter != '/').collect()
}

fn beginning(figures: &Figures) -> String {
    let notice = if figures.is_trial {
        "**These figures are from a trial, which only tries the tools. They say nothing about speed.**\n\n"
    } else {
        ""
    };
    format!(
        "\
<!-- Written by `cargo benchmarks`. The remarks are in benches/report/remarks.toml. -->

# Benchmarks

aiosync and other crates do the same work. Times are in nanoseconds per operation. [Decision 11][decision-11] says where the time
goes, and what was tried without success.

{notice}{}
![The time of an operation in five workloads, for aiosync and other crates][chart]
",
        choice::lines(figures),
    )
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
per pass. A figure is the median of the three passes. If the passes differ by more than 20 %, brackets show the lowest and the
highest. All rows of a workload do the same work in the same way. The comment at the top of each file in `benches/` says what one
operation is.

A *ratio* is the time of a peer divided by that of aiosync: above 1, aiosync is faster. Two times count as equal if they are within
{tie} of each other, or if they are within 20 % and the passes disagree about which is shorter. A pass measures the rows of a workload
one after the other, so what slows the machine down in one pass slows most of them.
`{BASELINE}` blocks its thread, so it is a baseline and not a peer.

A workload on two threads runs in two set-ups:

- *{pinned}*: async-executor, with each thread pinned to a processor of its own. No thread moves to another processor, so these
  figures show what the primitive itself costs.
- *{tokio}*: the multi-thread runtime of tokio with two workers, as users run it. The threads are not pinned. A woken task runs
  before the other tasks of its thread, and tokio's primitives yield from time to time, even if they need not wait.

Figures depend on the processor. All figures are from this machine:

| | |
|---|---|
| machine | {machine} |
| kernel | {kernel} |
| compiler | {rustc} |
| commit | `{commit}` |
| date | {date} |
| versions | {versions} |

To repeat the run, use a machine that does nothing else. The run took {minutes} minutes, without the build:

```sh
cargo benchmarks
```
",
        tie = choice::tie(),
        pinned = SetUp::Pinned.name(),
        tokio = SetUp::Tokio.name(),
    )
}

fn summary(figures: &Figures) -> String {
    let machine = &figures.origin.machine;
    let mut text = format!(
        "\
## All workloads

| workload | aiosync | tokio | fastest peer | ratio on {machine} | |
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

fn sections(figures: &Figures, remarks: &Remarks) -> String {
    let mut text = String::new();
    let mut last = "";
    for set_ups in SECTIONS {
        let workload = &set_ups[0];
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
        let table = match set_ups {
            [_] => table(workload.group, figures.rows(workload.group)),
            _ => table_of_set_ups(set_ups, figures),
        };
        let _ = writeln!(text, "{table}");
        let remark = remarks.text(Section::Workload(workload.group));
        if !remark.is_empty() {
            let _ = writeln!(text, "{remark}");
        }
    }
    text
}

/// Returns one table for all set-ups of a workload. The row that is the fastest in the first
/// one comes first.
fn table_of_set_ups(set_ups: &[Workload], figures: &Figures) -> String {
    let (mut heads, mut lines) = (String::from("| |"), String::from("|---|"));
    for workload in set_ups {
        let name = workload.set_up.map_or("", SetUp::name);
        let _ = write!(heads, " {name}: ns | ratio | |");
        lines.push_str("--:|--:|---|");
    }
    let mut table = format!("{heads} what is measured |\n{lines}---|\n");
    let group = set_ups[0].group;
    for (name, _) in figures.rows(group).sorted() {
        let _ = write!(table, "| {} |", shown(name));
        for workload in set_ups {
            let _ = write!(table, " {} |", cells(figures.rows(workload.group), name));
        }
        let what = rows::measured(group, name).unwrap_or_default();
        let _ = writeln!(table, " {what} |");
    }
    table
}

/// Returns the table of a group, the fastest row first.
fn table(group: &str, rows: &Rows) -> String {
    let mut table = String::from("| | ns | ratio | | what is measured |\n|---|--:|--:|---|---|\n");
    for (name, _) in rows.sorted() {
        let (shown, cells) = (shown(name), cells(rows, name));
        let what = rows::measured(group, name).unwrap_or_default();
        let _ = writeln!(table, "| {shown} | {cells} | {what} |");
    }
    table
}

/// Returns the name of a row as a table shows it.
fn shown(name: &str) -> String {
    match name {
        OURS => format!("**{name}**"),
        _ => name.to_owned(),
    }
}

/// Returns the time of a row, its ratio, and how it compares.
fn cells(rows: &Rows, name: &str) -> String {
    let row = rows.0[name];
    let mark = match name {
        BASELINE => "baseline",
        SINGLE => "",
        _ if rows.faster().contains(&name) => "**faster**",
        _ if rows.equal().contains(&name) => "equal",
        _ => "",
    };
    let ratio = rows.ratio(row).filter(|_| name != OURS);
    let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    format!("{row} | {ratio} | {mark}")
}

fn memory(memory: &[Footprint], remarks: &Remarks) -> String {
    let mut text = String::from(
        "\
## Memory of a wait

The size of a waiting future, and its bytes on the heap, while 1 000 of them wait together. The allocations of a constructor do not
count: asyncband's barrier reserves memory for all wakers there. tokio's event is a `sync::Notify` here. tokio has no condition, and
its channel has one receiver, so tokio has no rows for a condition and for a waiting `get`.

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
        "\
## Other measurements

The first of these workloads shows how much of a hand-off the executor takes. The others compare two ways to do the same work.

",
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
    let _ = writeln!(text, "[growth-by-hand]: {FOLDER}/growth-by-hand.svg");
    for (label, target) in links(remarks) {
        let _ = writeln!(text, "[{label}]: {target}");
    }
    text
}

/// Returns the labels of the remarks and of the generated text, with their targets.
fn links(remarks: &Remarks) -> BTreeMap<&str, &str> {
    let remarks = remarks.links().iter();
    let remarks = remarks.map(|(label, target)| (&**label, &**target));
    remarks.chain(choice::LINKS).collect()
}

/// Returns what the command prints: the workloads in which a peer is faster.
pub(crate) fn losses(figures: &Figures) -> String {
    let mut text = String::new();
    let all = workloads().count();
    let mut first = all;
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
    format!("aiosync is the fastest in {first} of {all} workloads. A peer is faster in:\n{text}")
}
