#![forbid(unsafe_code)]
//! The façade for random schedules: shuttle.
//!
//! shuttle runs all threads and tasks of a test on one system thread, one at a time, and may
//! switch to another at each operation below. A mutex that shuttle does not know must not be
//! held across a switch, because the next thread that takes it would hang the process.
//! [`foreign`] ensures that for the mutex of event-listener.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use super::Peek;
pub(crate) use super::cell::{Access, DataCell, ReadAccess, UnsafeCell};

/// Atomic integers. shuttle makes every ordering sequentially consistent.
pub(crate) mod atomic {
    pub(crate) use ::shuttle::sync::atomic::{
        AtomicIsize, AtomicU16, AtomicU32, AtomicUsize, Ordering,
    };
}

macro_rules! peek_by_load {
    ($($atomic:ident: $value:ty),*) => {$(
        impl Peek for atomic::$atomic {
            type Value = $value;

            fn peek(&self, order: atomic::Ordering) -> $value {
                self.load(order)
            }
        }
    )*};
}
peek_by_load!(AtomicU32: u32, AtomicUsize: usize, AtomicIsize: isize);

std::thread_local! {
    /// Whether a call through [`foreign`] is running.
    static FOREIGN: Cell<bool> = const { Cell::new(false) };
}

/// Lets another thread or task run. shuttle's `yield_now` would also wake this task, which
/// hides a lost wakeup if it happens in a poll.
fn switch() {
    let nothing = ::shuttle::sync::atomic::AtomicBool::new(false);
    nothing.load(atomic::Ordering::SeqCst);
}

/// Calls code that shuttle does not know. A switch may happen before the call and none during
/// it. If the code calls back into this crate, the mutexes there are taken without a switch.
pub(crate) fn foreign<R>(call: impl FnOnce() -> R) -> R {
    struct Leave(bool);

    impl Drop for Leave {
        fn drop(&mut self) {
            FOREIGN.set(self.0);
        }
    }

    if !FOREIGN.get() {
        switch();
    }
    let _leave = Leave(FOREIGN.replace(true));
    call()
}

/// Calls code that nothing may interrupt if there are no threads. A schedule has threads.
pub(crate) fn uninterrupted<R>(call: impl FnOnce() -> R) -> R {
    call()
}

/// A mutual exclusion lock without poisoning.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    /// Decides, in shuttle's schedule, which thread may take `value`.
    turn: ::shuttle::sync::Mutex<()>,
    /// Free whenever `turn` is free, so nobody waits for it.
    value: std::sync::Mutex<T>,
}

/// Access to the value of a [`Mutex`].
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    // Dropped before `turn`, whose drop may switch to another thread.
    value: std::sync::MutexGuard<'a, T>,
    /// `None` during a call through [`foreign`].
    turn: Option<::shuttle::sync::MutexGuard<'a, ()>>,
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            turn: ::shuttle::sync::Mutex::new(()),
            value: std::sync::Mutex::new(value),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let turn = (!FOREIGN.get()).then(|| ignore_poison(self.turn.lock()));
        self.hold(turn)
    }

    fn hold<'a>(&'a self, turn: Option<::shuttle::sync::MutexGuard<'a, ()>>) -> MutexGuard<'a, T> {
        let value = match self.value.try_lock() {
            Ok(value) => value,
            Err(std::sync::TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(std::sync::TryLockError::WouldBlock) => {
                panic!(
                    "aiosync: code that shuttle cannot schedule needs a mutex that another task holds"
                )
            }
        };
        MutexGuard {
            mutex: self,
            value,
            turn,
        }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

fn ignore_poison<G>(result: Result<G, std::sync::PoisonError<G>>) -> G {
    result.unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A condition variable.
#[derive(Debug)]
pub(crate) struct Condvar(::shuttle::sync::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(::shuttle::sync::Condvar::new())
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let MutexGuard { mutex, value, turn } = guard;
        drop(value);
        let turn = turn.expect("aiosync: code that shuttle cannot schedule waits for another task");
        mutex.hold(Some(ignore_poison(self.0.wait(turn))))
    }

    /// Panics: shuttle has no clock.
    pub(crate) fn wait_until<'a, T>(
        &self,
        _guard: MutexGuard<'a, T>,
        _deadline: std::time::Instant,
    ) -> MutexGuard<'a, T> {
        no_clock()
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }
}

macro_rules! local_key {
    ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr) => {
        ::shuttle::thread_local! { $(#[$meta])* static $name: $type = $init }
    };
}
pub(crate) use local_key;

/// Yielding, and the identity of threads and tasks.
pub(crate) mod thread {
    /// Spinning only adds steps to explore.
    pub(crate) const MAY_SPIN: bool = false;

    pub(crate) fn spin_loop() {
        super::switch();
    }

    pub(crate) fn yield_now() {
        super::switch();
    }

    /// Yields: a schedule has no clock.
    pub(crate) fn sleep(_duration: std::time::Duration) {
        super::switch();
    }

    /// Returns a number that no other thread or task of the schedule has. Never 0.
    pub(crate) fn token() -> usize {
        usize::from(::shuttle::current::me()) + 1
    }
}

/// Panics: shuttle has no clock.
pub(crate) fn deny_timeouts() {
    no_clock()
}

fn no_clock() -> ! {
    panic!("aiosync: a wait with a timeout cannot be scheduled, because shuttle has no clock")
}

/// Panics, because shuttle would hang: it does not know that event-listener has parked the thread.
pub(crate) fn deny_foreign_parking() {
    panic!(
        "aiosync: under shuttle, a thread cannot block until a queue is closed or all items are done"
    )
}
