//! The paths whose instructions are counted.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use super::batches::{get_many, put_many, tokio_recv_many, turns};
use super::by_hand::complete;
use super::once_cells::{first_get_or_init, get, get_or_init};
use super::rounds::{
    beside_grants, by_hand, handed_off, meeting, queued_and_dropped, released, uncontended,
    wait_at_both_ends,
};
use super::tasks;

/// A path through one implementation.
pub(crate) struct Path {
    pub(crate) name: &'static str,
    pub(crate) implementation: &'static str,
    /// Takes the path this number of times.
    pub(crate) run: fn(u64),
}

impl Path {
    pub(crate) fn is(&self, name: &str, implementation: &str) -> bool {
        self.name == name && self.implementation == implementation
    }
}

/// Defines `PATHS`: `paths!("name": { "implementation" => run, … }, …)`.
macro_rules! paths {
    ($($name:literal: { $($implementation:literal => $run:expr),+ $(,)? }),+ $(,)?) => {
        pub(crate) const PATHS: &[Path] = &[$($(
            Path { name: $name, implementation: $implementation, run: $run },
        )+)+];
    };
}

paths! {
    // Lock and unlock, without other tasks.
    "lock, uncontended": {
        "aiosync" => |rounds| {
            let lock = aiosync::Lock::new(0_u64);
            uncontended(rounds, || black_box(&lock).lock());
        },
        "tokio" => |rounds| {
            let lock = tokio::sync::Mutex::new(0_u64);
            uncontended(rounds, || black_box(&lock).lock());
        },
        "async-lock" => |rounds| {
            let lock = async_lock::Mutex::new(0_u64);
            uncontended(rounds, || black_box(&lock).lock());
        },
    },
    // A waiter queues. The holder unlocks and wakes it, and it takes its grant.
    "lock, handed off": {
        "aiosync" => |rounds| {
            let lock = aiosync::Lock::new(0_u64);
            handed_off(rounds, || black_box(&lock).lock());
        },
        "tokio" => |rounds| {
            let lock = tokio::sync::Mutex::new(0_u64);
            handed_off(rounds, || black_box(&lock).lock());
        },
        "async-lock" => |rounds| {
            let lock = async_lock::Mutex::new(0_u64);
            handed_off(rounds, || black_box(&lock).lock());
        },
    },
    // A waiter queues and is dropped.
    "lock, queued and dropped": {
        "aiosync" => |rounds| {
            let lock = aiosync::Lock::new(0_u64);
            queued_and_dropped(rounds, || black_box(&lock).lock());
        },
        "tokio" => |rounds| {
            let lock = tokio::sync::Mutex::new(0_u64);
            queued_and_dropped(rounds, || black_box(&lock).lock());
        },
        "async-lock" => |rounds| {
            let lock = async_lock::Mutex::new(0_u64);
            queued_and_dropped(rounds, || black_box(&lock).lock());
        },
    },
    // As for the lock.
    "rwlock, read uncontended": {
        "aiosync" => |rounds| {
            let lock = aiosync::RwLock::new(0_u64);
            uncontended(rounds, || black_box(&lock).read());
        },
        "tokio" => |rounds| {
            let lock = tokio::sync::RwLock::new(0_u64);
            uncontended(rounds, || black_box(&lock).read());
        },
        "async-lock" => |rounds| {
            let lock = async_lock::RwLock::new(0_u64);
            uncontended(rounds, || black_box(&lock).read());
        },
    },
    // As for the lock.
    "rwlock, write uncontended": {
        "aiosync" => |rounds| {
            let lock = aiosync::RwLock::new(0_u64);
            uncontended(rounds, || black_box(&lock).write());
        },
        "tokio" => |rounds| {
            let lock = tokio::sync::RwLock::new(0_u64);
            uncontended(rounds, || black_box(&lock).write());
        },
        "async-lock" => |rounds| {
            let lock = async_lock::RwLock::new(0_u64);
            uncontended(rounds, || black_box(&lock).write());
        },
    },
    // As for the lock.
    "rwlock, write handed off": {
        "aiosync" => |rounds| {
            let lock = aiosync::RwLock::new(0_u64);
            handed_off(rounds, || black_box(&lock).write());
        },
        "tokio" => |rounds| {
            let lock = tokio::sync::RwLock::new(0_u64);
            handed_off(rounds, || black_box(&lock).write());
        },
        "async-lock" => |rounds| {
            let lock = async_lock::RwLock::new(0_u64);
            handed_off(rounds, || black_box(&lock).write());
        },
    },
    // As for the lock, with four permits.
    "semaphore, uncontended": {
        "aiosync" => |rounds| {
            let semaphore = aiosync::Semaphore::new(4);
            uncontended(rounds, || black_box(&semaphore).acquire());
        },
        "tokio" => |rounds| {
            let semaphore = tokio::sync::Semaphore::new(4);
            uncontended(rounds, || black_box(&semaphore).acquire());
        },
        "async-lock" => |rounds| {
            let semaphore = async_lock::Semaphore::new(4);
            uncontended(rounds, || black_box(&semaphore).acquire());
        },
    },
    // As for the lock, with one permit.
    "semaphore, handed off": {
        "aiosync" => |rounds| {
            let semaphore = aiosync::Semaphore::new(1);
            handed_off(rounds, || black_box(&semaphore).acquire());
        },
        "tokio" => |rounds| {
            let semaphore = tokio::sync::Semaphore::new(1);
            handed_off(rounds, || black_box(&semaphore).acquire());
        },
        "async-lock" => |rounds| {
            let semaphore = async_lock::Semaphore::new(1);
            handed_off(rounds, || black_box(&semaphore).acquire());
        },
    },
    // A wait for an event that is set.
    "event, set": {
        "aiosync" => |rounds| {
            let event = aiosync::Event::new();
            event.set();
            // Once, outside the rounds: `black_box` in each round would cost more than the wait.
            let event = black_box(&event);
            uncontended(rounds, || event.wait());
        },
    },
    // A read of a value that is set.
    "once cell, get": {
        "aiosync" => get!(aiosync::OnceCell),
        "tokio" => get!(tokio::sync::OnceCell),
        "async-lock" => get!(async_lock::OnceCell),
    },
    // `get_or_init` of a value that is set.
    "once cell, get or init": {
        "aiosync" => get_or_init!(aiosync::OnceCell),
        "tokio" => get_or_init!(tokio::sync::OnceCell),
        "async-lock" => get_or_init!(async_lock::OnceCell),
    },
    // A new cell is initialized and dropped.
    "once cell, first get or init": {
        "aiosync" => first_get_or_init!(aiosync::OnceCell),
        "tokio" => first_get_or_init!(tokio::sync::OnceCell),
        "async-lock" => first_get_or_init!(async_lock::OnceCell),
    },
    // Set and cleared, when a wait has ended. It must not leave the event slower.
    "event, set and cleared, after a wait": {
        "aiosync" => |rounds| {
            let event = aiosync::Event::new();
            let event = black_box(&event);
            by_hand(1, |context| {
                let mut waiting = pin!(event.wait());
                assert!(waiting.as_mut().poll(context).is_pending());
                event.set();
                complete(waiting, context);
            });
            by_hand(rounds, |_| {
                event.set();
                event.clear();
            });
        },
    },
    // A waiter registers, the event is set, the wait completes, the event is cleared.
    "event, released": {
        "aiosync" => |rounds| {
            let event = aiosync::Event::new();
            released(rounds, || black_box(&event).wait(), || event.set(), || event.clear());
        },
        "tokio" => |rounds| {
            let (flag, notify) = (AtomicBool::new(false), tokio::sync::Notify::new());
            let set = || {
                flag.store(true, Ordering::SeqCst);
                notify.notify_waiters();
            };
            let clear = || flag.store(false, Ordering::SeqCst);
            released(rounds, || black_box(&notify).notified(), set, clear);
        },
    },
    // Two parties meet.
    "barrier, of 2": {
        "aiosync" => |rounds| {
            let barrier = aiosync::Barrier::new(2);
            meeting(rounds, || black_box(&barrier).wait());
        },
        "tokio" => |rounds| {
            let barrier = tokio::sync::Barrier::new(2);
            meeting(rounds, || black_box(&barrier).wait());
        },
        "async-lock" => |rounds| {
            let barrier = async_lock::Barrier::new(2);
            meeting(rounds, || black_box(&barrier).wait());
        },
    },
    // One future waits. Another locks, notifies and unlocks. The first gets the lock and unlocks.
    "condition, turn": {
        "aiosync" => |rounds| {
            let (lock, condition) = (aiosync::Lock::new(0_u64), aiosync::Condition::new());
            let (lock, condition) = (black_box(&lock), black_box(&condition));
            by_hand(rounds, |context| {
                let guard = complete(pin!(lock.lock()), context);
                let mut waiting = pin!(condition.wait(guard));
                assert!(waiting.as_mut().poll(context).is_pending());
                let guard = complete(pin!(lock.lock()), context);
                condition.notify_one();
                drop(guard);
                drop(complete(waiting, context));
            });
        },
        "tokio" => |rounds| {
            let (lock, notify) = (tokio::sync::Mutex::new(0_u64), tokio::sync::Notify::new());
            let (lock, notify) = (black_box(&lock), black_box(&notify));
            by_hand(rounds, |context| {
                let guard = complete(pin!(lock.lock()), context);
                let mut waiting = pin!(notify.notified());
                waiting.as_mut().enable();
                drop(guard);
                assert!(waiting.as_mut().poll(context).is_pending());
                let guard = complete(pin!(lock.lock()), context);
                notify.notify_one();
                drop(guard);
                complete(waiting, context);
                drop(complete(pin!(lock.lock()), context));
            });
        },
    },
    // Tasks wait together. All are notified, and each gets the lock and unlocks. Then it locks and
    // waits again.
    "condition, notify_all, and lock again": {
        "aiosync" => tasks::notified_and_lock,
        "tokio" => tasks::tokio_notified_and_lock,
    },
    // The same, but each task waits again with the guard that it got.
    "condition, notify_all, and wait again": { "aiosync" => tasks::notified_and_wait },
    // A put and a get without a future; capacity 64.
    "queue, try_put and try_get": {
        "aiosync" => |rounds| {
            let queue = aiosync::Queue::bounded(64);
            let queue = black_box(&queue);
            by_hand(rounds, |_| {
                queue.try_put(1_u64).expect("there is room");
                black_box(queue.try_get().expect("there is an item"));
            });
        },
        "tokio" => |rounds| {
            let (sender, mut receiver) = tokio::sync::mpsc::channel(64);
            let sender = black_box(&sender);
            by_hand(rounds, |_| {
                sender.try_send(1_u64).expect("there is room");
                black_box(receiver.try_recv().expect("there is an item"));
            });
        },
        "async-channel" => |rounds| {
            let (sender, receiver) = async_channel::bounded(64);
            let (sender, receiver) = (black_box(&sender), black_box(&receiver));
            by_hand(rounds, |_| {
                sender.try_send(1_u64).expect("there is room");
                black_box(receiver.try_recv().expect("there is an item"));
            });
        },
    },
    // The same with futures that are ready at their first poll.
    "queue, put and get": {
        "aiosync" => |rounds| {
            let queue = aiosync::Queue::bounded(64);
            let queue = black_box(&queue);
            by_hand(rounds, |context| {
                complete(pin!(queue.put(1_u64)), context).expect("it is open");
                black_box(complete(pin!(queue.get()), context).expect("it is open"));
            });
        },
        "tokio" => |rounds| {
            let (sender, mut receiver) = tokio::sync::mpsc::channel(64);
            let sender = black_box(&sender);
            by_hand(rounds, |context| {
                complete(pin!(sender.send(1_u64)), context).expect("it is open");
                black_box(complete(pin!(receiver.recv()), context).expect("it is open"));
            });
        },
        "async-channel" => |rounds| {
            let (sender, receiver) = async_channel::bounded(64);
            let (sender, receiver) = (black_box(&sender), black_box(&receiver));
            by_hand(rounds, |context| {
                complete(pin!(sender.send(1_u64)), context).expect("it is open");
                black_box(complete(pin!(receiver.recv()), context).expect("it is open"));
            });
        },
    },
    // Items that are put 16 at a time, per item.
    "queue, put_many of 16": { "aiosync" => put_many },
    // Items that are taken out 16 at a time, per item.
    "queue, get_many of 16": { "aiosync" => get_many, "tokio" => tokio_recv_many },
    // 16 items at a time, which a getter has waited for, per item.
    "queue, put_many of 16, a get_many waits": { "aiosync" => turns },
    // The same, when a putter and a getter have waited. They must not leave the queue slower.
    "queue, put and get, after a wait": {
        "aiosync" => |rounds| {
            let queue = aiosync::Queue::bounded(64);
            let queue = black_box(&queue);
            by_hand(1, |context| wait_at_both_ends(queue, context));
            by_hand(rounds, |context| {
                complete(pin!(queue.put(1_u64)), context).expect("it is open");
                black_box(complete(pin!(queue.get()), context).expect("it is open"));
            });
        },
    },
    // The same in a full queue: a get, and then a put.
    "queue, get and put while full, after a wait": {
        "aiosync" => |rounds| {
            let queue = aiosync::Queue::bounded(64);
            let queue = black_box(&queue);
            by_hand(1, |context| {
                wait_at_both_ends(queue, context);
                complete(pin!(queue.put_many(0..64)), context).expect("it is open");
            });
            by_hand(rounds, |context| {
                black_box(complete(pin!(queue.get()), context).expect("it is open"));
                complete(pin!(queue.put(1_u64)), context).expect("it is open");
            });
        },
    },
    // The same, while a putter and a getter have grants that they have not used yet.
    "queue, put and get beside grants": { "aiosync" => beside_grants },
    // A task puts and another gets, on one thread. Each is polled when the other waits; capacity 64.
    "queue, capacity 64, two tasks": {
        "aiosync" => tasks::queue,
        "tokio" => tasks::tokio_channel,
        "async-channel" => tasks::async_channel,
    },
    // The queue has capacity 1 and is full: a put waits, and a get makes room for it.
    "queue, capacity 1, a put waits": {
        "aiosync" => |rounds| {
            let queue = aiosync::Queue::bounded(1);
            let queue = black_box(&queue);
            queue.try_put(1_u64).expect("there is room");
            by_hand(rounds, |context| {
                let mut put = pin!(queue.put(1_u64));
                assert!(put.as_mut().poll(context).is_pending());
                black_box(complete(pin!(queue.get()), context).expect("it is open"));
                complete(put, context).expect("it is open");
            });
        },
        "tokio" => |rounds| {
            let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
            let sender = black_box(&sender);
            sender.try_send(1_u64).expect("there is room");
            by_hand(rounds, |context| {
                let mut put = pin!(sender.send(1_u64));
                assert!(put.as_mut().poll(context).is_pending());
                black_box(complete(pin!(receiver.recv()), context).expect("it is open"));
                complete(put, context).expect("it is open");
            });
        },
        "async-channel" => |rounds| {
            let (sender, receiver) = async_channel::bounded(1);
            let (sender, receiver) = (black_box(&sender), black_box(&receiver));
            sender.try_send(1_u64).expect("there is room");
            by_hand(rounds, |context| {
                let mut put = pin!(sender.send(1_u64));
                assert!(put.as_mut().poll(context).is_pending());
                black_box(complete(pin!(receiver.recv()), context).expect("it is open"));
                complete(put, context).expect("it is open");
            });
        },
    },
    // The reverse: a get waits for a put.
    "queue, capacity 1, a get waits": {
        "aiosync" => |rounds| {
            let queue = aiosync::Queue::bounded(1);
            let queue = black_box(&queue);
            by_hand(rounds, |context| {
                let mut get = pin!(queue.get());
                assert!(get.as_mut().poll(context).is_pending());
                complete(pin!(queue.put(1_u64)), context).expect("it is open");
                black_box(complete(get, context).expect("it is open"));
            });
        },
        "tokio" => |rounds| {
            let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
            let sender = black_box(&sender);
            by_hand(rounds, |context| {
                let mut get = pin!(receiver.recv());
                assert!(get.as_mut().poll(context).is_pending());
                complete(pin!(sender.send(1_u64)), context).expect("it is open");
                black_box(complete(get, context).expect("it is open"));
            });
        },
        "async-channel" => |rounds| {
            let (sender, receiver) = async_channel::bounded(1);
            let (sender, receiver) = (black_box(&sender), black_box(&receiver));
            by_hand(rounds, |context| {
                let mut get = pin!(receiver.recv());
                assert!(get.as_mut().poll(context).is_pending());
                complete(pin!(sender.send(1_u64)), context).expect("it is open");
                black_box(complete(get, context).expect("it is open"));
            });
        },
    },
}
