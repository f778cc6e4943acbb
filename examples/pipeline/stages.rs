//! The stages, and the queues between them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::{fs, io};

use aiosync::{Event, Queue};
use async_executor::Executor;
use blocking::unblock;

/// How many read, and how many count.
const READERS: usize = 4;
const COUNTERS: usize = 2;

/// By kind of file.
pub(crate) type Totals = BTreeMap<String, Total>;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) files: u64,
    pub(crate) lines: u64,
}

/// The kind of a file: its extension.
pub(crate) fn kind(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().into_owned()
}

pub(crate) struct Pipeline {
    stop: &'static Event,
    paths: Queue<PathBuf>,
    /// Whole files, so few of them.
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

    /// The only stage that knows of `stop`. Answers how often it let each file in.
    pub(crate) async fn walk(&self, files: &[PathBuf], forever: bool) -> HashMap<PathBuf, u64> {
        let mut entered = HashMap::new();
        'walk: loop {
            for path in files {
                if self.stop.is_set() {
                    break 'walk;
                }
                let put = self.paths.put(path.clone()).await;
                put.expect("closed below only");
                *entered.entry(path.clone()).or_default() += 1;
            }
            if !forever {
                break;
            }
        }
        self.paths.close();
        entered
    }

    /// The last of the readers closes the queue behind them.
    pub(crate) async fn read<'a>(&'a self, executor: &Executor<'a>) {
        let readers = [(); READERS].map(|()| {
            executor.spawn(async {
                while let Ok(path) = self.paths.get().await {
                    let of_thread = path.clone();
                    let text = unblock(|| fs::read_to_string(of_thread)).await;
                    let put = self.texts.put((path, text)).await;
                    put.expect("closed when all readers have ended");
                }
            })
        });
        for reader in readers {
            reader.await;
        }
        self.texts.close();
    }

    pub(crate) async fn count<'a>(&'a self, executor: &Executor<'a>) {
        let counters = [(); COUNTERS].map(|()| {
            executor.spawn(async {
                while let Ok((path, text)) = self.texts.get().await {
                    let lines = text.map(|text| text.lines().count() as u64);
                    let put = self.counts.put((path, lines)).await;
                    put.expect("closed when all counters have ended");
                }
            })
        });
        for counter in counters {
            counter.await;
        }
        self.counts.close();
    }

    /// After an error it asks for the end, and takes the rest all the same: nobody behind it
    /// may wait for ever.
    pub(crate) async fn add_up(&self) -> io::Result<Totals> {
        let mut totals = Totals::new();
        let mut outcome = Ok(());
        while let Ok((path, lines)) = self.counts.get().await {
            match lines {
                Ok(lines) => {
                    if totals.is_empty() {
                        println!("running; Ctrl-C ends it in good order");
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
