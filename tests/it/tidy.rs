//! The shape of the source: imports point down, files are short, and packages, unsafe code
//! and conditions on the model are only in the files that this module lists.
//!
//! | module | what |
//! |---|---|
//! | [`imports`] | which part of the crate imports which |
//! | [`code`] | the size of a file, its packages, its unsafe code and its types |
//! | [`tokens`] | the source as tokens |
#![forbid(unsafe_code)]

mod code;
mod imports;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

pub(crate) use code::UNSAFE;
pub(crate) use imports::IMPORTS;

/// A file of the repository.
pub(crate) struct Source {
    /// Its path from the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// Returns the lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.filter_map(|(index, line)| {
            let line = line.trim();
            let counts = !line.is_empty() && !line.starts_with("//");
            counts.then_some((index + 1, line))
        })
    }

    /// Returns the folder or file below `src` that this belongs to: `wait`, `lock`, `lib`.
    pub(crate) fn part(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        below.split(['/', '.']).next().unwrap_or(below)
    }

    /// Returns the code lines that contain `pattern`.
    fn lines_with(&self, pattern: &str) -> Vec<Finding> {
        let lines = self.code().filter(|(_, line)| line.contains(pattern));
        lines
            .map(|(number, line)| self.finding(number, line))
            .collect()
    }

    pub(crate) fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line,
            what: what.into(),
        }
    }
}

/// A line that breaks a rule.
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// Returns all Rust files below some folders.
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

/// Asserts that no line breaks a rule.
#[track_caller]
pub(crate) fn assert_rule(rule: &str, findings: &[Finding]) {
    let lines: Vec<_> = findings
        .iter()
        .map(|Finding { path, line, what }| format!("{path}:{line}: {what}"))
        .collect();
    assert_none(&lines, rule);
}
