//! Deadlocks that a report names.
#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use aiosync::diagnostics::{self, Certainty, Level, Report, Verdict};
use aiosync::{Event, Lock, Queue};
use futures_lite::future;

use crate::session::{Session, Task, assert_site};

/// A program that borrows.
type Program<'p> = Pin<Box<dyn Future<Output = ()> + 'p>>;

/// Returns the only verdict of a report.
#[track_caller]
pub(crate) fn only(report: &Report) -> &Verdict {
    match &report.verdicts[..] {
        [verdict] => verdict,
        verdicts => panic!("{verdicts:?}\n{report}"),
    }
}

/// Asserts that the only verdict is a futurelock, between futures of these lines of this file.
#[track_caller]
fn assert_futurelock(report: &Report, sure: Certainty, granted_at: u32, polled_at: u32) {
    let Verdict::Futurelock {
        certainty,
        granted,
        polled,
        ..
    } = only(report)
    else {
        panic!("{report}")
    };
    assert_eq!(*certainty, sure, "{report}");
    let (_, granted) = report.wait(*granted).expect("it is in the report");
    let (_, polled) = report.wait(*polled).expect("it is in the report");
    assert_site(granted.site, file!(), granted_at);
    assert_site(polled.site, file!(), polled_at);
    let text = report.to_string();
    let sure = format!("{sure:?}").to_lowercase();
    let lines = [
        format!("FUTURELOCK ({sure}): poll or drop the future created at"),
        format!("{}:{granted_at}", file!()),
        format!("{}:{polled_at}", file!()),
    ];
    for line in lines {
        assert!(text.contains(&line), "{line} is missing:\n{text}");
    }
}

#[test]
fn a_select_over_a_borrowed_future_is_a_futurelock() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(0).named("catalog");
    let tick = Event::new();
    let guard = lock.try_lock();
    let task = Task::new();
    let program = task.begin(async {
        let mut first = pin!(lock.lock());
        let ticked = async {
            tick.wait().await;
        };
        future::or(async { drop(first.as_mut().await) }, ticked).await;
        drop(lock.lock().await);
    });
    let lines = (line!() - 7, line!() - 2);
    // The task now waits a second time, for what it will be granted first.
    tick.set();
    let mut program = program;
    assert!(task.poll(&mut program).is_pending());
    drop(guard);
    assert!(
        session.report().verdicts.is_empty(),
        "the task was not polled yet"
    );
    session.advance(20);
    assert!(task.poll(&mut program).is_pending());
    assert!(session.report().verdicts.is_empty(), "the poll may go on");
    session.advance(100);
    assert_futurelock(&session.report(), Certainty::Certain, lines.0, lines.1);
    drop(program);
    session.assert_empty();
}

#[test]
fn a_future_that_is_stored_beside_a_loop_is_a_futurelock() {
    let session = Session::new(Level::Waits);
    let lock = Arc::new(Lock::new(0));
    let task = Task::new();
    let guard = lock.try_lock();
    let program = task.begin(async {
        let mut stored = pin!(lock.lock());
        let _ = future::poll_once(stored.as_mut()).await;
        loop {
            *lock.lock().await += 1;
        }
    });
    let lines = (line!() - 6, line!() - 3);
    drop(guard);
    session.advance(20);
    let mut program = program;
    assert!(task.poll(&mut program).is_pending());
    session.advance(100);
    assert_futurelock(&session.report(), Certainty::Certain, lines.0, lines.1);
    drop(program);
    session.assert_empty();
}

