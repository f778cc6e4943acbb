//! `put_many` puts in order, and waits as often as needed.
#![forbid(unsafe_code)]

use aiosync::{LifoQueue, PriorityQueue, Queue};

use super::{Drops, full, numbers, ready, taken};
use crate::common::{Order, Polled};

#[test]
fn it_puts_in_order() {
    let queue = Queue::unbounded();
    ready(queue.put_many(0..100)).unwrap();
    assert_eq!((queue.len(), queue.unfinished()), (100, 100));
    assert_eq!(taken(&queue), (0..100).collect::<Vec<_>>());
}

#[test]
fn it_puts_into_the_other_orders_too() {
    let lifo = LifoQueue::bounded(3);
    let mut put = Polled::waiting(lifo.put_many([1, 2, 3, 4]));
    assert_eq!(lifo.try_get(), Ok(3));
    put.assert_ready().unwrap();
    assert_eq!(taken(&lifo), [4, 2, 1]);
    let priority = PriorityQueue::bounded(3);
    let mut put = Polled::waiting(priority.put_many([3, 1, 2, 0]));
    assert_eq!(priority.try_get(), Ok(1));
    put.assert_ready().unwrap();
    assert_eq!(taken(&priority), [0, 2, 3]);
}

#[test]
fn it_waits_as_often_as_it_must() {
    let queue = Queue::bounded(2);
    let mut put = Polled::waiting(queue.put_many(0..9));
    let mut all = Vec::new();
    for round in 0..7 {
        put.assert_pending();
        assert_eq!(
            (queue.len(), queue.waiting_putters(), put.wakes()),
            (2, 1, round)
        );
        all.push(queue.try_get().unwrap());
        assert_eq!((queue.waiting_putters(), put.wakes()), (0, round + 1));
    }
    put.assert_ready().unwrap();
    all.extend(taken(&queue));
    assert_eq!(all, (0..9).collect::<Vec<_>>());
}

#[test]
fn one_grant_puts_as_many_items_as_fit_while_no_other_putter_waits() {
    let queue = full([0; 50]);
    let mut put = Polled::waiting(queue.put_many(1..=60));
    assert_eq!(taken(&queue).len(), 50);
    assert_eq!((put.wakes(), queue.len()), (1, 0));
    put.assert_pending();
    assert_eq!((queue.len(), queue.waiting_putters()), (50, 1));
    assert_eq!(taken(&queue), (1..=50).collect::<Vec<_>>());
    assert_eq!(put.wakes(), 2);
    put.assert_ready().unwrap();
    assert_eq!(taken(&queue), (51..=60).collect::<Vec<_>>());
}

#[test]
fn one_grant_puts_one_and_queues_again_at_the_tail_while_somebody_waits_behind() {
    let queue = full([0, 0]);
    let mut many = Polled::waiting(queue.put_many([1, 2, 3]));
    let mut behind = Polled::waiting(queue.put(10));
    let mut last = Polled::waiting(queue.put(20));
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!((many.wakes(), behind.wakes()), (1, 0));
    many.assert_pending();
    assert_eq!((queue.len(), queue.waiting_putters()), (2, 3));
    let mut all = vec![queue.try_get().unwrap(), queue.try_get().unwrap()];
    assert_eq!((many.wakes(), behind.wakes(), last.wakes()), (1, 1, 1));
    many.assert_pending();
    behind.assert_ready().unwrap();
    last.assert_ready().unwrap();
    all.push(queue.try_get().unwrap());
    assert_eq!(many.wakes(), 2);
    // Now no other putter waits.
    many.assert_pending();
    all.push(queue.try_get().unwrap());
    many.assert_ready().unwrap();
    all.extend(taken(&queue));
    assert_eq!(all, [0, 1, 10, 20, 2, 3]);
}

#[test]
fn two_of_them_take_turns() {
    let queue = full([0]);
    let mut first = Polled::waiting(queue.put_many([1, 2, 3]));
    let mut second = Polled::waiting(queue.put_many([10, 20, 30]));
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(queue.try_get().unwrap());
        let _ = first.poll();
        all.push(queue.try_get().unwrap());
        let _ = second.poll();
    }
    all.extend(taken(&queue));
    assert_eq!(all, [0, 1, 10, 2, 20, 3, 30]);
}

