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

/// A wait of a task that may be stuck.
struct Waiting<'r> {
    primitive: &'r PrimitiveReport,
    waiter: &'r WaiterReport,
}

fn holdings(primitive: &PrimitiveReport) -> impl Iterator<Item = Holding<'_>> {
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
    holders.chain(granted)
}

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
    let mut tasks: HashMap<&TaskKey, Vec<Waiting<'_>>> = HashMap::new();
    for primitive in primitives {
        for waiter in primitive.ungranted() {
            let waits = tasks.entry(&waiter.task.key).or_default();
            waits.push(Waiting { primitive, waiter });
        }
    }
    remove_live(&mut tasks);

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

/// Removes the tasks that are not stuck.
fn remove_live(tasks: &mut HashMap<&TaskKey, Vec<Waiting<'_>>>) {
    let mut dependents: HashMap<&TaskKey, Vec<&TaskKey>> = HashMap::new();
    let mut live: Vec<&TaskKey> = Vec::new();
    for (task, waits) in tasks.iter() {
        for wait in waits {
            if !depends_on_holders(wait.primitive) {
                live.push(task);
            }
            for holding in holdings(wait.primitive) {
                let holder = &holding.task.key;
                if tasks.contains_key(holder) {
                    dependents.entry(holder).or_default().push(task);
                } else {
                    live.push(task);
                }
            }
        }
    }
    while let Some(task) = live.pop() {
        if tasks.remove(task).is_some() {
            live.extend(dependents.remove(task).unwrap_or_default());
        }
    }
}

/// Returns a task that holds what the task waits for: another one, if there is one.
fn next_of<'r>(waits: &[Waiting<'r>], task: &TaskKey) -> Option<&'r TaskKey> {
    let mut itself = None;
    for wait in waits {
        for holding in holdings(wait.primitive) {
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
fn verdict(tasks: &HashMap<&TaskKey, Vec<Waiting<'_>>>, cycle: &[&TaskKey]) -> Option<Verdict> {
    let find = |task: &TaskKey, holder: &TaskKey| {
        tasks[task].iter().find_map(|wait| {
            let mut holdings = holdings(wait.primitive);
            let holding = holdings.find(|holding| holding.task.key == *holder)?;
            Some((wait.primitive, wait.waiter, holding))
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
