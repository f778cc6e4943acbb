//! Wakers, clocks and task sources that call back, block or panic. A thread that is stopped.
#![forbid(unsafe_code)]

use std::cmp::Ordering as Comparison;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::Duration;

use aiosync::diagnostics::{self, Level, Report, Verdict};
use aiosync::{Barrier, Condition, Event, Lock, OnceCell, PriorityQueue, Queue, RwLock, Semaphore};

use crate::hostile::{Call, Hostile};
use crate::session::{Session, Task};

/// Polls a wait with a waker that makes a report in each of its calls, and ends the wait in three
/// ways.
#[track_caller]
fn check<F: Future>(
    name: &str,
    mut begin: impl FnMut() -> F,
    mut grant: impl FnMut(),
    mut reset: impl FnMut(),
) {
    let reports = Arc::new(AtomicUsize::new(0));
    for end in [
        "dropped while it waits",
        "dropped with its grant",
        "granted",
    ] {
        let wakers = [Hostile::new(), Hostile::new()];
        for waker in &wakers {
            for call in Call::ALL {
                let reports = Arc::clone(&reports);
                waker.on(call, move || {
                    let text = diagnostics::report().to_string();
                    assert!(!text.is_empty());
                    reports.fetch_add(1, Ordering::SeqCst);
                });
            }
        }
        let mut wait: Pin<Box<F>> = Box::pin(begin());
        for waker in &wakers {
            let mut context = Context::from_waker(waker.waker());
            assert!(
                wait.as_mut().poll(&mut context).is_pending(),
                "{name}, {end}"
            );
        }
        if end != "dropped while it waits" {
            grant();
        }
        if end == "granted" {
            let mut context = Context::from_waker(wakers[1].waker());
            assert!(wait.as_mut().poll(&mut context).is_ready(), "{name}, {end}");
        }
        drop(wait);
        reset();
        assert_eq!(wakers[0].calls(Call::Clone), 1, "{name}, {end}");
        assert_eq!(wakers[0].kept() + wakers[1].kept(), 0, "{name}, {end}");
    }
    // Two clones and a drop each time, and a wake for each grant.
    assert!(reports.load(Ordering::SeqCst) >= 3 * 3 + 2, "{name}");
}

#[test]
fn a_report_returns_from_each_call_of_a_waker() {
    for level in [Level::Waits, Level::Holders] {
        let session = Session::new(level);
        let (lock, rwlock, pool) = (Lock::new(0), RwLock::new(0), Semaphore::new(1));
        let guard = std::cell::RefCell::new(None);
        let free = || drop(guard.take());
        check(
            "lock",
            || (guard.replace(lock.try_lock()), lock.lock()).1,
            free,
            free,
        );
        let guard = std::cell::RefCell::new(None);
        let free = || drop(guard.take());
        check(
            "read",
            || (guard.replace(rwlock.try_write()), rwlock.read()).1,
            free,
            free,
        );
        check(
            "write",
            || (guard.replace(rwlock.try_write()), rwlock.write()).1,
            free,
            free,
        );
        let guard = std::cell::RefCell::new(None);
        let free = || drop(guard.take());
        check(
            "acquire",
            || (guard.replace(pool.try_acquire()), pool.acquire()).1,
            free,
            free,
        );
        let event = Event::new();
        check("event", || event.wait(), || event.set(), || event.clear());
        let barrier = Barrier::new(2);
        check("barrier", || barrier.wait(), || barrier.reset(), || {});
        let changed = Condition::new();
        let wait = || changed.wait(lock.try_lock().expect("the lock is free"));
        let notify = || assert!(changed.notify_one());
        check("condition", wait, notify, || {});
        let queue = Queue::bounded(1);
        let put = || queue.try_put(0).expect("there is room");
        let take = || assert!(queue.try_get().is_ok());
        let clear = || while queue.try_get().is_ok() {};
        check("get", || queue.get(), put, clear);
        check("put", || (put(), queue.put(1)).1, take, clear);
        check("reserve", || (put(), queue.reserve()).1, take, clear);
        clear();
        let jobs = Queue::unbounded();
        let put = || jobs.try_put(0).expect("it is unbounded");
        let done = || while jobs.task_done().is_ok() {};
        check("join", || (put(), jobs.join()).1, done, done);
        let cell = std::cell::RefCell::new(None);
        let begin = || {
            let fresh = Arc::new(OnceCell::new());
            *cell.borrow_mut() = Some(Arc::clone(&fresh));
            async move { *fresh.wait().await }
        };
        let set = || {
            cell.borrow()
                .as_ref()
                .expect("it is there")
                .set(7)
                .expect("it is empty")
        };
        check("once cell", begin, set, || {});
        drop(session);
    }
}

/// An item whose comparison stops, with the mutex of its queue held, until it is told to go on.
struct Stops(u32);

static STOPPED: AtomicBool = AtomicBool::new(false);
static GO_ON: AtomicBool = AtomicBool::new(false);

