//! A pool of connections, or of other values that are lent and returned.

use std::ops::{Deref, DerefMut};

use aiosync::{LifoQueue, Permit, Semaphore};

pub(crate) struct Pool<C> {
    size: usize,
    /// A permit for each connection that may be lent, idle or new.
    permits: Semaphore,
    /// The last connection returned is the first one lent, so that a few stay warm.
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

    /// Lends a connection. If none is idle, `open` creates one. Waiters are served in order.
    /// If the call is cancelled or `open` fails, the next waiter gets the permit.
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

    /// Waits until all connections have been returned, and closes them. Returns their number.
    /// The pool lends no more connections.
    pub(crate) async fn close(&self) -> usize {
        let all = self.permits.acquire_many(self.size).await;
        all.forget();
        self.idle.close_now().count()
    }
}

/// A lent connection. Dropping it returns it to the pool.
pub(crate) struct Lent<'a, C> {
    /// None if it was discarded.
    connection: Option<C>,
    idle: &'a LifoQueue<C>,
    /// Released after `drop` has returned the connection.
    _permit: Permit<'a>,
}

impl<C> Lent<'_, C> {
    /// Drops the connection instead of returning it to the pool.
    pub(crate) fn discard(mut self) {
        self.connection = None;
    }
}

impl<C> Drop for Lent<'_, C> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // The queue is unbounded, so this only fails if the pool is closed. Then the
            // connection is dropped.
            let _ = self.idle.try_put(connection);
        }
    }
}

impl<C> Deref for Lent<'_, C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.connection.as_ref().expect("only `discard` takes it")
    }
}

impl<C> DerefMut for Lent<'_, C> {
    fn deref_mut(&mut self) -> &mut C {
        self.connection.as_mut().expect("only `discard` takes it")
    }
}
