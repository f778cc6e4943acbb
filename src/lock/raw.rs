#![forbid(unsafe_code)]
//! A lock without data: the word and the wait queue.
//!
//! # State
//!
//! The states of the word are in [`word`](super::word). The mutex guards the wait queue.
//!
//! # Protocol
//!
//! 1. Lock: one compare-exchange of the word. If the lock is held and nobody is queued,
//!    spin for a short while.
//! 2. If that fails, take the queue's mutex. Take the lock if it is free by now. Otherwise
//!    set `QUEUED` and link the node at the back.
//! 3. Unlock: one compare-exchange of the word, which succeeds if nobody is queued.
//! 4. If that fails, take the queue's mutex. Hand the lock off to the first waiter while the
//!    word stays `LOCKED`, and clear `QUEUED` if it is the only one. If every waiter has left,
//!    the word becomes 0.
//!
//! A [`Condition`](crate::Condition) requeues its notified waiters by step 2: it takes a free
//! lock for the first of them, and links the others.
//!
//! # Why no wakeup is lost
//!
//! Step 2 sets `QUEUED` and step 3 unlocks by a compare-exchange of the same word. If the
//! unlock comes first, step 2 finds the lock free. If `QUEUED` comes first, step 3 fails and
//! step 4 waits for the mutex, which is released when the node is linked.
//!
//! # Cancellation
//!
//! A waiter that leaves the queue does not change the word: `QUEUED` stays set until the
//! next unlock. A waiter that was granted the lock unlocks it by steps 3 and 4.
//!
//! # Fairness
//!
//! FIFO. While a waiter is queued the word is not 0, so a newcomer's compare-exchange fails.

use core::fmt;
use core::marker::PhantomData;

use super::Lock;
use super::word::LockWord;
use crate::diagnostics::{HoldMode, HoldProbe, PrimitiveKind, Probe, Site};
use crate::sync::{Mutex, MutexGuard, ThreadHint, const_unless_loom};
use crate::wait::batch::{WakeBatch, wake};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// What a lock's wait queue, and a condition, keep about a waiter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockWaiter {
    /// The thread that queued it.
    pub(crate) thread: ThreadHint,
    /// How the condition that it came from has notified it.
    pub(crate) notification: Option<Notification>,
}

/// What becomes of a notification whose waiter is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notification {
    /// From `notify` and `notify_one`: it passes to the next waiter.
    PassesOn,
    /// From `notify_all`: it ends, because everyone was notified.
    Ends,
}

/// See the [module](self).
pub(crate) struct RawLock {
    pub(crate) probe: Probe,
    word: LockWord,
    queue: Mutex<WaitList<LockWaiter>>,
}

