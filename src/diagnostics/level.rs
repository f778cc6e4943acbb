#![forbid(unsafe_code)]
//! The level of detail.

/// The level of detail that [`enable`](super::enable) sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// Records each wait, and the holders that had to wait.
    Waits,
    /// Records each acquisition too, so a report shows all holders.
    Holders,
}
