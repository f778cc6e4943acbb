//! Schedules too big for loom: many tasks on one primitive, in random order, by shuttle.
//!
//! `cargo shuttle` runs them all, `cargo shuttle NAME` some. Each model has one scene,
//! names the line whose weakening breaks it, and says what came of a schedule; it fails
//! if its schedules do not differ enough: a model that explores nothing proves nothing.
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
mod queue;
mod queue_ends;
mod schedules;
mod semaphore;
