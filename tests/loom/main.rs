//! Model checks: every interleaving of a few threads, by loom.
//!
//! `cargo loom` runs them all, `cargo loom NAME` some. Each model has one property,
//! names the line whose weakening breaks it, prints how many executions it took, and
//! fails if they are fewer than its floor: a model that explores nothing proves
//! nothing.
#![forbid(unsafe_code)]
#![expect(
    clippy::arc_with_non_send_sync,
    reason = "loom's threads take what is not Send, and loom checks each access"
)]

#[cfg(not(all(loom, feature = "loom")))]
compile_error!(
    "the models need `--cfg loom` and the feature `loom`: run `cargo loom` (a RUSTFLAGS \
     variable hides the flag that the alias sets; add `--cfg loom` to it)"
);

mod barrier;
mod condition;
mod event;
mod explore;
mod lock;
mod queue;
mod ring;
mod ring_busy;
mod semaphore;
