//! What one waiter was granted cannot be taken by another.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{LifoQueue, PriorityQueue, Queue, TryGetError, TryPutError, TryReserveError};

use super::{full, ready, taken};
use crate::common::{CountingWaker, Polled};

#[test]
fn the_room_of_a_granted_putter_cannot_be_stolen() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!((put.wakes(), queue.waiting_putters()), (1, 0));
    assert!(queue.is_empty() && !queue.is_full());
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Full);
    let mut newcomer = Polled::waiting(queue.put(3));
    let mut many = Polled::waiting(queue.put_many([4]));
    put.assert_ready().unwrap();
    assert_eq!(queue.len(), 1);
    newcomer.assert_pending();
    many.assert_pending();
}

#[test]
fn the_room_of_a_granted_reserve_cannot_be_stolen() {
    let queue = full([1]);
    let mut reserve = Polled::waiting(queue.reserve());
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    let slot = reserve.assert_ready().unwrap();
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    slot.put(2).unwrap();
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn the_room_of_a_granted_put_many_cannot_be_stolen() {
    let queue = full([1]);
    let mut put_many = Polled::waiting(queue.put_many([2]));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Full);
    put_many.assert_ready().unwrap();
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn the_item_of_a_granted_getter_cannot_be_stolen() {
    let queue = Queue::unbounded();
    let mut get = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert_eq!((get.wakes(), queue.waiting_getters()), (1, 0));
    assert_eq!(queue.len(), 1);
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    let mut into = Vec::new();
    assert_eq!(queue.try_get_many(&mut into, 9), Err(TryGetError::Empty));
    let mut newcomer = Polled::waiting(queue.get());
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    assert_eq!(get.assert_ready(), Ok(1));
    newcomer.assert_pending();
    many.assert_pending();
    drop(many);
    assert!(into.is_empty());
}

#[test]
fn the_item_of_a_granted_get_many_cannot_be_stolen() {
    let queue = Queue::unbounded();
    let mut into = Vec::new();
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    queue.try_put(1).unwrap();
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    queue.try_put(2).unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(many.assert_ready(), Ok(1));
    drop(many);
    assert_eq!(into, [2]);
}

#[test]
fn items_and_room_that_nobody_was_granted_may_be_taken_beside_grants() {
    let queue = Queue::unbounded();
    let mut granted = Polled::waiting(queue.get());
    ready(queue.put_many([1, 2, 3])).unwrap();
    let mut into = Vec::new();
    assert_eq!(queue.try_get_many(&mut into, 9), Ok(2));
    assert_eq!(into, [1, 2]);
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(granted.assert_ready(), Ok(3));

    let queue = full([1, 2]);
    let mut granted = Polled::waiting(queue.put(9));
    assert_eq!(taken(&queue), [1, 2]);
    queue.try_put(3).unwrap();
    assert_eq!(queue.try_put(4), Err(TryPutError::Full(4)));
    granted.assert_ready().unwrap();
    assert_eq!(taken(&queue), [3, 9]);
}

#[test]
fn of_two_granted_getters_the_one_that_is_polled_first_takes_the_first_item() {
    let queue = Queue::unbounded();
    let mut first = Polled::waiting(queue.get());
    let mut second = Polled::waiting(queue.get());
    ready(queue.put_many([1, 2])).unwrap();
    assert_eq!(second.assert_ready(), Ok(1));
    assert_eq!(first.assert_ready(), Ok(2));
}

#[test]
fn a_granted_getter_of_a_lifo_queue_takes_what_is_newest_when_it_is_polled() {
    let queue = LifoQueue::unbounded();
    let mut get = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    assert_eq!(get.wakes(), 1);
    assert_eq!(get.assert_ready(), Ok(2));
    assert_eq!(queue.try_get(), Ok(1));
}

#[test]
fn a_granted_getter_of_a_priority_queue_takes_what_is_smallest_when_it_is_polled() {
    let queue = PriorityQueue::unbounded();
    let mut get = Polled::waiting(queue.get());
    queue.try_put(2).unwrap();
    queue.try_put(1).unwrap();
    assert_eq!(get.wakes(), 1);
    assert_eq!(get.assert_ready(), Ok(1));
    assert_eq!(queue.try_get(), Ok(2));
}

#[test]
fn items_slots_and_grants_together_never_exceed_the_capacity() {
    let queue = full([1, 2, 3]);
    let mut put = Polled::waiting(queue.put(4));
    let mut reserve = Polled::waiting(queue.reserve());
    let mut waiting = Polled::waiting(queue.put(6));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_get(), Ok(2));
    // One item inside, and room for two is granted.
    assert_eq!((put.wakes(), reserve.wakes(), waiting.wakes()), (1, 1, 0));
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    let slot = reserve.assert_ready().unwrap();
    put.assert_ready().unwrap();
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    slot.put(5).unwrap();
    assert_eq!(queue.len(), 3);
    assert!(queue.is_full());
    waiting.assert_pending();
    assert_eq!(queue.try_get(), Ok(3));
    waiting.assert_ready().unwrap();
    assert_eq!(taken(&queue), [4, 5, 6]);
}

