#![forbid(unsafe_code)]
//! A worker pool with back-pressure, a limit on requests and graceful shutdown.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aiosync::{Queue, Semaphore};
use tokio::signal;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() -> io::Result<ExitCode> {
    let queue = Arc::new(Queue::bounded(16)); // the producer waits while it is full
    let limit = Arc::new(Semaphore::new(3)); // at most 3 requests at a time, with 8 workers
    let workers = (0..8).map(|_| work(Arc::clone(&queue), Arc::clone(&limit)));
    let mut workers: JoinSet<()> = workers.collect(); // spawns them

    let (mut jobs, mut accepted) = (1..=100, 0);
    let produce = async {
        eprintln!("running; Ctrl-C stops it");
        // Waits for room before it takes a job. So if `select!` cancels the wait, no job is lost.
        while let Ok(slot) = queue.reserve().await {
            let Some(job) = jobs.next() else { break };
            slot.put(job).expect("only `main` closes the queue");
            accepted += 1;
        }
    };
    let reason = tokio::select! {
        biased; // polls the signals first: their handlers exist before a job is accepted
        signal = stop_signal() => signal.map(|()| "a signal")?,
        Some(_) = workers.join_next() => "a panic in a worker", // which stops the service
        () = produce => "the end of the jobs",
    };

    queue.close(); // the workers finish all accepted jobs, and end
    let drain = async { while workers.join_next().await.is_some() {} };
    if timeout(Duration::from_secs(10), drain).await.is_err() {
        workers.shutdown().await; // aborts the workers
    }
    let lost = queue.unfinished(); // jobs without a `task_done`
    println!("stopped by {reason}: {accepted} jobs accepted, {lost} lost");
    Ok(ExitCode::from(u8::from(lost > 0)))
}

async fn work(queue: Arc<Queue<u32>>, limit: Arc<Semaphore>) {
    // `get` fails when the queue is closed and empty.
    while let Ok(job) = queue.get().await {
        let permit = limit.acquire().await;
        let response = request(job).await;
        drop(permit); // the rest of the job is not limited
        println!("{response}");
        queue.task_done().expect("one call for each job");
    }
}

/// Sends a request to another service. Put your own code here.
async fn request(job: u32) -> String {
    sleep(Duration::from_millis(20)).await;
    format!("job {job} is done")
}

/// Waits for Ctrl-C and, on Unix, for SIGTERM.
async fn stop_signal() -> io::Result<()> {
    #[cfg(unix)]
    let terminated = async {
        let kind = signal::unix::SignalKind::terminate();
        signal::unix::signal(kind)?.recv().await;
        Ok(())
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending();
    tokio::select! {
        result = signal::ctrl_c() => result,
        result = terminated => result,
    }
}
