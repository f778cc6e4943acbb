//! Constructors, counts and errors.
#![forbid(unsafe_code)]

use std::error::Error;
use std::time::Duration;

use aiosync::{
    GetTimeoutError, LifoQueue, Order, OrderedQueue, PriorityQueue, PutError, PutTimeoutError,
    Queue, TryGetError, TryPutError, TryReserveError,
};

use super::{Drops, full, ready};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, panic_message};

#[test]
fn a_capacity_of_0_panics_and_says_why() {
    let messages = [
        panic_message(|| drop(Queue::<u8>::bounded(0))),
        panic_message(|| drop(LifoQueue::<u8>::bounded(0))),
        panic_message(|| drop(PriorityQueue::<u8>::bounded(0))),
    ];
    for message in messages {
        assert!(
            message.contains("capacity") && message.contains("at least 1"),
            "{message}"
        );
    }
}

#[test]
fn the_greatest_capacity_takes_no_memory_ahead() {
    let queue = Queue::bounded(usize::MAX);
    assert_eq!(queue.capacity(), Some(usize::MAX));
    ready(queue.put_many(0..100)).unwrap();
    assert_eq!((queue.len(), queue.is_full()), (100, false));
    assert_eq!(ready(queue.get()), Ok(0));
    let lifo = LifoQueue::bounded(usize::MAX);
    lifo.try_put([0_u64; 128]).unwrap();
    let priority = PriorityQueue::bounded(usize::MAX);
    priority.try_put([0_u64; 128]).unwrap();
    let slot = priority.try_reserve().unwrap();
    slot.put([1; 128]).unwrap();
    assert_eq!((lifo.len(), priority.len()), (1, 2));
}

static FIFO: Queue<u8> = Queue::unbounded();
static LIFO: LifoQueue<u8> = LifoQueue::unbounded();
static PRIORITY: PriorityQueue<u8> = PriorityQueue::unbounded();

#[test]
fn unbounded_queues_may_be_statics() {
    for item in [2, 3, 1] {
        FIFO.try_put(item).unwrap();
        LIFO.try_put(item).unwrap();
        PRIORITY.try_put(item).unwrap();
    }
    assert_eq!(super::taken(&FIFO), [2, 3, 1]);
    assert_eq!(super::taken(&LIFO), [1, 3, 2]);
    assert_eq!(super::taken(&PRIORITY), [1, 2, 3]);
    let get: Polled<aiosync::futures::Get<'static, _, _>> = Polled::waiting(FIFO.get());
    drop(get);
}

#[test]
fn default_queues_are_unbounded_and_empty() {
    fn check<O: Order<u8>>(queue: OrderedQueue<u8, O>) {
        assert_eq!((queue.capacity(), queue.len()), (None, 0));
        assert!(!queue.is_closed());
        ready(queue.join());
        queue.try_put(1).unwrap();
        assert_eq!(queue.try_get(), Ok(1));
    }

    check(Queue::default());
    check(LifoQueue::default());
    check(PriorityQueue::default());
}

#[test]
fn a_collected_queue_is_unbounded_and_has_the_items_in_order() {
    fn check<O: Order<u8>>(queue: OrderedQueue<u8, O>, expected: [u8; 4]) {
        assert_eq!((queue.capacity(), queue.len()), (None, 3));
        // Each item counts as a put.
        assert_eq!(queue.unfinished(), 3);
        Polled::new(queue.join()).assert_pending();
        ready(queue.put(2)).unwrap();
        assert_eq!(super::taken(&queue), expected);
        (0..4).for_each(|_| queue.task_done().unwrap());
        ready(queue.join());
    }

    check([2, 3, 1].into_iter().collect::<Queue<_>>(), [2, 3, 1, 2]);
    check(LifoQueue::from_iter([2, 3, 1]), [2, 1, 3, 2]);
    check(PriorityQueue::from_iter([2, 3, 1]), [1, 2, 2, 3]);
    let empty: Queue<u8> = std::iter::empty().collect();
    assert_eq!((empty.len(), empty.unfinished()), (0, 0));
}

#[test]
fn an_iterator_that_panics_while_it_is_collected_drops_each_item_once() {
    let drops = Drops::new();
    let items = (0..3).map(|number| match number {
        2 => panic!("the iterator panics"),
        _ => drops.item(number),
    });
    let message = panic_message(|| drop(items.collect::<Queue<_>>()));
    assert_eq!(
        (message.as_str(), drops.count()),
        ("the iterator panics", 2)
    );
}

#[test]
fn an_unbounded_queue_is_never_full() {
    let queue = Queue::unbounded();
    assert_eq!(
        (queue.capacity(), queue.is_full(), queue.is_empty()),
        (None, false, true)
    );
    for item in 0..1000 {
        ready(queue.put(item)).unwrap();
        assert!(!queue.is_full());
    }
    assert_eq!(queue.len(), 1000);
}

