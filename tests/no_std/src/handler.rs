//! An interrupt handler that uses the primitives at the end of each critical section.

use alloc::vec::Vec;
use core::pin::pin;

use aiosync::{Condition, Event, Lock, Queue, Semaphore};

use crate::executor::{Tasks, yield_now};
use crate::interrupts;

/// The number of interrupts.
const INTERRUPTS: usize = 3_000;

static QUEUE: Queue<usize> = Queue::unbounded();
static SEMAPHORE: Semaphore = Semaphore::new(0);
static EVENT: Event = Event::new();
static LOCK: Lock<usize> = Lock::new(0);
static CONDITION: Condition = Condition::new();

/// Handles an interrupt.
pub(crate) fn handle(number: usize) {
    QUEUE.try_put(number).expect("the queue is unbounded");
    SEMAPHORE.release(1).expect("there is no bound");
    EVENT.set();
    if let Some(mut value) = LOCK.try_lock() {
        *value += 1;
        CONDITION.notify_all();
    }
}

/// Runs tasks that wait for what the handler does.
pub(crate) fn use_with_interrupts() {
    let gets = pin!(async {
        let mut all = Vec::new();
        while all.len() < INTERRUPTS {
            // Sometimes as a future that is dropped while it waits.
            if all.len() % 3 == 0 {
                let _cancelled =
                    crate::executor::poll_once(pin!(QUEUE.get())).map(|item| all.push(item));
            } else {
                all.push(QUEUE.get().await);
            }
            yield_now().await;
        }
        for (number, item) in all.into_iter().enumerate() {
            assert_eq!(item, Ok(number), "an item is lost or out of order");
        }
    });
    let permits = pin!(async {
        for _ in 0..INTERRUPTS / 2 {
            SEMAPHORE.acquire_many(2).await.forget();
        }
        assert_eq!(SEMAPHORE.available_permits(), 0);
    });
    let events = pin!(async {
        for _ in 0..100 {
            EVENT.wait().await;
            EVENT.clear();
        }
    });
    let counts = pin!(async {
        let mut value = LOCK.lock().await;
        let mut last = *value;
        while interrupts::pending() > INTERRUPTS / 10 {
            value = CONDITION.wait_while(value, |value| *value == last).await;
            last = *value;
        }
    });
    let holder = pin!(async {
        while interrupts::pending() > 0 {
            let value = LOCK.lock().await;
            yield_now().await;
            drop(value);
            yield_now().await;
        }
    });
    let mut tasks = Tasks::new([
        gets as _,
        permits as _,
        events as _,
        counts as _,
        holder as _,
    ]);
    interrupts::arm(INTERRUPTS);
    tasks.run();
    assert_eq!(interrupts::pending(), 0);
    assert_eq!((QUEUE.len(), LOCK.is_locked()), (0, false));
}
