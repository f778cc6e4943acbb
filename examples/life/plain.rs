//! The rule again, cell by cell on a field without an edge.

use std::collections::{BTreeSet, HashMap};

use crate::patterns::Cell;

pub(crate) fn run(mut cells: BTreeSet<Cell>, generations: usize) -> BTreeSet<Cell> {
    for _ in 0..generations {
        let mut neighbours: HashMap<Cell, usize> = HashMap::new();
        for &(row, column) in &cells {
            for near_row in row - 1..=row + 1 {
                for near_column in column - 1..=column + 1 {
                    if (near_row, near_column) != (row, column) {
                        *neighbours.entry((near_row, near_column)).or_default() += 1;
                    }
                }
            }
        }
        let lives =
            |&(cell, count): &(Cell, usize)| count == 3 || count == 2 && cells.contains(&cell);
        cells = neighbours
            .into_iter()
            .filter(lives)
            .map(|(cell, _)| cell)
            .collect();
    }
    cells
}
