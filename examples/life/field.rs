//! The field as rows of bits, and the rule.

use std::collections::BTreeSet;

use crate::patterns::Cell;

/// The number of cells in a word.
const WORD: usize = 64;

/// A row, with a bit for each cell.
pub(crate) type Row = Vec<u64>;

/// A square field. The cells outside are dead.
pub(crate) struct Field {
    pub(crate) rows: Vec<Row>,
}

impl Field {
    pub(crate) fn new(side: usize, cells: &BTreeSet<Cell>) -> Self {
        let mut rows = vec![vec![0; side.div_ceil(WORD)]; side];
        for &(row, column) in cells {
            rows[row][column / WORD] |= 1 << (column % WORD);
        }
        Self { rows }
    }

    pub(crate) fn cells(&self) -> BTreeSet<Cell> {
        let mut cells = BTreeSet::new();
        for (row, words) in self.rows.iter().enumerate() {
            for column in 0..words.len() * WORD {
                if words[column / WORD] >> (column % WORD) & 1 == 1 {
                    cells.insert((row, column));
                }
            }
        }
        cells
    }
}

/// Returns the row of the next generation. It adds up the living neighbours of 64 cells at a
/// time, in columns of bits.
pub(crate) fn next(above: &[u64], row: &[u64], below: &[u64]) -> Row {
    (0..row.len())
        .map(|word| {
            let (a_ones, a_twos) = add(west(above, word), above[word], east(above, word));
            let (b_ones, b_twos) = add(west(below, word), below[word], east(below, word));
            let (r_ones, r_twos) = add(west(row, word), 0, east(row, word));
            let (ones, twos) = add(a_ones, b_ones, r_ones);
            let one_two = (a_twos ^ b_twos ^ r_twos ^ twos) & !(a_twos & b_twos | r_twos & twos);
            // Three living neighbours, or two and the cell lives.
            one_two & (ones | row[word])
        })
        .collect()
}

/// Returns the western neighbours of the cells in a word.
fn west(row: &[u64], word: usize) -> u64 {
    let neighbour = if word == 0 { 0 } else { row[word - 1] };
    row[word] << 1 | neighbour >> (WORD - 1)
}

/// Returns the eastern neighbours of the cells in a word.
fn east(row: &[u64], word: usize) -> u64 {
    let neighbour = row.get(word + 1).copied().unwrap_or(0);
    row[word] >> 1 | neighbour << (WORD - 1)
}

/// Adds three bits in each column. Returns the ones and the twos of the sums.
fn add(a: u64, b: u64, c: u64) -> (u64, u64) {
    (a ^ b ^ c, a & b | a & c | b & c)
}
