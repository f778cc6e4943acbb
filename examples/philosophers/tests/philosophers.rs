//! The example `philosophers`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_philosophers");

#[test]
fn the_philosophers_have_their_meals() {
    assert_says(&run(PROGRAM, &[]), "ate at the same time");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
