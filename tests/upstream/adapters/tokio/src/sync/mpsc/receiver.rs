use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aiosync::futures::GetOwned;
use aiosync::{Fifo, Queue, TryGetError};

use super::error::TryRecvError;

macro_rules! receiver {
    ($receiver:ident) => {
        /// A handle that closes the queue and drops its items when it is dropped.
        pub struct $receiver<T> {
            queue: Arc<Queue<T>>,
            /// What `poll_recv` polls.
            get: AssertUnwindSafe<Option<Pin<Box<GetOwned<T, Fifo>>>>>,
        }

        impl<T> $receiver<T> {
            pub(super) fn new(queue: Arc<Queue<T>>) -> Self {
                Self {
                    queue,
                    get: AssertUnwindSafe(None),
                }
            }

            pub async fn recv(&mut self) -> Option<T> {
                *self.get = None;
                self.queue.get().await.ok()
            }

            pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
                *self.get = None;
                self.queue.try_get().map_err(|error| match error {
                    TryGetError::Empty => TryRecvError::Empty,
                    TryGetError::Closed => TryRecvError::Disconnected,
                })
            }

            pub fn blocking_recv(&mut self) -> Option<T> {
                *self.get = None;
                self.queue.get_blocking().ok()
            }

            pub async fn recv_many(&mut self, into: &mut Vec<T>, limit: usize) -> usize {
                *self.get = None;
                self.queue.get_many(into, limit).await.unwrap_or(0)
            }

            pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
                let get = || Box::pin(Arc::clone(&self.queue).get_owned());
                let polled = self.get.get_or_insert_with(get).as_mut().poll(context);
                if polled.is_ready() {
                    *self.get = None;
                }
                polled.map(Result::ok)
            }

            pub fn close(&mut self) {
                self.queue.close();
            }

            pub fn is_closed(&self) -> bool {
                self.queue.is_closed()
            }

            pub fn is_empty(&self) -> bool {
                self.queue.is_empty()
            }

            pub fn len(&self) -> usize {
                self.queue.len()
            }
        }

        impl<T> Drop for $receiver<T> {
            fn drop(&mut self) {
                drop(self.queue.close_now());
            }
        }

        impl<T> fmt::Debug for $receiver<T> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.queue.fmt(formatter)
            }
        }
    };
}
receiver!(Receiver);
receiver!(UnboundedReceiver);
