//! Many waits.
#![forbid(unsafe_code)]

use aiosync::diagnostics::{self, Level};
use aiosync::{Event, Lock};

use crate::session::{Session, Task};

#[test]
fn a_report_has_sixteen_thousand_waiters_and_prints_some() {
    let session = Session::new(Level::Waits);
    let events: Vec<_> = (0..16).map(|_| Event::new()).collect();
    let task = Task::new();
    let mut waits = Vec::new();
    for event in &events {
        waits.extend((0..1_000).map(|_| task.begin(event.wait())));
    }
    let report = session.report();
    assert_eq!(report.primitives.len(), 16);
    let waiters: usize = report.primitives.iter().map(|one| one.waiters.len()).sum();
    assert_eq!(waiters, 16_000);
    for primitive in &report.primitives {
        assert!(primitive.waiters.is_sorted_by_key(|waiter| waiter.id));
    }
    let text = report.to_string();
    assert!(
        text.len() < 100_000 && text.contains("and 988 more"),
        "{text}"
    );
    drop(waits);
    session.assert_empty();
}

#[test]
fn sixteen_thousand_tasks_wait_for_one_lock_whose_holder_waits_too() {
    let session = Session::new(Level::Holders);
    let (lock, other) = (Lock::new(0), Lock::new(0));
    let guard = other.try_lock();
    let task = Task::new();
    let holder = task.begin(diagnostics::scope("holder", async {
        let _guard = lock.lock().await;
        drop(other.lock().await);
    }));
    let waits: Vec<_> = (0..16_000)
        .map(|_| task.begin(diagnostics::scope("waiter", lock.lock())))
        .collect();
    let report = session.report();
    assert!(report.verdicts.is_empty());
    let waiters: usize = report.primitives.iter().map(|one| one.waiters.len()).sum();
    assert_eq!(waiters, 16_001);
    drop((waits, holder, guard));
    session.assert_empty();
}

#[test]
fn a_million_waits_leave_nothing_behind() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(0);
    let task = Task::new();
    for round in 0..1_000_000 {
        let guard = lock.try_lock();
        let mut wait = std::pin::pin!(lock.lock());
        assert!(task.poll_pinned(wait.as_mut()).is_pending());
        if round % 2 == 0 {
            drop(guard);
            assert!(task.poll_pinned(wait).is_ready());
        }
    }
    session.assert_empty();
}
