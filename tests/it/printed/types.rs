//! A value of every public type, printed while guards, permits and slots are held, and while
//! futures wait.
#![forbid(unsafe_code)]

use std::any::type_name;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::pending;
use std::path::Path;
use std::sync::Arc;

use aiosync::{
    Barrier, Condition, Event, GetTimeoutError, LifoQueue, Lock, LockGuard, OnceCell,
    OwnedLockGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, PriorityQueue, PutTimeoutError,
    Queue, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore,
};

use futures_lite::future::poll_once;

use super::printed;
use crate::common::{Polled, watched};
use crate::queue::ready;

/// The names of the printed types.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// Prints `value`, and records its type.
    #[track_caller]
    fn print<T: Debug>(&mut self, value: &T) -> String {
        let path = type_name::<T>();
        let path = path.split('<').next().unwrap_or(path);
        let name = path.rsplit("::").next().unwrap_or(path);
        self.0.insert(name.to_owned());
        printed(value)
    }

    /// Prints `value`, whose text begins with `name`.
    #[track_caller]
    fn print_named<T: Debug>(&mut self, value: &T, name: &str) {
        let text = self.print(value);
        let rest = text.strip_prefix(name);
        let rest = rest.unwrap_or_else(|| panic!("{text} is not of a {name}"));
        assert!(!rest.starts_with(char::is_alphanumeric), "{text}");
    }

    /// Prints a future before its first poll, while it waits, and when it is done.
    #[track_caller]
    fn print_future<F: Future + Debug>(&mut self, future: F, end: impl FnOnce()) -> F::Output {
        let path = type_name::<F>();
        let path = path.split('<').next().unwrap_or(path);
        let name = path.rsplit("::").next().unwrap_or(path);
        let mut polled = Polled::new(future);
        self.print_named(polled.future(), name);
        polled.assert_pending();
        self.print_named(polled.future(), name);
        end();
        self.print_named(polled.future(), name);
        let output = polled.assert_ready();
        self.print_named(polled.future(), name);
        output
    }
}

fn print_locks(names: &mut Names) {
    let lock = Arc::new(Lock::new((1, 2)));
    names.print_named(&*lock, "Lock");
    let guard = lock.try_lock().unwrap();
    names.print(&guard);
    names.print_named(&*lock, "Lock");
    let guard = names.print_future(lock.lock(), || drop(guard));
    let guard = LockGuard::map(guard, |pair| &mut pair.0);
    names.print(&guard);
    names.print_named(&*lock, "Lock");
    names.print_future(lock.with(|pair| *pair), || drop(guard));
    let guard = lock.try_lock().unwrap();
    let guard = names.print_future(Arc::clone(&lock).lock_owned(), || drop(guard));
    names.print(&guard);
    names.print_named(&*lock, "Lock");
    let guard = OwnedLockGuard::map(guard, |pair| &mut pair.0);
    names.print(&guard);
    names.print_named(&*lock, "Lock");
}

fn print_rwlocks(names: &mut Names) {
    let lock = Arc::new(RwLock::new((1, 2)));
    names.print_named(&*lock, "RwLock");
    let guard = lock.try_read().unwrap();
    names.print(&guard);
    names.print_named(&*lock, "RwLock");
    let guard = names.print_future(lock.write(), || drop(guard));
    names.print(&guard);
    names.print_named(&*lock, "RwLock");
    let guard = names.print_future(lock.read(), || drop(guard));
    let guard = RwLockReadGuard::map(guard, |pair| &pair.0);
    names.print(&guard);
    names.print_named(&*lock, "RwLock");
    let write = Arc::clone(&lock).write_owned();
    let guard = names.print_future(write, || drop(guard));
    names.print(&guard);
    let read = Arc::clone(&lock).read_owned();
    let guard = names.print_future(read, || drop(guard));
    names.print(&guard);
    let guard = OwnedRwLockReadGuard::map(guard, |pair| &pair.0);
    names.print(&guard);
    drop(guard);
    let guard = RwLockWriteGuard::map(lock.try_write().unwrap(), |pair| &mut pair.0);
    names.print(&guard);
    names.print_named(&*lock, "RwLock");
    drop(guard);
    let guard = Arc::clone(&lock).try_write_owned().unwrap();
    names.print(&OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.0));
}

