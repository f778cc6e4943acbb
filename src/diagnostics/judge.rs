#![forbid(unsafe_code)]
//! The verdicts on a report: a pure function of its primitives.
//!
//! # What is compared
//!
//! Two records are of one task if their tasks have the same key. A waker's address is a weak key:
//! if a task ends, another task may get a waker at the same address. A node of a wait queue keeps
//! its waker alive until the grant. So a waker proves that two waits are of one task only if both
//! had begun before the grant. A name proves it always. A waker without data, such as
//! `Waker::noop()`, proves nothing and suggests nothing.
//!
//! A task was polled after a grant if it has begun a poll after it. The poll of a scope has a time.
//! Without a scope, two polls of waits are in one poll of the task unless [`ONE_POLL`] is between
//! them.
//!
//! A report is weakly consistent, so each verdict is about records that are [`SETTLED`]. A hook
//! records a new holder before it ends the record of a grant.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::time::Duration;

use super::report::{PrimitiveKind, PrimitiveReport, TaskKey, TaskReport, WaiterReport};
use super::stuck;
use super::verdict::{Certainty, Verdict};

/// The age from which a record is no accident of the moment of the report. A poll of a healthy task
/// is much shorter.
pub(super) const SETTLED: Duration = Duration::from_millis(100);

/// The time that one poll of a task is assumed to take at most, if its begin is not known.
const ONE_POLL: Duration = Duration::from_millis(10);

/// The age from which a grant that was not taken is suspicious by itself.
pub(super) const LONG: Duration = Duration::from_secs(1);

/// A wait, and the primitive that it waits for.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) primitive: &'a PrimitiveReport,
    pub(super) waiter: &'a WaiterReport,
}

/// The waits of each task that holds something, or was granted something.
pub(super) type ByTask<'a> = BTreeMap<&'a TaskKey, Vec<Found<'a>>>;

/// Returns the verdicts on these primitives, the certain ones first.
pub(super) fn verdicts(primitives: &[PrimitiveReport]) -> Vec<Verdict> {
    let by_task = by_task(primitives);
    let blocking = blocking(primitives);
    let mut verdicts = Vec::new();
    for primitive in primitives {
        for granted in primitive.granted() {
            let granted = Found {
                primitive,
                waiter: granted,
            };
            verdicts.extend(not_taken(granted, &by_task, &blocking));
        }
        for waiter in primitive.ungranted() {
            if waiter.is_last_owner {
                verdicts.push(Verdict::Abandoned {
                    primitive: primitive.id,
                    wait: waiter.id,
                });
            }
        }
        verdicts.extend(free_with_waiters(primitive));
    }
    verdicts.extend(stuck::verdicts(primitives, &by_task));
    verdicts.sort_by_key(Verdict::certainty);
    verdicts
}

/// Returns the waits of each task from which others may need something. Other tasks have no part in
/// a verdict, and may be many. Tasks that have no identity are left out.
fn by_task(primitives: &[PrimitiveReport]) -> ByTask<'_> {
    let mut by_task = ByTask::new();
    for primitive in primitives {
        let holders = primitive.holders.iter().map(|holder| &holder.task);
        let granted = primitive.granted().map(|waiter| &waiter.task);
        for task in holders.chain(granted).filter(|task| is_known(task)) {
            by_task.insert(&task.key, Vec::new());
        }
    }
    for primitive in primitives {
        for waiter in &primitive.waiters {
            if let Some(waits) = by_task.get_mut(&waiter.task.key) {
                waits.push(Found { primitive, waiter });
            }
        }
    }
    by_task.retain(|_, waits| !waits.is_empty());
    by_task
}

/// Returns the waits in which threads block, by the token of the thread.
fn blocking(primitives: &[PrimitiveReport]) -> BTreeMap<usize, Vec<Found<'_>>> {
    let mut blocking = BTreeMap::<_, Vec<_>>::new();
    for primitive in primitives {
        for waiter in primitive.ungranted().filter(|waiter| waiter.is_blocking) {
            let waits = blocking.entry(waiter.thread).or_default();
            waits.push(Found { primitive, waiter });
        }
    }
    blocking
}

/// Returns whether the key of a task tells it from other tasks.
fn is_known(task: &TaskReport) -> bool {
    !matches!(task.key, TaskKey::Waker(0, _))
}

/// Returns whether nobody else can use what the wait was granted, until the task takes it.
///
/// An event or a barrier that releases its waiters is there for everybody. So is a cell that is
/// set, and a queue that is closed: then no waiter is left.
fn withholds(granted: Found<'_>) -> bool {
    match granted.primitive.kind {
        PrimitiveKind::Event | PrimitiveKind::Barrier => false,
        PrimitiveKind::OnceCell | PrimitiveKind::Queue => {
            granted.primitive.ungranted().next().is_some()
        }
        _ => true,
    }
}

