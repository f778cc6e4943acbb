//! The example `life`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_says, run};

#[test]
fn bands_compute_the_same_generations_as_one_thread() {
    assert_says(&run(env!("CARGO_BIN_EXE_life")), "116 cells");
}
