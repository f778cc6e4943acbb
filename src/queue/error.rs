#![forbid(unsafe_code)]
//! What can go wrong with a queue. Errors give the item back, and are `Debug`
//! whether it is or not.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::iter::FusedIterator;

/// Display and `Error` for an error with one sentence.
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

/// Debug, Display, `into_inner` and `Error` for an error with two cases that both
/// hold the item.
macro_rules! two_cases {
    ($error:ident, $first:ident => $first_sentence:literal) => {
        impl<T> $error<T> {
            /// The item that was not put.
            pub fn into_inner(self) -> T {
                match self {
                    Self::$first(item) | Self::Closed(item) => item,
                }
            }

            /// Whether the queue is closed.
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
                    Self::Closed(_) => "the queue is closed, no item can be put any more",
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

/// Display, `is_closed` and `Error` for an error with two cases and no item.
macro_rules! two_plain_cases {
    ($error:ident, $first:ident => $first_sentence:literal, $closed_sentence:literal) => {
        impl $error {
            /// Whether the queue is closed.
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

/// The queue is closed. Holds the item that was not put.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PutError<T>(pub T);

impl<T> PutError<T> {
    /// The item that was not put.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PutError(..)")
    }
}

one_sentence!([T] PutError<T>, "the queue is closed, no item can be put any more");

/// Why [`try_put`](crate::OrderedQueue::try_put) did not put. Holds the item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TryPutError<T> {
    /// There is no room now, or others wait for it.
    Full(T),
    /// The queue is closed.
    Closed(T),
}

two_cases!(TryPutError, Full => "the queue is full, or others wait for room");

/// Why [`put_blocking_timeout`](crate::OrderedQueue::put_blocking_timeout) did not
/// put. Holds the item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutTimeoutError<T> {
    /// The time was over first.
    Timeout(T),
    /// The queue is closed.
    Closed(T),
}

two_cases!(PutTimeoutError, Timeout => "the queue had no room in time");

/// The queue is closed: there is no slot to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveError;

one_sentence!([] ReserveError, "the queue is closed, no slot can be reserved any more");

/// Why [`try_reserve`](crate::OrderedQueue::try_reserve) got no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryReserveError {
    /// There is no room now, or others wait for it.
    Full,
    /// The queue is closed.
    Closed,
}

two_plain_cases!(
    TryReserveError,
    Full => "the queue is full, or others wait for room",
    "the queue is closed, no slot can be reserved any more"
);

/// The queue is closed and nothing is left in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetError;

one_sentence!([] GetError, "the queue is closed and empty, no item will come any more");

/// Why [`try_get`](crate::OrderedQueue::try_get) got nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryGetError {
    /// There is no item now that is not another's.
    Empty,
    /// The queue is closed and nothing is left in it.
    Closed,
}

two_plain_cases!(
    TryGetError,
    Empty => "the queue holds no item that is not granted to another",
    "the queue is closed and empty, no item will come any more"
);

/// Why [`get_blocking_timeout`](crate::OrderedQueue::get_blocking_timeout) got
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetTimeoutError {
    /// The time was over first.
    Timeout,
    /// The queue is closed and nothing is left in it.
    Closed,
}

two_plain_cases!(
    GetTimeoutError,
    Timeout => "the queue had no item in time",
    "the queue is closed and empty, no item will come any more"
);

/// [`task_done`](crate::OrderedQueue::task_done) was called more often than items
/// were put. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskDoneError;

one_sentence!([] TaskDoneError, "task_done was called more often than items were put");

/// The queue was closed before all items were put. An iterator over those that
/// were not, in order.
pub struct PutManyError<I: Iterator> {
    /// Fetched from the iterator, and not put.
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
