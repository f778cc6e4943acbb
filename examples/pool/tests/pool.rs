//! The example `pool`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_pool");

#[test]
fn the_pool_opens_no_more_connections_than_it_may() {
    assert_says(&run(PROGRAM), "of 3");
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
