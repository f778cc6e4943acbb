#![forbid(unsafe_code)]
//! The items of a queue as a [`Stream`].

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::OrderedQueue;
use super::future::noted_get;
use super::get::GetOne;
use super::order::Order;
use crate::diagnostics::Site;
use crate::sync::Arc;
use crate::wait::future::Wait;

/// Implements `Stream` for a type with a pinned `wait` for the next item and a `queue`, which
/// is `None` when the stream has ended. `$clone` clones the reference to the queue.
macro_rules! stream_of_gets {
    ([$($lifetime:lifetime,)?] $stream:ty, $name:literal, $clone:path) => {
        impl<$($lifetime,)? T, O: Order<T>> Stream for $stream {
            type Item = T;

            fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
                let mut this = self.project();
                if this.wait.as_mut().as_pin_mut().is_none() {
                    let Some(queue) = this.queue.as_ref() else {
                        return Poll::Ready(None);
                    };
                    let wait = Wait::created_at(*this.site, $clone(queue), GetOne::new());
                    this.wait.set(Some(wait));
                }
                let Some(wait) = this.wait.as_mut().as_pin_mut() else {
                    return Poll::Ready(None);
                };
                let item = ready!(wait.poll(context, |queue, item| noted_get(&queue, item)));
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
    /// A [`Stream`] of the items of a queue. Returned by [`OrderedQueue::stream`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream loses no item. Dropping a future of `next` changes nothing: the stream
    /// keeps its position in the wait queue. See [`stream`](OrderedQueue::stream).
    #[must_use = "streams do nothing unless polled"]
    pub struct QueueStream<'a, T, O>
    where
        O: Order<T>,
    {
        // The wait for the next item, if it was polled.
        #[pin]
        wait: Option<Wait<&'a OrderedQueue<T, O>, GetOne<T, O>>>,
        queue: Option<&'a OrderedQueue<T, O>>,
        site: Site,
    }
}

impl<'a, T, O: Order<T>> QueueStream<'a, T, O> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: &'a OrderedQueue<T, O>) -> Self {
        Self {
            wait: None,
            queue: Some(queue),
            site: Site::here(),
        }
    }
}

stream_of_gets!(['a,] QueueStream<'a, T, O>, "QueueStream", Clone::clone);

pin_project! {
    /// A [`Stream`] of the items of a queue. It owns the `Arc` of the queue and borrows nothing.
    /// Returned by [`OrderedQueue::stream_owned`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream loses no item. Dropping a future of `next` changes nothing: the stream
    /// keeps its position in the wait queue. See [`stream`](OrderedQueue::stream).
    #[must_use = "streams do nothing unless polled"]
    pub struct QueueStreamOwned<T, O>
    where
        O: Order<T>,
    {
        // The wait for the next item, if it was polled.
        #[pin]
        wait: Option<Wait<Arc<OrderedQueue<T, O>>, GetOne<T, O>>>,
        queue: Option<Arc<OrderedQueue<T, O>>>,
        site: Site,
    }
}

impl<T, O: Order<T>> QueueStreamOwned<T, O> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(queue: Arc<OrderedQueue<T, O>>) -> Self {
        Self {
            wait: None,
            queue: Some(queue),
            site: Site::here(),
        }
    }
}

stream_of_gets!([] QueueStreamOwned<T, O>, "QueueStreamOwned", Arc::clone);

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Returns a [`Stream`] of the items. It ends when the queue is closed and no item is left for
    /// it.
    ///
    /// Each item goes to one stream or to one [`get`](Self::get).
    ///
    /// A stream keeps its position in the wait queue between two polls. If the future of a `next`
    /// is dropped, for example by a timeout, the stream stays in the wait queue. An item that is
    /// granted to it later stays reserved for it. To leave the wait queue, drop the stream.
    /// Alternatively, use [`get`](Self::get), whose future leaves the wait queue when it is
    /// dropped.
    ///
    /// # Fairness
    ///
    /// Same as [`get`](Self::get), in the same wait queue, separately for each item.
    ///
    /// # Cancel safety
    ///
    /// Dropping the stream loses no item. Dropping the future of a `next` changes nothing: the
    /// stream keeps its position, and the item that it was granted.
    ///
    /// # Panics
    ///
    /// A poll panics if the waker of a putter panics. The stream keeps the item, and its next
    /// poll returns it. If the stream is dropped instead, the item is dropped with it.
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
    ///
    /// After a timeout of `next`, the stream is still in the wait queue:
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::{future, StreamExt};
    ///
    /// let queue = Queue::<u8>::bounded(4);
    /// let mut stream = Box::pin(queue.stream());
    /// // This polls `next` once and drops it, as a timeout does.
    /// assert!(future::block_on(future::poll_once(stream.next())).is_none());
    /// queue.try_put(1).unwrap();
    /// // The item is granted to the stream.
    /// assert!(queue.try_get().is_err());
    /// drop(stream);
    /// assert_eq!(queue.try_get(), Ok(1));
    /// ```
    #[doc(alias = "iter")]
    #[doc(alias = "into_stream")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn stream(&self) -> QueueStream<'_, T, O> {
        QueueStream::new(self)
    }

    /// Returns a [`Stream`] of the items, as [`stream`](Self::stream) does. It owns the `Arc` and
    /// borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`stream`](Self::stream).
    ///
    /// # Cancel safety
    ///
    /// Same as [`stream`](Self::stream).
    ///
    /// # Panics
    ///
    /// Same as [`stream`](Self::stream).
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
    /// // The stream may move to another task or thread.
    /// let thread = std::thread::spawn(|| future::block_on(stream.collect::<Vec<_>>()));
    /// queue.put_blocking("item").unwrap();
    /// queue.close();
    /// assert_eq!(thread.join().unwrap(), ["item"]);
    /// ```
    #[doc(alias = "ReceiverStream")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn stream_owned(self: Arc<Self>) -> QueueStreamOwned<T, O> {
        QueueStreamOwned::new(self)
    }
}
