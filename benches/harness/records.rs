//! What the benchmarks and the report share: the time of a measurement, and the files that
//! `growth`, `growth_by_hand` and `memory` write. The files are JSON, below the target folder.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The time for which criterion measures a row in one pass.
pub(crate) const MEASURED_FOR: Duration = Duration::from_millis(500);

/// The time before that, in which criterion warms up and estimates the number of iterations.
pub(crate) const WARMED_UP_FOR: Duration = Duration::from_millis(150);

/// A point of a curve: a number of tasks that wait at one primitive.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Point {
    pub(crate) primitive: String,
    pub(crate) implementation: String,
    /// One of [`CREWS`]: what the tasks run on.
    pub(crate) crew: String,
    /// The tasks that wait while others have their turn.
    pub(crate) waiting: usize,
    /// The time of all tasks divided by their turns, in nanoseconds.
    pub(crate) turn: f64,
    /// The time that a task waits for its turn, in nanoseconds.
    pub(crate) wait: Wait,
}

/// Percentiles of a wait.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Wait {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
}

impl Wait {
    /// Returns the 99th percentile as a multiple of the median.
    pub(crate) fn tail(&self) -> f64 {
        self.p99 as f64 / self.p50 as f64
    }
}

/// The numbers of waiting tasks at the points of a curve.
pub(crate) const WAITING: [usize; 6] = [1, 2, 8, 64, 1_000, 10_000];

/// The primitives that have a curve.
pub(crate) const CURVES: [&str; 3] = ["lock", "semaphore", "queue"];

/// What the tasks of a curve run on. `race.rs` describes these crews.
pub(crate) const CREWS: [&str; 3] = [
    "one thread",
    "two threads, pinned",
    "two threads, tokio's runtime",
];

/// The implementations that have a curve.
pub(crate) const CONTESTANTS: [&str; 2] = ["aiosync", "tokio"];

/// The figures of `growth`.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Growth {
    /// The points of all curves.
    pub(crate) points: Vec<Point>,
    /// The waits of 1 000 tasks for 50 permits.
    pub(crate) tails: Vec<Point>,
}

/// A point of a curve that is polled by hand: the time of an operation next to a number of
/// others.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Cost {
    /// One of [`COSTS`].
    pub(crate) curve: String,
    pub(crate) implementation: String,
    /// The number of others.
    pub(crate) others: usize,
    /// The time of an operation in nanoseconds.
    pub(crate) time: f64,
}

/// A poll of a notified waiter, and a hand-off at one of many locks.
pub(crate) const COSTS: [&str; 2] = ["polls", "locks"];

/// The memory of one waiting future.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Footprint {
    pub(crate) primitive: String,
    pub(crate) implementation: String,
    /// The size of the future in bytes.
    pub(crate) future: usize,
    /// The bytes that it has on the heap while it waits.
    pub(crate) heap: f64,
}

impl Footprint {
    pub(crate) fn bytes(&self) -> f64 {
        self.future as f64 + self.heap
    }
}

/// The file of `growth` in the folder for records.
pub(crate) const GROWTH: &str = "growth.json";

/// The file of `growth_by_hand` in the folder for records.
pub(crate) const COSTS_FILE: &str = "growth_by_hand.json";

/// The file of `memory` in the folder for records.
pub(crate) const MEMORY: &str = "memory.json";

/// Returns the folder in which cargo lets benchmarks write files.
pub(crate) fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Box<dyn Error>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()).into())
}

pub(crate) fn write(file: &Path, records: &impl Serialize) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    serde_json::to_writer_pretty(File::create(file)?, records)?;
    println!("written: {}", file.display());
    Ok(())
}
