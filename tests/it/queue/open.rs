//! The state table, for an open queue.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{Queue, TaskDoneError, TryGetError, TryPutError, TryReserveError};

use super::{full, ready, taken};
use crate::common::Polled;

#[test]
fn put_puts_if_there_is_room() {
    let queue = Queue::bounded(1);
    assert_eq!(ready(queue.put(1)), Ok(()));
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn put_waits_while_there_is_none() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!((queue.len(), queue.waiting_putters()), (1, 1));
    put.assert_pending();
    assert_eq!((put.wakes(), queue.waiting_putters()), (0, 1));
}

#[test]
fn a_granted_put_puts() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(put.wakes(), 1);
    assert!(queue.is_empty());
    assert_eq!(put.assert_ready(), Ok(()));
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn put_owned_puts_or_waits() {
    let queue = Arc::new(Queue::bounded(1));
    assert_eq!(ready(Arc::clone(&queue).put_owned(1)), Ok(()));
    let mut put = Polled::waiting(Arc::clone(&queue).put_owned(2));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(put.assert_ready(), Ok(()));
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn try_put_puts_if_there_is_room() {
    let queue = Queue::bounded(1);
    assert_eq!(queue.try_put(1), Ok(()));
    assert_eq!((queue.len(), queue.unfinished()), (1, 1));
}

#[test]
fn try_put_is_refused_if_there_is_none() {
    let queue = full([1]);
    assert_eq!(queue.try_put(2), Err(TryPutError::Full(2)));
    assert_eq!((queue.len(), queue.unfinished()), (1, 1));
}

#[test]
fn reserve_keeps_room_if_there_is_some() {
    let queue = Queue::bounded(1);
    let slot = ready(queue.reserve()).unwrap();
    assert_eq!((queue.len(), queue.unfinished()), (0, 0));
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)));
    slot.put(1).unwrap();
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn reserve_waits_while_there_is_none() {
    let queue = full([1]);
    let mut reserve = Polled::waiting(queue.reserve());
    assert_eq!(queue.waiting_putters(), 1);
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(reserve.wakes(), 1);
    reserve.assert_ready().unwrap().put(2).unwrap();
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn try_reserve_keeps_room_or_is_refused() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Full);
    slot.put(1).unwrap();
    assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Full);
}

#[test]
fn put_many_puts_if_there_is_room() {
    let queue = Queue::bounded(3);
    ready(queue.put_many([1, 2, 3])).unwrap();
    assert_eq!(taken(&queue), [1, 2, 3]);
}

#[test]
fn put_many_waits_while_there_is_none() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put_many([2, 3]));
    assert_eq!((queue.len(), queue.waiting_putters()), (1, 1));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(put.wakes(), 1);
    put.assert_pending();
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!(put.wakes(), 2);
    put.assert_ready().unwrap();
    assert_eq!(taken(&queue), [3]);
}

#[test]
fn a_slot_puts() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    assert_eq!(slot.put(1), Ok(()));
    assert_eq!(queue.unfinished(), 1);
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn get_takes_an_item_if_there_is_one() {
    let queue = full([1]);
    assert_eq!(ready(queue.get()), Ok(1));
    assert!(queue.is_empty());
}

#[test]
fn get_waits_while_there_is_none() {
    let queue = Queue::<u32>::bounded(1);
    let mut get = Polled::waiting(queue.get());
    assert_eq!(queue.waiting_getters(), 1);
    get.assert_pending();
    assert_eq!((get.wakes(), queue.waiting_getters()), (0, 1));
}

#[test]
fn a_granted_get_takes_an_item() {
    let queue = Queue::bounded(1);
    let mut get = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert_eq!((get.wakes(), queue.len()), (1, 1));
    assert_eq!(get.assert_ready(), Ok(1));
    assert!(queue.is_empty());
}

#[test]
fn get_owned_takes_or_waits() {
    let queue = Arc::new(full([1]));
    assert_eq!(ready(Arc::clone(&queue).get_owned()), Ok(1));
    let mut get = Polled::waiting(Arc::clone(&queue).get_owned());
    queue.try_put(2).unwrap();
    assert_eq!(get.assert_ready(), Ok(2));
}

#[test]
fn try_get_takes_an_item_or_says_empty() {
    let queue = full([1]);
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
}

#[test]
fn get_many_takes_what_is_there() {
    let queue = full([1, 2]);
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 9)), Ok(2));
    assert_eq!(into, [1, 2]);
}

#[test]
fn get_many_waits_while_nothing_is() {
    let queue = Queue::bounded(1);
    let mut into = Vec::new();
    let mut get = Polled::waiting(queue.get_many(&mut into, 9));
    assert_eq!(queue.waiting_getters(), 1);
    queue.try_put(1).unwrap();
    assert_eq!(get.wakes(), 1);
    assert_eq!(get.assert_ready(), Ok(1));
    drop(get);
    assert_eq!(into, [1]);
}

#[test]
fn try_get_many_takes_what_is_there_or_says_empty() {
    let queue = full([1, 2]);
    let mut into = Vec::new();
    assert_eq!(queue.try_get_many(&mut into, 9), Ok(2));
    assert_eq!(queue.try_get_many(&mut into, 9), Err(TryGetError::Empty));
    assert_eq!(into, [1, 2]);
}

#[test]
fn join_is_ready_if_nothing_is_unfinished() {
    let queue = Queue::bounded(1);
    ready(queue.join());
    queue.try_put(1).unwrap();
    queue.task_done().unwrap();
    ready(queue.join());
}

#[test]
fn join_waits_while_something_is_unfinished() {
    let queue = full([1]);
    let mut join = Polled::waiting(queue.join());
    assert_eq!(queue.try_get(), Ok(1));
    join.assert_pending();
    assert_eq!(join.wakes(), 0);
    queue.task_done().unwrap();
    assert_eq!(join.wakes(), 1);
    join.assert_ready();
}

#[test]
fn task_done_counts_down() {
    let queue = full([1, 2]);
    assert_eq!(queue.task_done(), Ok(()));
    assert_eq!(queue.unfinished(), 1);
    assert_eq!(queue.task_done(), Ok(()));
    assert_eq!(queue.task_done(), Err(TaskDoneError));
    assert_eq!(queue.unfinished(), 0);
}

#[test]
fn closed_waits() {
    let queue = full([1]);
    let mut closed = Polled::waiting(queue.closed());
    assert_eq!(queue.try_get(), Ok(1));
    queue.task_done().unwrap();
    closed.assert_pending();
    assert_eq!(closed.wakes(), 0);
    assert!(!queue.is_closed());
}

#[test]
fn close_returns_true() {
    let queue = full([1]);
    assert!(queue.close());
    assert!(queue.is_closed());
    assert_eq!(queue.len(), 1);
}

#[test]
fn close_now_returns_the_items() {
    let queue = full([1, 2]);
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [1, 2]);
    assert!(queue.is_closed() && queue.is_empty());
}
