//! Each kind of wait is recorded until it ends.
#![forbid(unsafe_code)]

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

use aiosync::diagnostics::{Level, PrimitiveKind};
use aiosync::{
    Barrier, Condition, Event, LifoQueue, Lock, OnceCell, PriorityQueue, Queue, RwLock, Semaphore,
};

use crate::session::{Session, Task, assert_site};

/// Begins a wait, and checks that it is recorded until it ends, in each of three ways.
#[track_caller]
fn check<F: Future>(
    session: &Session,
    kind: PrimitiveKind,
    operation: &str,
    mut begin: impl FnMut() -> F,
    mut grant: impl FnMut(),
    mut reset: impl FnMut(),
) {
    let task = Task::new();
    for end in [
        "dropped while it waits",
        "dropped with its grant",
        "granted",
    ] {
        let wait: Pin<Box<F>> = task.begin(begin());
        let report = session.report();
        let primitive = report
            .primitives
            .iter()
            .find(|primitive| primitive.kind == kind);
        let primitive = primitive.unwrap_or_else(|| panic!("{operation}, {end}: {report}"));
        let waiter = primitive.waiters.last().expect("it waits");
        assert_eq!(waiter.operation, operation, "{end}");
        assert_eq!(waiter.site.file, file!(), "{operation}, {end}");
        assert_eq!(waiter.granted, None, "{operation}, {end}");
        if end != "dropped while it waits" {
            grant();
            let report = session.report();
            let waiters = report
                .primitives
                .iter()
                .flat_map(|primitive| &primitive.waiters);
            let granted = waiters.filter(|waiter| waiter.granted.is_some()).count();
            assert_eq!(granted, 1, "{operation}, {end}: {report}");
        }
        if end == "granted" {
            drop(task.finish(wait));
        } else {
            drop(wait);
        }
        reset();
        session.assert_empty();
    }
}

#[test]
fn locks_are_recorded() {
    let session = Session::new(Level::Waits);
    let kind = PrimitiveKind::Lock;
    let lock = Arc::new(Lock::new(0));
    let guard = std::cell::RefCell::new(None);
    let take = || guard.replace(lock.try_lock());
    let free = || drop(guard.take());
    check(
        &session,
        kind,
        "lock",
        || (take(), lock.lock()).1,
        free,
        free,
    );
    check(
        &session,
        kind,
        "lock",
        || (take(), Arc::clone(&lock).lock_owned()).1,
        free,
        free,
    );
    check(
        &session,
        kind,
        "lock",
        || (take(), lock.with(|value| *value += 1)).1,
        free,
        free,
    );
}

#[test]
fn reader_writer_locks_are_recorded() {
    let session = Session::new(Level::Waits);
    let kind = PrimitiveKind::RwLock;
    let lock = Arc::new(RwLock::new(0));
    let guard = std::cell::RefCell::new(None);
    let take = || guard.replace(lock.try_write());
    let free = || drop(guard.take());
    check(
        &session,
        kind,
        "read",
        || (take(), lock.read()).1,
        free,
        free,
    );
    check(
        &session,
        kind,
        "write",
        || (take(), lock.write()).1,
        free,
        free,
    );
    check(
        &session,
        kind,
        "read",
        || (take(), Arc::clone(&lock).read_owned()).1,
        free,
        free,
    );
    check(
        &session,
        kind,
        "write",
        || (take(), Arc::clone(&lock).write_owned()).1,
        free,
        free,
    );
}

#[test]
fn semaphores_are_recorded() {
    let session = Session::new(Level::Waits);
    let kind = PrimitiveKind::Semaphore;
    let pool = Arc::new(Semaphore::new(3));
    let permits = std::cell::RefCell::new(None);
    let take = || permits.replace(pool.try_acquire_many(3));
    let free = || drop(permits.take());
    check(
        &session,
        kind,
        "acquire",
        || (take(), pool.acquire_many(2)).1,
        free,
        free,
    );
    check(
        &session,
        kind,
        "acquire",
        || (take(), Arc::clone(&pool).acquire_owned()).1,
        free,
        free,
    );
}

#[test]
fn events_and_barriers_are_recorded() {
    let session = Session::new(Level::Waits);
    let event = Arc::new(Event::new());
    let (set, clear) = (|| event.set(), || event.clear());
    check(
        &session,
        PrimitiveKind::Event,
        "wait",
        || event.wait(),
        set,
        clear,
    );
    check(
        &session,
        PrimitiveKind::Event,
        "wait",
        || Arc::clone(&event).wait_owned(),
        set,
        clear,
    );
    let barrier = Barrier::new(2);
    let reset = || barrier.reset();
    check(
        &session,
        PrimitiveKind::Barrier,
        "wait",
        || barrier.wait(),
        reset,
        || {},
    );
}

