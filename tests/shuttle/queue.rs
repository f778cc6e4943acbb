//! Queue: four tasks put, four get, and others give up in between.

use std::sync::Arc;

use aiosync::{PriorityQueue, Queue};
use shuttle::future::{block_on, spawn};
use shuttle::thread;

use crate::schedules::{join, or_give_up, schedules};

/// Checks that each item was got once, and those of one putter in their order.
fn assert_complete(got: &[Vec<(usize, usize)>], putters: usize, items: usize) {
    for part in got {
        for putter in 0..putters {
            let own = part.iter().filter(|item| item.0 == putter);
            assert!(own.is_sorted(), "out of order: {part:?}");
        }
    }
    let mut all = got.concat();
    all.sort_unstable();
    let put = (0..putters).flat_map(|putter| (0..items).map(move |item| (putter, item)));
    assert_eq!(all, put.collect::<Vec<_>>());
}

/// Breaks if a change grants less than it allows (`QueueCore::settle`): a putter sleeps beside
/// free room, or a getter beside an item.
#[test]
fn four_put_and_four_get_each_item_once() {
    schedules("queue: 4 put, 4 get, capacity 2", 20_000, 9_900, || {
        let queue = Arc::new(Queue::bounded(2));
        let getters = (0..3).map(|_| {
            let queue = Arc::clone(&queue);
            spawn(async move {
                let mut got = Vec::new();
                while let Ok(item) = queue.get().await {
                    got.push(item);
                }
                got
            })
        });
        let getters: Vec<_> = getters.collect();
        let other = Arc::clone(&queue);
        let thread = thread::spawn(move || {
            let mut got = Vec::new();
            while let Ok(item) = other.get_blocking() {
                got.push(item);
            }
            got
        });
        let putters = (0..4).map(|putter| {
            let queue = Arc::clone(&queue);
            spawn(async move {
                for item in 0..3 {
                    queue.put((putter, item)).await.unwrap();
                }
            })
        });
        let putters: Vec<_> = putters.collect();
        join(putters);
        queue.close();
        let mut got = join(getters);
        got.push(thread.join().unwrap());
        assert_complete(&got, 4, 3);
        got
    });
}

/// Breaks if a returned grant reaches no other waiter, or if an item or room is lost with it.
/// The getters that stay take as many items as are put. The queue is not closed.
#[test]
fn waits_that_are_given_up_lose_no_item_and_no_place() {
    schedules(
        "queue: 4 put, 4 get, 4 give up, capacity 1",
        20_000,
        8_200,
        || {
            let queue = Arc::new(Queue::bounded(1));
            let quitters = (0..4).map(|who| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    if who % 2 == 0 {
                        drop(or_give_up(queue.reserve()).await);
                        None
                    } else {
                        or_give_up(queue.get()).await.map(Result::unwrap)
                    }
                })
            });
            let quitters: Vec<_> = quitters.collect();
            let putters = (0..4).map(|putter| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    for item in 0..3 {
                        queue.put((putter, item)).await.unwrap();
                    }
                })
            });
            let putters: Vec<_> = putters.collect();
            let getters = (0..4).map(|_| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    let mut got = vec![queue.get().await.unwrap()];
                    // Here and by the tasks that give up, at most ten of the twelve are taken.
                    got.extend(or_give_up(queue.get()).await.map(Result::unwrap));
                    got
                })
            });
            let getters: Vec<_> = getters.collect();
            let mut got: Vec<Vec<_>> = join(quitters).into_iter().map(Vec::from_iter).collect();
            got.extend(join(getters));
            // What the tasks left that gave up their second get. The putters end with it.
            let taken: usize = got.iter().map(Vec::len).sum();
            let rest = (taken..12).map(|_| block_on(queue.get()).unwrap());
            got.push(rest.collect());
            join(putters);
            assert!(queue.is_empty());
            assert_complete(&got, 4, 3);
            got
        },
    );
}

/// Breaks if `put_many` or `get_many` takes what others were granted, or goes on without a
/// grant.
#[test]
fn batches_and_single_items_share_one_wait_queue() {
    schedules(
        "queue: put_many and get_many, capacity 3",
        20_000,
        9_900,
        || {
            let queue = Arc::new(Queue::bounded(3));
            let putters = (0..4).map(|putter| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    let mut items = (0..3).map(|item| (putter, item));
                    if putter % 2 == 0 {
                        assert!(queue.put_many(items).await.is_ok());
                    } else {
                        queue.put(items.next().unwrap()).await.unwrap();
                        queue.put(items.next().unwrap()).await.unwrap();
                        let slot = queue.reserve().await.unwrap();
                        slot.put(items.next().unwrap()).unwrap();
                    }
                })
            });
            let putters: Vec<_> = putters.collect();
            let getters = (0..4).map(|getter| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    let mut got = Vec::new();
                    if getter % 2 == 0 {
                        while queue.get_many(&mut got, 2).await.is_ok() {}
                    } else {
                        while let Ok(item) = queue.get().await {
                            got.push(item);
                        }
                    }
                    got
                })
            });
            let getters: Vec<_> = getters.collect();
            join(putters);
            queue.close();
            let got = join(getters);
            assert_complete(&got, 4, 3);
            got
        },
    );
}

/// Breaks if a getter takes the item that another one was granted, or if a getter that gives up
/// leaves an item behind.
#[test]
fn a_priority_queue_gives_each_item_once() {
    schedules(
        "queue: priorities, 3 put, 3 get, 2 give up",
        20_000,
        4_500,
        || {
            let queue = Arc::new(PriorityQueue::bounded(2));
            let putters = (0..3).map(|putter| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    queue.put(putter).await.unwrap();
                    queue.put(putter + 3).await.unwrap();
                })
            });
            let putters: Vec<_> = putters.collect();
            let quitters = (0..2).map(|_| {
                let queue = Arc::clone(&queue);
                spawn(async move { or_give_up(queue.get()).await.map(Result::unwrap) })
            });
            let quitters: Vec<_> = quitters.collect();
            let getters = (0..3).map(|_| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    let mut got = Vec::new();
                    while let Ok(item) = queue.get().await {
                        got.push(item);
                    }
                    got
                })
            });
            let getters: Vec<_> = getters.collect();
            join(putters);
            let mut got: Vec<Vec<_>> = join(quitters).into_iter().map(Vec::from_iter).collect();
            queue.close();
            got.extend(join(getters));
            let mut all = got.concat();
            all.sort_unstable();
            assert_eq!(all, (0..6).collect::<Vec<_>>());
            got
        },
    );
}
