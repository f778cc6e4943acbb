//! The state that the tasks or threads of one run share.

use std::mem;
use std::path::PathBuf;

use aiosync::{Barrier, Condition, Event, Lock, Queue, Semaphore};

use crate::arguments::Arguments;
use crate::count::Totals;
use crate::read::OpenFiles;
use crate::report::Bar;
use crate::shares::Shares;
use crate::walk::Roots;

/// A run: the state that its producer, workers and reporter share.
#[derive(Debug)]
pub(crate) struct Job {
    /// Set when all tasks or threads exist. None of them begins earlier.
    pub(crate) start: Event,
    /// The files to count. An item is done when a worker has counted it.
    pub(crate) paths: Queue<PathBuf>,
    /// A permit for each file that may be open.
    pub(crate) open: Semaphore,
    /// The meeting of the workers: after all files are counted, and after all shares are in
    /// `totals`.
    pub(crate) meeting: Barrier,
    /// The counts of the workers, complete after the first meeting.
    pub(crate) shares: Lock<Shares>,
    /// The result, complete after the second meeting.
    pub(crate) totals: Lock<Totals>,
    pub(crate) progress: Lock<Progress>,
    /// Notified after each change of `progress`.
    pub(crate) news: Condition,

    pub(crate) roots: Roots,
    pub(crate) workers: usize,
    pub(crate) open_files: OpenFiles,
    pub(crate) bar: Bar,
    permits: usize,
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The number of files counted or skipped.
    pub(crate) files: u64,
    /// Whether the totals are complete.
    pub(crate) finished: bool,
}

impl Job {
    pub(crate) fn new(arguments: &Arguments, roots: Roots, bar: Bar) -> Self {
        Self {
            start: Event::new(),
            paths: Queue::bounded(arguments.capacity),
            open: Semaphore::bounded(arguments.open),
            meeting: Barrier::new(arguments.workers),
            shares: Lock::new(Shares::new(arguments.workers)),
            totals: Lock::default(),
            progress: Lock::default(),
            news: Condition::new(),
            roots,
            workers: arguments.workers,
            open_files: OpenFiles::default(),
            bar,
            permits: arguments.open,
        }
    }

    /// Takes the totals, when all tasks or threads have ended.
    pub(crate) fn take_totals(&self) -> Totals {
        mem::take(&mut *self.totals.lock_blocking())
    }

    /// Returns a line for each fault that a run must not leave behind.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faults = [
            (self.paths.is_empty(), "paths in the queue"),
            (self.paths.is_closed(), "an open queue"),
            (self.paths.unfinished() == 0, "unfinished paths"),
            (self.has_no_waiters(), "waiters"),
            (!self.meeting.is_broken(), "a broken barrier"),
            (!self.shares.is_locked(), "locked shares"),
            (self.has_no_shares(), "shares that no worker took"),
            (!self.totals.is_locked(), "locked totals"),
            (!self.progress.is_locked(), "locked progress"),
            (
                self.open.available_permits() == self.permits,
                "permits that were not released",
            ),
            (
                self.open_files.most() <= self.permits,
                "more open files than permits",
            ),
        ];
        faults
            .into_iter()
            .filter(|(holds, _)| !holds)
            .map(|(_, fault)| format!("found {fault}: {self:?}"))
            .collect()
    }

    /// Returns whether all shares were taken. If they are locked, it assumes so.
    fn has_no_shares(&self) -> bool {
        let shares = self.shares.try_lock();
        shares.is_none_or(|shares| shares.is_empty())
    }

    fn has_no_waiters(&self) -> bool {
        let waiting = [
            self.start.waiters(),
            self.paths.waiting_putters(),
            self.paths.waiting_getters(),
            self.open.waiters(),
            self.meeting.waiting(),
            self.shares.waiters(),
            self.totals.waiters(),
            self.progress.waiters(),
            self.news.waiters(),
        ];
        waiting == [0; 9]
    }
}
