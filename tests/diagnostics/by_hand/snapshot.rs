//! Snapshots made by hand.
//!
//! Ages are in milliseconds. A place in the source is a number: the line of `app.rs`.

use std::time::Duration;

use super::report::{
    CallSite, HoldMode, HolderReport, PrimitiveId, PrimitiveKind, PrimitiveReport, Recording,
    Report, Supply, TaskKey, TaskReport, TransferReport, Transfers, WaitId, WaiterReport,
};
use super::{Histogram, Level, judge};

pub(crate) const SETTLED: Duration = judge::SETTLED;
pub(crate) const LONG: Duration = judge::LONG;

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(crate) fn site(line: u32) -> CallSite {
    CallSite {
        file: "app.rs",
        line,
        column: 5,
    }
}

/// A task with a scope. The name is the identity.
pub(crate) fn named(name: &str) -> TaskReport {
    let number = name.bytes().fold(0_u64, |number, byte| {
        number.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte)
    });
    TaskReport {
        name: name.to_owned(),
        key: TaskKey::Scope(number),
    }
}

/// A task that is known by its waker.
pub(crate) fn waker(data: usize) -> TaskReport {
    TaskReport {
        name: format!("task {data:#x}"),
        key: TaskKey::Waker(data, 1),
    }
}

/// A thread that blocks.
pub(crate) fn thread(token: usize) -> TaskReport {
    TaskReport {
        name: format!("thread {token:#x}"),
        key: TaskKey::Thread(token),
    }
}

/// A wait that is a minute old, was polled once, and is on no thread. Its line is its id.
pub(crate) fn wait(id: u64, task: TaskReport) -> WaiterReport {
    WaiterReport {
        id: WaitId(id),
        operation: "lock",
        task,
        site: site(id as u32),
        amount: 1,
        waited: ms(60_000),
        polls: 1,
        last_poll: ms(60_000),
        wakes: 0,
        last_wake: None,
        granted: None,
        is_last_owner: false,
        is_blocking: false,
        thread: 0,
        queued_during: Some(1),
        scope_polled: None,
    }
}

impl WaiterReport {
    pub(crate) fn began(mut self, waited: u64) -> Self {
        self.waited = ms(waited);
        self.last_poll = self.last_poll.min(self.waited);
        self
    }

    pub(crate) fn polled(mut self, ago: u64) -> Self {
        self.polls += 1;
        self.last_poll = ms(ago);
        self
    }

    pub(crate) fn granted(mut self, ago: u64) -> Self {
        self.wakes += 1;
        self.last_wake = Some(ms(ago));
        self.granted = Some(ms(ago));
        self
    }

    pub(crate) fn operation(mut self, operation: &'static str) -> Self {
        self.operation = operation;
        self
    }

    pub(crate) fn on_thread(mut self, token: usize) -> Self {
        self.thread = token;
        self
    }

    pub(crate) fn blocking(mut self, token: usize) -> Self {
        self.is_blocking = true;
        self.on_thread(token)
    }

    /// In a poll of its scope that began at this time.
    pub(crate) fn in_poll(mut self, ago: u64) -> Self {
        self.scope_polled = Some(ms(ago));
        self
    }

    /// Queued during another exclusive hold than that of [`primitive`], or nobody knows.
    pub(crate) fn queued_during(mut self, hold: Option<u64>) -> Self {
        self.queued_during = hold;
        self
    }

    pub(crate) fn last_owner(mut self) -> Self {
        self.is_last_owner = true;
        self
    }
}

/// A holder for a minute.
pub(crate) fn hold(line: u32, task: TaskReport, mode: HoldMode) -> HolderReport {
    HolderReport {
        task,
        site: site(line),
        mode,
        amount: 1,
        held: ms(60_000),
    }
}

impl HolderReport {
    pub(crate) fn since(mut self, held: u64) -> Self {
        self.held = ms(held);
        self
    }
}

/// An access to a queue.
pub(crate) fn transfer(line: u32, task: TaskReport, ago: u64) -> TransferReport {
    TransferReport {
        task,
        site: site(line),
        ago: ms(ago),
    }
}

/// A primitive whose holders are all known. Its last hold ended long ago.
pub(crate) fn primitive(id: u64, kind: PrimitiveKind) -> PrimitiveReport {
    PrimitiveReport {
        id: PrimitiveId(id),
        kind,
        name: None,
        created: site(900 + id as u32),
        acquisitions: 0,
        supply: None,
        waiters: Vec::new(),
        holders: Vec::new(),
        holders_not_listed: 0,
        holders_are_complete: true,
        last_release: Some(ms(3_600_000)),
        transfers: Transfers::default(),
        wait_times: Histogram::EMPTY,
        hold_times: Histogram::EMPTY,
        ended_hold: Some(1),
        ended: Some(ms(3_600_000)),
    }
}

pub(crate) fn lock(id: u64) -> PrimitiveReport {
    primitive(id, PrimitiveKind::Lock)
}

impl PrimitiveReport {
    pub(crate) fn waiter(mut self, waiter: WaiterReport) -> Self {
        self.waiters.push(waiter);
        self
    }

    pub(crate) fn holder(mut self, holder: HolderReport) -> Self {
        self.holders.push(holder);
        self
    }

    /// Adds a task that holds all of it.
    pub(crate) fn held_by(self, line: u32, task: TaskReport) -> Self {
        self.holder(hold(line, task, HoldMode::Exclusive))
    }

    /// The end of its last exclusive hold was complete at this time. `None` if it is not proven.
    pub(crate) fn ended(mut self, ago: Option<u64>) -> Self {
        self.ended_hold = ago.map(|_| 1);
        self.ended = ago.map(ms);
        self
    }

    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    pub(crate) fn supply(mut self, available: usize, total: Option<usize>) -> Self {
        self.supply = Some(Supply { available, total });
        self
    }

    pub(crate) fn incomplete(mut self) -> Self {
        self.holders_are_complete = false;
        self
    }
}

/// A histogram of these durations, in milliseconds.
pub(crate) fn histogram(durations: impl IntoIterator<Item = u64>) -> Histogram {
    let mut histogram = Histogram::EMPTY;
    for duration in durations {
        histogram.add(ms(duration));
    }
    histogram
}

impl Histogram {
    pub(crate) fn count(&mut self, duration: Duration) {
        self.add(duration);
    }
}

/// A report about nothing.
pub(crate) fn empty(recording: Recording) -> Report {
    Report::new(recording, Vec::new())
}

impl Report {
    /// Returns the part about the primitive with a number.
    pub(crate) fn about(&self, number: u64) -> Self {
        self.with(Some(PrimitiveId(number)))
    }
}

pub(crate) fn report(primitives: impl IntoIterator<Item = PrimitiveReport>) -> Report {
    let primitives = primitives.into_iter().collect();
    Report::new(Recording::On(Level::Holders), primitives)
}
