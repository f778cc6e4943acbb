//! Measures which defects the tests of the clients notice: `cargo upstream --clients --mutants`.
//!
//! The defects are those of [`crate::mutants`] that lose a grant or a wakeup. A client is built
//! for those in files that it uses.

use std::error::Error;
use std::time::Instant;

use super::execute;
use super::list::{CLIENTS, Client};
use super::prepare;
use crate::mutants::{self, Kind};
use crate::page;
use crate::prepare::{Metadata, Tree};

/// Runs the clients on each defect whose text contains one of `words`. Without words, runs
/// them on all, and writes the table of the page.
pub(super) fn run(metadata: &Metadata, tree: &Tree, words: &[&str]) -> Result<(), Box<dyn Error>> {
    let copy = mutants::copy_of(tree)?;
    // Their dependencies are built already.
    let build = tree.build.clone();
    let copy = Tree { build, ..copy };
    prepare::prepare(&CLIENTS, metadata, &copy)?;
    for client in &CLIENTS {
        if let Some(test) = failure(client, &copy)? {
            return Err(format!("{}: {test} fails without a defect", client.name).into());
        }
    }
    let mut table = "\n| kind | defect |".to_owned();
    for client in &CLIENTS {
        table += &format!(" {} |", client.name);
    }
    table += &format!("\n|---|---|{}\n", "---|".repeat(CLIENTS.len()));
    for mutant in mutants::all() {
        let is_chosen = words.is_empty() || words.iter().any(|word| mutant.what.contains(word));
        let is_used = CLIENTS.iter().any(|client| client.uses_file(mutant.file));
        if !is_chosen || !is_used || !matches!(mutant.kind, Kind::Cancellation | Kind::Wakeup) {
            continue;
        }
        let started = Instant::now();
        let mut row = format!("| {} | {} |", mutant.kind.name(), mutant.what);
        for client in &CLIENTS {
            let cell = if client.uses_file(mutant.file) {
                let failed = mutants::with_defect(mutant, &copy, || failure(client, &copy))?;
                failed.map_or("**not noticed**".to_owned(), |test| format!("`{test}`"))
            } else {
                "–".to_owned()
            };
            row += &format!(" {cell} |");
        }
        println!("{:4.0} s  {row}", started.elapsed().as_secs_f64());
        table += &format!("{row}\n");
    }
    if !words.is_empty() {
        return Ok(());
    }
    page::write(&tree.root, "client-mutants", &(table + "\n"))
}

/// Returns whether a word is in the text of a defect.
pub(super) fn is_known(word: &str) -> bool {
    mutants::all().any(|mutant| mutant.what.contains(word))
}

/// Builds a client and runs its test programs up to the first that fails. Returns a test of it
/// that failed.
fn failure(client: &Client, tree: &Tree) -> Result<Option<String>, Box<dyn Error>> {
    let programs = execute::build(client, tree)??;
    execute::first_failure(client, &programs)
}
