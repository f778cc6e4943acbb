#![forbid(unsafe_code)]
//! Adaptive spinning before queueing.
//!
//! A thread that finds a lock held, or a ring empty, gains by retrying for a short while if
//! another thread is about to change that. If all tasks run on one thread, it never gains,
//! because nothing changes between two attempts. So the budget adapts: success doubles it,
//! failure halves it, and zero ends the spinning until there is evidence of another thread.
//!
//! The pauses between two attempts double. A thread that tries less often takes the cache line
//! away from the other thread less often, and the other thread makes faster progress.

use core::ops::ControlFlow;

use crate::sync::atomic::{AtomicU16, Ordering};
use crate::sync::thread::{MAY_SPIN, spin_loop};

/// Bounds of an [`AdaptiveSpin`]. The unit is a pause of the processor: about 10 to 25
/// nanoseconds, depending on the processor.
pub(crate) struct SpinLimits {
    /// The budget after [`AdaptiveSpin::rearm`].
    pub(crate) armed: u16,
    /// The largest budget.
    pub(crate) most: u16,
    /// The pauses before the first attempt.
    pub(crate) first: u16,
    /// The longest wait between two attempts. Once it is reached, there is only one pause between
    /// further attempts.
    pub(crate) longest: u16,
}

/// A budget of pauses. It affects speed only.
pub(crate) struct AdaptiveSpin(AtomicU16);

impl AdaptiveSpin {
    crate::sync::const_unless_loom! {
        /// Creates a budget. With zero, there is no spinning before [`rearm`](Self::rearm).
        pub(crate) const fn new(budget: u16) -> Self {
            Self(AtomicU16::new(budget))
        }
    }

    /// Returns whether the budget is zero.
    #[inline]
    pub(crate) fn is_spent(&self) -> bool {
        // ORDERING: Relaxed is enough: the budget publishes nothing.
        !MAY_SPIN || self.0.load(Ordering::Relaxed) == 0
    }

    /// Allows spinning again, if the budget is zero. Called when there is evidence of another
    /// thread.
    #[inline]
    pub(crate) fn rearm(&self, limits: &SpinLimits) {
        if MAY_SPIN && self.is_spent() {
            // ORDERING: Relaxed is enough: the budget publishes nothing.
            self.0.store(limits.armed, Ordering::Relaxed);
        }
    }

    /// Repeats `attempt` until it returns `Break`, or until the budget is used up. Adapts
    /// the budget: `Break(Some(_))` is a success.
    pub(crate) fn spin<R>(
        &self,
        limits: &SpinLimits,
        mut attempt: impl FnMut() -> ControlFlow<Option<R>>,
    ) -> Option<R> {
        if self.is_spent() {
            return None;
        }
        // ORDERING: Relaxed is enough: the budget publishes nothing.
        let budget = self.0.load(Ordering::Relaxed);
        let mut pause = limits.first;
        let mut left = budget;
        while left > 0 {
            let now = pause.min(left);
            for _ in 0..now {
                spin_loop();
            }
            left -= now;
            pause = if now == 1 || pause >= limits.longest {
                1
            } else {
                pause * 2
            };
            match attempt() {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(None) => break,
                ControlFlow::Break(found) => {
                    if budget < limits.most {
                        let doubled = budget.saturating_mul(2).min(limits.most);
                        // ORDERING: Relaxed is enough: the budget publishes nothing.
                        self.0.store(doubled, Ordering::Relaxed);
                    }
                    return found;
                }
            }
        }
        // ORDERING: Relaxed is enough: the budget publishes nothing.
        self.0.store(budget / 2, Ordering::Relaxed);
        None
    }
}
