#![forbid(unsafe_code)]
//! A binary heap that survives a panic in `Ord::cmp`. The smallest item comes out first,
//! equal items in the order in which they were put.
//!
//! `std::collections::BinaryHeap` compares and moves in turn, so a panic between two moves
//! leaves it out of order. Here each operation first walks its path and only compares, and
//! then moves along that path without comparing: a panic changes nothing. (Algorithm:
//! J. W. J. Williams, "Algorithm 232: Heapsort", CACM 7(6), 1964; the two passes are ours.)

use alloc::vec::Vec;
use core::cmp::Ordering;

#[derive(Debug)]
struct Entry<T> {
    item: T,
    /// The number of earlier puts, which orders equal items.
    arrival: u64,
}

/// The heap. See the [module](self).
#[derive(Debug)]
pub struct StableHeap<T> {
    /// The entry at `i` is not greater than the entries at `2i + 1` and `2i + 2`.
    entries: Vec<Entry<T>>,
    /// The number of puts. 64 bits do not overflow within 500 years.
    arrivals: u64,
}

/// The index at which a new item belongs.
#[derive(Clone, Copy, Debug)]
pub struct HeapIndex(usize);

fn parent(index: usize) -> usize {
    (index - 1) / 2
}

impl<T> StableHeap<T> {
    pub(crate) const EMPTY: Self = Self {
        entries: Vec::new(),
        arrivals: 0,
    };

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: Vec::with_capacity(capacity),
            arrivals: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn swap_with_parent(&mut self, index: usize) {
        self.entries.swap(index, parent(index));
    }
}

impl<T: Ord> StableHeap<T> {
    /// Returns where `item` belongs. Compares, and changes nothing.
    pub(crate) fn insertion_index(&self, item: &T) -> HeapIndex {
        let mut index = self.entries.len();
        // An equal item stays above, because it was put before.
        while index > 0 && item.cmp(&self.entries[parent(index)].item) == Ordering::Less {
            index = parent(index);
        }
        HeapIndex(index)
    }

    /// Inserts at the index that [`insertion_index`](Self::insertion_index) has just
    /// returned for `item`. Compares nothing.
    pub(crate) fn insert(&mut self, target: HeapIndex, item: T) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        let mut index = self.entries.len();
        self.entries.push(Entry { item, arrival });
        while index > target.0 {
            self.swap_with_parent(index);
            index = parent(index);
        }
    }

    /// Takes the smallest item. Compares first, and moves afterwards.
    pub(crate) fn take(&mut self) -> Option<T> {
        let last = self.entries.len().checked_sub(1)?;
        let target = self.sink_target(last);
        let smallest = self.entries.swap_remove(0);
        // The entry that was last is on top now, and moves down to its target. The bits of
        // an index + 1 are the path from the top to it.
        let depth = (target + 1).ilog2();
        for level in (0..depth).rev() {
            self.swap_with_parent(((target + 1) >> level) - 1);
        }
        Some(smallest.item)
    }

    /// Returns where the entry at `last` belongs once the top is gone.
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
