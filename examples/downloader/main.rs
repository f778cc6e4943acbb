#![forbid(unsafe_code)]
//! Downloads all files of this repository's `src` and `docs` from an HTTP server that it
//! starts itself, no faster than the server allows. Compares them with the files on disk.
//!
//! ```text
//! cargo run -p downloader
//! ```
//!
//! The server limits the requests at a time and the requests per second. To any other
//! request it responds `429 Too Many Requests`. Workers get paths from a bounded `Queue`.
//! For each download they take a token (a `Semaphore` that is refilled) and a permit for a
//! connection (a `Semaphore`). They put the results into another `Queue`. An `Event` stops
//! the server.
//!
//! | module | contents |
//! |---|---|
//! | [`server`] | the server and its limits |
//! | [`client`] | a request of the client |
//! | [`bucket`] | a token bucket |
//!
//! Exit code: 0 if every file is the same as on disk and no request was refused.

mod bucket;
mod client;
mod server;
#[path = "../usage.rs"]
mod usage;

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aiosync::{Event, Queue, Semaphore};
use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::bucket::Bucket;
use crate::server::{Limits, Server};

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const LIMITS: Limits = Limits {
    at_a_time: 4,
    burst: 10,
    every: Duration::from_millis(2),
};

/// More workers than requests at a time, so some of them wait.
const WORKERS: usize = 16;

/// The state that the workers share.
struct Download {
    address: SocketAddr,
    bucket: Bucket,
    connections: Semaphore,
    paths: Queue<String>,
    results: Queue<(String, StatusCode, Bytes)>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let [] = usage::read(
        "Downloads files from a server within its limits on requests, and checks them.",
        [],
    );
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let root = Path::new(ROOT);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = Arc::new(Server::new(root, &["src", "docs"], LIMITS)?);
    let stop = Arc::new(Event::new());
    let serving = tokio::spawn(Arc::clone(&server).serve(listener, Arc::clone(&stop)));

    let (_, index) = client::get(address, "/").await?;
    let index: Vec<String> = std::str::from_utf8(&index)?
        .lines()
        .map(str::to_owned)
        .collect();

    let begin = Instant::now();
    server.count_from_now();
    let download = Arc::new(Download {
        address,
        bucket: Bucket::new(LIMITS.burst),
        connections: Semaphore::bounded(LIMITS.at_a_time),
        paths: Queue::bounded(WORKERS),
        results: Queue::bounded(WORKERS),
    });
    let refilled = Arc::clone(&download);
    let refill = tokio::spawn(async move { refilled.bucket.refill(LIMITS.every).await });
    let mut workers: JoinSet<_> = (0..WORKERS).map(|_| work(Arc::clone(&download))).collect();

    let produce = async {
        // This fails only if a worker fails, and `watch` returns that error.
        let _ = download.paths.put_many(index.iter().cloned()).await;
        download.paths.close();
    };
    let watch = async {
        let mut outcome = Ok(());
        while let Some(ended) = workers.join_next().await {
            if let Err(error) = ended.expect("a worker does not panic") {
                drop(download.paths.close_now());
                outcome = Err(error);
            }
        }
        download.results.close();
        outcome
    };
    let ((), watched, checked) = tokio::join!(produce, watch, check(root, &download.results));
    let seconds = begin.elapsed().as_secs_f64();
    refill.abort();
    stop.set();
    serving.await??;
    watched?;

    let (files, bytes) = checked?;
    let most = server.most_at_a_time();
    println!("files                {files}");
    println!("bytes                {bytes}");
    println!("seconds              {seconds:.3}");
    println!("requests at a time   {most} (limit: {})", LIMITS.at_a_time);
    if files != index.len() || files == 0 {
        return Err(format!("downloaded {files} files instead of {}", index.len()).into());
    }
    println!("all files are the same as on disk, and no request was refused");
    Ok(())
}

async fn work(download: Arc<Download>) -> Result<(), Box<dyn Error + Send + Sync>> {
    while let Ok(path) = download.paths.get().await {
        download.bucket.take().await;
        let connection = download.connections.acquire().await;
        let (status, body) = client::get(download.address, &path).await?;
        drop(connection);
        let result = download.results.put((path, status, body)).await;
        result.expect("results is closed after all workers have ended");
    }
    Ok(())
}

/// Compares the results with the files on disk. Continues after an error, so that no worker
/// waits for room in `results` forever.
async fn check(
    root: &Path,
    results: &Queue<(String, StatusCode, Bytes)>,
) -> Result<(usize, usize), String> {
    let mut outcome = Ok((0, 0));
    while let Ok((path, status, body)) = results.get().await {
        let file = root.join(path.trim_start_matches('/'));
        let same = fs::read(file).is_ok_and(|expected| expected == body);
        if status != StatusCode::OK {
            outcome = Err(format!("the server responded {status} to {path}"));
        } else if !same {
            outcome = Err(format!("{path} differs from the file on disk"));
        } else if let Ok((files, bytes)) = &mut outcome {
            *files += 1;
            *bytes += body.len();
        }
    }
    outcome
}
