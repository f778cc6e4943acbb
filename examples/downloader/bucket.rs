//! A token bucket.

use std::time::Duration;

use aiosync::Semaphore;
use tokio::time::interval;

/// So many tokens at once, and a new one every now and then. A bounded semaphore is just
/// that: a token that is taken is forgotten, one that comes is released, and what would
/// not fit is refused.
pub(crate) struct Bucket {
    tokens: Semaphore,
}

impl Bucket {
    /// Full.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            tokens: Semaphore::bounded(size),
        }
    }

    /// Takes a token, when there is one.
    pub(crate) async fn take(&self) {
        self.tokens.acquire().await.forget();
    }

    /// Puts one in every time, for ever.
    pub(crate) async fn refill(&self, every: Duration) {
        let mut ticks = interval(every);
        ticks.tick().await; // the first one comes at once
        loop {
            ticks.tick().await;
            let _full = self.tokens.release(1).is_err();
        }
    }
}
