//! Wakers that are taken under a mutex and woken without it.
//!
//! A wake is user code, and no user code runs under an internal mutex. So a granter collects the
//! wakers in a [`WakeBatch`], releases the mutex, and then wakes them in the order of their
//! grants. [`serve`] does this in a loop: it grants until the batch is full, unlocks, wakes,
//! locks again and continues.
//!
//! # Panics
//!
//! A waker that panics does not keep the others from being woken. The first panic is caught,
//! and resumes when all are woken. Later ones are dropped. If the thread is already
//! unwinding, all of them are dropped, because a second panic would abort the process.

use alloc::boxed::Box;
use core::any::Any;
use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use core::task::Waker;
use std::panic::{catch_unwind, resume_unwind};

use crate::sync::{Mutex, MutexGuard, model_or};

/// The number of wakers in a full batch.
pub(crate) const BATCH: usize = model_or(2, 32);

/// Up to [`BATCH`] wakers, and the first panic that a waker has raised.
pub(crate) struct WakeBatch {
    wakers: [MaybeUninit<Waker>; BATCH],
    /// `wakers[..filled]` are initialized.
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

    /// Returns whether the batch has more than one waker.
    #[inline]
    pub(crate) fn is_several(&self) -> bool {
        self.filled > 1
    }

    /// Keeps a waker for [`wake_all`](Self::wake_all). `None`, from a waiter that is
    /// registered but was never polled, is ignored.
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

    /// Takes the waker out of a batch that has at most one.
    #[inline]
    fn take_only(&mut self) -> Option<Waker> {
        debug_assert!(self.filled <= 1);
        if self.filled == 0 {
            return None;
        }
        self.filled = 0;
        // SAFETY: `filled` was 1, so the element is initialized. It is not read again,
        // because `filled` is 0 now.
        Some(unsafe { self.wakers[0].assume_init_read() })
    }

    /// Wakes all wakers, in order. The caller holds no internal mutex.
    pub(crate) fn wake_all(&mut self) {
        let filled = mem::take(&mut self.filled);
        for element in &mut self.wakers[..filled] {
            // SAFETY: the elements below `filled` are initialized. None is read again,
            // because `filled` is 0 now.
            let waker = unsafe { element.assume_init_read() };
            catch_into(&mut self.panic, || waker.wake());
        }
    }

    /// Drops a waker without waking it. The caller holds no internal mutex.
    pub(crate) fn drop_waker(&mut self, waker: Option<Waker>) {
        if let Some(waker) = waker {
            catch_into(&mut self.panic, || drop(waker));
        }
    }

    /// Resumes the first panic that a waker has raised, if any.
    #[inline]
    pub(crate) fn finish(&mut self) {
        if let Some(payload) = self.panic.take() {
            resume(payload);
        }
    }
}

impl Drop for WakeBatch {
    /// Wakes the remaining wakers. There are some only if the granter panics.
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

/// Drops the payload of a panic that is not resumed. This is user code: if it panics again, the
/// second payload is forgotten (`mem::forget`).
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

/// Grants in steps. Calls `step` under the mutex until it returns `false`, and wakes the
/// batch without the mutex after each call. `step` returns `true` if it has to be called
/// again, because the batch is full or for a reason of its own. `retired` is dropped without
/// the mutex, before the first wake.
#[inline]
pub(crate) fn serve<'a, T>(
    mutex: &'a Mutex<T>,
    guard: MutexGuard<'a, T>,
    retired: Option<Waker>,
    mut step: impl FnMut(&mut T, &mut WakeBatch) -> bool,
) {
    let mut batch = WakeBatch::new();
    // Declared after the batch: if `step` panics, the mutex is released before the wakes.
    let mut guard = guard;
    let more = step(&mut guard, &mut batch);
    drop(guard);
    if more || batch.filled + usize::from(retired.is_some()) > 1 {
        wake_and_continue(mutex, &mut batch, retired, more, step);
    } else {
        let waker = batch.take_only();
        // It is empty, so its drop has nothing to do.
        mem::forget(batch);
        if retired.is_some() {
            drop_waker(retired);
        } else {
            // There is no other waker that a panic could keep from being woken.
            wake(waker);
        }
    }
}

/// The rest of [`serve`], if there is more to do than one wake.
fn wake_and_continue<T>(
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

/// Wakes one waiter. The caller holds no internal mutex.
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

/// Drops a waker without waking it. If the thread is unwinding and the drop panics, that panic
/// is dropped. The caller holds no internal mutex.
#[inline]
pub(crate) fn drop_waker(waker: Option<Waker>) {
    if waker.is_some() && std::thread::panicking() {
        let mut batch = WakeBatch::new();
        batch.drop_waker(waker);
        batch.finish();
    } else {
        drop(waker);
    }
}

/// A waker that is dropped by [`drop_waker`] at the end of its scope, where no internal mutex
/// may be held.
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

/// Runs `rest` and resumes `first`. A panic of `rest` is dropped.
#[cold]
pub(crate) fn resume_after(first: Box<dyn Any + Send>, rest: impl FnOnce()) -> ! {
    if let Err(second) = catch_unwind(AssertUnwindSafe(rest)) {
        dispose(second);
    }
    resume_unwind(first)
}
