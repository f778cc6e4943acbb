#![deny(unsafe_code)]
//! Queues between tasks and threads: [`Queue`], [`LifoQueue`], [`PriorityQueue`].
//!
//! | module | content |
//! |---|---|
//! | [`core`] | the protocol: grants and wait queues under one mutex |
//! | [`state`], [`guard`] | what the mutex guards, and the guard that settles |
//! | [`close`] | open, closed, closed now; what `closed` and `join` wait for |
//! | [`side`], [`get`], [`put`] | the waiting operations: what both sides share, then each side |
//! | [`ring`] | the items of a bounded FIFO queue, without the mutex while nobody waits |
//! | [`order`], [`heap`] | the orders in which items come out |
//! | [`done_count`] | how many items are done |
//! | [`comparison`] | detects that `Ord::cmp` uses the queue that compares |
//! | [`slot`], [`drop_guards`], [`future`], [`error`] | the public types |
//! | `stream`, `sink` | the queue as a `Stream` and as a `Sink`, behind features |

mod close;
mod comparison;
mod core;
mod done_count;
mod drop_guards;
mod error;
pub(crate) mod future;
mod get;
mod guard;
mod heap;
mod order;
mod put;
mod ring;
mod side;
#[cfg(feature = "sink")]
mod sink;
mod slot;
mod state;
#[cfg(feature = "stream")]
mod stream;

pub use self::drop_guards::{CloseGuard, DoneGuard, OwnedCloseGuard};
pub use self::error::{
    GetError, GetTimeoutError, PutError, PutManyError, PutTimeoutError, ReserveError,
    TaskDoneError, TryGetError, TryPutError, TryReserveError,
};
pub use self::order::{Drained, Fifo, Lifo, Order, Priority};
#[cfg(feature = "sink")]
pub use self::sink::QueueSink;
pub use self::slot::{OwnedSlot, Slot};
#[cfg(feature = "stream")]
pub use self::stream::{QueueStream, QueueStreamOwned};

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use self::core::QueueCore;
use self::future::{
    Closed, ClosedOwned, Get, GetMany, GetOwned, Join, JoinOwned, Put, PutMany, PutOwned, Reserve,
    ReserveOwned,
};
use self::get::GetSome;
use self::order::sealed::Storage;
use self::side::Side;
use crate::sync::{Arc, const_unless_loom};

/// A queue for any number of putters and getters. The order `O` says which item comes out
/// next: use it as [`Queue`], [`LifoQueue`] or [`PriorityQueue`].
///
/// Share a queue by reference or in an `Arc`; it has no separate ends. Putters wait while
/// it is full, getters while it is empty. [`close`](Self::close) and
/// [`close_now`](Self::close_now) close it.
///
/// [`unfinished`](Self::unfinished) is the number of puts minus the number of
/// [`task_done`](Self::task_done) calls. [`join`](Self::join) waits until it is 0.
///
/// `collect` and `from_iter` create an unbounded queue from the items of an iterator. A queue
/// does not implement `Extend`, because a put into a full or closed queue fails. Use
/// [`put_many`](Self::put_many), which waits for room and returns the items that it cannot put.
///
/// # Fairness
///
/// Putters and getters are served in the order in which they began to wait. A waiter gets a
/// *grant*: a getter the right to one item, a putter the right to room for one item. Nobody
/// else can take what was granted. The items stay inside until they are taken, so a
/// cancelled wait loses no item and no order.
///
/// # Blocking
///
/// No operation blocks for long, except the `_blocking` methods. If a thread is descheduled
/// in the middle of a put or get, the operations that need that very item sleep for short
/// times until it is done. So do not use a queue in a signal handler: the handler may have
/// interrupted the thread that it waits for.
///
/// # Panics
///
/// If a waker panics, the panic comes out of the call that wakes it, after all other
/// waiters were woken. If that call is a poll of a future or a stream, the future keeps what
/// it did, and its next poll returns that.
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
///
/// An iterator fills an unbounded queue:
///
/// ```
/// let queue: aiosync::Queue<_> = (1..=3).collect();
/// assert_eq!((queue.len(), queue.capacity()), (3, None));
/// ```
#[doc(alias = "channel")]
pub struct OrderedQueue<T, O: Order<T>> {
    core: QueueCore<T, O>,
}

/// A queue whose items come out in the order in which they were put.
///
/// [`OrderedQueue`] has its methods and traits, such as `FromIterator`.
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
/// [`OrderedQueue`] has its methods and traits, such as `FromIterator`.
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

