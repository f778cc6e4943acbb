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
    pub(crate) peers: String,
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
            commit: commit(root)?,
            date: if first == last {
                last.to_string()
            } else {
                format!("{first} to {last}")
            },
            peers: peers(&fs::read_to_string(root.join("Cargo.lock"))?)?,
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

/// The commit, with `-dirty` if what is measured differs from it.
fn commit(root: &Path) -> Result<String, Box<dyn Error>> {
    let commit = answer(root, "git", &["rev-parse", "--short=12", "HEAD"])?;
    let measured = [
        "status",
        "--porcelain",
        "--",
        "src",
        "benches",
        "Cargo.toml",
        "Cargo.lock",
    ];
    let changes = answer(root, "git", &measured)?;
    let dirty = if changes.is_empty() { "" } else { "-dirty" };
    Ok(format!("{commit}{dirty}"))
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

/// The peers with their versions, out of `Cargo.lock`. If there are several of one, the
/// newest is ours: the others belong to somebody deeper.
pub(crate) fn peers(lockfile: &str) -> Result<String, Box<dyn Error>> {
    let lockfile: Lockfile = toml::from_str(lockfile)?;
    let mut versions: BTreeMap<&str, &str> = BTreeMap::new();
    for package in &lockfile.package {
        // Cargo sorts them, the newest last.
        versions.insert(&package.name, &package.version);
    }
    let mut listed: Vec<String> = Vec::new();
    for (_, package) in PEERS {
        let version = versions.get(package);
        let version = version.ok_or_else(|| format!("Cargo.lock does not name {package}"))?;
        listed.push(format!("{package} {version}"));
    }
    listed.dedup();
    Ok(listed.join(", "))
}
