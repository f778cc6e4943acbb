#![forbid(unsafe_code)]
//! Claiming positions without the mutex.
//!
//! [`claim_once`](Ends::claim_once) is one attempt. If nothing is reserved, it is a few instructions
//! that are inlined into each caller's poll. [`claim`](Ends::claim) and
//! [`claim_many`](Ends::claim_many) are loops. They retry if another thread was faster, and say why
//! they failed.
//!
//! Both loops have two steps: [`ready`](Ends::ready) looks at the stamps, and
//! [`claim_ready`](Ends::claim_ready) moves the end. A caller may do something else in between. A
//! cell that was ready stays so until the end has reached it, and then the second step fails.
//!
//! The first step compares the sum of some stamps with the sum that they have if all these cells
//! are ready. While the end has not moved, the stamps behind it are those of ready cells or older
//! ones, which are smaller. So the sums are equal only if all cells are ready. If the end has moved
//! meanwhile, some stamps may be larger, but then the second step fails: a larger stamp was stored
//! after the end had moved, and it is loaded with Acquire. (When positions start again at 0, a stamp
//! of the lap before is larger by nearly the range of all positions. No seven other stamps are
//! smaller by as much.)

use super::ends::Ends;
use super::layout::{FLAGS, FROZEN, ONE_RESERVED, Position};
use super::side::Side;
use super::stamp::Stamp;
use crate::sync::atomic::Ordering;
use crate::sync::{Peek, own_model_or};

/// The number of cells in one step of a batch. The compiler unrolls a step.
pub(super) const STEP: usize = own_model_or(2, 8) as usize;

/// Why a position could not be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// All cells are full (to put) or empty (to get), as far as can be seen without the mutex.
    Exhausted,
    /// Another thread has claimed the next cell and has not published it.
    Busy,
    /// The end is frozen, or what is left is reserved. Only the mutex decides.
    NeedsMutex,
}

/// Positions of one lap that can be claimed in one step: their cells are ready, and enough is left
/// for the grants.
///
/// This is so until the end moves. The claim fails if it has moved, or was frozen meanwhile.
pub(crate) struct Ready<'a, C> {
    /// The word of the end.
    word: usize,
    /// The cells of the positions.
    cells: &'a [C],
}

impl<C> Ready<'_, C> {
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.cells.len()
    }
}

#[inline(always)]
fn sum(numbers: impl Iterator<Item = usize>) -> usize {
    numbers.fold(0, usize::wrapping_add)
}

/// Returns the number of cells that are ready, up to the first one that is not. The position of the
/// first cell is `first`. The number is right if the end has not moved since.
#[inline(always)]
fn count_ready<C: AsRef<Stamp>>(side: Side, first: Position, cells: &[C]) -> usize {
    let mut count = 0;
    for step in cells.chunks_exact(STEP) {
        let stamps = step.iter().map(|cell| cell.as_ref().load());
        let expected = (0..STEP).map(|offset| Stamp::ready(side, first.plus(count + offset)));
        // One comparison instead of `STEP`: see the header.
        if sum(stamps) != sum(expected) {
            break;
        }
        count += STEP;
    }
    for cell in &cells[count..] {
        if !cell.as_ref().is_ready(side, first.plus(count)) {
            break;
        }
        count += 1;
    }
    count
}

impl Ends {
    /// Claims the next position, if its cell is ready and no other thread is faster.
    ///
    /// With `RESERVED`, enough must be left for the grants that are reserved. Without it, nothing
    /// must be reserved, which takes half as many instructions.
    #[inline(always)]
    pub(super) fn claim_once<'a, C: AsRef<Stamp> + 'a, const RESERVED: bool>(
        &self,
        side: Side,
        cell: impl Fn(usize) -> &'a C,
    ) -> Option<(Position, &'a C)> {
        // ORDERING: Relaxed is enough: the compare-exchange in `step` decides.
        let word = self.word(side).peek(Ordering::Relaxed);
        if word & (if RESERVED { FROZEN } else { FLAGS }) != 0 {
            return None;
        }
        let (position, reserved) = (Position::of(word), word & FLAGS);
        let last = if RESERVED {
            (self.layout).further(position, reserved / ONE_RESERVED)
        } else {
            position
        };
        let last_cell = cell(self.layout.index(last));
        let cell = cell(self.layout.index(position));
        // This comes before the loads of the stamps. After them, the fields of the layout would
        // have to be loaded again.
        let Position(next) = self.layout.after(position);
        let claimed = (!RESERVED || last_cell.as_ref().is_ready(side, last))
            && cell.as_ref().is_ready(side, position)
            && self.step(side, word, next | reserved).is_ok();
        claimed.then_some((position, cell))
    }

