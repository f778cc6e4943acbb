//! The ring of a bounded queue, used with and without the mutex.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use aiosync::{Queue, TryGetError, TryPutError};

use super::{Drops, taken};
use crate::common::{PanicsOnDrop, Polled, Random};

/// One cell, powers of two, their neighbours, and numbers between them.
const CAPACITIES: [usize; 9] = [1, 2, 3, 4, 5, 7, 8, 9, 33];

#[test]
fn items_keep_their_order_through_many_laps() {
    for capacity in CAPACITIES {
        let queue = Queue::bounded(capacity);
        let mut dice = Random::new(capacity as u64);
        let (mut model, mut next) = (VecDeque::new(), 0);
        for _ in 0..2_000 {
            for _ in 0..dice.below(capacity + 2) {
                let put = queue.try_put(next);
                if model.len() < capacity {
                    assert_eq!(put, Ok(()), "{capacity}");
                    model.push_back(next);
                    next += 1;
                } else {
                    assert_eq!(put, Err(TryPutError::Full(next)), "{capacity}");
                }
            }
            assert_eq!(
                (queue.len(), queue.is_full()),
                (model.len(), model.len() == capacity)
            );
            for _ in 0..dice.below(capacity + 2) {
                let expected = model.pop_front().ok_or(TryGetError::Empty);
                assert_eq!(queue.try_get(), expected, "{capacity}");
            }
        }
        assert_eq!(queue.unfinished(), next);
    }
}

#[test]
fn items_keep_their_order_through_waits_at_every_place_of_the_ring() {
    for capacity in CAPACITIES {
        let queue = Queue::bounded(capacity);
        // Each round starts at another cell, and changes from the ring to the wait queue and
        // back.
        for round in 0..2 * capacity + 3 {
            for item in 0..capacity {
                queue.try_put(item).unwrap();
            }
            let mut behind = Polled::waiting(queue.put(capacity));
            assert_eq!(queue.try_get(), Ok(0));
            assert_eq!(queue.try_put(99), Err(TryPutError::Full(99)), "granted");
            behind.assert_ready().unwrap();
            drop(behind);
            let inside: Vec<_> = (1..=capacity).collect();
            assert_eq!(taken(&queue), inside, "{capacity}, {round}");
            let mut ahead = Polled::waiting(queue.get());
            queue.try_put(7).unwrap();
            assert_eq!(queue.try_get(), Err(TryGetError::Empty), "granted");
            assert_eq!(ahead.assert_ready(), Ok(7));
            drop(ahead);
            // This item moves the start of the next round on by one cell.
            queue.try_put(8).unwrap();
            assert_eq!(queue.try_get(), Ok(8));
        }
    }
}

#[test]
fn items_without_a_size_and_of_a_great_size_are_counted_like_others() {
    let nothing = Queue::bounded(3);
    for _ in 0..3 {
        nothing.try_put(()).unwrap();
    }
    assert_eq!(
        (nothing.try_put(()).is_err(), taken(&nothing).len()),
        (true, 3)
    );
    // One item is larger than the memory that a ring may have.
    let great = Queue::bounded(2);
    for byte in [1, 2] {
        great
            .try_put(vec![byte; 2 << 20].into_boxed_slice())
            .unwrap();
    }
    assert!(great.is_full());
    assert_eq!(great.try_get().map(|item| item[0]), Ok(1));
}

#[test]
fn a_queue_drops_what_is_inside_wherever_that_lies() {
    for capacity in CAPACITIES {
        for first in 0..=capacity {
            let drops = Drops::new();
            let queue = Queue::bounded(capacity);
            for _ in 0..first {
                queue.try_put(drops.item(0)).unwrap();
                drop(queue.try_get());
            }
            for number in 0..capacity {
                queue
                    .try_put(drops.item(u32::try_from(number).unwrap()))
                    .unwrap();
            }
            assert_eq!(drops.count(), first);
            drop(queue);
            assert_eq!(drops.count(), first + capacity);
        }
    }
}

#[test]
fn a_queue_that_is_declared_after_what_its_items_borrow_drops_them_first() {
    let text = String::from("earlier");
    let queue = Queue::bounded(2);
    queue.try_put((Some(Box::new(1)), text.as_str())).unwrap();
    queue.try_put((None, text.as_str())).unwrap();
    assert_eq!(queue.try_get(), Ok((Some(Box::new(1)), "earlier")));
    // The other item is dropped with the queue, before the text.
}

#[test]
fn a_closed_queue_drops_the_items_that_are_left_in_its_ring() {
    let drops = Drops::new();
    let queue = Queue::bounded(4);
    for number in 0..3 {
        queue.try_put(drops.item(number)).unwrap();
    }
    // Both ends stay frozen.
    queue.close();
    drop(queue.try_get());
    drop(queue);
    assert_eq!(drops.count(), 3);
}

