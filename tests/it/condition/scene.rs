//! A condition in use, for wakers that call back.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
#[cfg(feature = "std")]
use std::time::Duration;

use aiosync::{Condition, Lock, OwnedLockGuard};

use super::assert_usable;
use crate::common::{Hostile, Polled};

pub(super) type Task = Pin<Box<dyn Future<Output = OwnedLockGuard<u32>> + Send>>;

/// A condition, its lock, and waits for a waker to poll and drop.
pub(super) struct Scene {
    pub(super) condition: Condition,
    pub(super) lock: Arc<Lock<u32>>,
    bystanders: Mutex<Vec<Polled<Task>>>,
}

impl Scene {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            condition: Condition::new(),
            lock: Arc::new(Lock::new(0)),
            bystanders: Mutex::new(Vec::new()),
        })
    }

    /// A wait that keeps the scene.
    pub(super) fn start(self: &Arc<Self>) -> Task {
        let scene = Arc::clone(self);
        Box::pin(async move {
            let guard = Arc::clone(&scene.lock).try_lock_owned();
            let guard = guard.expect("the lock is free");
            scene.condition.wait_owned(guard).await
        })
    }

    /// Registers three more waits. The lock is free.
    pub(super) fn add_bystanders(self: &Arc<Self>) {
        let mut bystanders = self.bystanders.lock().unwrap();
        for _ in 0..3 {
            bystanders.push(Polled::waiting(self.start()));
        }
    }

    /// Calls every method, with waits of its own, and polls and drops a bystander.
    pub(super) fn touch(self: &Arc<Self>) {
        let (condition, lock) = (&self.condition, &self.lock);
        let _seen = (
            condition.waiters(),
            condition.notify(0),
            format!("{condition:?}"),
        );
        let _more = (lock.is_locked(), lock.waiters(), format!("{lock:?}"));
        drop(lock.try_lock());
        drop(Polled::new(lock.lock()).poll());
        if let Some(guard) = lock.try_lock() {
            #[cfg(feature = "std")]
            let (guard, notified) = condition.wait_blocking_timeout(guard, Duration::ZERO);
            #[cfg(feature = "std")]
            assert!(!notified);
            drop(Polled::new(condition.wait(guard)));
        }
        if let Some(guard) = lock.try_lock() {
            let wait = Polled::waiting(condition.wait_while(guard, |_| true));
            drop(wait);
        }
        let bystander = self.bystanders.lock().unwrap().pop();
        if let Some(mut bystander) = bystander {
            drop(bystander.poll());
        }
    }

    /// Drops the bystanders. All other waits are over: nothing is left.
    #[track_caller]
    pub(super) fn end(self: &Arc<Self>) {
        let bystanders = std::mem::take(&mut *self.bystanders.lock().unwrap());
        drop(bystanders);
        assert_usable(&self.condition, &self.lock);
        assert_eq!(Arc::strong_count(&self.lock), 1);
    }
}

#[track_caller]
pub(super) fn pending(wait: &mut Polled<Task>, hostile: &Hostile) {
    assert!(wait.poll_with(hostile.waker()).is_pending());
}
