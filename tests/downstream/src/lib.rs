//! A small service: jobs wait in a queue, workers do them with connections from a pool,
//! and a shutdown ends when all that was taken on is done.
//!
//! It knows nothing of loom. `tests/models.rs` model-checks it.
#![forbid(unsafe_code)]

mod pool;
mod seeded;
mod service;

pub use pool::{Pool, Pooled};
pub use service::Service;
