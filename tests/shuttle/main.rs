//! Schedules that are too large for loom: many tasks on one primitive, in random order, by
//! shuttle.
//!
//! `cargo shuttle` runs all models, and `cargo shuttle NAME` runs some. Each model has one scene and
//! names the code whose weakening breaks it. It returns the outcome of a schedule, and fails if
//! there are too few different outcomes, because a model that explores nothing proves nothing.
#![forbid(unsafe_code)]

#[cfg(not(all(shuttle, feature = "shuttle")))]
compile_error!(
    "the models need `--cfg shuttle` and the feature `shuttle`: run `cargo shuttle` (a RUSTFLAGS \
     variable hides the flag that the alias sets; add `--cfg shuttle` to it)"
);

mod barrier;
mod condition;
mod event;
mod lock;
mod once_cell;
mod queue;
mod queue_ends;
mod rwlock;
mod schedules;
mod semaphore;
