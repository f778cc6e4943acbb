#![forbid(unsafe_code)]
//! How often it is worth to look again before a wait.
//!
//! Whoever finds a lock held, or a ring empty (full), for a moment, while another thread is
//! about to change that, comes out cheaper by looking again than by waiting in line. On one
//! thread it never is: nothing can happen between two looks. What was in vain halves the
//! patience of the next, what paid doubles it.
//!
//! The pauses between two looks double: who looks less often disturbs the other thread less,
//! which gets the more done meanwhile.

use std::ops::ControlFlow;

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::thread;

/// What is patient how long. All are pauses of the processor: some 25 nanoseconds each, or
/// some ten, as the processor has it.
pub(crate) struct Plan {
    /// Pauses before the first look.
    pub(crate) first: u32,
    /// What is left of the patience at the least.
    pub(crate) least: u32,
    /// What it grows to.
    pub(crate) most: u32,
    /// The most between two looks. After that, each look is one pause from the last.
    pub(crate) longest: u32,
}

/// A patience, in pauses of the processor. It orders nothing.
pub(crate) struct Patience(AtomicU32);

impl Patience {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new(pauses: u32) -> Self {
            Self(AtomicU32::new(pauses))
        }
    }

    /// Whether no look is worth it.
    #[inline]
    pub(crate) fn is_out(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        cfg!(any(loom, shuttle)) || self.0.load(Ordering::Relaxed) == 0
    }

    /// Another thread was seen at work: one look is worth it.
    #[inline]
    pub(crate) fn encourage(&self, plan: &Plan) {
        // ORDERING: Relaxed, both, here and below: a hint.
        if self.0.load(Ordering::Relaxed) == 0 {
            self.0.store(plan.first, Ordering::Relaxed);
        }
    }

    /// Looks again, as long as it is worth, or until a look breaks off, with what it has
    /// found or in vain.
    pub(crate) fn look<R>(
        &self,
        plan: &Plan,
        mut look: impl FnMut() -> ControlFlow<Option<R>>,
    ) -> Option<R> {
        if self.is_out() {
            return None;
        }
        // ORDERING: Relaxed, a hint.
        let patience = self.0.load(Ordering::Relaxed);
        let mut pause = plan.first;
        let mut left = patience;
        while left > 0 {
            let now = pause.min(left);
            for _ in 0..now {
                thread::spin_loop();
            }
            left -= now;
            pause = if now == 1 || pause >= plan.longest {
                1
            } else {
                pause * 2
            };
            match look() {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(None) => break,
                ControlFlow::Break(found) => {
                    if patience < plan.most {
                        // ORDERING: Relaxed, a hint.
                        self.0
                            .store((patience * 2).min(plan.most), Ordering::Relaxed);
                    }
                    return found;
                }
            }
        }
        // ORDERING: Relaxed, a hint.
        self.0
            .store((patience / 2).max(plan.least), Ordering::Relaxed);
        None
    }
}
