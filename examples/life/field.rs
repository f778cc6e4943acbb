//! Rows of bits, and the rule.

use std::collections::BTreeSet;

use crate::patterns::Cell;

/// Cells in a word.
const WORD: usize = 64;

/// A row, a bit for each cell.
pub(crate) type Row = Vec<u64>;

/// A square field. What is outside is dead.
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

/// The row of the next generation, 64 cells at a time: the numbers of living neighbours are
/// added up in columns of bits.
pub(crate) fn next(above: &[u64], row: &[u64], below: &[u64]) -> Row {
    (0..row.len())
        .map(|word| {
            let (a_ones, a_twos) = add(west(above, word), above[word], east(above, word));
            let (b_ones, b_twos) = add(west(below, word), below[word], east(below, word));
            let (r_ones, r_twos) = add(west(row, word), 0, east(row, word));
            let (ones, twos) = add(a_ones, b_ones, r_ones);
            let one_two = (a_twos ^ b_twos ^ r_twos ^ twos) & !(a_twos & b_twos | r_twos & twos);
            // Three neighbours, or two and alive.
            one_two & (ones | row[word])
        })
        .collect()
}

/// The cells to the west of each, in the place of each.
fn west(row: &[u64], word: usize) -> u64 {
    let carried = if word == 0 { 0 } else { row[word - 1] };
    row[word] << 1 | carried >> (WORD - 1)
}

fn east(row: &[u64], word: usize) -> u64 {
    let carried = row.get(word + 1).copied().unwrap_or(0);
    row[word] >> 1 | carried << (WORD - 1)
}

/// Adds three bits in each place: the ones and the twos of the sums.
fn add(a: u64, b: u64, c: u64) -> (u64, u64) {
    (a ^ b ^ c, a & b | a & c | b & c)
}
