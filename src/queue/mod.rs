#![deny(unsafe_code)]
//! Queues between tasks and threads: [`Queue`], [`LifoQueue`], [`PriorityQueue`].
//!
//! | module | what |
//! |---|---|
//! | [`core`], [`state`] | tickets and both lines under one mutex: the protocol |
//! | [`ring`] | the items of a bounded FIFO queue, while nobody waits |
//! | [`put`], [`get`] | the operations that wait for room, and for items |
//! | [`order`], [`heap`] | in which order items come out |
//! | [`slot`] | room kept for one item |
//! | [`comparison`] | user code under the mutex, and how it is found to come back |
//! | [`close`] | what `join` and `closed` wait for |
//! | [`error`] | what can go wrong |
//! | [`future`] | the futures |
//! | `stream`, `sink` | the queue as a stream and as a sink, behind features |

mod attempt;
mod close;
mod comparison;
mod core;
mod done_count;
mod error;
pub(crate) mod future;
mod get;
mod heap;
mod order;
mod put;
#[expect(
    unsafe_code,
    reason = "the items lie in places that are claimed by atomic words"
)]
mod ring;
#[cfg(feature = "sink")]
mod sink;
mod slot;
mod state;
#[cfg(feature = "stream")]
mod stream;

pub use self::error::{
    GetError, GetTimeoutError, PutError, PutManyError, PutTimeoutError, ReserveError,
    TaskDoneError, TryGetError, TryPutError, TryReserveError,
};
pub use self::order::{Drained, Fifo, Lifo, Order, Priority};
#[cfg(feature = "sink")]
pub use self::sink::QueueSink;
pub use self::slot::Slot;
#[cfg(feature = "stream")]
pub use self::stream::{QueueStream, QueueStreamOwned};

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use self::attempt::{certain_free_items, certain_free_room};
use self::core::QueueCore;
use self::future::{Closed, Get, GetMany, GetOwned, Join, Put, PutMany, PutOwned, Reserve};
use self::get::GetSome;
use self::order::sealed::Storage;
use self::ring::{Refusal, Ring};
use self::state::CloseState;
use crate::sync::{Arc, const_unless_loom};

/// A queue for any number of putters and getters, in the order `O`: see its
/// aliases [`Queue`], [`LifoQueue`] and [`PriorityQueue`].
///
/// Share it by reference or in an `Arc`; there are no separate ends. Putters wait
/// while it is full, getters while it is empty. It is closed by hand, with
/// [`close`](Self::close) or [`close_now`](Self::close_now).
///
/// [`unfinished`](Self::unfinished) counts the items that were put and for which
/// [`task_done`](Self::task_done) was not called yet; [`join`](Self::join) waits
/// until there are none.
///
/// # Fairness
///
/// First come, first served, on both ends. Who waits is granted a *ticket*: a
/// getter the right to one item, a putter the right to one place. `try_` calls and
/// newcomers cannot take what a ticket stands for. The items themselves stay inside
/// until they are taken, so a wait that is cancelled loses no item and no order.
///
/// # Panics
///
/// A waker that panics does so in the call that wakes it, after all others were
/// woken. If that call was a `get`, the item that it took is dropped.
///
/// # Examples
///
/// ```
/// use aiosync::Queue;
/// use futures_lite::future;
///
/// let queue = Queue::bounded(2);
/// let total = future::block_on(async {
///     let producer = async {
///         for number in 1..=10 {
///             queue.put(number).await.unwrap();
///         }
///         queue.close();
///     };
///     let consumer = async {
///         let mut total = 0;
///         while let Ok(number) = queue.get().await {
///             total += number;
///         }
///         total
///     };
///     future::zip(producer, consumer).await.1
/// });
/// assert_eq!(total, 55);
/// ```
#[doc(alias = "channel")]
pub struct OrderedQueue<T, O: Order<T>> {
    core: QueueCore<T, O>,
}

/// A queue whose items come out in the order in which they were put.
///
/// See [`OrderedQueue`] for its methods.
///
/// # Examples
///
/// ```
/// let queue = aiosync::Queue::unbounded();
/// queue.try_put(1).unwrap();
/// queue.try_put(2).unwrap();
/// assert_eq!(queue.try_get(), Ok(1));
/// ```
#[doc(alias = "channel")]
#[doc(alias = "mpmc")]
pub type Queue<T> = OrderedQueue<T, Fifo>;

