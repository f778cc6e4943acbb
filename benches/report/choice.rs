//! The start of the page: a few lines for readers who choose a crate. All figures in them come
//! from the run.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write;

use super::figures::{Figures, TIE};
use super::page::link;
use super::records::Footprint;
use super::workloads::{OURS, WORKLOADS, Workload, in_words};

/// Returns the lines, as a list.
pub(crate) fn lines(figures: &Figures) -> String {
    let mut lines = vec![fastest(figures), tokio(figures)];
    lines.extend(losses(figures));
    lines.push(memory(&figures.memory));
    lines.retain(|line| !line.is_empty());
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "- {line}");
    }
    text
}

/// Returns the percentage by which medians may differ and count as equal.
pub(crate) fn tie() -> String {
    format!("{:.0} %", (TIE - 1.0) * 100.0)
}

/// Says in how many workloads `aiosync` is the fastest, in all and for each primitive.
fn fastest(figures: &Figures) -> String {
    let (mut first, mut equal, mut slower) = (0, 0, 0);
    let mut by_primitive = Vec::<(&str, usize, usize)>::new();
    for (workload, rows) in figures.workloads() {
        let is_slower = !rows.faster().is_empty();
        *match (is_slower, rows.equal().is_empty()) {
            (true, _) => &mut slower,
            (false, true) => &mut first,
            (false, false) => &mut equal,
        } += 1;
        let counts = usize::from(!is_slower);
        match by_primitive.last_mut() {
            Some((name, not_slower, all)) if *name == workload.primitive() => {
                *not_slower += counts;
                *all += 1;
            }
            _ => by_primitive.push((workload.primitive(), counts, 1)),
        }
    }
    let by_primitive = by_primitive.iter();
    let by_primitive =
        by_primitive.map(|(name, count, all)| format!("{} {count} of {all}", in_words(name)));
    let by_primitive = by_primitive.collect::<Vec<_>>().join(", ");
    let all = WORKLOADS.len();
    format!(
        "**Of {all} workloads, aiosync is the fastest in {first}, equal to the fastest in {equal}, and slower in {slower}.** Fastest or equal: {by_primitive}."
    )
}

/// Compares with tokio.
fn tokio(figures: &Figures) -> String {
    let mut ratios = Vec::new();
    let mut faster = Vec::new();
    for (workload, rows) in figures.workloads() {
        if let Some(row) = rows.0.get("tokio") {
            ratios.extend(rows.ratio(*row));
        }
        if rows.faster().contains(&"tokio") {
            faster.push(link(workload));
        }
    }
    ratios.sort_by(f64::total_cmp);
    let (count, median) = (ratios.len(), ratios[ratios.len() / 2]);
    let mut line = format!(
        "**tokio** takes {:.2} to {:.1} times as long as aiosync in {count} workloads, with a median of {median:.1}.",
        ratios[0],
        ratios[count - 1],
    );
    if !faster.is_empty() {
        let _ = write!(line, " It is faster in: {}.", faster.join("; "));
    }
    line
}

/// Returns a line for each other peer that is the fastest in a workload.
fn losses(figures: &Figures) -> Vec<String> {
    let mut losses: BTreeMap<&str, Vec<(&Workload, f64)>> = BTreeMap::new();
    for (workload, rows) in figures.workloads() {
        // The line about tokio has its workloads already.
        if let Some(&name) = rows.faster().first().filter(|name| **name != "tokio") {
            let ratio = rows.ratio(rows.0[name]).unwrap_or(1.0);
            losses.entry(name).or_default().push((workload, ratio));
        }
    }
    let lines = losses.into_iter().map(|(name, workloads)| {
        let workloads = workloads.into_iter();
        let links = workloads.map(|(workload, ratio)| {
            format!("{}, in {ratio:.2} of aiosync's time", link(workload))
        });
        let links = links.collect::<Vec<_>>().join("; ");
        format!("**{name} is the fastest in:** {links}.")
    });
    lines.collect()
}

/// Compares the memory of waiting futures.
fn memory(memory: &[Footprint]) -> String {
    let ours = memory.iter().filter(|row| row.implementation == OURS);
    let (mut smaller, mut on_heap) = (Vec::new(), Vec::new());
    for ours in ours {
        if ours.heap > 0.0 {
            on_heap.push(&*ours.primitive);
        }
        let peers = memory.iter().filter(|row| row.primitive == ours.primitive);
        let least = peers.min_by(|one, other| one.bytes().total_cmp(&other.bytes()));
        if let Some(least) = least.filter(|least| least.bytes() < ours.bytes()) {
            smaller.push(format!(
                "{} ({} {:.0}, aiosync {:.0})",
                ours.primitive,
                least.implementation,
                least.bytes(),
                ours.bytes()
            ));
        }
    }
    let heap = if on_heap.is_empty() {
        "The measured waits of aiosync do not allocate.".to_owned()
    } else {
        format!("These waits of aiosync allocate: {}.", on_heap.join(", "))
    };
    let smaller = if smaller.is_empty() {
        "No peer needs fewer bytes for a wait.".to_owned()
    } else {
        format!(
            "A peer needs fewer bytes for a wait: {}.",
            smaller.join("; ")
        )
    };
    format!("**Memory.** {heap} {smaller} The [table](#memory-of-a-wait) has all bytes.")
}