/// Returns the verdict on a grant that was not taken.
fn not_taken(
    granted: Found<'_>,
    by_task: &ByTask<'_>,
    blocking: &BTreeMap<usize, Vec<Found<'_>>>,
) -> Option<Verdict> {
    let since = granted.waiter.granted?;
    if !withholds(granted) || since < SETTLED {
        return None;
    }
    let same_task = by_task.get(&granted.waiter.task.key);
    let same_thread = blocking.get(&granted.waiter.thread);
    let others = same_task.into_iter().chain(same_thread).flatten();
    let suspects = others.filter_map(|&other| {
        let certainty = futurelock(granted.waiter, other.waiter)?;
        let is_same = other.primitive.id == granted.primitive.id;
        Some((certainty, Reverse(is_same), other.waiter.last_poll, other))
    });
    let suspect = suspects.min_by_key(|&(certainty, is_same, last_poll, other)| {
        (certainty, is_same, last_poll, other.waiter.id)
    });
    match suspect {
        Some((certainty, _, _, polled)) => Some(Verdict::Futurelock {
            certainty,
            primitive: granted.primitive.id,
            granted: granted.waiter.id,
            polled: polled.waiter.id,
        }),
        None if since >= LONG => Some(Verdict::GrantNotTaken {
            primitive: granted.primitive.id,
            granted: granted.waiter.id,
            since,
        }),
        None => None,
    }
}

/// Returns how sure it is that the task of `granted` waits in `other` instead of taking its grant.
/// `other` is a wait of the same task, or a wait that blocks the thread that polled `granted` last.
fn futurelock(granted: &WaiterReport, other: &WaiterReport) -> Option<Certainty> {
    let since = granted.granted?;
    if other.granted.is_some() {
        return None;
    }
    let is_same_task = is_known(&granted.task) && other.task.is_same_as(&granted.task);
    // The thread has polled `granted`, and has blocked since.
    let is_inside_poll = other.is_blocking && other.waited <= granted.last_poll;
    let is_settled = other.last_poll >= SETTLED;
    let is_later_poll = if is_same_task && is_settled {
        is_in_a_later_poll(granted, other, since)
    } else {
        Some(false)
    };
    if is_later_poll != Some(false) {
        let is_certain =
            is_later_poll.is_some() && (granted.task.is_named() || other.waited >= since);
        return Some(if is_certain {
            Certainty::Certain
        } else {
            Certainty::Suspected
        });
    }
    let is_suspected = (is_inside_poll && is_settled) || (is_same_task && since >= LONG);
    is_suspected.then_some(Certainty::Suspected)
}

/// Returns whether the task has begun a poll after the grant, and polled `other` in it. It may have
/// polled `granted` just before its grant, and then `other` in the same poll. `None` if that is
/// unknown.
fn is_in_a_later_poll(
    granted: &WaiterReport,
    other: &WaiterReport,
    since: Duration,
) -> Option<bool> {
    if other.is_blocking {
        // The poll of the task does not go on.
        return Some(true);
    }
    match other.scope_polled {
        _ if other.last_poll >= since => Some(false),
        Some(began) => Some(began < since),
        None => (other.last_poll + ONE_POLL <= granted.last_poll).then_some(true),
    }
}

/// Returns whether the report lists all holders.
pub(super) fn knows_all_holders(primitive: &PrimitiveReport) -> bool {
    primitive.holders_are_complete && primitive.holders_not_listed == 0
}

/// Returns the verdict on a primitive that is free although a task waits for it.
///
/// The verdict accuses this crate, so it needs a proof. The waiter was queued during an exclusive
/// hold. The holder has given the primitive back completely, so it has granted the first waiter and
/// recorded this grant. That was so long before the report that the report has read the records of all
/// waiters in front. No such grant is left, and no recorded hold has followed. And all holds are
/// recorded.
fn free_with_waiters(primitive: &PrimitiveReport) -> Option<Verdict> {
    let is_lock = matches!(primitive.kind, PrimitiveKind::Lock | PrimitiveKind::RwLock);
    let hold = primitive.ended_hold?;
    let is_passed_over = |waiter: &&WaiterReport| waiter.queued_during == Some(hold);
    let passed_over = primitive.ungranted().filter(is_passed_over);
    let since = passed_over.map(|waiter| waiter.waited).max()?;
    let is_free = primitive.holders.is_empty()
        && knows_all_holders(primitive)
        && primitive.granted().next().is_none()
        && primitive.ended.is_some_and(|ago| ago >= SETTLED);
    (is_lock && is_free && since >= SETTLED).then_some(Verdict::FreeWithWaiters {
        primitive: primitive.id,
        since,
    })
}
