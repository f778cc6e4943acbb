//! A report as text.
#![forbid(unsafe_code)]

use std::future::Future;

use aiosync::diagnostics::{self, Level};
use aiosync::{Event, Lock, Semaphore};

use crate::session::{Session, Task};

/// Returns the text of a report, with numbers that differ from run to run replaced.
fn text(session: &Session) -> String {
    let report = session.report();
    let mut text = report.to_string();
    for (index, primitive) in report.primitives.iter().enumerate() {
        text = text.replace(&format!("{} ", primitive.id), &format!("#{} ", index + 1));
        text = text.replace(&format!("{}\n", primitive.id), &format!("#{}\n", index + 1));
    }
    text.replace(file!(), "src/db.rs")
}

#[test]
fn a_report_without_waits_says_so() {
    let session = Session::new(Level::Waits);
    assert_eq!(text(&session), "No recorded wait or holder.");
    diagnostics::disable();
    assert_eq!(
        text(&session),
        "aiosync records no waits: call `aiosync::diagnostics::enable` first"
    );
}

#[test]
fn a_report_names_waiters_holders_and_verdicts() {
    let session = Session::new(Level::Holders);
    let pool = Semaphore::new(10);
    let permits: Vec<_> = (0..9).map(|_| pool.try_acquire()).collect();
    let held = line!() - 1;
    session.advance(29_000);
    let other = pool.try_acquire();
    session.advance(2_000);
    let wait = Task::new().begin(diagnostics::scope("http-12", async {
        drop(pool.acquire().await);
    }));
    session.advance(400);
    let expected = format!(
        "Semaphore #1 created at src/db.rs:{} — 0 of 10 free; held by src/db.rs:{held} ×9 (longest \
         31 s), src/db.rs:{} ×1 (2.4 s)\n  waiting: \"http-12\" src/db.rs:{} for 400 ms (1 poll, 0 wakes)",
        held - 1,
        held + 3,
        held + 6,
    );
    assert_eq!(text(&session), expected);
    drop((wait, permits, other));
    session.assert_empty();
}

#[test]
fn a_lock_whose_holder_is_not_recorded_says_so() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(0).named("catalog");
    let line = line!() - 1;
    let guard = lock.try_lock();
    let wait = Task::new().begin(diagnostics::scope("a", async { drop(lock.lock().await) }));
    let expected = format!(
        "Lock #1 \"catalog\" created at src/db.rs:{line} — held; the holder was not recorded, \
         enable `Level::Holders`\n  waiting: \"a\" src/db.rs:{} for 0 ns (1 poll, 0 wakes)",
        line + 3
    );
    assert_eq!(text(&session), expected);
    drop((wait, guard));
}

#[test]
fn a_futurelock_is_printed_with_both_calls() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(0).named("catalog");
    let line = line!() - 1;
    let guard = lock.try_lock();
    let task = Task::new();
    let tick = Event::new();
    let first = std::sync::Mutex::new(Box::pin(lock.lock()));
    let program = async {
        futures_lite::future::poll_fn(|context| {
            let mut first = first.lock().unwrap();
            assert!(first.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        tick.wait().await;
        drop(lock.lock().await);
    };
    let mut program = task.begin(diagnostics::scope("syncer", program));
    drop(guard);
    session.advance(5);
    tick.set();
    assert!(task.poll(&mut program).is_pending());
    session.advance(3_000);
    let expected = format!(
        "Lock #1 \"catalog\" created at src/db.rs:{line} — granted 3.0 s ago to the wait at \
         src/db.rs:{granted}, which has not been polled since\n  \
         its task \"syncer\" was polled after the grant and now waits at src/db.rs:{polled} for \
         this same lock\n  \
         => FUTURELOCK (certain): poll or drop the future created at src/db.rs:{granted}\n  \
         waiting: \"syncer\" src/db.rs:{polled} for 3.0 s (1 poll, 0 wakes)",
        granted = line + 5,
        polled = line + 14,
    );
    assert_eq!(text(&session), expected);
    drop(program);
    drop(first);
    session.assert_empty();
}
