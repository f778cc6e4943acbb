//! A run: all benchmarks, in several passes, on one machine and from one commit.
//!
//! A run is stored as a whole, so a page cannot mix the rows of two runs. Nothing older can
//! get into a pass, because each pass starts with an empty folder.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::machine::Origin;
use super::measured;
use super::records::{self, Cost, Footprint, Growth};

/// The number of passes. The median of an odd number is a time that was measured.
pub(crate) const PASSES: usize = 3;

/// The median times in nanoseconds, by group and row.
pub(crate) type Times = BTreeMap<String, BTreeMap<String, f64>>;

/// The results of all benchmarks, measured once.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Pass {
    pub(crate) times: Times,
    pub(crate) growth: Growth,
    pub(crate) costs: Vec<Cost>,
    pub(crate) memory: Vec<Footprint>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Run {
    pub(crate) origin: Origin,
    /// Whether the run is short, and only tries the tools.
    pub(crate) is_trial: bool,
    /// The time of the whole run, without the build.
    pub(crate) minutes: u64,
    pub(crate) passes: Vec<Pass>,
}

impl Run {
    /// Builds and runs all benchmarks. A trial only tries the tools: it measures for a
    /// shorter time, and the code need not be committed.
    pub(crate) fn measure(root: &Path, is_trial: bool) -> Result<Self, Box<dyn Error>> {
        let origin = Origin::new(root)?;
        if !is_trial {
            origin.check_committed()?;
        }
        bench(root, &["--no-run"])?;
        let started = Instant::now();
        let mut passes = Vec::new();
        for number in 1..=PASSES {
            let minutes = started.elapsed().as_secs() / 60;
            println!("\npass {number} of {PASSES}, after {minutes} minutes\n");
            passes.push(pass(root, is_trial)?);
        }
        let minutes = started.elapsed().as_secs().div_ceil(60);
        origin.check_unchanged(&Origin::new(root)?)?;
        Ok(Self {
            origin,
            is_trial,
            minutes,
            passes,
        })
    }
}

/// Runs all benchmarks once.
fn pass(root: &Path, is_trial: bool) -> Result<Pass, Box<dyn Error>> {
    let files = [records::GROWTH, records::COSTS_FILE, records::MEMORY];
    let [growth, costs, memory] = files.map(|name| records::folder().join(name));
    for file in [&growth, &costs, &memory] {
        ignore_missing(fs::remove_file(file))?;
    }
    ignore_missing(fs::remove_dir_all(criterion()))?;
    let options: &[&str] = if is_trial { &["--quick"] } else { &[] };
    bench(root, &[&["--", "--quiet"], options].concat())?;
    Ok(Pass {
        times: measured::read(&criterion())?,
        growth: records::read(&growth)?,
        costs: records::read(&costs)?,
        memory: records::read(&memory)?,
    })
}

/// Returns the folder in which criterion stores the results of a pass.
fn criterion() -> PathBuf {
    records::folder().join("criterion")
}

fn ignore_missing(removed: std::io::Result<()>) -> std::io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Runs `cargo bench` with the target folder of this program.
fn bench(root: &Path, options: &[&str]) -> Result<(), Box<dyn Error>> {
    // Cargo says which Cargo runs this program.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let target = records::folder().parent().unwrap_or(Path::new("target"));
    let mut command = Command::new(cargo);
    command
        .args([
            "bench",
            "--locked",
            "--package",
            "aiosync-benches",
            "--benches",
        ])
        .arg("--target-dir")
        .arg(target)
        .args(options)
        .env("CRITERION_HOME", criterion())
        .current_dir(root);
    let status = command.status();
    let status = status.map_err(|error| format!("{command:?} does not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} fails: {status}").into())
    }
}
