//! Empty: see `tests/surface.rs`.
#![forbid(unsafe_code)]
