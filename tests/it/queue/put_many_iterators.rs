//! The iterators of `put_many` are user code, and run without any lock.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::Poll;

use aiosync::{PutManyError, Queue};

use super::{Drops, driven, full, ready, taken};
use crate::common::{Polled, panic_message, watched};

#[test]
fn an_endless_iterator_is_asked_for_no_more_than_there_is_room_for() {
    let queue = Queue::bounded(3);
    let asked = Cell::new(0);
    let endless = (0..).inspect(|_| asked.set(asked.get() + 1));
    let mut put = Polled::waiting(queue.put_many(endless));
    // Three items inside, and the one that waits.
    assert_eq!(asked.get(), 4);
    assert_eq!(taken(&queue), [0, 1, 2]);
    put.assert_pending();
    assert_eq!((asked.get(), queue.len()), (7, 3));
    drop(put);
    assert_eq!(taken(&queue), [3, 4, 5]);
}

#[test]
fn the_iterator_is_asked_for_nothing_before_the_first_poll() {
    let queue = Queue::bounded(3);
    let asked = Cell::new(false);
    let put = queue.put_many([1].into_iter().inspect(|_| asked.set(true)));
    drop(put);
    assert!(!asked.get());
    assert!(queue.is_empty());
}

#[test]
fn the_iterator_may_use_the_queue() {
    watched(|| {
        let queue = Queue::bounded(2);
        let all = RefCell::new(Vec::new());
        let mut turn = 0;
        let items = std::iter::from_fn(|| {
            turn += 1;
            assert!(!format!("{queue:?}").is_empty());
            assert_eq!(queue.try_reserve().is_ok(), !queue.is_full());
            if queue.is_full() {
                all.borrow_mut().extend(queue.try_get());
                queue.task_done().unwrap();
            }
            let mut get = Polled::new(queue.get());
            match get.poll() {
                Poll::Ready(item) => all.borrow_mut().extend(item),
                Poll::Pending => assert_eq!(queue.waiting_getters(), 1),
            }
            (turn <= 9).then_some(turn)
        });
        ready(queue.put_many(items)).unwrap();
        all.borrow_mut().extend(taken(&queue));
        assert_eq!(all.take(), (1..=9).collect::<Vec<_>>());
        assert_eq!((queue.waiting_getters(), queue.waiting_putters()), (0, 0));
    });
}

#[test]
fn the_iterator_may_take_the_room_that_it_is_asked_for() {
    let queue = Queue::bounded(2);
    let items = [1, 2, 3].into_iter().inspect(|item| {
        let _ = queue.try_put(10 * item);
    });
    let mut all = Vec::new();
    driven(queue.put_many(items), || all.extend(taken(&queue))).unwrap();
    all.extend(taken(&queue));
    all.retain(|item| *item < 10);
    assert_eq!(all, [1, 2, 3]);
}

#[test]
fn items_that_were_fetched_ahead_leave_others_the_room_that_is_granted_to_them() {
    let queue = Queue::bounded(3);
    let items = [1, 2, 3].into_iter().inspect(|item| {
        if *item == 3 {
            // No room is left for any of the three.
            ready(queue.put_many([0, 0, 0])).unwrap();
        }
    });
    let mut many = Polled::waiting(queue.put_many(items));
    let mut behind = Polled::waiting(queue.put(10));
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(0), Ok(0)));
    assert_eq!((many.wakes(), behind.wakes()), (1, 1));
    many.assert_pending();
    assert_eq!((queue.len(), queue.waiting_putters()), (2, 1));
    behind.assert_ready().unwrap();
    assert_eq!(taken(&queue), [0, 1, 10]);
    many.assert_ready().unwrap();
    assert_eq!(taken(&queue), [2, 3]);
}

#[test]
fn the_iterator_may_close_the_queue() {
    watched(|| {
        let queue = Arc::new(Queue::bounded(8));
        queue.try_put(0).unwrap();
        let inner = Arc::clone(&queue);
        let items = (1..6).inspect(move |item| {
            if *item == 3 {
                inner.close();
            }
        });
        let rest = ready(queue.put_many(items)).unwrap_err();
        let mut all = taken(&queue);
        let put = all.len();
        all.extend(rest);
        assert_eq!(all, [0, 1, 2, 3, 4, 5]);
        assert!(put <= 3);
    });
}

#[test]
fn the_iterator_may_queue_up_before_the_items_it_makes() {
    let queue = full([0]);
    let overtaker = Cell::new(Some(Polled::new(queue.put(9))));
    let waiting = Cell::new(None);
    let items = [1].into_iter().inspect(|_| {
        let mut put = overtaker.take().unwrap();
        put.assert_pending();
        waiting.set(Some(put));
    });
    let mut many = Polled::waiting(queue.put_many(items));
    assert_eq!(queue.try_get(), Ok(0));
    many.assert_pending();
    waiting.take().unwrap().assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(9));
    many.assert_ready().unwrap();
    assert_eq!(taken(&queue), [1]);
}

