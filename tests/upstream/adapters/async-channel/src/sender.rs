use std::sync::{Arc, Weak};

use crate::{Last, SendError, Shared, TrySendError};

/// A handle that closes the queue when it is the last sender to be dropped.
pub struct Sender<T> {
    pub(crate) shared: Shared<T>,
    last: Arc<Last<T>>,
}

impl<T> Sender<T> {
    pub(crate) fn new(shared: Shared<T>, last: Arc<Last<T>>) -> Self {
        Self { shared, last }
    }

    pub async fn send(&self, item: T) -> Result<(), SendError<T>> {
        Ok(self.shared.queue.put(item).await?)
    }

    pub fn send_blocking(&self, item: T) -> Result<(), SendError<T>> {
        Ok(self.shared.queue.put_blocking(item)?)
    }

    pub fn try_send(&self, item: T) -> Result<(), TrySendError<T>> {
        Ok(self.shared.queue.try_put(item)?)
    }

    /// Sends an item, and makes room for it if the queue is full.
    pub fn force_send(&self, mut item: T) -> Result<Option<T>, SendError<T>> {
        let mut replaced = None;
        loop {
            match self.try_send(item) {
                Ok(()) => return Ok(replaced),
                Err(TrySendError::Closed(item)) => return Err(SendError(item)),
                Err(TrySendError::Full(back)) => item = back,
            }
            replaced = self.shared.queue.try_get().ok();
        }
    }

    pub async fn closed(&self) {
        self.shared.queue.closed().await;
    }

    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            shared: self.shared.clone(),
            last: Arc::downgrade(&self.last),
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone(), Arc::clone(&self.last))
    }
}

pub struct WeakSender<T> {
    shared: Shared<T>,
    last: Weak<Last<T>>,
}

impl<T> WeakSender<T> {
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let last = self.last.upgrade()?;
        Some(Sender::new(self.shared.clone(), last))
    }
}
