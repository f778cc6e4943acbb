//! The example `cache`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cache");

#[test]
fn the_cache_loads_each_file_once() {
    assert_says(&run(PROGRAM, &[]), "loads are repeated");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
