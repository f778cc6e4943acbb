//! The cells of a ring. This file and [`frozen`](super::frozen) have the only unsafe code of the
//! queue.
//!
//! # Who may touch an item
//!
//! 1. The thread that has claimed the cell's position, until it publishes the next stamp
//!    (rule 1 of [`ends`](super::ends)).
//! 2. The holder of the mutex that has frozen the end and moved it on to the position, once
//!    the stamp says that the cell is ready (rule 2 of [`ends`](super::ends)).
//!
//! A claim never fails after it has moved the end, so a claimed cell is always published.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

use super::claim::{Ready, Refusal};
use super::ends::Ends;
use super::fetched::Fetched;
use super::layout::{Position, RingLayout};
use super::side::Side;
use super::stamp::Stamp;
use crate::sync::UnsafeCell;

/// A cell for one item.
pub(super) struct Cell<T> {
    stamp: Stamp,
    item: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: one thread at a time touches the item (see the module). It moves between threads
// by the Release and Acquire of the stamp, and no reference to it is shared.
unsafe impl<T: Send> Sync for Cell<T> {}

impl<T> AsRef<Stamp> for Cell<T> {
    #[inline]
    fn as_ref(&self) -> &Stamp {
        &self.stamp
    }
}

impl<T> Cell<T> {
    /// Writes `item` and publishes it.
    ///
    /// # Safety
    ///
    /// This thread may touch the item, and the cell is free for `position`.
    #[inline(always)]
    unsafe fn fill(&self, position: Position, item: T) {
        self.item.with_mut(|cell| {
            // SAFETY: this thread alone touches the item. The cell is free, so nothing is
            // overwritten.
            unsafe { cell.cast::<T>().write(item) };
        });
        self.stamp.publish_full(position);
    }

    /// Takes the item out of an option, writes it and publishes it.
    ///
    /// # Safety
    ///
    /// As for [`fill`](Self::fill), and `item` is `Some`.
    #[inline(always)]
    unsafe fn fill_from(&self, position: Position, item: &mut Option<T>) {
        debug_assert!(item.is_some());
        // SAFETY: `item` is `Some`, by this function's contract. After the compare-exchange, the
        // optimizer no longer knows that.
        let item = unsafe { item.take().unwrap_unchecked() };
        // SAFETY: this function's contract is that of `fill`.
        unsafe { self.fill(position, item) };
    }

    /// Reads the item and publishes that the cell is free.
    ///
    /// # Safety
    ///
    /// This thread may touch the item, and the cell is full of `position`.
    #[inline(always)]
    unsafe fn empty(&self, position: Position, layout: &RingLayout) -> T {
        // SAFETY: this thread alone touches the item, which is initialized. The stamp that
        // follows makes the cell free, so the item is read once.
        let item = (self.item).with_mut(|cell| unsafe { cell.cast::<T>().read() });
        self.stamp.publish_free(position, layout);
        item
    }
}

/// The cells of a ring and its two ends.
pub(super) struct Cells<T> {
    ends: Ends,
    cells: Box<[Cell<T>]>,
}

impl<T> Cells<T> {
    /// The memory that each cell takes.
    pub(super) const CELL_BYTES: usize = size_of::<Cell<T>>();

    pub(super) fn new(count: usize) -> Self {
        Self {
            ends: Ends::new(count),
            cells: (0..count)
                .map(|index| Cell {
                    stamp: Stamp::new(index),
                    item: UnsafeCell::new(MaybeUninit::uninit()),
                })
                .collect(),
        }
    }

    #[inline]
    pub(super) fn ends(&self) -> &Ends {
        &self.ends
    }

    #[inline(always)]
    fn at(&self, index: usize) -> &Cell<T> {
        debug_assert!(index < self.cells.len());
        // SAFETY: `index` is from the layout of `ends`, which was created with the number of
        // cells.
        unsafe { self.cells.get_unchecked(index) }
    }

    /// Puts `item` in one attempt without the mutex. Leaves it in place if that fails.
    #[inline(always)]
    pub(super) fn put_inline(&self, item: &mut Option<T>) -> bool {
        // First, because a claimed cell must be filled.
        if item.is_none() {
            return false;
        }
        let claimed = self.ends.claim_inline(Side::Put, |index| self.at(index));
        let Some((position, cell)) = claimed else {
            return false;
        };
        // SAFETY: rule 1: this thread has claimed the position at the tail.
        unsafe { cell.fill_from(position, item) };
        true
    }

