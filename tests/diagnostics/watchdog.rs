//! The thread of a watchdog.
#![forbid(unsafe_code)]

use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aiosync::Lock;
use aiosync::diagnostics::{self, Hang, Level, Observer, Watchdog};

use crate::session::{Session, Task};

/// The shortest time between two looks. The tests wait for looks, and never for this time.
const EVERY: Duration = Duration::from_millis(1);

/// Spawns a watchdog that sends what it finds.
fn spawn(older_than: u64) -> (Watchdog, Receiver<Hang>) {
    let (sender, receiver) = mpsc::channel();
    let watchdog = Watchdog::spawn(EVERY, Duration::from_millis(older_than), move |hang| {
        let _ = sender.send(hang.clone());
    });
    (watchdog, receiver)
}

fn next(hangs: &Receiver<Hang>) -> Hang {
    hangs.recv().expect("the watchdog looks again")
}

#[test]
fn a_hang_is_reported_with_one_number_and_a_growing_duration() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(0).named("catalog");
    let guard = lock.try_lock();
    let (watchdog, hangs) = spawn(1_000);
    let wait = Task::new().begin(lock.lock());
    session.advance(999);
    // Whatever it has seen so far is younger than the limit.
    session.advance(1);
    let first = next(&hangs);
    assert!(first.duration >= Duration::from_secs(1));
    assert_eq!((first.id, first.waits, first.site.file), (1, 1, file!()));
    session.advance(5_000);
    let later = loop {
        let hang = next(&hangs);
        assert_eq!(hang.id, first.id);
        if hang.duration > first.duration {
            break hang;
        }
    };
    assert_eq!(later.duration, Duration::from_secs(6));
    let primitive = later.report.primitive(later.primitive);
    let primitive = primitive.expect("the report shows the hang");
    assert_eq!(primitive.name, Some("catalog"));
    drop(watchdog);
    drop((wait, guard));
    session.assert_empty();
}

#[test]
fn a_watchdog_can_go_anywhere() {
    fn check<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Debug>() {}
    check::<Watchdog>();
    check::<Hang>();
    check::<Observer>();
}

#[test]
fn a_drop_ends_the_thread_and_drops_the_callback() {
    let captured = Arc::new(());
    let kept = Arc::clone(&captured);
    // It would look again in a million years.
    let every = Duration::from_secs(60 * 60 * 24 * 365 * 1_000_000);
    let watchdog = Watchdog::spawn(every, Duration::ZERO, move |_| {
        let _ = &kept;
    });
    assert_eq!(Arc::strong_count(&captured), 2);
    drop(watchdog);
    assert_eq!(Arc::strong_count(&captured), 1);
}

#[test]
fn a_time_that_no_clock_can_reach_is_no_overflow() {
    drop(Watchdog::spawn(Duration::MAX, Duration::MAX, |_| {}));
}

#[test]
#[should_panic(expected = "aiosync: a watchdog that looks every 0ns")]
fn a_watchdog_that_never_pauses_is_refused() {
    drop(Watchdog::spawn(Duration::ZERO, Duration::ZERO, |_| {}));
}

/// A lock that a task waits for, with everything that keeps it so.
macro_rules! hang {
    ($lock:ident, $everything:ident) => {
        let $lock = Arc::new(Lock::new(0));
        let guard = Arc::clone(&$lock).try_lock_owned();
        let wait = Task::new().begin(Arc::clone(&$lock).lock_owned());
        let $everything = (guard, wait);
    };
}

#[test]
fn a_callback_that_panics_is_called_again() {
    let session = Session::new(Level::Waits);
    hang!(lock, everything);
    let (sender, calls) = mpsc::channel();
    let watchdog = Watchdog::spawn(EVERY, Duration::ZERO, move |_| {
        let _ = sender.send(());
        // A payload whose drop panics.
        std::panic::panic_any(PanicsInDrop);
    });
    for _ in 0..3 {
        calls.recv().expect("the thread survives");
    }
    drop(watchdog);
    drop((everything, lock));
    session.assert_empty();
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("the payload is dropped");
    }
}

#[test]
fn a_captured_value_whose_drop_panics_harms_nobody() {
    let captured = PanicsInDrop;
    drop(Watchdog::spawn(EVERY, Duration::MAX, move |_| {
        let _ = &captured;
    }));
}

#[test]
fn a_drop_does_not_wait_for_a_callback_that_blocks() {
    let session = Session::new(Level::Waits);
    hang!(lock, everything);
    let (entered, is_entered) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let (ended, is_ended) = mpsc::channel::<()>();
    let watchdog = Watchdog::spawn(EVERY, Duration::ZERO, move |_| {
        let _ = &ended;
        let _ = entered.send(());
        let _ = may_go_on.recv();
    });
    is_entered.recv().expect("the callback is called");
    drop(watchdog);
    // No other call begins. The thread ends, and drops the callback.
    go_on.send(()).expect("the callback still waits");
    is_ended.recv().expect_err("nothing is sent");
    is_entered.recv().expect_err("it is not called again");
    drop((everything, lock));
    session.assert_empty();
}

#[test]
fn a_callback_may_drop_its_watchdog() {
    let session = Session::new(Level::Waits);
    hang!(lock, everything);
    let own: Arc<Mutex<Option<Watchdog>>> = Arc::default();
    let (sender, calls) = mpsc::channel();
    let shared = Arc::clone(&own);
    let mut place = own.lock().expect("nothing panics");
    *place = Some(Watchdog::spawn(EVERY, Duration::ZERO, move |_| {
        drop(shared.lock().expect("nothing panics").take());
        let _ = sender.send(());
    }));
    drop(place);
    calls.recv().expect("the callback returns");
    calls.recv().expect_err("it is not called again");
    drop((everything, lock));
    session.assert_empty();
}

#[test]
fn a_callback_that_owns_its_watchdog_ends_with_it() {
    let own: Arc<Mutex<Option<Watchdog>>> = Arc::default();
    let (sender, is_ended) = mpsc::channel::<()>();
    let shared = Arc::clone(&own);
    let watchdog = Watchdog::spawn(EVERY, Duration::MAX, move |_| {
        let _ = (&shared, &sender);
    });
    // A watchdog that keeps itself runs forever. So a thread takes it out, and drops it.
    *own.lock().expect("nothing panics") = Some(watchdog);
    let taken = own.lock().expect("nothing panics").take();
    drop(taken);
    is_ended.recv().expect_err("nothing is sent");
}

#[test]
fn a_callback_may_use_everything_of_the_crate() {
    let session = Session::new(Level::Waits);
    hang!(lock, everything);
    let (sender, calls) = mpsc::channel();
    let shared = Arc::clone(&lock);
    let watchdog = Watchdog::spawn(EVERY, Duration::ZERO, move |hang| {
        let report = diagnostics::report();
        // The wait of this thread is recorded, and ends after its timeout.
        let acquired = shared.lock_blocking_timeout(Duration::from_millis(1));
        diagnostics::enable(Level::Waits);
        drop(Watchdog::spawn(EVERY, Duration::ZERO, |_| {}));
        let is_seen = report.primitive(hang.primitive).is_some();
        let _ = sender.send((
            is_seen,
            acquired.is_none(),
            report.of(&*shared).primitives.len(),
        ));
    });
    for _ in 0..2 {
        assert_eq!(calls.recv(), Ok((true, true, 1)));
    }
    drop(watchdog);
    drop((everything, lock));
    session.assert_empty();
}
