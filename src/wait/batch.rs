//! Wakers taken under a lock, woken after it.
//!
//! No user code runs under an internal lock, and waking is user code. So
//! whoever grants collects the wakers in a [`WakeBatch`], gives the lock back,
//! and wakes them then, in the order in which they were granted. [`serve`] is
//! that loop: grant until the batch is full, unlock, wake, lock again, go on.
//!
//! A waker that panics keeps nobody else from being woken: each is called under
//! `catch_unwind`, the first payload is kept and resumed when all is done, the
//! others are dropped. If the thread is already panicking, the first is dropped as
//! well, since a second panic would abort the process.

use std::any::Any;
use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

use crate::sync::{Mutex, MutexGuard};

/// Wakers in one batch. Two in a model, so that a small model crosses the edge.
pub(crate) const BATCH: usize = if cfg!(any(loom, shuttle)) { 2 } else { 32 };

/// Up to [`BATCH`] wakers and the first panic they raised.
pub(crate) struct WakeBatch {
    wakers: [MaybeUninit<Waker>; BATCH],
    /// `wakers[..filled]` are initialised.
    filled: usize,
    panic: Option<Box<dyn Any + Send>>,
}

impl WakeBatch {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            wakers: [const { MaybeUninit::uninit() }; BATCH],
            filled: 0,
            panic: None,
        }
    }

    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.filled == BATCH
    }

    /// Whether more than one is to be woken.
    #[inline]
    pub(crate) fn is_several(&self) -> bool {
        self.filled > 1
    }

    /// Keeps a waker for [`wake_all`](Self::wake_all). `None` stands for a
    /// waiter that is registered but was not polled yet: nobody to wake.
    ///
    /// # Panics
    ///
    /// If the batch is full.
    #[inline]
    pub(crate) fn push(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            self.wakers[self.filled].write(waker);
            self.filled += 1;
        }
    }

    /// Takes the one waker that was pushed, if there is one.
    #[inline]
    fn take_only(&mut self) -> Option<Waker> {
        debug_assert!(self.filled <= 1);
        if self.filled == 0 {
            return None;
        }
        self.filled = 0;
        // SAFETY: `push` has initialised the first slot, which is not read again, since
        // `filled` is 0 by now.
        Some(unsafe { self.wakers[0].assume_init_read() })
    }

    /// Wakes all that were pushed, in order. No internal lock may be held.
    pub(crate) fn wake_all(&mut self) {
        let filled = mem::take(&mut self.filled);
        for slot in &mut self.wakers[..filled] {
            // SAFETY: `push` has initialised the slots below `filled`, and
            // `filled` is 0 by now, so that none is read twice.
            let waker = unsafe { slot.assume_init_read() };
            catch_into(&mut self.panic, || waker.wake());
        }
    }

    /// Drops a waker that is not to be woken. No internal lock may be held.
    pub(crate) fn drop_waker(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            catch_into(&mut self.panic, || drop(waker));
        }
    }

    /// Resumes the first panic that a waker raised, if any. All were woken before.
    #[inline]
    pub(crate) fn finish(&mut self) {
        if let Some(payload) = self.panic.take() {
            resume(payload);
        }
    }
}

impl Drop for WakeBatch {
    /// Runs to its end also when something else panics: whoever was granted is
    /// woken.
    #[inline]
    fn drop(&mut self) {
        if self.filled > 0 {
            self.wake_all();
        }
        if let Some(payload) = self.panic.take() {
            dispose(payload);
        }
    }
}

#[inline]
fn catch_into(first: &mut Option<Box<dyn Any + Send>>, user_code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(user_code)) {
        if first.is_none() {
            *first = Some(payload);
        } else {
            dispose(payload);
        }
    }
}

/// Drops a payload that is not resumed. That is user code too: if it panics in turn,
/// its payload is forgotten.
#[cold]
fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
}

#[cold]
fn resume(payload: Box<dyn Any + Send>) {
    if std::thread::panicking() {
        dispose(payload);
    } else {
        resume_unwind(payload);
    }
}

/// Grants in steps: runs `step` under the lock until it answers `false`, and
/// wakes after each step, unlocked. `step` answers `true` if it stopped for want
/// of room in the batch. `retired` is dropped, unlocked, before the first wake.
#[inline]
pub(crate) fn serve<'a, T>(
    mutex: &'a Mutex<T>,
    guard: MutexGuard<'a, T>,
    retired: Option<Waker>,
    mut step: impl FnMut(&mut T, &mut WakeBatch) -> bool,
) {
    let mut batch = WakeBatch::new();
    // Bound after the batch: on unwinding the lock is given back first.
    let mut guard = guard;
    let more = step(&mut guard, &mut batch);
    drop(guard);
    if more || batch.filled + usize::from(retired.is_some()) > 1 {
        wake_and_go_on(mutex, &mut batch, retired, more, step);
    } else {
        let waker = batch.take_only();
        // It is empty: its drop would look for what is not there.
        mem::forget(batch);
        if retired.is_some() {
            drop_waker(retired);
        } else {
            // Nobody else is kept from being woken if it panics.
            wake(waker);
        }
    }
}

/// The rest of [`serve`], where there is somebody to wake.
fn wake_and_go_on<T>(
    mutex: &Mutex<T>,
    batch: &mut WakeBatch,
    retired: Option<Waker>,
    mut more: bool,
    mut step: impl FnMut(&mut T, &mut WakeBatch) -> bool,
) {
    batch.drop_waker(retired);
    batch.wake_all();
    while more {
        let mut guard = mutex.lock();
        more = step(&mut guard, batch);
        drop(guard);
        batch.wake_all();
    }
    batch.finish();
}

/// Wakes one waiter. No internal lock may be held.
#[inline]
pub(crate) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        if std::thread::panicking() {
            let mut batch = WakeBatch::new();
            batch.push(Some(waker));
            batch.wake_all();
        } else {
            waker.wake();
        }
    }
}

/// Drops a waker that is not to be woken. No internal lock may be held.
#[inline]
pub(crate) fn drop_waker(waker: Option<Waker>) {
    if waker.is_some() && std::thread::panicking() {
        let mut batch = WakeBatch::new();
        batch.drop_waker(waker);
        batch.finish();
    }
    // Else it is dropped here.
}

/// A waker that is dropped as by [`drop_waker`], wherever it is dropped: outside any internal
/// lock, and without a second panic.
pub(crate) struct Retired(pub(crate) Option<Waker>);

impl Retired {
    /// Returns the waker, for a node to keep.
    #[inline]
    pub(crate) fn keep(self) -> Option<Waker> {
        // Nothing is left to drop.
        mem::ManuallyDrop::new(self).0.take()
    }
}

impl Drop for Retired {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            drop_waker(self.0.take());
        }
    }
}

/// Runs `rest`, whose panic would be a second one, and resumes the first.
#[cold]
pub(crate) fn resume_after(first: Box<dyn Any + Send>, rest: impl FnOnce()) -> ! {
    if let Err(second) = catch_unwind(AssertUnwindSafe(rest)) {
        dispose(second);
    }
    resume_unwind(first)
}
