//! The example `life`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_life");

#[test]
fn bands_compute_the_same_generations_as_one_thread() {
    assert_says(&run(PROGRAM, &[]), "116 cells");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
