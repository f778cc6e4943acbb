#![forbid(unsafe_code)]
//! The identity of the task that is polled.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::cell::{Cell, RefCell};
use core::mem;
use core::task::{RawWakerVTable, Waker};
use std::thread::Thread;

use super::clock::{self, Moment};
use super::registry::next_number;
use super::switch;
use super::user_code::call_user_code;
use crate::diagnostics::report::{TaskKey, TaskReport};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, Mutex, local_key, thread};

/// A task, as a record keeps it.
#[derive(Clone, Debug)]
pub(super) enum TaskIdentity {
    Scope(Arc<ScopeIdentity>),
    Source(Arc<str>),
    Thread(usize, Thread),
    Waker(WakerAddress),
}

/// The name and the number of a scope.
#[derive(Debug)]
pub(super) struct ScopeIdentity {
    number: u64,
    name: Arc<str>,
    /// When its current poll began. 0 if nothing was recorded then.
    poll_began: AtomicU64,
}

/// What identifies a waker. Nothing is read through these addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct WakerAddress {
    data: usize,
    vtable: usize,
}

impl WakerAddress {
    fn of(waker: &Waker) -> Self {
        let vtable: *const RawWakerVTable = waker.vtable();
        Self {
            data: waker.data().addr(),
            vtable: vtable.addr(),
        }
    }
}

/// An odd number whose bits look random: 2^64 divided by the golden ratio.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The scope and the waker of a poll. Two polls with the same call have the same task, so the task
/// source need not be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PolledBy {
    scope: u64,
    waker: Option<WakerAddress>,
    /// When the poll of the scope began.
    scope_polled: Option<Moment>,
}

impl PolledBy {
    /// Returns what the current poll is called with.
    pub(super) fn current(waker: Option<&Waker>) -> Self {
        let current = SCOPE.try_with(|scope| {
            let scope = scope.borrow();
            // ORDERING: Relaxed is enough: this thread stored it.
            let began = |scope: &ScopeIdentity| scope.poll_began.load(Ordering::Relaxed);
            scope.as_deref().map(|scope| (scope.number, began(scope)))
        });
        let (scope, began) = current.ok().flatten().unwrap_or((0, 0));
        Self {
            scope,
            waker: waker.map(WakerAddress::of),
            scope_polled: Moment::from_stamp(began),
        }
    }

    /// Returns when the poll of the innermost scope began.
    pub(super) fn scope_polled(self) -> Option<Moment> {
        self.scope_polled
    }

    /// Returns whether the waker is that of a thread that blocks.
    pub(super) fn is_blocking(self) -> bool {
        self.waker.is_some_and(is_blocking)
    }

    /// Returns a number that is rarely the same for two tasks, and never 0.
    pub(super) fn digest(self) -> u64 {
        let waker = self
            .waker
            .map_or([0; 2], |waker| [waker.data, waker.vtable]);
        let words = [self.scope, waker[0] as u64, waker[1] as u64];
        let mix = |digest: u64, word: u64| (digest ^ word).wrapping_mul(ODD).rotate_left(29);
        words.into_iter().fold(0, mix) | 1
    }

    /// Returns the task. Calls the task source, which is user code, so the caller holds no mutex.
    pub(super) fn task(self) -> TaskIdentity {
        if self.scope != 0 {
            let scope = SCOPE.try_with(|scope| scope.borrow().clone());
            if let Some(scope) = scope.ok().flatten() {
                return TaskIdentity::Scope(scope);
            }
        }
        if let Some(name) = ask_source() {
            return TaskIdentity::Source(name.into());
        }
        match self.waker {
            Some(waker) if !is_blocking(waker) => TaskIdentity::Waker(waker),
            _ => TaskIdentity::Thread(thread::token(), std::thread::current()),
        }
    }
}

impl TaskIdentity {
    pub(super) fn report(&self) -> TaskReport {
        let (name, key) = match self {
            Self::Scope(scope) => (scope.name[..].to_owned(), TaskKey::Scope(scope.number)),
            Self::Source(name) => (name[..].to_owned(), TaskKey::Source(name[..].to_owned())),
            Self::Thread(token, thread) => (
                match thread.name() {
                    Some(name) => format!("thread {name:?}"),
                    None => format!("thread {token:#x}"),
                },
                TaskKey::Thread(*token),
            ),
            Self::Waker(waker) => (
                format!("task {:#x}", waker.data),
                TaskKey::Waker(waker.data, waker.vtable),
            ),
        };
        TaskReport { name, key }
    }
}

local_key! {
    /// The innermost scope that is being polled.
    static SCOPE: RefCell<Option<Arc<ScopeIdentity>>> = RefCell::new(None)
}

local_key! {
    /// The waker with which the thread polls while it blocks.
    static BLOCKING: Cell<Option<WakerAddress>> = Cell::new(None)
}

/// The name of a task, while it is polled.
pub(crate) struct TaskScope(Arc<ScopeIdentity>);

impl TaskScope {
    pub(crate) fn new(name: impl Into<Arc<str>>) -> Self {
        Self(Arc::new(ScopeIdentity {
            number: next_number(),
            name: name.into(),
            poll_began: AtomicU64::new(0),
        }))
    }

    /// Runs one poll of the task.
    pub(crate) fn run<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        if switch::records_waits() {
            let now = clock::now().nanoseconds();
            // ORDERING: Relaxed is enough: only the thread that polls reads it.
            self.0.poll_began.store(now, Ordering::Relaxed);
        }
        let own = Some(Arc::clone(&self.0));
        let _restore = RestoreScope(set_scope(own));
        poll()
    }
}

/// Sets the current scope and returns the previous one. Does nothing if the thread-local is already
/// destroyed.
fn set_scope(scope: Option<Arc<ScopeIdentity>>) -> Option<Arc<ScopeIdentity>> {
    let replaced = SCOPE.try_with(|current| mem::replace(&mut *current.borrow_mut(), scope));
    replaced.ok().flatten()
}

/// Sets the current scope when it is dropped.
struct RestoreScope(Option<Arc<ScopeIdentity>>);

impl Drop for RestoreScope {
    fn drop(&mut self) {
        drop(set_scope(self.0.take()));
    }
}

/// A thread that drives a future, and parks between its polls. Its waits count as waits of the
/// thread.
#[cfg(all(feature = "std", not(target_family = "wasm")))]
pub(crate) struct BlockingThread(Option<WakerAddress>);

#[cfg(all(feature = "std", not(target_family = "wasm")))]
impl BlockingThread {
    /// Begins to drive a future with this waker.
    pub(crate) fn enter(waker: &Waker) -> Self {
        let own = Some(WakerAddress::of(waker));
        let outer = BLOCKING.try_with(|blocking| blocking.replace(own));
        Self(outer.ok().flatten())
    }
}

#[cfg(all(feature = "std", not(target_family = "wasm")))]
impl Drop for BlockingThread {
    fn drop(&mut self) {
        let _ = BLOCKING.try_with(|blocking| blocking.set(self.0));
    }
}

fn is_blocking(waker: WakerAddress) -> bool {
    let blocking = BLOCKING.try_with(Cell::get);
    blocking.ok().flatten() == Some(waker)
}

type TaskSource = fn() -> Option<String>;

/// The function of `set_task_source`.
static SOURCE: Mutex<Option<TaskSource>> = Mutex::new(None);

pub(super) fn set_source(source: TaskSource) {
    *SOURCE.lock() = Some(source);
}

/// Calls the task source.
fn ask_source() -> Option<String> {
    let source = (*SOURCE.lock())?;
    call_user_code(source).flatten()
}
