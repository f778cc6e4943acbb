//! A small service: jobs wait in a queue, workers do them with connections from a pool, and a
//! shutdown completes when all accepted jobs are done. Its settings are loaded when they are first
//! needed.
//!
//! It does not know loom. `tests/models.rs` model-checks it.
#![forbid(unsafe_code)]

mod pool;
mod seeded;
mod service;
mod settings;

pub use pool::{Pool, Pooled};
pub use service::Service;
pub use settings::Settings;
