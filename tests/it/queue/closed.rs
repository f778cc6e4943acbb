//! The state table, for a queue that was closed with `close`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{
    GetError, PutError, Queue, ReserveError, TaskDoneError, TryGetError, TryPutError,
    TryReserveError,
};

use super::{full, ready, taken};
use crate::common::Polled;

/// Creates a closed queue with one item inside and room for another.
fn setup() -> Queue<u32> {
    let queue = Queue::bounded(2);
    queue.try_put(1).unwrap();
    assert!(queue.close());
    queue
}

#[test]
fn put_gives_the_item_back() {
    let queue = setup();
    assert_eq!(ready(queue.put(2)), Err(PutError(2)));
    assert_eq!((queue.len(), queue.unfinished()), (1, 1));
}

#[test]
fn put_owned_gives_the_item_back() {
    let queue = Arc::new(setup());
    assert_eq!(ready(Arc::clone(&queue).put_owned(2)), Err(PutError(2)));
    assert_eq!(queue.len(), 1);
}

#[test]
fn try_put_gives_the_item_back() {
    let queue = setup();
    assert_eq!(queue.try_put(2), Err(TryPutError::Closed(2)));
    assert_eq!((queue.len(), queue.unfinished()), (1, 1));
}

#[test]
fn try_put_says_closed_though_the_queue_is_full_too() {
    let queue = full([1]);
    queue.close();
    assert_eq!(queue.try_put(2), Err(TryPutError::Closed(2)));
    assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Closed);
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
    let rest = ready(queue.put_many([2, 3, 4])).unwrap_err();
    assert_eq!(rest.collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!((queue.len(), queue.unfinished()), (1, 1));
}

#[test]
fn put_many_of_nothing_is_fine() {
    let queue = setup();
    assert!(ready(queue.put_many([])).is_ok());
}

#[test]
fn a_waiting_put_gets_its_item_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put(2));
    queue.close();
    assert_eq!((put.wakes(), queue.waiting_putters()), (1, 0));
    assert_eq!(put.assert_ready(), Err(PutError(2)));
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn a_waiting_put_owned_gets_its_item_back() {
    let queue = Arc::new(full([1]));
    let mut put = Polled::waiting(Arc::clone(&queue).put_owned(2));
    queue.close();
    assert_eq!(put.wakes(), 1);
    assert_eq!(put.assert_ready(), Err(PutError(2)));
    assert_eq!(Arc::strong_count(&queue), 1);
}

#[test]
fn a_granted_put_gets_its_item_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put(2));
    assert_eq!(queue.try_get(), Ok(1));
    queue.close();
    assert_eq!(put.wakes(), 1);
    assert_eq!(put.assert_ready(), Err(PutError(2)));
    assert!(queue.is_empty());
}

#[test]
fn a_waiting_reserve_is_refused() {
    let queue = full([1]);
    let mut reserve = Polled::waiting(queue.reserve());
    queue.close();
    assert_eq!((reserve.wakes(), queue.waiting_putters()), (1, 0));
    assert_eq!(reserve.assert_ready().unwrap_err(), ReserveError);
}

#[test]
fn a_granted_reserve_is_refused() {
    let queue = full([1]);
    let mut reserve = Polled::waiting(queue.reserve());
    assert_eq!(queue.try_get(), Ok(1));
    queue.close();
    assert_eq!(reserve.wakes(), 1);
    assert_eq!(reserve.assert_ready().unwrap_err(), ReserveError);
}

#[test]
fn a_waiting_put_many_gets_the_rest_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put_many([2, 3, 4]));
    assert_eq!(queue.try_get(), Ok(1));
    put.assert_pending();
    queue.close();
    assert_eq!((put.wakes(), queue.waiting_putters()), (2, 0));
    let rest = put.assert_ready().unwrap_err();
    assert_eq!(rest.collect::<Vec<_>>(), [3, 4]);
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn a_granted_put_many_gets_all_back() {
    let queue = full([1]);
    let mut put = Polled::waiting(queue.put_many([2, 3, 4]));
    assert_eq!(queue.try_get(), Ok(1));
    queue.close();
    assert_eq!(put.wakes(), 1);
    let rest = put.assert_ready().unwrap_err();
    assert_eq!(rest.collect::<Vec<_>>(), [2, 3, 4]);
    assert!(queue.is_empty());
}

#[test]
fn a_slot_taken_before_gives_the_item_back() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    queue.close();
    assert_eq!(slot.put(1), Err(PutError(1)));
    assert_eq!((queue.len(), queue.unfinished()), (0, 0));
}

#[test]
fn a_slot_taken_before_may_be_dropped() {
    let queue = Queue::<u32>::bounded(1);
    let slot = queue.try_reserve().unwrap();
    queue.close();
    let before = format!("{queue:?}");
    drop(slot);
    assert_eq!(format!("{queue:?}"), before);
}

#[test]
fn get_takes_what_is_left_and_then_says_closed() {
    let queue = setup();
    assert_eq!(ready(queue.get()), Ok(1));
    assert_eq!(ready(queue.get()), Err(GetError));
}

