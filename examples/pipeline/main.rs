#![forbid(unsafe_code)]
//! Counts the lines of this repository's files in a pipeline. On Ctrl-C it shuts down in
//! order: it counts exactly the files that have entered the pipeline.
//!
//! ```text
//! cargo run -p pipeline [-- --forever]
//! ```
//!
//! One task walks the folders, several read, several count, and one adds up. Between the
//! stages are bounded queues, so the walk is no faster than the count. When a stage ends, it
//! closes the next queue. Ctrl-C sets an `Event`, from the thread that handles the signal.
//! The walk checks it and stops, and then the other stages end. A second Ctrl-C ends the
//! program at once. With `--forever`, the walk starts again whenever it is complete.
//!
//! Exit code: 0 if the totals are those of a plain count of the files that entered.

mod stages;
#[path = "../usage.rs"]
mod usage;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::thread;
use std::{fs, io};

use aiosync::Event;
use async_executor::Executor;
use futures_concurrency::prelude::*;
use futures_lite::future;
use walkdir::WalkDir;

use crate::stages::{Pipeline, Totals, kind};

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The number of threads of the executor.
const THREADS: usize = 2;

/// Set by the first Ctrl-C.
static STOP: Event = Event::new();

fn main() -> ExitCode {
    let [forever] = usage::read(
        "Counts the lines of this repository's files. Ctrl-C stops it after the files in progress.",
        [(
            "--forever",
            "Counts the files again and again, until Ctrl-C",
        )],
    );
    match run(forever) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(forever: bool) -> io::Result<()> {
    ctrlc::set_handler(|| {
        if STOP.is_set() {
            process::exit(130);
        }
        STOP.set();
    })
    .map_err(io::Error::other)?;

    let files = files(Path::new(ROOT))?;
    let (entered, totals) = flow(&Pipeline::new(&STOP), &files, forever);
    let totals = totals?;
    for (kind, total) in &totals {
        println!(
            "{kind:8} {:>8} files {:>10} lines",
            total.files, total.lines
        );
    }
    let end = if STOP.is_set() {
        "stopped by Ctrl-C"
    } else {
        "complete"
    };
    let files_in: u64 = entered.values().sum();
    let files_out: u64 = totals.values().map(|total| total.files).sum();
    println!("{end}: {files_in} files in, {files_out} files out");

    if totals != plain(&entered)? || files_out == 0 {
        return Err(io::Error::other(
            "the totals differ from those of a count without the pipeline",
        ));
    }
    Ok(())
}

fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "docs", "examples"] {
        for entry in WalkDir::new(root.join(folder)).sort_by_file_name() {
            let entry = entry?;
            // A picture has no lines.
            let is_picture = entry.path().extension().is_some_and(|kind| kind == "png");
            if entry.file_type().is_file() && !is_picture {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}

/// Runs the pipeline. Returns the number of times that each file entered it, and the totals.
fn flow(
    pipeline: &Pipeline,
    files: &[PathBuf],
    forever: bool,
) -> (HashMap<PathBuf, u64>, io::Result<Totals>) {
    let executor = Executor::new();
    let end = Event::new();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| future::block_on(executor.run(end.wait())));
        }
        let (entered, (), (), totals) = future::block_on(
            (
                pipeline.walk(files, forever),
                pipeline.read(&executor),
                pipeline.count(&executor),
                pipeline.add_up(),
            )
                .join(),
        );
        end.set();
        (entered, totals)
    })
}

/// Counts the same files without a pipeline.
fn plain(entered: &HashMap<PathBuf, u64>) -> io::Result<Totals> {
    let mut totals = Totals::new();
    for (path, times) in entered {
        let lines = fs::read_to_string(path)?.lines().count() as u64;
        let total = totals.entry(kind(path)).or_default();
        total.files += times;
        total.lines += times * lines;
    }
    Ok(totals)
}
