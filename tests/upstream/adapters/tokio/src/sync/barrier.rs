pub use aiosync::BarrierWaitResult;

/// `Barrier`, with the names of tokio. It is never broken, as it has no `abort` and no
/// `reset`.
#[derive(Debug)]
pub struct Barrier(aiosync::Barrier);

impl Barrier {
    pub fn new(parties: usize) -> Self {
        // For tokio, 0 means 1; for aiosync, it is a mistake.
        Self(aiosync::Barrier::new(parties.max(1)))
    }

    pub async fn wait(&self) -> BarrierWaitResult {
        self.0.wait().await.expect("nobody breaks the barrier")
    }
}
