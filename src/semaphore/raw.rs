#![forbid(unsafe_code)]
//! A semaphore without permit guards: the words, the wait queue and the debt.
//!
//! # State
//!
//! The words are in [`word`](super::word). The mutex guards the wait queue and the debt. While
//! it is free, `QUEUED` is set if and only if there are waiters or a debt. While `QUEUED` is
//! set, returned permits accumulate in the word, and only the holder of the mutex takes them.
//!
//! # Protocol
//!
//! 1. Acquire: one compare-exchange, if enough permits are free and `QUEUED` is clear.
//! 2. If that fails, take the mutex. Take the permits if they are free by now. Otherwise set
//!    `QUEUED` and link the node at the back, with the number of permits that it wants.
//! 3. Give back: one `fetch_add`. If `QUEUED` is set, take the mutex and settle. If `QUEUED`
//!    was set before the `fetch_add`, omit it: the returned permits go to the waiters without
//!    passing through the word.
//! 4. Settle: pay the debt first. Then grant the first waiter if all its permits are free, and
//!    so on. Clear `QUEUED` if neither waiters nor a debt are left.
//! 5. A waiter that leaves the queue ungranted settles too: if it wanted many permits, the
//!    free ones may be enough for the waiters behind it.
//!
//! # Why no wakeup is lost
//!
//! Steps 2 and 3 change the same word. If the `fetch_add` comes first, step 2 finds the
//! permits. If `QUEUED` comes first, step 3 sees it and waits for the mutex, which is released
//! when the node is linked.
//!
//! # Cancellation
//!
//! A waiter that is dropped runs step 5 if it was not granted. Otherwise it gives its permits
//! back by step 3.
//!
//! # Fairness
//!
//! FIFO by weight: a small request waits behind a large one, even if enough permits are free
//! for it.

use core::fmt;

use super::Semaphore;
use super::word::{MAX_PERMITS, Permits};
use crate::diagnostics::{Probe, Supply};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// The number of permits that a waiter wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request(usize);

/// The data under the mutex.
pub(crate) struct SemaphoreQueue {
    waiters: WaitList<Request>,
    /// Permits that [`reduce`](RawSemaphore::reduce) has removed and that have not come back.
    debt: usize,
    /// The number of permits that were ever granted to waiters. It may wrap: only its
    /// difference to `taken` is used, which is at most `2 * MAX_PERMITS`.
    granted: usize,
}

/// See the [module](self).
pub(super) struct RawSemaphore {
    permits: Permits,
    /// The number of granted permits that waiters have ever taken or given back. It may wrap,
    /// as [`granted`](SemaphoreQueue::granted) does.
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
                    waiters: WaitList::new(),
                    debt: 0,
                    granted: 0,
                }),
            }
        }
    }

    /// Takes permits if they are free and nobody is queued. Zero permits are always free.
    #[inline]
    pub(super) fn try_acquire(&self, count: usize) -> bool {
        count == 0 || self.permits.try_take(count)
    }

    /// Gives back permits that the total counts (step 3).
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

    /// Settles with returned permits that are not in the word.
    #[cold]
    fn serve_queued(&self, mut returned: usize) {
        serve(&self.queue, self.queue.lock(), None, |queue, batch| {
            self.settle_with(queue, batch, &mut returned)
        });
    }

    /// Grants what can be granted (step 4). Returns `true` if the batch is full and more can
    /// be granted.
    fn settle(&self, queue: &mut SemaphoreQueue, batch: &mut WakeBatch) -> bool {
        self.settle_with(queue, batch, &mut 0)
    }

    /// Like [`settle`](Self::settle), with `returned` permits in addition to those in the
    /// word. The rest of them is in the word afterwards, and `returned` is 0.
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
            let Some(Request(wanted)) = queue.waiters.front_data() else {
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
            batch.push(queue.waiters.grant_front().flatten());
        };
        let left = core::mem::take(returned);
        if left > 0 {
            // The caller is settling already.
            let _ = self.permits.add(left);
        }
        more
    }

    /// Takes `count` permits from `returned`, and the rest from the word.
    fn take(&self, count: usize, returned: &mut usize) {
        let from_returned = count.min(*returned);
        *returned -= from_returned;
        if count > from_returned {
            self.permits.take_queued(count - from_returned);
        }
    }

    /// Records that a granted waiter has taken its permits or has given them back.
    fn note_taken(&self, count: usize) {
        // ORDERING: Relaxed is enough, for `Debug`.
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

    /// Removes at most `most` free permits. Returns how many.
    pub(super) fn drain(&self, most: usize) -> usize {
        let taken = self.permits.take_up_to(most);
        self.forget(taken);
        taken
    }

    /// Removes permits that the caller holds.
    pub(super) fn forget(&self, count: usize) {
        if count > 0 {
            self.permits.lower_total(count);
        }
    }

    /// Removes `count` permits. Those that are not free become a debt.
    ///
    /// # Panics
    ///
    /// Panics if the debt would exceed [`MAX_PERMITS`]. In this case nothing changes.
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
            "aiosync: reducing a semaphore by {count} permits would raise its debt above MAX_PERMITS ({MAX_PERMITS})"
        );
    }

    pub(super) fn available(&self) -> usize {
        self.permits.free()
    }

    pub(super) fn total(&self) -> usize {
        usize::try_from(self.permits.total()).unwrap_or(0)
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.lock().waiters.len()
    }

    /// Adds the state to a `Debug` line.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let queue = self.queue.lock();
        // ORDERING: Relaxed is enough: the mutex orders the grants, so `taken` is at most
        // `granted`.
        let taken = self.taken.load(Ordering::Relaxed);
        let (waiters, debt) = (queue.waiters.len(), queue.debt);
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

    const NAME: &'static str = "acquire";

    fn probe(semaphore: &Semaphore) -> &Probe {
        &semaphore.probe
    }

    fn supply(semaphore: &Semaphore) -> Option<Supply> {
        Some(Supply {
            available: semaphore.raw.available(),
            total: Some(semaphore.raw.total()),
        })
    }

    fn amount(&self) -> usize {
        self.count
    }

    fn mutex(semaphore: &Semaphore) -> &Mutex<SemaphoreQueue> {
        &semaphore.raw.queue
    }

    fn waiters(queue: &mut SemaphoreQueue) -> &mut WaitList<Request> {
        &mut queue.waiters
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
        if semaphore.raw.permits.take_or_queue(self.count) {
            Attempt::Ready(self.count)
        } else {
            Attempt::Wait(Request(self.count))
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
