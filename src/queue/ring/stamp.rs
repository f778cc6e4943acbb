#![forbid(unsafe_code)]
//! The stamp of a place: whose turn it is there.

use super::ends::End;
use super::layout::{Position, RingLayout};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread;

/// In a stamp: the place is full.
const FULL: usize = 1;

/// Spins for so long before it yields the processor.
const SPINS: usize = 64;

/// The stamp of a place.
pub(crate) struct Stamp(AtomicUsize);

impl Stamp {
    /// Of the place with this index, free for its first use.
    pub(crate) fn new(index: usize) -> Self {
        Self(AtomicUsize::new(index << 1))
    }

    /// Whether the place can be claimed at this end for this position: whether it is free for
    /// it, at the tail, or full of it, at the head.
    #[inline]
    pub(super) fn is_ready(&self, end: End, position: Position) -> bool {
        let expected = match end {
            End::Tail => position.0,
            End::Head => position.0 | FULL,
        };
        // ORDERING: Acquire pairs with the Release of `publish_full` and
        // `publish_free`: who had the place before is done with it.
        self.0.load(Ordering::Acquire) == expected
    }

    /// Waits for a claim that was made before the ends were frozen: a few instructions
    /// of another thread, unless that was preempted between them.
    #[inline]
    pub(crate) fn wait_until_ready(&self, end: End, position: Position) {
        if !self.is_ready(end, position) {
            self.keep_looking(end, position);
        }
    }

    #[cold]
    fn keep_looking(&self, end: End, position: Position) {
        let mut spins = 0;
        while !self.is_ready(end, position) {
            if spins < SPINS {
                spins += 1;
                thread::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }

    /// Ends a claim of the tail: the place is full of `position`.
    #[inline]
    pub(crate) fn publish_full(&self, position: Position) {
        // ORDERING: Release pairs with the Acquire of `is_ready`: the item is inside.
        self.0.store(position.0 | FULL, Ordering::Release);
    }

    /// Ends a claim of the head: the place is free for the next lap.
    #[inline]
    pub(crate) fn publish_free(&self, position: Position, layout: &RingLayout) {
        let next = layout.lap_on(position).0;
        // ORDERING: Release pairs with the Acquire of `is_ready`: the item is out.
        self.0.store(next, Ordering::Release);
    }
}
