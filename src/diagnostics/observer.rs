#![forbid(unsafe_code)]
//! Finds hangs in one report after the other.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use super::Arc;
use super::explain::{Age, Title};
use super::report::{CallSite, PrimitiveId, Report, WaitId};

/// A hang: waits at one call site, for one primitive, that are older than the limit of an
/// [`Observer`].
///
/// `Display` prints it in one line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Hang {
    /// The number of the hang. Later observations of the same hang have the same number.
    pub id: u64,
    /// The primitive.
    pub primitive: PrimitiveId,
    /// The call that created the waits.
    pub site: CallSite,
    /// The number of waits.
    pub waits: usize,
    /// The time since the first wait of the hang began, even if that wait was dropped meanwhile. It
    /// starts again with the oldest wait if the primitive is acquired.
    pub duration: Duration,
    /// The report that shows the hang. All hangs of one observation share it.
    pub report: Arc<Report>,
}

impl Display for Hang {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "hang {}: ", self.id)?;
        match self.waits {
            1 => write!(formatter, "1 wait at {}", self.site)?,
            waits => write!(formatter, "{waits} waits at {}", self.site)?,
        }
        match self.report.primitive(self.primitive) {
            Some(primitive) => write!(formatter, " for {}", Title(primitive))?,
            None => write!(formatter, " for {}", self.primitive)?,
        }
        write!(formatter, ", since {}", Age(self.duration))
    }
}

/// What is remembered about a hang until the next observation.
#[derive(Debug)]
struct Tracked {
    id: u64,
    /// When the first wait began.
    began: Duration,
    /// In ascending order.
    waits: Vec<WaitId>,
    /// The number of acquisitions of the primitive.
    acquisitions: u64,
}

/// Finds hangs in one report after the other.
///
/// A [`Watchdog`](super::Watchdog) observes on a thread of its own. Use an observer to do the same
/// in an async task, or on a target without threads.
///
/// A hang is the same as in the previous observation if it has the same primitive and call site,
/// and at least one wait is the same.
///
/// # Examples
///
/// ```
/// use aiosync::diagnostics::{self, Observer};
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// let mut observer = Observer::new(Duration::from_secs(30));
/// // Once in a while:
/// for hang in observer.observe(diagnostics::report(), start.elapsed()) {
///     eprintln!("{hang}\n{}", hang.report);
/// }
/// ```
#[derive(Debug)]
pub struct Observer {
    older_than: Duration,
    found: u64,
    tracked: BTreeMap<(PrimitiveId, CallSite), Tracked>,
}

impl Observer {
    /// Creates an observer that finds waits that are at least as old as `older_than`.
    #[must_use]
    pub fn new(older_than: Duration) -> Self {
        Self {
            older_than,
            found: 0,
            tracked: BTreeMap::new(),
        }
    }

    /// Returns the hangs in a report, in the order in which they were found.
    ///
    /// `now` is the time of the report since any fixed moment.
    #[must_use]
    pub fn observe(&mut self, report: Report, now: Duration) -> Vec<Hang> {
        let mut tracked = BTreeMap::new();
        for primitive in &report.primitives {
            let is_old = |waited: Duration| waited >= self.older_than;
            for waiter in primitive
                .waiters
                .iter()
                .filter(|waiter| is_old(waiter.waited))
            {
                let began = now.saturating_sub(waiter.waited);
                let key = (primitive.id, waiter.site);
                let group = tracked.entry(key).or_insert_with(|| Tracked {
                    id: 0,
                    began,
                    waits: Vec::new(),
                    acquisitions: primitive.acquisitions,
                });
                group.began = group.began.min(began);
                group.waits.push(waiter.id);
            }
        }
        for (key, group) in &mut tracked {
            group.waits.sort_unstable();
            let earlier = self.tracked.get(key);
            match earlier.filter(|earlier| group.continues(earlier)) {
                Some(earlier) => {
                    group.id = earlier.id;
                    if group.acquisitions == earlier.acquisitions {
                        group.began = group.began.min(earlier.began);
                    }
                }
                None => {
                    self.found += 1;
                    group.id = self.found;
                }
            }
        }
        let report = Arc::new(report);
        let hangs = tracked.iter().map(|((primitive, site), group)| Hang {
            id: group.id,
            primitive: *primitive,
            site: *site,
            waits: group.waits.len(),
            duration: now.saturating_sub(group.began),
            report: Arc::clone(&report),
        });
        let mut hangs: Vec<_> = hangs.collect();
        hangs.sort_by_key(|hang| hang.id);
        self.tracked = tracked;
        hangs
    }
}

impl Tracked {
    /// Returns whether a wait of the earlier observation still waits.
    fn continues(&self, earlier: &Self) -> bool {
        let is_left = |wait| self.waits.binary_search(wait).is_ok();
        earlier.waits.iter().any(is_left)
    }
}
