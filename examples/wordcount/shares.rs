//! The shares that the workers exchange between the two stages.

use std::mem;

use crate::count::Totals;

/// The counts, divided into one share for each worker. No two shares have a word in common.
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

    /// Adds the counts of one worker, [split](Totals::split) into the shares.
    pub(crate) fn put(&mut self, parts: Vec<Totals>) {
        assert_eq!(parts.len(), self.shares.len());
        for (share, part) in self.shares.iter_mut().zip(parts) {
            share.push(part);
        }
    }

    /// Takes a share, as the parts from all workers. It is complete when all workers have put
    /// their parts, and empty if it was taken before.
    pub(crate) fn take(&mut self, share: usize) -> Vec<Totals> {
        mem::take(&mut self.shares[share])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shares.iter().all(Vec::is_empty)
    }
}
