#![forbid(unsafe_code)]
//! Tasks that wait for themselves, or for one another.
//!
//! # Protocol
//!
//! A task is *stuck* if each of its waits is for a stuck primitive. Whether a primitive is stuck
//! depends on its holders:
//!
//! | holder | stuck if |
//! |---|---|
//! | of a lock, a writer, an initializer | the holder is stuck |
//! | readers | one of them is stuck, because a waiting writer needs all of them to leave |
//! | permits of a semaphore | all of them are known and stuck, because each may return a permit |
//!
//! A primitive without holders, such as an event, is never stuck. Neither is one that was granted
//! to a task, because that task is about to run.
//!
//! 1. Assume that all tasks and all primitives are stuck, except for those that cannot be.
//! 2. If a task is not stuck, each primitive that it holds has one stuck holder less. If a
//!    primitive is not stuck any more, none of its waiting tasks is. Repeat this until nothing
//!    changes. Each task and each primitive changes once, so this takes linear time.
//! 3. A task that is still stuck and holds what it waits for is a re-entry. If it holds permits of
//!    a semaphore, it must hold all of them.
//! 4. From each task that is still stuck, follow its oldest wait to another stuck holder, until a
//!    task comes twice. These tasks are a cycle.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::mem::take;

use super::judge::{ByTask, Found, SETTLED, knows_all_holders};
use super::report::{HoldMode, HolderReport, PrimitiveId, PrimitiveReport, TaskKey};
use super::verdict::{CycleLink, Verdict};

/// A task that waits and holds something.
struct TaskNode<'a> {
    waits: &'a [Found<'a>],
    /// The primitives that it holds, once for each hold.
    holds: Vec<PrimitiveId>,
    is_stuck: bool,
}

/// A primitive that tasks wait for.
struct PrimitiveNode<'a> {
    primitive: &'a PrimitiveReport,
    /// The number of holders that must be stuck.
    needed: usize,
    stuck_holders: usize,
    /// The tasks that wait for it and hold something.
    waiters: Vec<&'a TaskKey>,
}

impl PrimitiveNode<'_> {
    fn is_stuck(&self) -> bool {
        self.needed > 0 && self.stuck_holders >= self.needed
    }
}

/// A task waits for a primitive that the next task holds.
struct Edge<'a> {
    wait: Found<'a>,
    holder: &'a HolderReport,
}

struct Graph<'a> {
    tasks: BTreeMap<&'a TaskKey, TaskNode<'a>>,
    primitives: BTreeMap<PrimitiveId, PrimitiveNode<'a>>,
}

/// Returns the re-entries, and the cycles of at least two tasks.
pub(super) fn verdicts(primitives: &[PrimitiveReport], by_task: &ByTask<'_>) -> Vec<Verdict> {
    let mut graph = Graph::new(primitives, by_task);
    graph.settle();
    let mut verdicts = graph.reentries();
    verdicts.extend(graph.cycles());
    verdicts
}

/// Returns the number of holders that must be stuck, so that the primitive is. 0 if it cannot be.
fn needed(primitive: &PrimitiveReport) -> usize {
    let Some(first) = primitive.holders.first() else {
        return 0;
    };
    if !primitive.kind.has_holders() || primitive.granted().next().is_some() {
        return 0;
    }
    match first.mode {
        HoldMode::Exclusive | HoldMode::Initializer => primitive.holders.len(),
        HoldMode::Shared => 1,
        HoldMode::Permits if knows_all_holders(primitive) => primitive.holders.len(),
        HoldMode::Permits => 0,
    }
}

