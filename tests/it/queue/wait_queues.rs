//! The two wait queues: in which order waiters are granted, and which are woken.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{LifoQueue, Queue};
use futures_lite::future::block_on;

use super::{full, ready, taken};
use crate::common::{Order, Polled, rounds};

#[test]
fn items_come_out_of_a_queue_in_the_order_in_which_they_were_put() {
    let queue = Queue::bounded(8);
    queue.try_put(1).unwrap();
    ready(queue.put(2)).unwrap();
    ready(queue.put_many([3, 4])).unwrap();
    queue.try_reserve().unwrap().put(5).unwrap();
    assert_eq!(taken(&queue), [1, 2, 3, 4, 5]);
}

#[test]
fn the_newest_item_comes_out_of_a_lifo_queue_first() {
    let queue = LifoQueue::bounded(8);
    queue.try_put(1).unwrap();
    ready(queue.put(2)).unwrap();
    ready(queue.put_many([3, 4])).unwrap();
    queue.try_reserve().unwrap().put(5).unwrap();
    assert_eq!(queue.try_get(), Ok(5));
    queue.try_put(6).unwrap();
    assert_eq!(taken(&queue), [6, 4, 3, 2, 1]);
}

#[test]
fn getters_are_served_in_the_order_of_their_first_poll() {
    let queue = Queue::unbounded();
    let mut made_first = Polled::new(queue.get());
    let mut made_second = Polled::new(queue.get());
    made_second.assert_pending();
    made_first.assert_pending();
    queue.try_put(1).unwrap();
    assert_eq!((made_second.wakes(), made_first.wakes()), (1, 0));
    queue.try_put(2).unwrap();
    assert_eq!((made_second.wakes(), made_first.wakes()), (1, 1));
    assert_eq!(made_second.assert_ready(), Ok(1));
    assert_eq!(made_first.assert_ready(), Ok(2));
}

#[test]
fn putters_are_served_in_the_order_of_their_first_poll() {
    let queue = full([0]);
    let mut made_first = Polled::new(queue.put(1));
    let mut made_second = Polled::new(queue.put(2));
    made_second.assert_pending();
    made_first.assert_pending();
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!((made_second.wakes(), made_first.wakes()), (1, 0));
    made_first.assert_pending();
    assert_eq!(made_second.assert_ready(), Ok(()));
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!((made_second.wakes(), made_first.wakes()), (1, 1));
    assert_eq!(made_first.assert_ready(), Ok(()));
    assert_eq!(queue.try_get(), Ok(1));
}

#[test]
fn polling_again_keeps_the_position_in_both_wait_queues() {
    let queue = full([0]);
    let mut first = Polled::waiting(queue.put(1));
    let mut second = Polled::waiting(queue.put(2));
    first.assert_pending();
    second.assert_pending();
    first.assert_pending();
    assert_eq!(queue.waiting_putters(), 2);
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    assert_eq!(first.assert_ready(), Ok(()));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(second.assert_ready(), Ok(()));
    assert_eq!(queue.try_get(), Ok(2));

    let mut first = Polled::waiting(queue.get());
    let mut second = Polled::waiting(queue.get());
    first.assert_pending();
    second.assert_pending();
    assert_eq!(queue.waiting_getters(), 2);
    queue.try_put(3).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    second.assert_pending();
    assert_eq!(first.assert_ready(), Ok(3));
}

#[test]
fn all_ways_of_putting_wait_in_one_queue() {
    let queue = Arc::new(full([0]));
    let mut put = Polled::waiting(queue.put(1));
    let mut reserve = Polled::waiting(queue.reserve());
    let mut put_many = Polled::waiting(queue.put_many([3]));
    let mut put_owned = Polled::waiting(Arc::clone(&queue).put_owned(4));
    let mut last = Polled::waiting(queue.put(5));
    assert_eq!(queue.waiting_putters(), 5);

    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!((put.wakes(), reserve.wakes()), (1, 0));
    reserve.assert_pending();
    put.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!((reserve.wakes(), put_many.wakes()), (1, 0));
    put_many.assert_pending();
    reserve.assert_ready().unwrap().put(2).unwrap();
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!((put_many.wakes(), put_owned.wakes()), (1, 0));
    put_owned.assert_pending();
    put_many.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(3));
    assert_eq!((put_owned.wakes(), last.wakes()), (1, 0));
    last.assert_pending();
    put_owned.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(4));
    assert_eq!(last.wakes(), 1);
    last.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(5));
}

