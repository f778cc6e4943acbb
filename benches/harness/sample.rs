//! How many operations a sample makes, and what one of them took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A sample of `iters` iterations, as criterion asks for it, rounded up to whole
/// rounds of tasks and to a number that is worth a start.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    iters: u64,
    operations: u64,
}

impl Sample {
    /// The operations of the smallest sample.
    const LEAST: u64 = 4_096;

    /// A sample whose operations can be dealt out in `step` equal shares.
    pub(crate) fn new(iters: u64, step: usize) -> Self {
        Self {
            iters,
            operations: iters.max(Self::LEAST).next_multiple_of(step as u64),
        }
    }

    /// All operations.
    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    /// The operations of each of `count`, which divides the step.
    pub(crate) fn share(&self, count: usize) -> u64 {
        self.operations / count as u64
    }

    /// The operations as a stock that tasks help themselves from.
    pub(crate) fn stock(&self) -> Stock {
        Stock {
            taken: Arc::new(AtomicU64::new(0)),
            operations: self.operations,
        }
    }

    /// What `iters` operations would have taken, if all of them took `elapsed`.
    pub(crate) fn scale(&self, elapsed: Duration) -> Duration {
        elapsed.mul_f64(self.iters as f64 / self.operations as f64)
    }
}

/// Operations that belong to no task in particular: who is faster makes more of
/// them. So each thread has work until the end, where with equal shares the one
/// that was favoured would leave the other alone.
#[derive(Clone)]
pub(crate) struct Stock {
    taken: Arc<AtomicU64>,
    operations: u64,
}

impl Stock {
    /// Operations in a portion: enough to make the shared count cheap.
    const PORTION: u64 = 64;

    /// Takes a portion; answers how many operations it is. `None`: all are taken.
    pub(crate) fn portion(&self) -> Option<u64> {
        let taken = self.taken.fetch_add(Self::PORTION, Ordering::Relaxed);
        let left = self.operations.checked_sub(taken)?;
        (left > 0).then_some(left.min(Self::PORTION))
    }
}
