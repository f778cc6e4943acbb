#![forbid(unsafe_code)]
//! In which order items come out: the three storages.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;

use super::heap::{Position, StableHeap};
use super::ring::{Frozen, Ring};
use crate::sync::Arc;

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
    type Storage = FifoItems<T>;
}

impl<T> Order<T> for Lifo {
    type Storage = Vec<T>;
}

impl<T: Ord> Order<T> for Priority {
    type Storage = StableHeap<T>;
}

pub(crate) mod sealed {
    use super::Drained;
    use crate::queue::ring::Ring;
    use crate::sync::Arc;

    /// Closes the set of orders.
    pub trait Order {}

    /// What holds the items of a queue, inside its mutex.
    pub trait Storage<T>: Sized {
        /// The name of a queue that is made of it.
        const QUEUE: &'static str;

        /// Nothing.
        const EMPTY: Self;

        /// Nothing, with room for `capacity` items, if it is better to have that ahead.
        fn bounded(_capacity: usize) -> Self {
            Self::EMPTY
        }

        /// The half that is reached without the mutex, if there is one.
        fn ring(&self) -> Option<Arc<Ring<T>>> {
            None
        }

        /// Ends the use of the other half, if there is one.
        fn freeze(&mut self) {}

        /// Lets no item be taken by the other half. Comes before `take`.
        fn freeze_head(&mut self) {}

        /// Lets no item be put by the other half. Comes before `insert`.
        fn freeze_tail(&mut self) {}

        /// Lets items be taken by the other half again, all but those that are reserved.
        fn thaw_head(&mut self, _reserved: usize) {}

        /// Lets items be put by the other half again, in all room but what is reserved.
        fn thaw_tail(&mut self, _reserved: usize) {}

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

        /// All items, to be iterated outside the lock.
        fn take_all(&mut self) -> Drained<T>;
    }
}

/// The items of a [`Queue`](crate::Queue).
#[derive(Debug)]
pub struct FifoItems<T>(FifoKind<T>);

#[derive(Debug)]
enum FifoKind<T> {
    /// For a capacity whose memory may be taken ahead.
    Ring(Frozen<T>),
    /// For no capacity, or a great one.
    Growing(VecDeque<T>),
}

impl<T> sealed::Storage<T> for FifoItems<T> {
    const QUEUE: &'static str = "Queue";
    const EMPTY: Self = Self(FifoKind::Growing(VecDeque::new()));
    const COMPARES: bool = false;
    type Place = ();

    fn bounded(capacity: usize) -> Self {
        if capacity <= Ring::<T>::most_places() {
            Self(FifoKind::Ring(Frozen::new(capacity)))
        } else {
            Self::EMPTY
        }
    }

    fn ring(&self) -> Option<Arc<Ring<T>>> {
        match &self.0 {
            FifoKind::Ring(ring) => Some(ring.ring()),
            FifoKind::Growing(_) => None,
        }
    }

    #[inline]
    fn freeze(&mut self) {
        if let FifoKind::Ring(ring) = &mut self.0 {
            ring.freeze();
        }
    }

    #[inline]
    fn freeze_head(&mut self) {
        if let FifoKind::Ring(ring) = &mut self.0 {
            ring.freeze_head();
        }
    }

    #[inline]
    fn freeze_tail(&mut self) {
        if let FifoKind::Ring(ring) = &mut self.0 {
            ring.freeze_tail();
        }
    }

    #[inline]
    fn thaw_head(&mut self, reserved: usize) {
        if let FifoKind::Ring(ring) = &mut self.0 {
            ring.thaw_head(reserved);
        }
    }

    #[inline]
    fn thaw_tail(&mut self, reserved: usize) {
        if let FifoKind::Ring(ring) = &mut self.0 {
            ring.thaw_tail(reserved);
        }
    }

    #[inline]
    fn len(&self) -> usize {
        match &self.0 {
            FifoKind::Ring(ring) => ring.len(),
            FifoKind::Growing(items) => items.len(),
        }
    }

    #[inline]
    fn place(&self, _item: &T) {}

    #[inline(always)]
    fn insert(&mut self, (): (), item: T) {
        match &mut self.0 {
            FifoKind::Ring(ring) => ring.insert(item),
            FifoKind::Growing(items) => items.push_back(item),
        }
    }

    #[inline(always)]
    fn take(&mut self) -> Option<T> {
        match &mut self.0 {
            FifoKind::Ring(ring) => ring.take(),
            FifoKind::Growing(items) => items.pop_front(),
        }
    }

    fn take_all(&mut self) -> Drained<T> {
        Drained(Items::Fifo(match &mut self.0 {
            FifoKind::Ring(ring) => ring.take_all(),
            FifoKind::Growing(items) => std::mem::take(items),
        }))
    }
}

impl<T> sealed::Storage<T> for Vec<T> {
    const QUEUE: &'static str = "LifoQueue";
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

    fn take_all(&mut self) -> Drained<T> {
        Drained(Items::Lifo(std::mem::take(self)))
    }
}

impl<T: Ord> sealed::Storage<T> for StableHeap<T> {
    const QUEUE: &'static str = "PriorityQueue";
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

    fn take_all(&mut self) -> Drained<T> {
        Drained(Items::Priority {
            heap: std::mem::replace(self, Self::EMPTY),
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
