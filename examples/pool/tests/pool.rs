//! The example `pool`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_says, run};

#[test]
fn the_pool_opens_no_more_connections_than_it_may() {
    assert_says(&run(env!("CARGO_BIN_EXE_pool")), "of 3");
}
