#![forbid(unsafe_code)]
//! Room in a queue, kept for one item.

use std::fmt;

use super::OrderedQueue;
use super::error::PutError;
use super::order::Order;
use super::state::CloseState;

/// Room for one item, kept until it is used or dropped.
///
/// Made by [`reserve`](OrderedQueue::reserve) and
/// [`try_reserve`](OrderedQueue::try_reserve). Dropping it gives the room to the
/// next in line.
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
#[must_use = "the room is given back as soon as the slot is dropped"]
pub struct Slot<'a, T, O: Order<T>> {
    queue: &'a OrderedQueue<T, O>,
    used: bool,
}

impl<'a, T, O: Order<T>> Slot<'a, T, O> {
    /// Of a putter's ticket that passes to the slot.
    pub(super) fn new(queue: &'a OrderedQueue<T, O>) -> Self {
        Self { queue, used: false }
    }

    /// Puts `item` into the room. Never waits.
    ///
    /// # Errors
    ///
    /// The item, if the queue has been closed since.
    ///
    /// # Panics
    ///
    /// If the item's `Ord::cmp` panics (in a
    /// [`PriorityQueue`](crate::PriorityQueue)); the room is given back.
    ///
    /// # Examples
    ///
    /// See [the type](Self).
    pub fn put(mut self, item: T) -> Result<(), PutError<T>> {
        let tickets = &self.queue.core;
        let mut item = Some(item);
        let mut shared = tickets.lock_tail();
        self.used = true;
        if tickets.use_putter_ticket(&mut shared) {
            let put = tickets.guarded(|| tickets.insert(&mut shared, &mut item));
            tickets.settle_and_unlock(shared, put);
        } else {
            debug_assert_ne!(shared.close_state(), CloseState::Open);
            drop(shared);
        }
        item.map_or(Ok(()), |item| Err(PutError(item)))
    }
}

impl<T, O: Order<T>> Drop for Slot<'_, T, O> {
    fn drop(&mut self) {
        if !self.used {
            self.queue.core.return_putter_ticket();
        }
    }
}

impl<T, O: Order<T>> fmt::Debug for Slot<'_, T, O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Slot").finish_non_exhaustive()
    }
}
