//! Futures that were forgotten, or that nobody polls any more, keep their grants and nothing
//! else.
#![forbid(unsafe_code)]

use std::mem;
use std::sync::Arc;

use aiosync::{GetError, Queue, TryGetError, TryPutError};

use super::{full, ready, taken};
use crate::common::{Order, Polled};

#[test]
fn behind_a_forgotten_waiting_getter_others_are_served_by_later_items() {
    let queue = Queue::unbounded();
    Polled::waiting(queue.get()).forget();
    let mut next = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert_eq!((next.wakes(), queue.waiting_getters()), (0, 1));
    queue.try_put(2).unwrap();
    assert_eq!(next.wakes(), 1);
    assert_eq!(next.assert_ready(), Ok(1));
    // The forgotten getter keeps its right to one item.
    assert_eq!((queue.len(), queue.try_get()), (1, Err(TryGetError::Empty)));
    queue.try_put(3).unwrap();
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
}

#[test]
fn behind_a_forgotten_granted_getter_others_are_served_by_later_items() {
    let queue = Queue::unbounded();
    let granted = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert_eq!(granted.wakes(), 1);
    granted.forget();
    let mut next = Polled::waiting(queue.get());
    let mut into = Vec::new();
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    queue.try_put(2).unwrap();
    assert_eq!((next.wakes(), many.wakes()), (1, 0));
    assert_eq!(next.assert_ready(), Ok(1));
    ready(queue.put_many([3, 4])).unwrap();
    assert_eq!(many.assert_ready(), Ok(2));
    assert_eq!(queue.len(), 1);
    drop(many);
    assert_eq!(into, [2, 3]);
}

#[test]
fn behind_a_forgotten_putter_others_are_served_by_other_room() {
    let queue = full([1, 2]);
    Polled::waiting(queue.put(9)).forget();
    let mut next = Polled::waiting(queue.put(3));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(next.wakes(), 0);
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!(next.wakes(), 1);
    next.assert_ready().unwrap();
    // The forgotten putter keeps its room.
    assert_eq!(
        (queue.len(), queue.try_put(4)),
        (1, Err(TryPutError::Full(4)))
    );
    assert_eq!(queue.try_get(), Ok(3));
    queue.try_put(5).unwrap();
    assert_eq!(queue.try_put(6), Err(TryPutError::Full(6)));
    assert_eq!(taken(&queue), [5]);
}

#[test]
fn a_forgotten_slot_keeps_one_place() {
    let queue = Queue::bounded(2);
    mem::forget(queue.try_reserve().unwrap());
    for item in 0..5 {
        queue.try_put(item).unwrap();
        assert!(queue.try_put(9).is_err());
        assert_eq!(queue.try_get(), Ok(item));
    }
    queue.try_put(5).unwrap();
    let mut put = Polled::waiting(queue.put(6));
    assert_eq!(queue.try_get(), Ok(5));
    put.assert_ready().unwrap();
}

#[test]
fn a_future_that_nobody_polls_does_not_delay_the_others() {
    let queue = Queue::bounded(4);
    let stalled = Polled::waiting(queue.get());
    let mut all = Vec::new();
    for item in 0..20 {
        queue.try_put(item).unwrap();
        if queue.len() == 4 {
            all.extend(queue.try_get());
        }
    }
    assert_eq!(stalled.wakes(), 1);
    all.extend(taken(&queue));
    assert_eq!(all, (0..19).collect::<Vec<_>>());
    drop(stalled);
    assert_eq!(taken(&queue), [19]);
}

#[test]
fn a_forgotten_waiter_survives_a_move_of_the_queue() {
    let queue = Queue::unbounded();
    queue.try_put(0).unwrap();
    queue.try_get().unwrap();
    Polled::waiting(queue.get()).forget();
    Polled::waiting(queue.join()).forget();
    Polled::waiting(queue.closed()).forget();
    let moved = Box::new(queue);
    moved.try_put(1).unwrap();
    moved.try_put(2).unwrap();
    assert_eq!((moved.try_get(), moved.len()), (Ok(1), 1));
    let mut next = Polled::waiting(moved.get());
    moved.try_put(3).unwrap();
    assert_eq!(next.assert_ready(), Ok(2));
    drop(next);
    let queue = *moved;
    queue.close();
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [3]);
}

#[test]
fn a_queue_may_be_dropped_while_it_has_forgotten_waiters() {
    let alive = Arc::new(());
    let queue = Queue::bounded(1);
    Polled::waiting(queue.get()).forget();
    queue.try_put(Arc::clone(&alive)).unwrap();
    Polled::waiting(queue.reserve()).forget();
    Polled::waiting(queue.join()).forget();
    drop(queue);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn after_close_a_forgotten_grant_keeps_its_item_and_close_now_takes_it() {
    let queue = Queue::unbounded();
    let granted = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    granted.forget();
    queue.close();
    let mut waiting = Polled::waiting(queue.get());
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [1]);
    assert_eq!(
        (waiting.wakes(), waiting.assert_ready()),
        (1, Err(GetError))
    );
    assert_eq!(queue.unfinished(), 0);
}

#[test]
fn forgotten_joins_and_closeds_do_not_delay_the_others() {
    let queue = full([1]);
    let order = Order::new();
    Polled::waiting(queue.join()).forget();
    let mut join = Polled::waiting_with(queue.join(), order.waker(1));
    Polled::waiting(queue.closed()).forget();
    let mut closed = Polled::waiting_with(queue.closed(), order.waker(2));
    queue.task_done().unwrap();
    queue.close();
    assert_eq!(order.so_far(), [1, 2]);
    join.assert_ready();
    closed.assert_ready();
}
