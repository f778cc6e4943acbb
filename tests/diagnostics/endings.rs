//! Threads, primitives and recordings that end while something is recorded.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::cmp::Ordering as Comparison;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::diagnostics::{self, Level, Verdict};
use aiosync::{Event, Lock, OnceCell, PriorityQueue, RwLock, RwLockWriteGuard, Semaphore};

use crate::session::{Session, Task};

#[test]
fn a_hold_ends_in_the_report_although_recording_has_ended() {
    let session = Session::new(Level::Holders);
    let (lock, rwlock, pool) = (Lock::new(0), RwLock::new(0), Semaphore::new(3));
    let cell = OnceCell::<u32>::new();
    let guard = lock.try_lock();
    let reader = rwlock.try_read();
    let mut permits = pool.try_acquire_many(2).expect("they are free");
    let mut initializing = Box::pin(cell.get_or_init(std::future::pending));
    assert!(Task::new().poll(&mut initializing).is_pending());
    diagnostics::disable();
    assert_eq!(session.report().primitives.len(), 4);
    let one = permits.split(1);
    assert_eq!(session.report().primitives[2].holders.len(), 2);
    drop((guard, reader, permits, one, initializing));
    session.assert_empty();
    // The next holds are not recorded, and leave nothing behind.
    drop((lock.try_lock(), rwlock.try_write(), pool.try_acquire()));
    session.assert_empty();
}

#[test]
fn a_wait_that_outlives_the_recording_ends_in_the_report() {
    let session = Session::new(Level::Holders);
    let lock = Lock::new(0);
    let guard = lock.try_lock();
    let task = Task::new();
    let (granted, dropped) = (task.begin(lock.lock()), task.begin(lock.lock()));
    diagnostics::disable();
    drop(guard);
    let guard = task.finish(granted);
    drop(dropped);
    drop(guard);
    session.assert_empty();
}

#[test]
fn a_lock_that_an_unrecorded_task_holds_is_not_reported_as_free() {
    let session = Session::new(Level::Holders);
    let lock = Lock::new(0);
    let task = Task::new();
    let guard = lock.try_lock();
    let (first, second) = (task.begin(lock.lock()), task.begin(lock.lock()));
    diagnostics::disable();
    drop(guard);
    let guard = task.finish(first);
    for level in [Level::Waits, Level::Holders] {
        diagnostics::enable(level);
        session.advance(5_000);
        let verdicts = session.report().verdicts;
        let is_free = |verdict: &Verdict| matches!(verdict, Verdict::FreeWithWaiters { .. });
        assert!(!verdicts.iter().any(is_free), "{verdicts:?}");
    }
    drop(guard);
    drop(second);
    session.assert_empty();
}

#[test]
fn a_writer_that_becomes_a_reader_leaves_with_the_other_readers() {
    let session = Session::new(Level::Holders);
    let lock = RwLock::new(0);
    let guard = lock.try_write().expect("it is free");
    let guard = RwLockWriteGuard::downgrade(guard);
    let other = lock.try_read();
    assert_eq!(session.primitive().holders.len(), 2);
    let writer = Task::new().begin(lock.write());
    drop(guard);
    session.advance(5_000);
    let report = session.report();
    assert_eq!(report.primitives[0].holders.len(), 1);
    assert!(report.verdicts.is_empty(), "{report}");
    drop(other);
    drop(Task::new().finish(writer));
    session.assert_empty();
}

/// Uses everything when its thread ends.
struct AtTheEnd(Arc<Lock<u32>>, Arc<Event>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let guard = self.0.try_lock();
        let text = diagnostics::report().to_string();
        assert!(guard.is_none() || text.contains("held by"), "{text}");
        drop(guard);
        self.1.set();
        *self.0.lock_blocking() += 1;
    }
}

#[test]
fn a_thread_that_ends_may_wait_and_hold() {
    thread_local! {
        static EARLY: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }
    let session = Session::new(Level::Holders);
    for is_held in [false, true] {
        let (lock, ready) = (Arc::new(Lock::new(0)), Arc::new(Event::new()));
        let guard = is_held.then(|| Arc::clone(&lock).try_lock_owned().expect("it is free"));
        let at_the_end = || AtTheEnd(Arc::clone(&lock), Arc::clone(&ready));
        let values = [at_the_end(), at_the_end()];
        let thread = std::thread::spawn(move || {
            let [early, late] = values;
            // Thread-locals are destroyed in one order or the other.
            EARLY.with(|slot| *slot.borrow_mut() = Some(early));
            let own = Lock::new(0);
            drop(own.try_lock());
            LATE.with(|slot| *slot.borrow_mut() = Some(late));
        });
        ready.wait_blocking();
        drop(guard);
        thread.join().expect("the thread ends");
        assert_eq!(*lock.lock_blocking(), 2);
    }
    session.assert_empty();
}

