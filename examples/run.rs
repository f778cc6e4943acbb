//! Runs an example as its users do. Each example checks its own result and reports it with
//! its exit code.
#![forbid(unsafe_code)]

use std::env;
use std::process::Command;

/// Runs the program in another folder and returns its output. It must succeed and print no
/// errors.
#[track_caller]
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let (code, printed, errors) = outcome(program, arguments);
    assert_eq!(code, Some(0), "{printed}{errors}");
    assert_eq!(errors, "");
    printed
}

/// Checks that the program has `--help`, and refuses any other argument with a usage line.
#[track_caller]
pub(crate) fn assert_refuses_arguments(program: &str) {
    let usages = ["--help", "-h"].map(|option| {
        let help = run(program, &[option]);
        let usage = help.lines().find(|line| line.starts_with("Usage: "));
        usage.expect("the help has a usage line").to_owned()
    });
    for argument in ["nonsense", "--nonsense"] {
        let (code, printed, errors) = outcome(program, &[argument]);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{errors}");
        assert_says(&errors, argument);
        for usage in &usages {
            assert_says(&errors, usage);
        }
    }
}

/// Runs the program in another folder. Returns its exit code, its output and its errors.
pub(crate) fn outcome(program: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(env::temp_dir());
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), printed, errors)
}

#[track_caller]
pub(crate) fn assert_says(printed: &str, part: &str) {
    assert!(printed.contains(part), "no {part:?} in {printed}");
}