fn print_semaphores(names: &mut Names) {
    let semaphore = Arc::new(Semaphore::bounded(1));
    names.print_named(&*semaphore, "Semaphore");
    let permit = semaphore.try_acquire().unwrap();
    names.print_named(&permit, "Permit");
    names.print_named(&*semaphore, "Semaphore");
    let permit = names.print_future(semaphore.acquire(), || drop(permit));
    let owned = Arc::clone(&semaphore).acquire_owned();
    let permit = names.print_future(owned, || drop(permit));
    names.print_named(&permit, "OwnedPermit");
    names.print_named(&*semaphore, "Semaphore");
    drop(permit);
    names.print_named(&semaphore.release(1).unwrap_err(), "ReleaseError");
}

fn print_events_and_barriers(names: &mut Names) {
    let event = Arc::new(Event::new());
    names.print_named(&*event, "Event");
    names.print_future(event.wait(), || event.set());
    event.clear();
    names.print_future(Arc::clone(&event).wait_owned(), || event.set());
    names.print_named(&*event, "Event");

    let barrier = Arc::new(Barrier::new(2));
    names.print_named(&*barrier, "Barrier");
    let arrive = || _ = ready(barrier.wait());
    let result = names.print_future(barrier.wait(), arrive).unwrap();
    names.print_named(&result, "BarrierWaitResult");
    names
        .print_future(Arc::clone(&barrier).wait_owned(), arrive)
        .unwrap();
    barrier.abort();
    names.print_named(&*barrier, "Barrier");
    let broken = ready(barrier.wait()).unwrap_err();
    names.print_named(&broken, "BrokenBarrier");
}

fn print_conditions(names: &mut Names) {
    let (condition, lock) = (Condition::new(), Arc::new(Lock::new(0)));
    let guard = || lock.try_lock().unwrap();
    let owned = || Arc::clone(&lock).try_lock_owned().unwrap();
    let change = || {
        *guard() += 1;
        condition.notify_all();
    };
    names.print_named(&condition, "Condition");
    drop(names.print_future(condition.wait(guard()), change));
    drop(names.print_future(condition.wait_owned(owned()), change));
    drop(names.print_future(condition.wait_while(guard(), |value| *value == 2), change));
    let wait = condition.wait_while_owned(owned(), |value| *value == 3);
    drop(names.print_future(wait, change));
    let wait = condition.wait_for(guard(), |value| (*value == 5).then_some(()));
    drop(names.print_future(wait, change));
    let wait = condition.wait_for_owned(owned(), |value| (*value == 6).then_some(()));
    drop(names.print_future(wait, change));
    names.print_named(&condition, "Condition");
}

fn print_once_cells(names: &mut Names) {
    let cell = OnceCell::new();
    names.print_named(&cell, "OnceCell");
    let failing = || cell.get_or_try_init(async || Err(()));
    let first = RefCell::new(None);
    let begin = || {
        let mut running = Box::pin(cell.get_or_init(pending::<u32>));
        assert!(futures_lite::future::block_on(poll_once(&mut running)).is_none());
        *first.borrow_mut() = Some(running);
    };
    let end = || drop(first.borrow_mut().take());
    begin();
    names.print_named(
        first.borrow().as_ref().unwrap().as_ref().get_ref(),
        "GetOrInit",
    );
    let error = cell.set(1).unwrap_err();
    names.print(&error);
    assert_eq!(names.print_future(failing(), end), Err(()));
    begin();
    assert_eq!(names.print_future(cell.get_or_init(async || 1), end), &1);
    names.print_named(&cell, "OnceCell");
    let cell = OnceCell::new();
    names.print_future(cell.wait(), || cell.set(1).unwrap());
}

