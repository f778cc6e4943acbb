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

use ::core::fmt;
use ::core::panic::{RefUnwindSafe, UnwindSafe};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use ::core::time::Duration;
use alloc::vec::Vec;

use self::core::QueueCore;
use self::future::{
    Closed, ClosedOwned, Get, GetMany, GetOwned, Join, JoinOwned, Put, PutMany, PutOwned, Reserve,
    ReserveOwned,
};
use self::get::GetSome;
use self::order::sealed::Storage;
use crate::diagnostics::{PrimitiveKind, Probe, QueueEnd, Site, Supply, identified_by_probe};
use crate::sync::{Arc, const_unless_loom};

/// A queue for any number of putters and getters. The order `O` decides which item comes out next.
///
/// Use it through one of its aliases: [`Queue`], [`LifoQueue`] or [`PriorityQueue`].
///
/// A queue has no separate handles for its two ends. Share it by reference or in an `Arc`. Putters
/// wait while the queue is full, and getters wait while it is empty. [`close`](Self::close) and
/// [`close_now`](Self::close_now) close the queue.
///
/// [`unfinished`](Self::unfinished) is the number of puts minus the number of
/// [`task_done`](Self::task_done) calls. [`join`](Self::join) waits until it is 0.
///
/// `collect` and `from_iter` create an unbounded queue from the items of an iterator. A queue does
/// not implement `Extend`, because a put into a full or closed queue fails. Instead, use
/// [`put_many`](Self::put_many), which waits for room. If the queue is closed meanwhile, it returns
/// the remaining items.
///
/// # Fairness
///
/// Putters and getters are served in the order in which they began to wait. Each waiter gets a
/// *grant*. The grant of a getter reserves one item, and the grant of a putter reserves room for
/// one item. No other caller can take the reserved item or room.
///
/// A granted item stays in the queue until its getter takes it. So a cancelled wait neither loses
/// an item nor changes the order of the items.
///
/// # Blocking
///
/// Only the `_blocking` methods, and `block` of a future, block a thread for a long time. There is
/// one short wait: if a thread is descheduled in the middle of a put or get, other operations may
/// need that very item. They sleep for short times until that thread is done. So do not use a queue
/// in a signal handler, because the handler may have interrupted the very thread that it waits for.
///
/// # Panics
///
/// If a waker panics, the call that wakes it panics too, after all other waiters were woken. If
/// that call is a poll of a future or a stream, the future or stream keeps its result, and its next
/// poll returns it.
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
#[doc(alias = "Sender")]
#[doc(alias = "Receiver")]
pub struct OrderedQueue<T, O: Order<T>> {
    probe: Probe,
    core: QueueCore<T, O>,
}

identified_by_probe!([T, O: Order<T>] OrderedQueue<T, O>, probe);

/// A queue whose items come out in the order in which they were put: first in, first out.
///
/// The methods and traits, such as `FromIterator`, are documented at [`OrderedQueue`].
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

/// A queue whose newest item comes out first: last in, first out.
///
/// The methods and traits, such as `FromIterator`, are documented at [`OrderedQueue`].
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
#[doc(alias = "LIFO")]
pub type LifoQueue<T> = OrderedQueue<T, Lifo>;

