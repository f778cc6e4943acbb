//! Measures which defects the suites notice: `cargo upstream --mutants`.
//!
//! Each [`Mutant`] changes one place of the source. The program applies them one by one to a
//! copy of the tree, builds the suites that use the place, and runs them.

mod list;
mod of_clients;
// The weakenings name their places in the same way.
#[path = "../../weakenings/entries/place.rs"]
mod place;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::execute;
use crate::prepare::{self, Packages, Prepared, Tree};
use crate::suites;

/// What a defect breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Cancellation,
    Wakeup,
    Order,
    Count,
    Closing,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Cancellation,
        Self::Wakeup,
        Self::Order,
        Self::Count,
        Self::Closing,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cancellation => "cancellation",
            Self::Wakeup => "wakeup",
            Self::Order => "order",
            Self::Count => "count",
            Self::Closing => "closing",
        }
    }
}

/// One place of the source, with a defect.
pub(crate) struct Mutant {
    pub(crate) kind: Kind,
    pub(crate) what: &'static str,
    pub(crate) file: &'static str,
    item: &'static str,
    /// The tokens that are replaced. The item has them once.
    tokens: &'static str,
    becomes: &'static str,
    /// The type that the place belongs to: parts of the names of the suites that are run, and
    /// of the names of this crate's own tests.
    of: Part,
}

/// What uses a part of the source.
struct Part {
    suites: &'static [&'static str],
    tests: &'static [&'static str],
}

impl Mutant {
    /// Returns the text of the file with the defect.
    fn apply(&self, root: &Path) -> Result<String, String> {
        let named = |problem: String| format!("{:?} in {}: {problem}", self.what, self.file);
        let text = fs::read_to_string(root.join(self.file));
        let mut text = text.map_err(|error| named(error.to_string()))?;
        let place = place::find(&text, self.item, self.tokens).map_err(named)?;
        text.replace_range(place, self.becomes);
        Ok(text)
    }
}

/// Returns a sentence for each defect whose place the source does not have.
pub(crate) fn mismatches(root: &Path) -> Vec<String> {
    let applied = all().map(|mutant| mutant.apply(root));
    applied.filter_map(Result::err).collect()
}

/// Returns the texts of all defects.
pub(crate) fn texts() -> impl Iterator<Item = &'static str> {
    list::MUTANTS.iter().map(|mutant| mutant.what)
}

/// A defect, and what has noticed it.
pub(crate) struct Verdict {
    pub(crate) mutant: &'static Mutant,
    /// The suites that fail.
    pub(crate) noticed_by: Vec<String>,
    /// Whether `tests/it` fails.
    pub(crate) is_noticed_by_own: bool,
}

/// The name of this crate's own tests in the times.
const OWN: &str = "tests/it";

/// Far more than `tests/it` takes without a defect.
const OWN_PATIENCE: Duration = Duration::from_secs(600);

/// The parts of the tree that are copied.
const TREE: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "src",
    "tests",
    // They are members of the workspace.
    "benches",
    "examples",
];

/// Runs the suites on each defect whose text contains one of `words`, or on all.
pub(crate) fn run(
    tree: &Tree,
    packages: &Packages,
    words: &[String],
) -> Result<Vec<Verdict>, Box<dyn Error>> {
    let is_chosen = |mutant: &&Mutant| {
        let texts = [mutant.what, mutant.file, mutant.kind.name()];
        words.is_empty() || words.iter().any(|w| texts.iter().any(|t| t.contains(w)))
    };
    let chosen: Vec<_> = list::MUTANTS.iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err(format!("no mutant has one of {words:?} in its text").into());
    }
    let copy = copy_of(tree)?;
    let mut all = Vec::new();
    for suite in suites::all() {
        all.push(prepare::prepare(suite, packages, &copy)?);
    }
    let times = times_without_defects(&all, &copy)?;
    let mut verdicts = Vec::new();
    for mutant in chosen {
        let started = Instant::now();
        let verdict = judge(mutant, &all, &copy, &times)?;
        println!(
            "{:4.0} s  {}: {}: {}; tests/it {}",
            started.elapsed().as_secs_f64(),
            mutant.kind.name(),
            mutant.what,
            match &verdict.noticed_by[..] {
                [] => "no suite notices".to_owned(),
                suites => suites.join(", "),
            },
            if verdict.is_noticed_by_own {
                "notices"
            } else {
                "DOES NOT NOTICE"
            },
        );
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// Returns all defects, in the order of the page, and those for the clients only.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    list::MUTANTS.iter().chain(of_clients::MUTANTS)
}

