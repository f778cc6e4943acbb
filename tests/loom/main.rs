//! Model checks: every interleaving of a few threads, by loom.
//!
//! `cargo loom` runs all models, and `cargo loom NAME` runs some. Each model checks one property
//! and names the code whose weakening breaks it. It prints the number of executions, and fails
//! if there are fewer than its floor, because a model that explores nothing proves nothing.
#![deny(unsafe_code)]
#![expect(
    clippy::arc_with_non_send_sync,
    reason = "loom's threads accept values that are not Send, and loom checks each access"
)]

#[cfg(not(all(loom, feature = "loom")))]
compile_error!(
    "the models need `--cfg loom` and the feature `loom`: run `cargo loom` (a RUSTFLAGS \
     variable hides the flag that the alias sets; add `--cfg loom` to it)"
);

extern crate alloc;

mod barrier;
mod condition;
mod diagnostics;
mod event;
mod explore;
mod lock;
mod once_cell;
mod queue;
mod ring;
mod ring_batches;
mod ring_busy;
mod ring_grants;
mod rwlock;
mod semaphore;
mod sync;
