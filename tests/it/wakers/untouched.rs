//! A wait that completes in its first poll does not clone the waker, so no user code runs. The
//! wait of a barrier is an exception: every party clones it first.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;

use aiosync::{Event, Fifo, Lifo, Lock, Order, OrderedQueue, Priority, Semaphore};

use crate::common::{Call, Hostile, Polled};

#[track_caller]
fn assert_untouched<F: Future>(future: F) -> F::Output {
    let hostile = Hostile::new();
    let poll = Polled::new(future).poll_with(hostile.waker());
    assert_eq!(Call::ALL.map(|call| hostile.calls(call)), [0; 4]);
    match poll {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is pending"),
    }
}

#[test]
fn by_a_free_lock() {
    let lock = Arc::new(Lock::new(1));
    drop(assert_untouched(lock.lock()));
    drop(assert_untouched(Arc::clone(&lock).lock_owned()));
    assert_eq!(assert_untouched(lock.with(|data| *data)), 1);
}

#[test]
fn by_a_semaphore_that_has_enough() {
    let semaphore = Arc::new(Semaphore::new(2));
    drop(assert_untouched(semaphore.acquire()));
    drop(assert_untouched(semaphore.acquire_many(2)));
    drop(assert_untouched(Arc::clone(&semaphore).acquire_owned()));
    let _all = semaphore.try_acquire_many(2);
    drop(assert_untouched(semaphore.acquire_many(0)));
}

#[test]
fn by_an_event_that_is_set() {
    let event = Arc::new(Event::with_state(true));
    assert_untouched(event.wait());
    assert_untouched(Arc::clone(&event).wait_owned());
}

fn by_one<O: Order<u32>>(queue: OrderedQueue<u32, O>) {
    let queue = Arc::new(queue);
    let mut into = Vec::new();
    assert_untouched(queue.put(1)).unwrap();
    assert_eq!(assert_untouched(queue.get()), Ok(1));
    assert_untouched(Arc::clone(&queue).put_owned(2)).unwrap();
    assert_eq!(assert_untouched(Arc::clone(&queue).get_owned()), Ok(2));
    assert_untouched(queue.reserve()).unwrap().put(3).unwrap();
    assert_untouched(queue.put_many([3, 3])).unwrap();
    assert_eq!(assert_untouched(queue.get_many(&mut into, 9)), Ok(3));
    for _ in 0..5 {
        queue.task_done().unwrap();
    }
    assert_untouched(queue.join());
    assert_untouched(Arc::clone(&queue).join_owned());
    drop(assert_untouched(Arc::clone(&queue).reserve_owned()).unwrap());
    assert!(queue.close());
    assert_untouched(queue.closed());
    assert_untouched(Arc::clone(&queue).closed_owned());
    assert!(assert_untouched(queue.put(4)).is_err());
    assert!(assert_untouched(queue.reserve()).is_err());
    assert!(assert_untouched(Arc::clone(&queue).reserve_owned()).is_err());
    assert!(assert_untouched(queue.put_many([4])).is_err());
    assert!(assert_untouched(queue.get_many(&mut into, 9)).is_err());
}

#[test]
fn by_a_queue_in_which_nobody_waits() {
    by_one(OrderedQueue::<u32, Fifo>::bounded(3));
    by_one(OrderedQueue::<u32, Fifo>::unbounded());
    by_one(OrderedQueue::<u32, Lifo>::bounded(3));
    by_one(OrderedQueue::<u32, Priority>::bounded(3));
}
