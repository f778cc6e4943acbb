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
//!
//! Without the feature `std`, no panic is caught. [`WakeRest`] and [`ServeRest`] wake the others
//! when they are dropped by the first panic. A second one aborts the process.

use core::mem::{self, MaybeUninit};
use core::panic::AssertUnwindSafe;
use core::task::Waker;

use crate::sync::{
    CATCHES_PANICS, GRANTS_PER_HOLD, HAS_THREADS, Mutex, MutexGuard, PanicPayload, catch_unwind,
    dispose, panicking, resume_unwind,
};

/// The number of wakers in a full batch.
pub(crate) const BATCH: usize = GRANTS_PER_HOLD;

/// Up to [`BATCH`] wakers, and the first panic that a waker has raised.
pub(crate) struct WakeBatch {
    wakers: [MaybeUninit<Waker>; BATCH],
    /// `wakers[..filled]` are initialized.
    filled: usize,
    panic: Option<PanicPayload>,
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
    /// registered but was never polled, is ignored. Without threads it counts, because interrupts
    /// are off while the batch fills.
    ///
    /// # Panics
    ///
    /// If the batch is full.
    #[inline]
    pub(crate) fn push(&mut self, waker: Option<Waker>) {
        let waker = if HAS_THREADS {
            waker
        } else {
            waker.or_else(|| Some(Waker::noop().clone()))
        };
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
        let wakers = self.wakers[..filled].iter_mut();
        // SAFETY: the elements below `filled` are initialized. None is read again, because
        // `filled` is 0 now.
        let wakers = wakers.map(|element| unsafe { element.assume_init_read() });
        wake_each(wakers, &mut self.panic);
    }

    /// Wakes other wakers, in order. The caller holds no internal mutex.
    pub(crate) fn wake_each(&mut self, wakers: impl Iterator<Item = Waker>) {
        wake_each(wakers, &mut self.panic);
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

/// Wakes all wakers, in order. If a panic is not caught, the drop of a [`WakeRest`] wakes the rest.
#[inline]
fn wake_each(wakers: impl Iterator<Item = Waker>, panic: &mut Option<PanicPayload>) {
    if CATCHES_PANICS {
        for waker in wakers {
            catch_into(panic, || waker.wake());
        }
    } else {
        WakeRest(wakers).run();
    }
}

/// The wakers that are not woken yet. If one of them panics, the drop wakes the rest.
struct WakeRest<I: Iterator<Item = Waker>>(I);

impl<I: Iterator<Item = Waker>> WakeRest<I> {
    fn run(&mut self) {
        for waker in &mut self.0 {
            waker.wake();
        }
    }
}

impl<I: Iterator<Item = Waker>> Drop for WakeRest<I> {
    fn drop(&mut self) {
        self.run();
    }
}

#[inline]
fn catch_into(first: &mut Option<PanicPayload>, user_code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(user_code)) {
        if first.is_none() {
            *first = Some(payload);
        } else {
            dispose(payload);
        }
    }
}

#[cold]
fn resume(payload: PanicPayload) {
    if panicking() {
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
    if CATCHES_PANICS {
        batch.drop_waker(retired);
        serve_rest(mutex, batch, &mut more, &mut step);
    } else {
        let mut rest = ServeRest {
            mutex,
            batch: &mut *batch,
            more,
            step,
        };
        rest.batch.drop_waker(retired);
        rest.run();
    }
    batch.finish();
}

/// Wakes the batch, and runs the steps that are left.
#[inline(always)]
fn serve_rest<T>(
    mutex: &Mutex<T>,
    batch: &mut WakeBatch,
    more: &mut bool,
    step: &mut impl FnMut(&mut T, &mut WakeBatch) -> bool,
) {
    batch.wake_all();
    // It is taken: if `step` panics, it is not called again.
    while mem::take(more) {
        let mut guard = mutex.lock();
        let again = step(&mut guard, batch);
        drop(guard);
        *more = again;
        batch.wake_all();
    }
}

/// The steps of [`serve`] that are left. If user code panics, the drop runs them.
struct ServeRest<'a, T, S: FnMut(&mut T, &mut WakeBatch) -> bool> {
    mutex: &'a Mutex<T>,
    batch: &'a mut WakeBatch,
    more: bool,
    step: S,
}

impl<T, S: FnMut(&mut T, &mut WakeBatch) -> bool> ServeRest<'_, T, S> {
    fn run(&mut self) {
        serve_rest(self.mutex, self.batch, &mut self.more, &mut self.step);
    }
}

impl<T, S: FnMut(&mut T, &mut WakeBatch) -> bool> Drop for ServeRest<'_, T, S> {
    fn drop(&mut self) {
        self.run();
    }
}

/// Wakes one waiter. The caller holds no internal mutex.
#[inline]
pub(crate) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        if panicking() {
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
    if waker.is_some() && panicking() {
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

/// Calls `first` with the state. If it panics, calls `rest` with the state, and then resumes the
/// panic. A panic of `rest` is dropped.
pub(crate) fn or_after_panic<S, R>(
    state: S,
    first: impl FnOnce(&mut S) -> R,
    rest: impl FnOnce(S),
) -> (S, R) {
    let mut after_panic = AfterPanic {
        state: Some(state),
        rest: Some(rest),
    };
    let result = catch_unwind(AssertUnwindSafe(|| after_panic.state.as_mut().map(first)));
    match result {
        Ok(result) => match (after_panic.state.take(), result) {
            (Some(state), Some(result)) => (state, result),
            _ => unreachable!("aiosync: the state is taken here or after a panic"),
        },
        Err(panic) => {
            if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(after_panic))) {
                dispose(second);
            }
            resume_unwind(panic)
        }
    }
}

/// Calls `rest` when it is dropped, unless the state was taken.
struct AfterPanic<S, F: FnOnce(S)> {
    state: Option<S>,
    rest: Option<F>,
}

impl<S, F: FnOnce(S)> Drop for AfterPanic<S, F> {
    fn drop(&mut self) {
        if let (Some(state), Some(rest)) = (self.state.take(), self.rest.take()) {
            rest(state);
        }
    }
}
