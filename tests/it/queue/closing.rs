//! `close`, `close_now` and `closed`.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::Arc;

use aiosync::{LifoQueue, PriorityQueue, Queue};

use super::{Drops, full, ready, taken};
use crate::common::{Order, Polled, panic_message};

#[test]
fn only_the_first_close_returns_true() {
    let queue = Queue::<u32>::unbounded();
    assert!(!queue.is_closed());
    assert!(queue.close());
    assert!(!queue.close());
    drop(queue.close_now());
    assert!(!queue.close());
    assert!(queue.is_closed());
}

#[test]
fn close_wakes_each_one_that_waits_once() {
    let queue = full([0]);
    let mut ends: Vec<_> = (0..3).map(|_| Polled::waiting(queue.closed())).collect();
    let mut puts: Vec<_> = (1..4)
        .map(|item| Polled::waiting(queue.put(item)))
        .collect();
    assert!(queue.close());
    assert!(!queue.close());
    drop(queue.close_now());
    for (put, item) in puts.iter_mut().zip(1..) {
        assert_eq!(put.wakes(), 1);
        assert_eq!(put.assert_ready().unwrap_err().into_inner(), item);
    }
    for end in &mut ends {
        assert_eq!((end.wakes(), end.wakers_kept()), (1, 0));
        end.assert_ready();
    }
}

#[test]
fn close_now_wakes_those_that_wait_for_the_end() {
    let queue = full([0]);
    let mut closed = Polled::waiting(queue.closed());
    drop(queue.close_now());
    assert_eq!(closed.wakes(), 1);
    closed.assert_ready();
    assert!(!queue.close());
    assert_eq!(closed.wakes(), 1);
}

#[test]
fn closed_is_ready_in_its_first_poll_if_it_was_made_before_close() {
    let queue = full([0]);
    let mut closed = Polled::new(queue.closed());
    queue.close();
    closed.assert_ready();
    assert_eq!((closed.wakes(), closed.wakers_kept()), (0, 0));
}

/// More waiters than one batch of wakers holds.
const MANY: usize = 100;

#[test]
fn close_tells_any_number_of_putters_in_order() {
    let queue = full([usize::MAX]);
    let order = Order::new();
    let mut puts: Vec<_> = (0..MANY)
        .map(|label| Polled::waiting_with(queue.put(label), order.waker(label)))
        .collect();
    queue.close();
    assert_eq!(order.so_far(), (0..MANY).collect::<Vec<_>>());
    assert_eq!(queue.waiting_putters(), 0);
    for (label, put) in puts.iter_mut().enumerate() {
        assert_eq!(put.assert_ready().unwrap_err().into_inner(), label);
    }
}

#[test]
fn close_tells_any_number_of_getters_in_order() {
    let queue = Queue::<usize>::unbounded();
    let order = Order::new();
    let mut gets: Vec<_> = (0..MANY)
        .map(|label| Polled::waiting_with(queue.get(), order.waker(label)))
        .collect();
    drop(queue.close_now());
    assert_eq!(order.so_far(), (0..MANY).collect::<Vec<_>>());
    assert!(gets.iter_mut().all(|get| get.assert_ready().is_err()));
}

#[test]
fn the_end_and_the_end_of_work_wake_any_number_in_order() {
    let queue = full([0]);
    let order = Order::new();
    let mut ends: Vec<_> = (0..MANY)
        .map(|label| Polled::waiting_with(queue.closed(), order.waker(label)))
        .collect();
    let mut joins: Vec<_> = (MANY..2 * MANY)
        .map(|label| Polled::waiting_with(queue.join(), order.waker(label)))
        .collect();
    queue.close();
    assert_eq!(order.so_far(), (0..MANY).collect::<Vec<_>>());
    queue.task_done().unwrap();
    assert_eq!(order.so_far(), (0..2 * MANY).collect::<Vec<_>>());
    for end in &mut ends {
        end.assert_ready();
    }
    for join in &mut joins {
        join.assert_ready();
    }
}

