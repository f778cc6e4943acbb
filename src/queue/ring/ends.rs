#![forbid(unsafe_code)]
//! The two ends of a ring, and the protocol of its cells.
//!
//! # State
//!
//! A *position* is one use of one cell: a lap and the index of the cell. Positions count up. A
//! cell is *full of* a position if it has the item that was put there. `head` is the next position
//! to take an item from, `tail` the next position to put an item into.
//!
//! | word | bits |
//! |---|---|
//! | `head`, `tail` | the number of *reserved* cells (the highest 8), lap, index, and `FROZEN` (the lowest) |
//! | stamp of a cell | the position that the cell is free for; with the lowest bit set, the position that it is full of |
//!
//! # Protocol
//!
//! 1. *Claim and publish.* While `FROZEN` is clear, any thread may claim a position: the stamp
//!    shows that the cell is free for the position (full of it), and the thread moves the end on
//!    with a compare-exchange. The cell then belongs to that thread until it publishes the next
//!    stamp.
//! 2. *Freeze.* The holder of the queue's mutex sets `FROZEN`. From then on every claim at
//!    this end fails, and only the holders of the mutex move it. A claim from before the
//!    freeze may still be unpublished: the holder waits for the stamp of that cell.
//! 3. *Thaw.* The holder of the mutex clears `FROZEN` and stores how many cells behind the end
//!    are reserved for grants. From then on a claim checks a second stamp, that of the cell which
//!    is this number of positions further on, to see that it leaves enough.
//!
//! The compare-exchange need not look at the stamps again. Each position is claimed once,
//! and an end never returns to a position (see [`layout`](super::layout)). A cell that is
//! free for a position (full of it) stays so until the end has reached that position. The
//! reserved number changes only while the end is frozen, and is part of the compared word.
//!
//! Stamps instead of one shared counter are from Dmitry Vyukov's
//! [bounded MPMC queue](https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue).

use super::layout::{FROZEN, ONE_RESERVED, Position, RingLayout};
use super::side::Side;
use crate::sync::Peek;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// A value with two cache lines of its own, because processors fetch lines in pairs.
#[repr(align(128))]
struct Padded<T>(T);

/// The two ends. See the [module](self).
pub(crate) struct Ends {
    head: Padded<AtomicUsize>,
    tail: Padded<AtomicUsize>,
    pub(super) layout: RingLayout,
}

impl Ends {
    /// Creates the ends of an empty ring.
    ///
    /// # Panics
    ///
    /// If `cells` is 0.
    pub(crate) fn new(cells: usize) -> Self {
        Self {
            head: Padded(AtomicUsize::new(0)),
            tail: Padded(AtomicUsize::new(0)),
            layout: RingLayout::new(cells),
        }
    }

    #[inline]
    pub(crate) fn layout(&self) -> &RingLayout {
        &self.layout
    }

    #[inline(always)]
    pub(super) fn word(&self, side: Side) -> &AtomicUsize {
        match side {
            Side::Get => &self.head.0,
            Side::Put => &self.tail.0,
        }
    }

    /// Freezes an end (rule 2). The caller holds the mutex.
    pub(crate) fn freeze(&self, side: Side) {
        // ORDERING: Acquire pairs with the Release in `step` and `is_surely_exhausted`: the
        // stores of `thaw` and `advance` pass on what earlier claimers of this end knew of the
        // other end. It is a read-modify-write, so every claim comes before or after it.
        self.word(side).fetch_or(FROZEN, Ordering::Acquire);
    }

    /// Thaws an end (rule 3). The caller holds the mutex and has frozen the end. `reserved`
    /// is at most [`MOST_RESERVED`](super::layout::MOST_RESERVED), and at most the number of cells:
    /// a claim relies on that.
    pub(crate) fn thaw(&self, side: Side, reserved: usize) {
        let end = self.word(side);
        // ORDERING: Relaxed for the load: only the holder of the mutex moves a frozen end.
        // Release as in `advance`.
        let Position(word) = Position::of(end.load(Ordering::Relaxed));
        end.store(word | (reserved * ONE_RESERVED), Ordering::Release);
    }

