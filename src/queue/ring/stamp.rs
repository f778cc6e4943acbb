#![forbid(unsafe_code)]
//! The stamp of a cell: for which position the cell is free or full.

use super::backoff::Backoff;
use super::layout::Position;
use super::side::Side;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// The bit of a stamp that says that the cell is full.
const FULL: usize = 1;

/// The stamp of a cell.
pub(crate) struct Stamp(AtomicUsize);

impl Stamp {
    /// Creates the stamp of the cell with this index, free for its first position.
    pub(crate) fn new(index: usize) -> Self {
        Self(AtomicUsize::new(index << 1))
    }

    /// Returns what the stamp is if `side` can use the cell for this position.
    #[inline(always)]
    pub(super) fn ready(side: Side, position: Position) -> usize {
        match side {
            Side::Put => position.0,
            Side::Get => position.0 | FULL,
        }
    }

    /// Returns what the stamp is now.
    #[inline(always)]
    pub(super) fn load(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `publish_full` and `publish_free`:
        // the previous owner of the cell no longer touches its item.
        self.0.load(Ordering::Acquire)
    }

    /// Returns whether `side` can use the cell for this position: whether the cell is free
    /// for it (to put) or full of it (to get).
    #[inline]
    pub(super) fn is_ready(&self, side: Side, position: Position) -> bool {
        self.load() == Self::ready(side, position)
    }

    /// Waits until the cell is ready. Only a claim from before the freeze can delay this. The
    /// claiming thread needs only a few more instructions, unless it is descheduled.
    #[inline]
    pub(crate) fn wait_until_ready(&self, side: Side, position: Position) {
        if !self.is_ready(side, position) {
            self.back_off_until_ready(side, position);
        }
    }

    #[cold]
    fn back_off_until_ready(&self, side: Side, position: Position) {
        let mut backoff = Backoff::new();
        while !self.is_ready(side, position) {
            backoff.pause();
        }
    }

    /// Publishes that the cell is full of `position`, which ends a claim at the tail.
    #[inline]
    pub(crate) fn publish_full(&self, position: Position) {
        // ORDERING: Release pairs with the Acquire in `load`: it publishes the item.
        self.0.store(position.0 | FULL, Ordering::Release);
    }

    /// Publishes that the cell is free for `next`, its position in the next lap. This ends a claim
    /// at the head.
    #[inline]
    pub(crate) fn publish_free(&self, next: Position) {
        // ORDERING: Release pairs with the Acquire in `load`: it publishes that the item was
        // taken out.
        self.0.store(next.0, Ordering::Release);
    }
}
