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

use crate::sync::Peek;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread;

const FROZEN: usize = 1;
const RESERVED_BITS: u32 = 8;
const ONE_RESERVED: usize = 1 << (usize::BITS - RESERVED_BITS);
/// The bits of an end that are not its position.
const FLAGS: usize = !(ONE_RESERVED - 1) | FROZEN;

/// The most that can be reserved at an end.
pub(crate) const MOST_RESERVED: usize = (1 << RESERVED_BITS) - 1;

/// Keeps what is inside on cache lines of its own: two, since they are fetched in pairs.
#[repr(align(128))]
struct Padded<T>(T);

/// A position in a ring, with none of the `FLAGS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position(usize);

impl Position {
    /// Of an end.
    #[inline]
    fn of(word: usize) -> Self {
        Self(word & !FLAGS)
    }
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Where items are taken out.
    Head,
    /// Where items are put in.
    Tail,
}

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
    #[inline]
    pub(crate) fn wait_until_free_for(&self, position: Position) {
        wait_until(|| self.is_free_for(position));
    }

    /// See [`wait_until_free_for`](Self::wait_until_free_for).
    #[inline]
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
        let next = ends.lap_on(position).0;
        // ORDERING: Release pairs with the Acquire of `is`: the item is out.
        self.0.store(next, Ordering::Release);
    }
}

/// In a stamp: the place is full.
const FULL: usize = 1;

/// Spins for so long before it yields the processor.
const SPINS: usize = 64;

#[inline]
fn wait_until(over: impl Fn() -> bool) {
    if !over() {
        keep_looking(over);
    }
}

#[cold]
#[inline(never)]
fn keep_looking(over: impl Fn() -> bool) {
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
    /// The bits of a position within its lap.
    within_lap: usize,
    /// Those of the last place.
    last: usize,
    /// From the last place of a lap to the first of the next.
    lap_end: usize,
}

impl Ends {
    /// Of an empty ring.
    ///
    /// # Panics
    ///
    /// If there is no place, or if they are too many to be counted.
    pub(crate) fn new(places: usize) -> Self {
        assert!(places > 0, "aiosync: a ring needs a place");
        let within_lap = (places.next_power_of_two() << 1) - 1;
        let last = (places - 1) << 1;
        Self {
            head: Padded(AtomicUsize::new(0)),
            tail: Padded(AtomicUsize::new(0)),
            places,
            within_lap,
            last,
            lap_end: within_lap + 1 - last,
        }
    }

    #[inline]
    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// The place of a position.
    #[inline]
    pub(crate) fn index(&self, position: Position) -> usize {
        (position.0 & self.within_lap) >> 1
    }

    #[inline]
    fn after(&self, position: Position) -> Position {
        let step = if position.0 & self.within_lap == self.last {
            self.lap_end
        } else {
            2
        };
        Position::of(position.0 + step)
    }

    /// The position so many on: no more than there are places.
    fn further(&self, position: Position, by: usize) -> Position {
        let Position(word) = position;
        if self.index(position) + by < self.places {
            Position(word + (by << 1))
        } else {
            self.lap_on(Position(word + (by << 1) - (self.places << 1)))
        }
    }

    /// The same place's next position.
    #[inline]
    fn lap_on(&self, position: Position) -> Position {
        Position::of(position.0.wrapping_add(self.within_lap).wrapping_add(1))
    }

    /// How many positions there are before this one.
    #[inline]
    fn count(&self, position: Position) -> usize {
        let laps = position.0 >> self.within_lap.trailing_ones();
        laps * self.places + self.index(position)
    }

    /// How many positions lie from `head` to `tail`: no more than there are places. None, if
    /// the head was seen later than the tail, and is past it.
    #[inline]
    fn distance(&self, head: Position, tail: Position) -> usize {
        let bits = Position::of(tail.0.wrapping_sub(head.0)).0;
        if bits > ONE_RESERVED >> 1 {
            // Less than nothing.
            return 0;
        }
        debug_assert!(
            bits <= self.within_lap + 1,
            "an old head was seen beside a new tail"
        );
        if (head.0 ^ tail.0) & !self.within_lap == 0 {
            bits >> 1
        } else {
            self.places + self.index(tail) - self.index(head)
        }
    }

