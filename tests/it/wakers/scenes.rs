//! The primitives as scenes. Each is in a state in which an operation has to wait, and has
//! everything that a waker can do to it.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aiosync::futures::{
    AcquireOwned, EventWaitOwned, LockOwnedFuture, RwLockReadOwned, RwLockWriteOwned,
};
use aiosync::{
    Event, Lock, LockGuard, OwnedLockGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockReadGuard, RwLockWriteGuard, Semaphore,
};

#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{CountingWaker, Polled};

/// Queued futures for a waker to poll and drop.
pub(super) struct Bystanders<F>(Mutex<Vec<Polled<F>>>);

impl<F: Future> Bystanders<F> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Polls one with its own waker, then with another, and drops it.
    fn poll_and_drop_one(&self) {
        let taken = self.0.lock().unwrap().pop();
        let Some(mut bystander) = taken else { return };
        if bystander.poll().is_pending() {
            let other = CountingWaker::new().waker();
            drop(bystander.poll_with(&other));
        }
    }

    fn clear(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap());
        drop(all);
    }
}

/// A primitive whose operation has to wait.
pub(super) trait Scene: Send + Sync + 'static {
    type Wait: Future + Send + 'static;

    fn new() -> Self;

    /// Starts a wait.
    fn start(&self) -> Self::Wait;

    /// Releases at least the first `count` waiters.
    fn release(&self, count: usize);

    fn waiters(&self) -> usize;

    fn bystanders(&self) -> &Bystanders<Self::Wait>;

    /// Calls every method, with futures of its own.
    fn call_everything(&self);

    /// Checks that nothing was lost and that the primitive works, when nobody waits any more.
    #[track_caller]
    fn assert_whole(&self);

    /// Queues some futures, for [`touch`](Self::touch) to poll and drop.
    fn add_bystanders(&self) {
        for _ in 0..3 {
            let bystander = Polled::waiting(self.start());
            self.bystanders().0.lock().unwrap().push(bystander);
        }
    }

    /// What a waker does when it calls back.
    fn touch(&self) {
        self.call_everything();
        self.bystanders().poll_and_drop_one();
    }

    /// Drops the bystanders and runs [`assert_whole`](Self::assert_whole).
    #[track_caller]
    fn end(&self) {
        self.bystanders().clear();
        assert_eq!(self.waiters(), 0);
        self.assert_whole();
    }
}

/// A lock that is held at first.
pub(super) struct Locked {
    pub(super) lock: Arc<Lock<u32>>,
    guard: Mutex<Option<OwnedLockGuard<u32>>>,
    bystanders: Bystanders<LockOwnedFuture<u32>>,
}

impl Scene for Locked {
    type Wait = LockOwnedFuture<u32>;

    fn new() -> Self {
        let lock = Arc::new(Lock::new(0));
        let guard = Arc::clone(&lock).try_lock_owned();
        Self {
            lock,
            guard: Mutex::new(guard),
            bystanders: Bystanders::new(),
        }
    }

    fn start(&self) -> Self::Wait {
        Arc::clone(&self.lock).lock_owned()
    }

    /// Each waiter that is granted the lock has to release it.
    fn release(&self, _count: usize) {
        let guard = self.guard.lock().unwrap().take();
        drop(guard);
    }

    fn waiters(&self) -> usize {
        self.lock.waiters()
    }

    fn bystanders(&self) -> &Bystanders<Self::Wait> {
        &self.bystanders
    }

    fn call_everything(&self) {
        let lock = &self.lock;
        let _seen = (lock.is_locked(), lock.waiters(), format!("{lock:?}"));
        if let Some(guard) = lock.try_lock() {
            drop(LockGuard::map(guard, |value| value));
        }
        drop(Arc::clone(lock).try_lock_owned());
        drop(lock.lock_blocking_timeout(Duration::ZERO));
        drop(Arc::clone(lock).lock_owned().block_timeout(Duration::ZERO));
        drop(Polled::new(lock.lock()).poll());
        drop(Polled::new(Arc::clone(lock).lock_owned()).poll());
        let _ran = Polled::new(lock.with(|value| *value += 1)).poll();
    }