#[test]
fn a_full_queue_with_a_granted_getter_has_no_room() {
    let queue = Queue::bounded(1);
    let mut get = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert!(queue.is_full());
    assert_eq!(queue.try_put(2), Err(TryPutError::Full(2)));
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!(get.assert_ready(), Ok(1));
    assert_eq!(put.wakes(), 1);
    put.assert_ready().unwrap();
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn getters_and_putters_may_wait_at_once_and_serve_each_other() {
    let queue = Queue::bounded(1);
    let mut first_get = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    let mut second_get = Polled::waiting(queue.get());
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!((queue.waiting_getters(), queue.waiting_putters()), (1, 1));
    assert_eq!(first_get.assert_ready(), Ok(1));
    assert_eq!((put.wakes(), second_get.wakes()), (1, 0));
    put.assert_ready().unwrap();
    assert_eq!(second_get.wakes(), 1);
    assert_eq!(second_get.assert_ready(), Ok(2));
}

#[test]
fn try_get_many_takes_at_most_what_it_was_asked_for() {
    let queue = full([1, 2, 3]);
    let mut into = vec![0];
    assert_eq!(queue.try_get_many(&mut into, 2), Ok(2));
    assert_eq!(into, [0, 1, 2]);
    assert_eq!(queue.try_get_many(&mut into, 2), Ok(1));
    assert_eq!(queue.try_get_many(&mut into, 2), Err(TryGetError::Empty));
    assert_eq!(queue.try_get_many(&mut into, 0), Ok(0));
    assert_eq!(into, [0, 1, 2, 3]);
}

/// More waiters than one batch of wakers holds.
const MANY: usize = 100;

#[test]
fn who_is_woken_first_finds_no_room_while_those_behind_are_still_being_served() {
    let queue = Arc::new(Queue::bounded(MANY));
    ready(queue.put_many(0..MANY)).unwrap();
    let inner = Arc::clone(&queue);
    let refused = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refused);
    let waker = CountingWaker::calling(move || {
        let put = inner.try_put(usize::MAX) == Err(TryPutError::Full(usize::MAX));
        let slot = matches!(inner.try_reserve(), Err(TryReserveError::Full));
        let newcomer = Polled::new(inner.put(usize::MAX)).poll().is_pending();
        count.fetch_add(usize::from(put && slot && newcomer), Ordering::SeqCst);
    });
    let mut puts = vec![Polled::waiting_with(queue.put(MANY), waker)];
    puts.extend((MANY + 1..2 * MANY).map(|item| Polled::waiting(queue.put(item))));
    let mut into = Vec::new();
    assert_eq!(queue.try_get_many(&mut into, MANY), Ok(MANY));
    assert_eq!(refused.load(Ordering::SeqCst), 1);
    for put in &mut puts {
        assert_eq!(put.wakes(), 1);
        put.assert_ready().unwrap();
    }
    assert_eq!(taken(&queue), (MANY..2 * MANY).collect::<Vec<_>>());
}
