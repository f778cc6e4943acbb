//! All weakenings, and what must hold for each of them.

mod barrier;
mod condition;
mod diagnostics;
mod event;
mod lock;
mod once_cell;
pub(crate) mod place;
mod queue;
mod ring;
mod rwlock;
mod semaphore;
mod wait;

use std::fs;
use std::path::Path;

/// One place in the source, made weaker. The header of `tests/weakenings/main.rs` describes
/// the fields.
#[derive(Debug)]
pub(crate) struct Weakening {
    /// What is wrong with the weaker source.
    pub(crate) what: &'static str,
    /// The file, from the root of the repository.
    pub(crate) file: &'static str,
    /// The function or constant.
    pub(crate) item: &'static str,
    /// The tokens that are replaced. The item has them once.
    pub(crate) tokens: &'static str,
    /// The tokens that replace them. None: they are removed.
    pub(crate) becomes: &'static str,
    /// The name of the loom model that must fail.
    pub(crate) model: &'static str,
}

impl Weakening {
    /// Returns the weaker text of the file.
    ///
    /// # Errors
    ///
    /// A sentence, if the entry does not match the tree below `root`.
    pub(crate) fn apply(&self, root: &Path) -> Result<String, String> {
        let named = |problem: String| self.named(&problem, self.item);
        let mut text = fs::read_to_string(root.join(self.file))
            .map_err(|error| named(format!("the file cannot be read: {error}")))?;
        place::lex(self.becomes).map_err(named)?;
        let place = place::find(&text, self.item, self.tokens).map_err(named)?;
        text.replace_range(place, self.becomes);
        Ok(text)
    }

    /// Returns a sentence about a problem with a part of this entry.
    fn named(&self, problem: &str, part: &str) -> String {
        format!("{:?} in {}: {part}: {problem}", self.what, self.file)
    }
}

/// All weakenings.
pub(crate) fn all() -> impl Iterator<Item = &'static Weakening> {
    let parts = [
        wait::WEAKENINGS,
        lock::WEAKENINGS,
        semaphore::WEAKENINGS,
        event::WEAKENINGS,
        condition::WEAKENINGS,
        barrier::WEAKENINGS,
        queue::WEAKENINGS,
        ring::WEAKENINGS,
        rwlock::WEAKENINGS,
        once_cell::WEAKENINGS,
        diagnostics::WEAKENINGS,
    ];
    parts.into_iter().flatten()
}

/// The words of the panic of a model that has explored too little.
pub(crate) const TOO_FEW_EXECUTIONS: &str = " executions only, its floor is ";

/// Returns a sentence for each entry that does not match the tree below `root`.
pub(crate) fn mismatches(root: &Path) -> Vec<String> {
    let mut models = String::new();
    let files = fs::read_dir(root.join("tests/loom")).expect("there is a folder of models");
    for file in files {
        let file = file.expect("the folder of models can be read");
        models += &fs::read_to_string(file.path()).expect("a model can be read");
    }
    let mut problems = Vec::new();
    for weakening in all() {
        if !models.contains(&format!("fn {}()", weakening.model)) {
            problems.push(weakening.named("tests/loom has no such model", weakening.model));
        }
        problems.extend(weakening.apply(root).err());
    }
    if !models.contains(TOO_FEW_EXECUTIONS) {
        problems.push(format!(
            "tests/loom: no model panics with {TOO_FEW_EXECUTIONS:?}"
        ));
    }
    problems
}