#[test]
fn get_owned_takes_what_is_left_and_then_says_closed() {
    let queue = Arc::new(setup());
    assert_eq!(ready(Arc::clone(&queue).get_owned()), Ok(1));
    assert_eq!(ready(Arc::clone(&queue).get_owned()), Err(GetError));
}

#[test]
fn try_get_takes_what_is_left_and_then_says_closed() {
    let queue = setup();
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
}

#[test]
fn get_many_takes_what_is_left_and_then_says_closed() {
    let queue = full([1, 2, 3]);
    queue.close();
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 2)), Ok(2));
    assert_eq!(ready(queue.get_many(&mut into, 2)), Ok(1));
    assert_eq!(ready(queue.get_many(&mut into, 2)), Err(GetError));
    assert_eq!(ready(queue.get_many(&mut into, 0)), Ok(0));
    assert_eq!(into, [1, 2, 3]);
}

#[test]
fn try_get_many_takes_what_is_left_and_then_says_closed() {
    let queue = setup();
    let mut into = Vec::new();
    assert_eq!(queue.try_get_many(&mut into, 9), Ok(1));
    assert_eq!(queue.try_get_many(&mut into, 9), Err(TryGetError::Closed));
    assert_eq!(queue.try_get_many(&mut into, 0), Ok(0));
    assert_eq!(into, [1]);
}

#[test]
fn waiting_getters_of_an_empty_queue_are_told_in_order() {
    let queue = Queue::<u32>::unbounded();
    let order = crate::common::Order::new();
    let mut into = Vec::new();
    let mut get = Polled::waiting_with(queue.get(), order.waker(0));
    let mut many = Polled::waiting_with(queue.get_many(&mut into, 9), order.waker(1));
    queue.close();
    assert_eq!((order.so_far(), queue.waiting_getters()), (vec![0, 1], 0));
    assert_eq!(get.assert_ready(), Err(GetError));
    assert_eq!(many.assert_ready(), Err(GetError));
}

#[test]
fn a_granted_getter_gets_its_item() {
    let queue = Queue::unbounded();
    let mut get = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    queue.close();
    assert_eq!(get.wakes(), 1);
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(get.assert_ready(), Ok(1));
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
}

#[test]
fn a_granted_get_many_gets_its_item_and_what_is_free() {
    let queue = Queue::unbounded();
    let mut into = Vec::new();
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    ready(queue.put_many([1, 2])).unwrap();
    queue.close();
    assert_eq!(many.assert_ready(), Ok(2));
    drop(many);
    assert_eq!(into, [1, 2]);
}

#[test]
fn a_getter_waits_while_all_that_is_inside_is_granted_to_others_and_is_told_when_they_took_it() {
    let queue = Queue::unbounded();
    let mut granted = [Polled::waiting(queue.get()), Polled::waiting(queue.get())];
    let mut waiting = Polled::waiting(queue.get());
    ready(queue.put_many([1, 2])).unwrap();
    queue.close();
    let mut newcomer = Polled::waiting(queue.get());
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(granted[0].assert_ready(), Ok(1));
    waiting.assert_pending();
    assert_eq!((waiting.wakes(), newcomer.wakes()), (0, 0));
    assert_eq!(granted[1].assert_ready(), Ok(2));
    assert_eq!((waiting.wakes(), newcomer.wakes()), (1, 1));
    assert_eq!(waiting.assert_ready(), Err(GetError));
    assert_eq!(newcomer.assert_ready(), Err(GetError));
}

#[test]
fn a_getter_waits_while_all_that_is_inside_is_granted_to_others_and_gets_what_they_drop() {
    let queue = Queue::unbounded();
    let granted = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    queue.close();
    let mut waiting = Polled::waiting(queue.get());
    drop(granted);
    assert_eq!(waiting.wakes(), 1);
    assert_eq!(waiting.assert_ready(), Ok(1));
}

#[test]
fn task_done_counts() {
    let queue = setup();
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.task_done(), Ok(()));
    assert_eq!(
        (queue.task_done(), queue.unfinished()),
        (Err(TaskDoneError), 0)
    );
}

#[test]
fn join_waits_for_what_is_still_inside() {
    let queue = full([1, 2]);
    let mut before = Polled::waiting(queue.join());
    queue.close();
    let mut after = Polled::waiting(queue.join());
    assert_eq!(taken(&queue), [1, 2]);
    queue.task_done().unwrap();
    before.assert_pending();
    after.assert_pending();
    queue.task_done().unwrap();
    assert_eq!((before.wakes(), after.wakes()), (1, 1));
    before.assert_ready();
    after.assert_ready();
    ready(queue.join());
}

#[test]
fn closed_is_ready() {
    ready(setup().closed());
}

#[test]
fn close_returns_false() {
    let queue = setup();
    assert!(!queue.close());
    assert!(!queue.close());
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn close_now_returns_the_rest() {
    let queue = full([1, 2, 3]);
    queue.close();
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(queue.unfinished(), 1);
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
}
