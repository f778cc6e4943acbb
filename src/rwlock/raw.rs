#![forbid(unsafe_code)]
//! A reader-writer lock without data: the word and the wait queue.
//!
//! # State
//!
//! The states of the word are in [`word`](super::word). The mutex guards the wait queue. While it
//! is free, `QUEUED` is set if and only if there are waiters.
//!
//! # Protocol
//!
//! 1. Acquire: one compare-exchange adds a reader or a writer, if the holders permit it and
//!    `QUEUED` is clear.
//! 2. If that fails, take the mutex and try again. If that fails too, set `QUEUED` and link the
//!    node at the back.
//! 3. Release: one subtraction. If `QUEUED` was set, the last holder takes the mutex and settles.
//!    So does a reader that was one of [`MAX_READERS`](super::word::MAX_READERS).
//! 4. Settle: while the holders permit the first waiter, add it to the word, and then grant it.
//!    So a release grants the longest run of readers, or one writer. Clear `QUEUED` with the last
//!    waiter.
//! 5. Downgrade: one addition exchanges the writer for a reader. If `QUEUED` was set, take the
//!    mutex and settle, which grants the readers at the front.
//! 6. A waiter that leaves the queue ungranted settles too: if it was a writer, the holders may
//!    permit the readers behind it. If it was the last waiter, `QUEUED` is cleared.
//!
//! # Why no wakeup is lost
//!
//! Steps 2 and 3 change the same word. If the last subtraction comes before `QUEUED`, step 2 finds
//! the lock free. If `QUEUED` comes first, step 3 sees it and waits for the mutex, which is
//! released when the node is linked. Between the subtraction and the mutex, the word is
//! `QUEUED` alone. Then anybody with the mutex may settle, and the late holder of the mutex finds
//! nothing left to do.
//!
//! Step 4 stops at a waiter that the holders do not permit. `QUEUED` stays set. So the last of
//! those holders, which subtracts itself later, sees it and settles again.
//!
//! # Cancellation
//!
//! A waiter that is dropped runs step 6 if it was not granted. Otherwise it releases by step 3.
//!
//! # Fairness
//!
//! FIFO. While a waiter is queued, `QUEUED` is set, and step 1 fails for everybody. A long run of
//! readers is granted in batches. `QUEUED` stays set between the batches, so no newcomer gets in
//! between.

use core::fmt;
use core::marker::PhantomData;

use super::RwLock;
use super::word::{Mode, RwLockWord};
use crate::diagnostics::{HoldMode, HoldProbe, PrimitiveKind, Probe, Site};
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// A [`Mode`] as a type.
pub(crate) trait Hold {
    const MODE: Mode;
    /// The mode in a report.
    const HELD: HoldMode;
    /// The name of the method, for a report.
    const NAME: &'static str;
}

/// Holds, or waits for, a lock as a reader.
pub(crate) struct Reading;

/// Holds, or waits for, a lock as a writer.
pub(crate) struct Writing;

impl Hold for Reading {
    const MODE: Mode = Mode::Read;
    const HELD: HoldMode = HoldMode::Shared;
    const NAME: &'static str = "read";
}

impl Hold for Writing {
    const MODE: Mode = Mode::Write;
    const HELD: HoldMode = HoldMode::Exclusive;
    const NAME: &'static str = "write";
}

/// See the [module](self).
pub(crate) struct RawRwLock {
    pub(super) probe: Probe,
    word: RwLockWord,
    queue: Mutex<WaitList<Mode>>,
}

impl RawRwLock {
    const_unless_loom! {
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(super) const fn new() -> Self {
            Self {
                probe: Probe::new(PrimitiveKind::RwLock, Site::here()),
                word: RwLockWord::new(),
                queue: Mutex::new(WaitList::new()),
            }
        }
    }

    /// Acquires the lock if it is free for this mode and nobody is queued (step 1).
    #[inline]
    pub(super) fn try_acquire<H: Hold>(&self) -> bool {
        self.word.try_acquire(H::MODE)
    }