/// A queue whose newest item comes out first.
///
/// See [`OrderedQueue`] for its methods.
///
/// # Examples
///
/// ```
/// let queue = aiosync::LifoQueue::unbounded();
/// queue.try_put(1).unwrap();
/// queue.try_put(2).unwrap();
/// assert_eq!(queue.try_get(), Ok(2));
/// ```
#[doc(alias = "stack")]
pub type LifoQueue<T> = OrderedQueue<T, Lifo>;

/// A queue whose smallest item comes out first, equal ones in the order in which
/// they were put. For the greatest first, put [`std::cmp::Reverse`]s.
///
/// See [`OrderedQueue`] for its methods.
///
/// The items' `Ord::cmp` runs under the queue's internal lock. It must not use the
/// queue: a call from there panics, and the drop of a future that waits in the queue
/// aborts the process. If it panics, nothing in the queue is changed.
///
/// # Examples
///
/// ```
/// let queue = aiosync::PriorityQueue::unbounded();
/// queue.try_put((2, "second")).unwrap();
/// queue.try_put((1, "first")).unwrap();
/// assert_eq!(queue.try_get(), Ok((1, "first")));
/// ```
#[doc(alias = "heap")]
pub type PriorityQueue<T> = OrderedQueue<T, Priority>;

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// A queue for up to `capacity` items.
    ///
    /// The memory for the items of a [`Queue`](crate::Queue) is taken at once, if it is
    /// no more than a mebibyte; else it grows with them, as that of the other queues.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::<u8>::bounded(8);
    /// assert_eq!(queue.capacity(), Some(8));
    /// ```
    #[must_use]
    pub fn bounded(capacity: usize) -> Self {
        assert!(
            capacity > 0,
            "aiosync: the capacity of a bounded queue must be at least 1, not 0"
        );
        Self {
            core: QueueCore::bounded(capacity),
        }
    }

    const_unless_loom! {
        /// A queue for any number of items. Its puts never wait.
        ///
        /// # Examples
        ///
        /// ```
        /// static EVENTS: aiosync::Queue<u8> = aiosync::Queue::unbounded();
        /// assert_eq!(EVENTS.capacity(), None);
        /// ```
        #[must_use]
        pub const fn unbounded() -> Self {
            Self {
                core: QueueCore::unbounded(),
            }
        }
    }

    /// Waits for room and puts `item`.
    ///
    /// # Fairness
    ///
    /// First come, first served, by the first poll that had to wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready drops the item; it was not put. Its
    /// place in line, or the room that it was granted, goes to the next. To keep
    /// the item, [`reserve`](Self::reserve) first.
    ///
    /// # Errors
    ///
    /// The item, if the queue is closed or is closed while it waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{PutError, Queue};
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// assert_eq!(future::block_on(queue.put(1)), Ok(()));
    /// queue.close();
    /// assert_eq!(future::block_on(queue.put(2)), Err(PutError(2)));
    /// ```
    #[doc(alias = "send")]
    #[doc(alias = "push")]
    #[inline]
    pub fn put(&self, item: T) -> Put<'_, T, O> {
        Put::new(self, item)
    }

    /// Waits for an item and takes it.
    ///
    /// # Fairness
    ///
    /// First come, first served, by the first poll that had to wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no item and no order: the item stays inside until
    /// the future is ready. The right to it goes to the next in line.
    ///
    /// # Errors
    ///
    /// If the queue is closed and nothing is left in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{GetError, Queue};
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// queue.try_put(1).unwrap();
    /// queue.close();
    /// assert_eq!(future::block_on(queue.get()), Ok(1));
    /// assert_eq!(future::block_on(queue.get()), Err(GetError));
    /// ```
    #[doc(alias = "recv")]
    #[doc(alias = "pop")]
    #[inline]
    pub fn get(&self) -> Get<'_, T, O> {
        Get::new(self)
    }

    /// Puts `item` if there is room that nobody waits for.
    ///
    /// # Errors
    ///
    /// The item, with the reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Queue, TryPutError};
    ///
    /// let queue = Queue::bounded(1);
    /// assert_eq!(queue.try_put(1), Ok(()));
    /// assert_eq!(queue.try_put(2), Err(TryPutError::Full(2)));
    /// ```
    #[doc(alias = "put_nowait")]
    #[doc(alias = "try_send")]
    #[inline]
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        let mut item = Some(item);
        if let Some(ring) = self.core.ring() {
            if ring.put_at_once(&mut item) {
                return Ok(());
            }
        }
        self.try_put_again(item)
    }

    /// Where something stood in the way.
    #[inline(never)]
    fn try_put_again(&self, mut item: Option<T>) -> Result<(), TryPutError<T>> {
        if let Some(ring) = self.core.ring() {
            match (ring.try_put(&mut item), item.take()) {
                (Ok(()), _) => return Ok(()),
                (Err(Refusal::Exhausted), Some(item)) if ring.is_surely_full() => {
                    return Err(TryPutError::Full(item));
                }
                (Err(_), again) => item = again,
            }
        }
        self.try_put_under_mutex(item)
    }

    fn try_put_under_mutex(&self, mut item: Option<T>) -> Result<(), TryPutError<T>> {
        let mut shared = self.core.lock_tail();
        let open = shared.close_state() == CloseState::Open;
        if certain_free_room(&self.core, &mut shared) > 0 {
            let put = self
                .core
                .guarded(|| self.core.insert(&mut shared, &mut item));
            self.core.settle_and_unlock(shared, put);
        } else {
            self.core.unlock(shared);
        }
        match item {
            None => Ok(()),
            Some(item) if open => Err(TryPutError::Full(item)),
            Some(item) => Err(TryPutError::Closed(item)),
        }
    }

    /// Takes an item if there is one that is not granted to another.
    ///
    /// # Errors
    ///
    /// If there is none now, or if there will be none any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Queue, TryGetError};
    ///
    /// let queue = Queue::bounded(1);
    /// queue.try_put(1).unwrap();
    /// assert_eq!(queue.try_get(), Ok(1));
    /// assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    /// queue.close();
    /// assert_eq!(queue.try_get(), Err(TryGetError::Closed));
    /// ```
    #[doc(alias = "get_nowait")]
    #[doc(alias = "try_recv")]
    #[inline]
    pub fn try_get(&self) -> Result<T, TryGetError> {
        match self.core.ring().and_then(Ring::take_at_once) {
            Some(item) => Ok(item),
            None => self.try_get_again(),
        }
    }

    /// Where something stood in the way.
    #[inline(never)]
    fn try_get_again(&self) -> Result<T, TryGetError> {
        if let Some(ring) = self.core.ring() {
            match ring.try_take() {
                Ok(item) => return Ok(item),
                Err(Refusal::Exhausted) if ring.is_surely_empty() => {
                    return Err(TryGetError::Empty);
                }
                Err(_) => {}
            }
        }
        self.try_get_under_mutex()
    }

    fn try_get_under_mutex(&self) -> Result<T, TryGetError> {
        let mut shared = self.core.lock_head();
        if certain_free_items(&mut shared) == 0 {
            let finished = shared.is_finished();
            self.core.unlock(shared);
            return Err(if finished {
                TryGetError::Closed
            } else {
                TryGetError::Empty
            });
        }
        let item = self.core.guarded(|| self.core.take(&mut shared));
        let item = self.core.settle_and_unlock(shared, item);
        item.ok_or(TryGetError::Empty)
    }

    /// As [`put`](Self::put), with a future that keeps the `Arc` and borrows
    /// nothing.
    ///
    /// # Fairness
    ///
    /// As [`put`](Self::put).
    ///
    /// # Cancel safety
    ///
    /// As [`put`](Self::put).
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Queue::bounded(1));
    /// future::block_on(Arc::clone(&queue).put_owned(1)).unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn put_owned(self: Arc<Self>, item: T) -> PutOwned<T, O> {
        PutOwned::new(self, item)
    }

    /// As [`get`](Self::get), with a future that keeps the `Arc` and borrows
    /// nothing.
    ///
    /// # Fairness
    ///
    /// As [`get`](Self::get).
    ///
    /// # Cancel safety
    ///
    /// As [`get`](Self::get).
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Queue::bounded(1));
    /// queue.try_put(1).unwrap();
    /// assert_eq!(future::block_on(queue.get_owned()), Ok(1));
    /// ```
    pub fn get_owned(self: Arc<Self>) -> GetOwned<T, O> {
        GetOwned::new(self)
    }

    /// Waits on this thread for room and puts `item`.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`put`](Self::put).
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full. Tasks of this very thread cannot
    /// go on meanwhile.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.put_blocking(1).unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        self.put(item).block()
    }

    /// Waits on this thread for an item and takes it.
    ///
    /// # Fairness
    ///
    /// In one line with the tasks, as [`get`](Self::get).
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is empty. Tasks of this very thread cannot
    /// go on meanwhile.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.put_blocking(1).unwrap();
    /// assert_eq!(queue.get_blocking(), Ok(1));
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn get_blocking(&self) -> Result<T, GetError> {
        self.get().block()
    }

    /// As [`put_blocking`](Self::put_blocking), for `timeout` at the longest.
    ///
    /// # Fairness
    ///
    /// As [`put_blocking`](Self::put_blocking). When the time is over the place in line is
    /// given up.
    ///
    /// # Blocking
    ///
    /// As [`put_blocking`](Self::put_blocking).
    ///
    /// # Errors
    ///
    /// The item, if the time is over first or the queue is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{PutTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::bounded(1);
    /// let short = Duration::from_millis(1);
    /// assert_eq!(queue.put_blocking_timeout(1, short), Ok(()));
    /// let late = queue.put_blocking_timeout(2, short);
    /// assert_eq!(late, Err(PutTimeoutError::Timeout(2)));
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn put_blocking_timeout(
        &self,
        item: T,
        timeout: Duration,
    ) -> Result<(), PutTimeoutError<T>> {
        let mut put = std::pin::pin!(self.put(item));
        match crate::wait::park::block_on_timeout(put.as_mut(), timeout) {
            Some(outcome) => Ok(outcome?),
            None => match put.as_mut().give_up() {
                Some(outcome) => Ok(outcome?),
                None => match put.take_item() {
                    Some(item) => Err(PutTimeoutError::Timeout(item)),
                    None => unreachable!("aiosync: a put that was not done has no item"),
                },
            },
        }
    }

    /// As [`get_blocking`](Self::get_blocking), for `timeout` at the longest.
    ///
    /// # Fairness
    ///
    /// As [`get_blocking`](Self::get_blocking). When the time is over the place in line is
    /// given up.
    ///
    /// # Blocking
    ///
    /// As [`get_blocking`](Self::get_blocking).
    ///
    /// # Errors
    ///
    /// If the time is over first, or the queue is closed and nothing is left in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{GetTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::<u8>::bounded(1);
    /// let late = queue.get_blocking_timeout(Duration::from_millis(1));
    /// assert_eq!(late, Err(GetTimeoutError::Timeout));
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn get_blocking_timeout(&self, timeout: Duration) -> Result<T, GetTimeoutError> {
        match self.get().block_timeout(timeout) {
            Some(Ok(item)) => Ok(item),
            Some(Err(GetError)) => Err(GetTimeoutError::Closed),
            None => Err(GetTimeoutError::Timeout),
        }
    }

    /// Waits for room and keeps it, for an item that is made later.
    ///
    /// # Fairness
    ///
    /// In the putters' line, as [`put`](Self::put).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up its place in line, or the room that it was
    /// granted. There is no item to lose.
    ///
    /// # Errors
    ///
    /// If the queue is closed or is closed while it waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// future::block_on(async {
    ///     let slot = queue.reserve().await.unwrap();
    ///     slot.put("made when there is room").unwrap();
    /// });
    /// ```
    pub fn reserve(&self) -> Reserve<'_, T, O> {
        Reserve::new(self)
    }

    /// Keeps room for an item if there is some that nobody waits for.
    ///
    /// # Errors
    ///
    /// If there is none now, or if the queue is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// let slot = queue.try_reserve().unwrap();
    /// assert!(queue.try_reserve().is_err());
    /// slot.put(1).unwrap();
    /// ```
    pub fn try_reserve(&self) -> Result<Slot<'_, T, O>, TryReserveError> {
        let mut shared = self.core.lock_tail();
        if certain_free_room(&self.core, &mut shared) > 0 {
            self.core.grant_slot(&mut shared);
            self.core.unlock(shared);
            return Ok(Slot::new(self));
        }
        let open = shared.close_state() == CloseState::Open;
        self.core.unlock(shared);
        Err(if open {
            TryReserveError::Full
        } else {
            TryReserveError::Closed
        })
    }

    /// Puts all items in order, and waits as often as it must.
    ///
    /// While nobody else waits for room it puts as many as fit; else one, and
    /// queues again at the tail. The iterator is asked for items between the puts,
    /// not under a lock.
    ///
    /// # Fairness
    ///
    /// In the putters' line, as [`put`](Self::put), once for each wait.
    ///
    /// # Cancel safety
    ///
    /// Dropped half way it has put the first few items, in order, and drops the
    /// rest with the iterator.
    ///
    /// # Errors
    ///
    /// If the queue is closed before all are put: an iterator over the rest. With
    /// no items it is `Ok`, closed or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(8);
    /// future::block_on(queue.put_many(1..=5)).unwrap();
    /// queue.close();
    /// let rest = future::block_on(queue.put_many(6..=7)).unwrap_err();
    /// assert_eq!(rest.collect::<Vec<_>>(), [6, 7]);
    /// ```
    pub fn put_many<I>(&self, items: I) -> PutMany<'_, T, O, I::IntoIter>
    where
        I: IntoIterator<Item = T>,
    {
        PutMany::new(self, items.into_iter())
    }

    /// Waits for one item, then appends what is there to `into`, up to `max` items
    /// in all. Answers how many.
    ///
    /// # Fairness
    ///
    /// In the getters' line, as [`get`](Self::get). It takes its own item and those
    /// that nobody else was granted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no item: they stay inside until it is ready.
    ///
    /// # Errors
    ///
    /// If the queue is closed and nothing is left in it. With `max` = 0 it is
    /// `Ok(0)`, closed or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(8);
    /// future::block_on(queue.put_many(1..=5)).unwrap();
    /// let mut numbers = Vec::new();
    /// assert_eq!(future::block_on(queue.get_many(&mut numbers, 3)), Ok(3));
    /// assert_eq!(numbers, [1, 2, 3]);
    /// ```
    pub fn get_many<'a>(&'a self, into: &'a mut Vec<T>, max: usize) -> GetMany<'a, T, O> {
        GetMany::new(self, into, max)
    }

    /// Appends up to `max` items that are not granted to others to `into`. Answers
    /// how many.
    ///
    /// # Errors
    ///
    /// If there is none now, or if there will be none any more. With `max` = 0 it
    /// is `Ok(0)`.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(8);
    /// let mut numbers = Vec::new();
    /// assert!(queue.try_get_many(&mut numbers, 3).is_err());
    /// queue.try_put(1).unwrap();
    /// assert_eq!(queue.try_get_many(&mut numbers, 3), Ok(1));
    /// ```
    pub fn try_get_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryGetError> {
        match GetSome::<T, O>::new(into, max).take_free(self) {
            Some(Ok(count)) => Ok(count),
            Some(Err(GetError)) => Err(TryGetError::Closed),
            None => Err(TryGetError::Empty),
        }
    }

    /// Says that the work on one item is done.
    ///
    /// # Errors
    ///
    /// If it was called more often than items were put; nothing is changed.
    ///
    /// # Panics
    ///
    /// If a waker of a [`join`](Self::join) panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.try_put("work").unwrap();
    /// queue.try_get().unwrap();
    /// assert!(queue.task_done().is_ok());
    /// assert!(queue.task_done().is_err());
    /// ```
    pub fn task_done(&self) -> Result<(), TaskDoneError> {
        if self.core.task_done() {
            Ok(())
        } else {
            Err(TaskDoneError)
        }
    }

    /// How many items were put for which [`task_done`](Self::task_done) was not
    /// called yet.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.try_put("work").unwrap();
    /// assert_eq!(queue.unfinished(), 1);
    /// ```
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.core.unfinished()
    }

    /// Waits until no item is unfinished. Ready at once if none is.
    ///
    /// Reaching none releases those who wait, even if a put follows at once.
    ///
    /// # Fairness
    ///
    /// There is no line: nothing is handed over, and all who wait are released together.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future affects nobody else.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// future::block_on(async {
    ///     queue.put("work").await.unwrap();
    ///     let worker = async {
    ///         queue.get().await.unwrap();
    ///         queue.task_done().unwrap();
    ///     };
    ///     future::zip(queue.join(), worker).await;
    /// });
    /// ```
    pub fn join(&self) -> Join<'_, T, O> {
        Join::new(self)
    }

    /// Waits on this thread until no item is unfinished.
    ///
    /// # Fairness
    ///
    /// Released together with the tasks, as by [`join`](Self::join).
    ///
    /// # Blocking
    ///
    /// Blocks the thread. Tasks of this very thread cannot go on meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// aiosync::Queue::<u8>::unbounded().join_blocking();
    /// ```
    #[cfg(not(target_family = "wasm"))]
    pub fn join_blocking(&self) {
        self.join().block();
    }

    /// Closes the queue to puts; gets take what is left. Answers `false` if it was
    /// closed already.
    ///
    /// Putters that wait, or were granted room and have not used it, get their item
    /// back.
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.try_put(1).unwrap();
    /// assert!(queue.close());
    /// assert!(!queue.close());
    /// assert!(queue.try_put(2).is_err());
    /// assert_eq!(queue.try_get(), Ok(1));
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) -> bool {
        self.core.close()
    }

    /// Closes the queue to puts and gets, and answers the items that were inside.
    /// They count as done.
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(2);
    /// queue.try_put(1).unwrap();
    /// assert_eq!(queue.close_now().len(), 1);
    /// assert_eq!(queue.unfinished(), 0);
    /// assert!(queue.try_get().is_err());
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close_now(&self) -> Drained<T> {
        self.core.close_now()
    }

    /// Whether the queue is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!aiosync::Queue::<u8>::unbounded().is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.core.look().close_state() != CloseState::Open
    }

    /// Waits until the queue is closed. Ready at once if it is.
    ///
    /// # Fairness
    ///
    /// There is no line: nothing is handed over, and all who wait are released together.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future affects nobody else.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::<u8>::unbounded();
    /// future::block_on(future::zip(queue.closed(), async { queue.close() }));
    /// ```
    pub fn closed(&self) -> Closed<'_, T, O> {
        Closed::new(self)
    }

    /// How many items are inside, those that are granted to getters included.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Queue::<u8>::unbounded().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Whether nothing is inside.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(aiosync::Queue::<u8>::unbounded().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether as many items are inside as the capacity allows. Never so for an
    /// unbounded queue.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.try_put(1).unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.capacity() == Some(self.len())
    }

    /// How many items can be inside; `None` for an unbounded queue.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Queue::<u8>::bounded(3).capacity(), Some(3));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.core.capacity()
    }

    /// How many wait for room (put, reserve, put_many), without those that were
    /// granted it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Queue::<u8>::bounded(1).waiting_putters(), 0);
    /// ```
    #[must_use]
    pub fn waiting_putters(&self) -> usize {
        self.core.look().putters.len()
    }

    /// How many wait for an item, without those that were granted one.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Queue::<u8>::bounded(1).waiting_getters(), 0);
    /// ```
    #[must_use]
    pub fn waiting_getters(&self) -> usize {
        self.core.look().getters.len()
    }

    /// Room that a putter without a ticket finds now.
    fn free_room(&self) -> usize {
        self.core.free_room(&self.core.look())
    }
}

// A panic leaves it whole, also one of `Ord::cmp`: an item is in it or not, and is seen by
// nobody before it is out.
impl<T, O: Order<T>> UnwindSafe for OrderedQueue<T, O> {}
impl<T, O: Order<T>> RefUnwindSafe for OrderedQueue<T, O> {}

impl<T, O: Order<T>> fmt::Debug for OrderedQueue<T, O> {
    /// The name of the order's alias, what goes on, the counts, and what was granted to
    /// waiters who have not been polled since. No items.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct(<O::Storage as Storage<T>>::QUEUE);
        self.core.describe(&mut fields);
        fields.finish()
    }
}
