#![forbid(unsafe_code)]
//! A read-mostly cache with single flight: however many ask for the same thing at the same
//! time, it is loaded once.
//!
//! ```text
//! cargo run -p cache
//! ```
//!
//! Many tasks on a pool of threads ask for the number of words in the files of this
//! repository, some files far more often than others. A `Barrier` makes all of them ask for
//! the first one at the same time. Then it is seen what happens if whoever loads is
//! cancelled, if loading fails, and if what was loaded is not to be used any more.
//!
//! Exit code: 0 if every answer is right, and each file was read once.

mod cache;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use aiosync::Barrier;
use blocking::unblock;
use futures::executor::{ThreadPool, block_on};
use futures::future::{join_all, pending, poll_immediate};
use futures::task::SpawnExt;
use walkdir::WalkDir;

use crate::cache::Cache;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const THREADS: usize = 2;
const TASKS: usize = 32;
const REQUESTS: usize = 200;

/// What the tasks share.
struct Shared {
    files: Vec<PathBuf>,
    cache: Cache<PathBuf, usize>,
    loads: AtomicUsize,
    start: Barrier,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let shared = Arc::new(Shared {
        files: files(Path::new(ROOT))?,
        cache: Cache::new(),
        loads: AtomicUsize::new(0),
        start: Barrier::new(TASKS),
    });
    let threads = ThreadPool::builder().pool_size(THREADS).create()?;
    let tasks = (0..TASKS).map(|task| {
        let asking = ask(Arc::clone(&shared), task);
        threads.spawn_with_handle(asking).map_err(io::Error::other)
    });
    let tasks = tasks.collect::<io::Result<Vec<_>>>()?;

    let right: HashMap<&PathBuf, usize> = (shared.files.iter())
        .map(|path| Ok((path, count(path)?)))
        .collect::<io::Result<_>>()?;
    let mut asked = HashSet::new();
    for answers in block_on(join_all(tasks)) {
        for (path, words) in answers? {
            require(right[&path] == words, "an answer is right")?;
            asked.insert(path);
        }
    }
    let loads = shared.loads.load(Ordering::Relaxed);
    println!("requests  {}", TASKS * REQUESTS);
    println!("files     {}", asked.len());
    println!("loads     {loads}");
    require(loads == asked.len(), "each file is loaded once")?;
    block_on(what_else_may_happen(&shared.files[0]))?;
    println!("cancelled, failed and invalidated loads are made up for");
    Ok(())
}

/// The requests of one task.
async fn ask(shared: Arc<Shared>, task: usize) -> io::Result<Vec<(PathBuf, usize)>> {
    let mut random = task as u64 + 1;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let mut answers = Vec::new();
    shared.start.wait().await.map_err(io::Error::other)?;
    for request in 0..REQUESTS {
        // The first for all, then the smaller of two random ones.
        let some = next(shared.files.len()).min(next(shared.files.len()));
        let path = &shared.files[if request == 0 { 0 } else { some }];
        let load = || async {
            shared.loads.fetch_add(1, Ordering::Relaxed);
            let path = path.clone();
            unblock(move || count(&path)).await
        };
        answers.push((path.clone(), shared.cache.get(path, load).await?));
    }
    Ok(answers)
}

async fn what_else_may_happen(path: &PathBuf) -> io::Result<()> {
    let cache: Cache<PathBuf, usize> = Cache::new();
    let found = |number: usize| async move { Ok::<_, io::Error>(number) };

    // One loads, and never ends. Another waits for it.
    let mut first = Box::pin(cache.get(path, pending::<io::Result<usize>>));
    let mut second = Box::pin(cache.get(path, || found(2)));
    require(
        poll_immediate(&mut first).await.is_none(),
        "the first one loads",
    )?;
    require(
        poll_immediate(&mut second).await.is_none(),
        "the second one waits",
    )?;
    drop(first);
    require(second.await? == 2, "the second one loads")?;

    // What is there is not loaded again, until it is invalid.
    require(cache.get(path, || found(3)).await? == 2, "it is kept")?;
    cache.invalidate(path);
    require(
        cache.get(path, || found(4)).await? == 4,
        "it is loaded again",
    )?;

    // An error is for the one who loads.
    cache.invalidate(path);
    let failing = || async { Err(io::Error::other("no luck")) };
    require(
        cache.get(path, failing).await.is_err(),
        "the error comes out",
    )?;
    require(cache.get(path, || found(5)).await? == 5, "it is not kept")
}

fn require(holds: bool, what: &str) -> io::Result<()> {
    if holds {
        Ok(())
    } else {
        Err(io::Error::other(format!("it does not hold that {what}")))
    }
}

fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root.join("src")).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn count(path: &Path) -> io::Result<usize> {
    Ok(fs::read_to_string(path)?.split_whitespace().count())
}
