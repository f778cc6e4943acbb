//! Wakers whose every operation is user code.
//!
//! `std::task::Wake` clones and drops an `Arc`, which runs nobody's code. Here
//! each operation of the table may call back into the primitive, or panic.

use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// An operation of a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Clone,
    Wake,
    WakeByRef,
    Drop,
}

impl Call {
    pub(crate) const ALL: [Self; 4] = [Self::Clone, Self::Wake, Self::WakeByRef, Self::Drop];
}

type Callback = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Shared {
    counts: [AtomicUsize; 4],
    callbacks: Mutex<[Option<Callback>; 4]>,
}

impl Shared {
    /// Counts the call, and runs what is set for it, with no lock held.
    fn run(&self, call: Call) {
        self.counts[call as usize].fetch_add(1, Ordering::SeqCst);
        let callbacks = self.callbacks.lock();
        let callbacks = callbacks.unwrap_or_else(PoisonError::into_inner);
        let callback = callbacks[call as usize].clone();
        drop(callbacks);
        if let Some(callback) = callback {
            callback();
        }
    }
}

/// A waker, with callbacks to be set. Its own drop runs none of them.
pub(crate) struct Hostile {
    shared: Arc<Shared>,
    waker: Waker,
}

impl Hostile {
    /// One that does nothing but count.
    pub(crate) fn new() -> Self {
        let shared = Arc::new(Shared::default());
        let raw = raw_waker(Arc::clone(&shared));
        // SAFETY: `TABLE` keeps the contract of `RawWaker`: the data is a counted
        // reference, which `clone` doubles and `wake` and `drop` give up, to a
        // value that is `Send + Sync`.
        let waker = unsafe { Waker::from_raw(raw) };
        Self { shared, waker }
    }

    /// Runs `callback` at each `call` from now on.
    pub(crate) fn on(&self, call: Call, callback: impl Fn() + Send + Sync + 'static) {
        self.set(call, Some(Arc::new(callback)));
    }

    /// Runs nothing at any call from now on.
    pub(crate) fn disarm(&self) {
        for call in Call::ALL {
            self.set(call, None);
        }
    }

    fn set(&self, call: Call, callback: Option<Callback>) {
        let callbacks = self.shared.callbacks.lock();
        let mut callbacks = callbacks.unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut callbacks[call as usize], callback);
        drop(callbacks);
        drop(old);
    }

    /// To poll with. Only the clones of it count.
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// How often `call` was made.
    pub(crate) fn calls(&self, call: Call) -> usize {
        self.shared.counts[call as usize].load(Ordering::SeqCst)
    }

    /// How many clones of the waker exist.
    pub(crate) fn kept(&self) -> usize {
        Arc::strong_count(&self.shared) - 2
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.disarm();
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

fn raw_waker(shared: Arc<Shared>) -> RawWaker {
    RawWaker::new(Arc::into_raw(shared).cast(), &TABLE)
}

/// # Safety
///
/// `data` comes from [`raw_waker`] and was not given up. The count behind it is
/// lent.
unsafe fn lend(data: *const ()) -> ManuallyDrop<Arc<Shared>> {
    // SAFETY: `data` is an `Arc::into_raw` of this type, whose count stays with
    // the waker, since the `Arc` made here is never dropped.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

/// # Safety
///
/// As [`lend`]; the count is given up.
unsafe fn take(data: *const ()) -> Arc<Shared> {
    // SAFETY: `data` is an `Arc::into_raw` of this type, and nobody uses it after.
    unsafe { Arc::from_raw(data.cast()) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the table is used with `raw_waker`s only; a clone leaves the waker.
    let shared = unsafe { lend(data) };
    shared.run(Call::Clone);
    raw_waker(Arc::clone(&shared))
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the table is used with `raw_waker`s only; `wake` uses the waker up.
    let shared = unsafe { take(data) };
    shared.run(Call::Wake);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the table is used with `raw_waker`s only; the waker stays.
    let shared = unsafe { lend(data) };
    shared.run(Call::WakeByRef);
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the table is used with `raw_waker`s only; the drop uses it up.
    let shared = unsafe { take(data) };
    shared.run(Call::Drop);
}
