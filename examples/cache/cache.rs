//! A cache with single flight.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock};

use aiosync::Lock;

/// A map whose values are loaded on demand.
pub(crate) struct Cache<K, V> {
    /// A mutex of std, because no guard is held across an `await`.
    slots: Mutex<HashMap<K, Arc<Slot<V>>>>,
}

struct Slot<V> {
    /// Once set, it is read without waiting.
    value: OnceLock<V>,
    /// Held by the task that loads the value. Other tasks wait for it, in order.
    loading: Lock<()>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Mutex::new(HashMap::new()),
        }
    }

    /// Returns the value for `key`, and loads it if it is missing. Only one caller loads at
    /// a time. If it fails or is cancelled, the next waiter loads instead.
    pub(crate) async fn get<F, E>(&self, key: &K, load: impl FnOnce() -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        let slot = self.slot(key);
        if let Some(value) = slot.value.get() {
            return Ok(value.clone());
        }
        let _loading = slot.loading.lock().await;
        if let Some(value) = slot.value.get() {
            return Ok(value.clone()); // loaded during the wait
        }
        let value = load().await?;
        Ok(slot.value.get_or_init(|| value).clone())
    }

    /// Removes the value for `key`, so the next caller of `get` loads it again. Callers that
    /// are waiting now get the value that is being loaded.
    pub(crate) fn invalidate(&self, key: &K) {
        self.slots.lock().unwrap().remove(key);
    }

    fn slot(&self, key: &K) -> Arc<Slot<V>> {
        let mut slots = self.slots.lock().unwrap();
        if let Some(slot) = slots.get(key) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot {
            value: OnceLock::new(),
            loading: Lock::new(()),
        });
        slots.insert(key.clone(), Arc::clone(&slot));
        slot
    }
}
