//! `reserve_owned`, `join_owned`, `closed_owned` and their slots: each cell of the state table, and
//! how long they keep their `Arc` of the queue.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{
    GetError, LifoQueue, Order, OrderedQueue, PriorityQueue, PutError, Queue, ReserveError,
    TryReserveError,
};

use super::{Drops, full, numbers, ready, taken};
use crate::common::{
    Call, CountingWaker, Hostile, Polled, drop_elsewhere, panic_message, while_panicking,
};

#[test]
fn reserve_owned_keeps_room_or_waits_for_it() {
    fn check<O: Order<u8>>(queue: OrderedQueue<u8, O>) {
        let queue = Arc::new(queue);
        let slot = ready(Arc::clone(&queue).reserve_owned()).unwrap();
        assert_eq!((queue.len(), queue.unfinished()), (0, 0));
        assert!(queue.try_put(9).is_err());
        let mut next = Polled::waiting(Arc::clone(&queue).reserve_owned());
        assert_eq!(queue.waiting_putters(), 1);
        slot.put(1).unwrap();
        assert_eq!(next.wakes(), 0);
        assert_eq!(taken(&queue), [1]);
        assert_eq!((next.wakes(), queue.waiting_putters()), (1, 0));
        // The room is granted, and then reserved.
        assert!(queue.try_put(9).is_err());
        let slot = next.assert_ready().unwrap();
        drop(next);
        assert!(queue.try_put(9).is_err());
        slot.put(2).unwrap();
        assert_eq!(taken(&queue), [2]);
        assert_eq!((queue.unfinished(), Arc::strong_count(&queue)), (2, 1));
    }

    check(Queue::bounded(1));
    check(LifoQueue::bounded(1));
    check(PriorityQueue::bounded(1));
}

#[test]
fn try_reserve_owned_keeps_room_or_is_refused() {
    let queue = Arc::new(Queue::bounded(1));
    let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
    let refused = Arc::clone(&queue).try_reserve_owned().unwrap_err();
    assert_eq!(refused, TryReserveError::Full);
    assert_eq!(Arc::strong_count(&queue), 2);
    slot.put(1).unwrap();
    assert_eq!((queue.len(), Arc::strong_count(&queue)), (1, 1));
}

#[test]
fn an_owned_slot_wakes_a_getter() {
    let queue = Arc::new(Queue::bounded(1));
    let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
    let mut get = Polled::waiting(queue.get());
    slot.put(1).unwrap();
    assert_eq!((get.wakes(), get.assert_ready()), (1, Ok(1)));
}

#[test]
fn a_dropped_owned_slot_gives_its_room_to_the_next_waiter() {
    type Drop = fn(aiosync::OwnedSlot<u32, aiosync::Fifo>);
    let ways: [Drop; 3] = [drop, drop_elsewhere, |slot| while_panicking(|| drop(slot))];
    for way in ways {
        let queue = Arc::new(Queue::bounded(1));
        let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
        let mut next = Polled::waiting(queue.put(1));
        let mut last = Polled::waiting(Arc::clone(&queue).reserve_owned());
        way(slot);
        assert_eq!((next.wakes(), last.wakes()), (1, 0));
        next.assert_ready().unwrap();
        assert_eq!(queue.try_get(), Ok(1));
        drop(last.assert_ready().unwrap());
        queue.try_put(2).unwrap();
        assert_eq!(Arc::strong_count(&queue), 1);
    }
}

#[test]
fn an_owned_slot_that_wakes_a_waker_that_panics_is_used_once() {
    let queue = Arc::new(Queue::bounded(1));
    let panics = || CountingWaker::calling(|| panic!("the waker panics"));
    let mut get = Polled::waiting_with(queue.get(), panics());
    let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
    let message = panic_message(|| slot.put(1).unwrap());
    assert_eq!(message, "the waker panics");
    assert_eq!((get.assert_ready(), Arc::strong_count(&queue)), (Ok(1), 1));

    let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
    let mut put = Polled::waiting_with(queue.put(2), panics());
    assert_eq!(panic_message(|| drop(slot)), "the waker panics");
    put.assert_ready().unwrap();
    assert!(queue.is_full());
    drop(put);
    assert_eq!(Arc::strong_count(&queue), 1);
}

