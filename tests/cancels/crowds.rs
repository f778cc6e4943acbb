//! Crowds of waiters, to be given up one by one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use aiosync::{Barrier, Condition, Event, Lock, Queue, Semaphore};

/// A future that can be dropped where it stands, without its memory.
pub(crate) trait Cancel {
    fn cancel(self: Pin<&mut Self>);
}

impl<F> Cancel for Option<F> {
    fn cancel(mut self: Pin<&mut Self>) {
        self.set(None);
    }
}

type Waiters = Vec<Pin<Box<dyn Cancel>>>;

pub(crate) struct Crowd {
    pub(crate) name: &'static str,
    pub(crate) gather: fn(usize) -> Waiters,
}

/// One that lives as long as the process.
fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// So many futures, polled once, all waiting.
fn waiting<F: Future + 'static>(count: usize, begin: impl FnMut(usize) -> F) -> Waiters {
    let begun = (0..count).map(begin);
    let waiting = begun.map(|future| {
        let mut future = Box::pin(Some(future));
        let polled = future.as_mut().as_pin_mut().expect("it is there");
        let mut context = Context::from_waker(Waker::noop());
        assert!(polled.poll(&mut context).is_pending());
        future as Pin<Box<dyn Cancel>>
    });
    waiting.collect()
}

fn locked(count: usize) -> Waiters {
    let lock = keep(Lock::new(()));
    std::mem::forget(lock.try_lock());
    waiting(count, |_| lock.lock())
}

fn acquiring(count: usize) -> Waiters {
    let semaphore = keep(Semaphore::new(1));
    waiting(count, |_| semaphore.acquire_many(2))
}

fn waiting_for_a_set(count: usize) -> Waiters {
    let event = keep(Event::new());
    waiting(count, |_| event.wait())
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

/// The locks take turns.
fn notified_with_locks(locks: usize, count: usize) -> Waiters {
    let locks: Vec<_> = (0..locks).map(|_| Arc::new(Lock::new(()))).collect();
    let condition = keep(Condition::new());
    let waiters = waiting(count, |place| {
        let lock = Arc::clone(&locks[place % locks.len()]);
        condition.wait_owned(lock.try_lock_owned().expect("it is free"))
    });
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

pub(crate) const CROWDS: [Crowd; 11] = [
    Crowd {
        name: "lock",
        gather: locked,
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
        name: "condition, notified, two locks",
        gather: |count| notified_with_locks(2, count),
    },
    Crowd {
        name: "condition, notified, a lock for each",
        gather: |count| notified_with_locks(count, count),
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
