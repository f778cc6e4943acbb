//! The state table, for a queue that was closed with `close_now`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{
    GetError, PutError, Queue, ReserveError, TaskDoneError, TryGetError, TryPutError,
    TryReserveError,
};

use super::{full, ready};
use crate::common::Polled;

/// Creates a queue that was closed with `close_now`, after one item was got that is not done.
fn setup() -> Queue<u32> {
    let queue = full([1, 2]);
    queue.try_get().unwrap();
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [2]);
    queue
}

#[test]
fn put_gives_the_item_back() {
    let queue = setup();
    assert_eq!(ready(queue.put(2)), Err(PutError(2)));
    assert_eq!((queue.len(), queue.unfinished()), (0, 1));
}

#[test]
fn put_owned_gives_the_item_back() {
    let queue = Arc::new(setup());
    assert_eq!(ready(Arc::clone(&queue).put_owned(2)), Err(PutError(2)));
    assert!(queue.is_empty());
}

#[test]
fn try_put_gives_the_item_back() {
    let queue = setup();
    assert_eq!(queue.try_put(2), Err(TryPutError::Closed(2)));
    assert_eq!((queue.len(), queue.unfinished()), (0, 1));
}

#[test]
fn reserve_is_refused() {
    let queue = setup();
    assert_eq!(ready(queue.reserve()).unwrap_err(), ReserveError);
}

#[test]
fn try_reserve_is_refused() {
    let queue = setup();
    assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Closed);
}

#[test]
fn put_many_gives_all_back() {
    let queue = setup();
    let rest = ready(queue.put_many([2, 3])).unwrap_err();
    assert_eq!(rest.collect::<Vec<_>>(), [2, 3]);
    assert!(queue.is_empty());
}

#[test]
fn put_many_of_nothing_is_fine() {
    assert!(ready(setup().put_many([])).is_ok());
}

#[test]
fn a_waiting_put_gets_its_item_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [1]);
    assert_eq!((put.wakes(), queue.waiting_putters()), (1, 0));
    assert_eq!(put.assert_ready(), Err(PutError(2)));
}

#[test]
fn a_granted_put_gets_its_item_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.close_now().len(), 0);
    assert_eq!(put.wakes(), 1);
    assert_eq!(put.assert_ready(), Err(PutError(2)));
    assert!(queue.is_empty());
}

#[test]
fn a_waiting_reserve_is_refused() {
    let queue = full([1]);
    let mut reserve = Polled::waiting(queue.reserve());
    drop(queue.close_now());
    assert_eq!((reserve.wakes(), queue.waiting_putters()), (1, 0));
    assert_eq!(reserve.assert_ready().unwrap_err(), ReserveError);
}

#[test]
fn a_granted_reserve_is_refused() {
    let queue = full([1]);
    let mut reserve = Polled::waiting(queue.reserve());
    assert_eq!(queue.try_get(), Ok(1));
    drop(queue.close_now());
    assert_eq!(reserve.wakes(), 1);
    assert_eq!(reserve.assert_ready().unwrap_err(), ReserveError);
}

#[test]
fn a_waiting_put_many_gets_the_rest_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put_many([2, 3, 4]));
    assert_eq!(queue.try_get(), Ok(1));
    put.assert_pending();
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [2]);
    assert_eq!((put.wakes(), queue.waiting_putters()), (2, 0));
    let rest = put.assert_ready().unwrap_err();
    assert_eq!(rest.collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn a_granted_put_many_gets_all_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put_many([2, 3]));
    assert_eq!(queue.try_get(), Ok(1));
    drop(queue.close_now());
    let rest = put.assert_ready().unwrap_err();
    assert_eq!(rest.collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_slot_taken_before_gives_the_item_back() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    drop(queue.close_now());
    assert_eq!(slot.put(1), Err(PutError(1)));
    assert_eq!((queue.len(), queue.unfinished()), (0, 0));
}

#[test]
fn a_slot_taken_before_may_be_dropped() {
    let queue = Queue::<u32>::bounded(1);
    let slot = queue.try_reserve().unwrap();
    drop(queue.close_now());
    let before = format!("{queue:?}");
    drop(slot);
    assert_eq!(format!("{queue:?}"), before);
}

