//! The façade's schedule arm: shuttle.
//!
//! shuttle runs all threads and tasks of a test on one thread of the system, one at a
//! time, and may switch at each operation below. What it does not see must not be held
//! across a switch, or the next to ask for it hangs the process: [`foreign`] sees to
//! that for the mutex of event-listener.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};

use super::Peek;
pub(crate) use super::cell::{Access, DataCell, UnsafeCell};

/// Atomic integers. All orderings are sequentially consistent here.
pub(crate) mod atomic {
    pub(crate) use ::shuttle::sync::atomic::{
        AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering,
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
    /// Whether foreign code runs.
    static FOREIGN: Cell<bool> = const { Cell::new(false) };
}

/// Lets another thread or task go on. `yield_now` of shuttle would wake this task as well:
/// in a poll, that hides a wake which never comes.
fn switch() {
    let nothing = ::shuttle::sync::atomic::AtomicBool::new(false);
    nothing.load(atomic::Ordering::SeqCst);
}

/// Calls code that shuttle does not see: a switch before it, none inside. Mutexes that
/// it takes on its way back into this crate are taken without one.
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

/// A mutual exclusion lock without poison.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    /// Whose turn it is, as shuttle has it.
    turn: ::shuttle::sync::Mutex<()>,
    /// Free whenever `turn` is, and never waited for.
    value: std::sync::Mutex<T>,
}

/// A hold on a [`Mutex`].
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    // Dropped first: giving the turn back is a switch.
    value: std::sync::MutexGuard<'a, T>,
    /// None inside [`foreign`].
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
                panic!("aiosync: foreign code needs a mutex that is held across a switch")
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

/// A condition variable for threads.
#[derive(Debug)]
pub(crate) struct Condvar(::shuttle::sync::Condvar);

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(::shuttle::sync::Condvar::new())
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let MutexGuard { mutex, value, turn } = guard;
        drop(value);
        let turn = turn.expect("aiosync: foreign code waits for a thread");
        mutex.hold(Some(ignore_poison(self.0.wait(turn))))
    }

    /// shuttle knows no time.
    pub(crate) fn wait_until<'a, T>(
        &self,
        _guard: MutexGuard<'a, T>,
        _deadline: std::time::Instant,
    ) -> MutexGuard<'a, T> {
        panic!("aiosync: a wait with a timeout cannot be scheduled, shuttle has no clock")
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

    /// A number that no other thread or task of the schedule has. Never 0.
    pub(crate) fn token() -> usize {
        usize::from(::shuttle::current::me()) + 1
    }
}
