//! Where and of what the figures are: machine, compiler, commit, versions.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use serde::Deserialize;
use time::OffsetDateTime;

use super::workloads::PEERS;

/// What stands at the top of the report.
pub(crate) struct Origin {
    pub(crate) machine: String,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    pub(crate) commit: String,
    /// The day of the measurement, or the first and the last.
    pub(crate) date: String,
    /// Of the peers and of criterion.
    pub(crate) versions: String,
}

impl Origin {
    /// That of this machine and of the tree in `root`, for figures of these `times`.
    pub(crate) fn new(
        root: &Path,
        times: (SystemTime, SystemTime),
    ) -> Result<Self, Box<dyn Error>> {
        let [first, last] = [times.0, times.1].map(|time| OffsetDateTime::from(time).date());
        Ok(Self {
            machine: machine(&fs::read_to_string("/proc/cpuinfo")?),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?
                .trim()
                .to_owned(),
            rustc: answer(root, "rustc", &["--version"])?,
            commit: commit(root, times.0)?,
            date: if first == last {
                last.to_string()
            } else {
                format!("{first} to {last}")
            },
            versions: versions(&fs::read_to_string(root.join("Cargo.lock"))?)?,
        })
    }
}

/// What a program prints.
fn answer(root: &Path, program: &str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(root).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {message}").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// What figures depend on: not the documents, nor the tools that look at the figures.
const MEASURED: [&str; 7] = [
    "src",
    "benches",
    "Cargo.toml",
    "Cargo.lock",
    ":!benches/report",
    ":!benches/instructions",
    ":!benches/tests",
];

/// The last commit that changes what is measured, and what is not right about it: that the
/// tree differs from it, or that it was made after the first of the figures.
fn commit(root: &Path, first: SystemTime) -> Result<String, Box<dyn Error>> {
    let git = |arguments: &[&str]| {
        let arguments = [arguments, &["--"], &MEASURED].concat();
        answer(root, "git", &arguments)
    };
    let commit = git(&["log", "-1", "--abbrev=12", "--format=%h"])?;
    let seconds: i64 = git(&["log", "-1", "--format=%ct"])?.parse()?;
    let changes = git(&["status", "--porcelain"])?;
    let dirty = if changes.is_empty() { "" } else { "-dirty" };
    let is_later = OffsetDateTime::from(first).unix_timestamp() < seconds;
    let later = if is_later {
        ", made after the first of the measurements"
    } else {
        ""
    };
    Ok(format!("`{commit}{dirty}`{later}"))
}

/// Model and number of processors, out of `/proc/cpuinfo`.
pub(crate) fn machine(cpuinfo: &str) -> String {
    let values = |key: &str| {
        let lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        let values = lines.filter(|(name, _)| name.trim() == key);
        values
            .map(|(_, value)| value.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let model = values("model name").into_iter().next();
    let model = model.unwrap_or_else(|| "unknown processor".to_owned());
    match values("processor").len() {
        1 => format!("{model}, 1 processor"),
        count => format!("{model}, {count} processors"),
    }
}

#[derive(Deserialize)]
struct Lockfile {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// Names and versions, out of `Cargo.lock`. If there are several of one, the
/// newest is ours: the others belong to somebody deeper.
pub(crate) fn versions(lockfile: &str) -> Result<String, Box<dyn Error>> {
    let lockfile: Lockfile = toml::from_str(lockfile)?;
    let mut versions: BTreeMap<&str, &str> = BTreeMap::new();
    for package in &lockfile.package {
        // Cargo sorts them, the newest last.
        versions.insert(&package.name, &package.version);
    }
    let mut listed: Vec<String> = Vec::new();
    let packages = PEERS.map(|(_, package)| package);
    for package in packages.into_iter().chain(["criterion"]) {
        let version = versions.get(package);
        let version = version.ok_or_else(|| format!("Cargo.lock does not name {package}"))?;
        listed.push(format!("{package} {version}"));
    }
    listed.dedup();
    Ok(listed.join(", "))
}
