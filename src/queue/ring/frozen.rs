//! The half of a ring that is inside the queue's mutex.
//!
//! There is one [`Frozen`] for each ring. The methods that change it need `&mut`, which proves
//! that the caller holds the mutex.

use alloc::collections::VecDeque;

use super::layout::MOST_RESERVED;
use super::side::Side;
use super::{Ring, RingsExist};
use crate::sync::Arc;

/// Freezes the ends of a ring, works at them, and thaws them.
#[derive(Debug)]
pub(crate) struct Frozen<T> {
    ring: Arc<Ring<T>>,
    head_is_frozen: bool,
    tail_is_frozen: bool,
    /// The number of items, while both ends are frozen.
    len: usize,
    _rings_exist: RingsExist,
}

impl<T> Frozen<T> {
    pub(super) fn new(cells: usize, rings_exist: RingsExist) -> Self {
        Self {
            ring: Arc::new(Ring::new(cells)),
            head_is_frozen: false,
            tail_is_frozen: false,
            len: 0,
            _rings_exist: rings_exist,
        }
    }

    /// Returns the half that works without the mutex.
    pub(crate) fn ring(&self) -> Arc<Ring<T>> {
        Arc::clone(&self.ring)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        if self.is_frozen() {
            self.len
        } else {
            self.ring.len()
        }
    }

    #[inline(always)]
    fn is_frozen(&self) -> bool {
        self.head_is_frozen && self.tail_is_frozen
    }

    #[inline(always)]
    fn side_is_frozen(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Get => &mut self.head_is_frozen,
            Side::Put => &mut self.tail_is_frozen,
        }
    }

    /// Makes all claims at one end fail until it is thawed.
    #[inline]
    pub(crate) fn freeze(&mut self, side: Side) {
        if !*self.side_is_frozen(side) {
            *self.side_is_frozen(side) = true;
            self.freeze_end(side);
        }
    }

    #[inline(never)]
    fn freeze_end(&mut self, side: Side) {
        self.ring.cells.ends().freeze(side);
        if self.is_frozen() {
            self.len = self.ring.len();
        }
    }

    /// Allows claims at one end again, except for what is reserved. If the word of the end cannot
    /// hold `reserved`, or the ring has no more cells, the end stays frozen.
    #[inline]
    pub(crate) fn thaw(&mut self, side: Side, reserved: usize) {
        let cells = self.ring.cells.ends().layout().cells();
        if *self.side_is_frozen(side) && reserved <= MOST_RESERVED.min(cells) {
            *self.side_is_frozen(side) = false;
            self.ring.cells.ends().thaw(side, reserved);
        }
    }

    /// Puts an item.
    ///
    /// # Panics
    ///
    /// If there is no room.
    #[inline(always)]
    pub(crate) fn insert(&mut self, item: T) {
        self.freeze(Side::Put);
        assert!(
            self.len() < self.ring.cells.ends().layout().cells(),
            "aiosync: an item was put into a full ring"
        );
        if self.is_frozen() {
            self.len += 1;
        }
        // SAFETY: `&mut self` proves that the mutex is held. The tail is frozen, and there is
        // room: a getter that claims meanwhile only makes more.
        unsafe { self.ring.cells.put_frozen(item) };
    }

    /// Takes the first item.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<T> {
        self.freeze(Side::Get);
        if self.len() == 0 {
            return None;
        }
        if self.is_frozen() {
            self.len -= 1;
        }
        // SAFETY: `&mut self` proves that the mutex is held. The head is frozen, and there is an
        // item: a putter that claims meanwhile only adds more.
        Some(unsafe { self.ring.cells.take_frozen() })
    }

    /// Takes all items.
    pub(crate) fn take_all(&mut self) -> VecDeque<T> {
        let mut items = VecDeque::with_capacity(self.len());
        items.extend(core::iter::from_fn(|| self.take()));
        items
    }
}

// Where rings exist.
#[cfg(all(test, feature = "std", target_pointer_width = "64"))]
mod tests {
    use super::{Ring, Side};

    #[test]
    fn an_end_stays_frozen_if_more_is_reserved_than_there_are_cells() {
        let mut frozen = Ring::<u32>::for_capacity(2).expect("there are rings on this target");
        let ring = frozen.ring();
        frozen.freeze(Side::Put);
        frozen.thaw(Side::Put, 3);
        assert!(!ring.has_reserved(Side::Put));
        frozen.thaw(Side::Put, 2);
        assert!(ring.has_reserved(Side::Put));
    }
}
