//! The items of the queues.
#![forbid(unsafe_code)]

use std::cmp::Ordering;

/// An item. It compares by its number only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) number: usize,
    /// The number of earlier items.
    pub(super) serial: usize,
}

impl Item {
    fn key(self) -> (usize, usize) {
        (self.number, self.serial)
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}
