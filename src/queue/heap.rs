#![forbid(unsafe_code)]
//! A binary heap that survives a panic of `Ord::cmp`: smallest first, equal ones
//! in the order in which they came.
//!
//! `std::collections::BinaryHeap` compares and moves in turn, so that a panic in
//! between leaves it out of order. Here each operation first walks its path with
//! comparisons only, and then moves along that path without any: a panic changes
//! nothing. (Algorithm: J. W. J. Williams, "Algorithm 232: Heapsort", CACM 7(6),
//! 1964; the split into two passes is ours.)

use std::cmp::Ordering;

#[derive(Debug)]
struct Entry<T> {
    item: T,
    /// Place in the order of arrival, which settles ties.
    arrival: u64,
}

/// See the [module](self).
#[derive(Debug)]
pub struct StableHeap<T> {
    /// Each entry is no greater than those at `2i + 1` and `2i + 2`.
    entries: Vec<Entry<T>>,
    arrivals: u64,
}

/// Where a new item belongs.
#[derive(Clone, Copy, Debug)]
pub struct Position(usize);

fn parent(index: usize) -> usize {
    (index - 1) / 2
}

impl<T> StableHeap<T> {
    pub(crate) const EMPTY: Self = Self {
        entries: Vec::new(),
        arrivals: 0,
    };

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn swap_with_parent(&mut self, index: usize) {
        self.entries.swap(index, parent(index));
    }
}

impl<T: Ord> StableHeap<T> {
    /// Where `item` belongs. Compares, changes nothing.
    pub(crate) fn position(&self, item: &T) -> Position {
        let mut index = self.entries.len();
        // Equal ones stay above: they came before.
        while index > 0 && item.cmp(&self.entries[parent(index)].item) == Ordering::Less {
            index = parent(index);
        }
        Position(index)
    }

    /// Inserts at the position that [`position`](Self::position) has just
    /// answered for `item`. Compares nothing.
    pub(crate) fn insert(&mut self, position: Position, item: T) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        let mut index = self.entries.len();
        self.entries.push(Entry { item, arrival });
        while index > position.0 {
            self.swap_with_parent(index);
            index = parent(index);
        }
    }

    /// Takes the smallest item. Compares first, moves after.
    pub(crate) fn take(&mut self) -> Option<T> {
        let last = self.entries.len().checked_sub(1)?;
        let target = self.sink_target(last);
        let smallest = self.entries.swap_remove(0);
        // The one that was last is on top now, and moves down to its place. The
        // path from the top to an index is written in the bits of index + 1.
        let depth = (target + 1).ilog2();
        for level in (0..depth).rev() {
            self.swap_with_parent(((target + 1) >> level) - 1);
        }
        Some(smallest.item)
    }

    /// Where the entry at `last` belongs when the top is gone.
    fn sink_target(&self, last: usize) -> usize {
        let mut index = 0;
        loop {
            let left = 2 * index + 1;
            if left >= last {
                return index;
            }
            let right = left + 1;
            let child = if right < last && self.is_before(right, left) {
                right
            } else {
                left
            };
            if self.is_before(last, child) {
                return index;
            }
            index = child;
        }
    }

    fn is_before(&self, left: usize, right: usize) -> bool {
        let (left, right) = (&self.entries[left], &self.entries[right]);
        match left.item.cmp(&right.item) {
            Ordering::Less => true,
            Ordering::Equal => left.arrival < right.arrival,
            Ordering::Greater => false,
        }
    }
}
