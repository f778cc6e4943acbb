#![forbid(unsafe_code)]
//! A queue as a [`Stream`] of its items.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::OrderedQueue;
use super::get::GetOne;
use super::order::Order;
use crate::sync::Arc;
use crate::wait::future::Wait;

/// `Stream` for a type with a pinned `wait` for the next item and the `queue`, which is
/// `None` when the stream has ended. `$again` makes another way to the queue.
macro_rules! stream_of_gets {
    ([$($lifetime:lifetime,)?] $stream:ty, $name:literal, $again:path) => {
        impl<$($lifetime,)? T, O: Order<T>> Stream for $stream {
            type Item = T;

            fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
                let mut this = self.project();
                if this.wait.as_mut().as_pin_mut().is_none() {
                    let Some(queue) = this.queue.as_ref() else {
                        return Poll::Ready(None);
                    };
                    this.wait.set(Some(Wait::new($again(queue), GetOne::new())));
                }
                let Some(wait) = this.wait.as_mut().as_pin_mut() else {
                    return Poll::Ready(None);
                };
                let item = ready!(wait.poll(context, |_, item| item));
                this.wait.set(None);
                if item.is_err() {
                    *this.queue = None;
                }
                Poll::Ready(item.ok())
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, if self.queue.is_none() { Some(0) } else { None })
            }
        }

        impl<$($lifetime,)? T, O: Order<T>> FusedStream for $stream {
            fn is_terminated(&self) -> bool {
                self.queue.is_none()
            }
        }

        impl<$($lifetime,)? T, O: Order<T>> fmt::Debug for $stream {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .debug_struct($name)
                    .field("next", &self.wait)
                    .field("ended", &self.queue.is_none())
                    .finish()
            }
        }
    };
}

pin_project! {
    /// The items of a queue, as a [`Stream`]. Made by [`OrderedQueue::stream`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no item, as for [`get`](OrderedQueue::get).
    #[must_use = "streams do nothing unless polled"]
    pub struct QueueStream<'a, T, O>
    where
        O: Order<T>,
    {
        // The wait for the next item, if one is under way.
        #[pin]
        wait: Option<Wait<&'a OrderedQueue<T, O>, GetOne<T, O>>>,
        queue: Option<&'a OrderedQueue<T, O>>,
    }
}

impl<'a, T, O: Order<T>> QueueStream<'a, T, O> {
    pub(super) fn new(queue: &'a OrderedQueue<T, O>) -> Self {
        Self {
            wait: None,
            queue: Some(queue),
        }
    }
}

stream_of_gets!(['a,] QueueStream<'a, T, O>, "QueueStream", Clone::clone);

pin_project! {
    /// The items of a queue, as a [`Stream`] that keeps the `Arc` and borrows nothing.
    /// Made by [`OrderedQueue::stream_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no item, as for [`get`](OrderedQueue::get).
    #[must_use = "streams do nothing unless polled"]
    pub struct QueueStreamOwned<T, O>
    where
        O: Order<T>,
    {
        // The wait for the next item, if one is under way.
        #[pin]
        wait: Option<Wait<Arc<OrderedQueue<T, O>>, GetOne<T, O>>>,
        queue: Option<Arc<OrderedQueue<T, O>>>,
    }
}

impl<T, O: Order<T>> QueueStreamOwned<T, O> {
    pub(super) fn new(queue: Arc<OrderedQueue<T, O>>) -> Self {
        Self {
            wait: None,
            queue: Some(queue),
        }
    }
}

stream_of_gets!([] QueueStreamOwned<T, O>, "QueueStreamOwned", Arc::clone);

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// The items as a [`Stream`], which ends when the queue is closed and nothing is
    /// left in it.
    ///
    /// Several streams, and [`get`](Self::get), share the items: each goes to one.
    ///
    /// # Fairness
    ///
    /// Each item is waited for in the getters' line, as by [`get`](Self::get).
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream loses no item.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::{future, StreamExt};
    ///
    /// let queue = Queue::bounded(4);
    /// queue.try_put(1).unwrap();
    /// queue.try_put(2).unwrap();
    /// queue.close();
    /// let items: Vec<i32> = future::block_on(queue.stream().collect());
    /// assert_eq!(items, [1, 2]);
    /// ```
    pub fn stream(&self) -> QueueStream<'_, T, O> {
        QueueStream::new(self)
    }

    /// As [`stream`](Self::stream), with a stream that keeps the `Arc` and borrows
    /// nothing.
    ///
    /// # Fairness
    ///
    /// As [`stream`](Self::stream).
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream loses no item.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::{future, StreamExt};
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Queue::bounded(4));
    /// let stream = Arc::clone(&queue).stream_owned();
    /// queue.try_put(1).unwrap();
    /// queue.close();
    /// assert_eq!(future::block_on(stream.count()), 1);
    /// ```
    pub fn stream_owned(self: Arc<Self>) -> QueueStreamOwned<T, O> {
        QueueStreamOwned::new(self)
    }
}
