//! The programs with the types of embassy-sync, for data that interrupts use, too.

use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::mutex::Mutex;
use embassy_sync::once_lock::OnceLock;
use embassy_sync::rwlock::RwLock;
use embassy_sync::semaphore::{FairSemaphore, Semaphore};

use crate::run;

pub(crate) fn lock() {
    static LOCK: Mutex<CriticalSectionRawMutex, u32> = Mutex::new(0);
    let task = async || {
        let mut guard = LOCK.lock().await;
        yield_now().await;
        *guard += 1;
    };
    run(task(), task());
}

pub(crate) fn rwlock() {
    static LOCK: RwLock<CriticalSectionRawMutex, u32> = RwLock::new(0);
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
    static SEMAPHORE: FairSemaphore<CriticalSectionRawMutex, 4> = FairSemaphore::new(2);
    let task = async || {
        let permits = SEMAPHORE.acquire(2).await.ok();
        yield_now().await;
        drop(permits);
    };
    run(task(), task());
}

pub(crate) fn queue() {
    let queue: Channel<CriticalSectionRawMutex, u32, 4> = Channel::new();
    let producer = async {
        for item in 0..10 {
            queue.send(item).await;
        }
    };
    let consumer = async {
        for _ in 0..10 {
            core::hint::black_box(queue.receive().await);
        }
    };
    run(producer, consumer);
}

pub(crate) fn once_cell() {
    static CELL: OnceLock<u32> = OnceLock::new();
    let setter = async {
        yield_now().await;
        let _ = CELL.init(1);
    };
    run(CELL.get(), setter);
}
