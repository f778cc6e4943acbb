//! A made-up run, and the files that the report makes of it.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::machine::Origin;
use super::records::{
    CONTESTANTS, COSTS, CREWS, CURVES, Cost, Footprint, Growth, Point, WAITING, Wait,
};
use super::run::{PASSES, Pass, Run, Times};
use super::workloads::{EXTRAS, OURS, workloads};
use super::write::{self, Paths};

/// A run and a folder. All times are 10 for `aiosync`, and 40 for its peers.
pub(super) struct Scene {
    folder: TempDir,
    pub(super) run: Run,
}

impl Scene {
    /// Creates a scene with a complete run, and without remarks.
    pub(super) fn new() -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
            run: Run {
                origin: origin(),
                is_trial: false,
                minutes: 12,
                passes: (0..PASSES).map(|_| pass()).collect(),
            },
        };
        scene.remark("[remarks]\n[links]\n");
        scene
    }

    pub(super) fn paths(&self) -> Paths {
        Paths {
            run: self.path("run.json"),
            remarks: self.path("remarks.toml"),
            documents: self.path("docs"),
        }
    }

    /// Returns the path of a file in the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn remark(&self, text: &str) {
        fs::write(self.path("remarks.toml"), text).unwrap();
    }

    /// Sets the time of a row in each pass.
    pub(super) fn row(&mut self, group: &str, name: &str, times: [f64; PASSES]) {
        for (pass, time) in self.run.passes.iter_mut().zip(times) {
            let rows = pass.times.get_mut(group).unwrap();
            rows.insert(name.to_owned(), time);
        }
    }

    /// Stores the run, writes the report, and returns the page.
    pub(super) fn page(self) -> String {
        self.report().unwrap();
        self.file("benchmarks.md")
    }

    /// Stores the run and writes the report. Returns the reason why this fails.
    pub(super) fn refusal(&self) -> String {
        self.report().unwrap_err()
    }

    /// Stores the run and writes the report. Returns what the command prints.
    pub(super) fn report(&self) -> Result<String, String> {
        let text = |error: Box<dyn std::error::Error>| error.to_string();
        let copy = serde_json::to_string(&self.run).unwrap();
        write::store(&self.paths(), serde_json::from_str(&copy).unwrap()).map_err(text)?;
        write::write(&self.paths()).map_err(text)
    }

    /// Returns the text of a document.
    pub(super) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path("docs").join(name)).unwrap()
    }

    /// Returns whether there are documents.
    pub(super) fn has_documents(&self) -> bool {
        self.path("docs").exists()
    }
}

pub(super) fn origin() -> Origin {
    Origin {
        machine: "an abacus, 2 processors".to_owned(),
        kernel: "0.1".to_owned(),
        rustc: "rustc 1 (of stone)".to_owned(),
        commit: "c0ffee".to_owned(),
        date: "2000-01-01".to_owned(),
        versions: "tokio 9".to_owned(),
    }
}

fn pass() -> Pass {
    let mut times = Times::new();
    for workload in workloads() {
        let rows = times.entry(workload.group.to_owned()).or_default();
        rows.insert(OURS.to_owned(), 10.0);
        for peer in workload.peers {
            rows.insert((*peer).to_owned(), 40.0);
        }
    }
    for extra in &EXTRAS {
        let rows = times.entry(extra.group.to_owned()).or_default();
        for name in extra.rows {
            rows.insert((*name).to_owned(), 7.0);
        }
    }
    let mut growth = Growth::default();
    for name in CONTESTANTS {
        for crew in CREWS {
            for primitive in CURVES {
                for waiting in WAITING {
                    growth.points.push(point(primitive, name, crew, waiting));
                }
            }
            growth.tails.push(point("semaphore", name, crew, 950));
        }
    }
    let mut costs = Vec::new();
    for curve in COSTS {
        for name in CONTESTANTS {
            costs.extend(WAITING.map(|others| Cost {
                curve: curve.to_owned(),
                implementation: name.to_owned(),
                others,
                time: 20.0,
            }));
        }
    }
    let memory = [(OURS, 64), ("tokio", 120)].map(|(name, future)| Footprint {
        primitive: "lock".to_owned(),
        implementation: name.to_owned(),
        future,
        heap: 0.0,
    });
    Pass {
        times,
        growth,
        costs,
        memory: memory.to_vec(),
    }
}

fn point(primitive: &str, name: &str, crew: &str, waiting: usize) -> Point {
    Point {
        primitive: primitive.to_owned(),
        implementation: name.to_owned(),
        crew: crew.to_owned(),
        waiting,
        turn: 100.0,
        wait: Wait {
            p50: 100 * waiting as u64,
            p99: 150 * waiting as u64,
            p999: 200 * waiting as u64,
        },
    }
}

/// Writes a row as criterion does.
pub(super) fn write_row(folder: &Path, group: &str, name: &str, median: f64) {
    let folder = folder.join(group.replace('/', "_")).join(name);
    for (run, median) in [("new", median), ("base", 1_000_000.0)] {
        let folder = folder.join(run);
        fs::create_dir_all(&folder).unwrap();
        let benchmark = format!(r#"{{"group_id":"{group}","function_id":"{name}"}}"#);
        fs::write(folder.join("benchmark.json"), benchmark).unwrap();
        let estimates = format!(r#"{{"median":{{"point_estimate":{median}}}}}"#);
        fs::write(folder.join("estimates.json"), estimates).unwrap();
    }
}
