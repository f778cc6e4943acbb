//! Runs an example as its users do. Each example checks its own result and reports it with
//! its exit code.
#![forbid(unsafe_code)]

use std::env;
use std::process::Command;

/// Runs the program in another folder and returns its output. It must succeed and print no
/// errors.
#[track_caller]
pub(crate) fn run(program: &str) -> String {
    let (code, printed, errors) = run_with(program, &[]);
    assert_eq!(code, Some(0), "{printed}{errors}");
    assert_eq!(errors, "");
    printed
}

/// Checks that the program has `--help`, and refuses any other argument with a usage line.
#[track_caller]
pub(crate) fn assert_refuses_arguments(program: &str) {
    let help = ["--help", "-h"].map(|option| run_with(program, &[option]));
    assert_eq!(help[0], help[1]);
    let (code, help, errors) = &help[0];
    assert_eq!((*code, errors.as_str()), (Some(0), ""));
    let mut lines = help.lines();
    let usage = lines.find(|line| line.starts_with("Usage: "));

    for argument in ["nonsense", "--nonsense"] {
        let (code, printed, errors) = run_with(program, &[argument]);
        assert_eq!((code, printed.as_str()), (Some(2), ""), "{errors}");
        assert_says(&errors, argument);
        assert_says(&errors, usage.expect("the help has a usage line"));
    }
}

/// Runs the program in another folder with these arguments. Returns its exit code, its output
/// and its errors.
fn run_with(program: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(program);
    let output = command
        .args(arguments)
        .current_dir(env::temp_dir())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), printed, errors)
}

#[track_caller]
pub(crate) fn assert_says(printed: &str, part: &str) {
    assert!(printed.contains(part), "no {part:?} in {printed}");
}
