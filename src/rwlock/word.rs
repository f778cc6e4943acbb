#![forbid(unsafe_code)]
//! The atomic words of a [`RawRwLock`](super::raw::RawRwLock).
//!
//! # State
//!
//! `word` holds the number of readers, shifted left by two, and the bits `WRITER` and `QUEUED`:
//!
//! | word | meaning | changed by |
//! |---|---|---|
//! | 0 | free, the queue is empty | anybody: a compare-exchange adds a reader or sets `WRITER` |
//! | `readers << 2` | held by readers, the queue is empty | anybody: a compare-exchange adds a reader; a reader: subtracts itself |
//! | `WRITER` | held by a writer, the queue is empty | the writer: subtracts `WRITER`, or exchanges it for a reader |
//! | `readers << 2 \| QUEUED` | held by readers; a waiter is queued | a reader: subtracts itself; only the holder of the queue's mutex adds readers |
//! | `WRITER \| QUEUED` | held by a writer; a waiter is queued | the writer: subtracts `WRITER`, or exchanges it for a reader |
//! | `QUEUED` | the last holder has left and is about to serve the queue | only the holder of the queue's mutex |
//!
//! Only the holder of the queue's mutex sets and clears `QUEUED`. While it is set, nobody
//! acquires the lock without that mutex.
//!
//! `untaken` is the number of grants whose new owners were not polled since. It affects `Debug`
//! only.

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{Peek, own_model_or};

const QUEUED: u32 = 1;
const WRITER: u32 = 1 << 1;
const ONE_READER: u32 = 1 << 2;

/// The largest number of readers at a time. The count fits into the word.
pub(crate) const MAX_READERS: u32 = own_model_or(3, u32::MAX / ONE_READER);

/// How a lock is held, or is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

/// See the [module](self).
pub(crate) struct RwLockWord {
    word: AtomicU32,
    untaken: AtomicU32,
}

/// Returns what another holder adds to the word. `None` if the present holders do not permit
/// it.
#[inline]
fn another_holder(word: u32, mode: Mode) -> Option<u32> {
    match mode {
        Mode::Read => {
            let permitted = word & WRITER == 0 && word / ONE_READER < MAX_READERS;
            permitted.then_some(ONE_READER)
        }
        Mode::Write => (word & !QUEUED == 0).then_some(WRITER),
    }
}

