//! A pool has no more connections, because some never come back.

use aiosync::diagnostics::scope;
use aiosync::{Permit, Semaphore};
use tokio::task::yield_now;

static CONNECTIONS: Semaphore = Semaphore::bounded(4).named("connections");

/// Handles one request after the other. It never returns, because every third one fails.
pub async fn run() {
    let mut failed = Vec::new();
    for number in 1.. {
        let request = scope(format!("request {number}"), handle(number));
        // The mistake: the errors are kept for later, and each contains a connection.
        failed.extend(request.await.err());
    }
}

/// A request that failed.
#[derive(Debug)]
struct Failed {
    #[expect(dead_code, reason = "this connection is what leaks")]
    connection: Permit<'static>,
}

async fn handle(number: u32) -> Result<(), Failed> {
    if number % 3 == 0 {
        return Err(export().await);
    }
    let _connection = CONNECTIONS.acquire().await;
    yield_now().await; // uses the connection
    Ok(())
}

/// Fails, and returns an error that contains its connection.
async fn export() -> Failed {
    let connection = CONNECTIONS.acquire().await;
    yield_now().await; // the server closes the connection
    Failed { connection }
}
