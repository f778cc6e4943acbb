//! Two tasks acquire two locks in opposite orders.

use aiosync::Lock;
use aiosync::diagnostics::scope;
use tokio::task::yield_now;

static ANN: Lock<u32> = Lock::new(100).named("account of Ann");
static BOB: Lock<u32> = Lock::new(100).named("account of Bob");

/// Transfers money between two accounts, in both directions at once. It never returns.
pub async fn run() {
    tokio::join!(
        scope("Ann to Bob", transfer(&ANN, &BOB, 5)),
        scope("Bob to Ann", transfer(&BOB, &ANN, 7)),
    );
}

async fn transfer(from: &Lock<u32>, to: &Lock<u32>, amount: u32) {
    let mut from = from.lock().await;
    yield_now().await; // checks whether the transfer is allowed
    // The mistake: the other transfer acquires the locks in the other order.
    let mut to = to.lock().await;
    *from -= amount;
    *to += amount;
}
