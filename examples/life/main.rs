#![forbid(unsafe_code)]
//! Conway's game of life in parallel bands.
//!
//! ```text
//! cargo run --release -p life
//! ```
//!
//! The field is cut into bands of rows. Half of the bands are tasks, half are threads, and
//! all meet at one `Barrier`, twice in each generation: when all have shown the rows at
//! their edges, and when all have read those of their neighbours.
//!
//! | module | what |
//! |---|---|
//! | [`patterns`] | known patterns, and what is known of them |
//! | [`field`] | rows of bits, and the rule |
//! | [`plain`] | the rule once more, cell by cell |
//! | [`bands`] | the field in parallel bands |
//!
//! Exit code: 0 if each pattern becomes what the plain rule says, with the population that
//! is known for it.

mod bands;
mod field;
mod patterns;
mod plain;

use std::process::ExitCode;
use std::time::Instant;

use crate::field::Field;
use crate::patterns::PATTERNS;

/// More than a glider gets to in the longest of the runs.
const SIDE: usize = 640;

/// Tasks and threads, half of each.
const BANDS: usize = 6;

fn main() -> ExitCode {
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
            if right { "right" } else { "WRONG" },
        );
        if !right {
            code = ExitCode::FAILURE;
        }
    }
    code
}
