//! A `select!` keeps a future that was granted a lock, and does not poll it.

use std::pin::pin;

use aiosync::diagnostics::scope;
use aiosync::{Event, Lock};
use tokio::task::yield_now;

static CATALOG: Lock<Vec<&str>> = Lock::new(Vec::new()).named("catalog");
static PROGRESS: Event = Event::new().named("progress");

/// Runs an indexer and a syncer, which share a catalog. It never returns.
pub async fn run() {
    tokio::join!(scope("indexer", index()), scope("syncer", sync()));
}

/// Asks for a line of progress while it has the lock.
async fn index() {
    let mut catalog = CATALOG.lock().await;
    catalog.push("from the indexer");
    PROGRESS.set();
    yield_now().await; // the syncer begins to wait
    drop(catalog); // hands the lock off to the first waiter
}

/// Adds an entry. If it is asked for a line of progress meanwhile, prints one.
async fn sync() {
    let mut entry = pin!(add_entry());
    tokio::select! {
        biased;
        () = &mut entry => {}
        () = PROGRESS.wait() => {
            // The mistake: `entry` still exists, and nothing polls it from here on.
            println!("{} entries so far", CATALOG.lock().await.len());
            entry.await;
        }
    }
}

async fn add_entry() {
    CATALOG.lock().await.push("from the syncer");
}
