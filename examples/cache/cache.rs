//! A cache with single flight.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock};

use aiosync::Lock;

pub(crate) struct Cache<K, V> {
    /// Of std: nothing is awaited while it is held.
    slots: Mutex<HashMap<K, Arc<Slot<V>>>>,
}

struct Slot<V> {
    /// Read without waiting once it is there.
    value: OnceLock<V>,
    /// Held by the one who loads. The others wait for it, in order.
    loading: Lock<()>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Mutex::new(HashMap::new()),
        }
    }

    /// The value for `key`. If it is not there, it is loaded, by one caller at a time: if
    /// that one fails or is cancelled, the next in line loads in its place.
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
            return Ok(value.clone()); // while this one waited
        }
        let value = load().await?;
        Ok(slot.value.get_or_init(|| value).clone())
    }

    /// The next one who asks for `key` loads it anew. Who waits at the moment gets what is
    /// being loaded.
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
