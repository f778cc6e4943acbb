//! The verdict on a workload: whether its goals are met.
#![forbid(unsafe_code)]

use std::fmt;

use super::measured::{Measured, Rows};
use super::workloads::{BASELINE, Goal, OURS, Workload};

/// The verdict on a workload, from the best to the worst.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    Met,
    /// Faster than the peers that it must beat, but not by enough.
    Missed(String),
    /// Slower than these peers, which it must beat.
    LostTo(Vec<String>),
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Met => write!(out, "met"),
            Self::Missed(by) => write!(out, "**missed**: {by}"),
            Self::LostTo(peers) => write!(out, "**lost to {}**", peers.join(", ")),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AheadOfAllBut([]) => write!(out, "ahead of all"),
            Self::AheadOfAllBut(exceptions) => {
                write!(out, "ahead of all but {}", exceptions.join(", "))
            }
            Self::Times(1.0, peer) => write!(out, "no slower than {peer}"),
            Self::Times(factor, peer) => write!(out, "≤ {factor} × {peer}"),
            Self::TimesTheBest(factor) => write!(out, "≤ {factor} × the best"),
            Self::Nanoseconds(limit) => write!(out, "≤ {limit} ns"),
            Self::TimesItself(factor, group) => write!(out, "≤ {factor} × `{group}`"),
        }
    }
}

/// Returns the fastest peer and its median. The baseline does not count.
pub(crate) fn best(rows: &Rows) -> Option<(&str, f64)> {
    let peers = rows
        .iter()
        .filter(|(name, _)| *name != OURS && *name != BASELINE);
    let values = peers.map(|(name, median)| (name.as_str(), median.value));
    values.min_by(|left, right| left.1.total_cmp(&right.1))
}

impl Goal {
    fn verdict(&self, measured: &Measured, rows: &Rows) -> Verdict {
        let ours = rows[OURS].value;
        let (limit, compared, is_peer) = match *self {
            Self::AheadOfAllBut(exceptions) => {
                let ahead = rows.iter().filter(|(name, median)| {
                    median.value < ours && *name != BASELINE && !exceptions.contains(&name.as_str())
                });
                let ahead: Vec<_> = ahead.map(|(name, _)| name.clone()).collect();
                return if ahead.is_empty() {
                    Verdict::Met
                } else {
                    Verdict::LostTo(ahead)
                };
            }
            Self::Nanoseconds(limit) => {
                return if ours <= limit {
                    Verdict::Met
                } else {
                    Verdict::Missed(format!("{ours:.2} ns"))
                };
            }
            Self::Times(factor, peer) => (factor, (peer, rows[peer].value), peer != BASELINE),
            Self::TimesTheBest(factor) => {
                let best = best(rows).expect("each workload has peers");
                (factor, best, true)
            }
            Self::TimesItself(factor, group) => {
                (factor, (group, measured.ours(group).value), false)
            }
        };
        let (name, other) = compared;
        if ours <= limit * other {
            Verdict::Met
        } else if is_peer && ours > other {
            Verdict::LostTo(vec![name.to_owned()])
        } else {
            Verdict::Missed(format!("{:.2} × {name}", ours / other))
        }
    }
}

/// Returns the worst verdict of all goals. If goals are lost, it names all their peers.
pub(crate) fn verdict(measured: &Measured, workload: &Workload) -> Verdict {
    let rows = &measured.groups[workload.group];
    let (mut missed, mut lost) = (Vec::new(), Vec::new());
    for goal in workload.goals {
        match goal.verdict(measured, rows) {
            Verdict::Met => {}
            Verdict::Missed(by) => missed.push(by),
            Verdict::LostTo(peers) => lost.extend(peers),
        }
    }
    lost.sort();
    lost.dedup();
    if !lost.is_empty() {
        Verdict::LostTo(lost)
    } else if !missed.is_empty() {
        Verdict::Missed(missed.join(", "))
    } else {
        Verdict::Met
    }
}
