#![forbid(unsafe_code)]
//! What a report contains: plain data, with ages relative to the moment of the report.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::Level;
use super::histogram::Histogram;
use super::judge;
use super::verdict::Verdict;

/// The waits and the holders that are recorded at one moment, and what they suggest.
///
/// Returned by [`report`](super::report). `Display` prints it for people. The fields are for
/// programs.
///
/// With the feature `serde`, it implements `serde::Serialize`. The fields have the same names, except
/// that a duration is a number of nanoseconds in a field that ends with `_ns`. Each verdict has its
/// sentence in the field `text`, as [`explain`](Self::explain) returns it.
///
/// A report is weakly consistent. It reads the records of different primitives one after the
/// other, while other threads continue. So it may contain a waiter that has just left, or show two
/// holders of a lock that was handed off in between.
///
/// # Examples
///
/// ```
/// use aiosync::diagnostics::{self, Recording};
///
/// let report = diagnostics::report();
/// if report.recording == Recording::NotCompiled {
///     assert!(report.primitives.is_empty());
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Whether anything is recorded.
    pub recording: Recording,
    /// The primitives that have waiters or holders, in the order of their ids.
    pub primitives: Vec<PrimitiveReport>,
    /// What the waiters and the holders suggest, the certain verdicts first.
    pub verdicts: Vec<Verdict>,
}

/// Whether waits are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recording {
    /// The crate is built without the feature `diagnostics`, or for a model.
    NotCompiled,
    /// [`enable`](super::enable) was not called, or [`disable`](super::disable) was called after it.
    Off,
    /// New waits are recorded.
    On(Level),
}

/// The kind of a primitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PrimitiveKind {
    /// A [`Lock`](crate::Lock).
    Lock,
    /// An [`RwLock`](crate::RwLock).
    RwLock,
    /// A [`Semaphore`](crate::Semaphore).
    Semaphore,
    /// An [`Event`](crate::Event).
    Event,
    /// A [`Barrier`](crate::Barrier).
    Barrier,
    /// A [`Condition`](crate::Condition).
    Condition,
    /// An [`OrderedQueue`](crate::OrderedQueue).
    Queue,
    /// A [`OnceCell`](crate::OnceCell).
    OnceCell,
}

impl PrimitiveKind {
    /// Returns whether a task holds this kind of primitive, and gives it back. Nobody holds an
    /// `Event`, a `Barrier`, a `Condition` or a `Queue`.
    #[must_use]
    pub fn has_holders(self) -> bool {
        matches!(
            self,
            Self::Lock | Self::RwLock | Self::Semaphore | Self::OnceCell
        )
    }
}

impl fmt::Display for PrimitiveKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// The identity of a primitive, from its first recorded wait until its drop. The ids of two reports
/// can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PrimitiveId(pub(super) u64);

impl PrimitiveId {
    /// Returns the number that the report prints.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PrimitiveId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{}", self.0)
    }
}

/// The identity of a wait. The ids of two reports can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WaitId(pub(super) u64);

impl WaitId {
    /// Returns the number of this wait, which no other wait has.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

/// A place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct CallSite {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl fmt::Display for CallSite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// One primitive, with its waiters and its holders.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PrimitiveReport {
    /// Its id.
    pub id: PrimitiveId,
    /// Its kind.
    pub kind: PrimitiveKind,
    /// The name that `named` gave it.
    pub name: Option<&'static str>,
    /// The call that created it.
    pub created: CallSite,
    /// The number of recorded acquisitions since the first recorded wait.
    pub acquisitions: u64,
    /// What it had to give when a task last had to wait for it.
    pub supply: Option<Supply>,
    /// The waiters in the order in which their waits began.
    pub waiters: Vec<WaiterReport>,
    /// The recorded holders, the longest first.
    pub holders: Vec<HolderReport>,
    /// The number of holders that are recorded and not listed, because the table was full.
    pub holders_not_listed: usize,
    /// Whether every holder is recorded. If not, there may be others: an acquisition that does not
    /// wait is recorded at [`Level::Holders`] only.
    pub holders_are_complete: bool,
    /// The time since the last recorded hold ended.
    pub last_release: Option<Duration>,
    /// The last put into a queue, and the last get, at [`Level::Holders`].
    pub transfers: Transfers,
    /// The durations of its recorded waits. A wait that was granted ends at the latest look at the
    /// clock before it was taken, which is not before its grant.
    pub wait_times: Histogram,
    /// The durations of its recorded holds. A hold without a wait that begins and ends between two looks
    /// at the clock counts as 0.
    pub hold_times: Histogram,
    /// The generation of the last exclusive hold, if its end is complete and no recorded hold has
    /// followed.
    pub(super) ended_hold: Option<u64>,
    /// The time since this end was complete.
    pub(super) ended: Option<Duration>,
}

/// The free permits of a semaphore, or the items of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Supply {
    /// The free permits, or the items in the queue.
    pub available: usize,
    /// All permits, or the capacity of the queue. `None` if the queue is unbounded.
    pub total: Option<usize>,
}

