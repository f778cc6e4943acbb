//! The example `life`, run as its users run it.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_says, run};

#[test]
fn life_in_bands_goes_as_it_goes_on_one_thread() {
    assert_says(&run(env!("CARGO_BIN_EXE_life")), "116 cells");
}
