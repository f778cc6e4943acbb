#![forbid(unsafe_code)]
//! The three orders in which items come out, and their storages.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;

use super::heap::{HeapIndex, StableHeap};
use super::ring::{Frozen, MOST_BYTES, Ring};
use super::side::Side;
use crate::sync::{Arc, HAS_THREADS};

/// The order in which the items of an [`OrderedQueue`](crate::OrderedQueue) come out:
/// [`Fifo`], [`Lifo`] or [`Priority`].
///
/// This trait is sealed, so there are no other orders.
pub trait Order<T>: sealed::Sealed {
    /// The type that stores the items. It has no public methods.
    type Storage: sealed::Storage<T>;
}

/// First in, first out: the order of a [`Queue`](crate::Queue).
#[derive(Clone, Copy, Debug)]
pub struct Fifo(());

/// Last in, first out: the order of a [`LifoQueue`](crate::LifoQueue).
#[derive(Clone, Copy, Debug)]
pub struct Lifo(());

/// Smallest first: the order of a [`PriorityQueue`](crate::PriorityQueue). Equal items come out in
/// the order in which they were put.
#[derive(Clone, Copy, Debug)]
pub struct Priority(());

impl sealed::Sealed for Fifo {}
impl sealed::Sealed for Lifo {}
impl sealed::Sealed for Priority {}

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
    use crate::queue::side::Side;
    use crate::sync::Arc;

    /// Seals [`Order`](super::Order).
    pub trait Sealed {}

    /// The items of a queue, inside its mutex.
    pub trait Storage<T>: Sized {
        /// The name of a queue with this storage.
        const QUEUE: &'static str;

        /// A storage without items.
        const EMPTY: Self;

        /// Creates a storage for up to `capacity` items, without items.
        fn bounded(capacity: usize) -> Self;

        /// Returns the half that works without the mutex, if there is one.
        fn ring(&self) -> Option<Arc<Ring<T>>> {
            None
        }

        /// Keeps the other half from taking items ([`Side::Get`]) or putting them
        /// ([`Side::Put`]). Comes before [`take`](Self::take) or [`insert`](Self::insert).
        fn freeze(&mut self, _side: Side) {}

        /// Allows the other half to take or put again, except for what is reserved.
        fn thaw(&mut self, _side: Side, _reserved: usize) {}

        /// Whether [`insertion_point`](Self::insertion_point) and [`take`](Self::take) run
        /// the items' `Ord::cmp`.
        const COMPARES: bool;

        /// Where a new item goes.
        type InsertionPoint;

        /// Returns the number of items.
        fn len(&self) -> usize;

        /// Returns where `item` goes. May run `Ord::cmp`; if that panics, nothing changes.
        fn insertion_point(&self, item: &T) -> Self::InsertionPoint;

        /// Inserts an item at the point that was just returned for it. Runs no user code.
        fn insert(&mut self, point: Self::InsertionPoint, item: T);

        /// Takes the first item. May run `Ord::cmp`; if that panics, nothing changes.
        fn take(&mut self) -> Option<T>;

        /// Takes all items, to be iterated without the mutex.
        fn take_all(&mut self) -> Drained<T>;
    }
}

/// Returns for how many items a storage without a ring allocates memory when it is created.
/// Without threads, it must not grow later, while interrupts are off.
fn allocated_at_once<T>(capacity: usize) -> usize {
    if HAS_THREADS {
        0
    } else {
        capacity.min(MOST_BYTES / size_of::<T>().max(1))
    }
}

/// The items of a [`Queue`](crate::Queue).
#[derive(Debug)]
pub struct FifoItems<T>(FifoKind<T>);

#[derive(Debug)]
enum FifoKind<T> {
    /// For a capacity whose memory is allocated at once.
    Ring(Frozen<T>),
    /// For no capacity, or a large one.
    Growing(VecDeque<T>),
}

impl<T> sealed::Storage<T> for FifoItems<T> {
    const QUEUE: &'static str = "Queue";
    const EMPTY: Self = Self(FifoKind::Growing(VecDeque::new()));
    const COMPARES: bool = false;
    type InsertionPoint = ();

    fn bounded(capacity: usize) -> Self {
        if let Some(ring) = Ring::for_capacity(capacity) {
            Self(FifoKind::Ring(ring))
        } else {
            let items = VecDeque::with_capacity(allocated_at_once::<T>(capacity));
            Self(FifoKind::Growing(items))
        }
    }

    fn ring(&self) -> Option<Arc<Ring<T>>> {
        match &self.0 {
            FifoKind::Ring(ring) => Some(ring.ring()),
            FifoKind::Growing(_) => None,
        }
    }

    #[inline]
    fn freeze(&mut self, side: Side) {
        if let FifoKind::Ring(ring) = &mut self.0 {
            ring.freeze(side);
        }
    }

    #[inline]
    fn thaw(&mut self, side: Side, reserved: usize) {
        if let FifoKind::Ring(ring) = &mut self.0 {
            ring.thaw(side, reserved);
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
    fn insertion_point(&self, _item: &T) {}

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
            FifoKind::Growing(items) => core::mem::take(items),
        }))
    }
}

impl<T> sealed::Storage<T> for Vec<T> {
    const QUEUE: &'static str = "LifoQueue";
    const EMPTY: Self = Self::new();
    const COMPARES: bool = false;
    type InsertionPoint = ();

    fn bounded(capacity: usize) -> Self {
        Self::with_capacity(allocated_at_once::<T>(capacity))
    }

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn insertion_point(&self, _item: &T) {}

    #[inline]
    fn insert(&mut self, (): (), item: T) {
        self.push(item);
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        self.pop()
    }

    fn take_all(&mut self) -> Drained<T> {
        Drained(Items::Lifo(core::mem::take(self)))
    }
}

impl<T: Ord> sealed::Storage<T> for StableHeap<T> {
    const QUEUE: &'static str = "PriorityQueue";
    const EMPTY: Self = Self::EMPTY;
    const COMPARES: bool = true;
    type InsertionPoint = HeapIndex;

    fn bounded(capacity: usize) -> Self {
        Self::with_capacity(allocated_at_once::<T>(capacity))
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn insertion_point(&self, item: &T) -> HeapIndex {
        self.insertion_index(item)
    }

    fn insert(&mut self, index: HeapIndex, item: T) {
        self.insert(index, item);
    }

    fn take(&mut self) -> Option<T> {
        self.take()
    }

    fn take_all(&mut self) -> Drained<T> {
        Drained(Items::Priority {
            heap: core::mem::replace(self, Self::EMPTY),
            take: Self::take,
        })
    }
}

/// The items of a queue that [`close_now`](crate::OrderedQueue::close_now) has closed, in the order
/// of the queue.
///
/// This is an iterator. If it is dropped early, its remaining items are dropped too, while no
/// internal lock is held.
///
/// # Examples
///
/// ```
/// let queue = aiosync::Queue::from_iter(["first", "second"]);
/// let mut rest = queue.close_now();
/// assert_eq!(rest.len(), 2);
/// assert_eq!(rest.next(), Some("first"));
/// ```
#[must_use = "the items are dropped with this iterator"]
pub struct Drained<T>(Items<T>);

enum Items<T> {
    Fifo(VecDeque<T>),
    Lifo(Vec<T>),
    Priority {
        heap: StableHeap<T>,
        /// The method of the heap, which needs `T: Ord`.
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
