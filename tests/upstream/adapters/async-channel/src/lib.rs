//! async-channel, built from a queue of aiosync.

mod error;
mod receiver;
mod sender;

use std::sync::Arc;

use aiosync::Queue;

pub use error::{RecvError, SendError, TryRecvError, TrySendError};
pub use receiver::{Receiver, WeakReceiver};
pub use sender::{Sender, WeakSender};

pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    ends(Queue::bounded(capacity))
}

pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    ends(Queue::unbounded())
}

fn ends<T>(queue: Queue<T>) -> (Sender<T>, Receiver<T>) {
    let queue = Arc::new(queue);
    let senders = Arc::new(Arc::clone(&queue).close_guard_owned());
    let receivers = Arc::new(Arc::clone(&queue).close_guard_owned());
    let shared = Shared {
        queue,
        senders: Arc::downgrade(&senders),
        receivers: Arc::downgrade(&receivers),
    };
    (
        Sender::new(shared.clone(), senders),
        Receiver::new(shared, receivers),
    )
}

/// The guard that closes the queue when the last handle of one side is dropped.
type Last<T> = aiosync::OwnedCloseGuard<T, aiosync::Fifo>;

/// What all handles have.
struct Shared<T> {
    queue: Arc<Queue<T>>,
    senders: std::sync::Weak<Last<T>>,
    receivers: std::sync::Weak<Last<T>>,
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self {
            queue: Arc::clone(&self.queue),
            senders: self.senders.clone(),
            receivers: self.receivers.clone(),
        }
    }
}

/// The methods that both ends have.
macro_rules! both_ends {
    ($name:ident) => {
        impl<T> $name<T> {
            pub fn close(&self) -> bool {
                self.shared.queue.close()
            }

            pub fn is_closed(&self) -> bool {
                self.shared.queue.is_closed()
            }

            pub fn is_empty(&self) -> bool {
                self.shared.queue.is_empty()
            }

            pub fn is_full(&self) -> bool {
                self.shared.queue.is_full()
            }

            pub fn len(&self) -> usize {
                self.shared.queue.len()
            }

            pub fn capacity(&self) -> Option<usize> {
                self.shared.queue.capacity()
            }

            pub fn sender_count(&self) -> usize {
                self.shared.senders.strong_count()
            }

            pub fn receiver_count(&self) -> usize {
                self.shared.receivers.strong_count()
            }
        }

        impl<T> std::fmt::Debug for $name<T> {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), " { .. }"))
            }
        }
    };
}
both_ends!(Sender);
both_ends!(Receiver);
