//! The example `cache`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_says, run};

#[test]
fn the_cache_loads_each_file_once() {
    assert_says(&run(env!("CARGO_BIN_EXE_cache")), "loads are repeated");
}
