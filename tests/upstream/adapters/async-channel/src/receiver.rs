use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use aiosync::{Fifo, QueueStreamOwned};
use futures_core::Stream;

use crate::{Last, RecvError, Shared, TryRecvError};

/// A handle that closes the queue when it is the last receiver to be dropped.
pub struct Receiver<T> {
    pub(crate) shared: Shared<T>,
    last: Arc<Last<T>>,
    stream: Pin<Box<QueueStreamOwned<T, Fifo>>>,
}

impl<T> Receiver<T> {
    pub(crate) fn new(shared: Shared<T>, last: Arc<Last<T>>) -> Self {
        let stream = Box::pin(Arc::clone(&shared.queue).stream_owned());
        Self {
            shared,
            last,
            stream,
        }
    }

    pub async fn recv(&self) -> Result<T, RecvError> {
        Ok(self.shared.queue.get().await?)
    }

    pub fn recv_blocking(&self) -> Result<T, RecvError> {
        Ok(self.shared.queue.get_blocking()?)
    }

    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        Ok(self.shared.queue.try_get()?)
    }

    pub fn downgrade(&self) -> WeakReceiver<T> {
        WeakReceiver {
            shared: self.shared.clone(),
            last: Arc::downgrade(&self.last),
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone(), Arc::clone(&self.last))
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.stream.as_mut().poll_next(context)
    }
}

pub struct WeakReceiver<T> {
    shared: Shared<T>,
    last: Weak<Last<T>>,
}

impl<T> WeakReceiver<T> {
    pub fn upgrade(&self) -> Option<Receiver<T>> {
        let last = self.last.upgrade()?;
        Some(Receiver::new(self.shared.clone(), last))
    }
}
