//! The command line, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::walk::Places;

/// Counts the words of all text files below a folder, under four executors and
/// on plain threads, and compares the results.
///
/// A word is a run of letters and digits, as long as possible, in lower case. A
/// text file is one that is UTF-8. What .gitignore files exclude, hidden files,
/// symbolic links and Cargo's target folders are passed over. Files that cannot be
/// read or are not UTF-8 are left out and named at the end.
#[derive(Debug, Parser)]
#[command(name = "wordcount")]
pub(crate) struct Arguments {
    /// The folder, or one file [default: the sources and documents of aiosync]
    dir: Option<PathBuf>,

    /// How many workers count, 1 to 256
    #[arg(long, value_name = "N", default_value = "4")]
    #[arg(value_parser = number::<1, 256>, allow_negative_numbers = true)]
    pub(crate) workers: usize,

    /// How many files may be open at a time, 1 to 256
    #[arg(long, value_name = "N", default_value = "8")]
    #[arg(value_parser = number::<1, 256>, allow_negative_numbers = true)]
    pub(crate) open: usize,

    /// How many paths the queue holds, 1 to 1000000
    #[arg(long, value_name = "N", default_value = "64")]
    #[arg(value_parser = number::<1, 1_000_000>, allow_negative_numbers = true)]
    pub(crate) capacity: usize,

    /// How many of the most frequent words to print, 0 to 1000
    #[arg(long, value_name = "N", default_value = "10")]
    #[arg(value_parser = number::<0, 1000>, allow_negative_numbers = true)]
    pub(crate) top: usize,
}

impl Arguments {
    /// Those of this process. Unusable ones end it with a message and code 2.
    pub(crate) fn read() -> Self {
        Self::parse()
    }

    /// Where to count. If there is nothing to count at all, the process ends with a
    /// message and code 2.
    pub(crate) fn places(&self) -> Places {
        let places = match &self.dir {
            Some(dir) => check(dir).map(|()| Places::one(dir.clone())),
            None => own_sources(),
        };
        match places {
            Ok(places) => places,
            Err(message) => Self::command()
                .error(ErrorKind::ValueValidation, message)
                .exit(),
        }
    }
}

fn number<const LEAST: usize, const MOST: usize>(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {LEAST} to {MOST}")),
    }
}

/// A device or a pipe might have no end, so only folders and regular files are
/// accepted. A symbolic link given as DIR counts as what it points to.
fn check(dir: &Path) -> Result<(), String> {
    let rule = "DIR must be a folder or a regular file";
    match fs::metadata(dir) {
        Ok(found) if found.is_dir() || found.is_file() => Ok(()),
        Ok(_) => Err(format!("{rule}, and {dir:?} is neither")),
        Err(error) => Err(format!("{rule}, and {dir:?} cannot be used: {error}")),
    }
}

fn own_sources() -> Result<Places, String> {
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
    let there = names.map(|name| root.join(name));
    Places::some(there.into_iter().filter(|path| path.exists())).ok_or_else(|| {
        format!("the sources of aiosync, of which {root:?} was the folder, are gone: give DIR")
    })
}
