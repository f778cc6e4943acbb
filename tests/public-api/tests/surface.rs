//! Compares the public surface of aiosync with `surface.txt`.
#![forbid(unsafe_code)]

use std::path::Path;

use public_api::Builder;

/// Traits that stable code cannot name.
const UNSTABLE: [&str; 2] = ["core::marker::Freeze", "core::marker::UnsafeUnpin"];

/// Fails with a diff if a name, a signature or an impl was added, removed or changed.
/// `UPDATE_SNAPSHOTS=yes cargo surface` updates the file after an intended change.
#[test]
fn the_public_surface_is_the_one_that_is_written_down() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let json = rustdoc_json::Builder::default()
        .toolchain("nightly")
        .manifest_path(here.join("../../Cargo.toml"))
        .target_dir(here.join("../../target/surface"))
        .features(["stream", "sink"])
        .build()
        .expect("rustdoc of the nightly toolchain writes JSON");
    let surface = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .expect("public-api reads the JSON of this nightly");
    // The compiler's own auto traits differ between nightlies.
    let lines = surface.items().map(|item| format!("{item}\n"));
    let lines = lines.filter(|line| !UNSTABLE.iter().any(|name| line.contains(name)));
    snapshot_testing::assert_eq_or_update(lines.collect::<String>(), here.join("surface.txt"));
}
