//! The example `console`, built as the other tests are: without `--cfg tokio_unstable`.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_refuses_arguments, assert_says, outcome, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_console");

#[cfg(not(tokio_unstable))]
#[test]
fn a_build_without_the_flag_says_what_it_needs() {
    let (code, printed, errors) = outcome(PROGRAM, &[]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    assert_says(&errors, "--cfg tokio_unstable");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
    assert_says(&run(PROGRAM, &["--help"]), "--port");
}