#[test]
fn an_item_that_panics_as_the_queue_drops_it_keeps_no_other_from_being_dropped() {
    let others = Arc::new(());
    let queue: Queue<(Option<PanicsOnDrop>, Arc<()>)> = Queue::bounded(4);
    for place in 0..4 {
        let panics = (place == 1).then(|| PanicsOnDrop);
        queue.try_put((panics, Arc::clone(&others))).unwrap();
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
    assert_eq!(Arc::strong_count(&others), 1);
}

#[test]
fn threads_that_only_try_lose_and_double_nothing() {
    const EACH: u64 = 20_000;
    for capacity in [1, 3, 64] {
        let queue = Queue::bounded(capacity);
        let sum: u64 = thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for item in 1..=EACH {
                        while queue.try_put(item).is_err() {
                            thread::yield_now();
                        }
                    }
                });
            }
            let getters = [(); 2].map(|()| {
                scope.spawn(|| {
                    let mut sum = 0;
                    for _ in 0..EACH {
                        sum += loop {
                            match queue.try_get() {
                                Ok(item) => break item,
                                Err(_) => thread::yield_now(),
                            }
                        };
                        queue.task_done().unwrap();
                    }
                    sum
                })
            });
            getters
                .into_iter()
                .map(|getter| getter.join().unwrap())
                .sum()
        });
        assert_eq!(sum, EACH * (EACH + 1));
        assert_eq!((queue.len(), queue.unfinished()), (0, 0));
    }
}

/// More than an end can reserve: see `MOST_RESERVED` in `src/queue/ring/layout.rs`.
const MANY: usize = 300;

#[test]
fn the_room_of_slots_is_kept_however_many_there_are() {
    for count in [1, 2, 254, 255, 256, MANY] {
        for spare in [1, 2, 5] {
            let queue = Queue::bounded(count + spare);
            // Each round starts at another cell.
            for round in 0..3 {
                let mut slots = Vec::from_iter((0..count).map(|_| queue.try_reserve().unwrap()));
                for item in 0..spare {
                    assert_eq!(queue.try_put(item), Ok(()), "{count}, {spare}, {round}");
                }
                assert_eq!(queue.try_put(0), Err(TryPutError::Full(0)));
                assert_eq!(queue.try_get(), Ok(0));
                assert_eq!(queue.try_put(spare), Ok(()));
                // One slot is dropped, the others are used.
                drop(slots.pop());
                assert_eq!(queue.try_put(spare + 1), Ok(()));
                assert_eq!(queue.try_put(0), Err(TryPutError::Full(0)));
                for (item, slot) in slots.into_iter().enumerate() {
                    slot.put(spare + 2 + item).unwrap();
                }
                assert!(queue.is_full());
                for item in 1..spare + 1 + count {
                    assert_eq!(queue.try_get(), Ok(item), "{count}, {spare}, {round}");
                }
                assert_eq!(queue.try_get(), Err(TryGetError::Empty));
            }
        }
    }
}

#[test]
fn the_items_of_grants_are_kept_however_many_there_are() {
    for count in [1, 2, 254, 255, 256, MANY] {
        let queue = Queue::bounded(2 * count + 5);
        for round in 0..3 {
            let mut waiting = Vec::from_iter((0..count).map(|_| Polled::waiting(queue.get())));
            for item in 0..count {
                assert_eq!(queue.try_put(item), Ok(()));
            }
            assert_eq!(queue.try_get(), Err(TryGetError::Empty), "all are granted");
            for item in count..count + 5 {
                assert_eq!(queue.try_put(item), Ok(()));
            }
            for item in 0..4 {
                assert_eq!(queue.try_get(), Ok(item), "{count}, {round}");
            }
            // A returned grant leaves its item to others.
            drop(waiting.pop());
            assert_eq!((queue.try_get(), queue.try_get()), (Ok(4), Ok(5)));
            assert_eq!(queue.try_get(), Err(TryGetError::Empty), "{count}, {round}");
            for (item, mut get) in waiting.into_iter().enumerate() {
                assert_eq!(get.assert_ready(), Ok(item + 6), "{count}, {round}");
            }
            assert!(queue.is_empty());
        }
    }
}

#[test]
fn items_go_round_beside_a_slot_that_nobody_uses() {
    let queue = Queue::bounded(4);
    let slot = queue.try_reserve().unwrap();
    for item in 0..1_000 {
        assert_eq!(queue.try_put(item), Ok(()));
        assert_eq!(queue.try_get(), Ok(item));
    }
    slot.put(1_000).unwrap();
    assert_eq!(queue.try_get(), Ok(1_000));
}
