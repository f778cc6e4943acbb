//! Writing the page and the charts.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use super::charts;
use super::figures::Figures;
use super::page::{self, FOLDER};
use super::records::{self, CURVES};
use super::remarks::Remarks;
use super::run::Run;

/// The files that the report reads and writes.
pub(crate) struct Paths {
    /// The stored run, as JSON.
    pub(crate) run: PathBuf,
    /// The remarks, as TOML.
    pub(crate) remarks: PathBuf,
    /// The folder of the page and of the folder of charts.
    pub(crate) documents: PathBuf,
}

/// The name of the page.
pub(crate) const PAGE: &str = "benchmarks.md";

/// Stores a run, if it is complete. The stored one is the only one that pages are written from.
pub(crate) fn store(paths: &Paths, run: Run) -> Result<(), Box<dyn Error>> {
    let text = serde_json::to_string_pretty(&run)?;
    Figures::new(run)?;
    fs::write(&paths.run, text + "\n").map_err(|error| named(&paths.run, &error))
}

/// Writes the page and the charts from the stored run. Returns what the command prints.
pub(crate) fn write(paths: &Paths) -> Result<String, Box<dyn Error>> {
    let run: Run = records::read(&paths.run)
        .map_err(|error| format!("no run is stored; `cargo benchmarks` makes one ({error})"))?;
    let figures = Figures::new(run)?;
    let remarks = Remarks::read(&paths.remarks)?;
    let folder = paths.documents.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
    let write =
        |file: PathBuf, text: String| fs::write(&file, text).map_err(|error| named(&file, &error));
    write(folder.join("chart.svg"), charts::short(&figures))?;
    for primitive in page::primitives() {
        let chart = charts::primitive(&figures, primitive);
        write(folder.join(format!("bars-{primitive}.svg")), chart)?;
    }
    for primitive in CURVES {
        let chart = charts::growth(&figures, primitive);
        write(folder.join(format!("growth-{primitive}.svg")), chart)?;
    }
    let chart = charts::growth_by_hand(&figures);
    write(folder.join("growth-by-hand.svg"), chart)?;
    write(
        paths.documents.join(PAGE),
        page::markdown(&figures, &remarks),
    )?;
    Ok(page::losses(&figures))
}

fn named(file: &Path, error: &std::io::Error) -> Box<dyn Error> {
    format!("{}: {error}", file.display()).into()
}
