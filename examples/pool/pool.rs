//! A pool of connections, or of anything else that is lent and comes back.

use std::ops::{Deref, DerefMut};

use aiosync::{LifoQueue, Permit, Semaphore};

pub(crate) struct Pool<C> {
    size: usize,
    /// A permit is the right to have a connection, idle or new.
    permits: Semaphore,
    /// The one used last comes out first, so that a few stay warm.
    idle: LifoQueue<C>,
}

impl<C> Pool<C> {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            permits: Semaphore::bounded(size),
            idle: LifoQueue::unbounded(),
        }
    }

    /// Lends a connection. If none is idle, `open` makes one. Those who wait are served in
    /// order. If this is cancelled, or `open` fails, the permit goes to the next.
    pub(crate) async fn get<F, E>(&self, open: impl FnOnce() -> F) -> Result<Lent<'_, C>, E>
    where
        F: Future<Output = Result<C, E>>,
    {
        let permit = self.permits.acquire().await;
        let connection = match self.idle.try_get() {
            Ok(idle) => idle,
            Err(_) => open().await?,
        };
        Ok(Lent {
            connection: Some(connection),
            idle: &self.idle,
            _permit: permit,
        })
    }

    /// Waits until all have come back, lends no more, and closes them. Answers how many
    /// there were.
    pub(crate) async fn close(&self) -> usize {
        let all = self.permits.acquire_many(self.size).await;
        all.forget();
        self.idle.close_now().count()
    }
}

/// A connection that goes back when it is dropped.
pub(crate) struct Lent<'a, C> {
    /// None if it was discarded.
    connection: Option<C>,
    idle: &'a LifoQueue<C>,
    /// Dropped after the connection has gone back: fields are dropped after `drop`.
    _permit: Permit<'a>,
}

impl<C> Lent<'_, C> {
    /// It is broken: it does not go back.
    pub(crate) fn discard(mut self) {
        self.connection = None;
    }
}

impl<C> Drop for Lent<'_, C> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Unbounded, so there is room. If it is closed, the connection is as well.
            let _ = self.idle.try_put(connection);
        }
    }
}

impl<C> Deref for Lent<'_, C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.connection.as_ref().expect("only discard takes it")
    }
}

impl<C> DerefMut for Lent<'_, C> {
    fn deref_mut(&mut self) -> &mut C {
        self.connection.as_mut().expect("only discard takes it")
    }
}
