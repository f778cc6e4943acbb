//! The example `pipeline`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pipeline");

#[test]
fn the_pipeline_counts_all_files() {
    assert_says(&run(PROGRAM, &[]), "complete: ");
}

#[cfg(unix)]
#[test]
fn the_pipeline_shuts_down_in_order_on_ctrl_c() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    let mut running = Command::new(PROGRAM)
        .arg("--forever")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(running.stdout.take().unwrap());
    let mut printed = String::new();
    output.read_line(&mut printed).unwrap();
    assert_says(&printed, "running");

    // The shell's builtin `kill`, because not every system has a program of that name.
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
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
