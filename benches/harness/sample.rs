//! How many operations a sample makes, and what one of them took.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

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

    /// What `iters` operations would have taken, if all of them took `elapsed`.
    pub(crate) fn scale(&self, elapsed: Duration) -> Duration {
        self.scale_part(elapsed, self.operations)
    }

    /// What `iters` operations would have taken, if `done` took `elapsed`.
    pub(crate) fn scale_part(&self, elapsed: Duration, done: u64) -> Duration {
        elapsed.mul_f64(self.iters as f64 / done as f64)
    }

    /// The operations as rounds that `tasks` make together.
    pub(crate) fn rounds(&self, tasks: usize) -> Arc<Rounds> {
        Arc::new(Rounds {
            tasks: tasks as u64,
            count: AtomicU64::new(self.share(tasks)),
            end: Instant::now() + Stock::TIME,
        })
    }

    /// The operations as a stock that tasks help themselves from.
    pub(crate) fn stock(&self) -> Arc<Stock> {
        Arc::new(Stock {
            operations: self.operations,
            asked: AtomicU64::new(0),
            given: AtomicU64::new(0),
            end: Instant::now() + Stock::TIME,
            is_over: AtomicBool::new(false),
        })
    }
}

/// Operations that belong to no task in particular: who is faster makes more of
/// them. So each thread has work until the end, where with equal shares the one
/// that was favoured would leave the other alone.
///
/// The stock closes early if it lasts too long: a lock that hands over to a task
/// which cannot run can become a thousand times slower than it was when criterion
/// chose the size of the sample.
pub(crate) struct Stock {
    operations: u64,
    /// Operations that were asked for, more than there are in the end.
    asked: AtomicU64,
    /// Operations that were given out.
    given: AtomicU64,
    end: Instant,
    is_over: AtomicBool,
}

impl Stock {
    /// How long it lasts, at the most.
    const TIME: Duration = Duration::from_secs(1);

    /// Operations in a portion: enough to make the shared counts cheap.
    const PORTION: u64 = 64;

    /// Portions between two looks at the clock.
    const LOOK: u64 = 16;

    /// Takes a portion; answers how many operations it is. They must be made.
    pub(crate) fn portion(&self) -> Option<u64> {
        let asked = self.asked.fetch_add(Self::PORTION, Ordering::Relaxed);
        if asked % (Self::PORTION * Self::LOOK) == 0 && Instant::now() >= self.end {
            self.is_over.store(true, Ordering::Relaxed);
        }
        let portion = self.operations.saturating_sub(asked).min(Self::PORTION);
        if portion == 0 || self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        self.given.fetch_add(portion, Ordering::Relaxed);
        Some(portion)
    }

    /// The operations that were made.
    pub(crate) fn done(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }
}

/// Rounds in which every task makes one operation, and nobody begins the next one before
/// all have begun this one.
///
/// They end early if they last too long, for the same reason as a [`Stock`].
pub(crate) struct Rounds {
    tasks: u64,
    count: AtomicU64,
    end: Instant,
}

impl Rounds {
    /// Rounds between two looks at the clock.
    const LOOK: u64 = 64;

    /// Whether there is this round. `task` is the number of who asks: the first task looks
    /// at the clock, and since nobody else is beyond this round yet, all end with it.
    pub(crate) fn has(&self, round: u64, task: usize) -> bool {
        if task == 0 && round % Self::LOOK == 0 && Instant::now() >= self.end {
            self.count.fetch_min(round + 1, Ordering::Relaxed);
        }
        round < self.count.load(Ordering::Relaxed)
    }

    /// The operations that were made.
    pub(crate) fn done(&self) -> u64 {
        self.count.load(Ordering::Relaxed) * self.tasks
    }
}
