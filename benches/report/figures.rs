//! The figures of a run: the median of its passes, and how far the passes differ.
#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use super::machine::Origin;
use super::records::{CONTESTANTS, COSTS, CREWS, CURVES, Footprint, Growth, Point, WAITING, Wait};
use super::run::{PASSES, Pass, Run};
use super::workloads::{EXTRAS, OURS, Workload, is_peer, workloads};

/// The ratio of two passes above which a row shows its spread. Above this ratio of two medians, the
/// passes need not agree.
const SPREAD: f64 = 1.2;

/// The ratio of two medians that count as equal.
pub(crate) const TIE: f64 = 1.02;

/// A time in nanoseconds, measured in each pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    /// The median of the passes.
    pub(crate) value: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// The times in the order of the passes.
    passes: [f64; PASSES],
}

impl Figure {
    /// Creates the figure of the times in all passes, in their order.
    pub(crate) fn new(times: impl IntoIterator<Item = f64>) -> Self {
        let times = Vec::from_iter(times);
        let count = times.len();
        let passes: [f64; PASSES] = (times.try_into())
            .unwrap_or_else(|_| panic!("a figure has {PASSES} passes, and this one has {count}"));
        let mut sorted = passes;
        sorted.sort_by(f64::total_cmp);
        Self {
            value: sorted[PASSES / 2],
            least: sorted[0],
            most: sorted[PASSES - 1],
            passes,
        }
    }

    /// Compares two times. They are equal if the medians are very close, or if they are close and
    /// the passes disagree. What slows the machine down in one pass slows both.
    fn compare(self, other: Self) -> Ordering {
        let order = self.value.total_cmp(&other.value);
        let is_within = |factor: f64| (1.0 / factor..=factor).contains(&(self.value / other.value));
        let mut passes = self.passes.iter().zip(&other.passes);
        let agree = passes.all(|(own, its)| own.total_cmp(its) == order);
        if is_within(TIE) || is_within(SPREAD) && !agree {
            Ordering::Equal
        } else {
            order
        }
    }

    /// Returns the spread of the passes as text. `None` if they are close to each other.
    pub(crate) fn spread(&self) -> Option<String> {
        let (least, most) = (nanoseconds(self.least), nanoseconds(self.most));
        (self.most > self.least * SPREAD).then(|| format!("{least}–{most}"))
    }
}

/// The median, followed by the spread if the passes differ.
impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&nanoseconds(self.value))?;
        match self.spread() {
            Some(spread) => write!(out, " ({spread})"),
            None => Ok(()),
        }
    }
}

/// Formats nanoseconds: with two decimals below 10, one below 100, and none above.
pub(crate) fn nanoseconds(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        ..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// The rows of one workload, by implementation.
#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) BTreeMap<String, Figure>);

impl Rows {
    /// Returns the row of `aiosync`. Only the rows of an extra group lack it.
    pub(crate) fn ours(&self) -> Option<Figure> {
        self.0.get(OURS).copied()
    }

    /// Returns the rows, the fastest first.
    pub(crate) fn sorted(&self) -> Vec<(&str, Figure)> {
        let mut sorted: Vec<_> = self.0.iter().map(|(name, row)| (&**name, *row)).collect();
        sorted.sort_by(|one, other| one.1.value.total_cmp(&other.1.value));
        sorted
    }

    /// Returns the peers, the fastest first. The baseline is not a peer.
    pub(crate) fn peers(&self) -> Vec<(&str, Figure)> {
        let mut peers = self.sorted();
        peers.retain(|(name, _)| is_peer(name));
        peers
    }

    /// Returns the time of a row as a multiple of that of `aiosync`.
    pub(crate) fn ratio(&self, row: Figure) -> Option<f64> {
        self.ours().map(|ours| row.value / ours.value)
    }

    /// Returns the peers that are faster than `aiosync`, the fastest first.
    pub(crate) fn faster(&self) -> Vec<&str> {
        self.peers_that_are(Ordering::Less)
    }

    /// Returns the peers whose times are equal to that of `aiosync`.
    pub(crate) fn equal(&self) -> Vec<&str> {
        self.peers_that_are(Ordering::Equal)
    }

    fn peers_that_are(&self, order: Ordering) -> Vec<&str> {
        let Some(ours) = self.ours() else {
            return Vec::new();
        };
        let mut peers = self.peers();
        peers.retain(|(_, row)| row.compare(ours) == order);
        peers.into_iter().map(|(name, _)| name).collect()
    }
}

/// A point of a curve, from all passes.
pub(crate) struct Turn {
    pub(crate) turn: Figure,
    /// The point of the first pass, but with the medians of the waits.
    pub(crate) point: Point,
}

/// The curves that are polled by hand: the figures at each number of others, by curve and
/// implementation.
type Costs = BTreeMap<(String, String), Vec<Figure>>;

/// All figures of a run.
pub(crate) struct Figures {
    pub(crate) origin: Origin,
    pub(crate) is_trial: bool,
    pub(crate) minutes: u64,
    groups: BTreeMap<String, Rows>,
    pub(crate) points: Vec<Turn>,
    pub(crate) tails: Vec<Turn>,
    costs: Costs,
    pub(crate) memory: Vec<Footprint>,
}

impl Figures {
    /// Creates the figures of a run. Fails if a pass, or a row of a pass, is missing.
    pub(crate) fn new(run: Run) -> Result<Self, Box<dyn Error>> {
        let count = run.passes.len();
        if count != PASSES {
            return Err(format!("a run has {PASSES} passes, and this one has {count}").into());
        }
        for (index, pass) in run.passes.iter().enumerate() {
            let missing = missing(pass);
            if !missing.is_empty() {
                let (pass, count, missing) = (index + 1, missing.len(), missing.join("\n  "));
                return Err(format!(
                    "pass {pass} lacks {count} rows, and a run measures all: `cargo benchmarks`\n  {missing}"
                )
                .into());
            }
        }
        let mut groups: BTreeMap<String, Rows> = BTreeMap::new();
        for (group, name) in rows() {
            let times = run.passes.iter().map(|pass| pass.times[group][name]);
            let figure = Figure::new(times);
            let rows = groups.entry(group.to_owned()).or_default();
            rows.0.insert(name.to_owned(), figure);
        }
        Ok(Self {
            groups,
            points: turns(&run.passes, |growth| &growth.points),
            tails: turns(&run.passes, |growth| &growth.tails),
            costs: costs(&run.passes),
            memory: run.passes[0].memory.clone(),
            origin: run.origin,
            is_trial: run.is_trial,
            minutes: run.minutes,
        })
    }

    /// Returns the rows of a group.
    pub(crate) fn rows(&self, group: &str) -> &Rows {
        &self.groups[group]
    }

    /// Returns the figures of a curve that is polled by hand, one for each number of others.
    pub(crate) fn cost(&self, curve: &str, name: &str) -> &[Figure] {
        &self.costs[&(curve.to_owned(), name.to_owned())]
    }

    /// Returns the workloads with their rows.
    pub(crate) fn workloads(&self) -> impl Iterator<Item = (&'static Workload, &Rows)> {
        workloads().map(|workload| (workload, self.rows(workload.group)))
    }
}

/// Returns all rows that a pass must have: group and name.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let workloads = workloads().flat_map(|workload| {
        let names = [OURS].into_iter().chain(workload.peers.iter().copied());
        names.map(|name| (workload.group, name))
    });
    let extras = EXTRAS.iter();
    let extras = extras.flat_map(|extra| extra.rows.iter().map(|name| (extra.group, *name)));
    workloads.chain(extras)
}

