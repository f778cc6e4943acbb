//! Writing the page and the charts.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use super::charts;
use super::machine::Origin;
use super::measured::Measured;
use super::page::{self, Figures};
use super::records::{self, CONTESTANTS, CURVES, Footprint, Growth, WAITING};
use super::verdict::{Verdict, verdict};
use super::workloads::{OURS, WORKLOADS};

/// The files that the report reads and writes.
pub(crate) struct Paths {
    /// The folder of `growth.json` and `memory.json`.
    pub(crate) records: PathBuf,
    /// The file of the remarks by workload, as TOML.
    pub(crate) remarks: PathBuf,
    /// The folder of the page and of the folder of charts.
    pub(crate) documents: PathBuf,
}

/// Writes the page and the charts. Returns the number of targets that are met, and the
/// number of all targets.
pub(crate) fn write(
    paths: &Paths,
    measured: Measured,
    origin: Origin,
) -> Result<(usize, usize), Box<dyn Error>> {
    let figures = Figures {
        origin,
        measured,
        growth: growth(&paths.records)?,
        memory: memory(&paths.records)?,
        remarks: remarks(&paths.remarks)?,
    };

    let folder = paths.documents.join(page::FOLDER);
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join("ratios.svg"),
        charts::ratios(&figures.measured)?,
    )?;
    for primitive in CURVES {
        let chart = charts::growth(&figures.growth, primitive)?;
        fs::write(folder.join(format!("growth-{primitive}.svg")), chart)?;
    }
    fs::write(
        paths.documents.join("benchmarks.md"),
        page::markdown(&figures),
    )?;

    let verdicts = WORKLOADS
        .iter()
        .map(|workload| verdict(&figures.measured, workload));
    let met = verdicts.filter(|verdict| *verdict == Verdict::Met).count();
    let tails = [1, 2].map(|threads| page::tail_is_met(&figures.growth, threads));
    let tails_met = tails.iter().filter(|is_met| **is_met).count();
    Ok((met + tails_met, WORKLOADS.len() + tails.len()))
}

/// Reads the figures of `growth`. Fails if a point is missing.
fn growth(folder: &Path) -> Result<Growth, Box<dyn Error>> {
    let file = folder.join(records::GROWTH);
    let growth: Growth = records::read(&file).map_err(|error| {
        format!("no curves: `cargo bench --bench growth` measures them ({error})")
    })?;
    let mut missing = Vec::new();
    for name in CONTESTANTS {
        for threads in [1, 2] {
            for (primitive, waiting) in CURVES
                .iter()
                .flat_map(|curve| WAITING.map(|waiting| (*curve, waiting)))
            {
                let is_there = growth.points.iter().any(|point| {
                    (point.primitive.as_str(), point.implementation.as_str()) == (primitive, name)
                        && (point.threads, point.waiting) == (threads, waiting)
                });
                if !is_there {
                    missing.push(format!(
                        "{primitive}, {name}, {threads} threads, {waiting} waiting"
                    ));
                }
            }
            let mut tails = growth.tails.iter();
            if !tails.any(|tail| tail.implementation == name && tail.threads == threads) {
                missing.push(format!("tail, {name}, {threads} threads"));
            }
        }
    }
    if missing.is_empty() {
        Ok(growth)
    } else {
        let (file, missing) = (file.display(), missing.join("\n  "));
        Err(
            format!("{file} is incomplete; `cargo bench --bench growth` writes it:\n  {missing}")
                .into(),
        )
    }
}

fn memory(folder: &Path) -> Result<Vec<Footprint>, Box<dyn Error>> {
    let memory: Vec<Footprint> = records::read(&folder.join(records::MEMORY)).map_err(|error| {
        format!("no footprints: `cargo bench --bench memory` measures them ({error})")
    })?;
    if memory
        .iter()
        .any(|footprint| footprint.implementation == OURS)
    {
        Ok(memory)
    } else {
        Err("no footprint of aiosync: `cargo bench --bench memory` measures them".into())
    }
}

/// Reads the remarks. Fails if one belongs to no workload or section.
fn remarks(file: &Path) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    let remarks: BTreeMap<String, String> =
        toml::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
    for name in remarks.keys() {
        let is_workload = WORKLOADS.iter().any(|workload| workload.group == name);
        if !is_workload && !["growth", "tail", "memory"].contains(&name.as_str()) {
            return Err(format!("{shown}: there is no workload {name:?}").into());
        }
    }
    Ok(remarks)
}
