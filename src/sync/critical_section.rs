#![cfg_attr(
    not(feature = "critical-section"),
    allow(unused_unsafe, reason = "`no_arm.rs` needs no unsafe code")
)]
//! The façade for builds without the standard library: critical sections.
//!
//! A mutex is a critical section: on most targets, interrupts are off while it is held. So its
//! holder is never interrupted by code that needs the same mutex, and there is nobody to spin for.
//!
//! # Nesting
//!
//! Critical sections have to end in the reverse order of their beginning. Guards need not: a
//! [`Section`] counts how many there are. Only the outermost one stays acquired. It is released
//! when the count returns to zero.
//!
//! # Panics
//!
//! Without the standard library, a panic cannot be caught. On most targets, it ends the program. If
//! it unwinds, destructors do what is left to do: the other wakers of a batch are still woken.
//! Another panic meanwhile aborts the program.

use core::cell::{Cell, RefCell, RefMut};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

#[cfg(feature = "critical-section")]
use ::critical_section::{CriticalSection, Mutex as SectionMutex, RestoreState, acquire, release};

use super::Peek;
#[cfg(not(feature = "critical-section"))]
use super::no_arm::{CriticalSection, RestoreState, SectionMutex, acquire, release};

pub(crate) use super::cell::{Access, DataCell, ReadAccess, UnsafeCell};

/// Atomic integers and their orderings.
pub(crate) mod atomic {
    pub(crate) use core::sync::atomic::{AtomicIsize, AtomicU16, AtomicU32, AtomicUsize, Ordering};
}

macro_rules! peek_by_load {
    ($($atomic:ident: $value:ty),*) => {$(
        impl Peek for atomic::$atomic {
            type Value = $value;

            #[inline]
            fn peek(&self, order: atomic::Ordering) -> $value {
                self.load(order)
            }
        }
    )*};
}
peek_by_load!(AtomicU32: u32, AtomicUsize: usize, AtomicIsize: isize);

/// The [`Section`]s that exist. They all belong to the code that runs, because nothing
/// interrupts it.
struct OpenSections {
    count: Cell<usize>,
    /// What ends the outermost critical section. Meaningful while `count` is not 0.
    restore: Cell<RestoreState>,
}

static OPEN: SectionMutex<OpenSections> = SectionMutex::new(OpenSections {
    count: Cell::new(0),
    restore: Cell::new(RestoreState::invalid()),
});

/// A part of the outermost critical section. Stays with the code that has entered it.
struct Section(PhantomData<*mut ()>);

impl Section {
    #[inline]
    fn enter() -> Self {
        // SAFETY: it is released once: below, or by the drop of the last section.
        let restore = unsafe { acquire() };
        // SAFETY: the critical section has just been acquired. `open` is not used after its end.
        let open = OPEN.borrow(unsafe { CriticalSection::new() });
        let count = open.count.get();
        open.count.set(count + 1);
        if count == 0 {
            open.restore.set(restore);
        } else {
            // SAFETY: the state is that of the `acquire` above. Nothing was acquired in between,
            // so the pair is nested in the outermost critical section.
            unsafe { release(restore) };
        }
        Self(PhantomData)
    }
}

impl Drop for Section {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this section exists, so the outermost critical section has not ended. `open` is
        // not used after its end.
        let open = OPEN.borrow(unsafe { CriticalSection::new() });
        let count = open.count.get() - 1;
        open.count.set(count);
        if count == 0 {
            let restore = open.restore.get();
            // SAFETY: the state is that of the outermost `acquire`, on this thread, because a
            // section is not `Send`. All that this crate has acquired since was released.
            unsafe { release(restore) };
        }
    }
}

/// A mutual exclusion lock: a critical section. It is held for a few instructions, and never while
/// user code runs, except `Ord::cmp`.
#[derive(Debug)]
pub(crate) struct Mutex<T>(SectionMutex<RefCell<T>>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(SectionMutex::new(RefCell::new(value)))
    }

    /// Takes the mutex.
    ///
    /// # Panics
    ///
    /// Panics if the caller runs under this mutex.
    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let section = Section::enter();
        // SAFETY: the guard keeps the section for as long as it keeps the reference.
        let value = self.0.borrow(unsafe { CriticalSection::new() });
        match value.try_borrow_mut() {
            Ok(value) => MutexGuard {
                value,
                _section: section,
            },
            Err(_) => {
                drop(section);
                locked_again()
            }
        }
    }
}

#[cold]
fn locked_again() -> ! {
    panic!("aiosync: user code must not use the primitive that calls it under its internal mutex")
}

/// Access to the value of a [`Mutex`].
pub(crate) struct MutexGuard<'a, T> {
    // Dropped before the section.
    value: RefMut<'a, T>,
    _section: Section,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Spinning, and the identity of threads.
pub(crate) mod thread {
    /// Nothing changes while a single processor spins.
    pub(crate) const MAY_SPIN: bool = false;

    pub(crate) use core::hint::spin_loop;

    /// Not called: only rings yield.
    pub(crate) fn yield_now() {
        spin_loop();
    }

    /// Not called: only rings sleep.
    pub(crate) fn sleep(_duration: core::time::Duration) {
        spin_loop();
    }

    /// Returns one token for all code: tasks and interrupt handlers have no identity.
    #[inline]
    pub(crate) fn token() -> usize {
        1
    }
}

/// Calls event-listener, whose own mutex spins. In a critical section, it is always free.
#[inline]
pub(crate) fn foreign<R>(call: impl FnOnce() -> R) -> R {
    uninterrupted(call)
}

/// Calls code in a critical section. What it finds was stored by the code that runs, or by code
/// that has left its critical sections.
#[inline]
pub(crate) fn uninterrupted<R>(call: impl FnOnce() -> R) -> R {
    let _section = Section::enter();
    call()
}

/// What a panic carries: nothing, because no panic is caught.
pub(crate) struct PanicPayload(core::convert::Infallible);

/// Calls `call`. A panic goes on to the caller.
#[inline]
pub(crate) fn catch_unwind<R>(call: impl FnOnce() -> R) -> Result<R, PanicPayload> {
    Ok(call())
}

pub(crate) fn dispose(payload: PanicPayload) {
    match payload.0 {}
}

pub(crate) fn resume_unwind(payload: PanicPayload) -> ! {
    match payload.0 {}
}

/// Returns `false`: nobody knows.
#[inline]
pub(crate) fn panicking() -> bool {
    false
}

/// Ends the program. Called while a panic unwinds, where another panic does that.
pub(crate) fn abort() -> ! {
    panic!("aiosync: a panic would leave a dropped future in a wait queue")
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Mutex, OPEN};

    /// Returns the number of open sections of this thread.
    fn open() -> usize {
        ::critical_section::with(|section| OPEN.borrow(section).count.get())
    }

    #[test]
    fn guards_may_be_dropped_in_any_order() {
        let (first, second) = (Mutex::new(1), Mutex::new(2));
        let (one, two) = (first.lock(), second.lock());
        assert_eq!(open(), 2);
        drop(one);
        assert_eq!((open(), *two), (1, 2));
        drop(two);
        assert_eq!(open(), 0);
    }

    #[test]
    fn a_mutex_that_its_holder_takes_again_panics_and_stays_usable() {
        let mutex = Mutex::new(1);
        let guard = mutex.lock();
        let again = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| drop(mutex.lock())));
        assert!(again.is_err());
        assert_eq!(open(), 1);
        drop(guard);
        assert_eq!(open(), 0);
        assert_eq!(*mutex.lock(), 1);
    }
}
