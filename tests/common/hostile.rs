//! Wakers whose every operation is user code.
//!
//! The clone and the drop of a `std::task::Wake` run no user code. Here each operation of the table
//! may call back into the primitive, or panic.

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
    /// Counts the call and runs its callback, without a mutex.
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

/// A waker with callbacks. The drop of this type runs none of them.
pub(crate) struct Hostile {
    shared: Arc<Shared>,
    waker: Waker,
}

impl Hostile {
    /// Creates one that only counts.
    pub(crate) fn new() -> Self {
        let shared = Arc::new(Shared::default());
        let raw = raw_waker(Arc::clone(&shared));
        // SAFETY: `TABLE` keeps the contract of `RawWaker`: the data is an `Arc` of a
        // `Send + Sync` value, which `clone` clones, and `wake` and `drop` drop.
        let waker = unsafe { Waker::from_raw(raw) };
        Self { shared, waker }
    }

    /// Runs `callback` at each `call` from now on.
    pub(crate) fn on(&self, call: Call, callback: impl Fn() + Send + Sync + 'static) {
        self.set(call, Some(Arc::new(callback)));
    }

    /// Removes all callbacks.
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

    /// Returns the waker to poll with. Only its clones count.
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Returns the number of calls.
    pub(crate) fn calls(&self, call: Call) -> usize {
        self.shared.counts[call as usize].load(Ordering::SeqCst)
    }

    /// Returns the number of clones of the waker.
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
/// `data` comes from [`raw_waker`], and its reference was not dropped.
unsafe fn lend(data: *const ()) -> ManuallyDrop<Arc<Shared>> {
    // SAFETY: `data` comes from `Arc::into_raw`. The waker keeps its reference, because this
    // `Arc` is never dropped.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

/// # Safety
///
/// As for [`lend`]. The reference is dropped with the result.
unsafe fn take(data: *const ()) -> Arc<Shared> {
    // SAFETY: `data` comes from `Arc::into_raw`, and is not used afterwards.
    unsafe { Arc::from_raw(data.cast()) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the table is only used by `raw_waker`, and a clone keeps the waker.
    let shared = unsafe { lend(data) };
    shared.run(Call::Clone);
    raw_waker(Arc::clone(&shared))
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the table is only used by `raw_waker`, and `wake` consumes the waker.
    let shared = unsafe { take(data) };
    shared.run(Call::Wake);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the table is only used by `raw_waker`, and the waker is kept.
    let shared = unsafe { lend(data) };
    shared.run(Call::WakeByRef);
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the table is only used by `raw_waker`, and the drop consumes the waker.
    let shared = unsafe { take(data) };
    shared.run(Call::Drop);
}
