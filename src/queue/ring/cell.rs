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

use super::claim::{Ready, Refusal, STEP};
use super::ends::Ends;
use super::fetched::Fetched;
use super::layout::Position;
use super::side::Side;
use super::stamp::Stamp;
use crate::sync::UnsafeCell;

/// A cell for one item.
pub(crate) struct Cell<T> {
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

    /// Reads the item and publishes that the cell is free for `next`.
    ///
    /// # Safety
    ///
    /// This thread may touch the item, the cell is full of a position, and `next` is the next
    /// position of the cell.
    #[inline(always)]
    unsafe fn empty(&self, next: Position) -> T {
        // SAFETY: this thread alone touches the item, which is initialized. The stamp that
        // follows makes the cell free, so the item is read once.
        let item = (self.item).with_mut(|cell| unsafe { cell.cast::<T>().read() });
        self.stamp.publish_free(next);
        item
    }
}

/// Calls `each` with each cell, its position, and the place of its item. The first position is
/// `first`, and all of them are in the same lap.
#[inline(always)]
fn for_each_in_steps<T>(
    first: Position,
    cells: &[Cell<T>],
    places: &mut [MaybeUninit<T>],
    each: impl Fn(Position, &Cell<T>, &mut MaybeUninit<T>),
) {
    let places = &mut places[..cells.len()];
    let each_of = |first: Position, cells: &[Cell<T>], places: &mut [MaybeUninit<T>]| {
        for (offset, (cell, place)) in cells.iter().zip(places).enumerate() {
            each(first.plus(offset), cell, place);
        }
    };
    let (mut next, mut steps, mut places) = (
        first,
        cells.chunks_exact(STEP),
        places.chunks_exact_mut(STEP),
    );
    for (cells, places) in (steps.by_ref()).zip(places.by_ref()) {
        each_of(next, cells, places);
        next = next.plus(STEP);
    }
    each_of(next, steps.remainder(), places.into_remainder());
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
        // cells. It is that of a position of an end, or of one that is further on by at most the
        // number of cells (see `Ends::thaw`).
        unsafe { self.cells.get_unchecked(index) }
    }

    /// Puts `item` in one attempt without the mutex. Leaves it in place if that fails. See
    /// [`claim_once`](Ends::claim_once) about `RESERVED`.
    #[inline(always)]
    pub(super) fn put_once<const RESERVED: bool>(&self, item: &mut Option<T>) -> bool {
        // First, because a claimed cell must be filled.
        if item.is_none() {
            return false;
        }
        let cell = |index| self.at(index);
        let claimed = (self.ends).claim_once::<_, RESERVED>(Side::Put, cell);
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

    /// Takes the first item in one attempt without the mutex. See
    /// [`claim_once`](Ends::claim_once) about `RESERVED`.
    #[inline(always)]
    pub(super) fn take_once<const RESERVED: bool>(&self) -> Option<T> {
        let cell = |index| self.at(index);
        let (position, cell) = (self.ends).claim_once::<_, RESERVED>(Side::Get, cell)?;
        // SAFETY: rule 1: this thread has claimed the position at the head.
        Some(unsafe { cell.empty(self.ends.layout().lap_on(position)) })
    }

    /// Takes the first item without the mutex.
    #[inline]
    pub(super) fn take(&self) -> Result<T, Refusal> {
        let (position, cell) = self.ends.claim(Side::Get, &self.cells)?;
        // SAFETY: rule 1: this thread has claimed the position at the head.
        Ok(unsafe { cell.empty(self.ends.layout().lap_on(position)) })
    }

    /// Puts items into cells that were `ready`, in one claim without the mutex. If there are more
    /// items than cells, the last items are left. Returns `false` if the tail has changed since, and
    /// then no item is put.
    #[inline(always)]
    pub(super) fn put_many<const PLACES: usize>(
        &self,
        ready: Ready<'_, Cell<T>>,
        items: &mut Fetched<'_, T, PLACES>,
    ) -> bool {
        let claim = (self.ends).claim_ready(ready, items.len(), Side::Put);
        let Ok((first, claimed)) = claim else {
            return false;
        };
        // A claim has at most as many positions as there are items.
        for_each_in_steps(
            first,
            claimed,
            items.take(claimed.len()),
            |position, cell, item| {
                // SAFETY: `take` has initialized the item, and it is read once.
                let item = unsafe { item.assume_init_read() };
                // SAFETY: rule 1: this thread has claimed the position at the tail.
                unsafe { cell.fill(position, item) };
            },
        );
        true
    }

    /// Returns cells at the tail that can be claimed now, up to `most`.
    #[inline(always)]
    pub(super) fn ready_to_put(&self, most: usize) -> Result<Ready<'_, Cell<T>>, Refusal> {
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
        let next = self.ends.layout().lap_on(first);
        let places = into.spare_capacity_mut();
        for_each_in_steps(next, claimed, places, |next, cell, place| {
            // SAFETY: rule 1: this thread has claimed the position at the head. All of them are in
            // the same lap, so `next` is the next position of this cell.
            place.write(unsafe { cell.empty(next) });
        });
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
        unsafe { cell.empty(self.ends.layout().lap_on(position)) }
    }
}
