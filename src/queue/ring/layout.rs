#![forbid(unsafe_code)]
//! Positions: how they count up, and which cell each of them uses.
//!
//! A position is a lap and the index of a cell, shifted left by one bit to leave room for
//! [`FROZEN`]. A ring is used on 64-bit targets only, where the position has 55 bits. The index
//! takes as many of them as the number of cells needs, rounded up to a power of two. So a
//! position repeats after 2^54 puts at the earliest: 57 years at ten million puts a second.

/// The bit of an end's word that says that the end is frozen.
pub(super) const FROZEN: usize = 1;
const RESERVED_BITS: u32 = 8;
/// One reserved cell, as it is counted in the word of an end.
pub(super) const ONE_RESERVED: usize = 1 << (usize::BITS - RESERVED_BITS);
/// The bits of an end's word that are not its position.
pub(super) const FLAGS: usize = !(ONE_RESERVED - 1) | FROZEN;

/// The largest number of cells that an end can reserve.
pub(crate) const MOST_RESERVED: usize = (1 << RESERVED_BITS) - 1;

/// A position in a ring: one use of one cell. It has none of the [`FLAGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position(pub(super) usize);

impl Position {
    /// Returns the position in the word of an end.
    #[inline]
    pub(super) fn of(word: usize) -> Self {
        Self(word & !FLAGS)
    }

    /// Returns the position `by` further on, in the same lap.
    #[inline]
    pub(super) fn plus(self, by: usize) -> Self {
        Self(self.0 + (by << 1))
    }
}

/// The number of cells of a ring, and the laps that positions make around them.
#[derive(Clone, Copy)]
pub(crate) struct RingLayout {
    cells: usize,
    /// The mask of the bits that say where a position is in its lap.
    within_lap: usize,
    /// Those bits, in a position of the last cell.
    last: usize,
    /// The distance from the last cell of a lap to the first cell of the next lap.
    lap_end: usize,
}

impl RingLayout {
    /// Creates the layout of a ring with this number of cells.
    ///
    /// # Panics
    ///
    /// If `cells` is 0.
    pub(super) fn new(cells: usize) -> Self {
        assert!(
            cells > 0,
            "aiosync: a ring must have at least 1 cell, not 0"
        );
        let within_lap = (cells.next_power_of_two() << 1) - 1;
        let last = (cells - 1) << 1;
        Self {
            cells,
            within_lap,
            last,
            lap_end: within_lap + 1 - last,
        }
    }

    /// Returns the number of cells.
    #[inline]
    pub(crate) fn cells(&self) -> usize {
        self.cells
    }

    /// Returns the index of a position's cell.
    #[inline]
    pub(crate) fn index(&self, position: Position) -> usize {
        (position.0 & self.within_lap) >> 1
    }

    /// Returns the next position.
    #[inline]
    pub(super) fn after(&self, position: Position) -> Position {
        let step = if position.0 & self.within_lap == self.last {
            self.lap_end
        } else {
            2
        };
        Position::of(position.0 + step)
    }

    /// Returns the position `by` further on. `by` is at most the number of cells.
    #[inline]
    pub(super) fn further(&self, position: Position, by: usize) -> Position {
        let Position(word) = position;
        if self.index(position) + by < self.cells {
            position.plus(by)
        } else {
            self.lap_on(Position(word + (by << 1) - (self.cells << 1)))
        }
    }

    /// Returns the next position of the same cell.
    #[inline]
    pub(super) fn lap_on(&self, position: Position) -> Position {
        Position::of(position.0.wrapping_add(self.within_lap).wrapping_add(1))
    }

    /// Returns the number of positions before this one.
    #[inline]
    pub(super) fn count(&self, position: Position) -> usize {
        let laps = position.0 >> self.within_lap.trailing_ones();
        laps * self.cells + self.index(position)
    }

    /// Returns the number of positions from `head` to `tail`, which is at most the number of
    /// cells. Returns 0 if the head was read later than the tail and is past it.
    #[inline]
    pub(super) fn distance(&self, head: Position, tail: Position) -> usize {
        let bits = Position::of(tail.0.wrapping_sub(head.0)).0;
        if bits > ONE_RESERVED >> 1 {
            // Negative.
            return 0;
        }
        debug_assert!(
            bits <= self.within_lap + 1,
            "aiosync: an old head was read beside a new tail"
        );
        if (head.0 ^ tail.0) & !self.within_lap == 0 {
            bits >> 1
        } else {
            self.cells + self.index(tail) - self.index(head)
        }
    }
}
