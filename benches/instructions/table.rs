//! The table, and what differs from it.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) const OURS: &str = "aiosync";

/// How much more a path may take than the table says.
const TOLERANCE: f64 = 1.02;

/// Instructions by path and implementation.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Table {
    /// The compiler whose code was counted.
    pub(crate) rustc: String,
    /// Whose instructions they are.
    pub(crate) architecture: String,
    pub(crate) paths: BTreeMap<String, BTreeMap<String, f64>>,
}

const HEAD: &str = "\
# Instructions of one round of each path, counted by Callgrind. What a round is stands in
# paths.rs. Written by `cargo instructions --rewrite`; compared by `cargo instructions`,
# which looks at the rows of aiosync only.
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

    /// Our paths, with their counts.
    fn ours(&self) -> BTreeMap<&str, f64> {
        let rows = self.paths.iter();
        let ours = rows.filter_map(|(name, row)| Some((name.as_str(), *row.get(OURS)?)));
        ours.collect()
    }
}

/// A path whose count is not that of the table.
#[derive(Debug, PartialEq)]
pub(crate) enum Difference {
    Grew(String, f64, f64),
    Fell(String, f64, f64),
    /// The table does not have it.
    New(String, f64),
    /// Only the table has it.
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
                    "fell  {name}: {from} to {to} instructions ({percent:+.1} %); rewrite the table, to keep it so"
                )
            }
            Self::New(name, count) => write!(out, "NEW   {name}: {count} instructions"),
            Self::Gone(name) => write!(out, "GONE  {name}"),
        }
    }
}

/// All differences.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) differences: Vec<Difference>,
    compared: usize,
    /// What makes the counts differ though the source may not, if there is something.
    pub(crate) cause: Option<String>,
}

impl Comparison {
    /// Whether the table has to be changed, on purpose.
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
        write!(out, "{same} of {compared} paths are as the table says")
    }
}

/// What differs between the table and what was counted now. Paths that were not counted
/// are gone if `all` were to be counted.
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
            "the table was made on {from}, this is {to}: they cannot be compared"
        ))
    } else if before.rustc != now.rustc {
        let (from, to) = (&before.rustc, &now.rustc);
        Some(format!(
            "the table was made with {from}, this is {to}: the compiler alone may be the cause"
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