#[test]
fn get_says_closed() {
    let queue = setup();
    assert_eq!(ready(queue.get()), Err(GetError));
}

#[test]
fn get_owned_says_closed() {
    let queue = Arc::new(setup());
    assert_eq!(ready(queue.get_owned()), Err(GetError));
}

#[test]
fn try_get_says_closed() {
    assert_eq!(setup().try_get(), Err(TryGetError::Closed));
}

#[test]
fn get_many_says_closed() {
    let queue = setup();
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 9)), Err(GetError));
    assert_eq!(ready(queue.get_many(&mut into, 0)), Ok(0));
}

#[test]
fn try_get_many_says_closed() {
    let queue = setup();
    let mut into = Vec::new();
    assert_eq!(queue.try_get_many(&mut into, 9), Err(TryGetError::Closed));
    assert_eq!(queue.try_get_many(&mut into, 0), Ok(0));
}

#[test]
fn waiting_getters_are_told_in_order() {
    let queue = Queue::<u32>::unbounded();
    let order = crate::common::Order::new();
    let mut into = Vec::new();
    let mut get = Polled::waiting_with(queue.get(), order.waker(0));
    let mut many = Polled::waiting_with(queue.get_many(&mut into, 9), order.waker(1));
    assert_eq!(queue.close_now().len(), 0);
    assert_eq!((order.so_far(), queue.waiting_getters()), (vec![0, 1], 0));
    assert_eq!(get.assert_ready(), Err(GetError));
    assert_eq!(many.assert_ready(), Err(GetError));
}

#[test]
fn a_granted_getter_is_told_too() {
    let queue = Arc::new(Queue::unbounded());
    let mut into = Vec::new();
    let mut get = Polled::waiting(queue.get());
    let mut owned = Polled::waiting(Arc::clone(&queue).get_owned());
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    ready(queue.put_many([1, 2, 3, 4])).unwrap();
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((get.wakes(), owned.wakes(), many.wakes()), (1, 1, 1));
    assert_eq!(get.assert_ready(), Err(GetError));
    assert_eq!(owned.assert_ready(), Err(GetError));
    assert_eq!(many.assert_ready(), Err(GetError));
    drop(many);
    assert!(into.is_empty());
    assert_eq!(queue.unfinished(), 0);
}

#[test]
fn getters_that_wait_behind_granted_getters_since_close_get_closed_too() {
    let queue = Queue::unbounded();
    let mut granted = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    queue.close();
    let mut waiting = Polled::waiting(queue.get());
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [1]);
    assert_eq!((granted.wakes(), waiting.wakes()), (1, 1));
    assert_eq!(waiting.assert_ready(), Err(GetError));
    assert_eq!(granted.assert_ready(), Err(GetError));
}

#[test]
fn task_done_counts() {
    let queue = setup();
    assert_eq!(queue.unfinished(), 1);
    assert_eq!(queue.task_done(), Ok(()));
    assert_eq!(queue.task_done(), Err(TaskDoneError));
    assert_eq!(queue.unfinished(), 0);
}

#[test]
fn join_waits_for_what_was_got_before() {
    let queue = full([1, 2, 3]);
    let mut before = Polled::waiting(queue.join());
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.close_now().len(), 2);
    assert_eq!((before.wakes(), queue.unfinished()), (0, 1));
    let mut after = Polled::waiting(queue.join());
    before.assert_pending();
    queue.task_done().unwrap();
    assert_eq!((before.wakes(), after.wakes()), (1, 1));
    before.assert_ready();
    after.assert_ready();
}

#[test]
fn join_is_released_if_all_was_inside() {
    let queue = full([1, 2, 3]);
    let mut join = Polled::waiting(queue.join());
    let items = queue.close_now();
    assert_eq!((join.wakes(), queue.unfinished()), (1, 0));
    join.assert_ready();
    ready(queue.join());
    assert_eq!(items.len(), 3);
}

#[test]
fn closed_is_ready() {
    ready(setup().closed());
}

#[test]
fn close_returns_false() {
    assert!(!setup().close());
}

#[test]
fn close_now_returns_nothing() {
    let queue = setup();
    assert_eq!(queue.close_now().len(), 0);
    assert_eq!((queue.close_now().count(), queue.unfinished()), (0, 1));
}
