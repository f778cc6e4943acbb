use std::sync::Arc;

use aiosync::futures::{Acquire, AcquireOwned};

pub use aiosync::{OwnedPermit as SemaphoreGuardArc, Permit as SemaphoreGuard};

crate::renamed!(
    /// `Semaphore`, with the names of async-lock.
    Semaphore(Semaphore)
);

impl Semaphore {
    pub const fn new(permits: usize) -> Self {
        Self(aiosync::Semaphore::new(permits))
    }

    pub fn acquire(&self) -> Acquire<'_> {
        self.0.acquire()
    }

    pub fn acquire_blocking(&self) -> SemaphoreGuard<'_> {
        self.0.acquire_blocking()
    }

    pub fn try_acquire(&self) -> Option<SemaphoreGuard<'_>> {
        self.0.try_acquire()
    }

    pub fn acquire_arc(self: &Arc<Self>) -> AcquireOwned {
        Self::owned(self).acquire_owned()
    }

    pub fn acquire_arc_blocking(self: &Arc<Self>) -> SemaphoreGuardArc {
        self.acquire_arc().block()
    }

    pub fn try_acquire_arc(self: &Arc<Self>) -> Option<SemaphoreGuardArc> {
        Self::owned(self).try_acquire_owned()
    }

    pub fn add_permits(&self, count: usize) {
        self.0
            .release(count)
            .expect("the number of permits does not overflow");
    }

    pub fn available_permits(&self) -> usize {
        self.0.available_permits()
    }
}
