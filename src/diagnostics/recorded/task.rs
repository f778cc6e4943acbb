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
use super::listed::{self, ListedTask};
use super::registry::next_number;
use super::switch;
use super::user_code::call_user_code;
use crate::diagnostics::report::{TaskKey, TaskReport};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
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
    /// 1 once the scope is in the list of tasks that have held something.
    is_listed: AtomicUsize,
    /// When its current poll began. 0 if nothing was recorded then.
    poll_began: AtomicU64,
}

impl Drop for ScopeIdentity {
    fn drop(&mut self) {
        if *self.is_listed.get_mut() == 1 {
            listed::end(self.number);
        }
    }
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
            Self::Thread(token, thread) => {
                (listed::thread_name(*token, thread), TaskKey::Thread(*token))
            }
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
            is_listed: AtomicUsize::new(0),
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
    // ORDERING: Relaxed is enough: the list has a mutex.
    let is_listed = |scope: &Arc<ScopeIdentity>| scope.is_listed.load(Ordering::Relaxed) == 1;
    let number = match &scope {
        None => NO_SCOPE,
        Some(scope) if is_listed(scope) => scope.number,
        Some(_) => NOT_LISTED,
    };
    let _ = HOLDER.try_with(|(current, _)| current.set(number));
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

/// There is no scope.
const NO_SCOPE: u64 = 0;
/// The scope or the thread is not in the list yet.
const NOT_LISTED: u64 = u64::MAX;

local_key! {
    /// The numbers in the list: of the innermost scope, and of the thread.
    static HOLDER: (Cell<u64>, Cell<u64>) = (Cell::new(NO_SCOPE), Cell::new(NOT_LISTED))
}

local_key! {
    /// Ends the thread's entry in the list.
    static LISTED_THREAD: Cell<Option<ThreadEntry>> = Cell::new(None)
}

/// The entry of a thread in the list.
struct ThreadEntry(u64);

impl Drop for ThreadEntry {
    fn drop(&mut self) {
        listed::end(self.0);
    }
}

/// The task of a hold in two words: a number in the list, or a waker.
pub(super) struct HolderTask(pub(super) [u64; 2]);

impl HolderTask {
    /// Returns the current task. `None` if it is not in the list yet, or if a task source must be
    /// asked.
    #[inline]
    pub(super) fn current(waker: Option<&Waker>) -> Option<Self> {
        let (scope, thread) = HOLDER
            .try_with(|(scope, thread)| (scope.get(), thread.get()))
            .unwrap_or((NOT_LISTED, NOT_LISTED));
        if scope == NOT_LISTED {
            return None;
        }
        if scope != NO_SCOPE {
            return Some(Self([scope, 0]));
        }
        if has_source() {
            return None;
        }
        Self::without_name(waker, thread)
    }

    /// Returns the current task, which has no name: the waker or the thread.
    #[inline]
    fn without_name(waker: Option<&Waker>, thread: u64) -> Option<Self> {
        if let Some(waker) = waker
            .map(WakerAddress::of)
            .filter(|waker| !is_blocking(*waker))
        {
            return Some(Self([waker.data as u64, waker.vtable as u64]));
        }
        (thread != NOT_LISTED).then_some(Self([thread, 0]))
    }

    /// Puts the current scope or the thread into the list. Then returns the current task.
    #[cold]
    pub(super) fn list(waker: Option<&Waker>) -> Option<Self> {
        let scope = SCOPE
            .try_with(|scope| scope.borrow().clone())
            .ok()
            .flatten();
        match scope {
            Some(scope) => {
                // ORDERING: Relaxed is enough: the list has a mutex.
                if scope.is_listed.swap(1, Ordering::Relaxed) == 0 {
                    listed::add(scope.number, ListedTask::Scope(Arc::clone(&scope.name)));
                }
                let _ = HOLDER.try_with(|(current, _)| current.set(scope.number));
                Some(Self([scope.number, 0]))
            }
            None => {
                let number = HOLDER.try_with(|(current, thread)| {
                    current.set(NO_SCOPE);
                    if thread.get() == NOT_LISTED {
                        thread.set(list_thread());
                    }
                    thread.get()
                });
                Self::without_name(waker, number.unwrap_or(NOT_LISTED))
            }
        }
    }

    pub(super) fn report(words: [u64; 2]) -> TaskReport {
        match words {
            [number, 0] => listed::report(number),
            [data, vtable] => {
                let (data, vtable) = (data as usize, vtable as usize);
                TaskIdentity::Waker(WakerAddress { data, vtable }).report()
            }
        }
    }
}

/// Puts the thread into the list and returns its number.
fn list_thread() -> u64 {
    let number = next_number();
    listed::add(
        number,
        ListedTask::Thread(thread::token(), std::thread::current()),
    );
    let entry = ThreadEntry(number);
    // If the thread is ending, the entry ends at once, and its name is kept for a while.
    let _ = LISTED_THREAD.try_with(|listed| listed.set(Some(entry)));
    number
}

type TaskSource = fn() -> Option<String>;

/// The function of `set_task_source`.
static SOURCE: Mutex<Option<TaskSource>> = Mutex::new(None);

/// 1 once there is a task source.
static HAS_SOURCE: AtomicUsize = AtomicUsize::new(0);

pub(super) fn set_source(source: TaskSource) {
    *SOURCE.lock() = Some(source);
    // ORDERING: Relaxed is enough: the mutex publishes the source.
    HAS_SOURCE.store(1, Ordering::Relaxed);
}

#[inline]
fn has_source() -> bool {
    // ORDERING: Relaxed is enough: the mutex publishes the source.
    HAS_SOURCE.load(Ordering::Relaxed) == 1
}

/// Calls the task source.
fn ask_source() -> Option<String> {
    if !has_source() {
        return None;
    }
    let source = (*SOURCE.lock())?;
    call_user_code(source).flatten()
}
