#![forbid(unsafe_code)]
//! Downloads all files of this repository's `src` and `docs` from an HTTP server that it
//! starts itself, not faster than the server allows, and compares them with the disk.
//!
//! ```text
//! cargo run -p downloader
//! ```
//!
//! The server bears so many requests at a time and so many in a second, and answers
//! `429 Too Many Requests` to who asks more. Paths come out of a bounded `Queue`. Each
//! download takes a token (a `Semaphore` that is refilled) and a permit for a connection
//! (a `Semaphore`), and puts what it got into a `Queue` of results. An `Event` ends the
//! server.
//!
//! | module | what |
//! |---|---|
//! | [`server`] | the server and its limits |
//! | [`client`] | one request |
//! | [`bucket`] | a token bucket |
//!
//! Exit code: 0 if every file is the same as on the disk, and none was refused.

mod bucket;
mod client;
mod server;

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

/// More than there may be requests at a time, so that they do stand in line.
const WORKERS: usize = 16;

/// What the workers share.
struct Download {
    address: SocketAddr,
    bucket: Bucket,
    connections: Semaphore,
    paths: Queue<String>,
    results: Queue<(String, StatusCode, Bytes)>,
}

#[tokio::main]
async fn main() -> ExitCode {
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
    let of_refill = Arc::clone(&download);
    let refill = tokio::spawn(async move { of_refill.bucket.refill(LIMITS.every).await });
    let mut workers: JoinSet<_> = (0..WORKERS).map(|_| work(Arc::clone(&download))).collect();

    let produce = async {
        let _ = download.paths.put_many(index.iter().cloned()).await; // whoever closes it says why
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
    println!("files      {files}");
    println!("bytes      {bytes}");
    println!("seconds    {seconds:.3}");
    println!("at a time  {most} of {}", LIMITS.at_a_time);
    if files != index.len() || files == 0 {
        return Err(format!("{files} files instead of {}", index.len()).into());
    }
    println!("all as on the disk, none refused");
    Ok(())
}

async fn work(download: Arc<Download>) -> Result<(), Box<dyn Error + Send + Sync>> {
    while let Ok(path) = download.paths.get().await {
        download.bucket.take().await;
        let connection = download.connections.acquire().await;
        let (status, body) = client::get(download.address, &path).await?;
        drop(connection);
        let result = download.results.put((path, status, body)).await;
        result.expect("closed when all workers have ended");
    }
    Ok(())
}

/// Compares what comes with the disk. Goes on after an error, so that nobody waits for a
/// place in `results`.
async fn check(
    root: &Path,
    results: &Queue<(String, StatusCode, Bytes)>,
) -> Result<(usize, usize), String> {
    let mut outcome = Ok((0, 0));
    while let Ok((path, status, body)) = results.get().await {
        let file = root.join(path.trim_start_matches('/'));
        let same = fs::read(file).is_ok_and(|expected| expected == body);
        if status != StatusCode::OK {
            outcome = Err(format!("{path}: {status}"));
        } else if !same {
            outcome = Err(format!("{path} is not as on the disk"));
        } else if let Ok((files, bytes)) = &mut outcome {
            *files += 1;
            *bytes += body.len();
        }
    }
    outcome
}
