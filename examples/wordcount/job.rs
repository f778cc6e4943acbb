//! What the tasks or threads of one run share.

use std::mem;
use std::path::PathBuf;

use aiosync::{Barrier, Condition, Event, Lock, Queue, Semaphore};

use crate::arguments::Arguments;
use crate::count::Totals;
use crate::read::Desk;
use crate::report::Bar;
use crate::shares::Shares;
use crate::walk::Places;

/// One run: all that its producer, workers and reporter use together.
#[derive(Debug)]
pub(crate) struct Job {
    /// Set when all are there. Nobody begins before.
    pub(crate) start: Event,
    /// What is still to be counted. An item is done when a worker has counted it.
    pub(crate) paths: Queue<PathBuf>,
    /// A permit for each file that may be open.
    pub(crate) open: Semaphore,
    /// Where the workers meet: when all is counted, and when all is in `totals`.
    pub(crate) meeting: Barrier,
    /// What was counted, complete after the first meeting.
    pub(crate) shares: Lock<Shares>,
    /// The result, complete after the second meeting.
    pub(crate) totals: Lock<Totals>,
    pub(crate) progress: Lock<Progress>,
    /// Notified after each change of `progress`.
    pub(crate) news: Condition,

    pub(crate) places: Places,
    pub(crate) workers: usize,
    pub(crate) desk: Desk,
    pub(crate) bar: Bar,
    permits: usize,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Files counted or left out.
    pub(crate) files: u64,
    /// Whether everything is in the totals.
    pub(crate) finished: bool,
}

impl Job {
    pub(crate) fn new(arguments: &Arguments, places: Places, bar: Bar) -> Self {
        Self {
            start: Event::new(),
            paths: Queue::bounded(arguments.capacity),
            open: Semaphore::bounded(arguments.open),
            meeting: Barrier::new(arguments.workers),
            shares: Lock::new(Shares::new(arguments.workers)),
            totals: Lock::default(),
            progress: Lock::default(),
            news: Condition::new(),
            places,
            workers: arguments.workers,
            desk: Desk::default(),
            bar,
            permits: arguments.open,
        }
    }

    /// The totals, when everybody has ended.
    pub(crate) fn take_totals(&self) -> Totals {
        mem::take(&mut *self.totals.lock_blocking())
    }

    /// What a run that has ended must not leave behind: one line for each fault.
    pub(crate) fn remains(&self) -> Vec<String> {
        let faults = [
            (self.paths.is_empty(), "paths in the queue"),
            (self.paths.is_closed(), "a queue that is open"),
            (self.paths.unfinished() == 0, "unfinished paths"),
            (self.nobody_waits(), "somebody who waits"),
            (!self.meeting.is_broken(), "a broken barrier"),
            (!self.shares.is_locked(), "locked shares"),
            (self.nothing_to_share(), "shares that nobody took"),
            (!self.totals.is_locked(), "locked totals"),
            (!self.progress.is_locked(), "locked progress"),
            (
                self.open.available_permits() == self.permits,
                "permits that did not come back",
            ),
            (
                self.desk.most_open() <= self.permits,
                "more open files than permits",
            ),
        ];
        faults
            .into_iter()
            .filter(|(well, _)| !well)
            .map(|(_, fault)| format!("there were {fault}: {self:?}"))
            .collect()
    }

    /// Whether all shares were taken. Of locked ones it cannot know.
    fn nothing_to_share(&self) -> bool {
        let shares = self.shares.try_lock();
        shares.is_none_or(|shares| shares.is_empty())
    }

    fn nobody_waits(&self) -> bool {
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
