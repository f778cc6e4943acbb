//! The command line.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::walk::Roots;

/// Counts the words of all text files in a folder, under four executors and on
/// plain threads, and compares the results.
///
/// A word is a run of letters and digits; upper and lower case are the same. The
/// program ignores hidden files, symbolic links, Cargo's target folders, and files
/// that a .gitignore file excludes. It skips files that it cannot read or that are
/// not UTF-8, and lists them at the end.
#[derive(Debug, Parser)]
#[command(name = "wordcount")]
pub(crate) struct Arguments {
    /// Folder or single file to read [default: the sources and documents of aiosync]
    dir: Option<PathBuf>,

    /// Number of workers that count words, 1 to 256
    #[arg(long, value_name = "N", default_value = "4")]
    #[arg(value_parser = number::<1, 256>, allow_negative_numbers = true)]
    pub(crate) workers: usize,

    /// Maximum number of files that are open at the same time, 1 to 256
    #[arg(long, value_name = "N", default_value = "8")]
    #[arg(value_parser = number::<1, 256>, allow_negative_numbers = true)]
    pub(crate) open: usize,

    /// Maximum number of paths in the queue, 1 to 1000000
    #[arg(long, value_name = "N", default_value = "64")]
    #[arg(value_parser = number::<1, 1_000_000>, allow_negative_numbers = true)]
    pub(crate) capacity: usize,

    /// Number of frequent words to print, 0 to 1000
    #[arg(long, value_name = "N", default_value = "10")]
    #[arg(value_parser = number::<0, 1000>, allow_negative_numbers = true)]
    pub(crate) top: usize,
}

impl Arguments {
    /// Reads the arguments of this process. If they are invalid, ends the process with a
    /// message and code 2.
    pub(crate) fn read() -> Self {
        Self::parse()
    }

    /// Returns the folders and files to count. If there are none, ends the process with a
    /// message and code 2.
    pub(crate) fn roots(&self) -> Roots {
        let roots = match &self.dir {
            Some(dir) => check(dir).map(|()| Roots::one(dir.clone())),
            None => own_sources(),
        };
        match roots {
            Ok(roots) => roots,
            Err(message) => Self::command()
                .error(ErrorKind::ValueValidation, message)
                .exit(),
        }
    }
}

/// Parses a number in a range.
fn number<const LEAST: usize, const MOST: usize>(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {LEAST} to {MOST}")),
    }
}

/// Checks that DIR is a folder or a regular file. Devices and pipes are refused, because they
/// may have no end. A symbolic link is followed.
fn check(dir: &Path) -> Result<(), String> {
    let rule = "DIR must be a folder or a regular file";
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() || found.is_file() => Ok(()),
        Ok(_) => Err(format!("{rule}, but {dir:?} is neither")),
        Err(error) => Err(format!("{rule}, but {dir:?} cannot be used: {error}")),
    }
}

/// Returns the sources of aiosync.
fn own_sources() -> Result<Roots, String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2).unwrap_or(package);
    let names = [
        "src",
        "tests",
        "benches",
        "docs",
        "examples",
        "README.md",
        "CHANGELOG.md",
        "Cargo.toml",
    ];
    let paths = names.map(|name| root.join(name));
    Roots::some(paths.into_iter().filter(|path| path.exists()))
        .ok_or_else(|| format!("the sources of aiosync are no longer in {root:?}; name a DIR"))
}
