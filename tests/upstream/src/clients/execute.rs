//! Builds the test programs of a client, runs them, and compares with the list.

use std::error::Error;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::list::Client;
use super::prepare::workspace;
use crate::execute::{Ran, tests_of};
use crate::prepare::Tree;

/// The time after which a test program counts as blocked. The slowest takes 25 seconds.
const PATIENCE: Duration = Duration::from_secs(90);

/// A test program of a client. The unit tests have the name `src`.
pub(super) struct Program {
    suite: String,
    path: PathBuf,
}

/// Builds the test programs of a client. Returns them, or what the compiler says.
pub(super) fn build(
    client: &Client,
    tree: &Tree,
) -> Result<Result<Vec<Program>, String>, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--no-run", "--locked", "--quiet", "--tests"])
        .arg("--message-format=json-render-diagnostics")
        .arg("--manifest-path")
        .arg(workspace(tree).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&tree.build)
        .args(["--package", client.name])
        .args(["--features", &client.features.join(",")])
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let mut programs = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        let target = &message["target"];
        let (Some(path), Some(name)) = (message["executable"].as_str(), target["name"].as_str())
        else {
            continue;
        };
        let is_lib = target["kind"][0] == "lib";
        programs.push(Program {
            suite: if is_lib { "src" } else { name }.to_owned(),
            path: path.into(),
        });
    }
    // Cargo builds them in any order.
    programs.sort_by(|one, other| one.suite.cmp(&other.suite));
    Ok(Ok(programs))
}

/// What the tests of a client have shown.
pub(super) struct Outcome {
    pub(super) passed: usize,
    /// Sentences about each difference from the list.
    pub(super) problems: Vec<String>,
}

/// Runs the tests of a client.
pub(super) fn run(client: &Client, programs: &[Program]) -> Result<Outcome, Box<dyn Error>> {
    let mut outcome = Outcome {
        passed: 0,
        problems: Vec::new(),
    };
    for (suite, _) in client.suites {
        if programs.iter().all(|program| program.suite != *suite) {
            let problem = format!("{} has no test program {suite}", client.name);
            outcome.problems.push(problem);
        }
    }
    for Program { suite, path } in programs {
        let ran = run_program(client, path)?;
        let passed = ran.results.values().filter(|passed| **passed).count();
        let listed = client.suites.iter().find(|(name, _)| name == suite);
        let expected = listed.map_or(0, |(_, tests)| *tests);
        let left_out = client.left_out.iter().filter(|item| item.suite == suite);
        let skipped = format!("; {} filtered out", left_out.count());
        if !ran.output.contains(&skipped) {
            let problem = format!("{}/{suite} lacks a test that is left out", client.name);
            outcome.problems.push(problem);
        }
        if passed != expected || passed != ran.results.len() || ran.unfinished.is_some() {
            outcome.problems.push(format!(
                "{}/{suite}: {passed} tests passed, and the list has {expected}\n{}",
                client.name, ran.output,
            ));
        }
        outcome.passed += passed;
    }
    Ok(outcome)
}

/// Runs the tests of one program, except for those that are left out.
///
/// Also runs the tests that a client ignores by default. moka ignores two, because they need
/// that no other test runs at the same time. Here, none does.
fn run_program(client: &Client, path: &Path) -> Result<Ran, Box<dyn Error>> {
    let skip = client
        .left_out
        .iter()
        .flat_map(|item| ["--skip", item.test]);
    tests_of(path, iter::once("--include-ignored").chain(skip), PATIENCE)
}

/// Runs test programs up to the first that fails. Returns a test of it that failed or did not
/// end.
pub(super) fn first_failure(
    client: &Client,
    programs: &[Program],
) -> Result<Option<String>, Box<dyn Error>> {
    for Program { suite, path } in programs {
        let ran = run_program(client, path)?;
        let failed = ran.results.into_iter().find(|(_, passed)| !passed);
        if let Some(test) = failed.map(|(test, _)| test).or(ran.unfinished) {
            return Ok(Some(format!("{suite}: {test}")));
        }
    }
    Ok(None)
}