/// The cells of the state table, for one way to close.
macro_rules! closed {
    ($way:ident, |$queue:ident| $close:expr) => {
        mod $way {
            use super::*;

            #[test]
            fn reserve_owned_is_refused_in_each_state() {
                let $queue = Arc::new(full([1]));
                let mut unpolled = Polled::new(Arc::clone(&$queue).reserve_owned());
                let mut granted = Polled::waiting(Arc::clone(&$queue).reserve_owned());
                let mut waiting = Polled::waiting(Arc::clone(&$queue).reserve_owned());
                assert_eq!($queue.try_get(), Ok(1));
                assert_eq!((granted.wakes(), waiting.wakes()), (1, 0));
                $close;
                assert_eq!((granted.wakes(), waiting.wakes()), (1, 1));
                assert_eq!($queue.waiting_putters(), 0);
                for reserve in [&mut unpolled, &mut granted, &mut waiting] {
                    assert_eq!(reserve.assert_ready().unwrap_err(), ReserveError);
                }
                // A future that is done keeps no `Arc`.
                assert_eq!(Arc::strong_count(&$queue), 1);
                let refused = Arc::clone(&$queue).try_reserve_owned().unwrap_err();
                assert_eq!(refused, TryReserveError::Closed);
                assert_eq!(Arc::strong_count(&$queue), 1);
            }

            #[test]
            fn an_owned_slot_gives_the_item_back() {
                let drops = Drops::new();
                let $queue = Arc::new(Queue::bounded(2));
                let slot = Arc::clone(&$queue).try_reserve_owned().unwrap();
                let other = Arc::clone(&$queue).try_reserve_owned().unwrap();
                $close;
                let PutError(item) = slot.put(drops.item(1)).unwrap_err();
                assert_eq!((drops.count(), $queue.len()), (0, 0));
                drop((item, other));
                assert_eq!((drops.count(), Arc::strong_count(&$queue)), (1, 1));
                assert!(numbers(&$queue).is_empty());
            }

            #[test]
            fn closed_owned_is_ready() {
                let $queue = Arc::new(full([1]));
                let mut unpolled = Polled::new(Arc::clone(&$queue).closed_owned());
                let mut waiting = Polled::waiting(Arc::clone(&$queue).closed_owned());
                $close;
                assert_eq!((unpolled.wakes(), waiting.wakes()), (0, 1));
                unpolled.assert_ready();
                waiting.assert_ready();
                ready(Arc::clone(&$queue).closed_owned());
                assert_eq!(Arc::strong_count(&$queue), 1);
            }

            #[test]
            fn join_owned_waits_for_the_items_that_were_taken() {
                let $queue = Arc::new(full([1, 2]));
                let mut unpolled = Polled::new(Arc::clone(&$queue).join_owned());
                let mut waiting = Polled::waiting(Arc::clone(&$queue).join_owned());
                assert_eq!($queue.try_get(), Ok(1));
                $close;
                waiting.assert_pending();
                unpolled.assert_pending();
                while $queue.unfinished() > 0 {
                    assert_eq!(waiting.wakes(), 0);
                    $queue.task_done().unwrap();
                }
                assert_eq!((unpolled.wakes(), waiting.wakes()), (1, 1));
                unpolled.assert_ready();
                waiting.assert_ready();
                ready(Arc::clone(&$queue).join_owned());
                assert_eq!(Arc::strong_count(&$queue), 1);
            }
        }
    };
}

closed!(closed, |queue| assert!(queue.close()));
closed!(closed_now, |queue| drop(queue.close_now()));
closed!(closed_by_a_guard, |queue| drop(queue.close_guard()));

