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
//! | `head`, `tail` | lap, index, and in the lowest bit `FROZEN` |
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
//! 3. Whoever holds the mutex thaws it.
//!
//! A position is claimed once, and an end never comes back to one: that is why the
//! compare-exchange needs no look at the stamp again.
//!
//! Stamps instead of one shared count are from Dmitry Vyukov's
//! [bounded MPMC queue](https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue).

use crate::sync::Peek;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread;

const FROZEN: usize = 1;

/// Keeps what is inside on cache lines of its own: two, since they are fetched in pairs.
#[repr(align(128))]
struct Padded<T>(T);

/// A position in a ring, `FROZEN` not among its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position(usize);

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Where items are taken out.
    Head,
    /// Where items are put in.
    Tail,
}

/// What an attempt to claim came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The position, and its place, are the caller's, who must publish it.
    Claimed(Position, usize),
    /// All places are full (empty), as far as anybody can know who does not wait.
    Exhausted,
    /// The end is frozen, or a place is still in another's hands: ask under the mutex.
    AskUnderMutex,
}

/// The stamp of a place.
pub(crate) struct Stamp(AtomicUsize);

impl Stamp {
    /// Of the place with this index, free for its first use.
    pub(crate) fn new(index: usize) -> Self {
        Self(AtomicUsize::new(index << 1))
    }

    #[inline]
    fn is(&self, expected: usize) -> bool {
        // ORDERING: Acquire pairs with the Release of `publish_full` and
        // `publish_free`: who had the place before is done with it.
        self.0.load(Ordering::Acquire) == expected
    }

    #[inline]
    fn is_free_for(&self, position: Position) -> bool {
        self.is(position.0)
    }

    #[inline]
    fn is_full_of(&self, position: Position) -> bool {
        self.is(position.0 | FULL)
    }

    /// Waits for a claim that was made before the ends were frozen: a few instructions
    /// of another thread, unless that was preempted between them.
    pub(crate) fn wait_until_free_for(&self, position: Position) {
        wait_until(|| self.is_free_for(position));
    }

    /// See [`wait_until_free_for`](Self::wait_until_free_for).
    pub(crate) fn wait_until_full_of(&self, position: Position) {
        wait_until(|| self.is_full_of(position));
    }

    /// Ends a claim of the tail: the place is full of `position`.
    #[inline]
    pub(crate) fn publish_full(&self, position: Position) {
        // ORDERING: Release pairs with the Acquire of `is`: the item is inside.
        self.0.store(position.0 | FULL, Ordering::Release);
    }

    /// Ends a claim of the head: the place is free for the next lap.
    #[inline]
    pub(crate) fn publish_free(&self, position: Position, ends: &Ends) {
        let next = position.0.wrapping_add(ends.lap);
        // ORDERING: Release pairs with the Acquire of `is`: the item is out.
        self.0.store(next, Ordering::Release);
    }
}

/// In a stamp: the place is full.
const FULL: usize = 1;

/// Spins for so long before it yields the processor.
const SPINS: usize = 64;

#[inline]
fn wait_until(mut over: impl FnMut() -> bool) {
    let mut spins = 0;
    while !over() {
        if spins < SPINS {
            spins += 1;
            thread::spin_loop();
        } else {
            thread::yield_now();
        }
    }
}

/// The ends. See the [module](self).
pub(crate) struct Ends {
    head: Padded<AtomicUsize>,
    tail: Padded<AtomicUsize>,
    places: usize,
    /// From a position to the same place's next one.
    lap: usize,
}

impl Ends {
    /// Of an empty ring.
    ///
    /// # Panics
    ///
    /// If there is no place, or if they are too many to be counted.
    pub(crate) fn new(places: usize) -> Self {
        assert!(places > 0, "aiosync: a ring needs a place");
        Self {
            head: Padded(AtomicUsize::new(0)),
            tail: Padded(AtomicUsize::new(0)),
            places,
            lap: places.next_power_of_two() << 1,
        }
    }

    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// The place of a position.
    #[inline]
    pub(crate) fn index(&self, position: Position) -> usize {
        (position.0 & (self.lap - 1)) >> 1
    }

    #[inline]
    fn after(&self, position: Position) -> Position {
        let Position(word) = position;
        let index = word & (self.lap - 1);
        Position(if index + 2 < self.places << 1 {
            word + 2
        } else {
            (word - index).wrapping_add(self.lap)
        })
    }

    /// How many positions there are before this one.
    #[inline]
    fn count(&self, position: Position) -> usize {
        let laps = position.0 >> self.lap.trailing_zeros();
        laps * self.places + self.index(position)
    }

