#![deny(unsafe_code)]
//! The items of a bounded queue, in a ring that needs no mutex while nobody waits.
//!
//! # State
//!
//! | half | where it is | what it may do |
//! |---|---|---|
//! | [`Ring`] | beside the mutex | claim a cell at an end that is not frozen |
//! | [`Frozen`] | inside the mutex | freeze an end, move it on, thaw it |
//!
//! | module | content |
//! |---|---|
//! | [`ends`] | the words of the two ends; the protocol |
//! | [`layout`] | positions, and which cell each of them uses |
//! | [`stamp`] | the stamp of a cell |
//! | [`side`] | which end a side of the queue claims at |
//! | [`claim`] | claiming positions without the mutex |
//! | [`cell`] | the cells: who may touch an item |
//! | [`fetched`] | items on their way from an iterator into the ring |
//! | [`frozen`] | the half inside the mutex |
//! | [`backoff`] | waiting for a thread that is between its claim and its publish |

mod backoff;
#[expect(unsafe_code, reason = "threads share cells that they have claimed")]
mod cell;
mod claim;
mod ends;
#[expect(unsafe_code, reason = "a partly filled array")]
mod fetched;
#[expect(unsafe_code, reason = "uses cells of an end that it has frozen")]
mod frozen;
mod layout;
mod side;
mod stamp;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;

use self::cell::{Cell, Cells};
use self::claim::Ready;
pub(super) use self::claim::Refusal;
pub(super) use self::fetched::Fetched;
pub(super) use self::frozen::Frozen;
pub(crate) use self::side::Side;
use crate::sync::USES_RINGS;
use crate::sync::thread::MAY_SPIN;
use crate::wait::spin::{AdaptiveSpin, SpinLimits};

/// Returns how long threads spin before they queue, if a ring with this number of cells is empty
/// (full).
///
/// The first pause lets the other thread fill (empty) some cells without disturbance: each
/// attempt takes the cache line away from it. In a small ring there are fewer cells to wait for,
/// so the pause is shorter.
fn spin_limits(cells: usize) -> SpinLimits {
    let first = (cells / 2).clamp(4, 16) as u16;
    SpinLimits {
        armed: first,
        most: 128,
        first,
        longest: u16::MAX,
    }
}

/// The most memory that a queue allocates for its items when it is created.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// Has a value only in builds that use rings. Elsewhere the compiler leaves out the code for a
/// [`Frozen`], which contains such a value: this makes a program for a microcontroller smaller.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingsExist(
    #[cfg(not(all(feature = "std", target_pointer_width = "64")))] core::convert::Infallible,
);

impl RingsExist {
    /// Returns the value, if it exists.
    pub(super) const fn get() -> Option<Self> {
        #[cfg(all(feature = "std", target_pointer_width = "64"))]
        let value = Some(Self());
        #[cfg(not(all(feature = "std", target_pointer_width = "64")))]
        let value = None;
        value
    }
}

/// The half of a ring that works without the mutex. See the [module](self).
pub struct Ring<T> {
    cells: Cells<T>,
    getters_spin: AdaptiveSpin,
    putters_spin: AdaptiveSpin,
    spin_limits: SpinLimits,
}

impl<T> Ring<T> {
    fn new(cells: usize) -> Self {
        Self {
            cells: Cells::new(cells),
            getters_spin: AdaptiveSpin::new(0),
            putters_spin: AdaptiveSpin::new(0),
            spin_limits: spin_limits(cells),
        }
    }

    /// Creates a ring for `capacity` items, unless that is too many.
    pub(super) fn for_capacity(capacity: usize) -> Option<Frozen<T>> {
        match RingsExist::get() {
            Some(rings_exist) if capacity <= Self::most_cells() => {
                Some(Frozen::new(capacity, rings_exist))
            }
            _ => None,
        }
    }

    /// Returns the largest capacity for which a ring is used. There is a limit because all of the
    /// ring's memory is allocated when it is created.
    ///
    /// 0 on targets whose words are too small for a position, and where
    /// [`USES_RINGS`] is `false`.
    pub(super) const fn most_cells() -> usize {
        if USES_RINGS && RingsExist::get().is_some() {
            MOST_BYTES / Cells::<T>::CELL_BYTES
        } else {
            0
        }
    }