/// A queue whose smallest item comes out first. Equal items come out in the order in which
/// they were put.
///
/// To get the greatest item first, wrap the items in [`std::cmp::Reverse`].
///
/// The methods and traits, such as `FromIterator`, are documented at [`OrderedQueue`].
///
/// # Panics
///
/// The `Ord::cmp` of the items runs while the queue holds its internal lock, so it must not use the
/// queue. Any use panics, including the drop of a guard, of a [`Slot`], or of a granted future. A
/// grant that is dropped in this way is never given back.
///
/// Two cases abort the process instead, because they cannot panic: the drop of a future that still
/// waits, and a use during another panic.
///
/// If `Ord::cmp` itself panics, the call that compares panics too. The queue keeps all its items
/// and stays usable.
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
    /// A [`Queue`] allocates the memory for all its items at once, if this takes at most one
    /// mebibyte. In a larger `Queue`, and in the other types, the memory grows with the number of
    /// items.
    ///
    /// If the items contain references, these must point to data that is declared before the queue.
    /// The channels of std have the same rule.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(2);
    /// queue.try_put("first").unwrap();
    /// queue.try_put("second").unwrap();
    /// assert!(queue.try_put("third").is_err());
    /// ```
    #[doc(alias = "channel")]
    #[must_use]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn bounded(capacity: usize) -> Self {
        assert!(
            capacity > 0,
            "aiosync: the capacity of a bounded queue must be at least 1, not 0"
        );
        Self {
            probe: Probe::new(PrimitiveKind::Queue, Site::here()),
            core: QueueCore::bounded(capacity),
        }
    }

    const_unless_loom! {
        /// Creates an unbounded queue. Its puts never wait.
        ///
        /// # Examples
        ///
        /// ```
        /// use aiosync::Queue;
        ///
        /// static LINES: Queue<String> = Queue::unbounded();
        ///
        /// LINES.try_put("a line".to_owned()).unwrap();
        /// assert_eq!(LINES.len(), 1);
        /// ```
        #[doc(alias = "unbounded_channel")]
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn unbounded() -> Self {
            Self {
                probe: Probe::new(PrimitiveKind::Queue, Site::here()),
                core: QueueCore::unbounded(),
            }
        }
    }

    /// Names the queue in the reports of [`diagnostics`](crate::diagnostics).
    ///
    /// # Examples
    ///
    /// ```
    /// static JOBS: aiosync::Queue<u32> = aiosync::Queue::unbounded().named("jobs");
    /// # assert!(JOBS.is_empty());
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.probe.set_name(name);
        self
    }

    /// Returns the number of items, for a report.
    pub(crate) fn supply(&self) -> Option<Supply> {
        Some(Supply {
            available: self.len(),
            total: self.capacity(),
        })
    }

    /// Waits for room and puts `item`.
    ///
    /// # Fairness
    ///
    /// Putters are served in the order of their first polls.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready also drops the item, which was not put. If the future
    /// was granted room, the room goes to the next putter. To keep the item in every case,
    /// [`reserve`](Self::reserve) room first.
    ///
    /// # Blocking
    ///
    /// Does not block the thread, with one exception. Another thread may be descheduled in the
    /// middle of a get that makes the room for this put. In this case the put sleeps for short
    /// times until the room is there. Do not put from a signal handler.
    ///
    /// # Errors
    ///
    /// Returns [`PutError`] with the item if the queue is closed, before or during the wait.
    ///
    /// # Panics
    ///
    /// A poll panics if the waker of a getter panics. The item was put, and the next poll returns
    /// `Ok`.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{PutError, Queue};
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// future::block_on(async {
    ///     queue.put(1).await.unwrap();
    ///     // The queue is full, so the next put waits for the getter.
    ///     let (put, got) = future::zip(queue.put(2), queue.get()).await;
    ///     assert_eq!((put, got), (Ok(()), Ok(1)));
    ///     queue.close();
    ///     assert_eq!(queue.put(3).await, Err(PutError(3)));
    /// });
    /// ```
    #[doc(alias = "send")]
    #[doc(alias = "push")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn put(&self, item: T) -> Put<'_, T, O> {
        Put::new(self, item)
    }

    /// Waits for an item and takes it.
    ///
    /// # Fairness
    ///
    /// Getters are served in the order of their first polls.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no item, and does not change the order of the items. An item stays
    /// in the queue until the future is ready. If the future was granted an item, the grant goes to
    /// the next getter.
    ///
    /// # Blocking
    ///
    /// Does not block the thread, with one exception. Another thread may be descheduled in the
    /// middle of the put of the next item. In this case the get sleeps for short times until the
    /// item is there. Do not get from a signal handler.
    ///
    /// # Errors
    ///
    /// Returns [`GetError`] if the queue is closed and no item is left for this getter.
    ///
    /// # Panics
    ///
    /// A poll panics if the waker of a putter panics. The future keeps the item, and its next poll
    /// returns it. If the future is dropped instead, the item is dropped with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{GetError, Queue};
    /// use futures_lite::future;
    ///
    /// let queue = Queue::from_iter(["first", "second"]);
    /// queue.close();
    /// future::block_on(async {
    ///     assert_eq!(queue.get().await, Ok("first"));
    ///     assert_eq!(queue.get().await, Ok("second"));
    ///     assert_eq!(queue.get().await, Err(GetError));
    /// });
    /// ```
    #[doc(alias = "recv")]
    #[doc(alias = "pop")]
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn get(&self) -> Get<'_, T, O> {
        Get::new(self)
    }

    /// Puts `item` if there is room and no putter is waiting.
    ///
    /// # Errors
    ///
    /// Returns the item in [`TryPutError::Full`] if there is no free room, and in
    /// [`TryPutError::Closed`] if the queue is closed.
    ///
    /// # Panics
    ///
    /// Panics if the waker of a getter panics. The item was put.
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        let put = self.try_put_one(item);
        if put.is_ok() {
            self.probe.transferred(QueueEnd::Put, Site::here());
        }
        put
    }

    /// Takes an item, if there is one that is not granted to a getter.
    ///
    /// # Errors
    ///
    /// Returns [`TryGetError::Empty`] if there is no such item now. Returns [`TryGetError::Closed`]
    /// if the queue is closed and empty.
    ///
    /// # Panics
    ///
    /// Panics if the waker of a putter panics. The item is dropped.
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_get(&self) -> Result<T, TryGetError> {
        let item = self.try_get_one();
        if item.is_ok() {
            self.probe.transferred(QueueEnd::Get, Site::here());
        }
        item
    }

    /// Waits for room and puts `item`, as [`put`](Self::put) does. The future owns the `Arc` and
    /// borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`put`](Self::put).
    ///
    /// # Cancel safety
    ///
    /// Same as [`put`](Self::put).
    ///
    /// # Errors
    ///
    /// Same as [`put`](Self::put).
    ///
    /// # Panics
    ///
    /// Same as [`put`](Self::put).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Queue::bounded(1));
    /// let put = Arc::clone(&queue).put_owned("item");
    /// // The future may move to another task or thread.
    /// let thread = std::thread::spawn(|| future::block_on(put));
    /// assert_eq!(queue.get_blocking(), Ok("item"));
    /// thread.join().unwrap().unwrap();
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn put_owned(self: Arc<Self>, item: T) -> PutOwned<T, O> {
        PutOwned::new(self, item)
    }

    /// Waits for an item and takes it, as [`get`](Self::get) does. The future owns the `Arc` and
    /// borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`get`](Self::get).
    ///
    /// # Cancel safety
    ///
    /// Same as [`get`](Self::get).
    ///
    /// # Errors
    ///
    /// Same as [`get`](Self::get).
    ///
    /// # Panics
    ///
    /// Same as [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::sync::Arc;
    ///
    /// let queue = Arc::new(Queue::bounded(1));
    /// let get = Arc::clone(&queue).get_owned();
    /// // The future may move to another task or thread.
    /// let thread = std::thread::spawn(|| future::block_on(get));
    /// queue.put_blocking("item").unwrap();
    /// assert_eq!(thread.join().unwrap(), Ok("item"));
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn get_owned(self: Arc<Self>) -> GetOwned<T, O> {
        GetOwned::new(self)
    }

    /// Blocks the current thread until there is room, and puts `item`.
    ///
    /// # Fairness
    ///
    /// Same as [`put`](Self::put): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full. If the thread runs async tasks, they make no
    /// progress until this returns.
    ///
    /// # Errors
    ///
    /// Same as [`put`](Self::put).
    ///
    /// # Panics
    ///
    /// Panics if the waker of a getter panics. The item was put.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         for number in 1..=3 {
    ///             queue.put_blocking(number).unwrap();
    ///         }
    ///         queue.close();
    ///     });
    ///     let mut total = 0;
    ///     while let Ok(number) = queue.get_blocking() {
    ///         total += number;
    ///     }
    ///     assert_eq!(total, 6);
    /// });
    /// ```
    #[doc(alias = "blocking_send")]
    #[doc(alias = "send_blocking")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn put_blocking(&self, item: T) -> Result<(), PutError<T>> {
        self.put(item).block()
    }

    /// Blocks the current thread until there is an item, and takes it.
    ///
    /// # Fairness
    ///
    /// Same as [`get`](Self::get): threads and tasks wait in the same queue.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is empty. If the thread runs async tasks, they make no
    /// progress until this returns.
    ///
    /// # Errors
    ///
    /// Same as [`get`](Self::get).
    ///
    /// # Panics
    ///
    /// Panics if the waker of a putter panics. The item is dropped, because no future keeps it.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// std::thread::scope(|scope| {
    ///     let getter = scope.spawn(|| queue.get_blocking());
    ///     queue.put_blocking("item").unwrap();
    ///     assert_eq!(getter.join().unwrap(), Ok("item"));
    /// });
    /// ```
    #[doc(alias = "blocking_recv")]
    #[doc(alias = "recv_blocking")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn get_blocking(&self) -> Result<T, GetError> {
        self.get().block()
    }

    /// Blocks the current thread until there is room, for at most `timeout`, and puts `item`.
    ///
    /// # Fairness
    ///
    /// Same as [`put_blocking`](Self::put_blocking). After a timeout, the waiter leaves the wait
    /// queue.
    ///
    /// # Blocking
    ///
    /// Same as [`put_blocking`](Self::put_blocking).
    ///
    /// # Errors
    ///
    /// Returns the item in [`PutTimeoutError::Timeout`] after a timeout, and in
    /// [`PutTimeoutError::Closed`] if the queue is closed.
    ///
    /// # Panics
    ///
    /// Same as [`put_blocking`](Self::put_blocking).
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
    #[doc(alias = "send_timeout")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn put_blocking_timeout(
        &self,
        item: T,
        timeout: Duration,
    ) -> Result<(), PutTimeoutError<T>> {
        let mut put = ::core::pin::pin!(self.put(item));
        match crate::wait::park::block_on_timeout(put.as_mut(), timeout) {
            Some(outcome) => Ok(outcome?),
            None => match put.as_mut().give_up() {
                Some(outcome) => Ok(outcome?),
                None => match put.take_item() {
                    Some(item) => Err(PutTimeoutError::Timeout(item)),
                    None => unreachable!("aiosync: a put that has not completed has no item"),
                },
            },
        }
    }

    /// Blocks the current thread until there is an item, for at most `timeout`, and takes it.
    ///
    /// # Fairness
    ///
    /// Same as [`get_blocking`](Self::get_blocking). After a timeout, the waiter leaves the wait
    /// queue.
    ///
    /// # Blocking
    ///
    /// Same as [`get_blocking`](Self::get_blocking).
    ///
    /// # Errors
    ///
    /// Returns [`GetTimeoutError::Timeout`] after a timeout. Returns [`GetTimeoutError::Closed`] if
    /// the queue is closed and no item is left for this getter.
    ///
    /// # Panics
    ///
    /// Same as [`get_blocking`](Self::get_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{GetTimeoutError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::bounded(1);
    /// let short = Duration::from_millis(1);
    /// queue.try_put(1).unwrap();
    /// assert_eq!(queue.get_blocking_timeout(short), Ok(1));
    /// let late = queue.get_blocking_timeout(short);
    /// assert_eq!(late, Err(GetTimeoutError::Timeout));
    /// ```
    #[doc(alias = "recv_timeout")]
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn get_blocking_timeout(&self, timeout: Duration) -> Result<T, GetTimeoutError> {
        match self.get().block_timeout(timeout) {
            Some(Ok(item)) => Ok(item),
            Some(Err(GetError)) => Err(GetTimeoutError::Closed),
            None => Err(GetTimeoutError::Timeout),
        }
    }

    /// Waits for room and reserves it for an item that is put later.
    ///
    /// # Fairness
    ///
    /// Same as [`put`](Self::put), in the same wait queue.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future while it waits removes it from the wait queue. If it was granted room,
    /// the room goes to the next putter. The future holds no item, so none is lost.
    ///
    /// # Errors
    ///
    /// Returns [`ReserveError`] if the queue is closed, before or during the wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// let mut jobs = vec!["second", "first"];
    /// future::block_on(async {
    ///     // If this wait is cancelled, no job has left `jobs`.
    ///     let slot = queue.reserve().await.unwrap();
    ///     slot.put(jobs.pop().unwrap()).unwrap();
    /// });
    /// assert_eq!(queue.try_get(), Ok("first"));
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn reserve(&self) -> Reserve<'_, T, O> {
        Reserve::new(self)
    }

    /// Reserves room for one item if there is room and no putter is waiting.
    ///
    /// # Errors
    ///
    /// Returns [`TryReserveError::Full`] if there is no free room, and [`TryReserveError::Closed`]
    /// if the queue is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// if let Ok(slot) = queue.try_reserve() {
    ///     // Nobody else can use the reserved room.
    ///     assert!(queue.try_reserve().is_err());
    ///     slot.put("item").unwrap();
    /// }
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn try_reserve(&self) -> Result<Slot<'_, T, O>, TryReserveError> {
        self.try_reserve_one().map(|()| Slot::new(self))
    }

    /// Waits for room and reserves it, as [`reserve`](Self::reserve) does. The future and the slot
    /// own the `Arc` and borrow nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`reserve`](Self::reserve).
    ///
    /// # Cancel safety
    ///
    /// Same as [`reserve`](Self::reserve).
    ///
    /// # Errors
    ///
    /// Same as [`reserve`](Self::reserve).
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn reserve_owned(self: Arc<Self>) -> ReserveOwned<T, O> {
        ReserveOwned::new(self)
    }

    /// Reserves room for one item if there is room and no putter is waiting. The slot owns the
    /// `Arc` and borrows nothing.
    ///
    /// # Errors
    ///
    /// Same as [`try_reserve`](Self::try_reserve).
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

    /// Puts all items in order, and waits for room as often as needed.
    ///
    /// Each time there is room, this puts as many items as fit, or only one item if other putters
    /// are waiting. For the remaining items, it goes to the back of the wait queue. The iterator
    /// runs between the puts, while no internal lock is held. The future fetches up to 32 items before
    /// it puts the first of them. So an iterator must not wait until one of its items is taken out.
    ///
    /// # Fairness
    ///
    /// Same as [`put`](Self::put), in the same wait queue, separately for each wait.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, the items that it has put stay in the queue.
    /// The other items are dropped together with the iterator.
    ///
    /// # Errors
    ///
    /// Returns an iterator over the remaining items if the queue is closed before all items are
    /// put. If there are no items, returns `Ok` even if the queue is closed.
    ///
    /// # Panics
    ///
    /// A poll panics if the waker of a getter panics. The future knows which items it has put, and
    /// its next poll continues with the other items.
    ///
    /// A poll also panics if the iterator panics. Then the future is over. The items that it has put
    /// stay in the queue, and the items that it has fetched and not put are dropped.
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn put_many<I>(&self, items: I) -> PutMany<'_, T, O, I::IntoIter>
    where
        I: IntoIterator<Item = T>,
    {
        PutMany::new(self, items.into_iter())
    }

    /// Waits for an item, and then appends up to `max` items to `into`. Returns the number of
    /// appended items.
    ///
    /// # Fairness
    ///
    /// Same as [`get`](Self::get), in the same wait queue. Takes the granted item, and other items
    /// that are not granted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no item, because the items stay in the queue until it is ready.
    ///
    /// # Errors
    ///
    /// Returns [`GetError`] if the queue is closed and no item is left for this getter. If `max` is
    /// 0, returns `Ok(0)` even if the queue is closed.
    ///
    /// # Panics
    ///
    /// A poll panics if the waker of a putter panics. The items are in the vector, and the next
    /// poll returns their number.
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
    #[doc(alias = "recv_many")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn get_many<'a>(&'a self, into: &'a mut Vec<T>, max: usize) -> GetMany<'a, T, O> {
        GetMany::new(self, into, max)
    }

    /// Appends up to `max` items to `into`, except items that are granted to getters. Returns the
    /// number of appended items.
    ///
    /// # Errors
    ///
    /// Returns [`TryGetError::Empty`] if there is no such item now. Returns [`TryGetError::Closed`]
    /// if the queue is closed and empty. If `max` is 0, returns `Ok(0)`.
    ///
    /// # Panics
    ///
    /// Panics if the waker of a putter panics. The items are in the vector.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(8);
    /// let mut numbers = Vec::new();
    /// assert!(queue.try_get_many(&mut numbers, 3).is_err());
    /// queue.try_put(1).unwrap();
    /// queue.try_put(2).unwrap();
    /// assert_eq!(queue.try_get_many(&mut numbers, 3), Ok(2));
    /// assert_eq!(numbers, [1, 2]);
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_get_many(&self, into: &mut Vec<T>, max: usize) -> Result<usize, TryGetError> {
        match GetSome::<T, O>::new(into, max).get_now(self) {
            Some(Ok(count)) => {
                self.probe.transferred(QueueEnd::Get, Site::here());
                Ok(count)
            }
            Some(Err(GetError)) => Err(TryGetError::Closed),
            None => Err(TryGetError::Empty),
        }
    }

    /// Counts one item as done.
    ///
    /// If a worker panics or is cancelled before it calls this, its item stays unfinished. To count
    /// the item in every case, use a [`done_guard`](Self::done_guard).
    ///
    /// # Errors
    ///
    /// Returns [`TaskDoneError`] if this is called more often than items were put. In this case
    /// nothing changes.
    ///
    /// # Panics
    ///
    /// Panics if the waker of a [`join`](Self::join) panics, after all other waiters were woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::from_iter(["first", "second"]);
    /// while let Ok(_item) = queue.try_get() {
    ///     // Work on the item here.
    ///     queue.task_done().unwrap();
    /// }
    /// queue.join_blocking();
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
    /// On 32-bit targets, the number is correct up to 2³¹ − 1 unfinished items.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.try_put("work").unwrap();
    /// queue.try_get().unwrap();
    /// // The item has left the queue, but it is not done.
    /// assert_eq!((queue.len(), queue.unfinished()), (0, 1));
    /// queue.task_done().unwrap();
    /// assert_eq!(queue.unfinished(), 0);
    /// ```
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.core.unfinished()
    }

    /// Waits until no item is unfinished. If none is unfinished, the first poll completes.
    ///
    /// When [`unfinished`](Self::unfinished) becomes 0, all waiters are released, even if a put
    /// follows at once.
    ///
    /// If a worker panics or is cancelled between a get and its [`task_done`](Self::task_done),
    /// this waits forever. A [`done_guard`](Self::done_guard) prevents that.
    ///
    /// # Fairness
    ///
    /// All waiters are released together.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future affects no other waiter.
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn join(&self) -> Join<'_, T, O> {
        Join::new(self)
    }

    /// Waits until no item is unfinished, as [`join`](Self::join) does. The future owns the `Arc`
    /// and borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`join`](Self::join).
    ///
    /// # Cancel safety
    ///
    /// Same as [`join`](Self::join).
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn join_owned(self: Arc<Self>) -> JoinOwned<T, O> {
        JoinOwned::new(self)
    }

    /// Blocks the current thread until no item is unfinished.
    ///
    /// # Fairness
    ///
    /// Same as [`join`](Self::join): threads and tasks are released together.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while an item is unfinished. If the thread runs async tasks, they make no
    /// progress until this returns.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::from_iter(["first", "second"]);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         while let Ok(_item) = queue.try_get() {
    ///             // Work on the item here.
    ///             queue.task_done().unwrap();
    ///         }
    ///     });
    ///     queue.join_blocking();
    ///     assert_eq!(queue.unfinished(), 0);
    /// });
    /// ```
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn join_blocking(&self) {
        self.join().block();
    }

    /// Closes the queue to puts. Getters still take the remaining items. Returns `false` if the
    /// queue was closed before.
    ///
    /// A waiting put returns an error with its item. So does a put whose grant of room was not used
    /// yet, and a later put into a reserved [`Slot`].
    ///
    /// A [`close_guard`](Self::close_guard) closes the queue when it is dropped.
    ///
    /// # Panics
    ///
    /// Panics if a waker panics, after all other waiters were woken.
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

    /// Closes the queue to puts and gets, and returns its items. These items count as done.
    ///
    /// # Panics
    ///
    /// Panics if a waker panics, after all other waiters were woken. In this case the items are
    /// dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::from_iter(["first", "second"]);
    /// let refused: Vec<_> = queue.close_now().collect();
    /// assert_eq!(refused, ["first", "second"]);
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
    /// let queue = aiosync::Queue::from_iter([1]);
    /// queue.close();
    /// assert!(queue.is_closed());
    /// // A closed queue can still have items.
    /// assert_eq!(queue.try_get(), Ok(1));
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.core.read(|state| state.is_open())
    }

    /// Waits until the queue is closed. If it is closed already, the first poll completes.
    ///
    /// # Fairness
    ///
    /// All waiters are released together.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future affects no other waiter.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::<u8>::unbounded();
    /// let producer = async {
    ///     queue.closed().await;
    ///     "stopped"
    /// };
    /// let stop = async { queue.close() };
    /// assert_eq!(future::block_on(future::zip(producer, stop)).0, "stopped");
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn closed(&self) -> Closed<'_, T, O> {
        Closed::new(self)
    }

    /// Waits until the queue is closed, as [`closed`](Self::closed) does. The future owns the `Arc`
    /// and borrows nothing.
    ///
    /// # Fairness
    ///
    /// Same as [`closed`](Self::closed).
    ///
    /// # Cancel safety
    ///
    /// Same as [`closed`](Self::closed).
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
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn closed_owned(self: Arc<Self>) -> ClosedOwned<T, O> {
        ClosedOwned::new(self)
    }

    /// Returns the number of items in the queue, including items that are granted to getters.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::from_iter(["first", "second"]);
    /// queue.try_get().unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[doc(alias = "qsize")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.core.len()
    }

    /// Returns whether the queue has no item.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::from_iter(["item"]);
    /// assert!(!queue.is_empty());
    /// queue.try_get().unwrap();
    /// assert!(queue.is_empty());
    /// ```
    #[doc(alias = "empty")]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the number of items is equal to the capacity. Returns `false` for an
    /// unbounded queue.
    ///
    /// # Examples
    ///
    /// ```
    /// let queue = aiosync::Queue::bounded(1);
    /// queue.try_put(1).unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[doc(alias = "full")]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.capacity() == Some(self.len())
    }

    /// Returns the capacity, or `None` for an unbounded queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    ///
    /// assert_eq!(Queue::<u8>::bounded(3).capacity(), Some(3));
    /// assert_eq!(Queue::<u8>::unbounded().capacity(), None);
    /// ```
    #[doc(alias = "maxsize")]
    #[doc(alias = "max_capacity")]
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.core.capacity()
    }

    /// Returns the number of waiters for room (`put`, `reserve`, `put_many`). A waiter that was
    /// granted room is not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// queue.try_put(1).unwrap();
    /// let mut put = Box::pin(queue.put(2));
    /// // The first poll puts the future into the wait queue.
    /// assert!(future::block_on(future::poll_once(&mut put)).is_none());
    /// assert_eq!(queue.waiting_putters(), 1);
    /// queue.try_get().unwrap();
    /// assert_eq!(queue.waiting_putters(), 0);
    /// ```
    #[must_use]
    pub fn waiting_putters(&self) -> usize {
        self.core.read(|state| state.putters.len())
    }

    /// Returns the number of waiters for an item. A waiter that was granted an item is not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// let mut get = Box::pin(queue.get());
    /// // The first poll puts the future into the wait queue.
    /// assert!(future::block_on(future::poll_once(&mut get)).is_none());
    /// assert_eq!(queue.waiting_getters(), 1);
    /// queue.try_put(1).unwrap();
    /// assert_eq!(queue.waiting_getters(), 0);
    /// ```
    #[must_use]
    pub fn waiting_getters(&self) -> usize {
        self.core.read(|state| state.getters.len())
    }
}

// No panic leaves a queue half changed, not even one in `Ord::cmp`: an item is inside or
// not, and nobody sees it while it is inside.
impl<T, O: Order<T>> UnwindSafe for OrderedQueue<T, O> {}
impl<T, O: Order<T>> RefUnwindSafe for OrderedQueue<T, O> {}

impl<T, O: Order<T>> Default for OrderedQueue<T, O> {
    /// Creates an empty unbounded queue.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn default() -> Self {
        Self::unbounded()
    }
}

impl<T, O: Order<T>> FromIterator<T> for OrderedQueue<T, O> {
    /// Creates an unbounded queue, and puts the items in order.
    ///
    /// Each item counts as a put, so [`unfinished`](Self::unfinished) is the number of items.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let queue = Self::unbounded();
        for item in items {
            if queue.try_put(item).is_err() {
                unreachable!("aiosync: a new unbounded queue refused an item");
            }
        }
        queue
    }
}

impl<T, O: Order<T>> fmt::Debug for OrderedQueue<T, O> {
    /// Prints the name of the alias, the state, the counts, and the number of grants that are not
    /// used yet. Prints no items.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct(<O::Storage as Storage<T>>::QUEUE);
        self.core.describe(&mut fields);
        fields.finish()
    }
}
