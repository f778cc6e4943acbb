//! The example `philosophers`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_says, run};

#[test]
fn the_philosophers_have_their_meals() {
    assert_says(
        &run(env!("CARGO_BIN_EXE_philosophers")),
        "ate at the same time",
    );
}
