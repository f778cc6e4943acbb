//! A queue as a `Stream`.
#![forbid(unsafe_code)]

use std::pin::pin;
use std::sync::Arc;

use aiosync::{LifoQueue, PriorityQueue, Queue};
use futures_core::{FusedStream, Stream};
use futures_lite::StreamExt;

use super::{full, ready};
use crate::common::Polled;

#[test]
fn the_items_come_in_the_order_of_the_queue_and_end_with_it() {
    let fifo = full([2, 1, 3]);
    fifo.close();
    assert_eq!(ready(fifo.stream().collect::<Vec<_>>()), [2, 1, 3]);
    let lifo = LifoQueue::bounded(3);
    let priority = PriorityQueue::bounded(3);
    for item in [2, 1, 3] {
        lifo.try_put(item).unwrap();
        priority.try_put(item).unwrap();
    }
    lifo.close();
    priority.close();
    assert_eq!(ready(lifo.stream().collect::<Vec<_>>()), [3, 1, 2]);
    assert_eq!(ready(priority.stream().collect::<Vec<_>>()), [1, 2, 3]);
}

#[test]
fn a_stream_that_has_ended_stays_so() {
    let queue = full([1]);
    let mut stream = pin!(queue.stream());
    assert_eq!(
        (stream.is_terminated(), stream.size_hint()),
        (false, (0, None))
    );
    assert_eq!(ready(stream.next()), Some(1));
    queue.close();
    assert!(!stream.is_terminated(), "the stream was not polled since");
    for _ in 0..3 {
        assert_eq!(ready(stream.next()), None);
        assert_eq!(
            (stream.is_terminated(), stream.size_hint()),
            (true, (0, Some(0)))
        );
    }
}

#[test]
fn streams_and_gets_wait_in_one_queue() {
    let queue = Queue::bounded(4);
    let (mut one, mut two) = (pin!(queue.stream()), pin!(queue.stream()));
    let mut first = Polled::waiting(one.next());
    let mut second = Polled::waiting(queue.get());
    let mut third = Polled::waiting(two.next());
    assert_eq!(queue.waiting_getters(), 3);
    for item in 1..=3 {
        queue.try_put(item).unwrap();
    }
    assert_eq!([&first.wakes(), &second.wakes(), &third.wakes()], [&1; 3]);
    assert_eq!(third.assert_ready(), Some(1), "a grant is not an item");
    assert_eq!(second.assert_ready(), Ok(2));
    assert_eq!(first.assert_ready(), Some(3));
}

#[test]
fn a_stream_keeps_its_place_between_two_nexts_and_the_newest_waker() {
    let queue = Queue::bounded(4);
    let mut stream = pin!(queue.stream());
    let (_, old) = Polled::waiting(stream.next()).split();
    let mut behind = Polled::waiting(queue.get());
    assert_eq!(queue.waiting_getters(), 2);
    let mut next = Polled::waiting(stream.next());
    queue.try_put(1).unwrap();
    assert_eq!((old.wakes(), next.wakes(), behind.wakes()), (0, 1, 0));
    assert_eq!(old.kept(), 0);
    assert_eq!(next.assert_ready(), Some(1));
    drop(next);
    behind.assert_pending();
}

#[test]
fn an_item_that_is_granted_after_a_next_was_dropped_stays_with_the_stream() {
    let queue = Queue::bounded(4);
    let mut stream = Box::pin(queue.stream());
    drop(Polled::waiting(stream.next()));
    let mut behind = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert_eq!((queue.waiting_getters(), behind.wakes()), (1, 0));
    assert!(queue.try_get().is_err());
    // A second `next` takes it.
    assert_eq!(ready(stream.next()), Some(1));
    drop(Polled::new(stream.next()));
    queue.try_put(2).unwrap();
    assert_eq!((behind.wakes(), behind.assert_ready()), (1, Ok(2)));
}

#[test]
fn a_dropped_stream_leaves_the_wait_queue_and_hands_its_grant_on() {
    let queue = Queue::bounded(4);
    for granted in [false, true] {
        let mut stream = Box::pin(queue.stream());
        drop(Polled::waiting(stream.next()));
        let mut behind = Polled::waiting(queue.get());
        if granted {
            queue.try_put(1).unwrap();
            assert_eq!(behind.wakes(), 0);
        }
        drop(stream);
        if !granted {
            assert_eq!(queue.waiting_getters(), 1);
            queue.try_put(1).unwrap();
        }
        assert_eq!((behind.wakes(), behind.assert_ready()), (1, Ok(1)));
    }
}

#[test]
fn both_ways_to_close_end_a_waiting_stream() {
    for now in [false, true] {
        let queue = Queue::<u8>::bounded(4);
        let mut stream = pin!(queue.stream());
        let mut next = Polled::waiting(stream.next());
        if now {
            drop(queue.close_now());
        } else {
            queue.close();
        }
        assert_eq!((next.wakes(), next.assert_ready()), (1, None));
    }
}

#[test]
fn an_owned_stream_keeps_the_queue_until_it_ends() {
    let queue = Arc::new(Queue::bounded(4));
    let mut stream = pin!(Arc::clone(&queue).stream_owned());
    let mut next = Polled::waiting(stream.next());
    queue.try_put(1).unwrap();
    assert_eq!(next.assert_ready(), Some(1));
    drop(next);
    assert_eq!(Arc::strong_count(&queue), 2);
    queue.close();
    assert_eq!(ready(stream.next()), None);
    assert!(stream.is_terminated());
    assert_eq!(Arc::strong_count(&queue), 1);
}

#[test]
fn debug_tells_waiting_granted_and_ended_apart() {
    let queue = Queue::bounded(1);
    let mut stream = pin!(queue.stream());
    let mut seen = vec![format!("{stream:?}")];
    drop(Polled::waiting(stream.next()));
    seen.push(format!("{stream:?}"));
    queue.try_put(1).unwrap();
    seen.push(format!("{stream:?}"));
    queue.close();
    assert_eq!(ready(stream.next()), Some(1));
    assert_eq!(ready(stream.next()), None);
    seen.push(format!("{stream:?}"));
    let distinct: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:#?}");
}