    /// Puts `item` in one attempt. Leaves it in place if that fails. Without `RESERVED`, it also
    /// fails if some room is granted.
    #[inline(always)]
    pub(super) fn put_once<const RESERVED: bool>(&self, item: &mut Option<T>) -> bool {
        self.cells.put_once::<RESERVED>(item)
    }

    /// Puts `item`, if nobody waits and there is room. Leaves it in place if that fails.
    #[inline]
    pub(super) fn put(&self, item: &mut Option<T>) -> Result<(), Refusal> {
        self.cells.put(item)
    }

    /// Like [`put`](Self::put), but spins while that may help.
    #[inline]
    pub(super) fn put_spinning(&self, item: &mut Option<T>) -> Result<(), Refusal> {
        self.put(item)
            .or_else(|refusal| self.spin(Side::Put, refusal, || self.put(item)))
    }

    /// Takes the first item in one attempt. Without `RESERVED`, it also fails if some items are
    /// granted.
    #[inline(always)]
    pub(super) fn take_once<const RESERVED: bool>(&self) -> Option<T> {
        self.cells.take_once::<RESERVED>()
    }

    /// Takes the first item, if nobody waits and there is one.
    #[inline]
    pub(super) fn take(&self) -> Result<T, Refusal> {
        self.cells.take()
    }

    /// Like [`take`](Self::take), but spins while that may help.
    #[inline]
    pub(super) fn take_spinning(&self) -> Result<T, Refusal> {
        self.take()
            .or_else(|refusal| self.spin(Side::Get, refusal, || self.take()))
    }