    /// Puts `item` without the mutex. Leaves it in place if that fails.
    #[inline]
    pub(super) fn put(&self, item: &mut Option<T>) -> Result<(), Refusal> {
        // First, because a claimed cell must be filled.
        if item.is_none() {
            return Ok(());
        }
        let (position, cell) = self.ends.claim(Side::Put, &self.cells)?;
        // SAFETY: rule 1: this thread has claimed the position at the tail.
        unsafe { cell.fill_from(position, item) };
        Ok(())
    }

    /// Takes the first item in one attempt without the mutex.
    #[inline(always)]
    pub(super) fn take_inline(&self) -> Option<T> {
        let (position, cell) = (self.ends).claim_inline(Side::Get, |index| self.at(index))?;
        // SAFETY: rule 1: this thread has claimed the position at the head.
        Some(unsafe { cell.empty(position, self.ends.layout()) })
    }

    /// Takes the first item without the mutex.
    #[inline]
    pub(super) fn take(&self) -> Result<T, Refusal> {
        let (position, cell) = self.ends.claim(Side::Get, &self.cells)?;
        // SAFETY: rule 1: this thread has claimed the position at the head.
        Ok(unsafe { cell.empty(position, self.ends.layout()) })
    }

    /// Puts items into cells that were `ready`, in one claim without the mutex. If there are more
    /// items than cells, the last items are left. Returns `false` if the tail has changed since, and
    /// then no item is put.
    #[inline(always)]
    pub(super) fn put_many(&self, ready: Ready, items: &mut Fetched<'_, T>) -> bool {
        let claim = (self.ends).claim_ready(ready, items.len(), Side::Put, &self.cells);
        let Ok((first, claimed)) = claim else {
            return false;
        };
        // A claim has at most as many positions as there are items.
        for ((offset, cell), item) in (claimed.iter().enumerate()).zip(items.take(claimed.len())) {
            // SAFETY: rule 1: this thread has claimed the position at the tail.
            unsafe { cell.fill(first.plus(offset), item) };
        }
        true
    }

    /// Returns cells at the tail that can be claimed now, up to `most`.
    #[inline]
    pub(super) fn ready_to_put(&self, most: usize) -> Result<Ready, Refusal> {
        self.ends.ready(Side::Put, most, &self.cells)
    }

    /// Appends up to `most` items to `into` without the mutex, in one claim, which ends at the
    /// last cell. Takes at most as many as `into` has room for, which is at least one. Returns
    /// their number.
    #[inline(always)]
    pub(super) fn take_many(&self, into: &mut Vec<T>, most: usize) -> Result<usize, Refusal> {
        // First, because each claimed cell must be emptied.
        let most = most.min(into.capacity() - into.len());
        let (first, claimed) = self.ends.claim_many(Side::Get, most, &self.cells)?;
        // A copy, because the fields would be loaded again for each cell.
        let layout = *self.ends.layout();
        let places = into.spare_capacity_mut();
        for ((offset, cell), place) in claimed.iter().enumerate().zip(places) {
            // SAFETY: rule 1: this thread has claimed the position at the head.
            place.write(unsafe { cell.empty(first.plus(offset), &layout) });
        }
        // SAFETY: the claim has at most as many positions as `into` has room for, so the loop has
        // written that many items.
        unsafe { into.set_len(into.len() + claimed.len()) };
        Ok(claimed.len())
    }

    /// Moves a frozen end on, and waits until the cell is ready.
    #[inline(always)]
    fn advance(&self, side: Side) -> (Position, &Cell<T>) {
        let position = self.ends.advance(side);
        let cell = self.at(self.ends.layout().index(position));
        cell.stamp.wait_until_ready(side, position);
        (position, cell)
    }

    /// Puts `item` at the frozen tail.
    ///
    /// # Safety
    ///
    /// The caller holds the mutex, has frozen the tail, and knows that there is room.
    #[inline(always)]
    pub(super) unsafe fn put_frozen(&self, item: T) {
        let (position, cell) = self.advance(Side::Put);
        // SAFETY: rule 2: the tail is frozen, and the stamp is ready for the position.
        unsafe { cell.fill(position, item) };
    }

    /// Takes the item at the frozen head.
    ///
    /// # Safety
    ///
    /// The caller holds the mutex, has frozen the head, and knows that there is an item.
    #[inline(always)]
    pub(super) unsafe fn take_frozen(&self) -> T {
        let (position, cell) = self.advance(Side::Get);
        // SAFETY: rule 2: the head is frozen, and the stamp is ready for the position.
        unsafe { cell.empty(position, self.ends.layout()) }
    }
}
