//! What may be used again after a panic, according to the compiler. Nothing is poisoned. A
//! primitive without user data, and a queue, are consistent after a panic and implement the
//! traits. The data of a lock may be half changed, so a reference to it needs `AssertUnwindSafe`.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;

use aiosync::futures::*;
use aiosync::*;
use static_assertions::{assert_impl_all, assert_not_impl_any};

/// Data that is not [`RefUnwindSafe`].
type Changing = Cell<u32>;
/// Data that is neither.
type Changed = &'static mut u32;

mod the_classes_are_what_they_are_called {
    use super::*;

    assert_impl_all!(Changing: UnwindSafe);
    assert_not_impl_any!(Changing: RefUnwindSafe);
    assert_not_impl_any!(Changed: UnwindSafe);
}

mod what_has_no_data_of_the_users_is_whole_after_a_panic {
    use super::*;

    assert_impl_all!(Semaphore: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Permit<'static>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(OwnedPermit: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Event: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Barrier: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(BarrierWaitResult: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Condition: UnwindSafe, RefUnwindSafe);
}

/// An item is in the queue or not, and nobody sees it before it is taken.
mod a_queue_is_whole_whatever_is_in_it {
    use super::*;

    assert_impl_all!(Queue<u32>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Queue<Changed>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(LifoQueue<Changing>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(PriorityQueue<Changing>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(Slot<'static, Changing, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(OwnedSlot<Changing, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(DoneGuard<'static, Changing, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(CloseGuard<'static, Changing, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(OwnedCloseGuard<Changing, Fifo>: UnwindSafe, RefUnwindSafe);
}

mod a_lock_that_is_shared_leads_to_data_that_may_be_half_changed {
    use super::*;

    assert_impl_all!(Lock<u32>: UnwindSafe);
    assert_impl_all!(Lock<[Changing]>: UnwindSafe);
    assert_not_impl_any!(Lock<Changed>: UnwindSafe);
    assert_not_impl_any!(Lock<u32>: RefUnwindSafe);
    assert_not_impl_any!(Arc<Lock<u32>>: UnwindSafe);
    assert_not_impl_any!(LockGuard<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(MappedLockGuard<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(OwnedLockGuard<u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(OwnedMappedLockGuard<u32, u32>: UnwindSafe, RefUnwindSafe);
}

mod a_rwlock_that_is_shared_leads_to_data_that_may_be_half_changed {
    use super::*;

    assert_impl_all!(RwLock<u32>: UnwindSafe);
    assert_impl_all!(RwLock<[Changing]>: UnwindSafe);
    assert_not_impl_any!(RwLock<Changed>: UnwindSafe);
    assert_not_impl_any!(RwLock<u32>: RefUnwindSafe);
    assert_not_impl_any!(Arc<RwLock<u32>>: UnwindSafe);
    assert_not_impl_any!(RwLockReadGuard<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(RwLockWriteGuard<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(MappedRwLockReadGuard<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(MappedRwLockWriteGuard<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(OwnedRwLockReadGuard<u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(OwnedRwLockWriteGuard<u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(OwnedMappedRwLockReadGuard<u32, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(OwnedMappedRwLockWriteGuard<u32, u32>: UnwindSafe, RefUnwindSafe);
}

/// A value is set or not, and only its own interior can be half changed, as in std's `OnceLock`.
mod a_once_cell_is_what_its_value_is {
    use super::*;

    assert_impl_all!(OnceCell<u32>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(OnceCell<Changing>: UnwindSafe);
    assert_not_impl_any!(OnceCell<Changing>: RefUnwindSafe);
    assert_not_impl_any!(OnceCell<Changed>: UnwindSafe, RefUnwindSafe);
}

/// As a rule, a future whose poll has panicked must not be polled again.
mod futures_promise_nothing {
    use super::*;

    assert_not_impl_any!(LockFuture<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(RwLockRead<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(RwLockWrite<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(Acquire<'static>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(EventWait<'static>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(BarrierWait<'static>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(ConditionWait<'static, 'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(Get<'static, u32, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(Put<'static, u32, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(Join<'static, u32, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(OnceCellWait<'static, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(GetOrInit<'static, u32, u32, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(GetOrTryInit<'static, u32, u32, u32>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(JoinOwned<u32, Fifo>: UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(ReserveOwned<u32, Fifo>: UnwindSafe, RefUnwindSafe);
}

mod errors_may_cross_a_panic {
    use super::*;

    assert_impl_all!(ReleaseError: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(BrokenBarrier: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(GetError: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(PutError<u32>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(SetError<u32>: UnwindSafe, RefUnwindSafe);
    assert_impl_all!(PutError<Changing>: UnwindSafe);
    assert_not_impl_any!(PutError<Changing>: RefUnwindSafe);
    assert_impl_all!(Drained<u32>: UnwindSafe, RefUnwindSafe);
}

/// The closures borrow what they use, without `AssertUnwindSafe`.
#[test]
fn primitives_are_used_on_both_sides_of_a_panic() {
    let (semaphore, event, barrier) = (Semaphore::new(2), Event::new(), Barrier::new(2));
    let (condition, queue) = (Condition::new(), Queue::bounded(2));
    let caught = catch_unwind(|| {
        let _permit = semaphore.try_acquire().unwrap();
        let _slot = queue.try_reserve().unwrap();
        event.set();
        barrier.abort();
        condition.notify_all();
        queue.try_put(Cell::new(1)).unwrap();
        panic!("while a permit and a slot are held");
    });
    assert!(caught.is_err());
    assert_eq!(semaphore.available_permits(), 2);
    assert!(event.is_set());
    assert!(barrier.is_broken());
    assert_eq!(condition.waiters(), 0);
    // The slot was given back.
    assert_eq!(queue.len(), 1);
    assert!(queue.try_put(Cell::new(2)).is_ok());
}

#[test]
fn a_lock_may_be_moved_into_what_panics() {
    let lock = Lock::new(vec![1]);
    let caught = catch_unwind(move || {
        let mut guard = lock.try_lock().unwrap();
        guard.push(2);
        panic!("while the lock is held");
    });
    assert!(caught.is_err());
}
