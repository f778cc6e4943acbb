#![forbid(unsafe_code)]
//! The line of those who wait for permits.
//!
//! # State
//!
//! `QUEUED` in the word stands exactly while, under the mutex, the list is not
//! empty or a debt is owed. While it stands, permits that are given back gather
//! in the word, and only whoever holds the mutex takes them out again.
//!
//! # Protocol
//!
//! 1. Acquire: one compare-exchange, if enough is free and `QUEUED` is clear.
//! 2. Else, under the mutex: take them if they have come free, or set `QUEUED`
//!    and join the tail, with the number as the node's mark.
//! 3. Give back: one `fetch_add`. If `QUEUED` stands: under the mutex, settle. If it was
//!    seen ahead, what is given back goes to those in line without a way over the word.
//! 4. Settle: the debt is paid first; then the head is served as long as its whole
//!    request is free, and the next after it; `QUEUED` is cleared if nothing is
//!    left.
//! 5. Whoever leaves the list ungranted settles too: behind a large request that
//!    is given up, small ones may be served by what is free.
//!
//! # Why no wakeup is lost
//!
//! Adder and waiter meet on the word. If the add comes first, 2 finds the permits.
//! If `QUEUED` comes first, the adder sees it, and settles after the mutex was
//! given back, so after the link.
//!
//! # Fairness
//!
//! First come, first served, by weight: a small request behind a large one waits,
//! whatever is free.

use crate::semaphore::word::{MAX_PERMITS, Permits, Queueing};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};
use std::fmt;

use super::Semaphore;

/// The number of permits that a waiter asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request(usize);

/// What the mutex guards.
pub(crate) struct SemaphoreQueue {
    waiting: WaitList<Request>,
    /// Permits that were reduced away and have not come back yet.
    debt: usize,
    /// Permits granted to waiters, ever. Wraps.
    granted: usize,
}

/// The permits and the line. See the [module](self).
pub(super) struct RawSemaphore {
    permits: Permits,
    /// Permits that granted waiters have taken or given back, ever. Wraps.
    taken: AtomicUsize,
    queue: Mutex<SemaphoreQueue>,
}

impl RawSemaphore {
    const_unless_loom! {
        pub(super) const fn new(permits: usize) -> Self {
            Self {
                permits: Permits::new(permits),
                taken: AtomicUsize::new(0),
                queue: Mutex::new(SemaphoreQueue {
                    waiting: WaitList::new(),
                    debt: 0,
                    granted: 0,
                }),
            }
        }
    }

    /// Takes permits if they are free and nobody is in line. Zero permits are
    /// always free.
    #[inline]
    pub(super) fn try_acquire(&self, count: usize) -> bool {
        count == 0 || self.permits.try_take(count)
    }

    /// Gives permits back, which the total still counts.
    #[inline]
    pub(super) fn give_back(&self, count: usize) {
        if count == 0 {
            return;
        }
        if self.permits.is_queued() {
            self.serve_queued(count);
        } else if self.permits.add(count) {
            self.serve_queued(0);
        }
    }

    /// Settles with permits that are given back and are not in the word.
    #[cold]
    fn serve_queued(&self, mut returned: usize) {
        serve(&self.queue, self.queue.lock(), None, |queue, batch| {
            self.settle_with(queue, batch, &mut returned)
        });
    }

    /// Step 4 of the protocol.
    fn settle(&self, queue: &mut SemaphoreQueue, batch: &mut WakeBatch) -> bool {
        self.settle_with(queue, batch, &mut 0)
    }

    /// As [`settle`](Self::settle), with `returned` permits beside those in the word. What
    /// is left of them is there afterwards.
    fn settle_with(
        &self,
        queue: &mut SemaphoreQueue,
        batch: &mut WakeBatch,
        returned: &mut usize,
    ) -> bool {
        let more = loop {
            if queue.debt > 0 {
                let paid = queue.debt.min(self.permits.free() + *returned);
                self.take(paid, returned);
                queue.debt -= paid;
                if queue.debt > 0 {
                    break false;
                }
            }
            let Some(Request(wanted)) = queue.waiting.front_data() else {
                self.permits.clear_queued();
                break false;
            };
            if wanted > *returned && wanted > self.permits.free() + *returned {
                break false;
            }
            if batch.is_full() {
                break true;
            }
            self.take(wanted, returned);
            queue.granted = queue.granted.wrapping_add(wanted);
            batch.push(queue.waiting.grant_front().flatten());
        };
        let left = std::mem::take(returned);
        if left > 0 {
            // Whether somebody is queued is known.
            let _ = self.permits.add(left);
        }
        more
    }

