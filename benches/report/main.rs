#![forbid(unsafe_code)]
//! Turns the last benchmarks into `docs/benchmarks.md` and its charts: `cargo benchmarks`.
//!
//! | module | what |
//! |---|---|
//! | [`workloads`] | the workloads, their peers and targets |
//! | [`measured`] | what criterion has measured |
//! | [`records`] | what `growth` and `memory` have |
//! | [`verdict`] | whether a target is met |
//! | [`machine`] | machine, compiler, commit, versions |
//! | [`page`], [`charts`] | Markdown and SVG |
//! | [`write`](mod@write) | from the figures to the files |
//!
//! Remarks, such as the reason why a target is missed, are written by hand, in
//! `remarks.toml`.

mod charts;
mod machine;
mod measured;
mod page;
#[path = "../harness/records.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest")]
mod records;
mod verdict;
mod workloads;
mod write;

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use machine::Origin;
use write::Places;

fn main() -> ExitCode {
    match report() {
        Ok((met, all)) => {
            println!("docs/benchmarks.md is written: {met} of {all} targets are met");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("no report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<(usize, usize), Box<dyn Error>> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = benches.join("..");
    // Cargo's folder for records is in the target folder, where criterion's is too.
    let target = records::folder().parent().unwrap_or(Path::new("target"));
    let criterion = match env::var_os("CRITERION_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => target.join("criterion"),
    };
    let measured = measured::read(&criterion)?;
    let origin = Origin::new(&root, measured.times)?;
    let places = Places {
        records: records::folder().to_owned(),
        remarks: benches.join("report/remarks.toml"),
        documents: root.join("docs"),
    };
    write::write(&places, measured, origin)
}
