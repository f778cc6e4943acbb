//! Each kind of wait: its call, its polls, its wakes and its grant.
#![forbid(unsafe_code)]

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aiosync::diagnostics::{self, Level, PrimitiveKind, Recording};
use aiosync::{
    Barrier, Condition, Event, LifoQueue, Lock, OnceCell, PriorityQueue, Queue, RwLock, Semaphore,
};

use crate::session::{Session, Task, assert_site};

#[test]
fn nothing_is_recorded_before_it_is_enabled() {
    let session = Session::new(Level::Waits);
    diagnostics::disable();
    assert_eq!(session.report().recording, Recording::Off);
    let lock = Lock::new(());
    let guard = lock.try_lock();
    let wait = Task::new().begin(lock.lock());
    session.assert_empty();
    diagnostics::enable(Level::Waits);
    assert_eq!(session.report().recording, Recording::On(Level::Waits));
    // It began too early.
    session.assert_empty();
    drop(guard);
    drop(Task::new().finish(wait));
    session.assert_empty();
}

#[test]
fn a_wait_that_is_recorded_stays_in_the_report_after_recording_ends() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(());
    let guard = lock.try_lock();
    let wait = Task::new().begin(lock.lock());
    diagnostics::disable();
    assert_eq!(session.wait().operation, "lock");
    drop(wait);
    session.assert_empty();
    drop(guard);
}

#[test]
fn a_report_shows_the_calls_that_created_a_primitive_and_a_wait() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(()).named("catalog");
    let created = line!() - 1;
    let guard = lock.try_lock();
    let future = lock.lock();
    let called = line!() - 1;
    let wait = Task::new().begin(future);
    let primitive = session.primitive();
    assert_eq!(primitive.name, Some("catalog"));
    assert_eq!(primitive.kind, PrimitiveKind::Lock);
    assert_site(primitive.created, file!(), created);
    assert_site(primitive.waiters[0].site, file!(), called);
    drop(wait);
    drop(guard);
}

static SHARED: Lock<u32> = Lock::new(0).named("shared");

#[test]
fn a_static_lock_has_its_name_and_its_place() {
    let session = Session::new(Level::Waits);
    let guard = SHARED.try_lock();
    let wait = Task::new().begin(SHARED.lock());
    let primitive = session.primitive();
    assert_eq!(primitive.name, Some("shared"));
    let text = std::fs::read_to_string(primitive.created.file).unwrap_or_default();
    let line = text.lines().nth(primitive.created.line as usize - 1);
    assert!(
        line.is_none_or(|line| line.starts_with("static SHARED")),
        "{line:?}"
    );
    drop(wait);
    drop(guard);
}

#[test]
fn default_and_from_have_the_place_of_the_caller() {
    let session = Session::new(Level::Waits);
    let lock = Lock::<u32>::default();
    let created = line!() - 1;
    let guard = lock.try_lock();
    let wait = Task::new().begin(lock.lock());
    assert_site(session.primitive().created, file!(), created);
    drop((wait, guard));
    let lock = RwLock::from(7);
    let created = line!() - 1;
    let guard = lock.try_write();
    let wait = Task::new().begin(lock.read());
    assert_site(session.primitive().created, file!(), created);
    drop((wait, guard));
}

#[test]
fn polls_wakes_and_the_grant_have_their_times() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(());
    let guard = lock.try_lock();
    let task = Task::new();
    let mut wait = task.begin(lock.lock());
    session.advance(100);
    assert!(task.poll(&mut wait).is_pending());
    session.advance(20);
    let waiter = session.wait();
    assert_eq!(waiter.waited, Duration::from_millis(120));
    assert_eq!(
        (waiter.polls, waiter.last_poll),
        (2, Duration::from_millis(20))
    );
    assert_eq!(
        (waiter.wakes, waiter.last_wake, waiter.granted),
        (0, None, None)
    );
    drop(guard);
    session.advance(3);
    let waiter = session.wait();
    assert_eq!(waiter.granted, Some(Duration::from_millis(3)));
    assert_eq!((waiter.wakes, waiter.last_wake), (1, waiter.granted));
    drop(task.finish(wait));
    session.assert_empty();
}

#[test]
fn a_wait_keeps_its_id_and_no_two_have_the_same() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(());
    let guard = lock.try_lock();
    let first = Task::new().begin(lock.lock());
    let (primitive, id) = (session.primitive().id, session.wait().id);
    assert_eq!((session.primitive().id, session.wait().id), (primitive, id));
    drop(first);
    let second = Task::new().begin(lock.lock());
    assert_eq!(session.primitive().id, primitive);
    assert_ne!(session.wait().id, id);
    drop((second, guard));
}

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
    let into = std::cell::RefCell::new(Vec::new());
    let get_many = async || {
        let _ = queue.get_many(&mut into.borrow_mut(), 2).await;
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
    for (lifo, priority) in [(
        LifoQueue::<u32>::unbounded(),
        PriorityQueue::<u32>::unbounded(),
    )] {
        let task = Task::new();
        let waits = (task.begin(lifo.get()), task.begin(priority.get()));
        assert_eq!(session.report().primitives.len(), 2);
        drop(waits);
    }
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

#[test]
fn a_stream_and_a_sink_have_the_place_of_their_call() {
    use futures_util::{SinkExt, StreamExt};
    let session = Session::new(Level::Waits);
    let queue = Queue::bounded(1);
    let task = Task::new();
    let mut stream = Box::pin(queue.stream());
    let called = line!() - 1;
    let next = task.begin(stream.next());
    assert_site(session.wait().site, file!(), called);
    drop(next);
    drop(stream);
    let mut sink = Box::pin(queue.sink());
    let called = line!() - 1;
    queue.try_put(1).expect("there is room");
    let send = task.begin(sink.send(2));
    assert_site(session.wait().site, file!(), called);
    drop(send);
    drop(sink);
    session.assert_empty();
}

#[test]
fn a_thread_that_blocks_has_its_name() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(());
    std::thread::scope(|scope| {
        let guard = lock.try_lock();
        let builder = std::thread::Builder::new().name("worker-3".to_owned());
        let thread = builder.spawn_scoped(scope, || drop(lock.lock_blocking()));
        let thread = thread.expect("a thread");
        while lock.waiters() == 0 {
            std::thread::yield_now();
        }
        let waiter = session.wait();
        assert_eq!(waiter.task.name, "thread \"worker-3\"");
        assert!(!waiter.task.is_named());
        drop(guard);
        thread.join().expect("it gets the lock");
    });
    session.assert_empty();
}

#[test]
fn a_scope_names_its_task() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(());
    let guard = lock.try_lock();
    let task = Task::new();
    let outer = diagnostics::scope("outer", async {
        diagnostics::scope("syncer", async { drop(lock.lock().await) }).await;
    });
    let first = task.begin(outer);
    let second = task.begin(diagnostics::scope("syncer", async {
        drop(lock.lock().await)
    }));
    let waiters = session.primitive().waiters;
    assert_eq!(
        (&*waiters[0].task.name, &*waiters[1].task.name),
        ("syncer", "syncer")
    );
    assert!(waiters[0].task.is_named());
    assert!(!waiters[0].task.is_same_as(&waiters[1].task));
    drop((first, second, guard));
}
