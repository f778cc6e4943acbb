//! Builds the suites, runs them, and compares with what the lists expect.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::prepare::{Prepared, Tree};
use crate::suites::How;

/// The time after which a suite counts as blocked. The slowest takes 20 seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Builds the test programs of some suites. Returns them by the names of the suites, or what
/// the compiler says.
pub(crate) fn build(
    suites: &[&Prepared],
    tree: &Tree,
) -> Result<Result<BTreeMap<String, PathBuf>, String>, Box<dyn Error>> {
    let mut programs = BTreeMap::new();
    let packages: BTreeSet<_> = suites.iter().map(|suite| suite.chosen.package()).collect();
    // One command for each package: suites of two peers may have one name.
    for package in packages {
        let of_package = || suites.iter().filter(|s| s.chosen.package() == package);
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["test", "--no-run", "--locked", "--quiet"])
            .arg("--message-format=json-render-diagnostics")
            .arg("--manifest-path")
            .arg(tree.manifest())
            .arg("--target-dir")
            .arg(&tree.build)
            .args(["--package", &package]);
        for suite in of_package() {
            command.args(["--test", suite.chosen.suite.name]);
        }
        let output = command.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            return Ok(Err(errors));
        }
        let messages = String::from_utf8(output.stdout)?;
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line)?;
            let program = message["executable"].as_str();
            let name = message["target"]["name"].as_str();
            let suite = of_package().find(|suite| Some(suite.chosen.suite.name) == name);
            if let (Some(program), Some(suite)) = (program, suite) {
                programs.insert(suite.chosen.name(), PathBuf::from(program));
            }
        }
    }
    Ok(Ok(programs))
}

/// What a suite has shown.
pub(crate) struct Outcome {
    pub(crate) passed: usize,
    /// Sentences about each difference from the list.
    pub(crate) problems: Vec<String>,
}

/// Runs a suite, and compares it with its list.
pub(crate) fn run(suite: &Prepared, program: &Path) -> Result<Outcome, Box<dyn Error>> {
    let list = suite.chosen.suite;
    let mut problems = Vec::new();
    let built = listed(program)?;
    let unbuilt = list.left_out(&[How::Cut, How::Absent]);
    for test in &suite.tests {
        match (built.contains(test), unbuilt.contains(&&**test)) {
            (true, true) => problems.push(format!("{test} is built, and the list says it is not")),
            (false, false) => problems.push(format!("{test} is not built, and is in no list")),
            _ => {}
        }
    }
    for test in built.iter().filter(|test| !suite.tests.contains(test)) {
        problems.push(format!("{test} is built, and was not found in the file"));
    }
    let kept_out = list.left_out(&[How::Fails, How::Blocks]);
    for name in kept_out.iter().filter(|name| !built.contains(**name)) {
        problems.push(format!(
            "there is no test {name}, which the list leaves out"
        ));
    }

    let skip = kept_out.iter().flat_map(|name| ["--skip", name]);
    let expected = built.iter().filter(|test| !kept_out.contains(&&***test));
    let ran = tests_of(program, skip, PATIENCE)?;
    let mut passed = 0;
    let mut without_result = 0;
    for test in expected {
        match ran.results.get(test) {
            Some(true) => passed += 1,
            Some(false) => problems.push(format!("{test} fails")),
            None => without_result += 1,
        }
    }
    if let Some(test) = ran.unfinished {
        problems.push(format!("{test} does not end"));
    }
    if without_result > 0 {
        problems.push(format!("{without_result} tests have no result"));
    }
    if !problems.is_empty() {
        problems.push(ran.output);
    }

    let failing = list.left_out(&[How::Fails]);
    if !failing.is_empty() {
        let ran = tests_of(program, failing.iter().copied(), PATIENCE)?;
        for name in failing {
            if ran.results.get(name) != Some(&false) {
                problems.push(format!("{name} does not fail, and the list says it does"));
            }
        }
    }
    Ok(Outcome { passed, problems })
}

/// Returns whether all tests of a suite pass, apart from those that are left out.
pub(crate) fn passes(
    suite: &Prepared,
    program: &Path,
    patience: Duration,
) -> Result<bool, Box<dyn Error>> {
    let kept_out = suite.chosen.suite.left_out(&[How::Fails, How::Blocks]);
    let skip = kept_out.iter().flat_map(|name| ["--skip", name]);
    let ran = tests_of(program, skip, patience)?;
    let passed = ran.results.values().filter(|passed| **passed).count();
    Ok(passed == listed(program)?.len() - kept_out.len())
}

