//! Jobs, workers, and a clean shutdown.

use aiosync::{Event, Lock, Queue};

use crate::pool::Pool;
use crate::seeded;

/// Adds up numbers, each over a connection that counts its uses.
pub struct Service {
    jobs: Queue<u32>,
    connections: Pool<u32>,
    sum: Lock<u32>,
    stopped: Event,
}

impl Service {
    /// Creates a service with room for this many waiting jobs.
    pub fn new(room: usize, connections: usize) -> Self {
        Self {
            jobs: Queue::bounded(room),
            connections: Pool::new(vec![0; connections]),
            sum: Lock::new(0),
            stopped: Event::new(),
        }
    }

    /// Accepts a job. Returns `false` if the service is shutting down.
    pub async fn submit(&self, job: u32) -> bool {
        self.jobs.put(job).await.is_ok()
    }

    /// Does jobs until the service has shut down.
    pub async fn work(&self) {
        while let Ok(job) = self.jobs.get().await {
            *self.connections.take().await += 1;
            *self.sum.lock().await += job;
            self.jobs.task_done().expect("this job was not done before");
            if seeded::bug("leaves work behind") && self.jobs.is_closed() {
                return;
            }
        }
    }

    /// Accepts no more jobs, and waits until the accepted ones are done.
    pub async fn shut_down(&self) {
        self.jobs.close();
        if seeded::bug("stopped before done") {
            self.stopped.set();
        }
        self.jobs.join().await;
        self.stopped.set();
    }

    /// Waits until the service has shut down. Returns the sum of all jobs.
    pub async fn stopped(&self) -> u32 {
        self.stopped.wait().await;
        *self.sum.lock().await
    }
}
