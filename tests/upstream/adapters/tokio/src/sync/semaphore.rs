//! A semaphore that can be closed: a flag, and enough permits to wake all waiters.

mod poll;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

pub use original::sync::TryAcquireError;
pub use poll::PollSemaphore;

#[derive(Debug)]
pub struct Semaphore {
    permits: Arc<aiosync::Semaphore>,
    closed: AtomicBool,
}

/// The semaphore is closed.
#[derive(Debug)]
pub struct AcquireError;

impl fmt::Display for AcquireError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("semaphore closed")
    }
}

impl std::error::Error for AcquireError {}

impl Semaphore {
    pub const MAX_PERMITS: usize = aiosync::Semaphore::MAX_PERMITS;

    pub fn new(permits: usize) -> Self {
        Self {
            permits: Arc::new(aiosync::Semaphore::new(permits)),
            closed: AtomicBool::new(false),
        }
    }

    pub fn available_permits(&self) -> usize {
        self.permits.available_permits()
    }

    pub fn add_permits(&self, count: usize) {
        self.permits
            .release(count)
            .expect("the number of permits does not overflow");
    }

    pub fn forget_permits(&self, count: usize) -> usize {
        self.permits.drain(count)
    }

    /// Sets the flag, and releases as many permits as the waiters need. Each of them finds the
    /// flag and fails.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        // One by one, so that the number of permits is right afterwards.
        while self.permits.waiters() > 0 {
            self.add_permits(1);
        }
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Waits for a permit, and fails if the semaphore is closed before or meanwhile.
    async fn unless_closed<P>(&self, acquire: impl Future<Output = P>) -> Result<P, AcquireError> {
        let mut acquire = pin!(acquire);
        poll_fn(|context| {
            if self.is_closed() {
                return Poll::Ready(Err(AcquireError));
            }
            let polled = acquire.as_mut().poll(context);
            // Again: `close` may have found no waiter before this poll.
            if self.is_closed() {
                return Poll::Ready(Err(AcquireError));
            }
            polled.map(Ok)
        })
        .await
    }

    fn try_unless_closed<P>(
        &self,
        acquire: impl FnOnce() -> Option<P>,
    ) -> Result<P, TryAcquireError> {
        if self.is_closed() {
            return Err(TryAcquireError::Closed);
        }
        acquire().ok_or(TryAcquireError::NoPermits)
    }

    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.acquire_many(1).await
    }

    pub async fn acquire_many(&self, count: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        let acquire = self.permits.acquire_many(count as usize);
        Ok(self.permit(self.unless_closed(acquire).await?))
    }

    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    pub fn try_acquire_many(&self, count: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        let acquire = || self.permits.try_acquire_many(count as usize);
        Ok(self.permit(self.try_unless_closed(acquire)?))
    }

    pub async fn acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.acquire_many_owned(1).await
    }

    pub async fn acquire_many_owned(
        self: Arc<Self>,
        count: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        let acquire = Arc::clone(&self.permits).acquire_many_owned(count as usize);
        let permit = self.unless_closed(acquire).await?;
        Ok(self.owned_permit(permit))
    }

    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        count: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        let acquire = || Arc::clone(&self.permits).try_acquire_many_owned(count as usize);
        let permit = self.try_unless_closed(acquire)?;
        Ok(self.owned_permit(permit))
    }

    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.blocking_acquire_many(1)
    }

    pub fn blocking_acquire_many(&self, count: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        pollster::block_on(self.acquire_many(count))
    }

    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.blocking_acquire_many_owned(1)
    }

    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        count: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        pollster::block_on(self.acquire_many_owned(count))
    }

    fn permit<'a>(&'a self, permit: aiosync::Permit<'a>) -> SemaphorePermit<'a> {
        SemaphorePermit {
            permit,
            semaphore: self,
        }
    }

    fn owned_permit(self: Arc<Self>, permit: aiosync::OwnedPermit) -> OwnedSemaphorePermit {
        OwnedSemaphorePermit {
            permit,
            semaphore: self,
        }
    }
}

macro_rules! permit {
    ($name:ident $(<$lifetime:lifetime>)?, $inner:ty, $semaphore:ty, $source:ty) => {
        #[must_use]
        #[derive(Debug)]
        pub struct $name$(<$lifetime>)? {
            permit: $inner,
            semaphore: $semaphore,
        }

        impl$(<$lifetime>)? $name$(<$lifetime>)? {
            pub fn forget(self) {
                self.permit.forget();
            }

            pub fn merge(&mut self, other: Self) {
                self.permit.merge(other.permit);
            }

            pub fn split(&mut self, count: usize) -> Option<Self> {
                Some(Self {
                    permit: self.permit.split(count)?,
                    semaphore: self.semaphore.clone(),
                })
            }

            pub fn num_permits(&self) -> usize {
                self.permit.permits()
            }

            pub fn semaphore(&self) -> &$source {
                &self.semaphore
            }
        }
    };
}
permit!(
    SemaphorePermit<'a>,
    aiosync::Permit<'a>,
    &'a Semaphore,
    Semaphore
);
permit!(
    OwnedSemaphorePermit,
    aiosync::OwnedPermit,
    Arc<Semaphore>,
    Arc<Semaphore>
);
