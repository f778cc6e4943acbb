//! Shows that the models can fail: `cargo weakenings [WORD…]`.
//!
//! Each [`Weakening`] changes one place in the source: an ordering, a second look, a
//! wake. This program applies them one by one to a scratch copy of the tree, runs the
//! model that guards the place, and fails if it stays green. With words, only those
//! weakenings run whose description, file or model contains one of them.
#![forbid(unsafe_code)]

mod barrier;
mod condition;
mod event;
mod lock;
mod queue;
mod semaphore;
mod wait;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use walkdir::WalkDir;

/// One place in the source, made weaker.
pub(crate) struct Weakening {
    /// What is wrong after it.
    pub(crate) what: &'static str,
    /// The file, from the root of the repository.
    pub(crate) file: &'static str,
    /// The text that stands there, once.
    pub(crate) stands: &'static str,
    /// The text that takes its place.
    pub(crate) becomes: &'static str,
    /// The model that must fail, by its name.
    pub(crate) model: &'static str,
}

/// What a weakened tree came to.
enum Verdict {
    /// The model failed, as it must.
    Red,
    /// The model passed: it proves nothing about this place.
    Green,
    /// There is no verdict: the tree does not build, or there is no such model.
    Broken(String),
}

/// What the scratch copy is made of.
const TREE: [&str; 6] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "src",
    "tests",
    "benches",
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let all = [
        wait::WEAKENINGS,
        lock::WEAKENINGS,
        semaphore::WEAKENINGS,
        event::WEAKENINGS,
        condition::WEAKENINGS,
        barrier::WEAKENINGS,
        queue::WEAKENINGS,
    ];
    let weakenings = all.concat_matching(&words);
    if weakenings.is_empty() {
        return Err(format!("no weakening matches {words:?}").into());
    }
    let tree = copy_of_the_tree()?;
    for weakening in all.concat_matching(&[]) {
        // Of all, not only those that run.
        let found = places(&tree, weakening)?;
        if found != 1 {
            let Weakening { what, file, .. } = weakening;
            return Err(
                format!("{file}: the text of {what:?} stands {found} times, not once").into(),
            );
        }
    }
    let (mut red, mut other) = (0, 0);
    for weakening in weakenings {
        let started = Instant::now();
        let verdict = judge(&tree, weakening)?;
        let (word, reason) = match &verdict {
            Verdict::Red => ("red", ""),
            Verdict::Green => ("GREEN", ""),
            Verdict::Broken(reason) => ("BROKEN", reason.as_str()),
        };
        println!(
            "{word:6} {:4.1} s  {}: {} [{}] {reason}",
            started.elapsed().as_secs_f64(),
            weakening.file,
            weakening.what,
            weakening.model,
        );
        match verdict {
            Verdict::Red => red += 1,
            Verdict::Green | Verdict::Broken(_) => other += 1,
        }
    }
    println!("{red} passed, {other} failed");
    Ok(if other == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Picks the weakenings that the command line names.
trait ConcatMatching {
    fn concat_matching(&self, words: &[String]) -> Vec<&'static Weakening>;
}

impl<const N: usize> ConcatMatching for [&'static [Weakening]; N] {
    fn concat_matching(&self, words: &[String]) -> Vec<&'static Weakening> {
        let all = self.iter().flat_map(|part| part.iter());
        all.filter(|weakening| {
            let texts = [weakening.what, weakening.file, weakening.model];
            words.is_empty()
                || (words.iter()).any(|word| texts.iter().any(|text| text.contains(word)))
        })
        .collect()
    }
}

/// Copies the sources below `target`, over those of an earlier run. What was built
/// there stays.
fn copy_of_the_tree() -> Result<PathBuf, Box<dyn Error>> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let to = from.join("target/weakenings");
    for part in TREE {
        for entry in WalkDir::new(from.join(part)) {
            let entry = entry?;
            let target = to.join(entry.path().strip_prefix(from)?);
            if entry.file_type().is_dir() {
                fs::create_dir_all(&target)?;
            } else {
                write_if_changed(&target, &fs::read(entry.path())?)?;
            }
        }
    }
    Ok(to)
}

/// Leaves the time of a file alone that has not changed, so that nothing is built for
/// nothing.
fn write_if_changed(path: &Path, contents: &[u8]) -> Result<(), Box<dyn Error>> {
    let current = fs::read(path).ok();
    if current.as_deref() != Some(contents) {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, contents)?;
    }
    Ok(())
}

/// How often the text of a weakening stands in its file.
fn places(tree: &Path, weakening: &Weakening) -> Result<usize, Box<dyn Error>> {
    let text = fs::read_to_string(tree.join(weakening.file))?;
    Ok(text.matches(weakening.stands).count())
}

/// Applies one weakening, runs its model, takes it back.
fn judge(tree: &Path, weakening: &Weakening) -> Result<Verdict, Box<dyn Error>> {
    let path = tree.join(weakening.file);
    let original = fs::read_to_string(&path)?;
    fs::write(&path, original.replace(weakening.stands, weakening.becomes))?;
    let verdict = run(tree, weakening.model);
    fs::write(&path, original)?;
    verdict
}

fn run(tree: &Path, model: &str) -> Result<Verdict, Box<dyn Error>> {
    let loom = |arguments: &[&str]| {
        Command::new(env!("CARGO"))
            .arg("loom")
            .args(arguments)
            .current_dir(tree)
            // They would hide the flag that the alias sets.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .stdin(Stdio::null())
            .output()
    };
    let build = loom(&["--no-run"])?;
    if !build.status.success() {
        let errors = String::from_utf8_lossy(&build.stderr);
        let first = errors.lines().find(|line| line.starts_with("error"));
        return Ok(Verdict::Broken(
            first.unwrap_or("it does not build").to_owned(),
        ));
    }
    let outcome = loom(&[model])?;
    let output = String::from_utf8_lossy(&outcome.stdout);
    Ok(if output.contains("running 0 tests") {
        Verdict::Broken("there is no such model".to_owned())
    } else if outcome.status.success() || failed_by_floors_only(&output) {
        Verdict::Green
    } else {
        Verdict::Red
    })
}

/// Whether nothing is wrong but that there was less to explore: the weaker source has fewer
/// steps, and no assertion of the model has noticed.
fn failed_by_floors_only(output: &str) -> bool {
    let floors = output.matches(" executions only, its floor is ").count();
    floors > 0 && floors == output.matches("panicked at").count()
}
