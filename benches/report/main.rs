#![forbid(unsafe_code)]
//! Writes `docs/benchmarks.md` and its charts from the last benchmarks: `cargo benchmarks`.
//!
//! | module | contents |
//! |---|---|
//! | [`workloads`] | the workloads, their peers and targets |
//! | [`measured`] | the results of criterion |
//! | [`records`] | the results of `growth` and `memory` |
//! | [`verdict`] | the verdict on a target: met, missed or lost |
//! | [`machine`] | machine, compiler, commit, versions |
//! | [`page`], [`charts`] | Markdown and SVG |
//! | [`write`](mod@write) | writing the files |
//!
//! Remarks, such as the reason why a target is missed, are written by hand in
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
use write::Paths;

fn main() -> ExitCode {
    match report() {
        Ok((met, all)) => {
            println!("docs/benchmarks.md was written: {met} of {all} targets are met");
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
    // Both Cargo's folder for records and criterion's folder are in the target folder.
    let target = records::folder().parent().unwrap_or(Path::new("target"));
    let criterion = match env::var_os("CRITERION_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => target.join("criterion"),
    };
    let measured = measured::read(&criterion)?;
    let origin = Origin::new(&root, measured.times)?;
    let paths = Paths {
        records: records::folder().to_owned(),
        remarks: benches.join("report/remarks.toml"),
        documents: root.join("docs"),
    };
    write::write(&paths, measured, origin)
}
