//! What the workers hand to each other between the two stages.

use std::mem;

use crate::count::Totals;

/// What was counted, by shares: as many as workers, each with words that no other
/// share has.
#[derive(Debug)]
pub(crate) struct Shares {
    shares: Vec<Vec<Totals>>,
}

impl Shares {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            shares: vec![Vec::new(); workers],
        }
    }

    /// Takes in what one worker counted, [split](Totals::split) into the shares.
    pub(crate) fn put(&mut self, parts: Vec<Totals>) {
        assert_eq!(parts.len(), self.shares.len());
        for (share, part) in self.shares.iter_mut().zip(parts) {
            share.push(part);
        }
    }

    /// One share, in parts from all workers. It is complete when all have put, and
    /// empty when it was taken before.
    pub(crate) fn take(&mut self, share: usize) -> Vec<Totals> {
        mem::take(&mut self.shares[share])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shares.iter().all(Vec::is_empty)
    }
}
