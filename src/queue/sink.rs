#![forbid(unsafe_code)]
//! A queue as a [`Sink`] for items.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_sink::Sink;
use pin_project_lite::pin_project;

use super::error::PutError;
use super::future::Reserve;
use super::order::Order;
use super::{OrderedQueue, Slot};

use crate::diagnostics::Site;

pin_project! {
    /// A [`Sink`] that puts items into a queue. Returned by [`OrderedQueue::sink`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the sink removes it from the wait queue. Room that it was granted goes to the next
    /// putter. Items that were sent stay in the queue.
    #[must_use = "sinks do nothing unless polled"]
    pub struct QueueSink<'a, T, O>
    where
        O: Order<T>,
    {
        queue: &'a OrderedQueue<T, O>,
        site: Site,
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
            this.reserve
                .set(Some(Reserve::created_at(*this.site, this.queue)));
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
        let this = self.project();
        let Some(slot) = this.slot.take() else {
            panic!("aiosync: an item was sent into the sink of a queue before the sink was ready");
        };
        slot.put_at(*this.site, item)
            .map_err(|PutError(item)| PutError(Some(item)))
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    /// Gives back the reserved room. The queue stays open.
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
    /// Returns a [`Sink`] that puts items into the queue. It waits for room for each item.
    ///
    /// An item is in the queue as soon as it is sent, so a flush has nothing to do. Closing the
    /// sink gives back its reserved room, but does not close the queue. To close the queue, call
    /// [`close`](Self::close).
    ///
    /// # Fairness
    ///
    /// Same as [`reserve`](Self::reserve), in the same wait queue, separately for each item.
    ///
    /// # Cancel safety
    ///
    /// Dropping the sink removes it from the wait queue, and gives back its reserved room.
    ///
    /// # Errors
    ///
    /// The sink returns [`PutError`] if the queue is closed. The error of a send contains the item.
    ///
    /// # Panics
    ///
    /// The sink panics if an item is sent before the sink is ready.
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
    /// future::block_on(async {
    ///     sink.send("first").await.unwrap();
    ///     sink.send("second").await.unwrap();
    /// });
    /// assert_eq!(queue.try_get(), Ok("first"));
    /// ```
    #[doc(alias = "PollSender")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn sink(&self) -> QueueSink<'_, T, O> {
        QueueSink {
            queue: self,
            site: Site::here(),
            reserve: None,
            slot: None,
        }
    }
}
