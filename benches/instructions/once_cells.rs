//! The paths of once cells, which are the same for each implementation.
#![forbid(unsafe_code)]

/// Reads a value that is set.
macro_rules! get {
    ($($cell:ident)::+) => {
        |rounds| {
            let cell = $($cell)::+::from(7_u64);
            let cell = black_box(&cell);
            by_hand(rounds, |_| {
                black_box(cell.get());
            });
        }
    };
}
pub(super) use get;

/// Calls `get_or_init` of a value that is set.
macro_rules! get_or_init {
    ($($cell:ident)::+) => {
        |rounds| {
            let cell = $($cell)::+::from(7_u64);
            let cell = black_box(&cell);
            uncontended(rounds, || cell.get_or_init(async || 8));
        }
    };
}
pub(super) use get_or_init;

/// Initializes a new cell, and drops it.
macro_rules! first_get_or_init {
    ($($cell:ident)::+) => {
        |rounds| {
            by_hand(rounds, |context| {
                let cell = $($cell)::+::new();
                let cell = black_box(&cell);
                complete(pin!(cell.get_or_init(async || 8_u64)), context);
            });
        }
    };
}
pub(super) use first_get_or_init;