/// The last accesses to a queue.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Transfers {
    /// The last put.
    pub last_put: Option<TransferReport>,
    /// The last get.
    pub last_get: Option<TransferReport>,
}

/// A put into a queue, or a get.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TransferReport {
    /// The task that made the call.
    pub task: TaskReport,
    /// The call.
    pub site: CallSite,
    /// The time since then.
    pub ago: Duration,
}

/// A task or a thread.
///
/// [`scope`](super::scope) names a task. Otherwise the task is known by what
/// [`set_task_source`](super::set_task_source) returns for it, or by the name of the thread that
/// blocks, or by the address of its waker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TaskReport {
    /// The name for people.
    pub name: String,
    /// What two reports of one task have in common.
    pub(super) key: TaskKey,
}

/// What identifies a task.
#[allow(dead_code, reason = "the arm that records nothing creates no task")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum TaskKey {
    /// The number of a `scope`.
    Scope(u64),
    /// The name from the task source.
    Source(String),
    /// The token of a thread that blocks.
    Thread(usize),
    /// The data and the vtable of a waker.
    Waker(usize, usize),
}

impl TaskReport {
    /// Returns whether both are the same task.
    ///
    /// A task without a name is known by its waker. If it has ended, another task may have a waker
    /// at the same address. A future inside `FuturesUnordered`, or inside a large `join_all`, has a
    /// waker of its own, and counts as another task than its parent.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Returns whether a scope or the task source has named the task.
    #[must_use]
    pub fn is_named(&self) -> bool {
        matches!(self.key, TaskKey::Scope(_) | TaskKey::Source(_))
    }
}

/// One wait.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WaiterReport {
    /// Its id.
    pub id: WaitId,
    /// What it waits for: the name of the method that created it, without `_owned`.
    pub operation: &'static str,
    /// The task that polled it last.
    pub task: TaskReport,
    /// The call that created the future.
    pub site: CallSite,
    /// The number of permits or items that it waits for.
    pub amount: usize,
    /// The time since its first poll that had to wait.
    pub waited: Duration,
    /// The number of polls, with the first.
    pub polls: u64,
    /// The time since its last poll began.
    pub last_poll: Duration,
    /// The number of wakes. A wake counts when the waker is taken from the wait queue, which is
    /// shortly before the waker is called.
    pub wakes: u64,
    /// The time since the last wake.
    pub last_wake: Option<Duration>,
    /// The time since it was granted what it waits for. `None` if it still waits. A granted wait is
    /// reported until its task polls or drops it.
    pub granted: Option<Duration>,
    /// Whether the future owned the last `Arc` of the primitive at its last poll.
    pub is_last_owner: bool,
    /// Whether a thread blocks in this wait.
    pub is_blocking: bool,
    /// The token of the thread that polled it last.
    pub(super) thread: usize,
    /// The generation of the exclusive hold during which it was queued.
    pub(super) queued_during: Option<u64>,
    /// The time since the poll of its scope began in which it was polled last.
    pub(super) scope_polled: Option<Duration>,
}

/// One holder of a primitive.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HolderReport {
    /// The task that acquired the primitive. The guard may be in another task by now.
    pub task: TaskReport,
    /// The call that acquired it.
    pub site: CallSite,
    /// How it holds the primitive.
    pub mode: HoldMode,
    /// The number of permits. 1 for other primitives.
    pub amount: usize,
    /// The time since the acquisition.
    pub held: Duration,
}

/// How a primitive is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HoldMode {
    /// A lock, or a reader-writer lock for writing. There is no other holder.
    Exclusive,
    /// A reader-writer lock for reading.
    Shared,
    /// Permits of a semaphore.
    Permits,
    /// The turn to initialize a `OnceCell`.
    Initializer,
}

impl Report {
    /// Returns a report on primitives, with its verdicts.
    pub(super) fn new(recording: Recording, primitives: Vec<PrimitiveReport>) -> Self {
        Self {
            recording,
            verdicts: judge::verdicts(&primitives),
            primitives,
        }
    }

    /// Returns the primitive with an id.
    #[must_use]
    pub fn primitive(&self, id: PrimitiveId) -> Option<&PrimitiveReport> {
        self.primitives.iter().find(|primitive| primitive.id == id)
    }

    /// Returns the wait with an id, and its primitive.
    #[must_use]
    pub fn wait(&self, id: WaitId) -> Option<(&PrimitiveReport, &WaiterReport)> {
        self.primitives.iter().find_map(|primitive| {
            let waiter = primitive.waiters.iter().find(|waiter| waiter.id == id)?;
            Some((primitive, waiter))
        })
    }
}

impl PrimitiveReport {
    /// Returns the waiters that were granted nothing yet.
    pub fn ungranted(&self) -> impl Iterator<Item = &WaiterReport> {
        self.waiters
            .iter()
            .filter(|waiter| waiter.granted.is_none())
    }

    /// Returns the waiters that were granted what they wait for and have not taken it.
    pub fn granted(&self) -> impl Iterator<Item = &WaiterReport> {
        self.waiters
            .iter()
            .filter(|waiter| waiter.granted.is_some())
    }
}