/// Copies the tree, for defects.
pub(crate) fn copy_of(tree: &Tree) -> Result<Tree, Box<dyn Error>> {
    let copy = Tree {
        root: tree.root.join("target/upstream/mutants"),
        build: tree.root.join("target/upstream/mutants-build"),
    };
    for part in TREE {
        mirror(&tree.root.join(part), &copy.root.join(part))?;
    }
    Ok(copy)
}

/// Runs `judge` while the copy has a defect.
pub(crate) fn with_defect<T>(
    mutant: &Mutant,
    copy: &Tree,
    judge: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let path = copy.root.join(mutant.file);
    let original = fs::read(&path)?;
    fs::write(&path, mutant.apply(&copy.root)?)?;
    let judged = judge();
    fs::write(&path, original)?;
    judged
}

/// Returns how long each suite takes without a defect.
fn times_without_defects(
    suites: &[Prepared],
    copy: &Tree,
) -> Result<BTreeMap<String, Duration>, Box<dyn Error>> {
    let programs = execute::build(&suites.iter().collect::<Vec<_>>(), copy)??;
    let mut times = BTreeMap::new();
    let program = execute::build_own_tests(copy)?;
    let started = Instant::now();
    if !execute::own_tests_pass(copy, &program, list::EVERYTHING.tests, OWN_PATIENCE)? {
        return Err("tests/it fails without a defect".into());
    }
    times.insert(OWN.to_owned(), started.elapsed());
    for suite in suites {
        let name = suite.chosen.name();
        let started = Instant::now();
        if !execute::passes(suite, &programs[&name], execute::PATIENCE)? {
            return Err(format!("{name} fails without a defect").into());
        }
        times.insert(name, started.elapsed());
    }
    Ok(times)
}

/// Applies a defect to the copy, runs what uses its place, and removes it.
fn judge(
    mutant: &'static Mutant,
    all: &[Prepared],
    copy: &Tree,
    times: &BTreeMap<String, Duration>,
) -> Result<Verdict, Box<dyn Error>> {
    let uses = |suite: &&Prepared| {
        let name = suite.chosen.name();
        mutant.of.suites.iter().any(|part| name.contains(part))
    };
    with_defect(mutant, copy, || {
        let suites: Vec<_> = all.iter().filter(uses).collect();
        let programs = execute::build(&suites, copy)??;
        let mut noticed_by = Vec::new();
        for suite in suites {
            let name = suite.chosen.name();
            let patience = times[&name] * 2 + Duration::from_secs(8);
            if !execute::passes(suite, &programs[&name], patience)? {
                noticed_by.push(name);
            }
        }
        let program = execute::build_own_tests(copy)?;
        let patience = times[OWN] * 2 + Duration::from_secs(8);
        let own = execute::own_tests_pass(copy, &program, mutant.of.tests, patience)?;
        Ok(Verdict {
            mutant,
            noticed_by,
            is_noticed_by_own: !own,
        })
    })
}

/// Copies a file or a folder over an earlier copy, whose build is kept.
fn mirror(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    if !from.is_dir() {
        return prepare::write_if_changed(to, &fs::read(from)?);
    }
    fs::create_dir_all(to)?;
    let names = |folder: &Path| -> Result<Vec<PathBuf>, Box<dyn Error>> {
        let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        Ok(entries.into_iter().map(|e| e.file_name().into()).collect())
    };
    for name in names(from)? {
        // Of a build inside a package.
        if name == Path::new("target") {
            continue;
        }
        mirror(&from.join(&name), &to.join(&name))?;
    }
    // A file of an earlier run that the tree no longer has would still be compiled.
    for name in names(to)? {
        if !from.join(&name).exists() {
            let path = to.join(name);
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}
