#![forbid(unsafe_code)]
//! Tasks that wait for one another.
//!
//! A task is *stuck* if all its waits are for primitives of which all holders are stuck. The search
//! starts from the tasks that are not stuck, and follows the holders back to their waiters. Among
//! the tasks that remain, it follows each task's wait to a holder, until it comes to a task for the
//! second time.
//!
//! A wait for an event, a barrier, a condition or a queue is never stuck, because anybody can end
//! it. Neither is a wait for a primitive with a holder that is not recorded.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use std::collections::HashMap;

use crate::diagnostics::report::{
    CallSite, PrimitiveKind, PrimitiveReport, TaskKey, TaskReport, WaiterReport,
};
use crate::diagnostics::verdict::{CycleLink, Verdict};

/// A task that holds a primitive, or was granted it.
struct Holding<'r> {
    task: &'r TaskReport,
    site: CallSite,
    held: Duration,
    is_granted: bool,
}

/// A primitive, and what is computed once about it.
struct HeldPrimitive<'r> {
    primitive: &'r PrimitiveReport,
    holdings: Vec<Holding<'r>>,
    /// Whether only these holders can end a wait for the primitive.
    depends_on_holders: bool,
}

impl<'r> HeldPrimitive<'r> {
    fn new(primitive: &'r PrimitiveReport) -> Self {
        let holders = primitive.holders.iter().map(|holder| Holding {
            task: &holder.task,
            site: holder.site,
            held: holder.held,
            is_granted: false,
        });
        let granted = primitive.granted().map(|waiter| Holding {
            task: &waiter.task,
            site: waiter.site,
            held: waiter.granted.unwrap_or_default(),
            is_granted: true,
        });
        Self {
            primitive,
            holdings: holders.chain(granted).collect(),
            depends_on_holders: depends_on_holders(primitive),
        }
    }
}

/// A wait of a task that may be stuck.
#[derive(Clone, Copy)]
struct Waiting<'r, 'h> {
    held: &'h HeldPrimitive<'r>,
    waiter: &'r WaiterReport,
}

/// The tasks that wait, by what identifies them.
type Tasks<'r, 'h> = HashMap<&'r TaskKey, Vec<Waiting<'r, 'h>>>;

/// Returns whether only the known holders can end a wait for the primitive.
fn depends_on_holders(primitive: &PrimitiveReport) -> bool {
    let granted: usize = primitive.granted().map(|waiter| waiter.amount).sum();
    let held: usize = primitive.holders.iter().map(|holder| holder.amount).sum();
    let has_all = match primitive.kind {
        PrimitiveKind::Lock | PrimitiveKind::RwLock | PrimitiveKind::OnceCell => granted + held > 0,
        PrimitiveKind::Semaphore => primitive.supply.is_some_and(|supply| {
            supply
                .total
                .is_some_and(|total| total > 0 && granted + held >= total)
        }),
        _ => false,
    };
    has_all && primitive.holders_not_listed == 0
}

/// Returns a verdict for each cycle.
pub(super) fn of(primitives: &[PrimitiveReport]) -> Vec<Verdict> {
    let held: Vec<_> = primitives.iter().map(HeldPrimitive::new).collect();
    let mut tasks = Tasks::new();
    for held in &held {
        for waiter in held.primitive.ungranted() {
            let waits = tasks.entry(&waiter.task.key).or_default();
            waits.push(Waiting { held, waiter });
        }
    }
    remove_live(&mut tasks, &held);

    let mut verdicts = Vec::new();
    let mut visited: Vec<&TaskKey> = Vec::new();
    let mut starts: Vec<_> = tasks.iter().collect();
    starts.sort_by_key(|(_, waits)| waits[0].waiter.id);
    let mut rounds: HashMap<&TaskKey, usize> = HashMap::new();
    for (round, (start, _)) in starts.iter().enumerate() {
        visited.clear();
        let mut task: &TaskKey = start;
        let closed = loop {
            match rounds.get(task) {
                // It leads to a cycle that was found before.
                Some(earlier) if *earlier != round => break None,
                Some(_) => break Some(task),
                None => {}
            }
            rounds.insert(task, round);
            visited.push(task);
            match next_of(&tasks[task], task) {
                Some(next) => task = next,
                None => break None,
            }
        };
        if let Some(first) = closed {
            let begin = visited.iter().position(|task| *task == first);
            let cycle = &visited[begin.unwrap_or(0)..];
            verdicts.extend(verdict(&tasks, cycle));
        }
    }
    verdicts
}

/// Removes the tasks that are not stuck. Looks at each wait and each holder once.
fn remove_live(tasks: &mut Tasks<'_, '_>, primitives: &[HeldPrimitive<'_>]) {
    let mut held_by: HashMap<&TaskKey, Vec<usize>> = HashMap::new();
    // Primitives whose waits may end, and whose waiters were not removed yet.
    let mut live = Vec::new();
    let mut is_live = vec![false; primitives.len()];
    for (index, held) in primitives.iter().enumerate() {
        let mut holders = held.holdings.iter().map(|holding| &holding.task.key);
        if !held.depends_on_holders || !holders.all(|task| tasks.contains_key(task)) {
            is_live[index] = true;
            live.push(index);
        }
        for holding in &held.holdings {
            held_by.entry(&holding.task.key).or_default().push(index);
        }
    }
    while let Some(index) = live.pop() {
        for waiter in primitives[index].primitive.ungranted() {
            let task = &waiter.task.key;
            if tasks.remove(task).is_none() {
                continue;
            }
            for held in held_by.remove(task).unwrap_or_default() {
                if !core::mem::replace(&mut is_live[held], true) {
                    live.push(held);
                }
            }
        }
    }
}

/// Returns a task that holds what the task waits for: another one, if there is one.
fn next_of<'r>(waits: &[Waiting<'r, '_>], task: &TaskKey) -> Option<&'r TaskKey> {
    let mut itself = None;
    for wait in waits {
        for holding in &wait.held.holdings {
            if holding.task.key != *task {
                return Some(&holding.task.key);
            }
            // A granted wait of the task itself is a futurelock.
            if !holding.is_granted {
                itself = Some(&holding.task.key);
            }
        }
    }
    itself
}

/// Returns the verdict about tasks of which each waits for the next one.
fn verdict(tasks: &Tasks<'_, '_>, cycle: &[&TaskKey]) -> Option<Verdict> {
    let find = |task: &TaskKey, holder: &TaskKey| {
        tasks[task].iter().find_map(|wait| {
            let mut holdings = wait.held.holdings.iter();
            let holding = holdings.find(|holding| holding.task.key == *holder)?;
            Some((wait.held.primitive, wait.waiter, holding))
        })
    };
    if let [task] = cycle {
        let (primitive, waiter, holding) = find(task, task)?;
        return Some(Verdict::Reentry {
            primitive: primitive.id,
            wait: waiter.id,
            held: holding.site,
        });
    }
    let mut links = vec![];
    for (index, task) in cycle.iter().enumerate() {
        let previous = cycle[(index + cycle.len() - 1) % cycle.len()];
        let next = cycle[(index + 1) % cycle.len()];
        let (held, _, holding) = find(previous, task)?;
        let (_, waiter, _) = find(task, next)?;
        links.push(CycleLink {
            task: holding.task.clone(),
            holds: held.id,
            held_site: holding.site,
            held: holding.held,
            waits: waiter.id,
        });
    }
    Some(Verdict::Cycle { links })
}