/// Returns the rows and points that a pass lacks.
fn missing(pass: &Pass) -> Vec<String> {
    let mut missing = Vec::new();
    for (group, name) in rows() {
        let row = pass.times.get(group).and_then(|rows| rows.get(name));
        if row.is_none() {
            missing.push(format!("{group}: {name}"));
        }
    }
    for name in CONTESTANTS {
        for crew in CREWS {
            for primitive in CURVES {
                for waiting in WAITING {
                    let mut points = pass.growth.points.iter();
                    if !points.any(|point| is_at(point, primitive, name, crew, waiting)) {
                        missing.push(format!(
                            "growth: {primitive}, {name}, {crew}, waiting tasks: {waiting}"
                        ));
                    }
                }
            }
            let mut tails = pass.growth.tails.iter();
            if !tails.any(|tail| tail.implementation == name && tail.crew == crew) {
                missing.push(format!("tail: {name}, {crew}"));
            }
        }
    }
    for (curve, name, others) in cost_points() {
        if cost(pass, curve, name, others).is_none() {
            missing.push(format!("{curve}: {name}, others: {others}"));
        }
    }
    let mut memory = pass.memory.iter();
    if !memory.any(|footprint| footprint.implementation == OURS) {
        missing.push(format!("memory: {OURS}"));
    }
    missing
}

/// Returns whether a point is at this place of this curve.
fn is_at(point: &Point, primitive: &str, name: &str, crew: &str, waiting: usize) -> bool {
    (&*point.primitive, &*point.implementation) == (primitive, name)
        && (&*point.crew, point.waiting) == (crew, waiting)
}

/// Returns the points of all passes as one point each.
fn turns(passes: &[Pass], points: impl Fn(&Growth) -> &Vec<Point>) -> Vec<Turn> {
    let merged = points(&passes[0].growth).iter().map(|first| {
        let same: Vec<&Point> = (passes.iter())
            .flat_map(|pass| points(&pass.growth))
            .filter(|point| {
                let (primitive, name) = (&*first.primitive, &*first.implementation);
                is_at(point, primitive, name, &first.crew, first.waiting)
            })
            .collect();
        let median = |figure: fn(&Wait) -> u64| {
            let mut waits: Vec<_> = same.iter().map(|point| figure(&point.wait)).collect();
            waits.sort_unstable();
            waits[waits.len() / 2]
        };
        Turn {
            turn: Figure::new(same.iter().map(|point| point.turn)),
            point: Point {
                wait: Wait {
                    p50: median(|wait| wait.p50),
                    p99: median(|wait| wait.p99),
                    p999: median(|wait| wait.p999),
                },
                ..(*first).clone()
            },
        }
    });
    merged.collect()
}

/// Returns the points of the curves that are polled by hand: curve, implementation and number
/// of others.
fn cost_points() -> impl Iterator<Item = (&'static str, &'static str, usize)> {
    COSTS.into_iter().flat_map(|curve| {
        CONTESTANTS
            .into_iter()
            .flat_map(move |name| WAITING.map(|others| (curve, name, others)))
    })
}

/// Returns the time at a point.
fn cost(pass: &Pass, curve: &str, name: &str, others: usize) -> Option<f64> {
    let mut costs = pass.costs.iter();
    let found = costs
        .find(|cost| (&*cost.curve, &*cost.implementation, cost.others) == (curve, name, others));
    found.map(|cost| cost.time)
}

/// Returns the figures of the curves that are polled by hand. No point may be missing.
fn costs(passes: &[Pass]) -> Costs {
    let mut costs = Costs::new();
    for (curve, name, others) in cost_points() {
        let times = passes.iter();
        let times = times.filter_map(|pass| cost(pass, curve, name, others));
        let key = (curve.to_owned(), name.to_owned());
        costs.entry(key).or_default().push(Figure::new(times));
    }
    costs
}
