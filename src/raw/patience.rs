#![forbid(unsafe_code)]
//! How often it is worth to look again before a wait.
//!
//! Whoever finds a ring empty (full) for a moment, while another thread is filling
//! (emptying) it, comes out cheaper by looking again than by waiting in line. On one
//! thread it never is: nothing can happen between two looks. So nobody looks again until
//! a grant has gone from one thread to another, or another thread was seen at work. After
//! that, looks that paid double the patience, and looks that did not halve it.
//!
//! The pauses between two looks double too: who looks less often disturbs the other thread
//! less, and finds more at once.

use std::ops::ControlFlow;

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::thread;

/// A few hundred nanoseconds, or a few microseconds, as the processor has it.
const MOST: u32 = 128;
/// Where another thread was seen.
const LEAST: u32 = 4;

/// The patience of those who wait at one end, in pauses of the processor. It orders
/// nothing.
pub(crate) struct Patience(AtomicU32);

impl Patience {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Whether no look is worth it.
    #[inline]
    pub(crate) fn is_out(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        cfg!(any(loom, shuttle)) || self.0.load(Ordering::Relaxed) == 0
    }

    /// A grant has gone from thread to thread.
    #[inline]
    pub(crate) fn encourage(&self) {
        // ORDERING: Relaxed, both, here and below: a hint.
        if self.0.load(Ordering::Relaxed) == 0 {
            self.0.store(LEAST, Ordering::Relaxed);
        }
    }

    /// Looks again, as long as it is worth, or until a look breaks off, with what it has
    /// found or in vain.
    pub(crate) fn look<R>(&self, mut look: impl FnMut() -> ControlFlow<Option<R>>) -> Option<R> {
        // ORDERING: Relaxed, a hint.
        let patience = self.0.load(Ordering::Relaxed);
        if patience == 0 || cfg!(any(loom, shuttle)) {
            return None;
        }
        let mut pause = LEAST;
        let mut left = patience;
        while left > 0 {
            pause = pause.min(left);
            for _ in 0..pause {
                thread::spin_loop();
            }
            left -= pause;
            pause *= 2;
            match look() {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(None) => break,
                ControlFlow::Break(found) => {
                    // ORDERING: Relaxed, a hint.
                    self.0.store((patience * 2).min(MOST), Ordering::Relaxed);
                    return found;
                }
            }
        }
        // ORDERING: Relaxed, a hint.
        self.0.store(patience / 2, Ordering::Relaxed);
        None
    }
}
