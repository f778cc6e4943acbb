#![forbid(unsafe_code)]
//! A stack of tower services with a limit on the calls in flight.
//!
//! ```text
//! cargo run -p tower_limit
//! ```
//!
//! The layer is in `limit.rs`. `poll_ready` polls an `AcquireOwned` in a pinned box, which
//! is allocated once for each service and reused for each call. Every call meets others at a
//! `Barrier`, which shows that the limit is also reached.
//!
//! Exit code: 0 if all calls were made, and at most as many as allowed at a time.

#[path = "../usage.rs"]
mod usage;

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::Barrier;
use tokio::task::JoinSet;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_limit::LimitLayer;

const LIMIT: usize = 3;

/// The number of calls: a multiple of the limit, because calls meet in groups of that size.
const CALLS: usize = 10 * LIMIT;

/// What the service sees of its calls.
struct Seen {
    in_flight: AtomicUsize,
    most: AtomicUsize,
    /// Reached by as many calls as the limit allows.
    meeting: Barrier,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let [] = usage::read(
        "Calls a tower service with a limit on the calls in flight, and checks the limit.",
        [],
    );
    let seen = Arc::new(Seen {
        in_flight: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        meeting: Barrier::new(LIMIT),
    });
    let service = ServiceBuilder::new()
        .layer(LimitLayer::new(LIMIT))
        .service(service_fn({
            let seen = Arc::clone(&seen);
            move |number| respond(Arc::clone(&seen), number)
        }));

    let mut calls: JoinSet<_> = (0..CALLS)
        .map(|number| service.clone().oneshot(number))
        .collect();
    let mut made = 0;
    while let Some(response) = calls.join_next().await {
        made += usize::from(response.is_ok());
    }
    let most = seen.most.load(Ordering::Relaxed);
    println!("{made} calls, at most {most} in flight");
    if made == CALLS && most == LIMIT {
        ExitCode::SUCCESS
    } else {
        eprintln!("error: expected {CALLS} calls, {LIMIT} in flight");
        ExitCode::FAILURE
    }
}

async fn respond(seen: Arc<Seen>, number: usize) -> Result<usize, Infallible> {
    let in_flight = seen.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
    seen.most.fetch_max(in_flight, Ordering::Relaxed);
    seen.meeting
        .wait()
        .await
        .expect("nobody breaks the barrier");
    seen.in_flight.fetch_sub(1, Ordering::Relaxed);
    Ok(number)
}
