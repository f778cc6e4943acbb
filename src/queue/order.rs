#![forbid(unsafe_code)]
//! In which order items come out: the three storages.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;

use super::heap::{Position, StableHeap};

/// In which order the items of an [`OrderedQueue`](crate::OrderedQueue) come out:
/// [`Fifo`], [`Lifo`] or [`Priority`].
///
/// Sealed: there are no others.
pub trait Order<T>: sealed::Order {
    /// What holds the items.
    #[doc(hidden)]
    type Storage: sealed::Storage<T>;
}

/// First in, first out: the order of a [`Queue`](crate::Queue).
#[derive(Clone, Copy, Debug)]
pub struct Fifo(());

/// Last in, first out: the order of a [`LifoQueue`](crate::LifoQueue).
#[derive(Clone, Copy, Debug)]
pub struct Lifo(());

/// Smallest first, equal ones in the order in which they were put: the order of a
/// [`PriorityQueue`](crate::PriorityQueue).
#[derive(Clone, Copy, Debug)]
pub struct Priority(());

impl sealed::Order for Fifo {}
impl sealed::Order for Lifo {}
impl sealed::Order for Priority {}

impl<T> Order<T> for Fifo {
    type Storage = VecDeque<T>;
}

impl<T> Order<T> for Lifo {
    type Storage = Vec<T>;
}

impl<T: Ord> Order<T> for Priority {
    type Storage = StableHeap<T>;
}

pub(crate) mod sealed {
    use super::Drained;

    /// Closes the set of orders.
    pub trait Order {}

    /// What holds the items of a queue.
    pub trait Storage<T>: Sized {
        /// Nothing.
        const EMPTY: Self;

        /// Whether `place` and `take` run the items' `Ord::cmp`.
        const COMPARES: bool;

        /// Where a new item goes.
        type Place;

        /// How many items are inside.
        fn len(&self) -> usize;

        /// Where `item` goes. May run `Ord::cmp`; a panic of it changes nothing.
        fn place(&self, item: &T) -> Self::Place;

        /// Inserts at the place that was just answered. Runs no user code.
        fn insert(&mut self, place: Self::Place, item: T);

        /// Takes the first item. May run `Ord::cmp`; a panic of it changes nothing.
        fn take(&mut self) -> Option<T>;

        /// The items, to be iterated outside the lock.
        fn into_drained(self) -> Drained<T>;
    }
}

impl<T> sealed::Storage<T> for VecDeque<T> {
    const EMPTY: Self = Self::new();
    const COMPARES: bool = false;
    type Place = ();

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn place(&self, _item: &T) {}

    #[inline]
    fn insert(&mut self, (): (), item: T) {
        self.push_back(item);
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        self.pop_front()
    }

    fn into_drained(self) -> Drained<T> {
        Drained(Items::Fifo(self))
    }
}

impl<T> sealed::Storage<T> for Vec<T> {
    const EMPTY: Self = Self::new();
    const COMPARES: bool = false;
    type Place = ();

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn place(&self, _item: &T) {}

    #[inline]
    fn insert(&mut self, (): (), item: T) {
        self.push(item);
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        self.pop()
    }

    fn into_drained(self) -> Drained<T> {
        Drained(Items::Lifo(self))
    }
}

impl<T: Ord> sealed::Storage<T> for StableHeap<T> {
    const EMPTY: Self = Self::EMPTY;
    const COMPARES: bool = true;
    type Place = Position;

    fn len(&self) -> usize {
        self.len()
    }

    fn place(&self, item: &T) -> Position {
        self.position(item)
    }

    fn insert(&mut self, place: Position, item: T) {
        self.insert(place, item);
    }

    fn take(&mut self) -> Option<T> {
        self.take()
    }

    fn into_drained(self) -> Drained<T> {
        Drained(Items::Priority {
            heap: self,
            take: Self::take,
        })
    }
}

/// The items that were inside a queue when
/// [`close_now`](crate::OrderedQueue::close_now) closed it, in the queue's order.
///
/// An iterator; what is not iterated is dropped with it, outside any lock of the
/// queue.
///
/// # Examples
///
/// ```
/// let queue = aiosync::Queue::bounded(4);
/// queue.try_put(1).unwrap();
/// queue.try_put(2).unwrap();
/// assert_eq!(queue.close_now().collect::<Vec<_>>(), [1, 2]);
/// ```
#[must_use = "the items are dropped with it"]
pub struct Drained<T>(Items<T>);

enum Items<T> {
    Fifo(VecDeque<T>),
    Lifo(Vec<T>),
    Priority {
        heap: StableHeap<T>,
        /// Remembers that `T` is `Ord`.
        take: fn(&mut StableHeap<T>) -> Option<T>,
    },
}

impl<T> Iterator for Drained<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Items::Fifo(items) => items.pop_front(),
            Items::Lifo(items) => items.pop(),
            Items::Priority { heap, take } => take(heap),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = match &self.0 {
            Items::Fifo(items) => items.len(),
            Items::Lifo(items) => items.len(),
            Items::Priority { heap, .. } => heap.len(),
        };
        (len, Some(len))
    }
}

impl<T> ExactSizeIterator for Drained<T> {}
impl<T> FusedIterator for Drained<T> {}

impl<T> fmt::Debug for Drained<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Drained")
            .field("len", &self.len())
            .finish()
    }
}
