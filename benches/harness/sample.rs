//! The number of operations in a sample, and the time of one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A sample of `iters` iterations, which criterion asks for. Its number of operations is
/// rounded up to whole rounds of tasks, and to a minimum that is worth starting the tasks.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    iters: u64,
    operations: u64,
}

impl Sample {
    /// The operations of the smallest sample.
    const LEAST: u64 = 4_096;

    /// Creates a sample whose operations can be divided into `step` equal shares.
    pub(crate) fn new(iters: u64, step: usize) -> Self {
        Self {
            iters,
            operations: iters.max(Self::LEAST).next_multiple_of(step as u64),
        }
    }

    /// Returns the number of operations.
    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    /// Returns the operations of each of `count` tasks. `count` must divide the step.
    pub(crate) fn share(&self, count: usize) -> u64 {
        self.operations / count as u64
    }

    /// Returns the time of `iters` operations, if all operations took `elapsed`.
    pub(crate) fn scale(&self, elapsed: Duration) -> Duration {
        self.scale_part(elapsed, self.operations)
    }

    /// Returns the time of `iters` operations, if `done` operations took `elapsed`.
    pub(crate) fn scale_part(&self, elapsed: Duration, done: u64) -> Duration {
        elapsed.mul_f64(self.iters as f64 / done as f64)
    }

    /// Returns the operations as rounds of `tasks` tasks.
    pub(crate) fn rounds(&self, tasks: usize) -> Arc<Rounds> {
        Arc::new(Rounds {
            tasks: tasks as u64,
            count: AtomicU64::new(self.share(tasks)),
            end: Instant::now() + Stock::TIME,
        })
    }

    /// Returns the operations as a stock from which tasks take portions.
    pub(crate) fn stock(&self) -> Arc<Stock> {
        Arc::new(Stock {
            operations: self.operations,
            requested: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            end: Instant::now() + Stock::TIME,
            is_over: AtomicBool::new(false),
        })
    }
}

/// Operations that are not assigned to tasks in advance: a faster task takes more of them.
/// So each thread has work until the end. With equal shares, a faster thread would finish
/// first, and the rest would run without contention.
///
/// The stock ends early if it lasts too long. A lock that hands off to a preempted task may
/// be a thousand times slower than it was when criterion chose the sample size.
pub(crate) struct Stock {
    operations: u64,
    /// The operations that tasks asked for. In the end, more than there are.
    requested: AtomicU64,
    /// The operations that tasks took.
    taken: AtomicU64,
    end: Instant,
    is_over: AtomicBool,
}

impl Stock {
    /// The maximum time that it lasts.
    const TIME: Duration = Duration::from_secs(1);

    /// The operations in a portion: enough to make the shared counts cheap.
    const PORTION: u64 = 64;

    /// The portions between two reads of the clock.
    const CLOCK_INTERVAL: u64 = 16;

    /// Takes a portion and returns its number of operations. The caller must do them all.
    pub(crate) fn portion(&self) -> Option<u64> {
        let requested = self.requested.fetch_add(Self::PORTION, Ordering::Relaxed);
        if requested % (Self::PORTION * Self::CLOCK_INTERVAL) == 0 && Instant::now() >= self.end {
            self.is_over.store(true, Ordering::Relaxed);
        }
        let portion = self.operations.saturating_sub(requested).min(Self::PORTION);
        if portion == 0 || self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        self.taken.fetch_add(portion, Ordering::Relaxed);
        Some(portion)
    }

    /// Returns the number of operations that were done.
    pub(crate) fn done(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

/// Rounds in which every task does one operation. No task begins a round before all tasks
/// have begun the one before.
///
/// The rounds end early if they last too long, for the same reason as a [`Stock`].
pub(crate) struct Rounds {
    tasks: u64,
    count: AtomicU64,
    end: Instant,
}

impl Rounds {
    /// The rounds between two reads of the clock.
    const CLOCK_INTERVAL: u64 = 64;

    /// Returns whether this round exists. `task` is the number of the calling task. The first
    /// task reads the clock. No other task is beyond this round yet, so all end with it.
    pub(crate) fn has(&self, round: u64, task: usize) -> bool {
        if task == 0 && round % Self::CLOCK_INTERVAL == 0 && Instant::now() >= self.end {
            self.count.fetch_min(round + 1, Ordering::Relaxed);
        }
        round < self.count.load(Ordering::Relaxed)
    }

    /// Returns the number of operations that were done.
    pub(crate) fn done(&self) -> u64 {
        self.count.load(Ordering::Relaxed) * self.tasks
    }
}
