//! Each kind of wait: its call, its polls, its wakes and its grant.
#![forbid(unsafe_code)]

use std::time::Duration;

use aiosync::diagnostics::{self, Level, PrimitiveKind, Recording};
use aiosync::{Lock, Queue, RwLock};

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

#[test]
fn a_forgotten_wait_stays_in_the_report() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(());
    let guard = lock.try_lock();
    let mut forgotten = std::mem::ManuallyDrop::new(Task::new().begin(lock.lock()));
    let id = session.wait().id;
    drop(guard);
    assert_eq!(session.wait().id, id);
    assert!(session.wait().granted.is_some());
    // The next test needs an empty report.
    // `ManuallyDrop::drop` would be unsafe: the future is swapped with one that ends here.
    drop(std::mem::replace(&mut *forgotten, Box::pin(lock.lock())));
    session.assert_empty();
}
