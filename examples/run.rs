//! Runs an example as its users do. Each example checks its own result and reports it with
//! its exit code.
#![forbid(unsafe_code)]

use std::env;
use std::process::Command;

/// Runs the program in another folder and returns its output. It must succeed and print no
/// errors.
#[track_caller]
pub(crate) fn run(program: &str) -> String {
    let mut command = Command::new(program);
    let output = command.current_dir(env::temp_dir()).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{errors}");
    assert_eq!(errors, "");
    printed
}

#[track_caller]
pub(crate) fn assert_says(printed: &str, part: &str) {
    assert!(printed.contains(part), "no {part:?} in {printed}");
}
