use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use aiosync::{PutError, Queue, ReserveError, TryPutError, TryReserveError};

use super::error::{SendError, SendTimeoutError, TrySendError};
use super::{Last, OwnedPermit, Permit};

impl<T> Sender<T> {
    pub async fn send(&self, item: T) -> Result<(), SendError<T>> {
        self.queue.put(item).await.map_err(send_error)
    }

    pub fn blocking_send(&self, item: T) -> Result<(), SendError<T>> {
        self.queue.put_blocking(item).map_err(send_error)
    }

    pub fn try_send(&self, item: T) -> Result<(), TrySendError<T>> {
        self.queue.try_put(item).map_err(|error| match error {
            TryPutError::Full(item) => TrySendError::Full(item),
            TryPutError::Closed(item) => TrySendError::Closed(item),
        })
    }

    pub async fn send_timeout(&self, item: T, time: Duration) -> Result<(), SendTimeoutError<T>> {
        match original::time::timeout(time, self.reserve()).await {
            Ok(Ok(permit)) => {
                permit.send(item);
                Ok(())
            }
            Ok(Err(_)) => Err(SendTimeoutError::Closed(item)),
            Err(_) => Err(SendTimeoutError::Timeout(item)),
        }
    }

    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        let slot = self.queue.reserve().await;
        slot.map(Permit).map_err(|ReserveError| SendError(()))
    }

    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.queue
            .try_reserve()
            .map(Permit)
            .map_err(|e| try_send_error(e, ()))
    }

    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        let slot = Arc::clone(&self.queue).reserve_owned().await;
        let slot = slot.map_err(|ReserveError| SendError(()))?;
        Ok(OwnedPermit { slot, sender: self })
    }

    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match Arc::clone(&self.queue).try_reserve_owned() {
            Ok(slot) => Ok(OwnedPermit { slot, sender: self }),
            Err(error) => Err(try_send_error(error, self)),
        }
    }

    pub fn max_capacity(&self) -> usize {
        self.queue.capacity().expect("the queue is bounded")
    }

    /// Returns the free places. Unlike tokio, it counts those that are reserved.
    pub fn capacity(&self) -> usize {
        self.max_capacity() - self.queue.len()
    }
}

impl<T> UnboundedSender<T> {
    pub fn send(&self, item: T) -> Result<(), SendError<T>> {
        self.queue
            .try_put(item)
            .map_err(|error| SendError(error.into_inner()))
    }
}

fn send_error<T>(PutError(item): PutError<T>) -> SendError<T> {
    SendError(item)
}

fn try_send_error<V>(error: TryReserveError, value: V) -> TrySendError<V> {
    match error {
        TryReserveError::Full => TrySendError::Full(value),
        TryReserveError::Closed => TrySendError::Closed(value),
    }
}

macro_rules! sender {
    ($sender:ident, $weak:ident) => {
        /// A handle that closes the queue when it is the last sender to be dropped.
        pub struct $sender<T> {
            pub(super) queue: Arc<Queue<T>>,
            last: Arc<Last<T>>,
        }

        impl<T> $sender<T> {
            pub(super) fn new(queue: &Arc<Queue<T>>) -> Self {
                Self {
                    queue: Arc::clone(queue),
                    last: Arc::new(Arc::clone(queue).close_guard_owned()),
                }
            }

            pub async fn closed(&self) {
                self.queue.closed().await;
            }

            pub fn is_closed(&self) -> bool {
                self.queue.is_closed()
            }

            pub fn same_channel(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.queue, &other.queue)
            }

            pub fn downgrade(&self) -> $weak<T> {
                $weak {
                    queue: Arc::downgrade(&self.queue),
                    last: Arc::downgrade(&self.last),
                }
            }
        }

        impl<T> Clone for $sender<T> {
            fn clone(&self) -> Self {
                Self {
                    queue: Arc::clone(&self.queue),
                    last: Arc::clone(&self.last),
                }
            }
        }

        impl<T> fmt::Debug for $sender<T> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.queue.fmt(formatter)
            }
        }

        pub struct $weak<T> {
            queue: Weak<Queue<T>>,
            last: Weak<Last<T>>,
        }

        impl<T> $weak<T> {
            pub fn upgrade(&self) -> Option<$sender<T>> {
                Some($sender {
                    queue: self.queue.upgrade()?,
                    last: self.last.upgrade()?,
                })
            }
        }
    };
}
sender!(Sender, WeakSender);
sender!(UnboundedSender, WeakUnboundedSender);