    /// Claims the next position, if its cell is ready and enough is left for the grants that
    /// are reserved.
    #[inline(always)]
    pub(super) fn claim<'a, C: AsRef<Stamp>>(
        &self,
        side: Side,
        cells: &'a [C],
    ) -> Result<(Position, &'a C), Refusal> {
        // ORDERING: Relaxed is enough: the compare-exchange in `step` decides.
        let word = self.word(side).peek(Ordering::Relaxed);
        if word & FROZEN != 0 {
            return Err(Refusal::NeedsMutex);
        }
        self.claim_from(word, side, cells)
    }

    /// Claims the next position of an end whose word was `word`.
    #[inline(never)]
    fn claim_from<'a, C: AsRef<Stamp>>(
        &self,
        mut word: usize,
        side: Side,
        cells: &'a [C],
    ) -> Result<(Position, &'a C), Refusal> {
        loop {
            let ready = self.ready_from(word, side, 1, cells)?;
            match self.claim_ready(ready, 1, side) {
                Ok((position, claimed)) => return Ok((position, &claimed[0])),
                Err(current) => word = current,
            }
        }
    }

    /// Claims up to `most` positions in one step, as [`claim`](Self::claim) claims one. All are in
    /// the same lap. Returns the first of them and their cells: at least one, if `most` is.
    #[inline(always)]
    pub(super) fn claim_many<'a, C: AsRef<Stamp>>(
        &self,
        side: Side,
        most: usize,
        cells: &'a [C],
    ) -> Result<(Position, &'a [C]), Refusal> {
        loop {
            let ready = self.ready(side, most, cells)?;
            if let Ok(claimed) = self.claim_ready(ready, most, side) {
                return Ok(claimed);
            }
        }
    }

    /// Returns positions that can be claimed now, up to `most`.
    #[inline(always)]
    pub(super) fn ready<'a, C: AsRef<Stamp>>(
        &self,
        side: Side,
        most: usize,
        cells: &'a [C],
    ) -> Result<Ready<'a, C>, Refusal> {
        // ORDERING: Relaxed is enough: the compare-exchange in `step` decides.
        let word = self.word(side).peek(Ordering::Relaxed);
        self.ready_from(word, side, most, cells)
    }

    /// Returns positions that can be claimed now, up to `most`, at an end whose word was `word`.
    /// There is at least one, if `most` is.
    #[inline(always)]
    fn ready_from<'a, C: AsRef<Stamp>>(
        &self,
        mut word: usize,
        side: Side,
        most: usize,
        cells: &'a [C],
    ) -> Result<Ready<'a, C>, Refusal> {
        loop {
            if word & FROZEN != 0 {
                return Err(Refusal::NeedsMutex);
            }
            let (position, reserved) = (Position::of(word), word & FLAGS);
            // Whether enough is left for the grants after a claim of `count` positions.
            let leaves_enough = |count: usize| {
                let beyond = count - 1 + reserved / ONE_RESERVED;
                let last = (self.layout).further(position, beyond.min(self.layout.cells()));
                let stamp = cells[self.layout.index(last)].as_ref();
                stamp.is_ready(side, last)
            };
            if reserved != 0 && !leaves_enough(1) {
                return Err(Refusal::NeedsMutex);
            }
            let wanted = &cells[self.layout.index(position)..];
            let wanted = &wanted[..most.min(wanted.len())];
            let mut count = count_ready(side, position, wanted);
            while reserved != 0 && count > 1 && !leaves_enough(count) {
                count -= 1;
            }
            if count > 0 {
                let cells = &wanted[..count];
                return Ok(Ready { word, cells });
            }
            let exhausted = self.is_exhausted(side, position);
            // ORDERING: Relaxed is enough: an end never returns to a position.
            let current = self.word(side).peek(Ordering::Relaxed);
            if current == word {
                return Err(if exhausted {
                    Refusal::Exhausted
                } else {
                    Refusal::Busy
                });
            }
            word = current;
        }
    }

    /// Claims the first `most` of these positions, or all of them if there are fewer. Returns what
    /// the end holds if it has changed since.
    #[inline(always)]
    pub(super) fn claim_ready<'a, C>(
        &self,
        ready: Ready<'a, C>,
        most: usize,
        side: Side,
    ) -> Result<(Position, &'a [C]), usize> {
        let Ready { word, cells } = ready;
        let (position, reserved) = (Position::of(word), word & FLAGS);
        let claimed = cells.get(..most).unwrap_or(cells);
        let next = self.layout.further(position, claimed.len()).0 | reserved;
        self.step(side, word, next)?;
        Ok((position, claimed))
    }

    /// Moves an end from `word` to `next`. Returns what the end holds if that is not `word`.
    #[inline(always)]
    fn step(&self, side: Side, word: usize, next: usize) -> Result<(), usize> {
        // ORDERING: Release pairs with the Acquire in `len` and `puts`: a thread that sees this end
        // also sees the other end at least as new as this thread does, and what this thread did
        // before. Acquire pairs with the Release
        // in `is_surely_exhausted`.
        self.word(side)
            .compare_exchange(word, next, Ordering::AcqRel, Ordering::Relaxed)
            .map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{STEP, Stamp, count_ready};
    use crate::queue::ring::layout::Position;
    use crate::queue::ring::side::Side;

    struct Stamped(Stamp);

    impl AsRef<Stamp> for Stamped {
        fn as_ref(&self) -> &Stamp {
            &self.0
        }
    }

    #[test]
    fn cells_are_ready_up_to_the_first_one_that_is_not() {
        let first = Position(0);
        for count in 0..=3 * STEP {
            // All cells are full except the hole. In the last round, there is no hole.
            for hole in 0..=count {
                let cells = Vec::from_iter((0..count).map(|index| Stamped(Stamp::new(index))));
                assert_eq!(count_ready(Side::Put, first, &cells), count);
                for (index, cell) in cells.iter().enumerate().filter(|(at, _)| *at != hole) {
                    cell.0.publish_full(first.plus(index));
                }
                assert_eq!(count_ready(Side::Get, first, &cells), hole, "of {count}");
            }
        }
    }
}
