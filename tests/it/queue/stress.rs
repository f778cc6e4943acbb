//! Threads and tasks that put and get at once. Some of them give up half way.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use aiosync::{Order, OrderedQueue, PriorityQueue, PutTimeoutError, Queue};
use futures_lite::future::block_on;

#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, Random, rounds, watched};

/// An item: its producer, and its number among the items of that producer.
type Item = (usize, usize);

const THREADS: usize = 4;
const ITEMS: usize = rounds(400);

/// Polls the future once and drops it. Returns its output if it was ready.
fn once<F: Future>(future: F) -> Option<F::Output> {
    match Polled::new(future).poll() {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

/// Puts all items of one producer in order, in all ways by turns.
fn produce<O: Order<Item>>(queue: &OrderedQueue<Item, O>, who: usize, seed: u64) {
    let mut dice = Random::new(seed);
    let mut next = 0;
    while next < ITEMS {
        let item = (who, next);
        match dice.below(8) {
            0 | 1 => queue.put_blocking(item).unwrap(),
            2 | 3 => block_on(queue.put(item)).unwrap(),
            4 => {
                // It may give up, and then has not put.
                match once(queue.put(item)) {
                    Some(put) => put.unwrap(),
                    None => continue,
                }
            }
            5 => match queue.put_blocking_timeout(item, Duration::ZERO) {
                Ok(()) => {}
                Err(PutTimeoutError::Timeout(back)) => {
                    assert_eq!(back, item);
                    continue;
                }
                Err(PutTimeoutError::Closed(_)) => panic!("the queue is open"),
            },
            6 => {
                drop(once(queue.reserve()));
                let slot = if who % 2 == 0 {
                    queue.reserve().block()
                } else {
                    block_on(queue.reserve())
                };
                slot.unwrap().put(item).unwrap();
            }
            _ => {
                let end = ITEMS.min(next + 1 + dice.below(5));
                let items = (next..end).map(|number| (who, number));
                if who % 2 == 0 {
                    queue.put_many(items).block().unwrap();
                } else {
                    block_on(queue.put_many(items)).unwrap();
                }
                next = end;
                continue;
            }
        }
        next += 1;
    }
}

/// Takes items until the queue is closed, in all ways by turns.
fn consume<O: Order<Item>>(queue: &OrderedQueue<Item, O>, seed: u64) -> Vec<Item> {
    let mut dice = Random::new(seed);
    let mut all = Vec::new();
    loop {
        let before = all.len();
        let open = match dice.below(7) {
            0 | 1 => queue.get_blocking().map(|item| all.push(item)).is_ok(),
            2 | 3 => block_on(queue.get()).map(|item| all.push(item)).is_ok(),
            4 => match once(queue.get()) {
                Some(got) => got.map(|item| all.push(item)).is_ok(),
                None => true,
            },
            5 => once(queue.get_many(&mut all, 3)).is_none_or(|got| got.is_ok()),
            _ => block_on(queue.get_many(&mut all, 1 + dice.below(4))).is_ok(),
        };
        for _ in before..all.len() {
            queue.task_done().unwrap();
        }
        if !open {
            assert_eq!(before, all.len());
            return all;
        }
    }
}

/// Runs producers and consumers. Returns what each consumer got.
fn run<O: Order<Item>>(queue: &OrderedQueue<Item, O>, consumers: usize, seed: u64) -> Vec<Vec<Item>>
where
    OrderedQueue<Item, O>: Sync,
{
    let seed = 100 * seed;
    let got = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let producers: Vec<_> = (0..THREADS)
            .map(|who| scope.spawn(move || produce(queue, who, seed + who as u64)))
            .collect();
        for who in 0..consumers {
            let got = &got;
            scope.spawn(move || {
                let items = consume(queue, seed + 50 + who as u64);
                got.lock().unwrap().push(items);
            });
        }
        for producer in producers {
            producer.join().unwrap();
        }
        queue.join_blocking();
        assert!(queue.is_empty() && queue.close());
    });
    assert_eq!((queue.unfinished(), queue.len()), (0, 0));
    assert_eq!((queue.waiting_getters(), queue.waiting_putters()), (0, 0));
    got.into_inner().unwrap()
}

/// Checks that each item was got once.
fn all_items() -> Vec<Item> {
    (0..THREADS)
        .flat_map(|who| (0..ITEMS).map(move |number| (who, number)))
        .collect()
}

#[test]
fn nothing_is_lost_or_doubled_and_one_consumer_sees_each_producer_in_order() {
    watched(|| {
        for seed in 0..3 {
            let queue = Queue::bounded(1 + 2 * seed as usize);
            let mut got = run(&queue, 1, seed).remove(0);
            // A stable sort: the items of one producer keep their order.
            got.sort_by_key(|item| item.0);
            assert_eq!(got, all_items(), "seed {seed}");
        }
    });
}

#[test]
fn nothing_is_lost_or_doubled_among_several_consumers_and_each_sees_each_producer_in_order() {
    watched(|| {
        for seed in 0..3 {
            let queue = Queue::bounded(1 + 2 * seed as usize);
            let got = run(&queue, THREADS, seed);
            for mut items in got.clone() {
                items.sort_by_key(|item| item.0);
                assert!(items.is_sorted(), "seed {seed}");
            }
            let mut all = got.concat();
            all.sort_unstable();
            assert_eq!(all, all_items(), "seed {seed}");
        }
    });
}

#[test]
fn nothing_is_lost_or_doubled_in_a_priority_queue() {
    watched(|| {
        let queue = PriorityQueue::bounded(3);
        let mut all = run(&queue, THREADS, 7).concat();
        all.sort_unstable();
        assert_eq!(all, all_items());
    });
}

#[test]
fn a_queue_that_is_closed_in_between_accounts_for_every_item() {
    watched(|| {
        for seed in 0..4 {
            let queue = Queue::bounded(2);
            let (put, got) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
            thread::scope(|scope| {
                for who in 0..THREADS {
                    let (queue, put, got) = (&queue, &put, &got);
                    scope.spawn(move || {
                        for number in 0.. {
                            let item = (who, number);
                            let outcome = if number % 2 == 0 {
                                queue.put_blocking(item)
                            } else {
                                block_on(queue.put(item))
                            };
                            match outcome {
                                Ok(()) => put.lock().unwrap().push(item),
                                Err(refused) => {
                                    assert_eq!(refused.into_inner(), item);
                                    return;
                                }
                            }
                        }
                    });
                    scope.spawn(move || {
                        let items = consume(queue, 10 * seed + who as u64);
                        got.lock().unwrap().extend(items);
                    });
                }
                // While all of them are at work.
                crate::common::until(|| put.lock().unwrap().len() > ITEMS / 2);
                if seed % 2 == 0 {
                    assert!(queue.close());
                } else {
                    got.lock().unwrap().extend(queue.close_now());
                }
                queue.join_blocking();
                queue.closed().block();
            });
            let (mut put, mut got) = (put.into_inner().unwrap(), got.into_inner().unwrap());
            put.sort_unstable();
            got.sort_unstable();
            assert_eq!(put, got, "seed {seed}");
            assert_eq!((queue.unfinished(), queue.len()), (0, 0));
        }
    });
}