#[test]
fn conditions_are_recorded() {
    let session = Session::new(Level::Waits);
    let (lock, changed) = (Lock::new(0), Condition::new());
    let wait = || changed.wait(lock.try_lock().expect("the lock is free"));
    let task = Task::new();
    let first = task.begin(wait());
    let second = task.begin(wait());
    assert_eq!(session.primitive().kind, PrimitiveKind::Condition);
    assert_eq!(session.primitive().waiters.len(), 2);
    assert_eq!(changed.notify_all(), 2);
    // The first poll is granted the lock, and requeues the second wait: from then on, it waits for
    // the lock.
    let guard = task.finish(first);
    let primitive = session.primitive();
    assert_eq!(primitive.kind, PrimitiveKind::Lock);
    assert_eq!(
        (primitive.waiters.len(), primitive.waiters[0].granted),
        (1, None)
    );
    assert_eq!(primitive.holders.len(), 1);
    drop(guard);
    assert!(session.wait().granted.is_some());
    drop(task.finish(second));
    session.assert_empty();

    let called = line!() + 1;
    let never = changed.wait_while(lock.try_lock().expect("the lock is free"), |_| true);
    let never = task.begin(never);
    assert_site(session.wait().site, file!(), called);
    drop(never);
    session.assert_empty();
}

#[test]
fn queues_are_recorded() {
    let session = Session::new(Level::Waits);
    let kind = PrimitiveKind::Queue;
    let queue = Arc::new(Queue::bounded(1));
    let put = || queue.try_put(0).expect("there is room");
    let empty = || while queue.try_get().is_ok() {};
    check(&session, kind, "get", || queue.get(), put, empty);
    check(
        &session,
        kind,
        "get",
        || Arc::clone(&queue).get_owned(),
        put,
        empty,
    );
    let take = || assert!(queue.try_get().is_ok());
    check(
        &session,
        kind,
        "put",
        || (put(), queue.put(1)).1,
        take,
        empty,
    );
    check(
        &session,
        kind,
        "put",
        || (put(), Arc::clone(&queue).put_owned(1)).1,
        take,
        empty,
    );
    check(
        &session,
        kind,
        "put_many",
        || (put(), queue.put_many([1])).1,
        take,
        empty,
    );
    check(
        &session,
        kind,
        "reserve",
        || (put(), queue.reserve()).1,
        take,
        empty,
    );
    let get_many = async || {
        let mut into = Vec::new();
        let _ = queue.get_many(&mut into, 2).await;
    };
    check(&session, kind, "get_many", get_many, put, empty);
    let queue = Arc::new(Queue::bounded(9));
    let put = || queue.try_put(0).expect("there is room");
    let done = || while queue.task_done().is_ok() {};
    check(
        &session,
        kind,
        "join",
        || (put(), queue.join()).1,
        done,
        done,
    );
    check(
        &session,
        kind,
        "join",
        || (put(), Arc::clone(&queue).join_owned()).1,
        done,
        done,
    );
    let supply = {
        let task = Task::new();
        let wait = task.begin(queue.closed());
        let supply = session.primitive().supply.expect("a queue has items");
        queue.close();
        task.finish(wait);
        supply
    };
    assert_eq!((supply.available, supply.total), (6, Some(9)));
    let (lifo, priority) = (
        LifoQueue::<u32>::unbounded(),
        PriorityQueue::<u32>::unbounded(),
    );
    let task = Task::new();
    let waits = (task.begin(lifo.get()), task.begin(priority.get()));
    assert_eq!(session.report().primitives.len(), 2);
    drop(waits);
    session.assert_empty();
}

#[test]
fn once_cells_are_recorded() {
    let session = Session::new(Level::Waits);
    let mut cell = OnceCell::new().named("config");
    let task = Task::new();
    let value = task.begin(cell.wait());
    let waiter = session.wait();
    assert_eq!((waiter.operation, waiter.site.file), ("wait", file!()));
    cell.set(7).expect("the cell is empty");
    assert_eq!(*task.finish(value), 7);
    assert_eq!(cell.take(), Some(7));

    let running = task.begin(cell.get_or_init(pending));
    let second = task.begin(cell.get_or_init(async || 1));
    let primitive = session.primitive();
    assert_eq!(primitive.name, Some("config"));
    assert_eq!(primitive.waiters[0].operation, "get_or_init");
    drop(running);
    assert!(session.wait().granted.is_some());
    assert_eq!(*task.finish(second), 1);
    session.assert_empty();
}