/// A queue whose smallest item comes out first. Equal items come out in the order in which
/// they were put.
///
/// Wrap the items in [`std::cmp::Reverse`] to get the greatest item first.
///
/// [`OrderedQueue`] has its methods and traits, such as `FromIterator`.
///
/// # Panics
///
/// The items' `Ord::cmp` runs under the queue's internal lock, and must not use the queue. If
/// it does, that use panics. This includes dropping a guard, a [`Slot`], or a future that was
/// granted an item or room; a grant is leaked then. If a panic is not possible, the process
/// aborts: when a future is dropped that still waits, or during another panic.
///
/// If `Ord::cmp` panics, the queue keeps every item and stays usable.
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
    /// Creates a queue for up to `capacity` items.
    ///
    /// A [`Queue`] allocates the memory for its items at once, if that is at
    /// most one mebibyte. Otherwise, and in the other queues, the memory grows with the items.
    ///
    /// Items that borrow must borrow from something that is declared before the queue, as
    /// for the channels of std.
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
        /// Creates a queue for any number of items. Its puts never wait.
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
    /// Putters are served in the order of their first polls that had to wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready drops the item, which was not put. Its place
    /// in the wait queue is lost, or the room that it was granted goes to the next putter.
    /// To keep the item, [`reserve`](Self::reserve) room first.
    ///
    /// # Blocking
    ///
    /// Does not block the thread, with one exception: if it needs room that another thread
    /// is making, and that thread is descheduled meanwhile, it sleeps for short times until
    /// the room is there. Do not put from a signal handler.
    ///
    /// # Errors
    ///
    /// Returns the item if the queue is closed, or is closed while this waits.
    ///
    /// # Panics
    ///
    /// If the waker of a getter panics. The item was put, and the next poll returns `Ok`.
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
    /// Getters are served in the order of their first polls that had to wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no item and no order: the item stays inside until the
    /// future is ready, and the next getter is granted it.
    ///
    /// # Blocking
    ///
    /// Does not block the thread, with one exception: if it needs an item that another
    /// thread is putting, and that thread is descheduled meanwhile, it sleeps for short times
    /// until the item is there. Do not get from a signal handler.
    ///
    /// # Errors
    ///
    /// Returns [`GetError`] if the queue is closed and no item is left for this getter.
    ///
    /// # Panics
    ///
    /// If the waker of a putter panics. The future keeps the item, and its next poll returns
    /// it. If the future is dropped instead, the item is dropped with it.
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

    /// Puts `item`, if there is room and no putter waits for it.
    ///
    /// # Errors
    ///
    /// Returns the item if there is no free room now, or if the queue is closed.
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
        self.try_put_one(item)
    }

    /// Takes an item, if there is one that no getter was granted.
    ///
    /// # Errors
    ///
    /// Returns [`TryGetError::Empty`] if there is none now, and [`TryGetError::Closed`] if
    /// there will never be one.
    ///
    /// # Panics
    ///
    /// If the waker of a putter panics. The item is dropped.
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
        self.try_get_one()
    }

    /// Like [`put`](Self::put), but the future owns an `Arc` of the queue.
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

    /// Like [`get`](Self::get), but the future owns an `Arc` of the queue.
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

    /// Blocks this thread until there is room, and puts `item`.
    ///
    /// # Fairness
    ///
    /// As [`put`](Self::put): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full. The tasks of this thread cannot run
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    ///
    /// # Panics
    ///
    /// If the waker of a getter panics. The item was put.
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

    /// Blocks this thread until there is an item, and takes it.
    ///
    /// # Fairness
    ///
    /// As [`get`](Self::get): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is empty. The tasks of this thread cannot run
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Panics
    ///
    /// If the waker of a putter panics. The item is dropped, because no future is left to
    /// keep it.
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

    /// Like [`put_blocking`](Self::put_blocking), but waits for at most `timeout`.
    ///
    /// # Fairness
    ///
    /// As [`put_blocking`](Self::put_blocking). After the timeout, the place in the wait
    /// queue is lost.
    ///
    /// # Blocking
    ///
    /// As [`put_blocking`](Self::put_blocking).
    ///
    /// # Errors
    ///
    /// Returns the item if the timeout comes first, or if the queue is closed.
    ///
    /// # Panics
    ///
    /// As [`put_blocking`](Self::put_blocking).
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

    /// Like [`get_blocking`](Self::get_blocking), but waits for at most `timeout`.
    ///
    /// # Fairness
    ///
    /// As [`get_blocking`](Self::get_blocking). After the timeout, the place in the wait
    /// queue is lost.
    ///
    /// # Blocking
    ///
    /// As [`get_blocking`](Self::get_blocking).
    ///
    /// # Errors
    ///
    /// Returns an error if the timeout comes first, or if the queue is closed and no item is
    /// left for this getter.
    ///
    /// # Panics
    ///
    /// As [`get_blocking`](Self::get_blocking).
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

    /// Waits for room and reserves it for an item that is made later.
    ///
    /// # Fairness
    ///
    /// As [`put`](Self::put), in the same wait queue.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses its place in the wait queue, or hands the room that it was
    /// granted on. There is no item to lose.
    ///
    /// # Errors
    ///
    /// Returns [`ReserveError`] if the queue is closed, or is closed while this waits.
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

    /// Reserves room for one item, if there is room and no putter waits for it.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no free room now, or if the queue is closed.
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
        self.try_reserve_one().map(|()| Slot::new(self))
    }

    /// Like [`reserve`](Self::reserve), but the future and the slot own an `Arc` of the queue.
    ///
    /// # Fairness
    ///
    /// As [`reserve`](Self::reserve).
    ///
    /// # Cancel safety
    ///
    /// As [`reserve`](Self::reserve).
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Queue::bounded(1));
    /// let slot = future::block_on(Arc::clone(&queue).reserve_owned()).unwrap();
    /// // The slot may move to another task or thread.
    /// std::thread::spawn(move || slot.put(1)).join().unwrap().unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn reserve_owned(self: Arc<Self>) -> ReserveOwned<T, O> {
        ReserveOwned::new(self)
    }

    /// Like [`try_reserve`](Self::try_reserve), but the slot owns an `Arc` of the queue.
    ///
    /// # Errors
    ///
    /// As [`try_reserve`](Self::try_reserve).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Queue::bounded(1));
    /// let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
    /// slot.put(1).unwrap();
    /// assert!(queue.try_reserve_owned().is_err());
    /// ```
    pub fn try_reserve_owned(self: Arc<Self>) -> Result<OwnedSlot<T, O>, TryReserveError> {
        self.try_reserve_one().map(|()| OwnedSlot::new(self))
    }

    /// Puts all items in order, and waits as often as needed.
    ///
    /// With each grant it puts as many items as fit while no other putter waits, and one
    /// item otherwise. Then it queues again at the back. The iterator runs between the puts,
    /// without an internal lock.
    ///
    /// # Fairness
    ///
    /// As [`put`](Self::put), in the same wait queue, once for each wait.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped half way has put the first items, in order. It drops the
    /// rest together with the iterator.
    ///
    /// # Errors
    ///
    /// Returns an iterator over the rest if the queue is closed before all items are put.
    /// Without items, the result is `Ok` whether the queue is closed or not.
    ///
    /// # Panics
    ///
    /// If the waker of a getter panics. The future remembers what it has put, and its next
    /// poll goes on behind that.
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

    /// Waits for one item, then appends up to `max` items to `into`. Returns how many.
    ///
    /// # Fairness
    ///
    /// As [`get`](Self::get), in the same wait queue. It takes the granted item, and items
    /// that nobody was granted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no item: the items stay inside until it is ready.
    ///
    /// # Errors
    ///
    /// Returns [`GetError`] if the queue is closed and no item is left for this getter. With
    /// `max == 0`, the result is `Ok(0)` whether the queue is closed or not.
    ///
    /// # Panics
    ///
    /// If the waker of a putter panics. The items are in the vector, and the next poll
    /// returns their number.
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

    /// Appends up to `max` items to `into`, of those that no getter was granted. Returns how
    /// many.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no item now, or if there will never be one. With
    /// `max == 0`, the result is `Ok(0)`.
    ///
    /// # Panics
    ///
    /// If the waker of a putter panics. The items are in the vector.
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
        match GetSome::<T, O>::new(into, max).get_free(self) {
            Some(Ok(count)) => Ok(count),
            Some(Err(GetError)) => Err(TryGetError::Closed),
            None => Err(TryGetError::Empty),
        }
    }

    /// Counts one item as done.
    ///
    /// A worker that panics or is cancelled before it calls this leaves the item unfinished. Use a
    /// [`done_guard`](Self::done_guard) to count the item in every case.
    ///
    /// # Errors
    ///
    /// Returns [`TaskDoneError`] if it was called more often than items were put. Nothing
    /// changes then.
    ///
    /// # Panics
    ///
    /// If the waker of a [`join`](Self::join) panics, after all others were woken.
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

    /// Returns the number of puts minus the number of [`task_done`](Self::task_done) calls.
    ///
    /// On 32-bit targets the number is right up to 2³¹ − 1 unfinished items.
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
    /// When [`unfinished`](Self::unfinished) reaches 0, all waits are released, even if a
    /// put follows at once.
    ///
    /// This waits forever if a worker panics or is cancelled between a get and its
    /// [`task_done`](Self::task_done). A [`done_guard`](Self::done_guard) prevents that.
    ///
    /// # Fairness
    ///
    /// All waits are released together.
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

    /// Like [`join`](Self::join), but the future owns an `Arc` of the queue.
    ///
    /// # Fairness
    ///
    /// As [`join`](Self::join).
    ///
    /// # Cancel safety
    ///
    /// As [`join`](Self::join).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    /// use std::thread;
    ///
    /// let queue = Arc::new(Queue::from_iter(["work"]));
    /// let join = Arc::clone(&queue).join_owned();
    /// // The future borrows nothing.
    /// let joining = thread::spawn(|| future::block_on(join));
    /// queue.task_done().unwrap();
    /// joining.join().unwrap();
    /// ```
    pub fn join_owned(self: Arc<Self>) -> JoinOwned<T, O> {
        JoinOwned::new(self)
    }

    /// Blocks this thread until no item is unfinished.
    ///
    /// # Fairness
    ///
    /// As [`join`](Self::join): threads and tasks are released together.
    ///
    /// # Blocking
    ///
    /// Blocks the thread. The tasks of this thread cannot run meanwhile.
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

    /// Closes the queue to puts. Gets take the remaining items. Returns `false` if it was
    /// closed before.
    ///
    /// Putters that wait, and putters that have not used their grant, get their item back.
    ///
    /// A [`close_guard`](Self::close_guard) closes the queue when it is dropped.
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

    /// Closes the queue to puts and gets, and returns the items that were inside. They count
    /// as done.
    ///
    /// # Panics
    ///
    /// If a waker panics, after all others were woken. The items are dropped.
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

    /// Returns whether the queue is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!aiosync::Queue::<u8>::unbounded().is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.core.read(|state| state.is_open())
    }

    /// Waits until the queue is closed. Ready at once if it is.
    ///
    /// # Fairness
    ///
    /// All waits are released together.
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

    /// Like [`closed`](Self::closed), but the future owns an `Arc` of the queue.
    ///
    /// # Fairness
    ///
    /// As [`closed`](Self::closed).
    ///
    /// # Cancel safety
    ///
    /// As [`closed`](Self::closed).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    /// use std::thread;
    ///
    /// let queue = Arc::new(Queue::<u8>::unbounded());
    /// let closed = Arc::clone(&queue).closed_owned();
    /// let stopping = thread::spawn(|| future::block_on(closed));
    /// queue.close();
    /// stopping.join().unwrap();
    /// ```
    pub fn closed_owned(self: Arc<Self>) -> ClosedOwned<T, O> {
        ClosedOwned::new(self)
    }

    /// Returns the number of items inside, including those that getters were granted.
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

    /// Returns whether no item is inside.
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

    /// Returns whether the number of items is the capacity. Always `false` for an unbounded
    /// queue.
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

    /// Returns the largest number of items, or `None` for an unbounded queue.
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

    /// Returns the number of waiters for room (`put`, `reserve`, `put_many`) that were not
    /// granted it yet.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Queue::<u8>::bounded(1).waiting_putters(), 0);
    /// ```
    #[must_use]
    pub fn waiting_putters(&self) -> usize {
        self.core.read(|state| state.putters.len())
    }

    /// Returns the number of waiters for an item that were not granted one yet.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(aiosync::Queue::<u8>::bounded(1).waiting_getters(), 0);
    /// ```
    #[must_use]
    pub fn waiting_getters(&self) -> usize {
        self.core.read(|state| state.getters.len())
    }

    /// Returns the room that a putter without a grant finds now.
    fn free_room(&self) -> usize {
        self.core.read(|state| self.core.free(state, Side::Put))
    }
}

// No panic leaves a queue half changed, not even one in `Ord::cmp`: an item is inside or
// not, and nobody sees it while it is inside.
impl<T, O: Order<T>> UnwindSafe for OrderedQueue<T, O> {}
impl<T, O: Order<T>> RefUnwindSafe for OrderedQueue<T, O> {}

impl<T, O: Order<T>> Default for OrderedQueue<T, O> {
    /// Creates an empty queue for any number of items.
    fn default() -> Self {
        Self::unbounded()
    }
}

impl<T, O: Order<T>> FromIterator<T> for OrderedQueue<T, O> {
    /// Creates a queue for any number of items, and puts the items in order.
    ///
    /// Each item counts as a put, so it is [`unfinished`](Self::unfinished).
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let queue = Self::unbounded();
        for item in items {
            if queue.try_put(item).is_err() {
                unreachable!("aiosync: a new queue without a capacity refused an item");
            }
        }
        queue
    }
}

impl<T, O: Order<T>> fmt::Debug for OrderedQueue<T, O> {
    /// Prints the name of the alias, the state, the counts, and the grants that are not used
    /// yet. Prints no items.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct(<O::Storage as Storage<T>>::QUEUE);
        self.core.describe(&mut fields);
        fields.finish()
    }
}