impl Ord for Stops {
    fn cmp(&self, other: &Self) -> Comparison {
        STOPPED.store(true, Ordering::SeqCst);
        while !GO_ON.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Stops {
    fn partial_cmp(&self, other: &Self) -> Option<Comparison> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Stops {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Stops {}

#[test]
fn a_report_returns_while_another_thread_is_stopped_inside_a_mutex() {
    let session = Session::new(Level::Waits);
    let queue = PriorityQueue::bounded(2).named("jobs");
    let closed = Task::new().begin(queue.closed());
    std::thread::scope(|scope| {
        queue.try_put(Stops(1)).expect("there is room");
        scope.spawn(|| assert!(queue.try_put(Stops(2)).is_ok()));
        while !STOPPED.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        let report = session.report();
        GO_ON.store(true, Ordering::SeqCst);
        assert_eq!(report.primitives[0].name, Some("jobs"));
        assert_eq!(report.primitives[0].waiters.len(), 1);
        assert!(report.to_string().contains("Queue #"));
    });
    drop(closed);
}

type Source = fn() -> Option<String>;

/// What the task source does.
static SOURCE: Mutex<Option<Source>> = Mutex::new(None);

fn use_source(source: Source) {
    *SOURCE.lock().unwrap() = Some(source);
    diagnostics::set_task_source(|| {
        let source = *SOURCE.lock().unwrap();
        source?()
    });
}

static INNER: Lock<u32> = Lock::new(0);

/// Begins a wait and returns the name of its task.
fn name_of_a_wait(session: &Session) -> String {
    let lock = Lock::new(0).named("outer");
    let guard = lock.try_lock();
    let wait = Task::new().begin(lock.lock());
    let report: Report = session.report();
    let outer = report
        .primitives
        .iter()
        .find(|one| one.name == Some("outer"));
    let name = outer.expect("it has a waiter").waiters[0].task.name.clone();
    drop(wait);
    drop(guard);
    name
}

#[test]
fn a_task_source_names_tasks_and_may_panic_wait_or_report() {
    let session = Session::new(Level::Holders);
    use_source(|| Some("task 7".to_owned()));
    assert_eq!(name_of_a_wait(&session), "task 7");
    use_source(|| None);
    assert!(name_of_a_wait(&session).starts_with("task 0x"));
    use_source(|| std::panic::panic_any("a payload"));
    assert!(name_of_a_wait(&session).starts_with("task 0x"));
    use_source(|| {
        // Waits for a lock, and is not asked about this wait.
        let guard = INNER.try_lock();
        assert!(
            INNER
                .lock_blocking_timeout(Duration::from_millis(1))
                .is_none()
        );
        drop(guard);
        Some(diagnostics::report().primitives.len().to_string())
    });
    assert_eq!(name_of_a_wait(&session), "1");
    // A scope is named already.
    use_source(|| panic!("it is not asked"));
    let lock = Lock::new(0);
    let guard = lock.try_lock();
    let wait = Task::new().begin(diagnostics::scope("named", async {
        drop(lock.lock().await)
    }));
    let waits = session.report().primitives;
    assert_eq!(waits[0].waiters[0].task.name, "named");
    drop(wait);
    drop(guard);
    use_source(|| None);
    drop(session);
}

#[test]
fn a_task_source_that_blocks_holds_up_only_its_own_task() {
    static BLOCKED: Event = Event::new();
    static GO_ON: Event = Event::new();
    let session = Session::new(Level::Waits);
    let lock = Lock::new(0);
    let guard = lock.try_lock();
    use_source(|| {
        if std::thread::current().name() == Some("blocked") {
            BLOCKED.set();
            GO_ON.wait_blocking();
        }
        None
    });
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("blocked".to_owned());
        let thread = thread.spawn_scoped(scope, || drop(lock.lock_blocking()));
        let thread = thread.expect("a thread");
        BLOCKED.wait_blocking();
        // The blocked task is not queued. Another one waits, gets the lock and is reported.
        let wait = Task::new().begin(lock.lock());
        assert_eq!(lock.waiters(), 1);
        assert!(
            session
                .report()
                .primitives
                .iter()
                .any(|one| one.waiters.len() == 1)
        );
        drop(guard);
        drop(Task::new().finish(wait));
        GO_ON.set();
        thread.join().expect("it gets the lock");
    });
    use_source(|| None);
    session.assert_empty();
}

#[test]
fn a_clock_may_panic_go_back_or_wait() {
    let session = Session::new(Level::Holders);
    let lock = Lock::new(0);
    let guard = lock.try_lock();
    let mut waits = vec![Task::new().begin(lock.lock())];
    let clocks: [fn() -> Duration; 3] = [
        || panic!("the clock is broken"),
        || Duration::ZERO,
        || {
            let guard = INNER.try_lock();
            assert!(
                INNER
                    .lock_blocking_timeout(Duration::from_millis(1))
                    .is_none()
            );
            drop((guard, diagnostics::report()));
            Duration::ZERO
        },
    ];
    for clock in clocks {
        diagnostics::set_clock(clock);
        waits.push(Task::new().begin(lock.lock()));
        let report = session.report();
        let all = report.primitives.iter().flat_map(|one| &one.waiters);
        assert!(all.clone().count() >= waits.len());
        assert!(
            report
                .verdicts
                .iter()
                .all(|verdict| !matches!(verdict, Verdict::Cycle { .. }))
        );
    }
    drop(waits);
    drop(guard);
    drop(session);
    // Sets the clock of the tests again.
    Session::new(Level::Waits).assert_empty();
}

#[test]
fn a_waker_that_panics_leaves_no_record_behind() {
    let session = Session::new(Level::Holders);
    let lock = Lock::new(0);
    for call in [Call::Clone, Call::Wake] {
        let waker = Hostile::new();
        waker.on(call, || panic!("a waker that panics"));
        let guard = lock.try_lock();
        let mut wait = Box::pin(lock.lock());
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let mut context = Context::from_waker(waker.waker());
            let _ = wait.as_mut().poll(&mut context);
        }));
        assert_eq!(polled.is_err(), call == Call::Clone);
        let unlocked = catch_unwind(AssertUnwindSafe(|| drop(guard)));
        assert_eq!(unlocked.is_err(), call == Call::Wake);
        drop(wait);
        session.assert_empty();
    }
}
