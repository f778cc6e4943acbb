#![deny(unsafe_code)]
//! Reports what waits for what, for a program that hangs.
//!
//! With the feature `diagnostics`, the crate can record each wait: the call that created it, its
//! task, its polls and its wakes. A [`report`] lists the waiters and the holders of each primitive,
//! and names deadlocks, such as a wait that was granted and is not polled.
//!
//! Nothing is recorded before [`enable`] is called. Waits that are older than this call are not in
//! any report. A report takes no mutex of a primitive, and calls no code of the program. So it
//! works while everything else hangs.
//!
//! A [`Watchdog`] looks for hangs from time to time, and calls a function of the program.
//! [`Report::older_than`] and [`Report::of`] return parts of a report. With the feature `serde`, a
//! report can be written as JSON, for example.
//!
//! With the feature `tracing`, each recorded wait also has the spans and events that tokio-console reads.
//!
//! Without the feature, this module has the same items. They do nothing, and each report says so.
//! The same is true under loom and shuttle, and for targets without 64-bit atomics.
//!
//! # Examples
//!
//! ```
//! use aiosync::Lock;
//! use aiosync::diagnostics::{self, Level};
//! use futures_lite::future;
//!
//! diagnostics::enable(Level::Waits);
//!
//! let catalog = Lock::new(0).named("catalog");
//! let guard = catalog.try_lock();
//! let mut wait = Box::pin(catalog.lock());
//! assert!(future::block_on(future::poll_once(&mut wait)).is_none());
//!
//! let report = diagnostics::report();
//! println!("{report}");
//! # if report.recording != diagnostics::Recording::NotCompiled {
//! let [lock] = &report.primitives[..] else { panic!("one primitive has a waiter") };
//! assert_eq!(lock.name, Some("catalog"));
//! assert_eq!(lock.waiters.len(), 1);
//! # }
//! # drop(wait);
//! # drop(guard);
//! ```

mod display;
mod explain;
mod filter;
mod histogram;
mod judge;
mod level;
mod observer;
mod report;
mod scope;
#[cfg(feature = "serde")]
mod serialize;
mod stuck;
mod verdict;
mod watchdog;

#[cfg(all(
    feature = "diagnostics",
    target_has_atomic = "64",
    not(any(loom, shuttle))
))]
mod recorded;
#[cfg(all(
    feature = "diagnostics",
    target_has_atomic = "64",
    not(any(loom, shuttle))
))]
use self::recorded as arm;

#[cfg(not(all(
    feature = "diagnostics",
    target_has_atomic = "64",
    not(any(loom, shuttle))
)))]
mod unrecorded;
#[cfg(not(all(
    feature = "diagnostics",
    target_has_atomic = "64",
    not(any(loom, shuttle))
)))]
use self::unrecorded as arm;

#[cfg(all(
    feature = "diagnostics",
    target_has_atomic = "64",
    not(any(loom, shuttle, target_family = "wasm"))
))]
mod watch_thread;

#[cfg(not(all(
    feature = "diagnostics",
    target_has_atomic = "64",
    not(any(loom, shuttle, target_family = "wasm"))
)))]
mod unwatched;
#[cfg(not(all(
    feature = "diagnostics",
    target_has_atomic = "64",
    not(any(loom, shuttle, target_family = "wasm"))
)))]
use self::unwatched as watch_thread;

pub use self::filter::Primitive;
pub use self::histogram::Histogram;
pub use self::level::Level;
pub use self::observer::{Hang, Observer};
pub use self::report::{
    CallSite, HoldMode, HolderReport, PrimitiveId, PrimitiveKind, PrimitiveReport, Recording,
    Report, Supply, TaskReport, TransferReport, Transfers, WaitId, WaiterReport,
};
pub use self::scope::Scope;
pub use self::verdict::{Certainty, CycleLink, Verdict};
pub use self::watchdog::Watchdog;

#[cfg(all(feature = "std", not(target_family = "wasm")))]
pub(crate) use self::arm::BlockingThread;
pub(crate) use self::arm::{Caller, GranterProbe, HoldProbe, Probe, Site, WaitProbe};
pub(crate) use self::filter::{Identified, identified_by_probe};

