#![forbid(unsafe_code)]
//! What the mutex of a queue guards. [`core`](super::core) has the rules, by number.

use super::close::CloseState;
use super::order::Order;
use super::order::sealed::Storage;
use super::side::Side;
use crate::sync::{ThreadHint, const_unless_loom};
use crate::wait::completion::Completion;
use crate::wait::list::WaitList;

/// What a queue keeps about a waiter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueWaiter {
    /// The thread that queued it, or [`ThreadHint::NONE`] if that is no evidence for spinning.
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

/// What the mutex guards. See [`core`](super::core).
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

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns the wait queue of a side.
    #[inline(always)]
    pub(super) fn waiters(&mut self, side: Side) -> &mut WaitList<QueueWaiter> {
        match side {
            Side::Get => &mut self.getters,
            Side::Put => &mut self.putters,
        }
    }

    /// Returns the number of grants of a side that are not used yet.
    #[inline(always)]
    pub(super) fn granted(&mut self, side: Side) -> &mut usize {
        match side {
            Side::Get => &mut self.granted_getters,
            Side::Put => &mut self.granted_putters,
        }
    }

    /// Returns whether a waiter of this side is queued.
    #[inline(always)]
    pub(super) fn has_waiters(&self, side: Side) -> bool {
        match side {
            Side::Get => !self.getters.is_empty(),
            Side::Put => !self.putters.is_empty(),
        }
    }

    /// Returns whether any waiter is queued.
    #[inline]
    pub(super) fn is_waited_for(&self) -> bool {
        self.has_waiters(Side::Get) || self.has_waiters(Side::Put)
    }

    /// Freezes both ends of the ring. The caller settles afterwards, or queues a waiter.
    #[inline]
    pub(super) fn freeze_both(&mut self) {
        self.items.freeze(Side::Get);
        self.items.freeze(Side::Put);
    }

    /// Thaws the ends of the ring, as far as rule 5 permits.
    ///
    /// An end stays frozen if everything there is granted. An operation at a frozen end takes
    /// the mutex, and settles the queue again.
    #[inline(always)]
    pub(super) fn thaw(&mut self, capacity: Option<usize>) {
        if !self.is_open() || self.is_waited_for() {
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
            self.items.thaw(Side::Get, getters);
        }
        if puts {
            self.items.thaw(Side::Put, putters);
        }
    }
}
