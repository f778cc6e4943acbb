#![forbid(unsafe_code)]
//! Claiming a position without the mutex.
//!
//! [`claim_inline`](Ends::claim_inline) is one attempt, which fails if anything is reserved: a
//! few instructions that are inlined into each caller. [`claim`](Ends::claim) is the loop. It
//! handles reserved cells, retries if another thread was faster, and says why it failed.

use super::ends::Ends;
use super::layout::{FLAGS, FROZEN, ONE_RESERVED, Position};
use super::side::Side;
use super::stamp::Stamp;
use crate::sync::Peek;
use crate::sync::atomic::Ordering;

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

impl Ends {
    /// Claims the next position, if its cell is ready, nothing is reserved, and no other
    /// thread is faster.
    #[inline(always)]
    pub(super) fn claim_inline<'a, C: AsRef<Stamp>>(
        &self,
        side: Side,
        cell: impl Fn(usize) -> &'a C,
    ) -> Option<(Position, &'a C)> {
        // ORDERING: Relaxed is enough: the compare-exchange in `step` decides.
        let word = self.word(side).peek(Ordering::Relaxed);
        if word & FLAGS != 0 {
            return None;
        }
        let position = Position(word);
        let cell = cell(self.layout.index(position));
        // This comes before the load of the stamp. After that load, the fields of the layout
        // would have to be loaded again.
        let Position(next) = self.layout.after(position);
        let claimed = cell.as_ref().is_ready(side, position) && self.step(side, word, next).is_ok();
        claimed.then_some((position, cell))
    }

    /// Claims the next position, if its cell is ready and enough is left for the grants that
    /// are reserved.
    #[inline(always)]
    pub(super) fn claim<'a, C: AsRef<Stamp>>(
        &self,
        side: Side,
        cell: impl Fn(usize) -> &'a C,
    ) -> Result<(Position, &'a C), Refusal> {
        // ORDERING: Relaxed is enough: the compare-exchange in `step` decides.
        let word = self.word(side).peek(Ordering::Relaxed);
        if word & FROZEN != 0 {
            return Err(Refusal::NeedsMutex);
        }
        self.claim_from(word, side, cell)
    }

    /// Claims the next position of an end whose word was `word`.
    #[inline(never)]
    fn claim_from<'a, C: AsRef<Stamp>>(
        &self,
        mut word: usize,
        side: Side,
        cell: impl Fn(usize) -> &'a C,
    ) -> Result<(Position, &'a C), Refusal> {
        loop {
            if word & FROZEN != 0 {
                return Err(Refusal::NeedsMutex);
            }
            let (position, reserved) = (Position::of(word), word & FLAGS);
            if reserved != 0 {
                let count = (reserved / ONE_RESERVED).min(self.layout.cells());
                let last = self.layout.further(position, count);
                if !cell(self.layout.index(last)).as_ref().is_ready(side, last) {
                    return Err(Refusal::NeedsMutex);
                }
            }
            let own = cell(self.layout.index(position));
            if own.as_ref().is_ready(side, position) {
                let next = self.layout.after(position).0 | reserved;
                match self.step(side, word, next) {
                    Ok(()) => return Ok((position, own)),
                    Err(current) => word = current,
                }
                continue;
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

    /// Moves an end from `word` to `next`. Returns what the end holds if that is not `word`.
    #[inline(always)]
    fn step(&self, side: Side, word: usize, next: usize) -> Result<(), usize> {
        // ORDERING: Release pairs with the Acquire in `len`: a thread that sees this end also
        // sees the other end at least as new as this thread does. Acquire pairs with the Release
        // in `is_surely_exhausted`.
        self.word(side)
            .compare_exchange(word, next, Ordering::AcqRel, Ordering::Relaxed)
            .map(|_| ())
    }
}
