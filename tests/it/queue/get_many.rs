//! `get_many` waits for the first item only.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use aiosync::{LifoQueue, PriorityQueue, Queue, TryGetError};

use super::{Drops, full, numbers, ready, taken};
use crate::common::Polled;

#[test]
fn it_appends_in_order() {
    let queue = full([1, 2, 3]);
    let mut into = vec![8, 9];
    assert_eq!(ready(queue.get_many(&mut into, 9)), Ok(3));
    assert_eq!(into, [8, 9, 1, 2, 3]);
}

#[test]
fn it_appends_in_the_order_of_the_queue() {
    let mut into = Vec::new();
    let lifo = LifoQueue::unbounded();
    ready(lifo.put_many([2, 3, 1])).unwrap();
    assert_eq!(ready(lifo.get_many(&mut into, 9)), Ok(3));
    let priority = PriorityQueue::unbounded();
    ready(priority.put_many([2, 3, 1])).unwrap();
    assert_eq!(ready(priority.get_many(&mut into, 9)), Ok(3));
    assert_eq!(into, [1, 3, 2, 1, 2, 3]);
}

#[test]
fn it_takes_at_most_max() {
    let queue = full([1, 2, 3]);
    let mut into = Vec::with_capacity(64);
    assert_eq!(ready(queue.get_many(&mut into, 2)), Ok(2));
    assert_eq!((into.as_slice(), queue.len()), ([1, 2].as_slice(), 1));

    let queue = Queue::unbounded();
    let mut into = Vec::with_capacity(64);
    let mut waiting = Polled::waiting(queue.get_many(&mut into, 2));
    ready(queue.put_many([1, 2, 3])).unwrap();
    assert_eq!(waiting.assert_ready(), Ok(2));
    drop(waiting);
    assert_eq!(
        (into.as_slice(), taken(&queue).as_slice()),
        ([1, 2].as_slice(), [3].as_slice())
    );
}

#[test]
fn it_waits_for_the_first_item_only() {
    let queue = Queue::unbounded();
    let mut into = Vec::new();
    let mut many = Polled::waiting(queue.get_many(&mut into, 3));
    queue.try_put(1).unwrap();
    assert_eq!((many.wakes(), many.assert_ready()), (1, Ok(1)));
    drop(many);
    assert_eq!(into, [1]);
}

#[test]
fn a_get_many_that_has_waited_returns_how_many_items_it_took_itself() {
    let queue = Queue::unbounded();
    let mut into = vec![7, 8];
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    ready(queue.put_many([1, 2, 3])).unwrap();
    assert_eq!(many.assert_ready(), Ok(3));
    drop(many);
    assert_eq!(into, [7, 8, 1, 2, 3]);
}

#[test]
fn it_takes_nothing_before_it_is_polled() {
    let queue = Queue::unbounded();
    let mut into = Vec::new();
    let mut many = Polled::waiting(queue.get_many(&mut into, 3));
    ready(queue.put_many([1, 2])).unwrap();
    assert_eq!((many.wakes(), queue.len()), (1, 2));
    queue.try_put(3).unwrap();
    assert_eq!(many.wakes(), 1);
    assert_eq!(many.assert_ready(), Ok(3));
    drop(many);
    assert_eq!(into, [1, 2, 3]);
}

#[test]
fn it_takes_its_own_item_and_leaves_those_that_are_granted_to_others() {
    let queue = Queue::unbounded();
    let mut first = Polled::waiting(queue.get());
    let mut into = Vec::new();
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    let mut last = Polled::waiting(queue.get());
    ready(queue.put_many([1, 2, 3, 4, 5])).unwrap();
    assert_eq!((first.wakes(), many.wakes(), last.wakes()), (1, 1, 1));
    assert_eq!(many.assert_ready(), Ok(3));
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    assert_eq!(first.assert_ready(), Ok(4));
    assert_eq!(last.assert_ready(), Ok(5));
    drop(many);
    assert_eq!(into, [1, 2, 3]);
}

