//! Counting, by means of Callgrind.
#![forbid(unsafe_code)]

use std::error::Error;
use std::process::{Command, Stdio};
use std::{env, fs};

use super::paths::Path;

/// The first argument of the process that is counted.
pub(crate) const RUN: &str = "--run";

const FEW: u64 = 500;
const MANY: u64 = 2_500;

/// valgrind, which is there.
pub(crate) struct Counter {
    /// The compiler's version.
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
            format!("{error}. Instructions are counted by Callgrind: install valgrind")
        })?;
        let rustc = version("rustc")?;
        Ok(Self { rustc })
    }

    /// Instructions for one round.
    pub(crate) fn count(&self, path: &Path) -> Result<f64, Box<dyn Error>> {
        let few = self.total(path, FEW)?;
        let many = self.total(path, MANY)?;
        let further = many.checked_sub(few).ok_or("more rounds took less")?;
        Ok(further as f64 / (MANY - FEW) as f64)
    }

    /// Instructions of a process with so many rounds.
    fn total(&self, path: &Path, rounds: u64) -> Result<u64, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("counts");
        let output = Command::new("valgrind")
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(env::current_exe()?)
            .args([RUN, path.name, path.implementation, &rounds.to_string()])
            // Its length would move the stack.
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