#[test]
fn a_newcomer_cannot_take_the_room_of_its_grant_but_only_of_its_grant() {
    let queue = full([0, 0, 0]);
    let mut many = Polled::waiting(queue.put_many([1, 2, 3]));
    assert_eq!(taken(&queue).len(), 3);
    // Room for one item is granted, and room for two is free.
    queue.try_put(10).unwrap();
    queue.try_put(20).unwrap();
    assert!(queue.try_put(30).is_err());
    many.assert_pending();
    assert_eq!(taken(&queue), [10, 20, 1]);
    many.assert_ready().unwrap();
    assert_eq!(taken(&queue), [2, 3]);
}

#[test]
fn it_does_not_overtake_putters_that_wait_when_it_comes() {
    let queue = full([0]);
    let mut waiting = Polled::waiting(queue.put(1));
    let mut many = Polled::waiting(queue.put_many([2, 3]));
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!((waiting.wakes(), many.wakes()), (1, 0));
    many.assert_pending();
    waiting.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    many.assert_pending();
    assert_eq!(queue.try_get(), Ok(2));
}

#[test]
fn it_wakes_a_getter_for_each_item_in_order() {
    let queue = Queue::unbounded();
    let order = Order::new();
    let mut gets: Vec<_> = (0..3)
        .map(|label| Polled::waiting_with(queue.get(), order.waker(label)))
        .collect();
    ready(queue.put_many([10, 20])).unwrap();
    assert_eq!(order.so_far(), [0, 1]);
    assert_eq!(gets[0].assert_ready(), Ok(10));
    assert_eq!(gets[1].assert_ready(), Ok(20));
    gets[2].assert_pending();
}

#[test]
fn dropped_half_way_it_has_put_the_first_few_and_drops_the_rest() {
    let drops = Drops::new();
    let queue = Queue::bounded(2);
    let items: Vec<_> = (0..6).map(|number| drops.item(number)).collect();
    let mut put = Polled::waiting(queue.put_many(items));
    drop(queue.try_get().unwrap());
    put.assert_pending();
    assert_eq!(drops.count(), 1);
    drop(put);
    assert_eq!((drops.count(), queue.waiting_putters()), (4, 0));
    assert_eq!(numbers(&queue), [1, 2]);
    assert_eq!((drops.count(), queue.unfinished()), (6, 3));
}

#[test]
fn dropped_after_a_grant_it_has_put_no_more() {
    let drops = Drops::new();
    let queue = Queue::bounded(1);
    let items: Vec<_> = (0..4).map(|number| drops.item(number)).collect();
    let put = Polled::waiting(queue.put_many(items));
    let mut behind = Polled::waiting(queue.put(drops.item(10)));
    assert_eq!(queue.try_get().unwrap().number, 0);
    assert_eq!((put.wakes(), behind.wakes()), (1, 0));
    drop(put);
    assert_eq!((behind.wakes(), drops.count()), (1, 4));
    behind.assert_ready().unwrap();
    assert_eq!(numbers(&queue), [10]);
}

#[test]
fn nothing_to_put_is_ready_at_once_and_does_not_queue() {
    let queue = full([0]);
    ready(queue.put_many([])).unwrap();
    let mut waiting = Polled::waiting(queue.put(1));
    ready(queue.put_many([])).unwrap();
    assert_eq!((queue.waiting_putters(), queue.len()), (1, 1));
    assert_eq!(queue.try_get(), Ok(0));
    ready(queue.put_many([])).unwrap();
    waiting.assert_ready().unwrap();
    queue.close();
    assert!(ready(queue.put_many([])).is_ok());
}

#[test]
fn what_it_could_not_put_it_gives_back_in_order() {
    for put_before_close in 0..5 {
        let drops = Drops::new();
        let queue = full([drops.item(100)]);
        let items: Vec<_> = (0..5).map(|number| drops.item(number)).collect();
        let mut put = Polled::waiting(queue.put_many(items));
        for _ in 0..put_before_close {
            drop(queue.try_get().unwrap());
            let _ = put.poll();
        }
        queue.close();
        let rest = put.assert_ready().unwrap_err();
        assert_eq!(
            rest.size_hint(),
            (5 - put_before_close, Some(5 - put_before_close))
        );
        assert_eq!(drops.count(), put_before_close);
        assert!(rest.map(|item| item.number).eq(put_before_close as u32..5));
        assert_eq!(drops.count(), 5);
        assert_eq!(queue.unfinished(), 1 + put_before_close);
    }
}

#[test]
fn all_put_is_ok_though_the_queue_is_closed_right_after() {
    let queue = full([0]);
    let mut put = Polled::waiting(queue.put_many([1, 2]));
    assert_eq!(queue.try_get(), Ok(0));
    put.assert_pending();
    assert_eq!(queue.try_get(), Ok(1));
    put.assert_ready().unwrap();
    queue.close();
    assert_eq!(taken(&queue), [2]);
}