    fn assert_whole(&self) {
        let guard = self.guard.lock().unwrap().take();
        drop(guard);
        assert!(!self.lock.is_locked());
        drop(self.lock.try_lock().expect("the lock is free"));
        assert_eq!(Arc::strong_count(&self.lock), 1);
    }
}

/// A semaphore without permits at first.
pub(super) struct Drained {
    pub(super) semaphore: Arc<Semaphore>,
    released: AtomicUsize,
    bystanders: Bystanders<AcquireOwned>,
}

impl Scene for Drained {
    type Wait = AcquireOwned;

    fn new() -> Self {
        Self {
            semaphore: Arc::new(Semaphore::new(0)),
            released: AtomicUsize::new(0),
            bystanders: Bystanders::new(),
        }
    }

    fn start(&self) -> Self::Wait {
        Arc::clone(&self.semaphore).acquire_owned()
    }

    fn release(&self, count: usize) {
        self.released.fetch_add(count, Ordering::SeqCst);
        self.semaphore.release(count).unwrap();
    }

    fn waiters(&self) -> usize {
        self.semaphore.waiters()
    }

    fn bystanders(&self) -> &Bystanders<Self::Wait> {
        &self.bystanders
    }

    fn call_everything(&self) {
        let semaphore = &self.semaphore;
        let _seen = (semaphore.available_permits(), semaphore.total_permits());
        let _more = (semaphore.waiters(), format!("{semaphore:?}"));
        drop(semaphore.try_acquire());
        drop(Arc::clone(semaphore).try_acquire_many_owned(2));
        drop(semaphore.acquire_blocking_timeout(Duration::ZERO));
        drop(
            Arc::clone(semaphore)
                .acquire_owned()
                .block_timeout(Duration::ZERO),
        );
        drop(Polled::new(semaphore.acquire()).poll());
        drop(Polled::new(semaphore.acquire_many(7)).poll());
        drop(Polled::new(Arc::clone(semaphore).acquire_owned()).poll());
        // The permits that this removes are added again.
        let drained = semaphore.drain(1);
        semaphore.release(drained).unwrap();
        semaphore.reduce(1);
        semaphore.release(1).unwrap();
        if let Some(mut permit) = semaphore.try_acquire_many(2) {
            if let Some(part) = permit.split(1) {
                permit.merge(part);
            }
            permit.forget();
            semaphore.release(2).unwrap();
        }
    }

    fn assert_whole(&self) {
        let released = self.released.load(Ordering::SeqCst);
        assert_eq!(self.semaphore.total_permits(), released, "total");
        assert_eq!(self.semaphore.available_permits(), released, "free");
        self.semaphore.release(1).unwrap();
        let all = self.semaphore.try_acquire_many(released + 1);
        assert!(all.is_some(), "the line is stuck");
        drop(all);
        assert_eq!(Arc::strong_count(&self.semaphore), 1);
    }
}

/// An event that is not set.
pub(super) struct Unset {
    pub(super) event: Arc<Event>,
    bystanders: Bystanders<EventWaitOwned>,
}

impl Scene for Unset {
    type Wait = EventWaitOwned;

    fn new() -> Self {
        Self {
            event: Arc::new(Event::new()),
            bystanders: Bystanders::new(),
        }
    }

    fn start(&self) -> Self::Wait {
        Arc::clone(&self.event).wait_owned()
    }

    /// Releases all waiters. Later ones wait again.
    fn release(&self, _count: usize) {
        self.event.set();
        self.event.clear();
    }

    fn waiters(&self) -> usize {
        self.event.waiters()
    }

    fn bystanders(&self) -> &Bystanders<Self::Wait> {
        &self.bystanders
    }

    fn call_everything(&self) {
        let event = &self.event;
        let _seen = (event.is_set(), event.waiters(), format!("{event:?}"));
        event.wait_blocking_timeout(Duration::ZERO);
        let _borrowed = Polled::new(event.wait()).poll();
        let _owned = Polled::new(Arc::clone(event).wait_owned()).poll();
        let mut wait = Polled::new(event.wait());
        let _early = wait.pinned().enable();
        let _later = wait.poll();
        event.set();
        event.clear();
    }

