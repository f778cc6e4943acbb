//! tokio, with `tokio::sync` built from the types of aiosync.

pub use original::*;

pub mod sync;
