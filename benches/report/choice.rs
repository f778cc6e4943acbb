//! The start of the page: a few lines for readers who choose a crate. All figures in them come
//! from the run.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write;

use super::figures::{Figures, TIE};
use super::page::link;
use super::records::Footprint;
use super::workloads::{OURS, WORKLOADS, Workload};

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

/// Returns the percentage by which times may differ and count as equal.
pub(crate) fn tie() -> String {
    format!("{:.0} %", (TIE - 1.0) * 100.0)
}

/// Says how many workloads `aiosync` wins, in all and for each primitive.
fn fastest(figures: &Figures) -> String {
    let (mut first, mut by_primitive) = (0, Vec::<(&str, usize, usize)>::new());
    for (workload, rows) in figures.workloads() {
        let is_first = usize::from(rows.faster().is_empty());
        first += is_first;
        match by_primitive.last_mut() {
            Some((name, won, all)) if *name == workload.primitive() => {
                *won += is_first;
                *all += 1;
            }
            _ => by_primitive.push((workload.primitive(), is_first, 1)),
        }
    }
    let by_primitive = by_primitive.iter();
    let by_primitive = by_primitive.map(|(name, won, all)| format!("{name} {won} of {all}"));
    let by_primitive = by_primitive.collect::<Vec<_>>().join(", ");
    format!(
        "**aiosync is the fastest, or within {} of the fastest, in {first} of {} workloads:** {by_primitive}.",
        tie(),
        WORKLOADS.len(),
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
        if let Some((name, row)) = rows.peers().first() {
            // The line about tokio has its workloads already.
            if *name != "tokio" && rows.faster().contains(name) {
                let ratio = rows.ratio(*row).unwrap_or(1.0);
                losses.entry(name).or_default().push((workload, ratio));
            }
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