/// Builds `tests/it`. Returns the program.
pub(crate) fn build_own_tests(tree: &Tree) -> Result<PathBuf, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--no-run", "--locked", "--quiet", "--all-features"])
        .arg("--message-format=json-render-diagnostics")
        .args(["--package", "aiosync", "--test", "it"])
        .arg("--manifest-path")
        .arg(tree.root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&tree.build)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        if let Some(program) = message["executable"].as_str() {
            return Ok(PathBuf::from(program));
        }
    }
    Err("tests/it has no program".into())
}

/// Returns whether those tests of `tests/it` pass whose names contain one of `names`. Ends with
/// the first failure: other tests may wait for a minute until their watchdogs notice a hang.
pub(crate) fn own_tests_pass(
    tree: &Tree,
    program: &Path,
    names: &[&str],
    patience: Duration,
) -> Result<bool, Box<dyn Error>> {
    let mut child = Command::new(program)
        .args(names)
        .current_dir(&tree.root)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = BufReader::new(child.stdout.take().ok_or("no output")?);
    let (sender, fails) = mpsc::channel();
    let reader = thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if line.starts_with("test ") && line.ends_with("FAILED") {
                let _ = sender.send(());
            }
        }
    });
    // The sender is dropped when the program ends.
    let ended = fails.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected);
    if !ended {
        child.kill()?;
    }
    let status = child.wait()?;
    reader.join().map_err(|_| "the reader panicked")?;
    Ok(ended && status.success())
}

/// Returns the names of the tests of a program that are not ignored.
fn listed(program: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let list = |also: &[&str]| -> Result<BTreeSet<String>, Box<dyn Error>> {
        let mut command = Command::new(program);
        let output = command
            .args(["--list", "--format", "terse"])
            .args(also)
            .output()?;
        let names = String::from_utf8(output.stdout)?;
        let tests = names.lines().filter_map(|line| line.strip_suffix(": test"));
        Ok(tests.map(str::to_owned).collect())
    };
    Ok(&list(&[])? - &list(&["--ignored"])?)
}

/// What the tests of one program have shown.
pub(crate) struct Ran {
    /// Whether each test that came to its end has passed.
    pub(crate) results: BTreeMap<String, bool>,
    /// The test that did not end: it blocked, or the process ended with it.
    pub(crate) unfinished: Option<String>,
    pub(crate) output: String,
}

/// Runs tests of a program one after the other: some of them measure time.
pub(crate) fn tests_of<S: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = S>,
    patience: Duration,
) -> Result<Ran, Box<dyn Error>> {
    let mut child = Command::new(program)
        .args(["--test-threads=1", "--exact"])
        .env("RUST_BACKTRACE", "0")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let read = |mut from: Box<dyn Read + Send>| {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = from.read_to_end(&mut bytes);
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        });
        receiver
    };
    let stdout = read(Box::new(child.stdout.take().ok_or("no output")?));
    let stderr = read(Box::new(child.stderr.take().ok_or("no output")?));
    // The output ends with the program.
    let output = match stdout.recv_timeout(patience) {
        Ok(output) => output,
        Err(_) => {
            child.kill()?;
            stdout.recv()?
        }
    };
    let errors = stderr.recv()?;
    child.wait()?;
    let (results, unfinished) = results(&output);
    Ok(Ran {
        results,
        unfinished,
        output: output + &errors,
    })
}

/// Reads `test NAME ... ok` and `test NAME - should panic ... FAILED`. What a test prints past
/// the capture may stand between the dots and the word. Also returns the test that has no word.
fn results(output: &str) -> (BTreeMap<String, bool>, Option<String>) {
    let mut results = BTreeMap::new();
    let mut current = None;
    for line in output.lines() {
        let mut rest = line;
        if let Some((name, behind)) = line
            .strip_prefix("test ")
            .and_then(|l| l.split_once(" ... "))
        {
            let name = name.strip_suffix(" - should panic").unwrap_or(name);
            current = Some(name.to_owned());
            rest = behind;
        }
        let result = match rest {
            _ if rest.ends_with("ok") => true,
            _ if rest.ends_with("FAILED") => false,
            _ => continue,
        };
        if let Some(name) = current.take() {
            results.insert(name, result);
        }
    }
    (results, current)
}

#[cfg(test)]
mod tests {
    use super::results;

    #[test]
    fn the_output_of_a_program_has_a_result_for_each_test() {
        let output = "running 4 tests\n\
                      test one ... ok\n\
                      test two - should panic ... FAILED\n\
                      test three ... a line that was printed past the capture\n\
                      ok\n\
                      test four ... ";
        let (results, unfinished) = results(output);
        let results: Vec<_> = results.iter().map(|(name, ok)| (&**name, *ok)).collect();
        assert_eq!(results, [("one", true), ("three", true), ("two", false)]);
        assert_eq!(unfinished.as_deref(), Some("four"));
    }
}