#[test]
fn a_hold_outlives_its_thread_and_its_task() {
    let session = Session::new(Level::Holders);
    let (lock, other) = (Arc::new(Lock::new(0)), Arc::new(Lock::new(0)));
    let locks = (Arc::clone(&lock), Arc::clone(&other));
    let thread = std::thread::Builder::new().name("short".to_owned());
    let thread = thread.spawn(move || {
        let by_thread = locks.0.try_lock_owned();
        let taken = async { locks.1.try_lock_owned() };
        let mut scope = Box::pin(diagnostics::scope("brief", taken));
        (by_thread, Task::new().poll(&mut scope))
    });
    let guards = thread.expect("a thread").join().expect("it ends");
    let names = |session: &Session| -> Vec<String> {
        let primitives = session.report().primitives;
        let holders = primitives.into_iter().flat_map(|one| one.holders);
        holders.map(|holder| holder.task.name).collect()
    };
    assert_eq!(names(&session), ["thread \"short\"", "brief"]);
    // The names of tasks that have ended are kept for a while.
    for _ in 0..300 {
        let spare = Lock::new(0);
        let hold = async { drop(spare.try_lock()) };
        let mut scope = Box::pin(diagnostics::scope("another", hold));
        assert!(Task::new().poll(&mut scope).is_ready());
    }
    let later = names(&session);
    assert!(
        later.iter().all(|name| name.starts_with("ended task #")),
        "{later:?}"
    );
    drop(guards);
    session.assert_empty();
}

#[test]
fn a_report_never_mixes_two_holds() {
    const ROUNDS: usize = 20_000;
    let session = Session::new(Level::Holders);
    let (lock, rwlock) = (Lock::new(0), RwLock::new(0));
    let done = AtomicUsize::new(0);
    let (first, second) = (line!() + 2, line!() + 3);
    let take = |is_first: bool| match is_first {
        true => (lock.try_lock(), rwlock.try_read()),
        false => (lock.try_lock(), rwlock.try_read()),
    };
    std::thread::scope(|scope| {
        for (name, is_first) in [("first", true), ("second", false)] {
            let (take, done) = (&take, &done);
            scope.spawn(move || {
                let holds = async { (0..ROUNDS).for_each(|_| drop(take(is_first))) };
                let mut task = Box::pin(diagnostics::scope(name, holds));
                assert!(Task::new().poll(&mut task).is_ready());
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        while done.load(Ordering::SeqCst) < 2 {
            let primitives = session.report().primitives;
            for holder in primitives.iter().flat_map(|one| &one.holders) {
                let line = if holder.task.name == "first" {
                    first
                } else {
                    second
                };
                assert_eq!(holder.site.line, line, "{holder:?}");
            }
        }
    });
    session.assert_empty();
}

#[test]
fn primitives_end_while_reports_are_made() {
    const ROUNDS: usize = 3_000;
    let session = Session::new(Level::Holders);
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let (lock, pool) = (Lock::new(0), Semaphore::new(40));
                    let guard = lock.try_lock();
                    let wait = Task::new().begin(lock.lock());
                    // More than there are slots.
                    let permits: Vec<_> = (0..40).map(|_| pool.try_acquire()).collect();
                    drop(guard);
                    drop(Task::new().finish(wait));
                    drop(permits);
                }
                done.fetch_add(1, Ordering::SeqCst);
            });
        }
        while done.load(Ordering::SeqCst) < 2 {
            let report = session.report();
            let is_free = |verdict: &Verdict| matches!(verdict, Verdict::FreeWithWaiters { .. });
            assert!(!report.verdicts.iter().any(is_free), "{report}");
        }
    });
    session.assert_empty();
}

/// An item whose comparison makes a report, and holds a lock.
struct Reports<'a>(u32, &'a Lock<usize>);

impl Ord for Reports<'_> {
    fn cmp(&self, other: &Self) -> Comparison {
        let mut made = self.1.try_lock().expect("it is free");
        let report = diagnostics::report();
        assert!(report.primitives.iter().any(|one| one.holders.len() == 1));
        *made += 1;
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Reports<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Comparison> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Reports<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Reports<'_> {}

#[test]
fn a_report_returns_inside_a_comparison() {
    let session = Session::new(Level::Holders);
    let made = Lock::new(0);
    let queue = PriorityQueue::bounded(2);
    let item = |number| Reports(number, &made);
    assert!(queue.try_put(item(1)).is_ok() && queue.try_put(item(2)).is_ok());
    let put = Task::new().begin(queue.put(item(3)));
    assert!(queue.try_get().is_ok());
    drop(put);
    assert!(*made.try_lock().expect("it is free") > 0);
    drop(queue);
    session.assert_empty();
}
