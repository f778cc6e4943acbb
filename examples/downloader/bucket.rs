//! A token bucket.

use std::time::Duration;

use aiosync::Semaphore;
use tokio::time::interval;

/// A bucket that holds a number of tokens and regularly gets a new one. It is a bounded
/// semaphore: taking a token forgets a permit, and a new token is a release. The release
/// fails if the bucket is full.
pub(crate) struct Bucket {
    tokens: Semaphore,
}

impl Bucket {
    /// Creates a full bucket.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            tokens: Semaphore::bounded(size),
        }
    }

    /// Takes a token. Waits until there is one.
    pub(crate) async fn take(&self) {
        self.tokens.acquire().await.forget();
    }

    /// Adds a token at each interval, forever.
    pub(crate) async fn refill(&self, every: Duration) {
        let mut ticks = interval(every);
        ticks.tick().await; // the first tick is immediate
        loop {
            ticks.tick().await;
            let _full = self.tokens.release(1).is_err();
        }
    }
}
