//! Each item arrives once, and the items of one sender arrive in order.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use aiosync::{Condition, LifoQueue, Lock, Order, OrderedQueue, PriorityQueue, Queue};

use super::{everywhere, once};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{rounds, watched};

/// Half of the members send. Six lets each kind of member do both.
const MEMBERS: usize = 12;
const ITEMS: usize = rounds(200);

/// The sender of an item, and its number among the items of that sender.
type Item = (usize, usize);

fn sends(index: usize) -> bool {
    index < MEMBERS / 2
}

/// Each item that was sent, once.
fn all_items() -> Vec<Item> {
    (0..MEMBERS / 2)
        .flat_map(|who| (0..ITEMS).map(move |number| (who, number)))
        .collect()
}

/// A place for one item, guarded by a lock and two conditions.
#[derive(Default)]
struct Place {
    item: Lock<Option<Item>>,
    filled: Condition,
    emptied: Condition,
}

#[test]
fn no_item_is_lost_between_two_conditions() {
    watched(|| {
        for seed in 0..3 {
            let place = Arc::new(Place::default());
            let again = Arc::clone(&place);
            let task = move |mut member: super::Member| {
                let place = Arc::clone(&again);
                async move {
                    let mut got = Vec::new();
                    for number in 0..ITEMS {
                        let guard = place.item.lock().await;
                        let gives_up = member.dice.below(3) == 0;
                        if sends(member.index) {
                            let is_full = |item: &mut Option<Item>| item.is_some();
                            let wait = place.emptied.wait_while(guard, is_full);
                            let put = if gives_up {
                                once(wait)
                            } else {
                                Some(wait.await)
                            };
                            let mut guard = match put {
                                Some(guard) => guard,
                                None => {
                                    let guard = place.item.lock().await;
                                    place.emptied.wait_while(guard, is_full).await
                                }
                            };
                            *guard = Some((member.index, number));
                            drop(guard);
                            assert!(place.filled.notify(1) <= 1);
                        } else {
                            let wait = place.filled.wait_for(guard, Option::take);
                            let taken = if gives_up {
                                once(wait)
                            } else {
                                Some(wait.await)
                            };
                            let (guard, item) = match taken {
                                Some(taken) => taken,
                                None => {
                                    let guard = place.item.lock().await;
                                    place.filled.wait_for(guard, Option::take).await
                                }
                            };
                            drop(guard);
                            place.emptied.notify_one();
                            got.push(item);
                        }
                    }
                    got
                }
            };
            let blocking = |member: super::Member| {
                let mut got = Vec::new();
                for number in 0..ITEMS {
                    let mut guard = place.item.lock_blocking();
                    if sends(member.index) {
                        while guard.is_some() {
                            let timeout = Duration::from_micros(50);
                            #[cfg(feature = "std")]
                            {
                                (guard, _) = place.emptied.wait_blocking_timeout(guard, timeout);
                            }
                            #[cfg(not(feature = "std"))]
                            {
                                guard = (place.emptied.wait(guard).block_timeout(timeout))
                                    .unwrap_or_else(|| place.item.lock_blocking());
                            }
                        }
                        *guard = Some((member.index, number));
                        // With the lock held, too.
                        place.filled.notify_one();
                    } else {
                        while guard.is_none() {
                            guard = place.filled.wait_blocking(guard);
                        }
                        got.extend(guard.take());
                        drop(guard);
                        place.emptied.notify_one();
                    }
                }
                got
            };
            let got = everywhere(MEMBERS, seed, task, blocking);
            assert_arrived(got, seed);
            assert_eq!(*place.item.try_lock().expect("the lock is free"), None);
            let waiters = (place.filled.waiters(), place.emptied.waiters());
            assert_eq!(waiters, (0, 0), "seed {seed}");
        }
    });
}

/// Checks that each item arrived once, and that each receiver got the items of a sender in order.
#[track_caller]
fn assert_arrived(got: Vec<Vec<Item>>, seed: u64) {
    for items in &got {
        let mut items = items.clone();
        items.sort_by_key(|item| item.0);
        assert!(items.is_sorted(), "seed {seed}");
    }
    assert_complete(got, seed);
}

/// Checks that each item arrived once.
#[track_caller]
fn assert_complete(got: Vec<Vec<Item>>, seed: u64) {
    let mut all = got.concat();
    all.sort_unstable();
    assert_eq!(all, all_items(), "seed {seed}");
}

/// Returns what each receiver got. The senders put all their items, and the receivers take as
/// many.
fn through<O>(queue: OrderedQueue<Item, O>, seed: u64) -> Vec<Vec<Item>>
where
    O: Order<Item> + 'static,
    OrderedQueue<Item, O>: Send + Sync,
    for<'a> aiosync::futures::Put<'a, Item, O>: Send,
    for<'a> aiosync::futures::Get<'a, Item, O>: Send,
{
    let queue = Arc::new(queue);
    let again = Arc::clone(&queue);
    let task = move |mut member: super::Member| {
        let queue = Arc::clone(&again);
        async move {
            let mut got = Vec::new();
            let mut number = 0;
            while number < ITEMS {
                let dice = member.dice.below(4);
                if sends(member.index) {
                    let item = (member.index, number);
                    let put = match dice {
                        0 => once(queue.put(item)),
                        1 => match queue.try_reserve() {
                            Ok(slot) => Some(slot.put(item)),
                            Err(_) => None,
                        },
                        _ => Some(queue.put(item).await),
                    };
                    number += put.map_or(0, |put| put.map(|()| 1).expect("it is open"));
                } else {
                    let item = match dice {
                        0 => once(queue.get()),
                        _ => Some(queue.get().await),
                    };
                    got.extend(item.map(|item| item.expect("it is open")));
                    number = got.len();
                }
            }
            got
        }
    };
    let blocking = |mut member: super::Member| {
        let mut got = Vec::new();
        let mut number = 0;
        while number < ITEMS {
            let timeout = Duration::from_micros(20 * member.dice.below(3) as u64);
            if sends(member.index) {
                let item = (member.index, number);
                number += usize::from(queue.put_blocking_timeout(item, timeout).is_ok());
            } else {
                match member.dice.below(2) {
                    0 => got.push(queue.get_blocking().expect("it is open")),
                    _ => got.extend(queue.get_blocking_timeout(timeout)),
                }
                number = got.len();
            }
        }
        got
    };
    let got = everywhere(MEMBERS, seed, task, blocking);
    assert_eq!((queue.len(), queue.unfinished()), (0, all_items().len()));
    let waiting = (queue.waiting_getters(), queue.waiting_putters());
    assert_eq!(waiting, (0, 0), "seed {seed}");
    got
}

#[test]
fn a_queue_loses_nothing_and_keeps_the_order() {
    watched(|| {
        for seed in 0..3 {
            let got = through(Queue::bounded(1 + 3 * seed as usize), seed);
            assert_arrived(got, seed);
        }
    });
}

#[test]
fn a_lifo_queue_loses_nothing() {
    watched(|| assert_complete(through(LifoQueue::bounded(3), 3), 3));
}

#[test]
fn a_priority_queue_loses_nothing_and_keeps_the_order() {
    // The items of a sender arrive in order here, too.
    watched(|| assert_arrived(through(PriorityQueue::unbounded(), 4), 4));
}
