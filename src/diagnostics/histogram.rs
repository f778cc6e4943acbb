#![forbid(unsafe_code)]
//! Histograms of durations, with buckets that double.

use core::time::Duration;

/// The number of buckets.
pub(super) const BUCKETS: usize = 40;

/// The durations of waits or holds, counted in buckets.
///
/// Bucket 0 counts durations of less than 2 ns. Each further bucket reaches twice as far. The last
/// one also counts all longer durations, from 9 minutes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: [u64; BUCKETS],
}

impl Histogram {
    /// A histogram that has counted nothing.
    pub const EMPTY: Self = Self {
        counts: [0; BUCKETS],
    };

    /// Returns the number of durations in each bucket.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Returns the number of all durations.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns the lowest duration of a bucket. Panics if there is no such bucket.
    ///
    /// # Panics
    ///
    /// Panics if `bucket` is not less than the number of [`counts`](Self::counts).
    #[must_use]
    pub fn lower_bound(bucket: usize) -> Duration {
        assert!(
            bucket < BUCKETS,
            "aiosync: bucket {bucket} of a histogram with {BUCKETS} buckets"
        );
        Duration::from_nanos(if bucket == 0 { 0 } else { 1 << bucket })
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::EMPTY
    }
}
