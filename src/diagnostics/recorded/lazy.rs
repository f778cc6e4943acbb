//! A pointer to a value that is created when it is first needed.
//!
//! # Protocol
//!
//! 1. Read: one load. `None` while the pointer is null.
//! 2. Create: build the value without a lock, and publish it by one compare-exchange from null. If
//!    another thread was first, drop the own value and use the other thread's.
//! 3. The pointer owns one reference to the `Arc`, and drops it with the pointer. It never changes
//!    from one value to another, so a reference to the value lives as long as the pointer.

use core::marker::PhantomData;
use core::ptr::null_mut;

use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::{Arc, const_unless_loom};

/// See the [module](self).
pub(crate) struct LazyArc<T> {
    pointer: AtomicPtr<T>,
    _owned: PhantomData<Arc<T>>,
}

impl<T> LazyArc<T> {
    const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self {
                pointer: AtomicPtr::new(null_mut()),
                _owned: PhantomData,
            }
        }
    }

    /// Returns the value, if it was created.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        // ORDERING: Acquire pairs with the Release in `publish`: the value is visible.
        let pointer = self.pointer.load(Ordering::Acquire);
        // SAFETY: a pointer that is not null is from `Arc::into_raw` in `publish`. Step 3: the
        // reference that it owns lives as long as `self`.
        unsafe { pointer.as_ref() }
    }

    /// Returns another reference to the value, and creates the value if there is none.
    pub(crate) fn get_or_create(&self, create: impl FnOnce() -> Arc<T>) -> Arc<T> {
        let value = match self.get() {
            Some(value) => value,
            None => self.publish(create()),
        };
        let pointer = core::ptr::from_ref(value);
        // SAFETY: the pointer is from `Arc::into_raw`, and step 3: the pointer's own reference
        // keeps the count above 0.
        unsafe { Arc::increment_strong_count(pointer) };
        // SAFETY: the reference that was just counted belongs to the result.
        unsafe { Arc::from_raw(pointer) }
    }

    /// Publishes the value, unless another thread was first. Returns the published one.
    #[cold]
    fn publish(&self, value: Arc<T>) -> &T {
        let own = Arc::into_raw(value).cast_mut();
        // ORDERING: Release publishes the value to the Acquire in `get`. Acquire on failure makes
        // the other thread's value visible.
        let published =
            self.pointer
                .compare_exchange(null_mut(), own, Ordering::Release, Ordering::Acquire);
        let current = match published {
            Ok(_) => own,
            Err(current) => {
                // SAFETY: the pointer is from `into_raw`, and was not published.
                drop(unsafe { Arc::from_raw(own) });
                current
            }
        };
        // SAFETY: the pointer is from `Arc::into_raw` here or in another thread. Step 3: the
        // reference that it owns lives as long as `self`.
        unsafe { &*current }
    }
}

impl<T> Drop for LazyArc<T> {
    fn drop(&mut self) {
        // ORDERING: Relaxed is enough: `&mut self` proves that every other access came before.
        let pointer = self.pointer.load(Ordering::Relaxed);
        if !pointer.is_null() {
            // SAFETY: step 3: the pointer owns this reference, and it is not used again.
            drop(unsafe { Arc::from_raw(pointer) });
        }
    }
}