impl RwLockWord {
    crate::sync::const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self {
                word: AtomicU32::new(0),
                untaken: AtomicU32::new(0),
            }
        }
    }

    /// Acquires the lock if the holders permit it and nobody is queued.
    #[inline]
    pub(crate) fn try_acquire(&self, mode: Mode) -> bool {
        // ORDERING: Relaxed is enough: the compare-exchange below decides.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            if word & QUEUED != 0 {
                return false;
            }
            let Some(holder) = another_holder(word, mode) else {
                return false;
            };
            // ORDERING: Acquire pairs with the Release in `release` and `downgrade`: what the
            // earlier writers, or for a writer all earlier holders, did is visible.
            match self.word.compare_exchange_weak(
                word,
                word + holder,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(current) => word = current,
            }
        }
    }

    /// Acquires the lock if the holders permit it and nobody is queued, and returns `true`.
    /// Otherwise sets `QUEUED`. The caller holds the queue's mutex, and links a waiter before it
    /// releases the mutex if this returns `false`.
    #[must_use]
    pub(crate) fn acquire_or_queue(&self, mode: Mode) -> bool {
        // ORDERING: Relaxed is enough: the compare-exchange below decides.
        let mut word = self.word.peek(Ordering::Relaxed);
        loop {
            if word & QUEUED != 0 {
                return false;
            }
            let holder = another_holder(word, mode);
            // ORDERING: Acquire pairs with the Release in `release` and `downgrade` if the lock
            // is acquired. `QUEUED` publishes nothing: the queue's mutex publishes the node.
            match self.word.compare_exchange_weak(
                word,
                word + holder.unwrap_or(QUEUED),
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return holder.is_some(),
                Err(current) => word = current,
            }
        }
    }

    /// Releases the lock. Returns whether the caller has to serve the queue: it was the last
    /// holder, or one of as many readers as there can be, and a waiter is queued.
    #[inline]
    #[must_use]
    pub(crate) fn release(&self, mode: Mode) -> bool {
        let holder = match mode {
            Mode::Read => ONE_READER,
            Mode::Write => WRITER,
        };
        // ORDERING: Release pairs with the Acquire in `try_acquire`, `acquire_or_queue` and
        // `permits`: a later writer sees what this holder did, and what every reader did that
        // has left before, because the read-modify-writes are one release sequence.
        let word = self.word.fetch_sub(holder, Ordering::Release);
        debug_assert!(
            match mode {
                Mode::Read => word & WRITER == 0 && word >= ONE_READER,
                Mode::Write => word & !QUEUED == WRITER,
            },
            "a lock was released that was not held"
        );
        word & QUEUED != 0 && (word & !QUEUED == holder || word / ONE_READER == MAX_READERS)
    }

    /// Exchanges the writer for a reader. Returns whether a waiter is queued, which the caller
    /// then serves.
    #[inline]
    #[must_use]
    pub(crate) fn downgrade(&self) -> bool {
        // ORDERING: Release pairs with the Acquire in `try_acquire`, `acquire_or_queue` and
        // `permits`: other readers see what the writer did.
        let word = self.word.fetch_add(ONE_READER - WRITER, Ordering::Release);
        debug_assert!(
            word & !QUEUED == WRITER,
            "a lock was downgraded that no writer held"
        );
        word & QUEUED != 0
    }

    /// Returns whether the holders permit another one. The caller holds the queue's mutex and a
    /// waiter is queued, so nobody else acquires the lock before the mutex is released.
    pub(crate) fn permits(&self, mode: Mode) -> bool {
        // ORDERING: Acquire pairs with the Release in `release` and `downgrade`: what the
        // earlier holders did is visible here, and a grant passes it on to the waiter.
        another_holder(self.word.peek(Ordering::Acquire), mode).is_some()
    }

    /// Adds a holder that [`permits`](Self::permits) has permitted: the first waiter, which is
    /// about to be granted. Clears `QUEUED` if it is also the last one. The caller holds the
    /// queue's mutex.
    pub(crate) fn grant(&self, mode: Mode, is_last: bool) {
        let holder = match mode {
            Mode::Read => ONE_READER,
            Mode::Write => WRITER,
        };
        let queued = if is_last { QUEUED } else { 0 };
        // ORDERING: Relaxed is enough: `permits` has acquired what the earlier holders did, and
        // a release sequence through this word goes on.
        self.word.fetch_add(holder - queued, Ordering::Relaxed);
        // ORDERING: Relaxed is enough, for `Debug`.
        self.untaken.fetch_add(1, Ordering::Relaxed);
    }

    /// Records that a granted waiter has been polled or dropped.
    pub(crate) fn note_taken(&self) {
        // ORDERING: Relaxed is enough, for `Debug`.
        self.untaken.fetch_sub(1, Ordering::Relaxed);
    }

    /// Clears `QUEUED`. The caller holds the queue's mutex, and the queue is empty.
    pub(crate) fn clear_queued(&self) {
        // ORDERING: Relaxed is enough: only the holder of the mutex changes `QUEUED`.
        if self.word.peek(Ordering::Relaxed) & QUEUED != 0 {
            // ORDERING: Relaxed is enough: this publishes nothing, and a release sequence
            // through this word goes on.
            self.word.fetch_and(!QUEUED, Ordering::Relaxed);
        }
    }

    /// Returns the number of readers, which includes the granted ones.
    pub(crate) fn readers(&self) -> usize {
        // ORDERING: Acquire pairs with the Release in `release`: a caller that sees that the
        // readers have left sees what they did.
        (self.word.peek(Ordering::Acquire) / ONE_READER) as usize
    }

    /// Returns whether a writer holds the lock or was granted it.
    pub(crate) fn is_write_locked(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `release`: a caller that sees the lock
        // free sees what was done under it.
        self.word.peek(Ordering::Acquire) & WRITER != 0
    }

    /// Returns the number of grants whose waiters were not polled since.
    pub(crate) fn untaken(&self) -> u32 {
        // ORDERING: Relaxed is enough, for `Debug`.
        self.untaken.load(Ordering::Relaxed)
    }
}
