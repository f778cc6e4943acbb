pub use aiosync::BarrierWaitResult;

/// `Barrier`, with the names of async-lock. It is never broken, as it has no `abort` and no
/// `reset`.
#[derive(Debug)]
pub struct Barrier(aiosync::Barrier);

impl Barrier {
    pub const fn new(parties: usize) -> Self {
        Self(aiosync::Barrier::new(parties))
    }

    pub async fn wait(&self) -> BarrierWaitResult {
        self.0.wait().await.expect("nobody breaks the barrier")
    }

    pub fn wait_blocking(&self) -> BarrierWaitResult {
        self.0.wait_blocking().expect("nobody breaks the barrier")
    }
}
