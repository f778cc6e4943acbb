#![forbid(unsafe_code)]
//! Conway's game of life, computed in parallel bands.
//!
//! ```text
//! cargo run --release -p life
//! ```
//!
//! The field is divided into bands of rows. Half of the bands are tasks, half are threads.
//! All meet at one `Barrier` twice in each generation: when they have shown the rows at
//! their edges, and when they have read their neighbours' rows.
//!
//! | module | contents |
//! |---|---|
//! | [`patterns`] | patterns with known populations |
//! | [`field`] | the field as rows of bits, and the rule |
//! | [`plain`] | the rule again, cell by cell |
//! | [`bands`] | the field, computed in parallel bands |
//!
//! Exit code: 0 if the bands and the plain rule agree on each pattern, and its population is
//! the known one.

mod bands;
mod field;
mod patterns;
mod plain;
#[path = "../usage.rs"]
mod usage;

use std::process::ExitCode;
use std::time::Instant;

use crate::field::Field;
use crate::patterns::PATTERNS;

/// The side of the field: no pattern reaches the edge.
const SIDE: usize = 640;

/// The number of bands. Half of them are tasks, half are threads.
const BANDS: usize = 6;

fn main() -> ExitCode {
    let [] = usage::read(
        "Computes Conway's game of life in parallel bands, and checks the result.",
        [],
    );
    let mut code = ExitCode::SUCCESS;
    for pattern in PATTERNS {
        let begin = Instant::now();
        let cells = pattern.cells(SIDE / 2);
        let field = bands::run(Field::new(SIDE, &cells), BANDS, pattern.generations);
        let seconds = begin.elapsed().as_secs_f64();

        let plain = plain::run(cells, pattern.generations);
        let right = field.cells() == plain && plain.len() == pattern.population;
        println!(
            "{:12} {:>5} generations, {:>4} cells, {seconds:.3} s: {}",
            pattern.name,
            pattern.generations,
            field.cells().len(),
            if right { "correct" } else { "WRONG" },
        );
        if !right {
            code = ExitCode::FAILURE;
        }
    }
    code
}
