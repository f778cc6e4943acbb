#![forbid(unsafe_code)]
//! The names of the tasks that have held something.
//!
//! A slot of a hold keeps the number of its task. The name is in this list from the first hold of
//! the task, so a hold clones no `Arc`. The names of tasks and threads that have ended are kept for a
//! while, because their guards may live on. Then such a task is known by its number.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use std::thread::Thread;

use crate::diagnostics::report::{TaskKey, TaskReport};
use crate::sync::{Arc, Mutex};

/// The number of ended tasks whose names are kept.
const KEPT: usize = 256;

/// A task in the list.
#[derive(Clone)]
pub(super) enum ListedTask {
    Scope(Arc<str>),
    Thread(usize, Thread),
}

struct List {
    tasks: BTreeMap<u64, ListedTask>,
    ended: VecDeque<u64>,
}

static LIST: Mutex<List> = Mutex::new(List {
    tasks: BTreeMap::new(),
    ended: VecDeque::new(),
});

/// Adds a task.
pub(super) fn add(number: u64, task: ListedTask) {
    LIST.lock().tasks.insert(number, task);
}

/// Tells that a listed task has ended.
pub(super) fn end(number: u64) {
    let removed = {
        let mut list = LIST.lock();
        list.ended.push_back(number);
        let oldest = (list.ended.len() > KEPT).then(|| list.ended.pop_front());
        oldest
            .flatten()
            .and_then(|oldest| list.tasks.remove(&oldest))
    };
    drop(removed);
}

/// Returns the report of a task.
pub(super) fn report(number: u64) -> TaskReport {
    let task = LIST.lock().tasks.get(&number).cloned();
    match task {
        Some(ListedTask::Scope(name)) => TaskReport {
            name: (*name).into(),
            key: TaskKey::Scope(number),
        },
        Some(ListedTask::Thread(token, thread)) => TaskReport {
            name: thread_name(token, &thread),
            key: TaskKey::Thread(token),
        },
        None => TaskReport {
            name: format!("ended task #{number}"),
            key: TaskKey::Scope(number),
        },
    }
}

/// Returns the name of a thread for people.
pub(super) fn thread_name(token: usize, thread: &Thread) -> alloc::string::String {
    match thread.name() {
        Some(name) => format!("thread {name:?}"),
        None => format!("thread {token:#x}"),
    }
}