#[test]
fn all_ways_of_getting_wait_in_one_queue() {
    let queue = Arc::new(Queue::unbounded());
    let mut many = Vec::new();
    let mut get = Polled::waiting(queue.get());
    let mut get_many = Polled::waiting(queue.get_many(&mut many, 9));
    let mut get_owned = Polled::waiting(Arc::clone(&queue).get_owned());
    let mut last = Polled::waiting(queue.get());
    assert_eq!(queue.waiting_getters(), 4);
    for (item, wakes) in [(1, [1, 0, 0]), (2, [1, 1, 0]), (3, [1, 1, 1])] {
        queue.try_put(item).unwrap();
        assert_eq!([get.wakes(), get_many.wakes(), get_owned.wakes()], wakes);
    }
    assert_eq!((queue.waiting_getters(), last.wakes()), (1, 0));
    last.assert_pending();
    assert_eq!(get.assert_ready(), Ok(1));
    assert_eq!(get_many.assert_ready(), Ok(1));
    assert_eq!(get_owned.assert_ready(), Ok(3));
    drop(get_many);
    assert_eq!(many, [2]);
}

#[test]
fn a_newcomer_queues_behind_a_granted_getter() {
    let queue = Queue::unbounded();
    let mut granted = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    let mut newcomer = Polled::waiting(queue.get());
    assert_eq!(granted.assert_ready(), Ok(1));
    newcomer.assert_pending();
    queue.try_put(2).unwrap();
    assert_eq!(newcomer.wakes(), 1);
    assert_eq!(newcomer.assert_ready(), Ok(2));
}

#[test]
fn a_task_that_has_put_queues_behind_the_waiters() {
    let queue = full([0]);
    let mut waiting = Polled::waiting(queue.put(1));
    assert_eq!(queue.try_get(), Ok(0));
    let mut again = Polled::waiting(queue.put(2));
    waiting.assert_ready().unwrap();
    again.assert_pending();
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(again.wakes(), 1);
    again.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(2));
}

#[test]
fn a_change_wakes_only_the_waiters_that_it_grants() {
    let queue = Queue::bounded(2);
    let mut getter = Polled::waiting(queue.get());
    drop(queue.try_reserve().unwrap());
    assert_eq!(getter.wakes(), 0);
    queue.try_put(1).unwrap();
    assert_eq!(getter.assert_ready(), Ok(1));
    ready(queue.put_many([2, 3])).unwrap();
    let mut putter = Polled::waiting(queue.put(4));
    queue.task_done().unwrap();
    assert!(queue.try_put(5).is_err());
    assert!(queue.try_reserve().is_err());
    assert_eq!((getter.wakes(), putter.wakes()), (1, 0));
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!(putter.wakes(), 1);
    assert_eq!(queue.try_get(), Ok(3));
    assert_eq!(putter.wakes(), 1);
    putter.assert_ready().unwrap();
}

/// More waiters than one batch of wakers holds.
const MANY: usize = 100;

#[test]
fn many_getters_that_one_call_serves_are_woken_once_each_in_order() {
    let queue = Queue::unbounded();
    let order = Order::new();
    let mut getters: Vec<_> = (0..MANY)
        .map(|label| Polled::waiting_with(queue.get(), order.waker(label)))
        .collect();
    ready(queue.put_many(0..MANY)).unwrap();
    assert_eq!(order.so_far(), (0..MANY).collect::<Vec<_>>());
    assert_eq!(queue.waiting_getters(), 0);
    for (label, getter) in getters.iter_mut().enumerate() {
        assert_eq!(getter.assert_ready(), Ok(label));
    }
    assert_eq!(order.so_far().len(), MANY);
}

#[test]
fn many_putters_that_one_call_serves_are_woken_once_each_in_order() {
    let queue = Queue::bounded(MANY);
    ready(queue.put_many(0..MANY)).unwrap();
    let order = Order::new();
    let mut putters: Vec<_> = (0..MANY)
        .map(|label| Polled::waiting_with(queue.put(label), order.waker(label)))
        .collect();
    let mut items = Vec::new();
    assert_eq!(queue.try_get_many(&mut items, usize::MAX), Ok(MANY));
    assert_eq!(order.so_far(), (0..MANY).collect::<Vec<_>>());
    assert_eq!(queue.waiting_putters(), 0);
    for putter in &mut putters {
        putter.assert_ready().unwrap();
    }
    assert_eq!(order.so_far().len(), MANY);
    assert_eq!(taken(&queue), (0..MANY).collect::<Vec<_>>());
}

#[test]
fn uncontended_operations_complete_in_one_poll_however_many_there_are() {
    const ROUNDS: usize = rounds(100_000);
    let queue = Queue::bounded(1);
    let total = ready(async {
        let mut total = 0;
        for number in 0..ROUNDS {
            queue.put(number).await.unwrap();
            total += queue.get().await.unwrap();
            queue.task_done().unwrap();
            queue.join().await;
        }
        total
    });
    assert_eq!(total, ROUNDS * (ROUNDS - 1) / 2);
}

#[test]
fn owned_futures_borrow_nothing() {
    let queue = Arc::new(full([1]));
    let put = Arc::clone(&queue).put_owned(2);
    let (first, second) = (
        Arc::clone(&queue).get_owned(),
        Arc::clone(&queue).get_owned(),
    );
    drop(queue);
    let mut put = Polled::waiting(put);
    assert_eq!(block_on(first), Ok(1));
    put.assert_ready().unwrap();
    drop(put);
    assert_eq!(block_on(second), Ok(2));
}
