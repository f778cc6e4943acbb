//! `PollSemaphore` of tokio-util: a pinned wait. Its box is allocated once, and reused for the
//! next permit.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aiosync::futures::AcquireOwned;

use super::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

#[derive(Debug)]
pub struct PollSemaphore {
    semaphore: Arc<Semaphore>,
    acquire: Option<Pin<Box<AcquireOwned>>>,
}

impl PollSemaphore {
    pub fn new(semaphore: Arc<Semaphore>) -> Self {
        Self {
            semaphore,
            acquire: None,
        }
    }

    /// Returns a permit, or `None` if the semaphore is closed.
    pub fn poll_acquire(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<OwnedSemaphorePermit>> {
        let semaphore = &self.semaphore;
        let start = || Arc::clone(&semaphore.permits).acquire_owned();
        let acquire = match &mut self.acquire {
            Some(acquire) => acquire,
            // A permit that is free needs no box.
            none => match Arc::clone(semaphore).try_acquire_owned() {
                Ok(permit) => return Poll::Ready(Some(permit)),
                Err(TryAcquireError::Closed) => return Poll::Ready(None),
                Err(TryAcquireError::NoPermits) => none.insert(Box::pin(start())),
            },
        };
        let polled = acquire.as_mut().poll(context);
        // After the poll: `close` may have found no waiter before it.
        if semaphore.is_closed() {
            self.acquire = None;
            return Poll::Ready(None);
        }
        polled.map(|permit| {
            acquire.set(start());
            Some(Arc::clone(semaphore).owned_permit(permit))
        })
    }
}

impl Clone for PollSemaphore {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.semaphore))
    }
}
