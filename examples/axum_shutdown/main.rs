#![forbid(unsafe_code)]
//! An HTTP server that finishes its jobs before it ends.
//!
//! ```text
//! cargo run -p axum_shutdown -- --port 8080
//! curl --data 'some words' http://127.0.0.1:8080/jobs
//! curl http://127.0.0.1:8080/stats
//! ```
//!
//! `POST /jobs` puts a text into a bounded `Queue`, and workers count its words. A `Semaphore`
//! limits the number of texts that are counted at a time. If the queue is full, the response
//! is `503 Service Unavailable` with `Retry-After`. `GET /stats` returns the counts. With
//! `--paused`, the workers wait for an `Event`, which `POST /resume` sets.
//!
//! SIGTERM or Ctrl-C closes the queue. Then axum accepts no more connections, a job that
//! arrives late gets `503`, and the workers finish the accepted jobs. After a deadline, the
//! server aborts them.
//!
//! | module | contents |
//! |---|---|
//! | [`arguments`] | the command line |
//! | [`routes`] | the requests and their responses |
//! | [`service`] | the queue, the workers and the counts |
//! | [`stop`] | the signals |
//!
//! Exit code: 0 if all accepted jobs are done, 1 if jobs were lost or the server cannot start,
//! 2 if the arguments are invalid.

mod arguments;
mod routes;
mod service;
mod stop;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::arguments::Arguments;
use crate::service::Service;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::read()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    let service = Arc::new(Service::new(arguments.capacity.into(), arguments.paused));
    let mut workers: JoinSet<()> = Arc::clone(&service).workers().collect();

    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .map_err(|error| io::Error::other(format!("cannot listen on {address}: {error}")))?;
    let signal = stop::signal()?;
    println!("listening on http://{}", listener.local_addr()?);

    // When the queue is closed, the server ends after its last response.
    let closed = {
        let service = Arc::clone(&service);
        async move { service.jobs.closed().await }
    };
    let server = axum::serve(listener, routes::router(Arc::clone(&service)));
    let mut server = JoinSet::from_iter([server.with_graceful_shutdown(closed).into_future()]);

    let reason = tokio::select! {
        () = signal => "a signal",
        // Before the queue is closed, only a panic ends the server or a worker.
        Some(_) = server.join_next() => "a panic in the server",
        Some(_) = workers.join_next() => "a panic in a worker",
    };
    service.jobs.close();
    println!("stopped by {reason}: {}", service.counts());
    let drain = async {
        while server.join_next().await.is_some() {}
        service.jobs.join().await;
    };
    let deadline = Duration::from_secs(arguments.deadline.into());
    if timeout(deadline, drain).await.is_err() {
        println!("the deadline of {} s has passed", arguments.deadline);
    }
    workers.shutdown().await; // aborts those that still work

    let counts = service.counts();
    println!("ended: {counts}");
    match counts.accepted - counts.done {
        0 => Ok(()),
        lost => Err(io::Error::other(format!("{lost} accepted jobs were lost"))),
    }
}
