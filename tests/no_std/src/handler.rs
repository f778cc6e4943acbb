//! An interrupt handler that uses the primitives.

use alloc::vec::Vec;
use core::pin::pin;

use aiosync::{Condition, Event, Lock, OnceCell, Queue, Semaphore};

use crate::executor::{Tasks, yield_now};
use crate::interrupts::{self, Cause};

/// The number of interrupts.
const INTERRUPTS: usize = 3_000;

/// Bounded, so that a put allocates nothing.
static QUEUE: OnceCell<Queue<usize>> = OnceCell::new();
/// Full most of the time.
static SMALL: OnceCell<Queue<usize>> = OnceCell::new();
static SEMAPHORE: Semaphore = Semaphore::new(0);
static EVENT: Event = Event::new();
static LOCK: Lock<usize> = Lock::new(0);
static CONDITION: Condition = Condition::new();

/// Handles an interrupt.
pub(crate) fn handle(number: usize) {
    let queue = QUEUE.get().expect("the queue is created before");
    queue.try_put(number).expect("there is room for all");
    let small = SMALL.get().expect("the queue is created before");
    let _is_full = small.try_put(number).is_err();
    SEMAPHORE.release(1).expect("there is no bound");
    EVENT.set();
    if let Some(mut value) = LOCK.try_lock() {
        *value += 1;
        CONDITION.notify_all();
    }
}

/// Runs tasks that wait for what the handler does.
pub(crate) fn use_with_interrupts(cause: Cause) {
    drop(QUEUE.set(Queue::bounded(INTERRUPTS)));
    drop(SMALL.set(Queue::bounded(1)));
    let queue = QUEUE.get().expect("it was set");
    let small = SMALL.get().expect("it was set");
    let gets = pin!(async {
        let mut all = Vec::new();
        while all.len() < INTERRUPTS {
            // Sometimes as a future that is dropped while it waits.
            if all.len() % 3 == 0 {
                let _cancelled =
                    crate::executor::poll_once(pin!(queue.get())).map(|item| all.push(item));
            } else {
                all.push(queue.get().await);
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
        while interrupts::pending() > INTERRUPTS / 10 {
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
    // Each attempt ends a critical section.
    let attempts = match cause {
        Cause::SectionEnds => 1,
        Cause::Timer => 20,
    };
    let takes = pin!(async {
        let mut last = None;
        while interrupts::pending() > 0 {
            for _ in 0..attempts {
                if let Ok(item) = small.try_get() {
                    assert!(Some(item) > last, "an item comes twice or out of order");
                    last = Some(item);
                }
            }
            yield_now().await;
        }
        let _rest = small.try_get();
    });
    let holder = pin!(async {
        while interrupts::pending() > 0 {
            let value = LOCK.lock().await;
            yield_now().await;
            drop(value);
            yield_now().await;
        }
        // The handler has perhaps always found the lock held since the last change.
        *LOCK.lock().await += 1;
        CONDITION.notify_all();
    });
    let mut tasks = Tasks::new([
        gets as _,
        permits as _,
        events as _,
        counts as _,
        holder as _,
        takes as _,
    ]);
    interrupts::arm(INTERRUPTS, cause);
    tasks.run();
    assert_eq!(interrupts::pending(), 0);
    assert_eq!((queue.len(), LOCK.is_locked()), (0, false));
}
