#![forbid(unsafe_code)]
//! The clock: nanoseconds since the first look at it.
//!
//! A user's clock is user code, so it is not called under a mutex. Under a mutex, the time of the
//! user's latest call is used. That is exact enough to order events: if a poll has a later time
//! than a grant, it came after the grant, because each poll calls the clock.

//!
//! # The coarse clock
//!
//! A hold that did not wait takes its times from the coarse clock: the time of the latest look at the
//! clock by any thread. Waits, polls of scopes, reports and watchdogs look at it. So does a thread that
//! acquires something: each time if it does so rarely, and otherwise each [`FREQUENT`]th time. So
//! the age of a hold is not too short, and is too long by the time since the latest look.

use core::cell::Cell;
use core::time::Duration;
use std::time::Instant;

use super::user_code::call_user_code;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, OnceLock, local_key};

/// A moment, in nanoseconds since an unknown moment. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    /// Returns the moment of a stamp. `None` if it is 0.
    pub(super) fn from_stamp(nanoseconds: u64) -> Option<Self> {
        (nanoseconds != 0).then_some(Self(nanoseconds))
    }

    /// Returns the moment of a stamp of an event that has happened.
    pub(super) fn from_stamp_or_first(nanoseconds: u64) -> Self {
        Self(nanoseconds.max(1))
    }

    pub(super) fn nanoseconds(self) -> u64 {
        self.0
    }

    /// Returns the time since `earlier`. Zero if that is later.
    pub(super) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

type Clock = fn() -> Duration;

/// The user's clock.
static CLOCK: Mutex<Option<Clock>> = Mutex::new(None);

/// The latest time of the user's clock. 0 if there is no such clock.
static LATEST: AtomicU64 = AtomicU64::new(0);

/// The time of the latest look at any clock. 0 before the first.
static COARSE: AtomicU64 = AtomicU64::new(0);

/// A thread that acquires often looks at the clock once in so many acquisitions.
const FREQUENT: u32 = 16;

/// The age of the coarse clock, in nanoseconds, that a thread accepts.
const ACCEPTED: u64 = 1_000_000;

local_key! {
    /// The acquisitions until the thread looks at the clock, and the time of its last look.
    static LOOKS: (Cell<u32>, Cell<u64>) = (Cell::new(0), Cell::new(0))
}

/// When the standard library's clock was first used.
static ORIGIN: OnceLock<Instant> = OnceLock::new();

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1)
}

pub(super) fn set(clock: Clock) {
    *CLOCK.lock() = Some(clock);
    call(clock);
}

/// Calls the user's clock. The caller holds no mutex.
#[cold]
fn call(clock: Clock) -> Moment {
    let time = call_user_code(clock).map_or(1, nanoseconds);
    // ORDERING: Relaxed is enough: only this word matters.
    let before = LATEST.fetch_max(time, Ordering::Relaxed);
    let now = before.max(time);
    // ORDERING: Relaxed is enough: only this word matters.
    COARSE.store(now, Ordering::Relaxed);
    Moment(now)
}

/// Returns the time. The caller holds no mutex.
pub(super) fn now() -> Moment {
    // ORDERING: Relaxed is enough: the mutex publishes the clock.
    if LATEST.load(Ordering::Relaxed) != 0 {
        let clock = *CLOCK.lock();
        if let Some(clock) = clock {
            return call(clock);
        }
    }
    system()
}

/// Returns the time, and calls no user code. With a user's clock, it is the time of its latest
/// call.
pub(super) fn now_under_mutex() -> Moment {
    // ORDERING: Relaxed is enough: only this word matters.
    match LATEST.load(Ordering::Relaxed) {
        0 => system(),
        latest => Moment(latest),
    }
}

fn system() -> Moment {
    let now = Instant::now();
    let origin = ORIGIN.get_or_init(|| now);
    // Not 0, even if this is the first look.
    let now = nanoseconds(now.saturating_duration_since(*origin)) + 1;
    // ORDERING: Relaxed is enough: only this word matters.
    COARSE.store(now, Ordering::Relaxed);
    Moment(now)
}

/// Returns the time of the latest look at the clock, as a stamp. Calls no user code.
#[inline]
pub(super) fn coarse() -> u64 {
    // ORDERING: Relaxed is enough: only this word matters.
    COARSE.load(Ordering::Relaxed)
}

/// Returns the time of the coarse clock for an acquisition, and sometimes looks at the clock. The
/// caller holds no mutex.
#[inline]
pub(super) fn coarse_for_hold() -> u64 {
    let is_counted = LOOKS.try_with(|(left, _)| match left.get().checked_sub(1) {
        Some(rest) => {
            left.set(rest);
            true
        }
        None => false,
    });
    if is_counted == Ok(true) {
        coarse()
    } else {
        look()
    }
}

/// Looks at the clock, and decides when the thread looks again.
#[cold]
fn look() -> u64 {
    let now = now().nanoseconds();
    let _ = LOOKS.try_with(|(left, last)| {
        let elapsed = now.saturating_sub(last.replace(now));
        left.set(if elapsed < ACCEPTED { FREQUENT - 1 } else { 0 });
    });
    now
}
