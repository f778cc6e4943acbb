//! Settings that are loaded once, when they are first needed, and that may change later.
#![forbid(unsafe_code)]

use aiosync::{OnceCell, RwLock};

use crate::seeded::bug;

/// Two numbers that belong together.
#[derive(Default)]
pub struct Settings {
    loaded: OnceCell<RwLock<(u32, u32)>>,
}

impl Settings {
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the settings. The first caller loads them, and the others wait for it.
    pub async fn get(&self, load: impl AsyncFnOnce() -> u32) -> (u32, u32) {
        *self.lock(load).await.read().await
    }

    /// Changes both numbers.
    pub async fn change(&self, load: impl AsyncFnOnce() -> u32, to: u32) {
        let lock = self.lock(load).await;
        if bug("changed in two steps") {
            lock.write().await.0 = to;
            lock.write().await.1 = to;
            return;
        }
        *lock.write().await = (to, to);
    }

    async fn lock(&self, load: impl AsyncFnOnce() -> u32) -> &RwLock<(u32, u32)> {
        let load = async move || {
            let number = load().await;
            RwLock::new((number, number))
        };
        self.loaded.get_or_init(load).await
    }
}
