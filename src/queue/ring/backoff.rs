#![forbid(unsafe_code)]
//! Waiting for another thread that is between its claim and its publish.
//!
//! The other thread needs only a few more instructions, unless it is descheduled. It wakes nobody
//! when it publishes. So the waiting thread checks again after growing pauses: it spins, then
//! yields the processor, then sleeps. It must sleep eventually, because a thread of a higher
//! priority that only yields may never let the other thread run.

use core::time::Duration;

use crate::sync::thread::{sleep, spin_loop, yield_now};

/// The number of spins before the first yield.
const SPINS: u32 = 64;
/// The number of yields before the first sleep.
const YIELDS: u32 = 16;
/// The first sleep. Each sleep is twice as long as the one before it.
const FIRST_SLEEP: Duration = Duration::from_micros(50);
/// The longest sleep.
const LONGEST_SLEEP: Duration = Duration::from_millis(1);

/// One pause of a [`Backoff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    Spin,
    Yield,
    Sleep(Duration),
}

/// A sequence of growing pauses.
pub(super) struct Backoff {
    /// The number of pauses so far, up to the first sleep.
    pauses: u32,
    next_sleep: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self {
            pauses: 0,
            next_sleep: FIRST_SLEEP,
        }
    }

    /// Pauses this thread. Later calls pause for longer.
    pub(super) fn pause(&mut self) {
        match self.next() {
            Pause::Spin => spin_loop(),
            Pause::Yield => yield_now(),
            Pause::Sleep(duration) => sleep(duration),
        }
    }

    fn next(&mut self) -> Pause {
        let pauses = self.pauses;
        if pauses < SPINS + YIELDS {
            self.pauses += 1;
            return if pauses < SPINS {
                Pause::Spin
            } else {
                Pause::Yield
            };
        }
        let duration = self.next_sleep;
        self.next_sleep = (duration * 2).min(LONGEST_SLEEP);
        Pause::Sleep(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Pause};
    use core::time::Duration;

    #[test]
    fn a_long_wait_sleeps_after_a_bounded_number_of_spins_and_yields() {
        let mut backoff = Backoff::new();
        let awake = core::iter::from_fn(|| Some(backoff.next()))
            .take_while(|pause| !matches!(pause, Pause::Sleep(_)))
            .take(1_000)
            .count();
        assert!(awake <= 100, "{awake} pauses without a sleep");
    }

    #[test]
    fn a_wait_of_20_milliseconds_looks_at_most_100_times_between_its_sleeps() {
        let mut backoff = Backoff::new();
        let (mut slept, mut sleeps) = (Duration::ZERO, 0);
        while slept < Duration::from_millis(20) {
            if let Pause::Sleep(duration) = backoff.next() {
                assert!(duration <= Duration::from_millis(1), "{duration:?}");
                slept += duration;
                sleeps += 1;
            }
        }
        assert!(sleeps <= 100, "{sleeps} sleeps in {slept:?}");
    }

    #[test]
    fn the_first_pauses_keep_the_processor() {
        let mut backoff = Backoff::new();
        assert_eq!(backoff.next(), Pause::Spin);
    }
}
