//! Slots: reserved room for one item.
#![forbid(unsafe_code)]

use aiosync::{PutError, Queue, TryReserveError};

use super::{Drops, full, numbers, ready, taken};
use crate::common::{Polled, drop_elsewhere, while_panicking};

#[test]
fn a_slot_keeps_room_but_is_no_item() {
    let queue = Queue::bounded(2);
    let slot = queue.try_reserve().unwrap();
    assert_eq!((queue.len(), queue.unfinished()), (0, 0));
    assert!(queue.is_empty() && !queue.is_full());
    ready(queue.join());
    queue.try_put(1).unwrap();
    assert!(queue.try_put(9).is_err());
    assert!(!queue.is_full());
    slot.put(2).unwrap();
    assert!(queue.is_full());
    assert_eq!(taken(&queue), [1, 2]);
    assert_eq!(queue.unfinished(), 2);
}

#[test]
fn an_item_takes_its_place_when_it_is_put_not_when_its_room_was_reserved() {
    let queue = Queue::bounded(3);
    let first = queue.try_reserve().unwrap();
    let second = ready(queue.reserve()).unwrap();
    queue.try_put(1).unwrap();
    second.put(2).unwrap();
    first.put(3).unwrap();
    assert_eq!(taken(&queue), [1, 2, 3]);
}

#[test]
fn putting_into_a_slot_wakes_a_getter() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    let mut get = Polled::waiting(queue.get());
    slot.put(1).unwrap();
    assert_eq!(get.wakes(), 1);
    assert_eq!(get.assert_ready(), Ok(1));
}

#[test]
fn putting_into_a_slot_never_waits_though_others_do() {
    let queue = full([0]);
    let mut reserve = Polled::waiting(queue.reserve());
    let mut behind = Polled::waiting(queue.put(2));
    assert_eq!(queue.try_get(), Ok(0));
    let slot = reserve.assert_ready().unwrap();
    assert_eq!(slot.put(1), Ok(()));
    behind.assert_pending();
    assert_eq!(behind.wakes(), 0);
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(behind.wakes(), 1);
}

#[test]
fn a_dropped_slot_gives_its_room_to_the_next_waiter() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    let mut next = Polled::waiting(queue.put(1));
    let mut last = Polled::waiting(queue.reserve());
    drop(slot);
    assert_eq!((next.wakes(), last.wakes()), (1, 0));
    assert!(queue.try_put(9).is_err());
    next.assert_ready().unwrap();
    last.assert_pending();
    assert_eq!(queue.try_get(), Ok(1));
    drop(last.assert_ready().unwrap());
    queue.try_put(2).unwrap();
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn a_slot_dropped_on_another_thread_gives_its_room_back() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    let mut next = Polled::waiting(queue.put(1));
    drop_elsewhere(slot);
    assert_eq!(next.wakes(), 1);
    next.assert_ready().unwrap();
}

#[test]
fn a_slot_dropped_by_a_panic_gives_its_room_back() {
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    let mut next = Polled::waiting(queue.put(1));
    while_panicking(|| drop(slot));
    assert_eq!(next.wakes(), 1);
    next.assert_ready().unwrap();
}

#[test]
fn a_slot_outlives_the_future_it_came_from() {
    let queue = full([0]);
    let mut reserve = Polled::waiting(queue.reserve());
    assert_eq!(queue.try_get(), Ok(0));
    let slot = reserve.assert_ready().unwrap();
    drop(reserve);
    assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Full);
    slot.put(1).unwrap();
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn slots_of_an_unbounded_queue_keep_nothing_from_others() {
    let queue = Queue::unbounded();
    let slots: Vec<_> = (0..3).map(|_| queue.try_reserve().unwrap()).collect();
    queue.try_put(0).unwrap();
    for (slot, item) in slots.into_iter().zip(1..) {
        slot.put(item).unwrap();
    }
    assert_eq!(taken(&queue), [0, 1, 2, 3]);
}

#[test]
fn room_of_slots_that_are_used_or_dropped_comes_back_exactly_once() {
    let queue = Queue::bounded(2);
    for round in 0..10 {
        let (first, second) = (queue.try_reserve().unwrap(), queue.try_reserve().unwrap());
        assert!(queue.try_reserve().is_err());
        first.put(round).unwrap();
        drop(second);
        queue.try_put(100 + round).unwrap();
        assert!(queue.try_reserve().is_err());
        assert_eq!(taken(&queue), [round, 100 + round]);
    }
}

#[test]
fn an_item_that_a_slot_gives_back_is_not_dropped() {
    let drops = Drops::new();
    let queue = Queue::bounded(1);
    let slot = queue.try_reserve().unwrap();
    queue.close();
    let PutError(item) = slot.put(drops.item(1)).unwrap_err();
    assert_eq!((drops.count(), item.number), (0, 1));
    drop(item);
    assert_eq!(drops.count(), 1);
    assert!(numbers(&queue).is_empty());
}

#[test]
fn an_item_that_goes_into_a_slot_is_dropped_once() {
    let drops = Drops::new();
    let queue = Queue::bounded(1);
    queue.try_reserve().unwrap().put(drops.item(1)).unwrap();
    assert_eq!(drops.count(), 0);
    assert_eq!(numbers(&queue), [1]);
    assert_eq!(drops.count(), 1);
}