fn print_queues(names: &mut Names) {
    let queue = Arc::new(Queue::bounded(1));
    names.print_named(&*queue, "Queue");
    names.print_named(&LifoQueue::<u8>::bounded(1), "LifoQueue");
    names.print_named(&PriorityQueue::<u8>::unbounded(), "PriorityQueue");

    let put = || queue.try_put(1).unwrap();
    let take = || _ = queue.try_get().unwrap();
    names.print_future(queue.get(), put).unwrap();
    names
        .print_future(Arc::clone(&queue).get_owned(), put)
        .unwrap();
    names
        .print_future(queue.get_many(&mut Vec::new(), 1), put)
        .unwrap();
    put();
    names.print_future(queue.put(1), take).unwrap();
    names
        .print_future(Arc::clone(&queue).put_owned(1), take)
        .unwrap();
    names.print_future(queue.put_many([1]), take).unwrap();
    let slot = names.print_future(queue.reserve(), take).unwrap();
    names.print_named(&slot, "Slot");
    names.print_named(&*queue, "Queue");
    names.print(&queue.try_reserve().unwrap_err());
    names.print(&queue.try_put(2).unwrap_err());
    names.print(&queue.try_get().unwrap_err());
    let owned = Arc::clone(&queue).reserve_owned();
    let slot = names.print_future(owned, || drop(slot)).unwrap();
    names.print_named(&slot, "OwnedSlot");
    drop(slot);
    names.print_named(&queue.done_guard(), "DoneGuard");

    let finish = || while queue.task_done().is_ok() {};
    names.print_future(queue.join(), finish);
    put();
    names.print_future(Arc::clone(&queue).join_owned(), finish);
    take();
    names.print_named(&queue.task_done().unwrap_err(), "TaskDoneError");
    let guard = Arc::clone(&queue).close_guard_owned();
    names.print_named(&guard, "OwnedCloseGuard");
    names.print_future(queue.closed(), || drop(guard));
    let other = Arc::new(Queue::<u8>::unbounded());
    names.print_future(Arc::clone(&other).closed_owned(), || _ = other.close());
    names.print_named(&queue.close_guard(), "CloseGuard");
    names.print_named(&ready(queue.put(1)).unwrap_err(), "PutError");
    names.print_named(&ready(queue.get()).unwrap_err(), "GetError");
    names.print_named(&ready(queue.put_many([1])).unwrap_err(), "PutManyError");
    names.print_named(&ready(queue.reserve()).unwrap_err(), "ReserveError");
    names.print_named(&queue.close_now(), "Drained");
    names.print(&PutTimeoutError::Timeout(1));
    names.print(&GetTimeoutError::Timeout);
}

#[cfg(feature = "stream")]
fn print_streams(names: &mut Names) {
    use futures_lite::StreamExt;

    let queue = Arc::new(Queue::<u8>::bounded(1));
    let mut stream = Box::pin(queue.stream());
    names.print_named(&*stream, "QueueStream");
    Polled::new(stream.next()).assert_pending();
    names.print_named(&*stream, "QueueStream");
    names.print_named(&Arc::clone(&queue).stream_owned(), "QueueStreamOwned");
}

#[cfg(feature = "sink")]
fn print_sinks(names: &mut Names) {
    let queue = Queue::<u8>::bounded(1);
    names.print_named(&queue.sink(), "QueueSink");
}

/// Returns the types of the public surface, from its file. Those of the module `diagnostics` are plain
/// data with a derived `Debug`.
fn public_types() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/public-api/surface.txt");
    let surface = std::fs::read_to_string(path).expect("the surface is written down");
    let types = surface.lines().filter_map(|line| {
        let path = line.strip_prefix("pub struct aiosync::");
        let path = path.or_else(|| line.strip_prefix("pub enum aiosync::"))?;
        let path = path.split(['<', '(', ' ']).next()?;
        if path.starts_with("diagnostics::") {
            return None;
        }
        path.rsplit("::").next()
    });
    let mut types: BTreeSet<_> = types.map(str::to_owned).collect();
    // They name an order, and have no values.
    for order in ["Fifo", "Lifo", "Priority"] {
        assert!(types.remove(order), "{order} is public");
    }
    if cfg!(not(feature = "stream")) {
        types.retain(|name| !name.starts_with("QueueStream"));
    }
    if cfg!(not(feature = "sink")) {
        types.remove("QueueSink");
    }
    types
}

#[test]
fn every_public_type_prints_in_every_state() {
    watched(|| {
        let mut names = Names::default();
        print_locks(&mut names);
        print_rwlocks(&mut names);
        print_semaphores(&mut names);
        print_events_and_barriers(&mut names);
        print_conditions(&mut names);
        print_queues(&mut names);
        print_once_cells(&mut names);
        #[cfg(feature = "stream")]
        print_streams(&mut names);
        #[cfg(feature = "sink")]
        print_sinks(&mut names);
        assert_eq!(names.0, public_types());
    });
}
