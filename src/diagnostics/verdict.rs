#![forbid(unsafe_code)]
//! What the waiters and the holders of a report suggest.

use alloc::vec::Vec;
use core::time::Duration;

use super::report::{CallSite, PrimitiveId, TaskReport, WaitId};

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Certainty {
    /// The records prove it.
    Certain,
    /// The records suggest it. The verdict's documentation says what they cannot know.
    Suspected,
}

/// A conclusion from the records of a [`Report`](super::Report).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// A wait was granted and is not polled, although its task is polled. The task waits for
    /// something else, often for the same primitive, so it never takes the grant.
    #[non_exhaustive]
    Futurelock {
        /// Certain if a poll of the task that began after the grant has polled `polled`, at least
        /// 100 ms ago. For a task with a [`scope`](super::scope), the beginning of its polls is known.
        /// Otherwise, a poll is assumed to take less than 10 ms. Suspected if that is unknown, if only
        /// the thread is known to be the same, or if a task without a name began to wait for `polled`
        /// after the grant, because another task may have a waker at the same address by then.
        certainty: Certainty,
        /// The primitive that nobody else gets.
        primitive: PrimitiveId,
        /// The granted wait. Polling or dropping its future ends the deadlock.
        granted: WaitId,
        /// The wait that the task has polled instead.
        polled: WaitId,
    },
    /// A wait was granted, and its task has not polled it for a long time. Suspected: the task may
    /// be busy, or its executor may be.
    #[non_exhaustive]
    GrantNotTaken {
        /// The primitive.
        primitive: PrimitiveId,
        /// The granted wait.
        granted: WaitId,
        /// The time since the grant.
        since: Duration,
    },
    /// A task waits for a primitive that it holds itself. Suspected: the guard may have moved to
    /// another task.
    #[non_exhaustive]
    Reentry {
        /// The primitive.
        primitive: PrimitiveId,
        /// The wait.
        wait: WaitId,
        /// The call that acquired what the task holds.
        held: CallSite,
    },
    /// Each of these tasks waits for a primitive that the next one holds, and the last one waits
    /// for the first. Suspected: guards may have moved to other tasks.
    #[non_exhaustive]
    Cycle {
        /// The tasks of the cycle, in order.
        links: Vec<CycleLink>,
    },
    /// A future owned the last `Arc` of the primitive when it was last polled, so nobody else can
    /// end its wait. Suspected: a `Weak` may still give access.
    #[non_exhaustive]
    Abandoned {
        /// The primitive.
        primitive: PrimitiveId,
        /// The wait.
        wait: WaitId,
    },
    /// The primitive has waiters and no holder. This would be a bug in this crate: please report
    /// it. Suspected: the report is weakly consistent.
    #[non_exhaustive]
    FreeWithWaiters {
        /// The primitive.
        primitive: PrimitiveId,
        /// The time since the first of the waiters began to wait.
        since: Duration,
    },
}

/// One task of a [`Verdict::Cycle`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CycleLink {
    /// The task.
    pub task: TaskReport,
    /// The primitive that it holds, for which the previous task of the cycle waits.
    pub holds: PrimitiveId,
    /// The call that acquired it.
    pub held_site: CallSite,
    /// The time since then.
    pub held: Duration,
    /// Its wait for the primitive that the next task holds.
    pub waits: WaitId,
}

impl Verdict {
    /// Returns how sure the verdict is.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Futurelock { certainty, .. } => *certainty,
            _ => Certainty::Suspected,
        }
    }

    /// Returns the primitive that the verdict is about. A cycle is about several, so it returns
    /// `None` for a cycle.
    #[must_use]
    pub fn primitive(&self) -> Option<PrimitiveId> {
        match self {
            Self::Futurelock { primitive, .. }
            | Self::GrantNotTaken { primitive, .. }
            | Self::Reentry { primitive, .. }
            | Self::Abandoned { primitive, .. }
            | Self::FreeWithWaiters { primitive, .. } => Some(*primitive),
            Self::Cycle { .. } => None,
        }
    }

    /// Returns the waits that the verdict names.
    pub fn waits(&self) -> impl Iterator<Item = WaitId> {
        let (one, other, links) = match self {
            Self::Futurelock {
                granted, polled, ..
            } => (Some(*granted), Some(*polled), &[][..]),
            Self::GrantNotTaken { granted: wait, .. }
            | Self::Reentry { wait, .. }
            | Self::Abandoned { wait, .. } => (Some(*wait), None, &[][..]),
            Self::Cycle { links } => (None, None, &links[..]),
            Self::FreeWithWaiters { .. } => (None, None, &[][..]),
        };
        let linked = links.iter().map(|link| link.waits);
        one.into_iter().chain(other).chain(linked)
    }
}
