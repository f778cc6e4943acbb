//! Patterns with known populations.

use std::collections::BTreeSet;

/// A cell: row and column.
pub(crate) type Cell = (usize, usize);

pub(crate) struct Pattern {
    pub(crate) name: &'static str,
    /// The cells in the usual run-length encoding: `b` is dead, `o` is alive, `$` ends a row.
    encoded: &'static str,
    pub(crate) generations: usize,
    /// The population after these generations.
    pub(crate) population: usize,
}

pub(crate) const PATTERNS: [Pattern; 4] = [
    Pattern {
        name: "glider",
        encoded: "bob$2bo$3o!",
        generations: 400,
        population: 5,
    },
    Pattern {
        name: "B-heptomino",
        encoded: "ob2o$3o$bo!",
        generations: 148,
        population: 28,
    },
    Pattern {
        name: "pi-heptomino",
        encoded: "3o$obo$obo!",
        generations: 173,
        population: 55,
    },
    Pattern {
        name: "R-pentomino",
        encoded: "b2o$2o$bo!",
        generations: 1103,
        population: 116,
    },
];

impl Pattern {
    /// Returns the cells of the pattern. Its upper left corner is at (`at`, `at`).
    pub(crate) fn cells(&self, at: usize) -> BTreeSet<Cell> {
        let mut cells = BTreeSet::new();
        let (mut row, mut column) = (at, at);
        let mut digits = String::new();
        for character in self.encoded.chars() {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            let times = digits.parse().unwrap_or(1);
            digits.clear();
            match character {
                'b' => column += times,
                'o' => {
                    cells.extend((column..column + times).map(|column| (row, column)));
                    column += times;
                }
                '$' => (row, column) = (row + times, at),
                _ => break,
            }
        }
        cells
    }
}
