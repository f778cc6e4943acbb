#![forbid(unsafe_code)]
//! A queue as a [`Sink`] for items.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_sink::Sink;
use pin_project_lite::pin_project;

use super::error::PutError;
use super::future::Reserve;
use super::order::Order;
use super::{OrderedQueue, Slot};

pin_project! {
    /// A queue as a [`Sink`]. Returned by [`OrderedQueue::sink`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the sink loses its place in the wait queue, or hands the room that it was
    /// granted on. An item that was sent is in the queue.
    #[must_use = "sinks do nothing unless polled"]
    pub struct QueueSink<'a, T, O>
    where
        O: Order<T>,
    {
        queue: &'a OrderedQueue<T, O>,
        // The wait for room, if it was polled.
        #[pin]
        reserve: Option<Reserve<'a, T, O>>,
        // Room for the next item.
        slot: Option<Slot<'a, T, O>>,
    }
}

impl<'a, T, O: Order<T>> Sink<T> for QueueSink<'a, T, O> {
    type Error = PutError<Option<T>>;

    fn poll_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        let mut this = self.project();
        if this.slot.is_some() {
            return Poll::Ready(Ok(()));
        }
        if this.reserve.as_mut().as_pin_mut().is_none() {
            this.reserve.set(Some(this.queue.reserve()));
        }
        let Some(reserve) = this.reserve.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let reserved = ready!(reserve.poll(context));
        this.reserve.set(None);
        match reserved {
            Ok(slot) => {
                *this.slot = Some(slot);
                Poll::Ready(Ok(()))
            }
            Err(_closed) => Poll::Ready(Err(PutError(None))),
        }
    }

    fn start_send(self: Pin<&mut Self>, item: T) -> Result<(), Self::Error> {
        let Some(slot) = self.project().slot.take() else {
            panic!("aiosync: an item was sent into a queue's sink that was not ready");
        };
        slot.put(item)
            .map_err(|PutError(item)| PutError(Some(item)))
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    /// Gives the reserved room back. The queue stays open.
    fn poll_close(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        let mut this = self.project();
        this.reserve.set(None);
        *this.slot = None;
        Poll::Ready(Ok(()))
    }
}

impl<T, O: Order<T>> fmt::Debug for QueueSink<'_, T, O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("QueueSink")
            .field("ready", &self.slot.is_some())
            .field("next", &self.reserve)
            .finish()
    }
}

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Returns the queue as a [`Sink`]. Each item waits for room, in order.
    ///
    /// An item is in the queue as soon as it was sent, so there is nothing to flush. Closing
    /// the sink gives its reserved room back and leaves the queue open. To close the queue,
    /// call [`close`](Self::close).
    ///
    /// # Fairness
    ///
    /// Same as [`reserve`](Self::reserve), in the same wait queue, once for each item.
    ///
    /// # Cancel safety
    ///
    /// Dropping the sink loses its place in the wait queue, or gives its reserved room back.
    ///
    /// # Errors
    ///
    /// The sink returns [`PutError`] if the queue is closed, with the item if there is one.
    ///
    /// # Panics
    ///
    /// The sink panics if an item is sent before it is ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use futures_util::SinkExt;
    ///
    /// let queue = Queue::bounded(2);
    /// let mut sink = std::pin::pin!(queue.sink());
    /// future::block_on(sink.send("item")).unwrap();
    /// assert_eq!(queue.try_get(), Ok("item"));
    /// ```
    pub fn sink(&self) -> QueueSink<'_, T, O> {
        QueueSink {
            queue: self,
            reserve: None,
            slot: None,
        }
    }
}
