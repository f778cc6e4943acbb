#![forbid(unsafe_code)]
//! Guards that act on a queue when they are dropped: one counts an item as done, the others
//! close the queue.
//!
//! A drop also happens when a task panics or is cancelled. If a waker panics while the thread
//! unwinds, that panic is dropped, so these drops never abort the process. The one exception is
//! a drop inside `Ord::cmp` (see [`comparison`](super::comparison)).

use core::fmt;

use super::OrderedQueue;
use super::order::Order;
use crate::sync::Arc;

/// A guard that counts one item as done when it is dropped.
///
/// Returned by [`done_guard`](OrderedQueue::done_guard).
///
/// # Panics
///
/// The drop panics if the waker of a [`join`](OrderedQueue::join) panics, after all other waiters
/// were woken. It does not panic while the thread unwinds from another panic. The `Ord::cmp` of the
/// items of a [`PriorityQueue`](crate::PriorityQueue#panics) must not drop this guard.
///
/// # Examples
///
/// See [`done_guard`](OrderedQueue::done_guard).
#[must_use = "the item is counted as done when the guard is dropped"]
pub struct DoneGuard<'a, T, O: Order<T>> {
    queue: &'a OrderedQueue<T, O>,
}

impl<T, O: Order<T>> Drop for DoneGuard<'_, T, O> {
    fn drop(&mut self) {
        // One call too many changes nothing.
        self.queue.core.task_done();
    }
}

impl<T, O: Order<T>> fmt::Debug for DoneGuard<'_, T, O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DoneGuard").finish_non_exhaustive()
    }
}

/// A guard that closes a queue when it is dropped.
///
/// Returned by [`close_guard`](OrderedQueue::close_guard).
///
/// # Panics
///
/// The drop panics if a waker panics, after all other waiters were woken. It does not panic while
/// the thread unwinds from another panic. The `Ord::cmp` of the items of a
/// [`PriorityQueue`](crate::PriorityQueue#panics) must not drop this guard.
///
/// # Examples
///
/// See [`close_guard`](OrderedQueue::close_guard).
#[must_use = "the queue is closed when the guard is dropped"]
pub struct CloseGuard<'a, T, O: Order<T>> {
    queue: &'a OrderedQueue<T, O>,
}

impl<T, O: Order<T>> Drop for CloseGuard<'_, T, O> {
    fn drop(&mut self) {
        self.queue.core.close();
    }
}

impl<T, O: Order<T>> fmt::Debug for CloseGuard<'_, T, O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CloseGuard").finish_non_exhaustive()
    }
}

/// A guard that closes a queue when it is dropped. It owns the `Arc` of the queue and borrows
/// nothing.
///
/// Returned by [`close_guard_owned`](OrderedQueue::close_guard_owned).
///
/// # Panics
///
/// Same as [`CloseGuard`].
///
/// # Examples
///
/// See [`close_guard_owned`](OrderedQueue::close_guard_owned).
#[must_use = "the queue is closed when the guard is dropped"]
pub struct OwnedCloseGuard<T, O: Order<T>> {
    /// Dropped after the queue was closed.
    queue: Arc<OrderedQueue<T, O>>,
}

impl<T, O: Order<T>> Drop for OwnedCloseGuard<T, O> {
    fn drop(&mut self) {
        self.queue.core.close();
    }
}

impl<T, O: Order<T>> fmt::Debug for OwnedCloseGuard<T, O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OwnedCloseGuard")
            .finish_non_exhaustive()
    }
}

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Returns a guard that calls [`task_done`](Self::task_done) when it is dropped.
    ///
    /// Create it right after a get. If a worker panics or is cancelled before it calls `task_done`,
    /// its item stays unfinished, and [`join`](Self::join) waits forever. The guard is dropped in
    /// both cases, so it counts the item as done.
    ///
    /// Do not also call `task_done` for the same item, because the second call would count another
    /// item. The guard ignores the error of `task_done`.
    ///
    /// If the item and the guard are local variables, the guard is dropped first, because it was
    /// declared last. If the drop of the item is part of the work, move the item into the work.
    ///
    /// # Examples
    ///
    /// The worker panics at the second item. Nevertheless, `join` does not wait forever:
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    /// use std::thread;
    ///
    /// let queue = Queue::from_iter([1, 0, 2]);
    /// let work = || {
    ///     while let Ok(number) = queue.try_get() {
    ///         let _done = queue.done_guard();
    ///         assert_ne!(number, 0, "this item is broken");
    ///     }
    /// };
    /// let worker = thread::scope(|scope| scope.spawn(work).join());
    /// assert!(worker.is_err());
    /// assert_eq!(queue.unfinished(), 1);
    /// work();
    /// future::block_on(queue.join());
    /// ```
    pub fn done_guard(&self) -> DoneGuard<'_, T, O> {
        DoneGuard { queue: self }
    }

    /// Returns a guard that calls [`close`](Self::close) when it is dropped.
    ///
    /// The guard closes the queue even if a producer returns early, panics or is cancelled. So the
    /// getters take the remaining items and then get an error, instead of waiting forever.
    ///
    /// A queue can have any number of guards. The first drop closes the queue, and the others
    /// change nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use futures_lite::future;
    ///
    /// let queue = Queue::bounded(1);
    /// let producer = async {
    ///     let _close = queue.close_guard();
    ///     for line in ["1", "2", "three", "4"] {
    ///         queue.put(line.parse::<i32>()?).await.unwrap();
    ///     }
    ///     Ok::<(), std::num::ParseIntError>(())
    /// };
    /// let consumer = async {
    ///     let mut total = 0;
    ///     while let Ok(number) = queue.get().await {
    ///         total += number;
    ///     }
    ///     total
    /// };
    /// let (producer, total) = future::block_on(future::zip(producer, consumer));
    /// assert!(producer.is_err());
    /// assert_eq!(total, 3);
    /// ```
    #[doc(alias = "drop_guard")]
    pub fn close_guard(&self) -> CloseGuard<'_, T, O> {
        CloseGuard { queue: self }
    }

    /// Returns a guard that calls [`close`](Self::close) when it is dropped. The guard owns the
    /// `Arc` and borrows nothing.
    ///
    /// To close the queue when the last of several producers ends, put one guard into an `Arc`.
    /// Give each producer a clone of that `Arc`.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::Queue;
    /// use std::sync::Arc;
    /// use std::thread;
    ///
    /// let queue = Arc::new(Queue::bounded(2));
    /// let guard = Arc::new(Arc::clone(&queue).close_guard_owned());
    /// for number in [1, 2, 3] {
    ///     let (queue, guard) = (Arc::clone(&queue), Arc::clone(&guard));
    ///     thread::spawn(move || {
    ///         queue.put_blocking(number).unwrap();
    ///         drop(guard);
    ///     });
    /// }
    /// // The producers own the guard now.
    /// drop(guard);
    /// let mut total = 0;
    /// while let Ok(number) = queue.get_blocking() {
    ///     total += number;
    /// }
    /// assert_eq!(total, 6);
    /// ```
    pub fn close_guard_owned(self: Arc<Self>) -> OwnedCloseGuard<T, O> {
        OwnedCloseGuard { queue: self }
    }
}