impl RawLock {
    const_unless_loom! {
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(super) const fn new() -> Self {
            Self {
                probe: Probe::new(PrimitiveKind::Lock, Site::here()),
                word: LockWord::new(),
                queue: Mutex::new(WaitList::new()),
            }
        }
    }

    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        self.word.try_lock()
    }

    /// Records that the caller has taken the lock without a wait.
    #[inline]
    pub(super) fn taken(&self, site: Site) -> HoldProbe {
        HoldProbe::taken(&self.probe, site, HoldMode::Exclusive, 1)
    }

    #[inline]
    pub(crate) fn unlock(&self) {
        if !self.word.try_unlock() {
            self.unlock_queued();
        }
    }

    /// Hands the lock off to the first waiter (step 4).
    #[cold]
    fn unlock_queued(&self) {
        let mut queue = self.queue.lock();
        let waker = match queue.front_data() {
            None => {
                self.word.unlock();
                None
            }
            Some(waiter) => {
                if waiter.thread != ThreadHint::current() {
                    self.word.note_other_thread();
                }
                self.word.set_untaken(waiter.thread);
                // Before the grant: the new owner may unlock at once, without the mutex.
                if queue.len() == 1 {
                    self.word.clear_queued();
                }
                queue.grant_front().flatten()
            }
        };
        drop(queue);
        wake(waker);
    }

    /// Records that a waiter has taken the lock that it was granted.
    #[inline]
    pub(crate) fn take_grant(&self) {
        self.word.clear_untaken();
    }

    /// Hands on a lock that a waiter was granted and does not want.
    pub(crate) fn return_grant(&self) {
        self.word.clear_untaken();
        self.unlock();
    }

    /// Takes the mutex of the wait queue. For a condition, which requeues its waiters.
    pub(crate) fn queue(&self) -> MutexGuard<'_, WaitList<LockWaiter>> {
        self.queue.lock()
    }

    /// Takes the lock for a waiter that is about to be granted, if the lock is free.
    #[must_use]
    pub(crate) fn try_lock_for_waiter(&self, waiter: LockWaiter) -> bool {
        let locked = self.word.try_lock();
        if locked {
            self.word.set_untaken(waiter.thread);
        }
        locked
    }

    /// Takes the lock for a waiter that is about to be granted, if the lock is free.
    /// Otherwise returns `false`, and the caller links the waiter. It holds the mutex of the
    /// wait queue.
    #[must_use]
    pub(crate) fn lock_or_queue_for_waiter(&self, waiter: LockWaiter) -> bool {
        let locked = self.word.lock_or_queue();
        if locked {
            self.word.set_untaken(waiter.thread);
        }
        locked
    }

    pub(super) fn is_locked(&self) -> bool {
        self.word.is_locked()
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.lock().len()
    }

    /// Adds the state to a `Debug` line.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let state = if !self.word.is_locked() {
            "unlocked"
        } else if self.word.is_untaken() {
            "granted, not yet taken"
        } else {
            "locked"
        };
        fields.field("state", &format_args!("{state}"));
        fields.field("waiters", &self.waiters());
    }
}

/// The operation of waiting for a lock.
pub(crate) struct AcquireLock<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> AcquireLock<T> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<T: ?Sized> Operation for AcquireLock<T> {
    type Primitive = Lock<T>;
    type Shared = WaitList<LockWaiter>;
    type WaiterData = LockWaiter;
    type Output = ();

    const NAME: &'static str = "lock";

    /// A waiter that leaves changes nothing for the others.
    const SETTLES: bool = false;

    fn probe(lock: &Lock<T>) -> &Probe {
        &lock.raw.probe
    }

    fn mutex(lock: &Lock<T>) -> &Mutex<WaitList<LockWaiter>> {
        &lock.raw.queue
    }

    fn waiters(queue: &mut WaitList<LockWaiter>) -> &mut WaitList<LockWaiter> {
        queue
    }

    #[inline(always)]
    fn try_inline(&mut self, lock: &Lock<T>) -> Option<()> {
        lock.raw.word.try_lock().then_some(())
    }

    #[inline]
    fn try_unlocked(&mut self, lock: &Lock<T>) -> Option<()> {
        lock.raw.word.spin_lock().then_some(())
    }

    fn try_locked(
        &mut self,
        lock: &Lock<T>,
        _queue: &mut WaitList<LockWaiter>,
    ) -> Attempt<(), LockWaiter> {
        if lock.raw.word.lock_or_queue() {
            Attempt::Ready(())
        } else {
            Attempt::Wait(LockWaiter {
                thread: ThreadHint::current(),
                notification: None,
            })
        }
    }

    fn settle(_lock: &Lock<T>, _queue: &mut WaitList<LockWaiter>, _batch: &mut WakeBatch) -> bool {
        false
    }

    fn take_grant(&mut self, lock: &Lock<T>, _waiter: LockWaiter) {
        lock.raw.take_grant();
    }

    fn return_grant(&mut self, lock: &Lock<T>, _waiter: LockWaiter) {
        lock.raw.return_grant();
    }

    fn interrupted(&mut self, lock: &Lock<T>, (): ()) {
        lock.raw.unlock();
    }
}
