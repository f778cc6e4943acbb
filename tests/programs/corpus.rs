//! The useful programs that the fuzzer has found, from `fuzz/corpus`.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

use crate::program::{Program, Subject};

/// Runs the programs of one target.
#[track_caller]
pub(crate) fn run<S>(target: &str)
where
    S: Subject + for<'a> arbitrary::Arbitrary<'a>,
    S::Operation: for<'a> arbitrary::Arbitrary<'a>,
{
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("fuzz/corpus").join(target);
    let mut programs = 0;
    for entry in fs::read_dir(&folder).expect("there is a corpus") {
        let path = entry.expect("the corpus can be listed").path();
        let bytes = fs::read(&path).expect("the program can be read");
        let program = Program::<S>::of_bytes(&bytes);
        if let Err(failure) = program.run() {
            panic!("{}: {failure}\nprogram = {program:?}", path.display());
        }
        programs += 1;
    }
    assert_ne!(programs, 0, "{} is empty", folder.display());
}