    /// Moves a frozen end on, and returns the position that the caller may use once its
    /// stamp is ready. The caller holds the mutex, has frozen the end, and knows that there
    /// is room (to put) or an item (to get).
    #[inline]
    pub(crate) fn advance(&self, side: Side) -> Position {
        let word = self.word(side);
        // ORDERING: Relaxed for the load: the mutex orders the moves of a frozen end. Release
        // pairs with the Acquire in `len` and `puts`: a thread that sees the new tail without the
        // mutex also sees a head that left room for it, and what the putter did before.
        let position = Position::of(word.load(Ordering::Relaxed));
        word.store(self.layout.after(position).0 | FROZEN, Ordering::Release);
        position
    }

    /// Returns whether an end at `position` has nothing left, if the other end is at `other`: for
    /// the tail, if the head is a lap behind; for the head, if the tail is at the same position.
    #[inline]
    fn meets(&self, side: Side, position: Position, other: Position) -> bool {
        match side {
            Side::Put => self.layout.lap_on(other) == position,
            Side::Get => other == position,
        }
    }

    /// Returns whether all cells are full (to put) or empty (to get), for an end at
    /// `position`.
    #[inline]
    pub(super) fn is_exhausted(&self, side: Side, position: Position) -> bool {
        // ORDERING: Relaxed is enough: the result depends on the value of the word alone.
        let other = self.word(side.other()).load(Ordering::Relaxed);
        self.meets(side, position, Position::of(other))
    }

    /// Like [`is_exhausted`](Self::is_exhausted), for the current position of the end. This is
    /// only a hint while other threads move the ends.
    #[inline]
    pub(crate) fn looks_exhausted(&self, side: Side) -> bool {
        // ORDERING: Relaxed is enough for a hint.
        let word = self.word(side).load(Ordering::Relaxed);
        self.is_exhausted(side, Position::of(word))
    }

    /// Returns whether cells are reserved at this end, and it is not frozen. This is only a hint.
    #[inline(always)]
    pub(crate) fn has_reserved(&self, side: Side) -> bool {
        // ORDERING: Relaxed is enough for a hint. In a model, a `peek` instead of this load leads to
        // five times as many executions. The claim that follows has a `peek`.
        let word = self.word(side).load(Ordering::Relaxed);
        word >= ONE_RESERVED && word & FROZEN == 0
    }

    /// Returns `true` only if all cells are full (to put) or empty (to get) for certain. The next
    /// thread that changes this then sees what happened before this call. Also returns `false` if
    /// the other end is frozen, because then only the mutex decides.
    pub(crate) fn is_surely_exhausted(&self, side: Side) -> bool {
        // ORDERING: Relaxed is enough: this end never passes the other one, so a value at which
        // they meet is not outdated.
        let own = self.word(side).peek(Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire in `step` and `freeze`. It is a
        // read-modify-write, so the next claim at the other end comes after it.
        let other = self.word(side.other()).fetch_or(0, Ordering::Release);
        other & FROZEN == 0 && self.meets(side, Position::of(own), Position::of(other))
    }

    /// Returns the number of positions from head to tail at some moment during this call.
    pub(crate) fn len(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `step` and `advance`: each load is at least
        // as new as the one before it. If two loads of the tail are equal, the tail did not move
        // in between, so it had this value when the head was loaded.
        let mut tail = Position::of(self.tail.0.load(Ordering::Acquire));
        loop {
            let head = Position::of(self.head.0.load(Ordering::Acquire));
            let again = Position::of(self.tail.0.load(Ordering::Acquire));
            if again == tail {
                return self.layout.distance(head, tail);
            }
            tail = again;
        }
    }

    /// Returns the number of positions that the tail has passed: the number of puts.
    #[inline]
    pub(crate) fn puts(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `step`, `advance` and `thaw`: what the putter
        // did before its put is visible, so `DoneCount::unfinished` notices if an item was done in
        // between. A thread that took an item out has seen, by the stamp of its cell, the tail that
        // the item was put at.
        self.layout
            .count(Position::of(self.tail.0.load(Ordering::Acquire)))
    }
}
