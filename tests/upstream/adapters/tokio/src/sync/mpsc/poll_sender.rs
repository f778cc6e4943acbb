//! `PollSender` of tokio-util: polls for a slot, and then puts the item into it.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aiosync::futures::ReserveOwned;
use aiosync::{Fifo, OwnedSlot, PutError};

use super::Sender;

#[derive(Debug)]
pub struct PollSender<T> {
    /// `None` if the queue was found closed.
    sender: Option<Sender<T>>,
    reserve: Option<Pin<Box<ReserveOwned<T, Fifo>>>>,
    slot: Option<OwnedSlot<T, Fifo>>,
}

/// The queue is closed.
#[derive(Debug)]
pub struct PollSendError<T>(Option<T>);

impl<T> PollSender<T> {
    pub fn new(sender: Sender<T>) -> Self {
        Self::of(Some(sender))
    }

    fn of(sender: Option<Sender<T>>) -> Self {
        Self {
            sender,
            reserve: None,
            slot: None,
        }
    }

    pub fn poll_reserve(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PollSendError<T>>> {
        if self.slot.is_some() {
            return Poll::Ready(Ok(()));
        }
        let Some(sender) = &self.sender else {
            return Poll::Ready(Err(PollSendError(None)));
        };
        let start = || Box::pin(Arc::clone(&sender.queue).reserve_owned());
        let reserve = self.reserve.get_or_insert_with(start);
        reserve.as_mut().poll(context).map(|reserved| {
            self.reserve = None;
            self.slot = reserved.ok();
            if self.slot.is_some() {
                return Ok(());
            }
            self.sender = None;
            Err(PollSendError(None))
        })
    }

    pub fn send_item(&mut self, item: T) -> Result<(), PollSendError<T>> {
        if self.sender.is_none() {
            return Err(PollSendError(Some(item)));
        }
        let slot = self.slot.take().expect("`poll_reserve` was ready");
        slot.put(item)
            .map_err(|PutError(item)| PollSendError(Some(item)))
    }

    pub fn is_closed(&self) -> bool {
        self.sender.is_none()
    }
}

impl<T> Clone for PollSender<T> {
    fn clone(&self) -> Self {
        Self::of(self.sender.clone())
    }
}

impl<T> PollSendError<T> {
    pub fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T> fmt::Display for PollSendError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("channel closed")
    }
}

impl<T: fmt::Debug> Error for PollSendError<T> {}