/// Yields 0, 1, … and panics instead of yielding `at`.
fn panicking(at: u32) -> impl Iterator<Item = u32> {
    (0..).inspect(move |number| assert_ne!(*number, at, "the iterator panics"))
}

#[test]
fn a_panic_of_the_iterator_leaves_the_queue_usable() {
    for at in 0..6 {
        let queue = Queue::bounded(2);
        let mut all = Vec::new();
        let put = queue.put_many(panicking(at));
        let message = panic_message(|| drop(driven(put, || all.extend(taken(&queue)))));
        assert!(message.contains("the iterator panics"), "{message}");
        all.extend(taken(&queue));
        assert!(all.len() <= at as usize);
        assert_eq!(all, (0..all.len() as u32).collect::<Vec<_>>());
        // All the room is there, and no putter waits.
        assert_eq!((queue.waiting_putters(), queue.len()), (0, 0));
        ready(queue.put_many([7, 8])).unwrap();
        assert_eq!(taken(&queue), [7, 8]);
    }
}

#[test]
fn a_panic_of_the_iterator_after_a_grant_gives_the_room_to_the_next() {
    let queue = full([100]);
    let mut many = Polled::waiting(queue.put_many(panicking(1)));
    let mut behind = Polled::waiting(queue.put(9));
    assert_eq!(queue.try_get(), Ok(100));
    assert_eq!((many.wakes(), behind.wakes()), (1, 0));
    let message = panic_message(|| {
        let _ = many.poll();
    });
    assert!(message.contains("the iterator panics"), "{message}");
    drop(many);
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!(behind.wakes(), 1);
    behind.assert_ready().unwrap();
    assert_eq!(taken(&queue), [9]);
}

#[test]
fn a_panic_of_the_iterator_drops_each_item_once() {
    let drops = Drops::new();
    let queue = Queue::bounded(8);
    let items: Vec<_> = (0..6).map(|number| drops.item(number)).collect();
    let items = items.into_iter().inspect(|item| assert_ne!(item.number, 4));
    let mut put = Polled::new(queue.put_many(items));
    panic_message(|| {
        let _ = put.poll();
    });
    drop(put);
    let put_before = taken(&queue).len();
    assert!(put_before <= 4);
    assert_eq!(drops.count(), 6);
}

/// A later poll must not put the items that follow: the items before them are gone.
#[test]
fn a_panic_of_the_iterator_ends_the_future() {
    for capacity in [1, 2, 8] {
        let queue = Queue::bounded(capacity);
        let mut calls = 0;
        let items = std::iter::from_fn(|| {
            calls += 1;
            assert_ne!(calls, 4, "the iterator panics once");
            (calls < 8).then_some(calls)
        });
        let mut put = Polled::new(queue.put_many(items));
        let mut all = Vec::new();
        let message = panic_message(|| {
            while put.poll().is_pending() {
                all.extend(taken(&queue));
            }
        });
        assert!(message.contains("the iterator panics once"), "{message}");
        let message = panic_message(|| {
            let _ = put.poll();
        });
        assert!(message.contains("after it had completed"), "{message}");
        drop(put);
        all.extend(taken(&queue));
        assert_eq!(all, (1..=all.len()).collect::<Vec<_>>());
        assert!(all.len() <= 3);
    }
}

/// Ends, and yields again if it is called after that.
fn two_runs() -> impl Iterator<Item = u32> {
    let mut calls = 0;
    std::iter::from_fn(move || {
        calls += 1;
        (calls != 3).then_some(calls)
    })
}

#[test]
fn the_items_end_where_the_iterator_ends_first() {
    // In a `for` loop these are two items.
    assert_eq!(two_runs().take_while(|_| true).collect::<Vec<_>>(), [1, 2]);
    for capacity in [1, 2, 3, 5] {
        let queue = Queue::bounded(capacity);
        let mut all = Vec::new();
        let put = queue.put_many(two_runs().take(9));
        driven(put, || all.extend(taken(&queue))).unwrap();
        all.extend(taken(&queue));
        assert_eq!(all, [1, 2], "with room for {capacity}");
    }
}

#[test]
fn the_rest_is_an_iterator_over_what_was_fetched_and_what_was_not() {
    let queue = Queue::bounded(4);
    queue.try_put(0).unwrap();
    queue.close();
    let mut rest: PutManyError<_> = ready(queue.put_many(1..=5)).unwrap_err();
    assert_eq!(rest.size_hint(), (5, Some(5)));
    assert_eq!(rest.next(), Some(1));
    assert_eq!(rest.size_hint(), (4, Some(4)));
    assert_eq!(rest.by_ref().collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!((rest.next(), rest.next()), (None, None));
    let rest = ready(queue.put_many(1_u32..)).unwrap_err();
    assert_eq!(rest.size_hint(), (usize::MAX, None));
    assert_eq!(rest.take(3).collect::<Vec<_>>(), [1, 2, 3]);
}