    /// Returns cells for up to `most` items, if nobody waits and there is room.
    #[inline(always)]
    pub(super) fn ready_to_put(&self, most: usize) -> Result<Ready<'_, Cell<T>>, Refusal> {
        self.cells.ready_to_put(most)
    }

    /// Puts `items`, for which there was room when `ready` was returned. Returns `false` if no item
    /// is put, because others have used some of the room or wait for room now.
    #[inline(always)]
    pub(super) fn put_many<const PLACES: usize>(
        &self,
        ready: Ready<'_, Cell<T>>,
        items: &mut Fetched<'_, T, PLACES>,
    ) -> bool {
        debug_assert!(items.len() <= ready.count());
        // Without items, there is nothing to claim.
        items.len() == 0 || self.cells.put_many(ready, items)
    }

    /// Puts the items of a batch, as far as there is room. Returns those that are left.
    #[cold]
    pub(super) fn put_rest<const PLACES: usize>(
        &self,
        mut items: Fetched<'_, T, PLACES>,
    ) -> Option<VecDeque<T>> {
        while items.len() > 0 {
            match self.ready_to_put(items.len()) {
                Ok(ready) => self.cells.put_many(ready, &mut items),
                Err(_) => return Some(items.take_all().collect()),
            };
        }
        None
    }

    /// Like [`take_many`](Self::take_many), in one attempt. Inlined into its one caller.
    #[inline(always)]
    pub(super) fn take_many_inline(&self, into: &mut Vec<T>, most: usize) -> Option<usize> {
        debug_assert!(most == 0 || into.len() < into.capacity());
        if most == 0 {
            return Some(0);
        }
        let count = self.cells.take_many(into, most).ok()?;
        if count == most {
            return Some(count);
        }
        // A claim ends at the last cell, so there may be more in the first cells.
        Some(count + self.take_many(into, most - count).unwrap_or(0))
    }

    /// Appends up to `most` items to `into`, if nobody waits and there are any. Takes at most as
    /// many as `into` has room for. Returns their number.
    #[inline(never)]
    pub(super) fn take_many(&self, into: &mut Vec<T>, most: usize) -> Result<usize, Refusal> {
        let mut taken = 0;
        while taken < most && into.len() < into.capacity() {
            match self.cells.take_many(into, most - taken) {
                Ok(count) => taken += count,
                Err(refusal) if taken == 0 => return Err(refusal),
                Err(_) => break,
            }
        }
        Ok(taken)
    }

    /// Like [`take_many`](Self::take_many), but spins while that may help.
    #[inline]
    pub(super) fn take_many_spinning(
        &self,
        into: &mut Vec<T>,
        most: usize,
    ) -> Result<usize, Refusal> {
        self.take_many(into, most)
            .or_else(|refusal| self.spin(Side::Get, refusal, || self.take_many(into, most)))
    }

    /// Repeats `attempt` after a refusal, within the budget of this side.
    #[inline]
    fn spin<R>(
        &self,
        side: Side,
        refusal: Refusal,
        attempt: impl FnMut() -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        match refusal {
            Refusal::NeedsMutex => return Err(refusal),
            // Another thread is at work.
            Refusal::Busy => self.rearm(side),
            Refusal::Exhausted => {}
        }
        if self.adaptive_spin(side).is_spent() {
            return Err(refusal);
        }
        self.spin_within_budget(side, refusal, attempt)
    }

    #[inline(never)]
    fn spin_within_budget<R>(
        &self,
        side: Side,
        mut refusal: Refusal,
        mut attempt: impl FnMut() -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let done = (self.adaptive_spin(side)).spin(&self.spin_limits, || match attempt() {
            Ok(done) => ControlFlow::Break(Some(done)),
            Err(again) => {
                refusal = again;
                if again == Refusal::NeedsMutex {
                    ControlFlow::Break(None)
                } else {
                    ControlFlow::Continue(())
                }
            }
        });
        done.ok_or(refusal)
    }

    #[inline(always)]
    fn adaptive_spin(&self, side: Side) -> &AdaptiveSpin {
        match side {
            Side::Get => &self.getters_spin,
            Side::Put => &self.putters_spin,
        }
    }

    /// Allows this side to spin, because there is evidence of another thread.
    #[inline]
    pub(super) fn rearm(&self, side: Side) {
        self.adaptive_spin(side).rearm(&self.spin_limits);
    }

    /// Returns whether the ring is full (to put) or empty (to get), and spinning does not pay.
    /// This is only a hint that saves an attempt. In a model it is `false`, so the attempt is
    /// made.
    #[inline]
    pub(super) fn has_to_wait(&self, side: Side) -> bool {
        MAY_SPIN && self.cells.ends().looks_exhausted(side) && self.adaptive_spin(side).is_spent()
    }

    /// Returns whether some room (to put) or some items (to get) are granted, while others may be
    /// free. This is only a hint.
    #[inline(always)]
    pub(super) fn has_reserved(&self, side: Side) -> bool {
        self.cells.ends().has_reserved(side)
    }

    /// Returns whether the ring is full (to put) or empty (to get). This is only a hint.
    #[inline]
    pub(super) fn looks_exhausted(&self, side: Side) -> bool {
        self.cells.ends().looks_exhausted(side)
    }

    /// Returns whether the ring is full (to put) or empty (to get) for certain: see
    /// [`Ends::is_surely_exhausted`](ends::Ends::is_surely_exhausted).
    #[inline(never)]
    pub(super) fn is_surely_exhausted(&self, side: Side) -> bool {
        self.cells.ends().is_surely_exhausted(side)
    }

    /// Returns the number of items at some moment during this call.
    #[inline(never)]
    pub(super) fn len(&self) -> usize {
        self.cells.ends().len()
    }

    /// Returns the number of puts since the ring was created.
    #[inline]
    pub(super) fn puts(&self) -> usize {
        self.cells.ends().puts()
    }
}

impl<T> Drop for Ring<T> {
    /// Drops the items. If the drop of one panics, the others are dropped too.
    fn drop(&mut self) {
        if !core::mem::needs_drop::<T>() {
            return;
        }
        self.cells.ends().thaw(Side::Get, 0);
        let items: Vec<T> = core::iter::from_fn(|| self.take().ok()).collect();
        drop(items);
    }
}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Ring")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
