//! The queue, the workers and the counts.

use std::fmt;
use std::sync::{Arc, Mutex};

use aiosync::{Event, Queue, Semaphore, TryPutError};
use tokio::task::spawn_blocking;

/// The number of workers.
const WORKERS: usize = 8;

/// The number of texts that are counted at a time, each on a thread of its own.
const AT_A_TIME: usize = 2;

pub(crate) struct Service {
    /// The accepted texts. Closed when the server stops.
    pub(crate) jobs: Queue<String>,
    /// Set when the workers may begin.
    pub(crate) running: Event,
    limit: Semaphore,
    /// A mutex of std, because no guard is held across an `await`.
    counts: Mutex<Counts>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) done: u64,
    words: usize,
}

impl Service {
    pub(crate) fn new(capacity: usize, paused: bool) -> Self {
        Self {
            jobs: Queue::bounded(capacity),
            running: Event::with_state(!paused),
            limit: Semaphore::bounded(AT_A_TIME),
            counts: Mutex::default(),
        }
    }

    /// Accepts a text, if the queue is open and has room.
    pub(crate) fn accept(&self, text: String) -> Result<(), TryPutError<String>> {
        // The counts are locked first, so no worker counts the text as done before.
        let mut counts = self.counts.lock().unwrap();
        self.jobs.try_put(text)?;
        counts.accepted += 1;
        Ok(())
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.counts.lock().unwrap()
    }

    /// Returns the futures of the workers.
    pub(crate) fn workers(self: Arc<Self>) -> impl Iterator<Item = impl Future<Output = ()>> {
        (0..WORKERS).map(move |_| Arc::clone(&self).work())
    }

    /// Counts the words of accepted texts, until the queue is closed and empty.
    async fn work(self: Arc<Self>) {
        self.running.wait().await;
        while let Ok(text) = self.jobs.get().await {
            // If this worker panics or is aborted, `join` does not wait for the text forever.
            let _done = self.jobs.done_guard();
            let permit = self.limit.acquire().await;
            let words = spawn_blocking(move || text.split_whitespace().count());
            let words = words.await.expect("counting does not panic");
            drop(permit);
            let mut counts = self.counts.lock().unwrap();
            counts.done += 1;
            counts.words += words;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            accepted,
            done,
            words,
        } = self;
        write!(f, "accepted {accepted}, done {done}, words {words}")
    }
}