impl<'a> Graph<'a> {
    fn new(primitives: &'a [PrimitiveReport], by_task: &'a ByTask<'a>) -> Self {
        let mut tasks = BTreeMap::new();
        for (key, waits) in by_task {
            let is_old = |found: &Found<'_>| {
                found.waiter.granted.is_none() && found.waiter.waited >= SETTLED
            };
            let node = TaskNode {
                waits,
                holds: Vec::new(),
                is_stuck: waits.iter().all(is_old),
            };
            tasks.insert(*key, node);
        }
        let mut nodes = BTreeMap::new();
        for primitive in primitives {
            let mut stuck_holders = 0;
            for holder in &primitive.holders {
                if let Some(task) = tasks.get_mut(&holder.task.key) {
                    task.holds.push(primitive.id);
                    stuck_holders += 1;
                }
            }
            let waiters = primitive.waiters.iter().map(|waiter| &waiter.task.key);
            let node = PrimitiveNode {
                primitive,
                needed: needed(primitive),
                stuck_holders,
                waiters: waiters.filter(|task| tasks.contains_key(task)).collect(),
            };
            nodes.insert(primitive.id, node);
        }
        Self {
            tasks,
            primitives: nodes,
        }
    }

    /// Step 2.
    fn settle(&mut self) {
        let mut free: Vec<&TaskKey> = Vec::new();
        for (key, task) in &mut self.tasks {
            let is_stuck = |found: &Found<'_>| {
                let node = self.primitives.get(&found.primitive.id);
                node.is_some_and(PrimitiveNode::is_stuck)
            };
            if !task.is_stuck || !task.waits.iter().all(is_stuck) {
                task.is_stuck = false;
                free.push(key);
            }
        }
        while let Some(key) = free.pop() {
            let holds = self.tasks.get_mut(key).map(|task| take(&mut task.holds));
            for held in holds.into_iter().flatten() {
                let Some(node) = self.primitives.get_mut(&held) else {
                    continue;
                };
                let was_stuck = node.is_stuck();
                node.stuck_holders -= 1;
                if !was_stuck || node.is_stuck() {
                    continue;
                }
                for waiter in &node.waiters {
                    let Some(task) = self.tasks.get_mut(waiter) else {
                        continue;
                    };
                    if task.is_stuck {
                        task.is_stuck = false;
                        free.push(waiter);
                    }
                }
            }
        }
    }

    /// Step 3.
    fn reentries(&self) -> Vec<Verdict> {
        let mut reentries = Vec::new();
        for node in self.primitives.values().filter(|node| node.is_stuck()) {
            for waiter in &node.primitive.waiters {
                let is_own = |holder: &&HolderReport| holder.task.is_same_as(&waiter.task);
                let holders = &node.primitive.holders;
                let Some(own) = holders.iter().find(is_own) else {
                    continue;
                };
                let task = self.tasks.get(&waiter.task.key);
                let may_get_another =
                    own.mode == HoldMode::Permits && !holders.iter().all(|holder| is_own(&holder));
                if task.is_some_and(|task| task.is_stuck) && !may_get_another {
                    reentries.push(Verdict::Reentry {
                        primitive: node.primitive.id,
                        wait: waiter.id,
                        held: own.site,
                    });
                }
            }
        }
        reentries
    }

    /// Returns where a stuck task leads. `None` if it waits for itself only.
    fn next(&self, key: &TaskKey) -> Option<Edge<'a>> {
        let task = self.tasks.get(key).filter(|task| task.is_stuck)?;
        let oldest_first = {
            let mut waits = task.waits.to_vec();
            waits.sort_by_key(|wait| Reverse(wait.waiter.waited));
            waits
        };
        oldest_first.into_iter().find_map(|wait| {
            let is_stuck = |holder: &&HolderReport| {
                let task = self.tasks.get(&holder.task.key);
                holder.task.key != *key && task.is_some_and(|task| task.is_stuck)
            };
            let primitive = self.primitives.get(&wait.primitive.id)?.primitive;
            let holder = primitive.holders.iter().find(is_stuck)?;
            Some(Edge { wait, holder })
        })
    }

    /// Step 4.
    fn cycles(&self) -> Vec<Verdict> {
        let mut cycles = Vec::new();
        // The number of the walk in which a task was visited.
        let mut visits: BTreeMap<&TaskKey, usize> = BTreeMap::new();
        for (walk, start) in self.tasks.keys().enumerate() {
            let (mut path, mut key): (Vec<Edge<'a>>, &TaskKey) = (vec![], start);
            while !visits.contains_key(key) {
                let Some(edge) = self.next(key) else { break };
                visits.insert(key, walk);
                key = &edge.holder.task.key;
                path.push(edge);
            }
            if visits.get(key) == Some(&walk) {
                let is_start = |edge: &Edge<'_>| edge.wait.waiter.task.key == *key;
                let start = path.iter().position(is_start).unwrap_or(0);
                cycles.push(Verdict::Cycle {
                    links: links(&path[start..]),
                });
            }
        }
        cycles
    }
}

/// Returns the links of a cycle, from the primitive with the lowest id.
fn links(edges: &[Edge<'_>]) -> Vec<CycleLink> {
    let next = edges.iter().cycle().skip(1);
    let links = edges.iter().zip(next).map(|(edge, next)| CycleLink {
        task: edge.holder.task.clone(),
        holds: edge.wait.primitive.id,
        held_site: edge.holder.site,
        held: edge.holder.held,
        waits: next.wait.waiter.id,
    });
    let mut links: Vec<_> = links.collect();
    let lowest = (0..links.len()).min_by_key(|&index| (links[index].holds, links[index].waits));
    links.rotate_left(lowest.unwrap_or(0));
    links
}
