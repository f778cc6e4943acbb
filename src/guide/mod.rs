#![forbid(unsafe_code)]
#![doc = include_str!("links.md")]
//!
#![doc = include_str!("../../docs/guide.md")]

#[doc = include_str!("links.md")]
///
// One of its programs needs the feature.
#[cfg_attr(
    any(not(doctest), feature = "stream"),
    doc = include_str!("../../docs/from-asyncio.md")
)]
pub mod from_asyncio {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/from-tokio.md")]
pub mod from_tokio {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/loom.md")]
pub mod loom {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/diagnostics.md")]
pub mod diagnostics {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/portability.md")]
pub mod portability {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/benchmarks.md")]
pub mod benchmarks {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/upstream.md")]
pub mod upstream {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/memory-ordering.md")]
pub mod memory_ordering {}

#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/architecture.md")]
pub mod architecture {}