    /// Claims the tail, if its place is free.
    #[inline(always)]
    pub(crate) fn claim_tail<'a>(&self, stamp: impl Fn(usize) -> &'a Stamp) -> Claim {
        self.claim(
            &self.tail.0,
            |tail, index| stamp(index).is_free_for(tail),
            // ORDERING: Relaxed: whether the head is a lap behind is a matter of its
            // value alone.
            |tail| self.head.0.load(Ordering::Relaxed).wrapping_add(self.lap) == tail.0,
        )
    }

    /// Claims the head, if its place is full.
    #[inline(always)]
    pub(crate) fn claim_head<'a>(&self, stamp: impl Fn(usize) -> &'a Stamp) -> Claim {
        self.claim(
            &self.head.0,
            |head, index| stamp(index).is_full_of(head),
            // ORDERING: Relaxed, as in `claim_tail`.
            |head| self.tail.0.load(Ordering::Relaxed) == head.0,
        )
    }

    #[inline(always)]
    fn claim(
        &self,
        end: &AtomicUsize,
        is_ready: impl Fn(Position, usize) -> bool,
        is_exhausted: impl Fn(Position) -> bool,
    ) -> Claim {
        // ORDERING: Relaxed: the compare-exchange decides who gets the position, and
        // the stamp publishes what is in its place.
        let mut word = end.peek(Ordering::Relaxed);
        while word & FROZEN == 0 {
            let position = Position(word);
            let index = self.index(position);
            if is_ready(position, index) {
                let next = self.after(position).0;
                // ORDERING: Release pairs with the Acquire of `len`: who sees a head
                // sees a tail that is no older.
                match end.compare_exchange_weak(word, next, Ordering::Release, Ordering::Relaxed) {
                    Ok(_) => return Claim::Claimed(position, index),
                    Err(current) => word = current,
                }
                continue;
            }
            let exhausted = is_exhausted(position);
            // ORDERING: Relaxed: an end never comes back to a position.
            let current = end.peek(Ordering::Relaxed);
            if current == word {
                return if exhausted {
                    Claim::Exhausted
                } else {
                    Claim::AskUnderMutex
                };
            }
            word = current;
        }
        Claim::AskUnderMutex
    }

    fn end(&self, end: End) -> &AtomicUsize {
        match end {
            End::Head => &self.head.0,
            End::Tail => &self.tail.0,
        }
    }

    /// Ends the claiming at one end. The caller holds the mutex.
    pub(crate) fn freeze(&self, end: End) {
        // ORDERING: Relaxed: a read-modify-write, so that every claim comes before
        // or after it; the stamps publish the rest.
        self.end(end).fetch_or(FROZEN, Ordering::Relaxed);
    }

    /// Lets claims be made again. The caller holds the mutex, and has frozen the end.
    pub(crate) fn thaw(&self, end: End) {
        let end = self.end(end);
        // ORDERING: Relaxed for the load: nobody else moves a frozen end. Release, as in
        // `advance`.
        let word = end.load(Ordering::Relaxed);
        end.store(word & !FROZEN, Ordering::Release);
    }

    /// Moves the tail on, and answers the position that is the caller's to fill. The
    /// caller holds the mutex, has frozen the ends, and knows that there is room.
    pub(crate) fn advance_tail(&self) -> Position {
        self.advance(&self.tail.0)
    }

    /// Moves the head on, and answers the position that is the caller's to empty. The
    /// caller holds the mutex, has frozen the ends, and knows that there is an item.
    pub(crate) fn advance_head(&self) -> Position {
        self.advance(&self.head.0)
    }

    fn advance(&self, end: &AtomicUsize) -> Position {
        // ORDERING: Relaxed for the load: the mutex orders those who move a frozen end.
        // Release pairs with the Acquire of `len`: who sees a tail without the mutex sees
        // a head that left it room.
        let position = Position(end.load(Ordering::Relaxed) & !FROZEN);
        end.store(self.after(position).0 | FROZEN, Ordering::Release);
        position
    }

    /// How many positions the head is behind the tail, or was at some time since the call.
    pub(crate) fn len(&self) -> usize {
        // ORDERING: Acquire, all, pairs with the Release of `claim` and `advance`: no look is older than
        // the one before it. The tail did not move between two looks that are the same:
        // so it stood there when the head was looked at.
        let mut tail = self.tail.0.load(Ordering::Acquire) & !FROZEN;
        loop {
            let head = self.head.0.load(Ordering::Acquire) & !FROZEN;
            let again = self.tail.0.load(Ordering::Acquire) & !FROZEN;
            if again == tail {
                let taken = self.count(Position(head));
                // In a weak order of memory the head may be newer than both looks.
                return self.count(Position(tail)).saturating_sub(taken);
            }
            tail = again;
        }
    }

    /// How many positions the tail has passed, ever.
    #[inline]
    pub(crate) fn puts(&self) -> usize {
        // ORDERING: Relaxed: who took an item out sees the tail that it was put at, by
        // the stamp of its place.
        self.count(Position(self.tail.0.load(Ordering::Relaxed) & !FROZEN))
    }
}
