//! The example `downloader`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_says, run};

#[test]
fn the_downloader_keeps_to_the_limits() {
    assert_says(
        &run(env!("CARGO_BIN_EXE_downloader")),
        "all files are the same as on disk, no request was refused",
    );
}
