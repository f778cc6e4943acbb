//! The stages, and the queues between them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::{fs, io};

use aiosync::{Event, Queue};
use async_executor::Executor;
use blocking::unblock;

/// The number of reading tasks.
const READERS: usize = 4;

/// The number of counting tasks.
const COUNTERS: usize = 2;

/// The totals by kind of file.
pub(crate) type Totals = BTreeMap<String, Total>;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) files: u64,
    pub(crate) lines: u64,
}

/// Returns the kind of a file: its extension.
pub(crate) fn kind(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().into_owned()
}

pub(crate) struct Pipeline {
    stop: &'static Event,
    paths: Queue<PathBuf>,
    /// The contents of files. The capacity is small, because they may be large.
    texts: Queue<(PathBuf, io::Result<String>)>,
    counts: Queue<(PathBuf, io::Result<u64>)>,
}

impl Pipeline {
    pub(crate) fn new(stop: &'static Event) -> Self {
        Self {
            stop,
            paths: Queue::bounded(16),
            texts: Queue::bounded(READERS),
            counts: Queue::bounded(16),
        }
    }

    /// Puts the paths into the pipeline until `stop` is set. Returns the number of times that
    /// it put each file.
    pub(crate) async fn walk(&self, files: &[PathBuf], forever: bool) -> HashMap<PathBuf, u64> {
        let _close = self.paths.close_guard();
        let mut entered = HashMap::new();
        'walk: loop {
            for path in files {
                if self.stop.is_set() {
                    break 'walk;
                }
                let put = self.paths.put(path.clone()).await;
                put.expect("only the end of this function closes it");
                *entered.entry(path.clone()).or_default() += 1;
            }
            if !forever {
                break;
            }
        }
        entered
    }

    /// Reads the files, and closes the next queue when all readers have ended.
    pub(crate) async fn read<'a>(&'a self, executor: &Executor<'a>) {
        let _close = self.texts.close_guard();
        let readers = [(); READERS].map(|()| {
            executor.spawn(async {
                while let Ok(path) = self.paths.get().await {
                    let file = path.clone();
                    let text = unblock(|| fs::read_to_string(file)).await;
                    let put = self.texts.put((path, text)).await;
                    put.expect("it is closed after all readers have ended");
                }
            })
        });
        for reader in readers {
            reader.await;
        }
    }

    /// Counts the lines, and closes the next queue when all counters have ended.
    pub(crate) async fn count<'a>(&'a self, executor: &Executor<'a>) {
        let _close = self.counts.close_guard();
        let counters = [(); COUNTERS].map(|()| {
            executor.spawn(async {
                while let Ok((path, text)) = self.texts.get().await {
                    let lines = text.map(|text| text.lines().count() as u64);
                    let put = self.counts.put((path, lines)).await;
                    put.expect("it is closed after all counters have ended");
                }
            })
        });
        for counter in counters {
            counter.await;
        }
    }

    /// Adds up the counts. After an error, it sets `stop` but still takes the remaining
    /// counts, so that no earlier stage waits forever.
    pub(crate) async fn add_up(&self) -> io::Result<Totals> {
        let mut totals = Totals::new();
        let mut outcome = Ok(());
        while let Ok((path, lines)) = self.counts.get().await {
            match lines {
                Ok(lines) => {
                    if totals.is_empty() {
                        println!("running; Ctrl-C stops it");
                    }
                    let total = totals.entry(kind(&path)).or_default();
                    total.files += 1;
                    total.lines += lines;
                }
                Err(error) => {
                    self.stop.set();
                    outcome = Err(io::Error::other(format!("{path:?}: {error}")));
                }
            }
        }
        outcome.map(|()| totals)
    }
}
