//! The origin of the figures: machine, compiler, commit, versions.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::workloads::PEERS;

/// The facts at the top of the report. They are recorded once, when a run starts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Origin {
    pub(crate) machine: String,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    /// The last commit of the measured code, with [`DIRTY`] if the code differs from it.
    pub(crate) commit: String,
    /// The day on which the run starts.
    pub(crate) date: String,
    /// The versions of the peers and of criterion.
    pub(crate) versions: String,
}

/// The end of a commit's name if there are uncommitted changes.
const DIRTY: &str = "-dirty";

impl Origin {
    /// Collects the facts about this machine and the tree in `root`.
    pub(crate) fn new(root: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            machine: machine(&fs::read_to_string("/proc/cpuinfo")?),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?
                .trim()
                .to_owned(),
            rustc: output(root, "rustc", &["--version"])?,
            commit: commit(root)?,
            date: OffsetDateTime::now_utc().date().to_string(),
            versions: versions(&fs::read_to_string(root.join("Cargo.lock"))?)?,
        })
    }

    /// Fails if there are uncommitted changes. A page must name the commit that it is about.
    pub(crate) fn check_committed(&self) -> Result<(), String> {
        match self.commit.strip_suffix(DIRTY) {
            None => Ok(()),
            Some(commit) => Err(format!(
                "the measured code has changes that are not in a commit (the last one is {commit}). \
                 Commit them, or try the tools with `cargo benchmarks --trial`"
            )),
        }
    }

    /// Fails if the code or its environment changed during the run. `now` is from its end.
    pub(crate) fn check_unchanged(&self, now: &Self) -> Result<(), String> {
        let facts = |origin: &Self| {
            let Self {
                machine,
                kernel,
                rustc,
                commit,
                versions,
                date: _,
            } = origin;
            [
                ("machine", machine),
                ("kernel", kernel),
                ("compiler", rustc),
                ("commit", commit),
                ("versions", versions),
            ]
            .map(|(name, fact)| (name, fact.clone()))
        };
        for ((name, before), (_, after)) in facts(self).into_iter().zip(facts(now)) {
            if before != after {
                return Err(format!(
                    "the {name} changed during the run, from {before} to {after}: \
                     a page has the figures of one run only, so repeat it"
                ));
            }
        }
        Ok(())
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

/// Returns the last commit that changes the measured code. Marks it if the tree differs from it.
fn commit(root: &Path) -> Result<String, Box<dyn Error>> {
    let git = |arguments: &[&str]| {
        let arguments = [arguments, &["--"], &MEASURED].concat();
        output(root, "git", &arguments)
    };
    let commit = git(&["log", "-1", "--abbrev=12", "--format=%h"])?;
    let changes = git(&["status", "--porcelain"])?;
    let dirty = if changes.is_empty() { "" } else { DIRTY };
    Ok(format!("{commit}{dirty}"))
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
