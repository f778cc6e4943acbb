//! The example `downloader`, run as its users run it.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_says, run};

#[test]
fn the_downloader_keeps_to_the_limits() {
    assert_says(
        &run(env!("CARGO_BIN_EXE_downloader")),
        "all as on the disk, none refused",
    );
}
