#![forbid(unsafe_code)]
//! What the mutex of a queue guards. The rules are in [`tickets`](super::core), by number.

use super::order::Order;
use super::order::sealed::Storage;
use crate::sync::ThreadHint;
use crate::sync::const_unless_loom;
use crate::wait::completion::Completion;
use crate::wait::list::WaitList;

/// What a queue keeps about a waiter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueWaiter {
    /// The thread that queued it, if that is evidence for spinning.
    pub(super) thread: ThreadHint,
    /// Whether it was granted because the queue was closed.
    pub(super) closed: bool,
}

impl QueueWaiter {
    pub(super) fn new(thread: ThreadHint) -> Self {
        Self {
            thread,
            closed: false,
        }
    }
}

/// Which operations go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CloseState {
    /// All of them.
    Open,
    /// Gets, until nothing is left.
    Closed,
    /// None.
    ClosedNow,
}

/// What the mutex guards. See [`tickets`](super::core).
pub(crate) struct QueueState<T, O: Order<T>> {
    pub(super) items: O::Storage,
    pub(super) getters: WaitList<QueueWaiter>,
    pub(super) putters: WaitList<QueueWaiter>,
    pub(super) granted_getters: usize,
    pub(super) granted_putters: usize,
    pub(super) close_state: CloseState,
    pub(super) finished: Completion,
    pub(super) closed: Completion,
}

impl<T, O: Order<T>> QueueState<T, O> {
    const_unless_loom! {
        pub(super) const fn new(items: O::Storage) -> Self {
            Self {
                items,
                getters: WaitList::new(),
                putters: WaitList::new(),
                granted_getters: 0,
                granted_putters: 0,
                close_state: CloseState::Open,
                finished: Completion::new(),
                closed: Completion::new(),
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn close_state(&self) -> CloseState {
        self.close_state
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
        if self.close_state != CloseState::Open || self.is_waited_for() {
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
        if self.getters.is_empty() && self.close_state != CloseState::ClosedNow {
            self.len() - self.granted_getters
        } else {
            0
        }
    }

    /// Whether no item will ever come.
    pub(super) fn is_finished(&self) -> bool {
        match self.close_state {
            CloseState::Open => false,
            CloseState::Closed => self.len() == 0,
            CloseState::ClosedNow => true,
        }
    }
}
