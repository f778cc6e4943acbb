#![forbid(unsafe_code)]
//! A read-mostly cache with single flight: if many tasks request the same value at the same
//! time, it is loaded once.
//!
//! ```text
//! cargo run -p cache
//! ```
//!
//! Many tasks on a pool of threads request the number of words in files of this repository,
//! some files much more often than others. A `Barrier` makes all of them request the first
//! file at the same time. Then the program shows what happens if a load is cancelled, if it
//! fails, and if a value is invalidated.
//!
//! Exit code: 0 if every result is right and each file was read once.

mod cache;
#[path = "../usage.rs"]
mod usage;

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

/// The state that the tasks share.
struct Shared {
    files: Vec<PathBuf>,
    cache: Cache<PathBuf, usize>,
    loads: AtomicUsize,
    start: Barrier,
}

fn main() -> ExitCode {
    let [] = usage::read(
        "Reads values through a cache that loads each of them once, and checks them.",
        [],
    );
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
        let requests = request_files(Arc::clone(&shared), task);
        threads
            .spawn_with_handle(requests)
            .map_err(io::Error::other)
    });
    let tasks = tasks.collect::<io::Result<Vec<_>>>()?;

    let right: HashMap<&PathBuf, usize> = (shared.files.iter())
        .map(|path| Ok((path, count(path)?)))
        .collect::<io::Result<_>>()?;
    let mut requested = HashSet::new();
    for results in block_on(join_all(tasks)) {
        for (path, words) in results? {
            require(right[&path] == words, "each result is right")?;
            requested.insert(path);
        }
    }
    let loads = shared.loads.load(Ordering::Relaxed);
    println!("requests  {}", TASKS * REQUESTS);
    println!("files     {}", requested.len());
    println!("loads     {loads}");
    require(loads == requested.len(), "each file is loaded once")?;
    block_on(check_repeated_loads(&shared.files[0]))?;
    println!("cancelled, failed and invalidated loads are repeated");
    Ok(())
}

/// Makes the requests of one task and returns their results.
async fn request_files(shared: Arc<Shared>, task: usize) -> io::Result<Vec<(PathBuf, usize)>> {
    let mut random = task as u64 + 1;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let mut results = Vec::new();
    shared.start.wait().await.map_err(io::Error::other)?;
    for request in 0..REQUESTS {
        // First the same file for all tasks, then the smaller of two random indices.
        let some = next(shared.files.len()).min(next(shared.files.len()));
        let path = &shared.files[if request == 0 { 0 } else { some }];
        let load = || async {
            shared.loads.fetch_add(1, Ordering::Relaxed);
            let path = path.clone();
            unblock(move || count(&path)).await
        };
        results.push((path.clone(), shared.cache.get(path, load).await?));
    }
    Ok(results)
}

/// Checks that a load is repeated if it is cancelled, invalidated or fails.
async fn check_repeated_loads(path: &PathBuf) -> io::Result<()> {
    let cache: Cache<PathBuf, usize> = Cache::new();
    let found = |number: usize| async move { Ok::<_, io::Error>(number) };

    // The first load never ends. Another caller waits for it.
    let mut first = Box::pin(cache.get(path, pending::<io::Result<usize>>));
    let mut second = Box::pin(cache.get(path, || found(2)));
    require(
        poll_immediate(&mut first).await.is_none(),
        "the first caller loads",
    )?;
    require(
        poll_immediate(&mut second).await.is_none(),
        "the second caller waits",
    )?;
    drop(first);
    require(second.await? == 2, "the second caller loads")?;

    // A value is kept until it is invalidated.
    require(
        cache.get(path, || found(3)).await? == 2,
        "the value is kept",
    )?;
    cache.invalidate(path);
    require(
        cache.get(path, || found(4)).await? == 4,
        "the value is loaded again",
    )?;

    // Only the caller that loads gets the error.
    cache.invalidate(path);
    let failing = || async { Err(io::Error::other("a failed load")) };
    require(
        cache.get(path, failing).await.is_err(),
        "the error is returned",
    )?;
    require(
        cache.get(path, || found(5)).await? == 5,
        "the error is not kept",
    )
}

fn require(holds: bool, what: &str) -> io::Result<()> {
    if holds {
        Ok(())
    } else {
        Err(io::Error::other(format!("expected that {what}")))
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
