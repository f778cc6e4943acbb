//! One test at a time, with a clock that the test moves.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aiosync::diagnostics::{self, CallSite, Level, PrimitiveReport, Report, WaiterReport};

static ALONE: Mutex<()> = Mutex::new(());
static NOW: AtomicU64 = AtomicU64::new(1);

/// The right to record. Recording is off when it is dropped.
pub(crate) struct Session(#[expect(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

impl Session {
    pub(crate) fn new(level: Level) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        diagnostics::set_clock(|| Duration::from_millis(NOW.load(Ordering::SeqCst)));
        let session = Self(alone);
        let before = session.report();
        assert!(before.primitives.is_empty(), "left behind: {before}");
        diagnostics::enable(level);
        session
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, milliseconds: u64) {
        NOW.fetch_add(milliseconds, Ordering::SeqCst);
        // Calls the clock. A grant has the time of the clock's latest call.
        drop(self.report());
    }

    pub(crate) fn report(&self) -> Report {
        diagnostics::report()
    }

    /// Returns the only primitive of a report.
    #[track_caller]
    pub(crate) fn primitive(&self) -> PrimitiveReport {
        let mut report = self.report();
        assert_eq!(report.primitives.len(), 1, "{report}");
        report.primitives.remove(0)
    }

    /// Returns the only wait of a report.
    #[track_caller]
    pub(crate) fn wait(&self) -> WaiterReport {
        let mut primitive = self.primitive();
        assert_eq!(primitive.waiters.len(), 1, "{primitive:?}");
        primitive.waiters.remove(0)
    }

    #[track_caller]
    pub(crate) fn assert_empty(&self) {
        let report = self.report();
        assert!(report.primitives.is_empty(), "{report}");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        diagnostics::disable();
    }
}

/// Asserts that a call is in this file and line.
#[track_caller]
pub(crate) fn assert_site(site: CallSite, file: &str, line: u32) {
    assert_eq!((site.file, site.line), (file, line));
}

/// A task that is polled by hand: a waker, which several futures may share.
pub(crate) struct Task(Arc<Wakes>);

struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Task {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Wakes(AtomicUsize::new(0))))
    }

    pub(crate) fn poll<F: Future>(&self, future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        self.poll_pinned(future.as_mut())
    }

    pub(crate) fn poll_pinned<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(&self.0));
        future.poll(&mut Context::from_waker(&waker))
    }

    /// Polls a future for the first time. It is pending.
    #[track_caller]
    pub(crate) fn begin<F: Future>(&self, future: F) -> Pin<Box<F>> {
        let mut future = Box::pin(future);
        assert!(self.poll(&mut future).is_pending());
        future
    }

    #[track_caller]
    pub(crate) fn finish<F: Future>(&self, mut future: Pin<Box<F>>) -> F::Output {
        match self.poll(&mut future) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the future is pending"),
        }
    }
}
