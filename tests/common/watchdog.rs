//! Tests that fail instead of hanging.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any test takes, even under a sanitizer and on a busy machine.
const LIMIT: Duration = Duration::from_secs(if cfg!(miri) { 3600 } else { 60 });

/// The test harness names each thread after its test.
fn test_name() -> String {
    thread::current().name().unwrap_or("a test").to_owned()
}

/// Runs the body of a test on a thread of its own. If the body hangs, the test fails and leaves
/// the thread behind.
#[track_caller]
pub(crate) fn watched(body: impl FnOnce() + Send + 'static) {
    let (name, location) = (test_name(), Location::caller());
    let (finished, result) = mpsc::channel();
    let thread = thread::Builder::new().name(name.clone()).spawn(move || {
        // The receiver is gone if the test has failed by now.
        let _ = finished.send(catch_unwind(AssertUnwindSafe(body)));
    });
    thread.expect("a thread for the test");
    match result.recv_timeout(LIMIT) {
        Ok(Ok(())) => {}
        Ok(Err(payload)) => resume_unwind(payload),
        Err(_) => panic!("{name} hangs ({location})"),
    }
}

/// Returns a number of repetitions: `often`, or fewer under Miri.
pub(crate) const fn rounds(often: usize) -> usize {
    if cfg!(miri) {
        often.div_ceil(100)
    } else {
        often
    }
}

/// Checks the condition until it holds, and yields in between.
#[track_caller]
pub(crate) fn until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        let waited = start.elapsed();
        assert!(waited < LIMIT, "{} waits without success", test_name());
        thread::yield_now();
    }
}
