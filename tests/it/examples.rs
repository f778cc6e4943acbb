//! The example programs, run as their users run them. Each checks its own result, and says
//! by its exit code whether it is right. `wordcount` has tests of its own.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// A program, which Cargo builds beside the tests.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap();
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let program = built.join("examples").join(file);
    assert!(
        program.exists(),
        "{program:?} is not built: run plain `cargo test`, or `cargo build --example {name}` before"
    );
    program
}

/// Runs one in another folder, without arguments, and answers what it printed.
#[track_caller]
fn run(name: &str) -> String {
    let mut command = Command::new(program(name));
    succeeded(command.current_dir(env::temp_dir()).output().unwrap())
}

#[track_caller]
fn succeeded(output: Output) -> String {
    let errors = String::from_utf8(output.stderr).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{errors}");
    assert_eq!(errors, "");
    printed
}

#[track_caller]
fn assert_says(printed: &str, part: &str) {
    assert!(printed.contains(part), "no {part:?} in {printed}");
}

#[test]
fn every_example_is_run_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let there: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let run = [
        "cache",
        "downloader",
        "life",
        "philosophers",
        "pipeline",
        "pool",
        "wordcount",
    ];
    assert_eq!(there, run.map(str::to_owned).into());
}

#[test]
fn the_downloader_keeps_to_the_limits() {
    assert_says(&run("downloader"), "all as on the disk, none refused");
}

#[test]
fn the_pipeline_counts_all_files() {
    assert_says(&run("pipeline"), "complete: ");
}

#[cfg(unix)]
#[test]
fn the_pipeline_ends_in_good_order_on_ctrl_c() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let mut running = Command::new(program("pipeline"))
        .arg("--forever")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(running.stdout.take().unwrap());
    let mut printed = String::new();
    output.read_line(&mut printed).unwrap();
    assert_says(&printed, "running");

    // The `kill` of the shell, as a program of that name is not everywhere.
    let kill = format!("kill -INT {}", running.id());
    let signal = Command::new("sh").args(["-c", &kill]).status();
    assert!(signal.unwrap().success());
    output.read_to_string(&mut printed).unwrap();
    assert!(running.wait().unwrap().success(), "{printed}");

    let last = printed.lines().last().unwrap();
    let files: Vec<&str> = last.split_whitespace().collect();
    assert_says(last, "stopped by Ctrl-C: ");
    assert_eq!(files[3], files[6], "{last}");
}

#[test]
fn the_pool_opens_no_more_connections_than_it_may() {
    assert_says(&run("pool"), "of 3");
}

#[test]
fn the_cache_loads_each_file_once() {
    assert_says(&run("cache"), "made up for");
}

#[test]
fn life_in_bands_goes_as_it_goes_on_one_thread() {
    assert_says(&run("life"), "116 cells");
}

#[test]
fn the_philosophers_have_their_meals() {
    assert_says(&run("philosophers"), "ate at a time");
}
