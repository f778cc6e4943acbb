#![forbid(unsafe_code)]
//! The clock: nanoseconds since the first look at it.
//!
//! A user's clock is user code, so it is not called under a mutex. Under a mutex, the time of the
//! user's latest call is used. That is exact enough to order events: if a poll has a later time
//! than a grant, it came after the grant, because each poll calls the clock.

use core::time::Duration;
use std::time::Instant;

use super::user_code::call_user_code;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, OnceLock};

/// A moment, in nanoseconds since an unknown moment. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    /// Returns the moment of a stamp. `None` if it is 0.
    pub(super) fn from_stamp(nanoseconds: u64) -> Option<Self> {
        (nanoseconds != 0).then_some(Self(nanoseconds))
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
    Moment(before.max(time))
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
    Moment(nanoseconds(now.saturating_duration_since(*origin)) + 1)
}
