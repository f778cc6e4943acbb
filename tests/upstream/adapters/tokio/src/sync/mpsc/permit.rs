use std::fmt;

use aiosync::{Fifo, OwnedSlot, Slot};

use super::Sender;

/// A slot. Unlike tokio's, it drops the item if the queue was closed meanwhile.
pub struct Permit<'a, T>(pub(super) Slot<'a, T, Fifo>);

impl<T> Permit<'_, T> {
    pub fn send(self, item: T) {
        let _ = self.0.put(item);
    }
}

/// A slot, and the sender that it was made from.
pub struct OwnedPermit<T> {
    pub(super) slot: OwnedSlot<T, Fifo>,
    pub(super) sender: Sender<T>,
}

impl<T> OwnedPermit<T> {
    /// Drops the item if the queue was closed meanwhile.
    pub fn send(self, item: T) -> Sender<T> {
        let _ = self.slot.put(item);
        self.sender
    }

    pub fn release(self) -> Sender<T> {
        self.sender
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slot.fmt(formatter)
    }
}
