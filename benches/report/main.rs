#![forbid(unsafe_code)]
//! Measures everything and writes `docs/benchmarks.md` with its charts: `cargo benchmarks`.
//!
//! | command | effect |
//! |---|---|
//! | `cargo benchmarks` | runs all benchmarks in three passes, stores the run in `run.json`, writes the page |
//! | `cargo benchmarks --page` | writes the page again, from the stored run |
//! | `cargo benchmarks --trial` | makes a short run, and writes everything below the target folder |
//!
//! | module | contents |
//! |---|---|
//! | [`run`] | a run: its passes, and where it comes from |
//! | [`machine`] | machine, compiler, commit, versions |
//! | [`measured`], [`records`] | the results of criterion, and those of `growth` and `memory` |
//! | [`figures`] | the median and the spread of the passes |
//! | [`workloads`], [`rows`] | the workloads, their peers, and what each row measures |
//! | [`choice`], [`page`], [`crates`](mod@crates), [`curves`], [`remarks`] | the Markdown |
//! | [`charts`], [`svg`] | the pictures |
//! | [`write`](mod@write) | writing the files |

mod charts;
mod choice;
mod crates;
mod curves;
mod figures;
mod machine;
mod measured;
mod page;
#[path = "../harness/records.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest")]
mod records;
mod remarks;
mod rows;
mod run;
mod svg;
mod workloads;
mod write;

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use run::Run;
use write::{PAGE, Paths};

/// Renews the copies of the pictures in the rustdoc.
const RENEW: &str = "UPDATE_SNAPSHOTS=yes cargo test --all-features --test it documents";

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments = env::args().skip(1).filter(|word| word != "--bench");
    match report(&arguments.collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("no report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = benches.parent().ok_or("the package is in no folder")?;
    let mut paths = Paths {
        run: benches.join("report/run.json"),
        remarks: benches.join("report/remarks.toml"),
        documents: root.join("docs"),
    };
    match arguments {
        [] => write::store(&paths, Run::measure(root, false)?)?,
        [option] if option == "--page" => {}
        [option] if option == "--trial" => {
            let folder = records::folder().join("trial");
            fs::create_dir_all(&folder)?;
            paths.run = folder.join("run.json");
            paths.documents = folder;
            write::store(&paths, Run::measure(root, true)?)?;
        }
        other => {
            let other = other.join(" ");
            return Err(format!(
                "{other:?} is not an option. Usage: cargo benchmarks [--page | --trial]"
            )
            .into());
        }
    }
    let losses = write::write(&paths)?;
    println!("{losses}");
    println!("written: {}", paths.documents.join(PAGE).display());
    if paths.documents == root.join("docs") {
        println!("The rustdoc has copies of the pictures. To renew them: {RENEW}");
    }
    Ok(())
}
