//! `tokio::sync::mpsc`: handles over a queue that is shared in an `Arc`.

mod permit;
mod poll_sender;
mod receiver;
mod sender;

use std::sync::Arc;

use aiosync::{Fifo, OwnedCloseGuard, Queue};

pub use original::sync::mpsc::error;
pub use permit::{OwnedPermit, Permit};
pub use poll_sender::{PollSendError, PollSender};
pub use receiver::{Receiver, UnboundedReceiver};
pub use sender::{Sender, UnboundedSender, WeakSender, WeakUnboundedSender};

pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let queue = Arc::new(Queue::bounded(capacity));
    (Sender::new(&queue), Receiver::new(queue))
}

pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let queue = Arc::new(Queue::unbounded());
    (UnboundedSender::new(&queue), UnboundedReceiver::new(queue))
}

/// The guard that closes the queue when the last sender is dropped.
type Last<T> = OwnedCloseGuard<T, Fifo>;
