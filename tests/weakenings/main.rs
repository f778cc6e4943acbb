//! Shows that the models can fail: `cargo weakenings [WORD…]`.
//!
//! Each [`Weakening`] changes one place in the source: an ordering, a second look, a wake.
//! This program applies them one by one to a copy of the tree, runs the model that guards the
//! place, and fails if the model passes. With words, it runs only the weakenings whose `what`,
//! `file` or `model` contains one of them.
//!
//! # An entry
//!
//! ```text
//! Weakening {
//!     what: "permits are taken without Acquire",
//!     file: "src/semaphore/word.rs",
//!     item: "Permits::take_between",
//!     tokens: "word - taken * ONE, Ordering::Acquire",
//!     becomes: "word - taken * ONE, Ordering::Relaxed",
//!     model: "one_permit_admits_one_at_a_time",
//! },
//! ```
//!
//! | field | meaning |
//! |---|---|
//! | `what` | what is wrong with the weaker source |
//! | `file` | its path from the root of the repository |
//! | `item` | a function, constant or static: `serve`, `LockWord::try_lock`, `<AcquireLock as Operation>::settle`. The long form is needed only if the file has two items that the short form names. Items inside macros are found too |
//! | `tokens` | a sequence of tokens that the item has exactly once. Brackets are balanced. Comments, whitespace and trailing commas do not matter, so a formatter breaks no entry. Short is good |
//! | `becomes` | the tokens that replace them; `""` removes them |
//! | `model` | the name of the loom model that must fail |
//!
//! All entries are checked before one runs. `tests/it/weakenings.rs` checks them in every
//! `cargo test`, so a rename that forgets an entry is noticed at once.
#![forbid(unsafe_code)]

mod entries;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use walkdir::WalkDir;

use entries::{TOO_FEW_EXECUTIONS, Weakening};

/// What the model of a weakening shows.
enum Verdict {
    /// The model failed, as it must.
    Red,
    /// The model passed: it proves nothing about this place.
    Green,
    /// There is no verdict, because the weaker source does not build, for example.
    Broken(String),
}

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

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let problems = entries::mismatches(root);
    if !problems.is_empty() {
        eprintln!("tests/weakenings/entries does not match the source:");
        for problem in problems {
            eprintln!("  {problem}");
        }
        return Ok(ExitCode::FAILURE);
    }
    let weakenings: Vec<_> = entries::all().filter(|w| is_chosen(w, &words)).collect();
    if weakenings.is_empty() {
        return Err(format!("no weakening matches {words:?}").into());
    }
    let copy = copy_tree(root)?;
    let (mut red, mut other) = (0, 0);
    for weakening in weakenings {
        let started = Instant::now();
        let verdict = judge(&copy, weakening)?;
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

/// Returns whether the words of the command line choose this weakening.
fn is_chosen(weakening: &Weakening, words: &[String]) -> bool {
    let texts = [weakening.what, weakening.file, weakening.model];
    words.is_empty() || (words.iter()).any(|word| texts.iter().any(|text| text.contains(word)))
}

/// Copies the tree into `target`, over an earlier copy whose build is kept.
fn copy_tree(root: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let copy = root.join("target/weakenings");
    for part in TREE {
        for entry in WalkDir::new(root.join(part)) {
            let entry = entry?;
            let target = copy.join(entry.path().strip_prefix(root)?);
            if entry.file_type().is_dir() {
                fs::create_dir_all(&target)?;
            } else {
                write_if_changed(&target, &fs::read(entry.path())?)?;
            }
        }
        // A file of an earlier run that the tree no longer has would still be compiled.
        for entry in WalkDir::new(copy.join(part)) {
            let entry = entry?;
            let origin = root.join(entry.path().strip_prefix(&copy)?);
            if entry.file_type().is_file() && !origin.exists() {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(copy)
}

/// Writes a file, unless it has these contents: an unchanged file keeps its time, and cargo
/// does not build it again.
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

/// Applies one weakening, runs its model, and restores the file.
fn judge(copy: &Path, weakening: &Weakening) -> Result<Verdict, Box<dyn Error>> {
    let path = copy.join(weakening.file);
    let original = fs::read_to_string(&path)?;
    fs::write(&path, weakening.apply(copy)?)?;
    let verdict = run(copy, weakening.model);
    fs::write(&path, original)?;
    verdict
}

fn run(copy: &Path, model: &str) -> Result<Verdict, Box<dyn Error>> {
    let loom = |arguments: &[&str]| {
        Command::new(env!("CARGO"))
            .arg("loom")
            .args(arguments)
            .current_dir(copy)
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
    } else if outcome.status.success() || explored_too_little_only(&output) {
        Verdict::Green
    } else {
        Verdict::Red
    })
}

/// Returns whether a model failed only because it had less to explore. The weaker source has
/// fewer steps then, and no assertion of the model has noticed what is wrong.
fn explored_too_little_only(output: &str) -> bool {
    let too_few = output.matches(TOO_FEW_EXECUTIONS).count();
    too_few > 0 && too_few == output.matches("panicked at").count()
}
