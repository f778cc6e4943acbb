#![forbid(unsafe_code)]
//! What the mutex of a queue guards. The rules are in [`tickets`](super::tickets), by number.

use super::order::Order;
use super::order::sealed::Storage;
use crate::sync::const_unless_loom;
use crate::wait::broadcast::Broadcast;
use crate::wait::list::{Outcome, WaitList};

/// The outcome of a wait that the closing of the queue ended.
pub(super) const CLOSED: Outcome = 2;

/// Which operations go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// All of them.
    Open,
    /// Gets, until nothing is left.
    Closed,
    /// None.
    ClosedNow,
}

/// What the mutex guards. See [`tickets`](super::tickets).
pub(crate) struct Shared<T, O: Order<T>> {
    pub(super) items: O::Storage,
    pub(super) getters: WaitList,
    pub(super) putters: WaitList,
    pub(super) granted_getters: usize,
    pub(super) granted_putters: usize,
    pub(super) phase: Phase,
    pub(super) finished: Broadcast,
    pub(super) closed: Broadcast,
}

impl<T, O: Order<T>> Shared<T, O> {
    const_unless_loom! {
        pub(super) const fn new(items: O::Storage) -> Self {
            Self {
                items,
                getters: WaitList::new(),
                putters: WaitList::new(),
                granted_getters: 0,
                granted_putters: 0,
                phase: Phase::Open,
                finished: Broadcast::new(),
                closed: Broadcast::new(),
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Ends the use of the ring, until it is thawed.
    #[inline]
    pub(super) fn freeze(&mut self) {
        self.items.freeze();
    }

    /// Lets the ring be used again, as far as nobody is overtaken: see 5. An end at which
    /// there is nothing to do before a ticket of the other end is used stays frozen: that
    /// one will settle again.
    #[inline(always)]
    pub(super) fn thaw(&mut self, capacity: Option<usize>) {
        if self.phase != Phase::Open || self.is_waited_for() {
            return;
        }
        let (getters, putters) = (self.granted_getters, self.granted_putters);
        let (takes, puts) = if getters + putters == 0 {
            (true, true)
        } else {
            let len = self.len();
            (len > getters, Some(len + putters) != capacity)
        };
        if takes {
            self.items.thaw_head(getters);
        }
        if puts {
            self.items.thaw_tail(putters);
        }
    }

    /// Whether anybody stands in a line.
    #[inline]
    pub(super) fn is_waited_for(&self) -> bool {
        !(self.getters.is_empty() && self.putters.is_empty())
    }

    /// Items that a getter without a ticket may take.
    pub(super) fn free_items(&self) -> usize {
        if self.getters.is_empty() && self.phase != Phase::ClosedNow {
            self.len() - self.granted_getters
        } else {
            0
        }
    }

    /// Whether no item will ever come.
    pub(super) fn is_finished(&self) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::Closed => self.len() == 0,
            Phase::ClosedNow => true,
        }
    }
}
