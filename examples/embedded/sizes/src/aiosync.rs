//! The programs with the types of aiosync.

use aiosync::{Barrier, Condition, Event, Lock, OnceCell, Queue, RwLock, Semaphore};
use embassy_futures::yield_now;

use crate::{prepare_heap, run};

pub(crate) fn lock() {
    static LOCK: Lock<u32> = Lock::new(0);
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
        let permits = SEMAPHORE.acquire_many(2).await;
        yield_now().await;
        drop(permits);
    };
    run(task(), task());
}

pub(crate) fn event() {
    static EVENT: Event = Event::new();
    run(EVENT.wait(), async { EVENT.set() });
}

pub(crate) fn condition() {
    static LOCK: Lock<u32> = Lock::new(0);
    static CHANGED: Condition = Condition::new();
    let waiter = async {
        let guard = LOCK.lock().await;
        drop(CHANGED.wait_while(guard, |value| *value == 0).await);
    };
    let changer = async {
        *LOCK.lock().await = 1;
        CHANGED.notify_all();
    };
    run(waiter, changer);
}

pub(crate) fn barrier() {
    static BARRIER: Barrier = Barrier::new(2);
    run(BARRIER.wait(), BARRIER.wait());
}

pub(crate) fn queue() {
    prepare_heap();
    let queue: Queue<u32> = Queue::bounded(4);
    let producer = async {
        for item in 0..10 {
            let _ = queue.put(item).await;
        }
    };
    let consumer = async {
        for _ in 0..10 {
            core::hint::black_box(queue.get().await.ok());
        }
    };
    run(producer, consumer);
}

pub(crate) fn once_cell() {
    static CELL: OnceCell<u32> = OnceCell::new();
    let setter = async {
        yield_now().await;
        let _ = CELL.set(1);
    };
    run(CELL.wait(), setter);
}

pub(crate) fn all() {
    lock();
    rwlock();
    semaphore();
    event();
    condition();
    barrier();
    queue();
    once_cell();
}