    /// Records that the caller has acquired the lock without a wait.
    #[inline]
    pub(super) fn taken<H: Hold>(&self, site: Site) -> HoldProbe {
        HoldProbe::taken(&self.probe, site, H::HELD, 1)
    }

    /// Releases the lock (step 3).
    #[inline]
    pub(super) fn release<H: Hold>(&self) {
        if self.word.release(H::MODE) {
            self.serve_queue();
        }
    }

    /// Exchanges the writer for a reader (step 5). When a waker panics, the exchange is done.
    #[inline]
    pub(super) fn downgrade(&self) {
        if self.word.downgrade() {
            self.serve_queue();
        }
    }

    #[cold]
    fn serve_queue(&self) {
        serve(&self.queue, self.queue.lock(), None, |queue, batch| {
            self.settle(queue, batch)
        });
    }

    /// Grants what can be granted (step 4). Returns `true` if the batch is full and more can be
    /// granted.
    fn settle(&self, queue: &mut WaitList<Mode>, batch: &mut WakeBatch) -> bool {
        while let Some(mode) = queue.front_data() {
            if !self.word.permits(mode) {
                return false;
            }
            if batch.is_full() {
                return true;
            }
            let is_last = queue.len() == 1;
            // Before the grant: the new owner may release at once, without the mutex.
            self.word.grant(mode, is_last);
            batch.push(queue.grant_front().flatten());
            if is_last {
                return false;
            }
        }
        self.word.clear_queued();
        false
    }

    pub(super) fn readers(&self) -> usize {
        self.word.readers()
    }

    pub(super) fn is_write_locked(&self) -> bool {
        self.word.is_write_locked()
    }

    pub(super) fn waiters(&self) -> usize {
        self.queue.lock().len()
    }

    /// Adds the state to a `Debug` line.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        fields
            .field("write_locked", &self.is_write_locked())
            .field("readers", &self.readers())
            .field("granted_not_taken", &self.word.untaken())
            .field("waiters", &self.waiters());
    }
}

/// The operation of waiting for a lock, as a reader or as a writer.
pub(crate) struct AcquireRwLock<H, T: ?Sized>(PhantomData<fn(&T) -> H>);

impl<H, T: ?Sized> AcquireRwLock<H, T> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<H: Hold, T: ?Sized> Operation for AcquireRwLock<H, T> {
    type Primitive = RwLock<T>;
    type Shared = WaitList<Mode>;
    type WaiterData = Mode;
    type Output = ();

    const NAME: &'static str = H::NAME;

    fn probe(lock: &RwLock<T>) -> &Probe {
        &lock.raw.probe
    }

    fn mutex(lock: &RwLock<T>) -> &Mutex<WaitList<Mode>> {
        &lock.raw.queue
    }

    fn waiters(queue: &mut WaitList<Mode>) -> &mut WaitList<Mode> {
        queue
    }

    #[inline(always)]
    fn try_inline(&mut self, lock: &RwLock<T>) -> Option<()> {
        lock.raw.try_acquire::<H>().then_some(())
    }

    fn try_locked(&mut self, lock: &RwLock<T>, _queue: &mut WaitList<Mode>) -> Attempt<(), Mode> {
        if lock.raw.word.acquire_or_queue(H::MODE) {
            Attempt::Ready(())
        } else {
            Attempt::Wait(H::MODE)
        }
    }

    fn settle(lock: &RwLock<T>, queue: &mut WaitList<Mode>, batch: &mut WakeBatch) -> bool {
        lock.raw.settle(queue, batch)
    }

    fn take_grant(&mut self, lock: &RwLock<T>, _mode: Mode) {
        lock.raw.word.note_taken();
    }

    fn return_grant(&mut self, lock: &RwLock<T>, _mode: Mode) {
        lock.raw.word.note_taken();
        lock.raw.release::<H>();
    }

    fn interrupted(&mut self, lock: &RwLock<T>, (): ()) {
        lock.raw.release::<H>();
    }
}
