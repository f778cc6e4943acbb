//! The results of criterion.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde::Deserialize;
use walkdir::WalkDir;

use super::records;
use super::workloads::{EXTRAS, OURS, WORKLOADS};

/// The median time of one operation, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Median {
    pub(crate) value: f64,
    /// The ends of the interval that holds the median with criterion's confidence level.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The rows of one workload, by implementation.
pub(crate) type Rows = BTreeMap<String, Median>;

/// The last run of each benchmark.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) groups: BTreeMap<String, Rows>,
    /// The times of the first and the last result.
    pub(crate) times: (SystemTime, SystemTime),
}

/// `benchmark.json`
#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
}

/// `estimates.json`
#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    confidence_interval: Interval,
    point_estimate: f64,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// Reads the results of our workloads from criterion's folder.
pub(crate) fn read(folder: &Path) -> Result<Measured, Box<dyn Error>> {
    let mut groups: BTreeMap<String, Rows> = BTreeMap::new();
    let mut times: Option<(SystemTime, SystemTime)> = None;
    for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        let is_new = entry.path().parent().is_some_and(|at| at.ends_with("new"));
        if !is_new || entry.file_name() != "benchmark.json" {
            continue;
        }
        let benchmark: Benchmark = records::read(entry.path())?;
        let (group, row) = (
            benchmark.group_id,
            benchmark.function_id.unwrap_or_default(),
        );
        if !is_known(&group, &row) {
            continue;
        }
        let estimates = entry.path().with_file_name("estimates.json");
        let Estimate {
            confidence_interval,
            point_estimate,
        } = records::read::<Estimates>(&estimates)?.median;
        let median = Median {
            value: point_estimate,
            low: confidence_interval.lower_bound,
            high: confidence_interval.upper_bound,
        };
        let time = fs::metadata(&estimates)?.modified()?;
        let (first, last) = times.unwrap_or((time, time));
        times = Some((first.min(time), last.max(time)));
        groups.entry(group).or_default().insert(row, median);
    }
    let Some(times) = times else {
        let folder = folder.display();
        return Err(format!("{folder} has no results: run `cargo bench` first").into());
    };
    let measured = Measured { groups, times };
    let missing = measured.missing();
    if missing.is_empty() {
        Ok(measured)
    } else {
        let (count, missing) = (missing.len(), missing.join("\n  "));
        Err(format!("{count} rows are missing; `cargo bench` measures them:\n  {missing}").into())
    }
}

/// Returns whether a row belongs to a workload. The folder keeps the results of benchmarks
/// that no longer exist.
fn is_known(group: &str, row: &str) -> bool {
    let mut workloads = WORKLOADS.iter();
    match workloads.find(|workload| workload.group == group) {
        Some(workload) => row == OURS || workload.peers.contains(&row),
        None => EXTRAS.contains(&group),
    }
}

impl Measured {
    /// Returns the rows of the workloads that have no result.
    fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for workload in &WORKLOADS {
            let rows = self.groups.get(workload.group);
            for &name in [OURS].iter().chain(workload.peers) {
                if !rows.is_some_and(|rows| rows.contains_key(name)) {
                    missing.push(format!("{}/{name}", workload.group));
                }
            }
        }
        missing
    }

    /// Returns the median of `aiosync` in a group.
    pub(crate) fn ours(&self, group: &str) -> Median {
        self.groups[group][OURS]
    }
}