    /// Claims the tail at once, if its place is free and nobody is in the way: a few
    /// instructions, for each caller. It is the first step of [`claim_tail`](Self::claim_tail).
    #[inline(always)]
    pub(crate) fn claim_tail_at_once<'a, P: AsRef<Stamp>>(
        &self,
        place: impl Fn(usize) -> &'a P,
    ) -> Option<(Position, &'a P)> {
        self.claim_at_once(&self.tail.0, place, Stamp::is_free_for)
    }

    /// Claims the head at once, if its place is full and nobody is in the way: a few
    /// instructions, for each caller. It is the first step of [`claim_head`](Self::claim_head).
    #[inline(always)]
    pub(crate) fn claim_head_at_once<'a, P: AsRef<Stamp>>(
        &self,
        place: impl Fn(usize) -> &'a P,
    ) -> Option<(Position, &'a P)> {
        self.claim_at_once(&self.head.0, place, Stamp::is_full_of)
    }

    #[inline(always)]
    fn claim_at_once<'a, P: AsRef<Stamp>>(
        &self,
        end: &AtomicUsize,
        place: impl Fn(usize) -> &'a P,
        is_ready: impl Fn(&Stamp, Position) -> bool,
    ) -> Option<(Position, &'a P)> {
        // ORDERING: Relaxed, as in `claim`.
        match self.step(end, end.peek(Ordering::Relaxed), place, is_ready) {
            Step::Claimed(position, place) => Some((position, place)),
            Step::Flags | Step::NotReady | Step::Lost(_) => None,
        }
    }

    /// Claims the tail, if something is reserved there and enough is left: as it is most of
    /// the time if there are more tasks than threads, since somebody has a ticket then.
    #[inline]
    pub(crate) fn claim_tail_beside_tickets<'a, P: AsRef<Stamp>>(
        &self,
        place: impl Fn(usize) -> &'a P,
    ) -> Option<(Position, &'a P)> {
        self.claim_if_reserved(&self.tail.0, place, Stamp::is_free_for)
    }

    /// Claims the head, if something is reserved there and enough is left: the mirror of
    /// [`claim_tail_beside_tickets`](Self::claim_tail_beside_tickets).
    #[inline]
    pub(crate) fn claim_head_beside_tickets<'a, P: AsRef<Stamp>>(
        &self,
        place: impl Fn(usize) -> &'a P,
    ) -> Option<(Position, &'a P)> {
        self.claim_if_reserved(&self.head.0, place, Stamp::is_full_of)
    }

    #[inline]
    fn claim_if_reserved<'a, P: AsRef<Stamp>>(
        &self,
        end: &AtomicUsize,
        place: impl Fn(usize) -> &'a P,
        is_ready: impl Fn(&Stamp, Position) -> bool,
    ) -> Option<(Position, &'a P)> {
        // ORDERING: Relaxed, as in `claim`.
        let word = end.peek(Ordering::Relaxed);
        if word & FLAGS == 0 {
            return None;
        }
        match self.claim_beside_tickets(end, word, place, is_ready) {
            Claim::Claimed(position, place) => Some((position, place)),
            Claim::Exhausted | Claim::Busy | Claim::AskUnderMutex => None,
        }
    }

    /// One attempt, at an end that was seen to hold `word`.
    #[inline(always)]
    fn step<'a, P: AsRef<Stamp>>(
        &self,
        end: &AtomicUsize,
        word: usize,
        place: impl Fn(usize) -> &'a P,
        is_ready: impl Fn(&Stamp, Position) -> bool,
    ) -> Step<'a, P> {
        if word & FLAGS != 0 {
            return Step::Flags;
        }
        let position = Position(word);
        let place = place(self.index(position));
        // Ahead of the look at the stamp, after which the fields of `self` would be read anew.
        let next = self.after(position).0;
        if !is_ready(place.as_ref(), position) {
            return Step::NotReady;
        }
        // ORDERING: Release pairs with the Acquire of `len`: who sees a head sees a tail
        // that is no older. Acquire pairs with the Release of `is_surely_full` and
        // `is_surely_empty`.
        match end.compare_exchange(word, next, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => Step::Claimed(position, place),
            Err(current) => Step::Lost(current),
        }
    }

    /// Claims the tail, if its place is free.
    pub(crate) fn claim_tail<'a, P: AsRef<Stamp>>(
        &self,
        place: impl Fn(usize) -> &'a P,
    ) -> Claim<'a, P> {
        // ORDERING: Relaxed: whether the head is a lap behind is a matter of its value
        // alone.
        let is_full = |tail| self.lap_on(Position::of(self.head.0.load(Ordering::Relaxed))) == tail;
        self.claim(&self.tail.0, place, Stamp::is_free_for, is_full)
    }

    /// Claims the head, if its place is full.
    pub(crate) fn claim_head<'a, P: AsRef<Stamp>>(
        &self,
        place: impl Fn(usize) -> &'a P,
    ) -> Claim<'a, P> {
        // ORDERING: Relaxed, as in `claim_tail`.
        let is_empty = |head| Position::of(self.tail.0.load(Ordering::Relaxed)) == head;
        self.claim(&self.head.0, place, Stamp::is_full_of, is_empty)
    }

    fn claim<'a, P: AsRef<Stamp>>(
        &self,
        end: &AtomicUsize,
        place: impl Fn(usize) -> &'a P,
        is_ready: impl Fn(&Stamp, Position) -> bool,
        is_exhausted: impl Fn(Position) -> bool,
    ) -> Claim<'a, P> {
        // ORDERING: Relaxed: the compare-exchange of `step` decides who gets the position,
        // and the stamp publishes what is in its place.
        let mut word = end.peek(Ordering::Relaxed);
        loop {
            match self.step(end, word, &place, &is_ready) {
                Step::Claimed(position, place) => return Claim::Claimed(position, place),
                Step::Flags if word & FROZEN != 0 => return Claim::AskUnderMutex,
                Step::Flags => return self.claim_beside_tickets(end, word, place, is_ready),
                Step::Lost(current) => word = current,
                Step::NotReady => {
                    let exhausted = is_exhausted(Position(word));
                    // ORDERING: Relaxed: an end never comes back to a position.
                    let current = end.peek(Ordering::Relaxed);
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

    /// As [`claim`](Self::claim), at an end where something is reserved.
    #[inline]
    fn claim_beside_tickets<'a, P: AsRef<Stamp>>(
        &self,
        end: &AtomicUsize,
        mut word: usize,
        place: impl Fn(usize) -> &'a P,
        is_ready: impl Fn(&Stamp, Position) -> bool,
    ) -> Claim<'a, P> {
        while word & FROZEN == 0 {
            let position = Position::of(word);
            let reserved = word & FLAGS;
            let last = self.further(position, (reserved / ONE_RESERVED).min(self.places));
            if !is_ready(place(self.index(last)).as_ref(), last) {
                break;
            }
            let place = place(self.index(position));
            if !is_ready(place.as_ref(), position) {
                return Claim::Busy;
            }
            let next = self.after(position).0 | reserved;
            // ORDERING: AcqRel, as in `step`.
            match end.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Claim::Claimed(position, place),
                Err(current) => word = current,
            }
        }
        Claim::AskUnderMutex
    }

    #[inline]
    fn end(&self, end: End) -> &AtomicUsize {
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
        self.end(end).fetch_or(FROZEN, Ordering::Acquire);
    }

    /// Whether no place is free, for certain: whoever takes an item out after this look
    /// sees what came before it. `false` too if the mutex has to be asked.
    pub(crate) fn is_surely_full(&self) -> bool {
        // ORDERING: Relaxed: with this head the tail can be no further on.
        let tail = Position::of(self.tail.0.peek(Ordering::Relaxed));
        // ORDERING: Release pairs with the Acquire of `step` and `freeze`. A
        // read-modify-write, so that the next claim of the head comes after it.
        let head = self.head.0.fetch_or(0, Ordering::Release);
        head & FROZEN == 0 && self.lap_on(Position::of(head)) == tail
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
        let end = self.end(end);
        // ORDERING: Relaxed for the load: nobody else moves a frozen end. Release, as in
        // `advance`.
        let Position(word) = Position::of(end.load(Ordering::Relaxed));
        end.store(word | (reserved * ONE_RESERVED), Ordering::Release);
    }

    /// Moves the tail on, and answers the position that is the caller's to fill. The
    /// caller holds the mutex, has frozen the ends, and knows that there is room.
    #[inline]
    pub(crate) fn advance_tail(&self) -> Position {
        self.advance(&self.tail.0)
    }

    /// Moves the head on, and answers the position that is the caller's to empty. The
    /// caller holds the mutex, has frozen the ends, and knows that there is an item.
    #[inline]
    pub(crate) fn advance_head(&self) -> Position {
        self.advance(&self.head.0)
    }

    #[inline]
    fn advance(&self, end: &AtomicUsize) -> Position {
        // ORDERING: Relaxed for the load: the mutex orders those who move a frozen end.
        // Release pairs with the Acquire of `len`: who sees a tail without the mutex sees
        // a head that left it room.
        let position = Position::of(end.load(Ordering::Relaxed));
        end.store(self.after(position).0 | FROZEN, Ordering::Release);
        position
    }

    /// Whether an end is frozen: a hint, unless the caller holds the mutex.
    #[inline]
    pub(crate) fn looks_frozen(&self, end: End) -> bool {
        // ORDERING: Relaxed, a hint.
        self.end(end).load(Ordering::Relaxed) & FROZEN != 0
    }

    /// Whether the head is a lap behind, by one look at each end. Only a hint, while others
    /// move them.
    #[inline]
    pub(crate) fn looks_full(&self) -> bool {
        // ORDERING: Relaxed, both, a hint.
        let head = Position::of(self.head.0.load(Ordering::Relaxed));
        self.lap_on(head) == Position::of(self.tail.0.load(Ordering::Relaxed))
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
                return self.distance(head, tail);
            }
            tail = again;
        }
    }

    /// How many positions the tail has passed, ever.
    #[inline]
    pub(crate) fn puts(&self) -> usize {
        // ORDERING: Relaxed: who took an item out sees the tail that it was put at, by
        // the stamp of its place.
        self.count(Position::of(self.tail.0.load(Ordering::Relaxed)))
    }
}
