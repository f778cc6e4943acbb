//! The table, and the comparison with it.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) const OURS: &str = "aiosync";

/// The maximum of a count, as a multiple of the count in the table.
const TOLERANCE: f64 = 1.02;

/// The instruction counts, by path and implementation.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Table {
    /// The version of the compiler that produced the code.
    pub(crate) rustc: String,
    /// The processor architecture.
    pub(crate) architecture: String,
    pub(crate) paths: BTreeMap<String, BTreeMap<String, f64>>,
}

const HEAD: &str = "\
# The instructions of one round of each path, counted by Callgrind. paths.rs defines the
# rounds. `cargo instructions --rewrite` writes this file. `cargo instructions` compares the
# rows of aiosync with it.
";

impl Table {
    pub(crate) fn new(rustc: String) -> Self {
        Self {
            rustc,
            architecture: std::env::consts::ARCH.to_owned(),
            paths: BTreeMap::new(),
        }
    }

    pub(crate) fn insert(&mut self, path: &str, implementation: &str, count: f64) {
        let row = self.paths.entry(path.to_owned()).or_default();
        row.insert(implementation.to_owned(), (count * 10.0).round() / 10.0);
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    pub(crate) fn to_text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!("{HEAD}\n{}", toml::to_string(self)?))
    }

    /// Returns the paths of aiosync with their counts.
    fn ours(&self) -> BTreeMap<&str, f64> {
        let rows = self.paths.iter();
        let ours = rows.filter_map(|(name, row)| Some((name.as_str(), *row.get(OURS)?)));
        ours.collect()
    }
}

/// A path whose count is not the one in the table.
#[derive(Debug, PartialEq)]
pub(crate) enum Difference {
    Grew(String, f64, f64),
    Fell(String, f64, f64),
    /// The path is missing from the table.
    New(String, f64),
    /// Only the table has the path.
    Gone(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |from: f64, to: f64| (to / from - 1.0) * 100.0;
        match self {
            Self::Grew(name, from, to) => {
                let percent = percent(*from, *to);
                write!(
                    out,
                    "GREW  {name}: {from} to {to} instructions ({percent:+.1} %)"
                )
            }
            Self::Fell(name, from, to) => {
                let percent = percent(*from, *to);
                write!(
                    out,
                    "fell  {name}: {from} to {to} instructions ({percent:+.1} %); rewrite the table to keep the gain"
                )
            }
            Self::New(name, count) => write!(out, "NEW   {name}: {count} instructions"),
            Self::Gone(name) => write!(out, "GONE  {name}"),
        }
    }
}

/// The result of a comparison.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) differences: Vec<Difference>,
    compared: usize,
    /// A cause of differences other than the source, if there is one.
    pub(crate) cause: Option<String>,
}

impl Comparison {
    /// Returns whether the table must be rewritten before the comparison passes.
    pub(crate) fn fails(&self) -> bool {
        let mut differences = self.differences.iter();
        differences.any(|difference| !matches!(difference, Difference::Fell(..)))
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(out, "{difference}")?;
        }
        if let Some(cause) = &self.cause {
            writeln!(out, "{cause}")?;
        }
        let (compared, same) = (self.compared, self.compared - self.differences.len());
        write!(out, "{same} of {compared} paths match the table")
    }
}

/// Compares the counts of `now` with the table `before`. With `all`, a path that was not
/// counted is a difference.
pub(crate) fn compare(before: &Table, now: &Table, all: bool) -> Comparison {
    let (before_ours, now_ours) = (before.ours(), now.ours());
    let mut differences = Vec::new();
    for (&name, &count) in &now_ours {
        let name = name.to_owned();
        match before_ours.get(name.as_str()) {
            None => differences.push(Difference::New(name, count)),
            Some(&old) if count > old * TOLERANCE => {
                differences.push(Difference::Grew(name, old, count));
            }
            Some(&old) if count * TOLERANCE < old => {
                differences.push(Difference::Fell(name, old, count));
            }
            Some(_) => {}
        }
    }
    let mut compared = now_ours.len();
    if all {
        let gone = before_ours
            .keys()
            .filter(|name| !now_ours.contains_key(*name));
        let gone: Vec<_> = gone
            .map(|name| Difference::Gone((*name).to_owned()))
            .collect();
        compared += gone.len();
        differences.extend(gone);
    }
    let (from, to) = (&before.architecture, &now.architecture);
    let cause = if from != to {
        Some(format!(
            "the table is from {from}, this is {to}: the counts cannot be compared"
        ))
    } else if before.rustc != now.rustc {
        let (from, to) = (&before.rustc, &now.rustc);
        Some(format!(
            "the table is from {from}, this is {to}: the compiler alone may be the cause"
        ))
    } else {
        None
    };
    Comparison {
        differences,
        compared,
        cause,
    }
}
