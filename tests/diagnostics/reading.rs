//! What a report of real primitives lets its reader do: find one of them, compare, read histograms.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use aiosync::diagnostics::{Level, Primitive, PrimitiveKind};
use aiosync::{Barrier, Condition, Event, LifoQueue, Lock, OnceCell, Queue, RwLock, Semaphore};

use crate::session::{Session, Task};

#[test]
fn a_report_can_be_cut_to_one_primitive_of_each_kind() {
    let session = Session::new(Level::Waits);
    let task = Task::new();

    let (lock, rwlock, semaphore) = (Lock::new(0), RwLock::new(0), Semaphore::new(0));
    let (event, barrier, condition) = (Event::new(), Barrier::new(2), Condition::new());
    let (queue, stack) = (Queue::<u32>::bounded(1), LifoQueue::<u32>::bounded(1));
    let cell = OnceCell::<u32>::new();
    let other = Lock::new(0);
    let all: [(&dyn Primitive, PrimitiveKind); 9] = [
        (&lock, PrimitiveKind::Lock),
        (&rwlock, PrimitiveKind::RwLock),
        (&semaphore, PrimitiveKind::Semaphore),
        (&event, PrimitiveKind::Event),
        (&barrier, PrimitiveKind::Barrier),
        (&condition, PrimitiveKind::Condition),
        (&queue, PrimitiveKind::Queue),
        (&stack, PrimitiveKind::Queue),
        (&cell, PrimitiveKind::OnceCell),
    ];
    for (primitive, _) in all {
        assert!(session.report().of(primitive).primitives.is_empty());
    }

    let guards = (lock.try_lock(), rwlock.try_write());
    let waits = (
        task.begin(lock.lock()),
        task.begin(rwlock.read()),
        task.begin(semaphore.acquire()),
        task.begin(event.wait()),
        task.begin(barrier.wait()),
        task.begin(async {
            drop(condition.wait(other.lock().await).await);
        }),
        task.begin(queue.get()),
        task.begin(stack.get()),
        task.begin(cell.wait()),
    );
    let report = session.report();
    assert_eq!(report.primitives.len(), all.len());
    let mut ids = Vec::new();
    for (primitive, kind) in all {
        let part = report.of(primitive);
        let [found] = &part.primitives[..] else {
            panic!("{kind}: {part}");
        };
        assert_eq!((found.kind, found.waiters.len()), (kind, 1));
        ids.push(found.id);
    }
    // The ids of a later report are the same.
    session.advance(10);
    let later = session.report();
    let same = later.primitives.iter().map(|primitive| primitive.id);
    ids.sort();
    assert_eq!(same.collect::<Vec<_>>(), ids);
    drop((waits, guards));
    session.assert_empty();
}

#[test]
fn a_wait_keeps_its_number_in_the_next_report() {
    let session = Session::new(Level::Waits);
    let event = Event::new();
    let wait = Task::new().begin(event.wait());
    let first = session.wait().id;
    session.advance(10);
    assert_eq!(session.wait().id, first);
    drop(wait);
    let another = Task::new().begin(event.wait());
    assert_ne!(session.wait().id, first);
    drop(another);
    session.assert_empty();
}

#[test]
fn histograms_count_the_waits_and_the_holds_that_have_ended() {
    let session = Session::new(Level::Holders);
    let lock = Arc::new(Lock::new(0));
    let task = Task::new();
    let guard = lock.try_lock();
    let granted = task.begin(lock.lock());
    let cancelled = task.begin(lock.lock());
    let waits = session.primitive();
    assert_eq!((waits.wait_times.total(), waits.hold_times.total()), (0, 0));

    session.advance(30);
    drop(cancelled);
    session.advance(70);
    drop(guard);
    let guard = task.finish(granted);
    session.advance(5);

    let lock_report = session.primitive();
    let (waits, holds) = (lock_report.wait_times, lock_report.hold_times);
    assert_eq!(waits.total(), 2, "the dropped wait counts too");
    assert_eq!(waits.sum(), Duration::from_millis(30 + 100));
    assert_eq!(
        (holds.total(), holds.sum()),
        (1, Duration::from_millis(100))
    );
    let age = lock_report.last_release.expect("a hold has ended");
    assert_eq!(age, Duration::from_millis(5));
    drop(guard);
    session.assert_empty();
}

#[test]
fn a_wait_for_a_condition_counts_there_and_not_at_its_lock() {
    let session = Session::new(Level::Holders);
    let (lock, condition) = (Lock::new(0), Condition::new());
    let task = Task::new();
    let waiting = task.begin(async { condition.wait(lock.lock().await).await });
    session.advance(50);
    condition.notify_one();
    let guard = task.finish(waiting);
    let another = Task::new().begin(async { condition.wait(guard).await });
    let held = lock.try_lock();
    let report = session.report();
    let waited = |primitive: &dyn Primitive| {
        let part = report.of(primitive);
        part.primitives.first().map(|found| found.wait_times.sum())
    };
    assert_eq!(waited(&condition), Some(Duration::from_millis(50)));
    assert_eq!(waited(&lock), Some(Duration::ZERO));
    drop(held);
    drop(another);
    session.assert_empty();
}

#[test]
fn a_lock_without_a_hold_has_no_last_release() {
    let session = Session::new(Level::Holders);
    let lock = Lock::new(0);
    let guard = lock.try_lock();
    assert_eq!(session.primitive().last_release, None);
    drop(guard);
    session.assert_empty();
}
