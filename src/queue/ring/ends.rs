#![forbid(unsafe_code)]
//! The two ends of a ring of places, and the stamps of the places.
//!
//! # State
//!
//! A *position* counts the uses of the places: lap, then index of the place. `head` is
//! the position that is taken from next, `tail` the one that is put into next.
//!
//! | word | bits |
//! |---|---|
//! | `head`, `tail` | how many are *reserved* (the highest 8), lap, index, and in the lowest bit `FROZEN` |
//! | stamp of a place | the position that it is free for; with the lowest bit set: that it is full of |
//!
//! # Protocol
//!
//! 1. While `FROZEN` is clear, anybody *claims* a position: sees by the stamp that its
//!    place is free for it (full of it), and moves the end on by a compare-exchange. The
//!    place is then the claimer's until it *publishes*: stores the next stamp.
//! 2. Whoever holds the queue's mutex freezes an end. From then on every claim there
//!    fails, and the holders of the mutex alone move it. Claims that were made before may
//!    still be unpublished: who comes to such a place waits for its stamp.
//! 3. Whoever holds the mutex thaws it, and says how many items (how much room) behind the
//!    end are reserved for those who have a ticket. Who claims then sees by a second stamp,
//!    that of the place so many positions on, that it leaves them enough.
//!
//! A position is claimed once, and an end never comes back to one (before 2^55 others):
//! that is why the compare-exchange needs no look at the stamps again. A place that is free
//! for a position (full of it) stays so until the end has come to that position. And what is
//! reserved is changed at a frozen end only, and is in the word that is compared.
//!
//! Stamps instead of one shared count are from Dmitry Vyukov's
//! [bounded MPMC queue](https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue).

use super::layout::{FROZEN, ONE_RESERVED, Position, RingLayout};
use crate::sync::Peek;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// Keeps what is inside on cache lines of its own: two, since they are fetched in pairs.
#[repr(align(128))]
pub(super) struct Padded<T>(pub(super) T);

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Where items are taken out.
    Head,
    /// Where items are put in.
    Tail,
}

/// The ends. See the [module](self).
pub(crate) struct Ends {
    pub(super) head: Padded<AtomicUsize>,
    pub(super) tail: Padded<AtomicUsize>,
    pub(super) layout: RingLayout,
}

impl Ends {
    /// Of an empty ring.
    ///
    /// # Panics
    ///
    /// If there is no place, or if they are too many to be counted.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            head: Padded(AtomicUsize::new(0)),
            tail: Padded(AtomicUsize::new(0)),
            layout: RingLayout::new(places),
        }
    }

    /// The places, and which position has which.
    #[inline]
    pub(crate) fn layout(&self) -> &RingLayout {
        &self.layout
    }

    #[inline]
    pub(super) fn word(&self, end: End) -> &AtomicUsize {
        match end {
            End::Head => &self.head.0,
            End::Tail => &self.tail.0,
        }
    }

    /// Ends the claiming at one end. The caller holds the mutex.
    pub(crate) fn freeze(&self, end: End) {
        // ORDERING: Acquire pairs with the Release of `step`: the stores of `thaw` and
        // `advance` pass on what those who have moved this end saw of the other. It pairs
        // with the Release of `is_surely_full` and `is_surely_empty` too. A
        // read-modify-write, so that every claim comes before or after it.
        self.word(end).fetch_or(FROZEN, Ordering::Acquire);
    }

    /// Whether no place is free, for certain: whoever takes an item out after this look
    /// sees what came before it. `false` too if the mutex has to be asked.
    pub(crate) fn is_surely_full(&self) -> bool {
        // ORDERING: Relaxed: with this head the tail can be no further on.
        let tail = Position::of(self.tail.0.peek(Ordering::Relaxed));
        // ORDERING: Release pairs with the Acquire of `step` and `freeze`. A
        // read-modify-write, so that the next claim of the head comes after it.
        let head = self.head.0.fetch_or(0, Ordering::Release);
        head & FROZEN == 0 && self.layout.lap_on(Position::of(head)) == tail
    }

    /// Whether no place is full, for certain: the mirror of [`is_surely_full`](Self::is_surely_full).
    pub(crate) fn is_surely_empty(&self) -> bool {
        // ORDERING: Relaxed and Release, as in `is_surely_full`.
        let head = Position::of(self.head.0.peek(Ordering::Relaxed));
        let tail = self.tail.0.fetch_or(0, Ordering::Release);
        tail & FROZEN == 0 && Position::of(tail) == head
    }

    /// Lets claims be made again that leave `reserved` behind, which is at most
    /// [`MOST_RESERVED`]. The caller holds the mutex, and has frozen the end.
    pub(crate) fn thaw(&self, end: End, reserved: usize) {
        let end = self.word(end);
        // ORDERING: Relaxed for the load: nobody else moves a frozen end. Release, as in
        // `advance`.
        let Position(word) = Position::of(end.load(Ordering::Relaxed));
        end.store(word | (reserved * ONE_RESERVED), Ordering::Release);
    }

    /// Moves an end on, and answers the position that is the caller's to fill, or to empty.
    /// The caller holds the mutex, has frozen the end, and knows that there is room, or an
    /// item.
    #[inline]
    pub(crate) fn advance(&self, end: End) -> Position {
        let word = self.word(end);
        // ORDERING: Relaxed for the load: the mutex orders those who move a frozen end.
        // Release pairs with the Acquire of `len`: who sees a tail without the mutex sees
        // a head that left it room.
        let position = Position::of(word.load(Ordering::Relaxed));
        word.store(self.layout.after(position).0 | FROZEN, Ordering::Release);
        position
    }

    /// Whether an end is frozen: a hint, unless the caller holds the mutex.
    #[inline]
    pub(crate) fn looks_frozen(&self, end: End) -> bool {
        // ORDERING: Relaxed, a hint.
        self.word(end).load(Ordering::Relaxed) & FROZEN != 0
    }

    /// Whether the head is a lap behind, by one look at each end. Only a hint, while others
    /// move them.
    #[inline]
    pub(crate) fn looks_full(&self) -> bool {
        // ORDERING: Relaxed, both, a hint.
        let head = Position::of(self.head.0.load(Ordering::Relaxed));
        self.layout.lap_on(head) == Position::of(self.tail.0.load(Ordering::Relaxed))
    }

    /// Whether the ends are at one position, by one look at each. Only a hint, while others
    /// move them.
    #[inline]
    pub(crate) fn looks_empty(&self) -> bool {
        // ORDERING: Relaxed, both, a hint.
        let head = Position::of(self.head.0.load(Ordering::Relaxed));
        head == Position::of(self.tail.0.load(Ordering::Relaxed))
    }

    /// How many positions the head is behind the tail, or was at some time since the call.
    pub(crate) fn len(&self) -> usize {
        // ORDERING: Acquire, all, pairs with the Release of `step` and `advance`: no look
        // is older than the one before it. The tail did not move between two looks that are the same:
        // so it stood there when the head was looked at.
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

    /// How many positions the tail has passed, ever.
    #[inline]
    pub(crate) fn puts(&self) -> usize {
        // ORDERING: Relaxed: who took an item out sees the tail that it was put at, by
        // the stamp of its place.
        self.layout
            .count(Position::of(self.tail.0.load(Ordering::Relaxed)))
    }
}
