#![forbid(unsafe_code)]
//! The errors of a queue. They give the item back, and are `Debug` even if the item is not.

use alloc::collections::VecDeque;
use core::error::Error;
use core::fmt;
use core::iter::FusedIterator;

/// Implements `Display` and `Error` for an error with one message.
macro_rules! one_sentence {
    ([$($generics:tt)*] $error:ty, $sentence:literal) => {
        impl<$($generics)*> fmt::Display for $error {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str($sentence)
            }
        }

        impl<$($generics)*> Error for $error {}
    };
}

/// Implements `Debug`, `Display`, `Error` and `into_inner` for an error with two cases that
/// both contain the item.
macro_rules! two_cases {
    ($error:ident, $first:ident => $first_sentence:literal) => {
        impl<T> $error<T> {
            /// Returns the item that was not put.
            pub fn into_inner(self) -> T {
                match self {
                    Self::$first(item) | Self::Closed(item) => item,
                }
            }

            /// Returns whether the queue is closed.
            #[must_use]
            pub fn is_closed(&self) -> bool {
                matches!(self, Self::Closed(_))
            }
        }

        impl<T> fmt::Debug for $error<T> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(match self {
                    Self::$first(_) => concat!(stringify!($first), "(..)"),
                    Self::Closed(_) => "Closed(..)",
                })
            }
        }

        impl<T> fmt::Display for $error<T> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(match self {
                    Self::$first(_) => $first_sentence,
                    Self::Closed(_) => "the queue is closed, so no item can be put",
                })
            }
        }

        impl<T> Error for $error<T> {}

        impl<T> From<PutError<T>> for $error<T> {
            fn from(PutError(item): PutError<T>) -> Self {
                Self::Closed(item)
            }
        }
    };
}

/// Implements `Display`, `Error` and `is_closed` for an error with two cases and no item.
macro_rules! two_plain_cases {
    ($error:ident, $first:ident => $first_sentence:literal, $closed_sentence:literal) => {
        impl $error {
            /// Returns whether the queue is closed.
            #[must_use]
            pub fn is_closed(&self) -> bool {
                matches!(self, Self::Closed)
            }
        }

        impl fmt::Display for $error {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(match self {
                    Self::$first => $first_sentence,
                    Self::Closed => $closed_sentence,
                })
            }
        }

        impl Error for $error {}
    };
}

/// The error of [`put`](crate::OrderedQueue::put): the queue is closed. It contains the item.
#[doc(alias = "SendError")]
#[doc(alias = "QueueShutDown")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PutError<T>(pub T);

impl<T> PutError<T> {
    /// Returns the item that was not put.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PutError(..)")
    }
}

one_sentence!([T] PutError<T>, "the queue is closed, so no item can be put");

/// The error of [`try_put`](crate::OrderedQueue::try_put). It contains the item.
#[doc(alias = "TrySendError")]
#[doc(alias = "QueueFull")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TryPutError<T> {
    /// The queue is full, or other putters are waiting for room.
    Full(T),
    /// The queue is closed.
    Closed(T),
}

two_cases!(TryPutError, Full => "the queue is full, or other putters are waiting for room");

/// The error of [`put_blocking_timeout`](crate::OrderedQueue::put_blocking_timeout). It contains
/// the item.
#[doc(alias = "SendTimeoutError")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutTimeoutError<T> {
    /// There was no room before the timeout.
    Timeout(T),
    /// The queue is closed.
    Closed(T),
}

two_cases!(PutTimeoutError, Timeout => "the queue had no room in time");

/// The error of [`reserve`](crate::OrderedQueue::reserve): the queue is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveError;

one_sentence!([] ReserveError, "the queue is closed, so no room can be reserved");

/// The error of [`try_reserve`](crate::OrderedQueue::try_reserve).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryReserveError {
    /// The queue is full, or other putters are waiting for room.
    Full,
    /// The queue is closed.
    Closed,
}

two_plain_cases!(
    TryReserveError,
    Full => "the queue is full, or other putters are waiting for room",
    "the queue is closed, so no room can be reserved"
);

/// The error of [`get`](crate::OrderedQueue::get): the queue is closed and empty.
#[doc(alias = "RecvError")]
#[doc(alias = "QueueShutDown")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetError;

one_sentence!([] GetError, "the queue is closed and empty, so no item will come");

/// The error of [`try_get`](crate::OrderedQueue::try_get).
#[doc(alias = "TryRecvError")]
#[doc(alias = "QueueEmpty")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryGetError {
    /// The queue is empty, or all its items are granted to other getters.
    Empty,
    /// The queue is closed and empty.
    Closed,
}

two_plain_cases!(
    TryGetError,
    Empty => "the queue has no item, or all its items are granted to other getters",
    "the queue is closed and empty, so no item will come"
);

/// The error of [`get_blocking_timeout`](crate::OrderedQueue::get_blocking_timeout).
#[doc(alias = "RecvTimeoutError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetTimeoutError {
    /// There was no item before the timeout.
    Timeout,
    /// The queue is closed and empty.
    Closed,
}

two_plain_cases!(
    GetTimeoutError,
    Timeout => "the queue had no item in time",
    "the queue is closed and empty, so no item will come"
);

/// The error of [`task_done`](crate::OrderedQueue::task_done): it was called more often than items
/// were put. The call changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskDoneError;

one_sentence!([] TaskDoneError, "task_done was called more often than items were put");

/// The error of [`put_many`](crate::OrderedQueue::put_many): the queue was closed before all items
/// were put.
///
/// This is an iterator over the items that were not put, in order.
pub struct PutManyError<I: Iterator> {
    /// Items that were fetched from the iterator and not put.
    pub(super) fetched: VecDeque<I::Item>,
    /// `None` if the iterator has ended.
    pub(super) rest: Option<I>,
}

impl<I: Iterator> Iterator for PutManyError<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.fetched
            .pop_front()
            .or_else(|| self.rest.as_mut().and_then(Iterator::next))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = (self.rest.as_ref()).map_or((0, Some(0)), Iterator::size_hint);
        let fetched = self.fetched.len();
        (
            least.saturating_add(fetched),
            most.and_then(|most| most.checked_add(fetched)),
        )
    }
}

impl<I: FusedIterator> FusedIterator for PutManyError<I> {}

impl<I: Iterator> fmt::Debug for PutManyError<I> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PutManyError")
            .field("at_least", &self.size_hint().0)
            .finish_non_exhaustive()
    }
}

impl<I: Iterator> fmt::Display for PutManyError<I> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the queue was closed before all items were put")
    }
}

impl<I: Iterator> Error for PutManyError<I> {}
