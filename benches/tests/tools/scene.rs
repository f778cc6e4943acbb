//! Made-up figures.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::machine::Origin;
use super::measured::{self, Measured};
use super::records::{self, CONTESTANTS, CURVES, Footprint, Growth, Point, WAITING, Wait};
use super::workloads::{Goal, OURS, WORKLOADS};
use super::write::{Paths, write};

/// A folder with figures: 10 for `aiosync`, and 40 for its peers.
pub(super) struct Scene(TempDir);

impl Scene {
    /// Creates a scene that has all figures and meets all targets.
    pub(super) fn complete() -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        for workload in &WORKLOADS {
            let ours = match workload.goals {
                [Goal::Nanoseconds(limit)] => *limit,
                _ => 10.0,
            };
            scene.row(workload.group, OURS, ours);
            for peer in workload.peers {
                scene.row(workload.group, peer, 40.0);
            }
        }
        let mut growth = Growth::default();
        for name in CONTESTANTS {
            for threads in [1, 2] {
                for primitive in CURVES {
                    for waiting in WAITING {
                        growth.points.push(point(primitive, name, threads, waiting));
                    }
                }
                growth.tails.push(point("semaphore", name, threads, 950));
            }
        }
        scene.record(records::GROWTH, &growth);
        let [ours, theirs] = [(OURS, 64), ("tokio", 120)].map(|(name, future)| Footprint {
            primitive: "lock".to_owned(),
            implementation: name.to_owned(),
            future,
            heap: 8.0,
        });
        scene.record(records::MEMORY, &[ours, theirs]);
        fs::write(scene.0.path().join("remarks.toml"), "").unwrap();
        scene
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a row as criterion does.
    pub(super) fn row(&self, group: &str, name: &str, median: f64) {
        let folder = self.path().join("criterion").join(group.replace('/', "_"));
        for run in ["new", "base"] {
            let folder = folder.join(name).join(run);
            fs::create_dir_all(&folder).unwrap();
            let benchmark = format!(r#"{{"group_id":"{group}","function_id":"{name}"}}"#);
            fs::write(folder.join("benchmark.json"), benchmark).unwrap();
            // The report must not read the result of the previous run.
            let median = if run == "new" { median } else { 1_000_000.0 };
            let (low, high) = (median * 0.9, median * 1.1);
            let estimates = format!(
                r#"{{"median":{{"confidence_interval":{{"confidence_level":0.95,"lower_bound":{low},"upper_bound":{high}}},"point_estimate":{median}}}}}"#
            );
            fs::write(folder.join("estimates.json"), estimates).unwrap();
        }
    }

    pub(super) fn record(&self, file: &str, records: &impl serde::Serialize) {
        records::write(&self.path().join("records").join(file), records).unwrap();
    }

    pub(super) fn measured(&self) -> Result<Measured, Box<dyn Error>> {
        measured::read(&self.path().join("criterion"))
    }

    /// Writes the report. Returns the number of targets that are met, and of all targets.
    pub(super) fn report(&self) -> Result<(usize, usize), Box<dyn Error>> {
        let paths = Paths {
            records: self.path().join("records"),
            remarks: self.path().join("remarks.toml"),
            documents: self.path().join("docs"),
        };
        let origin = Origin {
            machine: "an abacus, 2 processors".to_owned(),
            kernel: "0.1".to_owned(),
            rustc: "rustc 1".to_owned(),
            commit: "`c0ffee-dirty`".to_owned(),
            date: "2000-01-01".to_owned(),
            versions: "tokio 9".to_owned(),
        };
        let measured = self.measured()?;
        assert!(measured.times.0 <= measured.times.1);
        write(&paths, measured, origin)
    }

    pub(super) fn page(&self) -> String {
        fs::read_to_string(self.path().join("docs/benchmarks.md")).unwrap()
    }

    pub(super) fn refusal(&self) -> String {
        self.report().unwrap_err().to_string()
    }
}

fn point(primitive: &str, name: &str, threads: usize, waiting: usize) -> Point {
    Point {
        primitive: primitive.to_owned(),
        implementation: name.to_owned(),
        threads,
        waiting,
        turn: 100.0,
        wait: Wait {
            p50: 100 * waiting as u64,
            p99: 150 * waiting as u64,
            p999: 200 * waiting as u64,
        },
    }
}
