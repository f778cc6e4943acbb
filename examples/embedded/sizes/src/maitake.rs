//! The programs with the types of maitake-sync. A `Semaphore` and an `RwLock` of maitake-sync
//! have no critical section, but a spin lock.

use embassy_futures::yield_now;
use maitake_sync::{Mutex, RwLock, Semaphore, WaitQueue};

use crate::run;

pub(crate) fn lock() {
    static LOCK: Mutex<u32> = Mutex::new(0);
    let task = async || {
        let mut guard = LOCK.lock().await;
        yield_now().await;
        *guard += 1;
    };
    run(task(), task());
}

pub(crate) fn rwlock() {
    static LOCK: RwLock<u32> = RwLock::new(0);
    let writer = async {
        let mut guard = LOCK.write().await;
        yield_now().await;
        *guard += 1;
    };
    let reader = async {
        let guard = LOCK.read().await;
        yield_now().await;
        core::hint::black_box(*guard);
    };
    run(writer, reader);
}

pub(crate) fn semaphore() {
    static SEMAPHORE: Semaphore = Semaphore::new(2);
    let task = async || {
        let permits = SEMAPHORE.acquire(2).await.ok();
        yield_now().await;
        drop(permits);
    };
    run(task(), task());
}

/// `close` is the way to let every later wait of a `WaitQueue` end at once, too.
pub(crate) fn event() {
    static EVENT: WaitQueue = WaitQueue::new();
    run(EVENT.wait(), async { EVENT.close() });
}