use alloc::string::String;
use core::future::Future;
use core::time::Duration;

use crate::sync::Arc;

/// An end of a queue.
#[derive(Clone, Copy)]
pub(crate) enum QueueEnd {
    /// The end for puts.
    Put,
    /// The end for gets.
    Get,
}

/// What an operation knows about its wait.
#[allow(dead_code, reason = "the arm that records nothing reads no facts")]
pub(crate) struct WaitFacts {
    /// The name of the method.
    pub(crate) operation: &'static str,
    /// The number of permits or items.
    pub(crate) amount: usize,
    /// What the primitive has to give.
    pub(crate) supply: Option<Supply>,
    /// Whether the future owns the last `Arc` of the primitive.
    pub(crate) is_last_owner: bool,
}

/// Records waits from now on, and also acquisitions at [`Level::Holders`].
///
/// A wait that has begun earlier is not recorded. Neither is a guard that was acquired earlier.
///
/// # Examples
///
/// ```
/// use aiosync::diagnostics::{self, Level};
///
/// diagnostics::enable(Level::Holders);
/// println!("{}", diagnostics::report());
/// diagnostics::disable();
/// ```
pub fn enable(level: Level) {
    arm::enable(level);
}

/// Records no new waits and acquisitions. Those that are recorded stay in the reports until they
/// end.
///
/// # Examples
///
/// See [`enable`].
pub fn disable() {
    arm::disable();
}

/// Returns the recorded waiters and holders of all primitives, and what they suggest.
///
/// It may be called at any time and from any thread, even from a waker, and while the rest of the
/// program hangs. It must not be called from a signal handler or from a global allocator.
///
/// # Examples
///
/// See [`enable`].
#[must_use]
pub fn report() -> Report {
    arm::report_with_time().0
}

/// Returns a future that runs `future` as a task with a name, for reports.
///
/// All waits in the polls of `future` count as waits of this task. Give each task a scope of its
/// own: a verdict about one task is certain only if its futures are polled together. The innermost
/// scope counts. Two scopes with the same name are two tasks.
///
/// # Examples
///
/// ```
/// use aiosync::{Event, diagnostics};
/// use futures_lite::future;
///
/// let stop = Event::with_state(true);
/// future::block_on(diagnostics::scope("syncer", async {
///     stop.wait().await;
/// }));
/// ```
pub fn scope<F: Future>(name: impl Into<Arc<str>>, future: F) -> Scope<F> {
    Scope::new(name, future)
}

/// Sets the function that names the current task, such as the executor's id of it. It replaces the
/// previous one.
///
/// It is called when a wait begins outside of any [`scope`], on the thread that polls it, where the
/// crate also clones the waker. The crate holds no mutex meanwhile. If it returns `None` or panics,
/// the task is known by its waker. While it runs, the thread's own waits are not given a name.
///
/// # Examples
///
/// ```
/// use aiosync::diagnostics;
///
/// // For example: || tokio::task::try_id().map(|id| id.to_string())
/// diagnostics::set_task_source(|| std::thread::current().name().map(str::to_owned));
/// ```
pub fn set_task_source(source: fn() -> Option<String>) {
    arm::set_task_source(source);
}

/// Sets the clock for the ages in reports. It replaces `Instant::now`, which panics on some targets,
/// such as `wasm32-unknown-unknown`. Call it before [`enable`].
///
/// The clock returns the time since any fixed moment. It must not go back; if it does, the crate
/// uses its latest time. It is called where a wait is polled, and where a report begins, while the
/// crate holds no mutex. If it panics, the crate uses its latest time.
///
/// # Examples
///
/// ```
/// use aiosync::diagnostics;
/// use std::time::{Duration, SystemTime};
///
/// diagnostics::set_clock(|| {
///     let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
///     time.unwrap_or(Duration::ZERO)
/// });
/// ```
pub fn set_clock(clock: fn() -> Duration) {
    arm::set_clock(clock);
}
