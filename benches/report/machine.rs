//! The origin of the figures: machine, compiler, commit, versions.
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

/// The facts at the top of the report.
pub(crate) struct Origin {
    pub(crate) machine: String,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    pub(crate) commit: String,
    /// The day of the measurement, or the first and the last day.
    pub(crate) date: String,
    /// The versions of the peers and of criterion.
    pub(crate) versions: String,
}

impl Origin {
    /// Collects the facts about this machine and the tree in `root`. `times` are those of the
    /// first and the last figure.
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
            rustc: output(root, "rustc", &["--version"])?,
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

/// Runs a program and returns its standard output.
fn output(root: &Path, program: &str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(root).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {message}").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The paths on which the figures depend: not the documents, and not the tools that read
/// the figures.
const MEASURED: [&str; 7] = [
    "src",
    "benches",
    "Cargo.toml",
    "Cargo.lock",
    ":!benches/report",
    ":!benches/instructions",
    ":!benches/tests",
];

/// Returns the last commit that changes the measured code. Marks it if the tree differs from
/// it, or if it is newer than the first figure.
fn commit(root: &Path, first: SystemTime) -> Result<String, Box<dyn Error>> {
    let git = |arguments: &[&str]| {
        let arguments = [arguments, &["--"], &MEASURED].concat();
        output(root, "git", &arguments)
    };
    let commit = git(&["log", "-1", "--abbrev=12", "--format=%h"])?;
    let seconds: i64 = git(&["log", "-1", "--format=%ct"])?.parse()?;
    let changes = git(&["status", "--porcelain"])?;
    let dirty = if changes.is_empty() { "" } else { "-dirty" };
    let is_later = OffsetDateTime::from(first).unix_timestamp() < seconds;
    let later = if is_later {
        ", newer than the first measurement"
    } else {
        ""
    };
    Ok(format!("`{commit}{dirty}`{later}"))
}

/// Returns the model and the number of processors, from the text of `/proc/cpuinfo`.
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

/// Returns the names and versions of the peers and of criterion, from the text of
/// `Cargo.lock`. If a package has several versions, the newest is the one measured, because
/// only indirect dependencies use older ones.
pub(crate) fn versions(lockfile: &str) -> Result<String, Box<dyn Error>> {
    let lockfile: Lockfile = toml::from_str(lockfile)?;
    let mut versions: BTreeMap<&str, &str> = BTreeMap::new();
    for package in &lockfile.package {
        // Cargo sorts by version, so the newest comes last.
        versions.insert(&package.name, &package.version);
    }
    let mut listed: Vec<String> = Vec::new();
    let packages = PEERS.map(|(_, package)| package);
    for package in packages.into_iter().chain(["criterion"]) {
        let version = versions.get(package);
        let version = version.ok_or_else(|| format!("{package} is missing from Cargo.lock"))?;
        listed.push(format!("{package} {version}"));
    }
    listed.dedup();
    Ok(listed.join(", "))
}
