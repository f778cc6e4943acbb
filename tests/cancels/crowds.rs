//! Many waiters of each kind, to be dropped or polled one by one.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use aiosync::{Barrier, Condition, Event, Lock, OnceCell, Queue, RwLock, Semaphore};

/// A waiting future.
pub(crate) trait Waiter {
    /// Drops the future in place, without freeing its memory.
    fn cancel(self: Pin<&mut Self>);

    /// Polls the future, and drops its output if it is ready.
    fn poll(self: Pin<&mut Self>, waker: &Waker);
}

impl<F: Future> Waiter for Option<F> {
    fn cancel(mut self: Pin<&mut Self>) {
        self.set(None);
    }

    fn poll(mut self: Pin<&mut Self>, waker: &Waker) {
        if let Some(future) = self.as_mut().as_pin_mut() {
            if future.poll(&mut Context::from_waker(waker)).is_ready() {
                self.set(None);
            }
        }
    }
}

type Waiters = Vec<Pin<Box<dyn Waiter>>>;

pub(crate) struct Crowd {
    pub(crate) name: &'static str,
    pub(crate) gather: fn(usize) -> Waiters,
}

/// Leaks a value, so that it lives as long as the process.
fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Begins `count` futures, and polls each once. All wait.
fn waiting<F: Future + 'static>(count: usize, begin: impl FnMut(usize) -> F) -> Waiters {
    let begun = (0..count).map(begin);
    let waiting = begun.map(|future| {
        let mut future = Box::pin(Some(future));
        let polled = future.as_mut().as_pin_mut().expect("it is there");
        let mut context = Context::from_waker(Waker::noop());
        assert!(polled.poll(&mut context).is_pending());
        future as Pin<Box<dyn Waiter>>
    });
    waiting.collect()
}

fn locked(count: usize) -> Waiters {
    let lock = keep(Lock::new(()));
    std::mem::forget(lock.try_lock());
    waiting(count, |_| lock.lock())
}

fn reading(count: usize) -> Waiters {
    let lock = keep(RwLock::new(()));
    std::mem::forget(lock.try_write());
    waiting(count, |_| lock.read())
}

fn writing(count: usize) -> Waiters {
    let lock = keep(RwLock::new(()));
    std::mem::forget(lock.try_read());
    waiting(count, |_| lock.write())
}

fn acquiring(count: usize) -> Waiters {
    let semaphore = keep(Semaphore::new(1));
    waiting(count, |_| semaphore.acquire_many(2))
}

fn waiting_for_a_set(count: usize) -> Waiters {
    let event = keep(Event::new());
    waiting(count, |_| event.wait())
}

fn waiting_for_a_value(count: usize) -> Waiters {
    let cell = keep(OnceCell::<u32>::new());
    waiting(count, |_| cell.wait())
}

fn waiting_for_a_turn(count: usize) -> Waiters {
    let cell = keep(OnceCell::<u32>::new());
    std::mem::forget(waiting(1, |_| cell.get_or_init(std::future::pending)));
    waiting(count, |_| cell.get_or_init(std::future::pending))
}

/// The first one has the turn. Each that is dropped hands it off.
fn initializing(count: usize) -> Waiters {
    let cell = keep(OnceCell::<u32>::new());
    waiting(count, |_| cell.get_or_init(std::future::pending))
}

fn arrived(count: usize) -> Waiters {
    let barrier = keep(Barrier::new(count + 1));
    waiting(count, |_| barrier.wait())
}

fn unnotified(count: usize) -> Waiters {
    let (lock, condition) = (keep(Lock::new(())), keep(Condition::new()));
    waiting(count, |_| {
        condition.wait(lock.try_lock().expect("it is free"))
    })
}

fn notified(count: usize) -> Waiters {
    let (lock, condition) = (keep(Lock::new(())), keep(Condition::new()));
    let waiters = waiting(count, |_| {
        condition.wait(lock.try_lock().expect("it is free"))
    });
    assert_eq!(condition.notify_all(), count);
    waiters
}

/// The lock is held forever.
fn notified_and_locked(count: usize) -> Waiters {
    let (lock, condition) = (keep(Lock::new(())), keep(Condition::new()));
    let waiters = waiting(count, |_| {
        condition.wait(lock.try_lock().expect("it is free"))
    });
    std::mem::forget(lock.try_lock());
    assert_eq!(condition.notify_all(), count);
    waiters
}

fn putting(count: usize) -> Waiters {
    let queue = keep(Queue::bounded(1));
    queue.try_put(0).expect("there is room");
    waiting(count, |place| queue.put(place))
}

fn getting(count: usize) -> Waiters {
    let queue = keep(Queue::<u32>::bounded(1));
    waiting(count, |_| queue.get())
}

fn joining(count: usize) -> Waiters {
    let queue = keep(Queue::bounded(1));
    queue.try_put(0).expect("there is room");
    waiting(count, |_| queue.join())
}

pub(crate) const CROWDS: [Crowd; 15] = [
    Crowd {
        name: "lock",
        gather: locked,
    },
    Crowd {
        name: "rwlock, read",
        gather: reading,
    },
    Crowd {
        name: "rwlock, write",
        gather: writing,
    },
    Crowd {
        name: "semaphore",
        gather: acquiring,
    },
    Crowd {
        name: "event",
        gather: waiting_for_a_set,
    },
    Crowd {
        name: "once cell, value",
        gather: waiting_for_a_value,
    },
    Crowd {
        name: "once cell, turn",
        gather: waiting_for_a_turn,
    },
    Crowd {
        name: "once cell, hand-off",
        gather: initializing,
    },
    Crowd {
        name: "barrier",
        gather: arrived,
    },
    Crowd {
        name: "condition",
        gather: unnotified,
    },
    Crowd {
        name: "condition, notified",
        gather: notified,
    },
    Crowd {
        name: "condition, notified, lock held",
        gather: notified_and_locked,
    },
    Crowd {
        name: "queue, put",
        gather: putting,
    },
    Crowd {
        name: "queue, get",
        gather: getting,
    },
    Crowd {
        name: "queue, join",
        gather: joining,
    },
];
