#![forbid(unsafe_code)]
//! Reserved room in a queue.

use core::fmt;

use super::OrderedQueue;
use super::error::PutError;
use super::guard::QueueGuard;
use super::order::Order;
use super::side::Side;
use crate::diagnostics::{QueueEnd, Site};
use crate::sync::Arc;

/// Implements the methods of both slots. `$source` is the reference to the queue.
macro_rules! slot_methods {
    ([$($lifetime:lifetime)?] $slot:ident, $elided:ty, $source:ty) => {
        impl<$($lifetime,)? T, O: Order<T>> $slot<$($lifetime,)? T, O> {
            /// Creates a slot that owns a putter's grant.
            pub(super) fn new(queue: $source) -> Self {
                Self { queue, used: false }
            }

            /// Puts `item` into the reserved room. This never waits.
            ///
            /// # Errors
            ///
            /// Returns [`PutError`] with the item if the queue was closed after the room was
            /// reserved.
            ///
            /// # Panics
            ///
            /// Panics if the waker of a getter panics. The item was put.
            ///
            /// In a [`PriorityQueue`](crate::PriorityQueue), also panics if `Ord::cmp` panics. In
            /// this case the room is given back.
            ///
            /// # Examples
            ///
            /// See [the type](Self).
            #[doc(alias = "send")]
            #[cfg_attr(feature = "diagnostics", track_caller)]
            pub fn put(self, item: T) -> Result<(), PutError<T>> {
                self.put_at(Site::here(), item)
            }

            /// Like [`put`](Self::put), for a call that `site` made.
            #[inline(always)]
            pub(super) fn put_at(mut self, site: Site, item: T) -> Result<(), PutError<T>> {
                let core = &self.queue.core;
                let mut item = Some(item);
                // First: if the guard is refused, inside a comparison, the drop must not
                // panic too.
                self.used = true;
                let mut guard = QueueGuard::frozen(core, Side::Put);
                if core.use_grant(&mut guard, Side::Put) {
                    core.put(&mut guard, &mut item);
                }
                guard.settle();
                match item {
                    None => {
                        self.queue.probe.transferred(QueueEnd::Put, site);
                        Ok(())
                    }
                    Some(item) => Err(PutError(item)),
                }
            }
        }

        impl<T, O: Order<T>> Drop for $elided {
            fn drop(&mut self) {
                if !self.used {
                    self.queue.core.return_grant(Side::Put);
                }
            }
        }

        impl<T, O: Order<T>> fmt::Debug for $elided {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .debug_struct(stringify!($slot))
                    .finish_non_exhaustive()
            }
        }
    };
}

/// Reserved room for one item in a queue.
///
/// Returned by [`reserve`](OrderedQueue::reserve) and [`try_reserve`](OrderedQueue::try_reserve).
/// The room stays reserved until the slot is used or dropped. If the slot is dropped, the room goes
/// to the next putter.
///
/// # Examples
///
/// ```
/// let queue = aiosync::Queue::bounded(1);
/// let slot = queue.try_reserve().unwrap();
/// assert!(queue.try_put(7).is_err());
/// slot.put(8).unwrap();
/// assert_eq!(queue.try_get(), Ok(8));
/// ```
#[doc(alias = "Permit")]
#[must_use = "the room is given back as soon as the slot is dropped"]
pub struct Slot<'a, T, O: Order<T>> {
    queue: &'a OrderedQueue<T, O>,
    used: bool,
}

slot_methods!(['a] Slot, Slot<'_, T, O>, &'a OrderedQueue<T, O>);

/// Reserved room for one item in a queue. The slot owns the `Arc` of the queue and borrows nothing.
///
/// Returned by [`reserve_owned`](OrderedQueue::reserve_owned) and
/// [`try_reserve_owned`](OrderedQueue::try_reserve_owned). The room stays reserved until the slot
/// is used or dropped. If the slot is dropped, the room goes to the next putter.
///
/// # Examples
///
/// ```
/// use aiosync::Queue;
/// use std::sync::Arc;
///
/// let queue = Arc::new(Queue::bounded(1));
/// let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
/// std::thread::spawn(move || slot.put(8)).join().unwrap().unwrap();
/// assert_eq!(queue.try_get(), Ok(8));
/// ```
#[doc(alias = "OwnedPermit")]
#[must_use = "the room is given back as soon as the slot is dropped"]
pub struct OwnedSlot<T, O: Order<T>> {
    /// Dropped after the room was used or given back. It may be the last reference: then the
    /// items are dropped too, without the mutex.
    queue: Arc<OrderedQueue<T, O>>,
    used: bool,
}

slot_methods!([] OwnedSlot, OwnedSlot<T, O>, Arc<OrderedQueue<T, O>>);
