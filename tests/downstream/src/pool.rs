//! Connections that tasks share: one permit for each idle connection.

use std::ops::{Deref, DerefMut};

use aiosync::{Lock, Permit, Semaphore};

use crate::seeded;

/// A fixed number of things, each used by one task at a time.
pub struct Pool<T> {
    permits: Semaphore,
    idle: Lock<Vec<T>>,
}

impl<T> Pool<T> {
    /// Creates a pool of these things.
    pub fn new(things: Vec<T>) -> Self {
        Self {
            permits: Semaphore::new(things.len()),
            idle: Lock::new(things),
        }
    }

    /// Waits for a thing. FIFO.
    pub async fn take(&self) -> Pooled<'_, T> {
        let permit = self.permits.acquire().await;
        let thing = self.idle.lock().await.pop();
        Pooled {
            pool: self,
            thing: Some(thing.expect("a permit stands for an idle thing")),
            permit: Some(permit),
        }
    }
}

/// A thing from a [`Pool`]. Its drop gives the thing back.
pub struct Pooled<'a, T> {
    pool: &'a Pool<T>,
    thing: Option<T>,
    permit: Option<Permit<'a>>,
}

impl<T> Drop for Pooled<'_, T> {
    fn drop(&mut self) {
        if seeded::bug("permit before thing") {
            drop(self.permit.take());
        }
        // Before the permit is given back, because its next holder takes the thing at once.
        if let Some(thing) = self.thing.take() {
            self.pool.idle.lock_blocking().push(thing);
        }
        drop(self.permit.take());
    }
}

impl<T> Deref for Pooled<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.thing.as_ref().expect("there until it is dropped")
    }
}

impl<T> DerefMut for Pooled<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.thing.as_mut().expect("there until it is dropped")
    }
}