    /// Takes permits that are there: those that are given back first.
    fn take(&self, count: usize, returned: &mut usize) {
        let own = count.min(*returned);
        *returned -= own;
        if count > own {
            self.permits.take_queued(count - own);
        }
    }

    /// Notes that a granted waiter has seen its permits.
    fn note_taken(&self, count: usize) {
        // ORDERING: Relaxed, a count for `Debug`.
        self.taken.fetch_add(count, Ordering::Relaxed);
    }

    /// Adds new permits if the total stays within `bound`.
    pub(super) fn try_release(&self, count: usize, bound: usize) -> bool {
        let raised = self.permits.try_raise_total(count, bound);
        if raised {
            self.give_back(count);
        }
        raised
    }

    /// Takes free permits away for good; answers how many.
    pub(super) fn drain(&self, most: usize) -> usize {
        let taken = self.permits.take_up_to(most);
        self.forget(taken);
        taken
    }

    /// Strikes permits that the caller holds off the total.
    pub(super) fn forget(&self, count: usize) {
        if count > 0 {
            self.permits.lower_total(count);
        }
    }

    /// Takes `count` permits away for good, the missing ones as they come back.
    ///
    /// # Panics
    ///
    /// If the debt would exceed [`MAX_PERMITS`]; nothing is changed.
    pub(super) fn reduce(&self, count: usize) {
        if count == 0 {
            return;
        }
        let mut queue = self.queue.lock();
        self.permits.set_queued();
        let debt = queue.debt.saturating_add(count);
        let excessive = debt.saturating_sub(self.permits.free()) > MAX_PERMITS;
        if !excessive {
            queue.debt = debt;
            self.permits.lower_total(count);
        }
        serve(&self.queue, queue, None, |queue, batch| {
            self.settle(queue, batch)
        });
        assert!(
            !excessive,
            "aiosync: reducing a semaphore by {count} permits makes a debt above MAX_PERMITS ({MAX_PERMITS})"
        );
    }

    pub(super) fn available(&self) -> usize {
        self.permits.free()
    }

    pub(super) fn total(&self) -> usize {
        usize::try_from(self.permits.total()).unwrap_or(0)
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.lock().waiting.len()
    }

    /// The counts, for `Debug`.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let queue = self.queue.lock();
        // ORDERING: Relaxed, a count for `Debug`.
        let taken = self.taken.load(Ordering::Relaxed);
        let (waiters, debt) = (queue.waiting.len(), queue.debt);
        let granted = queue.granted.wrapping_sub(taken);
        drop(queue);
        fields
            .field("available", &self.available())
            .field("total", &self.permits.total())
            .field("debt", &debt)
            .field("granted_not_taken", &granted)
            .field("waiters", &waiters);
    }
}

/// The operation of waiting for `count` permits.
pub(crate) struct AcquirePermits {
    pub(super) count: usize,
}

impl Operation for AcquirePermits {
    type Primitive = Semaphore;
    type Shared = SemaphoreQueue;
    type WaiterData = Request;
    /// The number of permits.
    type Output = usize;

    fn mutex(semaphore: &Semaphore) -> &Mutex<SemaphoreQueue> {
        &semaphore.raw.queue
    }

    fn waiters(queue: &mut SemaphoreQueue) -> &mut WaitList<Request> {
        &mut queue.waiting
    }

    #[inline(always)]
    fn try_inline(&mut self, semaphore: &Semaphore) -> Option<usize> {
        semaphore.raw.try_acquire(self.count).then_some(self.count)
    }

    fn try_locked(
        &mut self,
        semaphore: &Semaphore,
        _queue: &mut SemaphoreQueue,
    ) -> Attempt<usize, Request> {
        match semaphore.raw.permits.take_or_queue(self.count) {
            Queueing::Taken => Attempt::Ready(self.count),
            Queueing::MustWait => Attempt::Wait(Request(self.count)),
        }
    }

    fn settle(semaphore: &Semaphore, queue: &mut SemaphoreQueue, batch: &mut WakeBatch) -> bool {
        semaphore.raw.settle(queue, batch)
    }

    fn take_grant(&mut self, semaphore: &Semaphore, _request: Request) -> usize {
        semaphore.raw.note_taken(self.count);
        self.count
    }

    fn return_grant(&mut self, semaphore: &Semaphore, _request: Request) {
        semaphore.raw.note_taken(self.count);
        semaphore.raw.give_back(self.count);
    }

    fn interrupted(&mut self, semaphore: &Semaphore, count: usize) {
        semaphore.raw.give_back(count);
    }
}
