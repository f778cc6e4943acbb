#![forbid(unsafe_code)]
//! Positions: how they count up, and which place each of them has.

/// The bit of an end that says that it is frozen.
pub(super) const FROZEN: usize = 1;
const RESERVED_BITS: u32 = 8;
/// One that is reserved, as it stands in the word of an end.
pub(super) const ONE_RESERVED: usize = 1 << (usize::BITS - RESERVED_BITS);
/// The bits of an end that are not its position.
pub(super) const FLAGS: usize = !(ONE_RESERVED - 1) | FROZEN;

/// The most that can be reserved at an end.
pub(crate) const MOST_RESERVED: usize = (1 << RESERVED_BITS) - 1;

/// A position in a ring, with none of the `FLAGS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position(pub(super) usize);

impl Position {
    /// Of an end.
    #[inline]
    pub(super) fn of(word: usize) -> Self {
        Self(word & !FLAGS)
    }
}

/// The places of a ring, and the laps that the positions make around them.
pub(crate) struct RingLayout {
    places: usize,
    /// The bits of a position within its lap.
    within_lap: usize,
    /// Those of the last place.
    last: usize,
    /// From the last place of a lap to the first of the next.
    lap_end: usize,
}

impl RingLayout {
    /// # Panics
    ///
    /// If there is no place, or if they are too many to be counted.
    pub(super) fn new(places: usize) -> Self {
        assert!(places > 0, "aiosync: a ring needs a place");
        let within_lap = (places.next_power_of_two() << 1) - 1;
        let last = (places - 1) << 1;
        Self {
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
    pub(super) fn after(&self, position: Position) -> Position {
        let step = if position.0 & self.within_lap == self.last {
            self.lap_end
        } else {
            2
        };
        Position::of(position.0 + step)
    }

    /// The position so many on: no more than there are places.
    pub(super) fn further(&self, position: Position, by: usize) -> Position {
        let Position(word) = position;
        if self.index(position) + by < self.places {
            Position(word + (by << 1))
        } else {
            self.lap_on(Position(word + (by << 1) - (self.places << 1)))
        }
    }

    /// The same place's next position.
    #[inline]
    pub(super) fn lap_on(&self, position: Position) -> Position {
        Position::of(position.0.wrapping_add(self.within_lap).wrapping_add(1))
    }

    /// How many positions there are before this one.
    #[inline]
    pub(super) fn count(&self, position: Position) -> usize {
        let laps = position.0 >> self.within_lap.trailing_ones();
        laps * self.places + self.index(position)
    }

    /// How many positions lie from `head` to `tail`: no more than there are places. None, if
    /// the head was seen later than the tail, and is past it.
    #[inline]
    pub(super) fn distance(&self, head: Position, tail: Position) -> usize {
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
}
