#![forbid(unsafe_code)]
//! A lock without data: the word and the line of those who wait for it.
//!
//! # Protocol
//!
//! 1. Lock: one compare-exchange of the word. If another thread holds it and
//!    nobody is queued, look again for a short while.
//! 2. Else, under the queue's mutex: take it if it has come free, or set `QUEUED`
//!    and join the tail.
//! 3. Unlock: one compare-exchange of the word, if nobody is queued.
//! 4. Else, under the queue's mutex: the head is granted the lock, which stays
//!    `LOCKED` all the while; or, if all have left, the word becomes free.
//! 5. Who leaves the line does nothing to the word: the last one's `QUEUED` stands until the
//!    next unlock.
//!
//! # Why no wakeup is lost
//!
//! The compare-exchange of 2 that sets `QUEUED` and that of 3 are on one word.
//! If unlock comes first, 2 finds the word free. If `QUEUED` comes first, 3
//! fails, and 4 waits for the mutex, which is held until the node is linked.
//!
//! # Fairness
//!
//! First come, first served: with somebody queued the word is never free, so a
//! newcomer's compare-exchange fails.

use super::Lock;
use crate::raw::lock::{LockWord, Queueing, Serial, holder_hint};
use crate::sync::{Mutex, MutexGuard, const_unless_loom};
use crate::wait::batch::{WakeBatch, wake};
use crate::wait::list::{GRANTED, Outcome, WaitList};
use crate::wait::operation::{Attempt, Operation};
use std::fmt;
use std::marker::PhantomData;

/// See the [module](self).
///
/// Its alignment leaves three bits of its address free, for a Condition's marks.
#[repr(align(8))]
pub(crate) struct Line {
    word: LockWord,
    serial: Serial,
    queue: Mutex<WaitList>,
}

impl Line {
    const_unless_loom! {
        pub(super) const fn new() -> Self {
            Self {
                word: LockWord::new(),
                serial: Serial::new(),
                queue: Mutex::new(WaitList::new()),
            }
        }
    }

    #[inline]
    pub(crate) fn try_lock(&self) -> bool {
        self.word.try_lock()
    }

    #[inline]
    pub(crate) fn unlock(&self) {
        if !self.word.try_unlock() {
            self.unlock_queued();
        }
    }

    /// Hands the lock to the head of the line.
    #[cold]
    fn unlock_queued(&self) {
        let mut queue = self.queue.lock();
        let waker = match queue.front_mark() {
            None => {
                self.word.unlock();
                None
            }
            Some(hint) => {
                self.word.set_granted(hint as u32);
                // Before the grant: the new owner may unlock at once, and then
                // needs no mutex.
                if queue.len() == 1 {
                    self.word.clear_queued();
                }
                queue.grant_front(GRANTED).flatten()
            }
        };
        drop(queue);
        wake(waker);
    }

    /// The wait list, for a Condition that moves waiters into it.
    pub(crate) fn queue(&self) -> MutexGuard<'_, WaitList> {
        self.queue.lock()
    }

    /// A number that tells this lock from one that stood at the same address before.
    /// Called by holders of the lock, or of a way to it that a holder has made.
    pub(crate) fn serial(&self) -> u32 {
        self.serial.get()
    }

    /// Takes the lock if it is free, else notes that somebody is queued. The
    /// caller holds the [`queue`](Self::queue), and links a waiter before it gives
    /// that back if the answer is [`Queueing::MustWait`].
    pub(crate) fn lock_or_queue(&self) -> Queueing {
        self.word.lock_or_queue()
    }

    /// Notes that a waiter who was granted the lock has come.
    pub(crate) fn take_grant(&self) {
        self.word.set_holder();
    }

    pub(super) fn is_locked(&self) -> bool {
        self.word.is_locked()
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.lock().len()
    }

    /// The state in words, for `Debug`.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let state = if self.word.is_granted() {
            "granted, not yet taken"
        } else if self.word.is_locked() {
            "locked"
        } else {
            "unlocked"
        };
        fields.field("state", &format_args!("{state}"));
        fields.field("waiters", &self.waiters());
    }
}

/// The operation of waiting for a lock.
pub(crate) struct Acquire<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> Acquire<T> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<T: ?Sized> Operation for Acquire<T> {
    type Primitive = Lock<T>;
    type Shared = WaitList;
    type Output = ();

    /// Where the last in line has left, step 4 of the next unlock finds so.
    const SETTLES: bool = false;

    fn mutex(lock: &Lock<T>) -> &Mutex<WaitList> {
        &lock.line.queue
    }

    fn list(shared: &mut WaitList) -> &mut WaitList {
        shared
    }

    #[inline(always)]
    fn fast(&mut self, lock: &Lock<T>) -> Option<()> {
        lock.line.word.try_lock().then_some(())
    }

    #[inline]
    fn again(&mut self, lock: &Lock<T>) -> Option<()> {
        lock.line.word.spin_lock().then_some(())
    }

    fn attempt(&mut self, lock: &Lock<T>, _queue: &mut WaitList) -> Attempt<()> {
        match lock.line.word.lock_or_queue() {
            Queueing::Locked => Attempt::Ready(()),
            Queueing::MustWait => Attempt::Wait {
                mark: holder_hint() as usize,
            },
        }
    }

    fn settle(_lock: &Lock<T>, _queue: &mut WaitList, _batch: &mut WakeBatch) -> bool {
        false
    }

    fn granted(&mut self, lock: &Lock<T>, _outcome: Outcome) {
        lock.line.take_grant();
    }

    fn give_back(&mut self, lock: &Lock<T>, _outcome: Outcome) {
        lock.line.unlock();
    }

    fn discard(lock: &Lock<T>, (): ()) {
        lock.line.unlock();
    }
}