#[test]
fn it_takes_one_only_while_others_wait_behind_it() {
    let queue = Queue::unbounded();
    let mut into = Vec::new();
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    let mut behind = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert_eq!(many.assert_ready(), Ok(1));
    behind.assert_pending();
    queue.try_put(2).unwrap();
    assert_eq!(behind.assert_ready(), Ok(2));
    drop(many);
    assert_eq!(into, [1]);
}

#[test]
fn one_that_does_not_wait_leaves_what_is_granted_too() {
    let queue = Queue::unbounded();
    let mut granted = Polled::waiting(queue.get());
    ready(queue.put_many([1, 2, 3])).unwrap();
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 9)), Ok(2));
    assert_eq!(granted.assert_ready(), Ok(3));
}

#[test]
fn max_0_is_ready_at_once_and_does_not_queue() {
    let queue = Queue::<u32>::unbounded();
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 0)), Ok(0));
    let mut waiting = Polled::waiting(queue.get());
    assert_eq!(ready(queue.get_many(&mut into, 0)), Ok(0));
    assert_eq!(queue.waiting_getters(), 1);
    queue.try_put(1).unwrap();
    assert_eq!(ready(queue.get_many(&mut into, 0)), Ok(0));
    assert_eq!(waiting.assert_ready(), Ok(1));
    assert!(into.is_empty());
}

#[test]
fn it_wakes_as_many_putters_as_it_makes_room_for() {
    let queue = full([1, 2, 3]);
    let mut puts: Vec<_> = (4..8)
        .map(|item| Polled::waiting(queue.put(item)))
        .collect();
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 2)), Ok(2));
    let wakes: Vec<_> = puts.iter().map(Polled::wakes).collect();
    assert_eq!(wakes, [1, 1, 0, 0]);
    assert_eq!(queue.try_get_many(&mut into, 9), Ok(1));
    let wakes: Vec<_> = puts.iter().map(Polled::wakes).collect();
    assert_eq!(wakes, [1, 1, 1, 0]);
    puts[0].assert_ready().unwrap();
}

#[test]
fn it_does_not_count_anything_as_done() {
    let queue = full([1, 2, 3]);
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 9)), Ok(3));
    assert_eq!(queue.unfinished(), 3);
}

#[test]
fn it_moves_each_item_once() {
    let drops = Drops::new();
    let queue = Queue::unbounded();
    for number in 0..40 {
        queue.try_put(drops.item(number)).unwrap();
    }
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 40)), Ok(40));
    assert!(into.iter().map(|item| item.number).eq(0..40));
    assert_eq!(drops.count(), 0);
    drop(into);
    assert_eq!(drops.count(), 40);
}

#[test]
fn what_a_dropped_grant_leaves_is_in_order() {
    let drops = Drops::new();
    let queue = Queue::unbounded();
    let mut into = Vec::new();
    let many = Polled::waiting(queue.get_many(&mut into, 9));
    for number in 1..=3 {
        queue.try_put(drops.item(number)).unwrap();
    }
    drop(many);
    assert!(into.is_empty());
    assert_eq!(numbers(&queue), [1, 2, 3]);
}

#[test]
fn a_vector_that_cannot_grow_any_more_loses_no_item() {
    // The items have no size: the vector needs no memory, and has room for one more.
    let mut into = Vec::from([(); usize::MAX - 1]);
    let queue = Queue::unbounded();
    let mut many = Polled::waiting(queue.get_many(&mut into, 9));
    queue.try_put(()).unwrap();
    queue.try_put(()).unwrap();
    // It may take one item, or panic because of the second.
    let _ = catch_unwind(AssertUnwindSafe(|| many.poll()));
    drop(many);
    let appended = into.len() - (usize::MAX - 1);
    assert_eq!(appended + taken(&queue).len(), 2);
}