#[test]
fn the_counts_say_how_many_items_and_waiters_there_are() {
    let queue = Queue::bounded(2);
    assert_eq!(
        (queue.len(), queue.is_empty(), queue.is_full()),
        (0, true, false)
    );
    queue.try_put(1).unwrap();
    assert_eq!(
        (queue.len(), queue.is_empty(), queue.is_full()),
        (1, false, false)
    );
    queue.try_put(2).unwrap();
    assert_eq!(
        (queue.len(), queue.is_empty(), queue.is_full()),
        (2, false, true)
    );
    let put = Polled::waiting(queue.put(3));
    let reserve = Polled::waiting(queue.reserve());
    let many = Polled::waiting(queue.put_many([4]));
    assert_eq!((queue.waiting_putters(), queue.waiting_getters()), (3, 0));
    drop((put, reserve, many));
    assert_eq!((queue.waiting_putters(), queue.capacity()), (0, Some(2)));
    super::taken(&queue);
    let mut into = Vec::new();
    let get = Polled::waiting(queue.get());
    let many = Polled::waiting(queue.get_many(&mut into, 1));
    assert_eq!((queue.waiting_putters(), queue.waiting_getters()), (0, 2));
    drop((get, many));
    assert_eq!(queue.waiting_getters(), 0);
}

#[test]
fn items_may_be_of_a_type_without_size() {
    let queue = Queue::bounded(3);
    ready(queue.put_many([(), ()])).unwrap();
    queue.try_put(()).unwrap();
    assert_eq!(queue.try_put(()), Err(TryPutError::Full(())));
    let mut into = Vec::new();
    assert_eq!(ready(queue.get_many(&mut into, 9)), Ok(3));
    assert_eq!((into.len(), queue.unfinished()), (3, 3));
}

/// A type without `Debug`, `Clone` and `PartialEq`.
struct Plain(u8);

/// Returns what `Display` and `Debug` print for an error.
fn texts(error: &dyn Error) -> (String, String) {
    assert!(error.source().is_none());
    (error.to_string(), format!("{error:?}"))
}

#[test]
fn errors_say_what_happened_in_a_sentence() {
    let queue = full([Plain(0)]);
    let full = queue.try_put(Plain(1)).unwrap_err();
    let no_slot = queue.try_reserve().unwrap_err();
    let late = queue
        .put_blocking_timeout(Plain(1), Duration::ZERO)
        .unwrap_err();
    drop(queue.try_get());
    let empty = queue.try_get().err().unwrap();
    let none_in_time = queue.get_blocking_timeout(Duration::ZERO).err().unwrap();
    queue.task_done().unwrap();
    let too_often = queue.task_done().unwrap_err();
    queue.close();
    let put = queue.put_blocking(Plain(1)).unwrap_err();
    let try_put = queue.try_put(Plain(1)).unwrap_err();
    let put_in_time = queue
        .put_blocking_timeout(Plain(1), Duration::ZERO)
        .unwrap_err();
    let many = ready(queue.put_many([Plain(1)])).unwrap_err();
    let reserve = ready(queue.reserve()).unwrap_err();
    let try_reserve = queue.try_reserve().unwrap_err();
    let get = queue.get_blocking().err().unwrap();
    let try_get = queue.try_get().err().unwrap();
    let get_in_time = queue.get_blocking_timeout(Duration::ZERO).err().unwrap();
    let cases: [(&dyn Error, &str); 15] = [
        (&full, "full"),
        (&no_slot, "full"),
        (&late, "time"),
        (&empty, "no item"),
        (&none_in_time, "time"),
        (&too_often, "more often"),
        (&put, "closed"),
        (&try_put, "closed"),
        (&put_in_time, "closed"),
        (&many, "closed"),
        (&reserve, "closed"),
        (&try_reserve, "closed"),
        (&get, "closed and empty"),
        (&try_get, "closed and empty"),
        (&get_in_time, "closed and empty"),
    ];
    for (error, word) in cases {
        let (sentence, debug) = texts(error);
        assert!(sentence.contains(word), "{sentence}");
        assert!(
            sentence.contains(' ') && !sentence.contains('\n'),
            "{sentence}"
        );
        assert!(!debug.is_empty() && debug != sentence, "{debug}");
    }
    assert_ne!(texts(&full).1, texts(&try_put).1);
    assert_ne!(texts(&late).1, texts(&put_in_time).1);
}

#[test]
fn errors_give_the_item_back() {
    assert_eq!(PutError(Plain(1)).into_inner().0, 1);
    assert_eq!(TryPutError::Full(Plain(2)).into_inner().0, 2);
    assert_eq!(TryPutError::Closed(Plain(3)).into_inner().0, 3);
    assert_eq!(PutTimeoutError::Timeout(Plain(4)).into_inner().0, 4);
    assert_eq!(PutTimeoutError::Closed(Plain(5)).into_inner().0, 5);
}

#[test]
fn errors_tell_closed_from_the_rest() {
    assert!(TryPutError::Closed(0).is_closed() && !TryPutError::Full(0).is_closed());
    assert!(PutTimeoutError::Closed(0).is_closed() && !PutTimeoutError::Timeout(0).is_closed());
    assert!(TryGetError::Closed.is_closed() && !TryGetError::Empty.is_closed());
    assert!(GetTimeoutError::Closed.is_closed() && !GetTimeoutError::Timeout.is_closed());
    assert!(TryReserveError::Closed.is_closed() && !TryReserveError::Full.is_closed());
    assert_eq!(TryPutError::from(PutError(1)), TryPutError::Closed(1));
    assert_eq!(
        PutTimeoutError::from(PutError(1)),
        PutTimeoutError::Closed(1)
    );
}
