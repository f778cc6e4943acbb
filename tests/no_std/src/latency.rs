//! One call with many waiters. `.ci/no_std` counts the instructions of its longest critical
//! section.

use alloc::vec::Vec;
use core::pin::pin;

use aiosync::{Barrier, Condition, Event, Lock, OnceCell, Queue, RwLock, Semaphore};

use crate::executor::{poll_once, waiting};
use crate::interrupts::measure;

/// Runs a call that has to do with `count` waiters.
pub(crate) fn run(name: &str, count: usize) {
    match name {
        "Lock::unlock" => {
            let lock = Lock::new(());
            let guard = lock.try_lock();
            let _waiting = waiting(count, async || drop(lock.lock().await));
            measure(|| drop(guard));
        }
        "RwLock::unlock" => {
            let lock = RwLock::new(());
            let guard = lock.try_write();
            let _waiting = waiting(count, async || drop(lock.read().await));
            measure(|| drop(guard));
        }
        "Semaphore::release" => {
            let semaphore = Semaphore::new(0);
            let _waiting = waiting(count, async || semaphore.acquire().await.forget());
            measure(|| semaphore.release(count).expect("there is no bound"));
        }
        "Event::set" => {
            let event = Event::new();
            let _waiting = waiting(count, || event.wait());
            measure(|| event.set());
        }
        "Condition::notify_all" => {
            let (lock, condition) = (Lock::new(()), Condition::new());
            let _waiting = waiting(count, async || {
                let guard = lock.try_lock().expect("the lock is free");
                drop(condition.wait(guard).await);
            });
            measure(|| assert_eq!(condition.notify_all(), count));
        }
        "ConditionWait::poll" => {
            let (lock, condition) = (Lock::new(()), Condition::new());
            let mut waiting = waiting(count, async || {
                let guard = lock.try_lock().expect("the lock is free");
                drop(condition.wait(guard).await);
            });
            condition.notify_all();
            let _held = lock.try_lock();
            measure(|| assert!(poll_once(waiting[0].as_mut()).is_none()));
        }
        "OnceCell::set" => {
            let cell = OnceCell::new();
            let _waiting = waiting(count, async || assert_eq!(cell.wait().await, &1));
            measure(|| cell.set(1).expect("it is empty"));
        }
        "Queue::close" => {
            let queue = Queue::<u32>::bounded(1);
            let _waiting = waiting(count, async || assert!(queue.get().await.is_err()));
            measure(|| assert!(queue.close()));
        }
        "Barrier::wait" => {
            let barrier = Barrier::new(count + 1);
            let _waiting = waiting(count, async || assert!(barrier.wait().await.is_ok()));
            measure(|| assert!(poll_once(pin!(barrier.wait())).is_some()));
        }
        "Queue::join" => {
            let queue = Queue::bounded(1);
            queue.try_put(()).expect("there is room");
            queue.try_get().expect("there is an item");
            let _waiting = waiting(count, || queue.join());
            measure(|| queue.task_done().expect("the item is unfinished"));
        }
        "Queue::get_many" => {
            let queue = Queue::bounded(count);
            for item in 0..count {
                queue.try_put(item).expect("there is room");
            }
            let mut into = Vec::with_capacity(count);
            measure(|| assert_eq!(queue.try_get_many(&mut into, count), Ok(count)));
        }
        _ => panic!("no call is named `{name}`"),
    }
}
