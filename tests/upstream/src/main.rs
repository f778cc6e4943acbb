//! `cargo upstream`: runs the test suites that other crates publish on the types of this one.
//!
//! The suites come from the packages that Cargo downloads, at pinned versions; this repository
//! has none of their code. The adapters in `adapters/` give the types of this crate the names
//! of another one. docs/upstream.md has the results.
//!
//! | module | what |
//! |---|---|
//! | [`suites`] | the suites, and which tests are left out |
//! | [`prepare`] | finds the packages, and copies the suites |
//! | [`execute`] | builds the suites, runs them, and compares with the list |
//! | [`clients`] | builds other crates on the types of this one, and runs their tests |
//! | [`mutants`] | runs the suites on a copy of the source that has a defect |
//! | [`page`] | the tables of docs/upstream.md |

mod clients;
mod execute;
mod mutants;
mod page;
mod prepare;
mod suites;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use prepare::{Packages, Prepared, Tree};

const USAGE: &str = "usage: cargo upstream [--list | --page] [NAME...]
       cargo upstream --mutants [WORD...]
       cargo upstream --clients [--page | --measure | --lock | NAME...]
       cargo upstream --clients --mutants [WORD...]
  NAME       a suite, or a part of its name: tokio, async-lock/rwlock; without one, all suites
  --list     print the suites and the tests that are left out; run nothing
  --page     run all suites, and write their table into docs/upstream.md
  --mutants  run the suites on defects of the source; without a WORD on all of them, and then
             write their table into docs/upstream.md
  --clients  the same for clients: deadpool, tower, moka. --measure compares their speed with
             that of the originals, and writes the figures into docs/upstream.md. --lock updates
             tests/upstream/clients/Cargo.lock";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first() {
        if first == "--clients" {
            return clients::main(rest);
        }
    }
    let mut command = Command::Run;
    let mut words = Vec::new();
    for argument in arguments {
        let chosen = match &*argument {
            "--list" => Command::List,
            "--page" => Command::Page,
            "--mutants" => Command::Mutants,
            "--clients" => return misuse("--clients must be the first option"),
            option if option.starts_with('-') => {
                return misuse(&format!("there is no option {option}"));
            }
            _ => {
                words.push(argument);
                continue;
            }
        };
        if command != Command::Run {
            return misuse("only one option is possible");
        }
        command = chosen;
    }
    if command == Command::Page && !words.is_empty() {
        return misuse("--page runs all suites, and takes no names");
    }
    if command != Command::Mutants {
        let is_known = |word: &&String| suites::all().iter().any(|s| s.name().contains(*word));
        if let Some(word) = words.iter().find(|word| !is_known(word)) {
            return misuse(&format!("no suite has {word:?} in its name"));
        }
    }
    run(command, &words).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn misuse(problem: &str) -> ExitCode {
    eprintln!("{problem}\n{USAGE}");
    ExitCode::from(2)
}

/// Returns the tree of this repository.
fn tree() -> Result<Tree, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let build = root.join("target/upstream/build");
    Ok(Tree { root, build })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    Run,
    List,
    Page,
    Mutants,
}

fn run(command: Command, words: &[String]) -> Result<ExitCode, Box<dyn Error>> {
    let tree = tree()?;
    let packages = Packages::find(&tree)?;
    let mut problems = packages.missing_suites()?;
    problems.extend(mutants::mismatches(&tree.root));
    if command == Command::Mutants {
        check(&problems)?;
        let verdicts = mutants::run(&tree, &packages, words)?;
        if words.is_empty() {
            page::write_mutants(&tree.root, &verdicts)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let is_chosen = |name: String| words.is_empty() || words.iter().any(|w| name.contains(w));
    let mut suites: Vec<Prepared> = Vec::new();
    for chosen in suites::all() {
        if is_chosen(chosen.name()) {
            suites.push(prepare::prepare(chosen, &packages, &tree)?);
        }
    }
    if command == Command::List {
        check(&problems)?;
        suites.iter().for_each(print_list);
        return Ok(ExitCode::SUCCESS);
    }
    problems.extend(run_suites(&suites, &tree)?);
    if command == Command::Page {
        check(&problems)?;
        page::write_suites(&tree.root, &suites)?;
    } else if words.is_empty() {
        problems.extend(page::differences(&tree.root, &suites)?);
    }
    check(&problems)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns all problems as one error, if there are any.
fn check(problems: &[String]) -> Result<(), String> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// Builds and runs suites, and prints a line for each. Returns the differences from the lists.
fn run_suites(suites: &[Prepared], tree: &Tree) -> Result<Vec<String>, Box<dyn Error>> {
    let programs = execute::build(&suites.iter().collect::<Vec<_>>(), tree)??;
    let mut problems = Vec::new();
    let (mut passed, mut total) = (0, 0);
    for suite in suites {
        let name = suite.chosen.name();
        let started = Instant::now();
        let outcome = execute::run(suite, &programs[&name])?;
        println!(
            "{name:27} {:3} of {:3}  {:4.1} s",
            outcome.passed,
            suite.tests.len(),
            started.elapsed().as_secs_f64(),
        );
        passed += outcome.passed;
        total += suite.tests.len();
        let named = outcome.problems.into_iter();
        problems.extend(named.map(|problem| format!("{name}: {problem}")));
    }
    println!("{passed} of {total} tests passed; `cargo upstream --list` names the others");
    Ok(problems)
}

fn print_list(suite: &Prepared) {
    let list = suite.chosen.suite;
    println!("{}: {} tests", suite.chosen.name(), suite.tests.len());
    for item in list.left_out {
        println!("  without {}: {}", item.name, item.rule.0);
    }
}
