//! The results of criterion.
#![forbid(unsafe_code)]

use std::error::Error;
use std::path::Path;

use serde::Deserialize;
use walkdir::WalkDir;

use super::records;
use super::run::Times;

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
    point_estimate: f64,
}

/// Reads the median of each row from criterion's folder.
pub(crate) fn read(folder: &Path) -> Result<Times, Box<dyn Error>> {
    let mut times = Times::new();
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        let is_new = entry.path().parent().is_some_and(|at| at.ends_with("new"));
        if !is_new || entry.file_name() != "benchmark.json" {
            continue;
        }
        let benchmark: Benchmark = records::read(entry.path())?;
        let estimates = entry.path().with_file_name("estimates.json");
        let median = records::read::<Estimates>(&estimates)?
            .median
            .point_estimate;
        // In whole picoseconds, so that the stored run is short.
        let median = (median * 1e3).round() / 1e3;
        let rows = times.entry(benchmark.group_id).or_default();
        rows.insert(benchmark.function_id.unwrap_or_default(), median);
    }
    Ok(times)
}