#[test]
fn join_owned_is_released_at_0_though_a_put_follows_at_once() {
    let queue = Arc::new(full([1]));
    let mut join = Polled::waiting(Arc::clone(&queue).join_owned());
    assert_eq!(queue.try_get(), Ok(1));
    queue.task_done().unwrap();
    queue.try_put(2).unwrap();
    assert_eq!((join.wakes(), Arc::strong_count(&queue)), (1, 2));
    join.assert_ready();
    // It keeps no `Arc` once it is done.
    assert_eq!(Arc::strong_count(&queue), 1);
    drop(join);
    assert_eq!(Arc::strong_count(&queue), 1);
}

#[test]
fn a_future_keeps_its_queue_until_it_is_done_or_dropped() {
    let drops = Drops::new();
    let queue = Arc::new(Queue::unbounded());
    queue.try_put(drops.item(1)).unwrap();
    let unpolled = Polled::new(Arc::clone(&queue).reserve_owned());
    let mut closed = Polled::waiting(Arc::clone(&queue).closed_owned());
    let join = Polled::waiting(Arc::clone(&queue).join_owned());
    queue.close();
    drop(queue);
    drop(unpolled);
    closed.assert_ready();
    assert_eq!(drops.count(), 0);
    drop(join);
    assert_eq!(drops.count(), 1);
}

#[test]
fn the_last_reference_may_be_that_of_a_slot() {
    let drops = Drops::new();
    let make = || {
        let queue = Arc::new(Queue::bounded(4));
        queue.try_put(drops.item(1)).unwrap();
        queue.try_reserve_owned().unwrap()
    };
    drop(make());
    assert_eq!(drops.count(), 1);
    make().put(drops.item(2)).unwrap();
    assert_eq!(drops.count(), 3);
    while_panicking(|| drop(make()));
    assert_eq!(drops.count(), 4);
    let slot = make();
    while_panicking(|| slot.put(drops.item(2)).unwrap());
    assert_eq!(drops.count(), 6);
}

#[test]
fn the_waker_of_a_dropped_wait_is_dropped_before_the_last_items() {
    for start in [true, false] {
        let drops = Drops::new();
        let queue = Arc::new(Queue::unbounded());
        queue.try_put(drops.item(1)).unwrap();
        let waker = Hostile::new();
        let seen = Arc::new(AtomicUsize::new(usize::MAX));
        let (counted, store) = (drops.0.clone(), Arc::clone(&seen));
        waker.on(Call::Drop, move || {
            store.store(counted.load(Ordering::SeqCst), Ordering::SeqCst);
        });
        if start {
            let mut wait = Polled::new(queue.join_owned());
            assert!(wait.poll_with(waker.waker()).is_pending());
        } else {
            let mut wait = Polled::new(queue.closed_owned());
            assert!(wait.poll_with(waker.waker()).is_pending());
        }
        assert_eq!((seen.load(Ordering::SeqCst), drops.count()), (0, 1));
    }
}

#[test]
fn an_item_that_panics_with_the_last_reference_leaves_the_wait_done() {
    struct Panics;

    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("the item panics");
        }
    }

    let queue = Arc::new(Queue::unbounded());
    assert!(queue.try_put(Panics).is_ok());
    queue.close();
    let mut closed = Polled::new(queue.closed_owned());
    assert_eq!(panic_message(|| closed.assert_ready()), "the item panics");
    let message = panic_message(|| _ = closed.poll());
    assert!(message.contains("after it had completed"), "{message}");
}

#[test]
fn a_get_after_a_close_guard_returns_what_a_slot_has_put() {
    let queue = Arc::new(Queue::bounded(1));
    let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
    let guard = Arc::clone(&queue).close_guard_owned();
    let mut get = Polled::waiting(queue.get());
    slot.put(1).unwrap();
    drop(guard);
    assert_eq!(get.assert_ready(), Ok(1));
    assert_eq!(ready(queue.get()), Err(GetError));
}
