//! Counting instructions with Callgrind.
#![forbid(unsafe_code)]

use std::error::Error;
use std::process::{Command, Stdio};
use std::{env, fs};

use super::paths::Path;

/// The first argument of a process whose instructions are counted.
pub(crate) const RUN: &str = "--run";

/// The rounds of the two processes that count one path. Both are multiples of a batch.
const FEW: u64 = 480;
pub(crate) const MANY: u64 = 2_480;

/// Runs valgrind, which is installed.
pub(crate) struct Counter {
    /// The version of the compiler.
    pub(crate) rustc: String,
}

impl Counter {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let version = |program: &str| {
            let output = Command::new(program).arg("--version").output();
            let output = output.map_err(|error| format!("cannot run {program}: {error}"))?;
            Ok::<_, Box<dyn Error>>(String::from_utf8(output.stdout)?.trim().to_owned())
        };
        version("valgrind").map_err(|error| {
            format!("{error}. Callgrind counts the instructions: install valgrind")
        })?;
        let rustc = version("rustc")?;
        Ok(Self { rustc })
    }

    /// Returns the instructions of one round.
    pub(crate) fn count(&self, path: &Path) -> Result<f64, Box<dyn Error>> {
        let few = self.total(path, FEW)?;
        let many = self.total(path, MANY)?;
        let more = many
            .checked_sub(few)
            .ok_or("more rounds took fewer instructions")?;
        Ok(more as f64 / (MANY - FEW) as f64)
    }

    /// Returns the instructions of a process that runs `rounds` rounds.
    fn total(&self, path: &Path, rounds: u64) -> Result<u64, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("counts");
        let output = Command::new("valgrind")
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(env::current_exe()?)
            .args([RUN, path.name, path.implementation, &rounds.to_string()])
            // The length of the environment would move the stack.
            .env_clear()
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            let (name, implementation) = (path.name, path.implementation);
            return Err(format!("{name}, {implementation}: {}\n{message}", output.status).into());
        }
        let counts = fs::read_to_string(&file)?;
        let total = counts
            .lines()
            .find_map(|line| line.strip_prefix("totals: "));
        Ok(total.ok_or("callgrind wrote no totals")?.trim().parse()?)
    }
}
