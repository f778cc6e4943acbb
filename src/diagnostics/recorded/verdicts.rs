#![forbid(unsafe_code)]
//! The verdicts about a report. They depend on the report alone.

use alloc::vec::Vec;
use core::time::Duration;
use std::collections::HashMap;

use super::cycles;
use crate::diagnostics::report::{PrimitiveKind, PrimitiveReport, TaskKey, WaiterReport};
use crate::diagnostics::verdict::{Certainty, Verdict};

/// The time after which a poll counts as over. A task that polls several futures one after the
/// other has polled all of them by then.
pub(super) const POLL_IS_OVER: Duration = Duration::from_millis(10);

/// The time after which a grant that is not polled is suspicious.
pub(super) const GRANT_IS_OLD: Duration = Duration::from_secs(1);

/// The time after which waiters of a free primitive are suspicious.
pub(super) const FREE_FOR_LONG: Duration = Duration::from_secs(1);

/// A wait and its primitive.
type Wait<'r> = (&'r PrimitiveReport, &'r WaiterReport);

/// The ungranted waits of a report, by task and by thread.
struct Waits<'r> {
    by_task: HashMap<&'r TaskKey, Vec<Wait<'r>>>,
    /// Waits of threads that block, by the thread's token.
    by_blocked_thread: HashMap<usize, Vec<Wait<'r>>>,
}

impl<'r> Waits<'r> {
    fn of(primitives: &'r [PrimitiveReport]) -> Self {
        let (mut by_task, mut by_blocked_thread) = (HashMap::new(), HashMap::new());
        for primitive in primitives {
            for waiter in primitive.ungranted() {
                let wait = (primitive, waiter);
                let of_task: &mut Vec<_> = by_task.entry(&waiter.task.key).or_default();
                of_task.push(wait);
                if let TaskKey::Thread(token) = waiter.task.key {
                    let of_thread: &mut Vec<_> = by_blocked_thread.entry(token).or_default();
                    of_thread.push(wait);
                }
            }
        }
        Self {
            by_task,
            by_blocked_thread,
        }
    }
}

/// Returns the verdicts, the certain ones first.
pub(super) fn of(primitives: &[PrimitiveReport]) -> Vec<Verdict> {
    let waits = Waits::of(primitives);
    let mut verdicts = Vec::new();
    for primitive in primitives {
        for granted in primitive.granted() {
            verdicts.extend(grant(&waits, primitive, granted));
        }
        for waiter in primitive.ungranted() {
            if waiter.is_last_owner {
                verdicts.push(Verdict::Abandoned {
                    primitive: primitive.id,
                    wait: waiter.id,
                });
            }
        }
        verdicts.extend(free(primitive));
    }
    verdicts.extend(cycles::of(primitives));
    verdicts.sort_by_key(Verdict::certainty);
    verdicts
}

/// Returns whether a grant that is not taken may keep the primitive from others.
///
/// When a once cell is set or a queue is closed, all their waiters are released, and none is
/// left. So their grants count only while somebody else waits.
fn keeps_others_waiting(primitive: &PrimitiveReport) -> bool {
    match primitive.kind {
        PrimitiveKind::OnceCell | PrimitiveKind::Queue => primitive.ungranted().next().is_some(),
        kind => kind.has_holders(),
    }
}

/// Returns the verdict about a wait that was granted and has not taken the grant.
fn grant(
    waits: &Waits<'_>,
    primitive: &PrimitiveReport,
    granted: &WaiterReport,
) -> Option<Verdict> {
    let since = granted.granted?;
    if !keeps_others_waiting(primitive) {
        return None;
    }
    if let Some((certainty, polled)) = polled_instead(waits, primitive, granted, since) {
        return Some(Verdict::Futurelock {
            certainty,
            primitive: primitive.id,
            granted: granted.id,
            polled: polled.id,
        });
    }
    (since >= GRANT_IS_OLD).then_some(Verdict::GrantNotTaken {
        primitive: primitive.id,
        granted: granted.id,
        since,
    })
}

/// Returns a wait that the task of `granted` has polled after the grant.
fn polled_instead<'r>(
    waits: &Waits<'r>,
    primitive: &PrimitiveReport,
    granted: &WaiterReport,
    since: Duration,
) -> Option<(Certainty, &'r WaiterReport)> {
    let pick = |candidates: Option<&Vec<Wait<'r>>>| {
        let later = candidates?
            .iter()
            .filter(|(_, wait)| wait.last_poll < since);
        // A wait for the same primitive tells most, and then the wait that was polled first.
        let best = later.max_by_key(|(other, wait)| (other.id == primitive.id, wait.last_poll));
        best.map(|(_, wait)| *wait)
    };
    if let Some(polled) = pick(waits.by_task.get(&granted.task.key)) {
        let is_over = polled.last_poll >= POLL_IS_OVER;
        return match is_in_a_later_poll(granted, polled, since) {
            Some(false) => None,
            Some(true) if is_over => Some((Certainty::Certain, polled)),
            // The task may be about to poll the granted wait too.
            _ => (since >= POLL_IS_OVER).then_some((Certainty::Suspected, polled)),
        };
    }
    // The thread that polled the granted wait is blocked in another wait.
    let polled = pick(waits.by_blocked_thread.get(&granted.thread))?;
    (polled.last_poll >= POLL_IS_OVER).then_some((Certainty::Suspected, polled))
}

/// Returns whether `polled` was polled in a poll of its task that began after the grant. In an earlier
/// poll, the task may have polled the granted wait just before its grant. `None` if this is unknown.
fn is_in_a_later_poll(
    granted: &WaiterReport,
    polled: &WaiterReport,
    since: Duration,
) -> Option<bool> {
    if polled.is_blocking {
        // The poll of the task does not go on.
        return Some(true);
    }
    match polled.scope_polled {
        Some(began) => Some(began < since),
        // A poll of a task is shorter than this.
        None => {
            let between = granted.last_poll.saturating_sub(polled.last_poll);
            (between >= POLL_IS_OVER).then_some(true)
        }
    }
}

/// Returns the verdict about a primitive that has waiters and no holder.
fn free(primitive: &PrimitiveReport) -> Option<Verdict> {
    let is_free = primitive.kind.has_holders()
        && primitive.holders_are_complete
        && primitive.holders.is_empty()
        && primitive.holders_not_listed == 0
        && primitive.granted().next().is_none();
    let since = primitive.ungranted().map(|waiter| waiter.waited).max()?;
    let is_exclusive = primitive.kind != PrimitiveKind::Semaphore;
    (is_free && is_exclusive && since >= FREE_FOR_LONG).then_some(Verdict::FreeWithWaiters {
        primitive: primitive.id,
        since,
    })
}
