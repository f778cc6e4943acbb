//! The spans and events for tokio-console.
#![forbid(unsafe_code)]

use aiosync::diagnostics::{self, Level};
use aiosync::{Lock, Semaphore};

use crate::session::{Session, Task};
use crate::subscriber::Log;

const RESOURCE: &str = "[runtime.resource]";
const OPERATION: &str = "[runtime.resource > runtime.resource.async_op]";
const POLL: &str =
    "[runtime.resource > runtime.resource.async_op > runtime.resource.async_op.poll]";

/// The log of the start of a wait, after the span of its primitive.
fn begin(source: &str, op_name: &str, amount: usize) -> Vec<String> {
    let (update, file) = ("state_update", file!());
    let location = format!("loc.file={file:?} loc.line=_ loc.col=_");
    vec![
        format!("runtime::resource::{update} waiters=1 waiters.op=\"add\" {RESOURCE}"),
        format!(
            "new runtime.resource.async_op source={source:?} inherits_child_attrs=false {location} \
             {RESOURCE}"
        ),
        format!(
            "runtime::resource::async_op::{update} amount={amount} amount.op=\"override\" {OPERATION}"
        ),
        format!("new runtime.resource.async_op.poll {OPERATION}"),
        poll(op_name, false),
    ]
}

fn poll(op_name: &str, is_ready: bool) -> String {
    format!("runtime::resource::poll_op op_name={op_name:?} is_ready={is_ready} {POLL}")
}

/// The log of the end of a wait.
fn end() -> Vec<String> {
    vec![
        format!("runtime::resource::state_update waiters=1 waiters.op=\"sub\" {RESOURCE}"),
        "close runtime.resource.async_op.poll".to_owned(),
        "close runtime.resource.async_op".to_owned(),
    ]
}

fn resource(kind: &str, name: &str) -> String {
    let location = format!("loc.file={:?} loc.line=_ loc.col=_", file!());
    format!("new runtime.resource concrete_type={kind:?} kind=\"Sync\"{name} {location} []")
}

#[test]
fn a_wait_for_a_static_has_all_spans_and_events() {
    static CATALOG: Lock<u32> = Lock::new(0).named("catalog");
    let session = Session::new(Level::Waits);
    let log = Log::default();
    log.record(|| {
        let guard = CATALOG.try_lock();
        let task = Task::new();
        assert!(log.take().is_empty(), "no span without a wait");
        let mut wait = task.begin(CATALOG.lock());
        let mut expected = vec![resource("Lock", " name=\"catalog\"")];
        expected.extend(begin("Lock::lock", "lock", 1));
        assert_eq!(log.take(), expected);

        assert!(task.poll(&mut wait).is_pending());
        assert_eq!(log.take(), [poll("lock", false)]);

        drop(guard);
        let _ = session.report();
        assert!(
            log.take().is_empty(),
            "a grant and a report call no subscriber"
        );

        drop(task.finish(wait));
        // The poll that takes the grant is one that finds it.
        let ends = log.take();
        assert_eq!(ends[ends.len() - 4], poll("lock", true));
        assert_eq!(ends[ends.len() - 3..], end());

        // The next wait has the same resource.
        let guard = CATALOG.try_lock();
        drop(task.begin(CATALOG.lock()));
        let mut expected = begin("Lock::lock", "lock", 1);
        expected.extend(end());
        assert_eq!(log.take(), expected);
        drop(guard);
    });
    session.assert_empty();
}

#[test]
fn the_drop_of_a_primitive_closes_its_span() {
    let session = Session::new(Level::Holders);
    let log = Log::default();
    log.record(|| {
        let pool = Semaphore::new(2);
        drop(Task::new().begin(pool.acquire_many(3)));
        let mut expected = vec![resource("Semaphore", "")];
        expected.extend(begin("Semaphore::acquire", "acquire", 3));
        expected.extend(end());
        assert_eq!(log.take(), expected);
        drop(pool);
        assert_eq!(log.take(), ["close runtime.resource"]);
    });
    session.assert_empty();
}

#[test]
fn nothing_is_traced_while_nothing_is_recorded() {
    let session = Session::new(Level::Waits);
    diagnostics::disable();
    let log = Log::default();
    log.record(|| {
        let lock = Lock::new(0);
        let guard = lock.try_lock();
        drop(Task::new().begin(lock.lock()));
        drop(guard);
    });
    assert!(log.take().is_empty());
    session.assert_empty();
}

/// Waits for a lock that is held, inside a subscriber.
fn wait() {
    let lock = Lock::new(0);
    let guard = lock.try_lock();
    let wait = Task::new().begin(lock.lock());
    drop(diagnostics::report());
    drop((wait, guard));
}

#[test]
fn a_subscriber_may_wait_and_panic() {
    let session = Session::new(Level::Holders);
    for call in [wait, || panic!("by the test")] {
        let log = Log::default();
        log.record_and(call, call, || {
            let lock = Lock::new(0);
            let guard = lock.try_lock();
            let task = Task::new();
            let mut first = task.begin(lock.lock());
            assert!(task.poll(&mut first).is_pending());
            drop(guard);
            drop(task.finish(first));
        });
        session.assert_empty();
    }
}

#[test]
fn a_panic_at_the_end_of_a_span_harms_nobody() {
    let session = Session::new(Level::Waits);
    let log = Log::default();
    log.record_and(
        || {},
        || panic!("by the test"),
        || {
            let lock = Lock::new(0);
            let guard = lock.try_lock();
            let task = Task::new();
            let first = task.begin(lock.lock());
            drop(guard);
            drop(task.finish(first));
            drop(lock);
        },
    );
    let closed = log.take();
    let closed = closed.iter().filter(|line| line.starts_with("close "));
    assert_eq!(closed.count(), 3);
    session.assert_empty();
}
