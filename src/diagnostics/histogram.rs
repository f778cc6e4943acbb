#![forbid(unsafe_code)]
//! Histograms of durations, with buckets that double.

use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use super::explain::Age;

/// The number of buckets.
pub(super) const BUCKETS: usize = 40;

/// The length of the longest bar in the text of a histogram.
const BAR: u64 = 40;

/// The durations of waits or holds, counted in buckets.
///
/// Bucket 0 counts durations of less than 2 ns. Each further bucket reaches twice as far. The last
/// one also counts all longer durations, from 9 minutes on.
///
/// `Display` prints a line for each bucket, from the first that is not empty to the last.
///
/// # Examples
///
/// ```
/// use aiosync::diagnostics::{self, Histogram};
///
/// for primitive in &diagnostics::report().primitives {
///     let times = &primitive.wait_times;
///     println!("{}: {} waits, {:?} in all", primitive.id, times.total(), times.sum());
///     for (bucket, count) in times.counts().iter().enumerate() {
///         println!("from {:?}: {count}", Histogram::lower_bound(bucket));
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: [u64; BUCKETS],
    sum: Duration,
}

impl Histogram {
    /// A histogram that has counted nothing.
    pub const EMPTY: Self = Self {
        counts: [0; BUCKETS],
        sum: Duration::ZERO,
    };

    /// Counts a duration.
    #[allow(dead_code, reason = "the arm that records nothing counts nothing")]
    pub(super) fn add(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = nanoseconds.checked_ilog2().unwrap_or(0) as usize;
        self.counts[bucket.min(BUCKETS - 1)] += 1;
        self.sum = self.sum.saturating_add(duration);
    }

    /// Counts durations of zero.
    #[allow(dead_code, reason = "the arm that records nothing counts nothing")]
    pub(super) fn add_zeros(&mut self, count: u64) {
        self.counts[0] += count;
    }

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

    /// Returns the sum of all durations.
    #[must_use]
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// Returns the lowest duration of a bucket.
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

impl Display for Histogram {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let is_used = |count: &u64| *count > 0;
        let (Some(first), Some(last)) = (
            self.counts.iter().position(is_used),
            self.counts.iter().rposition(is_used),
        ) else {
            return formatter.write_str("no durations");
        };
        let most = self.counts.iter().max().copied().unwrap_or(1);
        for bucket in first..=last {
            if bucket > first {
                formatter.write_str("\n")?;
            }
            let count = self.counts[bucket];
            let from = Age(Self::lower_bound(bucket));
            write!(formatter, "{from:>8} {count:>10}")?;
            if count > 0 {
                // At least one mark, and no overflow.
                let share = u128::from(count) * u128::from(BAR) / u128::from(most);
                let bar = (share as usize).max(1);
                write!(formatter, " {:#<bar$}", "")?;
            }
        }
        Ok(())
    }
}