    fn assert_whole(&self) {
        self.event.clear();
        let mut wait = Polled::waiting(self.event.wait());
        assert_eq!(self.event.waiters(), 1);
        self.event.set();
        assert_eq!(wait.wakes(), 1);
        wait.assert_ready();
        assert_eq!(self.event.waiters(), 0);
        assert_eq!(Arc::strong_count(&self.event), 1);
    }
}

fn call_all_of_a_rwlock(lock: &Arc<RwLock<u32>>) {
    let _seen = (lock.readers(), lock.is_write_locked(), lock.waiters());
    let _text = format!("{lock:?}");
    if let Some(guard) = lock.try_read() {
        drop(RwLockReadGuard::map(guard, |value| value));
    }
    if let Some(guard) = lock.try_write() {
        drop(RwLockWriteGuard::downgrade(guard));
    }
    drop(Arc::clone(lock).try_read_owned());
    let writer = Arc::clone(lock).try_write_owned();
    drop(writer.map(OwnedRwLockWriteGuard::downgrade));
    drop(lock.read_blocking_timeout(Duration::ZERO));
    drop(lock.write_blocking_timeout(Duration::ZERO));
    drop(Polled::new(lock.read()).poll());
    drop(Polled::new(lock.write()).poll());
    drop(Polled::new(Arc::clone(lock).read_owned()).poll());
    drop(Polled::new(Arc::clone(lock).write_owned()).poll());
}

#[track_caller]
fn assert_rwlock_whole(lock: &Arc<RwLock<u32>>) {
    assert_eq!((lock.readers(), lock.is_write_locked()), (0, false));
    drop(lock.try_write().expect("the lock is free"));
    drop(lock.try_read().expect("the lock is free"));
    assert_eq!(Arc::strong_count(lock), 1);
}

/// A rwlock that a writer holds at first, with readers that wait.
pub(super) struct Written {
    pub(super) lock: Arc<RwLock<u32>>,
    pub(super) guard: Mutex<Option<OwnedRwLockWriteGuard<u32>>>,
    bystanders: Bystanders<RwLockReadOwned<u32>>,
}

impl Scene for Written {
    type Wait = RwLockReadOwned<u32>;

    fn new() -> Self {
        let lock = Arc::new(RwLock::new(0));
        let guard = Arc::clone(&lock).try_write_owned();
        Self {
            lock,
            guard: Mutex::new(guard),
            bystanders: Bystanders::new(),
        }
    }

    fn start(&self) -> Self::Wait {
        Arc::clone(&self.lock).read_owned()
    }

    /// Releases all readers.
    fn release(&self, _count: usize) {
        let guard = self.guard.lock().unwrap().take();
        drop(guard);
    }

    fn waiters(&self) -> usize {
        self.lock.waiters()
    }

    fn bystanders(&self) -> &Bystanders<Self::Wait> {
        &self.bystanders
    }

    fn call_everything(&self) {
        call_all_of_a_rwlock(&self.lock);
    }

    fn assert_whole(&self) {
        self.release(1);
        assert_rwlock_whole(&self.lock);
    }
}

/// A rwlock that a reader holds at first, with writers that wait.
pub(super) struct Read {
    pub(super) lock: Arc<RwLock<u32>>,
    guard: Mutex<Option<OwnedRwLockReadGuard<u32>>>,
    bystanders: Bystanders<RwLockWriteOwned<u32>>,
}

impl Scene for Read {
    type Wait = RwLockWriteOwned<u32>;

    fn new() -> Self {
        let lock = Arc::new(RwLock::new(0));
        let guard = Arc::clone(&lock).try_read_owned();
        Self {
            lock,
            guard: Mutex::new(guard),
            bystanders: Bystanders::new(),
        }
    }

    fn start(&self) -> Self::Wait {
        Arc::clone(&self.lock).write_owned()
    }

    /// Each writer that is granted the lock has to release it.
    fn release(&self, _count: usize) {
        let guard = self.guard.lock().unwrap().take();
        drop(guard);
    }

    fn waiters(&self) -> usize {
        self.lock.waiters()
    }

    fn bystanders(&self) -> &Bystanders<Self::Wait> {
        &self.bystanders
    }

    fn call_everything(&self) {
        call_all_of_a_rwlock(&self.lock);
    }

    fn assert_whole(&self) {
        self.release(1);
        assert_rwlock_whole(&self.lock);
    }
}