#[test]
fn items_of_each_order_are_drained_in_that_order() {
    let queue = Queue::unbounded();
    ready(queue.put_many([2, 3, 1])).unwrap();
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [2, 3, 1]);
    let queue = LifoQueue::unbounded();
    ready(queue.put_many([2, 3, 1])).unwrap();
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [1, 3, 2]);
    let queue = PriorityQueue::unbounded();
    ready(queue.put_many([2, 3, 1])).unwrap();
    assert_eq!(queue.close_now().collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn after_close_each_order_gives_out_what_is_left_in_that_order() {
    let queue = LifoQueue::unbounded();
    ready(queue.put_many([2, 3, 1])).unwrap();
    queue.close();
    assert_eq!(taken(&queue), [1, 3, 2]);
    let queue = PriorityQueue::unbounded();
    ready(queue.put_many([2, 3, 1])).unwrap();
    queue.close();
    assert_eq!(taken(&queue), [1, 2, 3]);
}

#[test]
fn a_drained_iterator_knows_its_length_and_ends_for_good() {
    let lifo = LifoQueue::unbounded();
    let fifo = Queue::unbounded();
    let priority = PriorityQueue::unbounded();
    ready(fifo.put_many([1, 2, 3])).unwrap();
    ready(lifo.put_many([1, 2, 3])).unwrap();
    ready(priority.put_many([1, 2, 3])).unwrap();
    for mut drained in [fifo.close_now(), lifo.close_now(), priority.close_now()] {
        for left in (0..3).rev() {
            assert_eq!(drained.len(), left + 1);
            assert!(drained.next().is_some());
            assert_eq!(drained.size_hint(), (left, Some(left)));
        }
        assert_eq!(
            (drained.next(), drained.next(), drained.len()),
            (None, None, 0)
        );
    }
}

#[test]
fn what_is_not_iterated_is_dropped_with_the_iterator_once() {
    let drops = Drops::new();
    let queue = Queue::unbounded();
    for number in 0..4 {
        queue.try_put(drops.item(number)).unwrap();
    }
    let mut drained = queue.close_now();
    assert_eq!(drops.count(), 0);
    let first = drained.next().unwrap();
    drop(drained);
    assert_eq!((drops.count(), first.number), (3, 0));
    drop((first, queue));
    assert_eq!(drops.count(), 4);
}

#[test]
fn a_queue_drops_what_is_inside_once() {
    let drops = Drops::new();
    let queue = Arc::new(Queue::unbounded());
    for number in 0..4 {
        queue.try_put(drops.item(number)).unwrap();
    }
    let getter = Polled::new(Arc::clone(&queue).get_owned());
    drop(queue.try_get().unwrap());
    drop(queue);
    assert_eq!(drops.count(), 1);
    drop(getter);
    assert_eq!(drops.count(), 4);
}

/// Polls a future until it is ready, and then once more.
#[track_caller]
fn overdo<F: Future>(future: F) {
    let mut polled = Polled::new(future);
    polled.assert_ready();
    let message = panic_message(|| {
        let _ = polled.poll();
    });
    assert!(
        message.contains("a future was polled after it had completed"),
        "{message}"
    );
}

#[test]
fn a_finished_future_that_is_polled_again_panics_and_says_so() {
    let queue = Arc::new(Queue::bounded(8));
    let mut into = Vec::new();
    overdo(queue.join());
    overdo(Arc::clone(&queue).join_owned());
    overdo(queue.put(1));
    overdo(queue.put_many([2, 3]));
    overdo(queue.put_many([]));
    overdo(Arc::clone(&queue).put_owned(4));
    overdo(queue.reserve());
    overdo(Arc::clone(&queue).reserve_owned());
    overdo(queue.get());
    overdo(Arc::clone(&queue).get_owned());
    overdo(queue.get_many(&mut into, 9));
    assert_eq!(into, [3, 4]);
    queue.close();
    overdo(queue.closed());
    overdo(Arc::clone(&queue).closed_owned());
    overdo(Arc::clone(&queue).reserve_owned());
    overdo(queue.put(5));
    overdo(queue.put_many([6]));
    overdo(queue.get());
}

#[test]
fn a_future_that_waited_and_is_polled_again_panics_and_says_so() {
    let queue = full([1]);
    let mut waited = Polled::waiting(queue.put(2));
    assert_eq!(queue.try_get(), Ok(1));
    waited.assert_ready().unwrap();
    let message = panic_message(|| {
        let _ = waited.poll();
    });
    assert!(
        message.contains("a future was polled after it had completed"),
        "{message}"
    );
    // It has changed nothing.
    assert_eq!(taken(&queue), [2]);
}
