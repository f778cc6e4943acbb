//! The example `downloader`, run as its users do.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_downloader");

#[test]
fn the_downloader_keeps_to_the_limits() {
    assert_says(
        &run(PROGRAM, &[]),
        "all files are the same as on disk, and no request was refused",
    );
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}
