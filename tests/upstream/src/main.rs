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

mod execute;
mod prepare;
mod suites;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use prepare::{Packages, Prepared, Tree};

const USAGE: &str = "usage: cargo upstream [--list] [NAME...]
  NAME    a suite, or a part of its name: tokio, async-lock/rwlock; without one, all suites
  --list  print the suites and the tests that are left out; run nothing";

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let mut names = Vec::new();
    let mut list = false;
    for argument in std::env::args().skip(1) {
        match &*argument {
            "--list" => list = true,
            option if option.starts_with('-') => {
                return Ok(misuse(&format!("there is no option {option}")));
            }
            _ => names.push(argument),
        }
    }
    let all = suites::all();
    for name in &names {
        if !all.iter().any(|suite| suite.name().contains(name)) {
            return Ok(misuse(&format!("no suite has {name:?} in its name")));
        }
    }
    let is_chosen = |name: String| names.is_empty() || names.iter().any(|part| name.contains(part));
    let chosen: Vec<_> = all.into_iter().filter(|s| is_chosen(s.name())).collect();

    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let build = root.join("target/upstream/build");
    let tree = Tree { root, build };
    let packages = Packages::find(&tree)?;
    let mut problems = packages.missing_suites()?;
    let mut suites: Vec<Prepared> = Vec::new();
    for chosen in chosen {
        suites.push(prepare::prepare(chosen, &packages, &tree)?);
    }
    if list {
        for suite in &suites {
            print_list(suite);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let programs = execute::build(&suites, &tree)??;
    let (mut passed, mut total) = (0, 0);
    for suite in &suites {
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
        let named = outcome
            .problems
            .into_iter()
            .map(|problem| format!("{name}: {problem}"));
        problems.extend(named);
    }
    println!("{passed} of {total} tests passed; `cargo upstream --list` names the others");
    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print_list(suite: &Prepared) {
    let list = suite.chosen.suite;
    println!("{}: {} tests", suite.chosen.name(), suite.tests.len());
    for item in list.left_out {
        println!("  without {}: {}", item.name, item.rule.0);
    }
}

fn misuse(problem: &str) -> ExitCode {
    eprintln!("{problem}\n{USAGE}");
    ExitCode::from(2)
}
