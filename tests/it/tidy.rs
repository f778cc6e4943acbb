//! The house stays a house: who may call whom, how long a file is, where unsafe code
//! and foreign names stand.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Lines of code in a file, at the most. Comments and blank lines do not count.
const LONGEST: usize = 400;

/// Where unsafe code stands, and why it may. `docs/architecture.md` says more.
pub(crate) const UNSAFE: [(&str, &str); 10] = [
    ("src/wait/list.rs", "the nodes of an intrusive list"),
    ("src/wait/future.rs", "the owner's side of a node"),
    ("src/wait/batch.rs", "an array that is filled in part"),
    ("src/sync/cell.rs", "a cell that threads share"),
    ("src/sync/loom.rs", "a cell that threads share"),
    ("src/lock/guard.rs", "follows the pointer to the data"),
    ("src/lock/mapped.rs", "follows a pointer into the data"),
    ("src/condition/wait.rs", "the owner's side of a node"),
    ("src/condition/waiters.rs", "moves nodes between lists"),
    ("src/queue/ring/mod.rs", "items in places that are claimed"),
];

/// A file of the repository.
pub(crate) struct Source {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.filter_map(|(index, line)| {
            let line = line.trim();
            let counts = !line.is_empty() && !line.starts_with("//");
            counts.then_some((index + 1, line))
        })
    }

    /// The folder or file below `src` that this belongs to: `wait`, `lock`, `lib`.
    pub(crate) fn part(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split(['/', '.']).next().unwrap_or(below)
    }

    /// The code lines in which `pattern` stands, as `path:line: text`.
    fn finds(&self, pattern: &str) -> Vec<String> {
        let lines = self.code().filter(|(_, line)| line.contains(pattern));
        lines
            .map(|(number, line)| format!("{}:{number}: {line}", self.path))
            .collect()
    }
}

/// All Rust files below some folders.
pub(crate) fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in folders {
        for entry in WalkDir::new(root.join(folder)).sort_by_file_name() {
            let path: PathBuf = entry.expect("the tree can be walked").into_path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source can be read");
                let below = path.strip_prefix(root).expect("it is below the root");
                let path = below.to_string_lossy().replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    assert!(!found.is_empty(), "there are sources below {folders:?}");
    found
}

#[track_caller]
pub(crate) fn assert_none(findings: &[String], rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n{}", findings.join("\n"));
}

/// On which floor a part of the crate lives. The roof may name all.
fn floor(part: &str) -> usize {
    match part {
        "sync" => 1,
        "wait" => 2,
        "raw" => 3,
        "lib" => 5,
        _ => 4,
    }
}

#[test]
fn arrows_only_go_down() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        let part = source.part();
        for (number, line) in source.code() {
            for named in line.split("crate::").skip(1) {
                let end = named.find(|c: char| !c.is_alphanumeric() && c != '_');
                let target = &named[..end.unwrap_or(named.len())];
                let allowed = target == part
                    || floor(target) < floor(part)
                    || (part, target) == ("condition", "lock");
                // `$crate` paths stand in macros, which expand on the floor above.
                if !allowed && !line.contains("$crate") {
                    findings.push(format!("{}:{number}: names crate::{target}", source.path));
                }
            }
        }
    }
    assert_none(
        &findings,
        "a floor names only lower ones, siblings do not meet",
    );
}

#[test]
fn the_roof_has_no_code() {
    let roof = sources(&["src"])
        .into_iter()
        .find(|source| source.path == "src/lib.rs");
    let roof = roof.expect("there is a roof");
    for (number, line) in roof.code() {
        assert!(
            !line.contains("fn ") && !line.contains("impl ") && !line.contains("struct "),
            "src/lib.rs:{number} is code: {line}"
        );
    }
}

#[test]
fn no_file_is_too_long() {
    let mut findings = Vec::new();
    for source in sources(&["src", "tests", "benches", "examples"]) {
        let lines = source.code().count();
        if lines > LONGEST {
            findings.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert_none(
        &findings,
        "a file is about one thing, in at most 400 lines of code",
    );
}

#[test]
fn foreign_names_stand_where_they_belong() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        if source.part() != "sync" {
            for pattern in [
                "parking_lot",
                "loom::",
                "shuttle::",
                "std::sync",
                "core::sync",
            ] {
                findings.extend(source.finds(pattern));
            }
        }
        if source.path != "src/wait/completion.rs" {
            findings.extend(source.finds("event_listener"));
        }
    }
    assert_none(
        &findings,
        "parking_lot, loom, shuttle and std::sync stand in sync/, event-listener in wait/broadcast.rs",
    );
}

#[test]
fn unsafe_code_stands_in_few_files() {
    let listed = |path: &str| UNSAFE.iter().any(|(file, _)| *file == path);
    for source in sources(&["src"]) {
        let uses = !source.finds("unsafe {").is_empty() || !source.finds("unsafe impl").is_empty();
        assert_eq!(
            uses,
            listed(&source.path),
            "the list of unsafe files and {}",
            source.path
        );
        // A parent of such a file cannot forbid; it denies, with exceptions by name.
        let folder = source.path.strip_suffix("mod.rs").unwrap_or("-");
        let parent = UNSAFE.iter().any(|(file, _)| file.starts_with(folder));
        let forbids = source.text.contains("#![forbid(unsafe_code)]");
        let denies = source.text.contains("#![deny(unsafe_code)]");
        if source.path != "src/lib.rs" && source.part() != "sync" {
            assert_eq!(
                forbids,
                !uses && !parent,
                "forbid(unsafe_code) in {}",
                source.path
            );
            assert_eq!(denies, parent, "deny(unsafe_code) in {}", source.path);
        }
    }
}

#[test]
fn every_ordering_is_explained() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        if source.part() == "sync" {
            continue;
        }
        let lines: Vec<&str> = source.text.lines().collect();
        for (number, line) in source.code() {
            let orders = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
            let named = (orders.iter()).any(|order| line.contains(&format!("Ordering::{order}")));
            let above = &lines[number.saturating_sub(12)..number];
            if named && !above.iter().any(|line| line.contains("// ORDERING:")) {
                findings.push(format!("{}:{number}: {line}", source.path));
            }
        }
    }
    assert_none(&findings, "each atomic operation has an ORDERING comment");
}

#[test]
fn nothing_sleeps_and_nothing_is_left_open() {
    let mut findings = Vec::new();
    // In two parts, so that this file does not find itself.
    let patterns = [
        concat!("thread::", "sleep"),
        concat!("time::", "sleep"),
        concat!("#[", "ignore"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    for source in sources(&["src", "tests", "examples"]) {
        for pattern in patterns {
            findings.extend(source.finds(pattern));
        }
    }
    assert_none(&findings, "no sleep, no ignored test, nothing left open");
}
