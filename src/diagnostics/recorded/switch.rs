#![forbid(unsafe_code)]
//! Whether anything is recorded.

use crate::diagnostics::level::Level;
use crate::diagnostics::report::Recording;
use crate::sync::atomic::{AtomicUsize, Ordering};

const OFF: usize = 0;
const WAITS: usize = 1;
const HOLDERS: usize = 2;

/// The number of states of the switch.
const STATES: usize = 4;

/// One of the three states above, plus [`STATES`] for each earlier change.
static SWITCH: AtomicUsize = AtomicUsize::new(OFF);

/// A period in which the switch is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period(usize);

impl Period {
    /// Returns its number, which is not `usize::MAX`.
    #[inline]
    pub(super) fn number(self) -> usize {
        self.0
    }
}

/// Returns the current period, if acquisitions without a wait are recorded.
#[inline]
pub(super) fn holders_period() -> Option<Period> {
    // ORDERING: Relaxed is enough: the switch publishes nothing.
    let word = SWITCH.load(Ordering::Relaxed);
    (word % STATES == HOLDERS).then_some(Period(word / STATES))
}

fn state() -> usize {
    // ORDERING: Relaxed is enough: the switch publishes nothing. A wait that begins meanwhile
    // may be recorded or not.
    SWITCH.load(Ordering::Relaxed) % STATES
}

/// Returns whether waits are recorded.
#[inline]
pub(super) fn records_waits() -> bool {
    state() != OFF
}

/// Returns whether acquisitions without a wait are recorded too.
#[inline]
pub(super) fn records_holders() -> bool {
    state() == HOLDERS
}

/// Returns the state for a report.
pub(super) fn recording() -> Recording {
    match state() {
        WAITS => Recording::On(Level::Waits),
        HOLDERS => Recording::On(Level::Holders),
        _ => Recording::Off,
    }
}

/// Changes the level, or turns the recording off.
pub(super) fn set(level: Option<Level>) {
    let state = match level {
        None => OFF,
        Some(Level::Waits) => WAITS,
        Some(Level::Holders) => HOLDERS,
    };
    // ORDERING: Relaxed is enough: the switch publishes nothing.
    let mut current = SWITCH.load(Ordering::Relaxed);
    while current % STATES != state {
        let next = (current / STATES).wrapping_add(1).wrapping_mul(STATES) | state;
        // ORDERING: Relaxed is enough: the switch publishes nothing.
        let changed =
            SWITCH.compare_exchange_weak(current, next, Ordering::Relaxed, Ordering::Relaxed);
        match changed {
            Ok(_) => return,
            Err(seen) => current = seen,
        }
    }
}
