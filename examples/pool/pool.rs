//! A pool of connections, or of other values that are lent and returned.

use std::error::Error;
use std::fmt;
use std::ops::{Deref, DerefMut};

use aiosync::{DoneGuard, Lifo, LifoQueue};

pub(crate) struct Pool<C> {
    /// As many places as the pool may have connections. A place holds an idle connection, or
    /// is empty. The last place returned is the first one lent, so that a few connections
    /// stay warm.
    places: LifoQueue<Option<C>>,
}

/// The error of [`Pool::get`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum GetError<E> {
    /// The pool is closed.
    Closed,
    /// No connection was idle, and a new one could not be opened.
    Open(E),
}

impl<C> Pool<C> {
    pub(crate) fn new(size: usize) -> Self {
        let places = LifoQueue::bounded(size);
        for _ in 0..size {
            let put = places.try_put(None);
            assert!(put.is_ok(), "the queue has room for all places");
        }
        Self { places }
    }

    /// Lends a connection. If its place is empty, `open` creates one. Waiters are served in
    /// order. If the call is cancelled or `open` fails, the next waiter gets the place.
    pub(crate) async fn get<F, E>(
        &self,
        open: impl FnOnce() -> F,
    ) -> Result<Lent<'_, C>, GetError<E>>
    where
        F: Future<Output = Result<C, E>>,
    {
        let connection = self.places.get().await.map_err(|_| GetError::Closed)?;
        let mut lent = Lent {
            connection,
            places: &self.places,
            _done: self.places.done_guard(),
        };
        if lent.connection.is_none() {
            lent.connection = Some(open().await.map_err(GetError::Open)?);
        }
        Ok(lent)
    }

    /// Closes the pool and returns the idle connections. All waiting and later calls of `get`
    /// fail. A connection that is returned later is dropped.
    pub(crate) fn close(&self) -> impl Iterator<Item = C> {
        self.places.close_now().flatten()
    }

    /// Waits until the pool is closed and all connections have been returned.
    pub(crate) async fn all_returned(&self) {
        self.places.join().await;
    }
}

/// A lent connection. Dropping it returns it to the pool.
#[derive(Debug)]
pub(crate) struct Lent<'a, C> {
    /// None if it was discarded, or is not open yet.
    connection: Option<C>,
    places: &'a LifoQueue<Option<C>>,
    /// Dropped after `drop` has returned the place.
    _done: DoneGuard<'a, Option<C>, Lifo>,
}

impl<C> Lent<'_, C> {
    /// Drops the connection, and returns an empty place to the pool.
    pub(crate) fn discard(mut self) {
        self.connection = None;
    }
}

impl<C> Drop for Lent<'_, C> {
    fn drop(&mut self) {
        // The queue has room for all places, so this fails only if the pool is closed. Then
        // the connection is dropped.
        let _ = self.places.try_put(self.connection.take());
    }
}

impl<C> Deref for Lent<'_, C> {
    type Target = C;

    fn deref(&self) -> &C {
        let connection = self.connection.as_ref();
        connection.expect("a lent connection is open until `discard`")
    }
}

impl<C> DerefMut for Lent<'_, C> {
    fn deref_mut(&mut self) -> &mut C {
        let connection = self.connection.as_mut();
        connection.expect("a lent connection is open until `discard`")
    }
}

impl<E> fmt::Display for GetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the pool is closed",
            Self::Open(_) => "cannot open a connection",
        })
    }
}

impl<E: Error + 'static> Error for GetError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Closed => None,
            Self::Open(error) => Some(error),
        }
    }
}