/// Blocks a thread inside a poll of a task that has a future with a grant. Returns the report, and
/// the lines of the future and of the call that blocks.
fn block_in_a_poll(session: &Session, name: Option<&'static str>) -> (Report, u32, u32) {
    let lock = Arc::new(Lock::new(0));
    let guard = lock.try_lock();
    let first = Mutex::new(Some(Box::pin(Arc::clone(&lock).lock_owned())));
    let first_line = line!() - 1;
    let poll_first = || {
        poll_fn(|context| {
            let mut first = first.lock().unwrap();
            let first = first.as_mut().expect("it is there");
            assert!(first.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
    };
    let (polled, granted) = (Event::new(), Event::new());
    let blocked_line = AtomicU32::new(0);
    let report = std::thread::scope(|scope| {
        let program = async {
            poll_first().await;
            polled.set();
            granted.wait_blocking();
            blocked_line.store(line!() + 1, Ordering::SeqCst);
            *lock.lock_blocking() += 1;
        };
        let thread = scope.spawn(|| {
            let task = Task::new();
            match name {
                Some(name) => task.finish(Box::pin(diagnostics::scope(name, program))),
                None => task.finish(Box::pin(program)),
            }
        });
        polled.wait_blocking();
        drop(guard);
        session.advance(5);
        granted.set();
        while lock.waiters() == 0 {
            std::thread::yield_now();
        }
        session.advance(100);
        let report = session.report();
        drop(first.lock().unwrap().take());
        thread
            .join()
            .expect("the dropped future hands the lock off");
        report
    });
    (report, first_line, blocked_line.into_inner())
}

#[test]
fn a_thread_that_blocks_in_a_poll_is_a_futurelock() {
    let session = Session::new(Level::Waits);
    let (report, granted, polled) = block_in_a_poll(&session, Some("syncer"));
    assert_futurelock(&report, Certainty::Certain, granted, polled);
    // Without a name, only the thread is known to be the same.
    let (report, granted, polled) = block_in_a_poll(&session, None);
    assert_futurelock(&report, Certainty::Suspected, granted, polled);
    session.assert_empty();
}

#[test]
fn a_grant_between_two_polls_of_one_task_poll_is_no_futurelock() {
    for name in [None, Some("syncer")] {
        let session = Session::new(Level::Waits);
        let (one, other) = (Lock::new(0), Lock::new(0));
        let guards = (std::cell::Cell::new(one.try_lock()), other.try_lock());
        let task = Task::new();
        // The lock is granted after the poll of the first future, and before that of the second.
        let program = async {
            let grant = async {
                session.advance(1);
                drop(guards.0.take());
                session.advance(1);
                std::future::pending::<()>().await;
            };
            let _guards = future::zip(one.lock(), future::zip(grant, other.lock())).await;
        };
        let program = match name {
            Some(name) => task.begin(Box::pin(diagnostics::scope(name, program)) as Program<'_>),
            None => task.begin(Box::pin(program) as Program<'_>),
        };
        // The executor is slow.
        session.advance(500);
        let report = session.report();
        let certain = report
            .verdicts
            .iter()
            .filter(|one| one.certainty() == Certainty::Certain);
        assert_eq!(certain.count(), 0, "{report}");
        assert!(name.is_none() || report.verdicts.is_empty(), "{report}");
        drop(program);
        session.assert_empty();
    }
}

#[test]
fn futures_that_are_polled_together_are_no_futurelock() {
    let session = Session::new(Level::Waits);
    let (one, other) = (Lock::new(0), Lock::new(0));
    let guards = (one.try_lock(), other.try_lock());
    let task = Task::new();
    let mut both = task.begin(future::zip(other.lock(), one.lock()));
    session.advance(500);
    drop(guards.0);
    session.advance(500);
    assert!(session.report().verdicts.is_empty());
    // The task polls both, and takes the grant.
    assert!(task.poll(&mut both).is_pending());
    session.advance(500);
    assert!(session.report().verdicts.is_empty());
    drop(both);
}

#[test]
fn another_task_that_is_polled_is_no_futurelock() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(0);
    let guard = lock.try_lock();
    let granted = Task::new().begin(lock.lock());
    let (other, mut wait) = (Task::new(), Box::pin(lock.lock()));
    assert!(other.poll(&mut wait).is_pending());
    drop(guard);
    session.advance(5);
    assert!(other.poll(&mut wait).is_pending());
    session.advance(100);
    assert!(session.report().verdicts.is_empty());
    session.advance(2_000);
    let report = session.report();
    let Verdict::GrantNotTaken { since, .. } = only(&report) else {
        panic!("{report}")
    };
    assert!(*since >= Duration::from_secs(2));
    drop((granted, wait));
}

#[test]
fn a_task_with_the_waker_of_a_task_that_has_ended_is_no_futurelock() {
    let session = Session::new(Level::Waits);
    let (lock, other) = (Lock::new(0), Lock::new(0));
    let guards = (lock.try_lock(), other.try_lock());
    // Both tasks have the same waker, as if it were at the same address. The first one ends before
    // the second one begins, so their records do not overlap.
    let task = Task::new();
    let first = task.begin(lock.lock());
    drop(guards.0);
    session.advance(5);
    drop(first);
    let second = task.begin(other.lock());
    session.advance(2_000);
    assert!(session.report().verdicts.is_empty());
    drop(second);
}

#[test]
fn a_future_with_a_waker_of_its_own_belongs_to_its_task_if_the_task_has_a_name() {
    use futures::stream::{FuturesUnordered, StreamExt};
    for name in [None, Some("syncer")] {
        let session = Session::new(Level::Waits);
        let (lock, event) = (Lock::new(0), Event::new());
        let guard = lock.try_lock();
        let task = Task::new();
        let program = async {
            let mut children = FuturesUnordered::new();
            children.push(lock.lock());
            let _ = future::poll_once(children.next()).await;
            event.wait().await;
            drop(lock.lock().await);
        };
        let mut program = match name {
            Some(name) => task.begin(Box::pin(diagnostics::scope(name, program)) as Program<'_>),
            None => task.begin(Box::pin(program) as Program<'_>),
        };
        drop(guard);
        session.advance(5);
        event.set();
        assert!(task.poll(&mut program).is_pending());
        session.advance(2_000);
        let report = session.report();
        match (name, only(&report)) {
            (None, Verdict::GrantNotTaken { .. }) => {}
            (Some(_), Verdict::Futurelock { certainty, .. }) => {
                assert_eq!(*certainty, Certainty::Certain);
            }
            _ => panic!("{report}"),
        }
        drop(program);
        session.assert_empty();
    }
}

#[test]
fn an_event_or_an_item_that_somebody_else_can_get_is_no_futurelock() {
    let session = Session::new(Level::Waits);
    let (event, queue) = (Event::new(), Queue::<u32>::unbounded());
    let task = Task::new();
    let released = task.begin(event.wait());
    event.set();
    session.advance(5);
    let wait = task.begin(queue.get());
    session.advance(5_000);
    assert!(session.report().verdicts.is_empty());
    drop(wait);
    // An item is kept from all others.
    let granted = task.begin(queue.get());
    queue.try_put(1).expect("it is unbounded");
    session.advance(5);
    let wait = task.begin(queue.get());
    session.advance(100);
    assert!(matches!(
        only(&session.report()),
        Verdict::Futurelock { .. }
    ));
    drop((released, granted, wait));
}

#[test]
fn a_wait_that_owns_the_last_arc_is_abandoned() {
    let session = Session::new(Level::Waits);
    let event = Arc::new(Event::new());
    let task = Task::new();
    let mut wait = task.begin(Arc::clone(&event).wait_owned());
    assert!(session.report().verdicts.is_empty());
    drop(event);
    assert!(task.poll(&mut wait).is_pending());
    let report = session.report();
    assert!(
        matches!(only(&report), Verdict::Abandoned { .. }),
        "{report}"
    );
    assert!(report.to_string().contains("ABANDONED"), "{report}");
    drop(wait);
    session.assert_empty();
}
