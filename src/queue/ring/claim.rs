#![forbid(unsafe_code)]
//! Claiming a position at an end that is not frozen.
//!
//! | attempt | where |
//! |---|---|
//! | [`claim_at_once`](Ends::claim_at_once) | one step, if nothing is reserved: a few instructions, in the code of each caller |
//! | [`claim_beside_tickets`](Ends::claim_beside_tickets) | something is reserved |
//! | [`claim`](Ends::claim) | both, and it says why there is nothing to claim |

use super::ends::{End, Ends};
use super::layout::{FLAGS, FROZEN, ONE_RESERVED, Position};
use super::stamp::Stamp;
use crate::sync::Peek;
use crate::sync::atomic::Ordering;

/// What an attempt to claim came to.
pub(crate) enum Claim<'a, P> {
    /// The position is the caller's, and its place, who must publish it.
    Claimed(Position, &'a P),
    /// All places are full (empty), as far as anybody can know who does not wait.
    Exhausted,
    /// The next place is in the hands of another, who has claimed it and is at it.
    Busy,
    /// The end is frozen, or what is left is reserved: ask under the mutex.
    AskUnderMutex,
}

/// What one step of a claim came to.
enum Step<'a, P> {
    /// As [`Claim::Claimed`].
    Claimed(Position, &'a P),
    /// The place of the position is not free (not full).
    NotReady,
    /// The end is frozen, or something is reserved there.
    Flags,
    /// Another was faster; the end holds this now.
    Lost(usize),
}

impl Ends {
    /// Claims a position, if its place is ready, nothing is reserved and nobody is in the way.
    #[inline(always)]
    pub(crate) fn claim_at_once<'a, P: AsRef<Stamp>>(
        &self,
        end: End,
        place: impl Fn(usize) -> &'a P,
    ) -> Option<(Position, &'a P)> {
        // ORDERING: Relaxed, as in `claim`.
        match self.step(end, self.word(end).peek(Ordering::Relaxed), place) {
            Step::Claimed(position, place) => Some((position, place)),
            Step::Flags | Step::NotReady | Step::Lost(_) => None,
        }
    }

    /// Claims a position, if something is reserved and enough is left. That is so most of the
    /// time if there are more tasks than threads: somebody always has a ticket then.
    #[inline]
    pub(crate) fn claim_beside_tickets<'a, P: AsRef<Stamp>>(
        &self,
        end: End,
        place: impl Fn(usize) -> &'a P,
    ) -> Option<(Position, &'a P)> {
        // ORDERING: Relaxed, as in `claim`.
        let word = self.word(end).peek(Ordering::Relaxed);
        if word & FLAGS == 0 {
            return None;
        }
        match self.claim_reserved(end, word, place) {
            Claim::Claimed(position, place) => Some((position, place)),
            Claim::Exhausted | Claim::Busy | Claim::AskUnderMutex => None,
        }
    }

    /// Claims a position, if its place is ready.
    pub(crate) fn claim<'a, P: AsRef<Stamp>>(
        &self,
        end: End,
        place: impl Fn(usize) -> &'a P,
    ) -> Claim<'a, P> {
        // ORDERING: Relaxed: the compare-exchange of `step` decides who gets the position,
        // and the stamp publishes what is in its place.
        let mut word = self.word(end).peek(Ordering::Relaxed);
        loop {
            match self.step(end, word, &place) {
                Step::Claimed(position, place) => return Claim::Claimed(position, place),
                Step::Flags if word & FROZEN != 0 => return Claim::AskUnderMutex,
                Step::Flags => return self.claim_reserved(end, word, place),
                Step::Lost(current) => word = current,
                Step::NotReady => {
                    let exhausted = self.is_exhausted(end, Position(word));
                    // ORDERING: Relaxed: an end never comes back to a position.
                    let current = self.word(end).peek(Ordering::Relaxed);
                    if current == word {
                        return if exhausted {
                            Claim::Exhausted
                        } else {
                            Claim::Busy
                        };
                    }
                    word = current;
                }
            }
        }
    }

    /// One attempt, at an end that was seen to hold `word`.
    #[inline(always)]
    fn step<'a, P: AsRef<Stamp>>(
        &self,
        end: End,
        word: usize,
        place: impl Fn(usize) -> &'a P,
    ) -> Step<'a, P> {
        if word & FLAGS != 0 {
            return Step::Flags;
        }
        let position = Position(word);
        let place = place(self.layout.index(position));
        // Ahead of the look at the stamp, after which the fields of `self` would be read anew.
        let Position(next) = self.layout.after(position);
        if !place.as_ref().is_ready(end, position) {
            return Step::NotReady;
        }
        // ORDERING: Release pairs with the Acquire of `len`: who sees a head sees a tail
        // that is no older. Acquire pairs with the Release of `is_surely_full` and
        // `is_surely_empty`.
        let moved =
            (self.word(end)).compare_exchange(word, next, Ordering::AcqRel, Ordering::Relaxed);
        match moved {
            Ok(_) => Step::Claimed(position, place),
            Err(current) => Step::Lost(current),
        }
    }

    /// The steps at an end where something is reserved.
    #[inline]
    fn claim_reserved<'a, P: AsRef<Stamp>>(
        &self,
        end: End,
        mut word: usize,
        place: impl Fn(usize) -> &'a P,
    ) -> Claim<'a, P> {
        while word & FROZEN == 0 {
            let position = Position::of(word);
            let reserved = word & FLAGS;
            let count = (reserved / ONE_RESERVED).min(self.layout.places());
            let last = self.layout.further(position, count);
            if !place(self.layout.index(last)).as_ref().is_ready(end, last) {
                break;
            }
            let place = place(self.layout.index(position));
            if !place.as_ref().is_ready(end, position) {
                return Claim::Busy;
            }
            let next = self.layout.after(position).0 | reserved;
            // ORDERING: AcqRel, as in `step`.
            let moved = (self.word(end)).compare_exchange_weak(
                word,
                next,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            match moved {
                Ok(_) => return Claim::Claimed(position, place),
                Err(current) => word = current,
            }
        }
        Claim::AskUnderMutex
    }

    /// Whether the other end is at this position too, or a lap behind it.
    fn is_exhausted(&self, end: End, position: Position) -> bool {
        // ORDERING: Relaxed: where the other end is is a matter of its value alone.
        match end {
            End::Tail => {
                let head = Position::of(self.head.0.load(Ordering::Relaxed));
                self.layout.lap_on(head) == position
            }
            End::Head => Position::of(self.tail.0.load(Ordering::Relaxed)) == position,
        }
    }
}
