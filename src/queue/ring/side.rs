#![forbid(unsafe_code)]
//! The two sides of a queue, which claim cells at the two ends of its ring.

/// One side of a queue, and the end of its ring that this side claims cells at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The getters. They take items out at the ring's head.
    Get,
    /// The putters. They put items in at the ring's tail.
    Put,
}

impl Side {
    /// Returns the opposite side.
    #[inline(always)]
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Get => Self::Put,
            Self::Put => Self::Get,
        }
    }
}
