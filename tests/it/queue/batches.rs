//! Batches through the ring of a bounded queue, which claim several cells at once.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread;

use aiosync::{Queue, TryGetError};

use super::{Drops, driven, numbers, ready, taken};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, Random, watched};

/// One cell, powers of two, their neighbours, and more than one batch.
const CAPACITIES: [usize; 9] = [1, 2, 3, 4, 7, 8, 9, 33, 70];

#[test]
fn batches_keep_their_order_through_many_laps() {
    for capacity in CAPACITIES {
        let queue = Queue::bounded(capacity);
        let mut dice = Random::new(capacity as u64);
        let (mut model, mut next) = (VecDeque::new(), 0);
        for _ in 0..2_000 {
            let count = dice.below(capacity + 4);
            let fits = count.min(capacity - model.len());
            let mut put = Polled::new(queue.put_many(next..next + count));
            assert_eq!(put.poll().is_ready(), count == fits, "{capacity}, {count}");
            // The items that do not fit are dropped.
            drop(put);
            model.extend(next..next + fits);
            next += fits;
            assert_eq!(queue.len(), model.len());
            if dice.below(2) == 0 && model.len() < capacity {
                queue.try_put(next).unwrap();
                model.push_back(next);
                next += 1;
            }
            let most = dice.below(capacity + 4);
            let mut into = Vec::with_capacity(dice.below(capacity + 4));
            let got = queue.try_get_many(&mut into, most);
            let expected = Vec::from_iter(model.drain(..most.min(model.len())));
            match got {
                Ok(count) => assert_eq!((count, &into), (expected.len(), &expected)),
                Err(error) => assert_eq!((error, expected.len()), (TryGetError::Empty, 0)),
            }
            if dice.below(2) == 0 {
                assert_eq!(queue.try_get().ok(), model.pop_front());
            }
        }
        assert_eq!((queue.unfinished(), queue.len()), (next, model.len()));
        assert!(taken(&queue).into_iter().eq(model));
    }
}

#[test]
fn a_batch_leaves_the_room_of_slots_at_every_place_of_the_ring() {
    for (capacity, reserved) in [(2, 1), (3, 2), (5, 1), (8, 3), (9, 8), (40, 2), (300, 257)] {
        let queue = Queue::bounded(capacity);
        for round in 0..capacity + 1 {
            let slots = Vec::from_iter((0..reserved).map(|_| queue.try_reserve().unwrap()));
            let mut put = Polled::new(queue.put_many(0..capacity));
            put.assert_pending();
            assert_eq!(queue.len(), capacity - reserved, "{capacity}, {round}");
            drop(put);
            for slot in slots {
                slot.put(99).unwrap();
            }
            let mut inside = Vec::new();
            assert_eq!(ready(queue.get_many(&mut inside, capacity)), Ok(capacity));
            assert!(
                inside[..capacity - reserved]
                    .iter()
                    .copied()
                    .eq(0..capacity - reserved)
            );
            // This item moves the start of the next round on by one cell.
            queue.try_put(0).unwrap();
            queue.try_get().unwrap();
        }
    }
}

#[test]
fn a_batch_leaves_the_items_of_grants_at_every_place_of_the_ring() {
    for (capacity, granted) in [(2, 1), (3, 2), (5, 1), (8, 3), (9, 8), (40, 2), (300, 257)] {
        let queue = Queue::bounded(capacity);
        for round in 0..capacity + 1 {
            let mut gets = Vec::from_iter((0..granted).map(|_| Polled::waiting(queue.get())));
            ready(queue.put_many(0..capacity)).unwrap();
            let mut into = Vec::new();
            let free = capacity - granted;
            assert_eq!(ready(queue.get_many(&mut into, capacity)), Ok(free));
            assert!(into.iter().copied().eq(0..free), "{capacity}, {round}");
            assert_eq!(queue.try_get_many(&mut into, 1), Err(TryGetError::Empty));
            for (get, item) in gets.iter_mut().zip(free..) {
                assert_eq!(get.assert_ready(), Ok(item), "{capacity}, {round}");
            }
            queue.try_put(0).unwrap();
            queue.try_get().unwrap();
        }
    }
}

#[test]
fn a_batch_that_is_larger_than_the_ring_waits_for_the_rest() {
    for capacity in CAPACITIES {
        let queue = Queue::bounded(capacity);
        let mut all = Vec::new();
        driven(queue.put_many(0..100), || all.extend(taken(&queue))).unwrap();
        all.extend(taken(&queue));
        assert!(all.into_iter().eq(0..100), "{capacity}");
    }
}

#[test]
fn items_of_a_great_size_are_put_in_order() {
    let queue = Queue::bounded(3);
    let mut all = Vec::new();
    let items = (0..8).map(|number: u8| [number; 500]);
    driven(queue.put_many(items), || {
        assert!(queue.try_get_many(&mut all, 9).is_ok());
    })
    .unwrap();
    all.extend(taken(&queue));
    assert!(all.iter().map(|item| item[499]).eq(0..8));
}

/// Yields `count` numbers, and says something else about its size.
struct Liar {
    numbers: std::ops::Range<u32>,
    hint: (usize, Option<usize>),
}

impl Iterator for Liar {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.numbers.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.hint
    }
}

#[test]
fn an_iterator_that_lies_about_its_size_is_put_to_its_end() {
    let hints = [
        (0, Some(0)),
        (0, Some(1)),
        (0, None),
        (9, Some(3)),
        (usize::MAX, None),
        (usize::MAX, Some(usize::MAX)),
    ];
    for hint in hints {
        for capacity in CAPACITIES {
            let queue = Queue::bounded(capacity);
            let numbers = 0..50;
            let mut all = Vec::new();
            let put = queue.put_many(Liar { numbers, hint });
            driven(put, || all.extend(taken(&queue))).unwrap();
            all.extend(taken(&queue));
            assert!(all.into_iter().eq(0..50), "{hint:?}, {capacity}");
        }
    }
}

#[test]
fn another_thread_uses_the_whole_queue_while_the_iterator_blocks() {
    watched(|| {
        let queue = Queue::bounded(4);
        let (begin, begun) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        thread::scope(|scope| {
            let other = &queue;
            scope.spawn(move || {
                begun.recv().unwrap();
                // No cell is claimed: all of them can be filled and emptied, several times.
                for _ in 0..3 {
                    for item in 10..14 {
                        other.try_put(item).unwrap();
                    }
                    assert_eq!(taken(other), [10, 11, 12, 13]);
                }
                end.send(()).unwrap();
            });
            let items = (0..3).inspect(|number| {
                if *number == 1 {
                    begin.send(()).unwrap();
                    ended.recv().unwrap();
                }
            });
            ready(queue.put_many(items)).unwrap();
        });
        assert_eq!(taken(&queue), [0, 1, 2]);
    });
}

#[test]
fn items_that_lost_their_room_meanwhile_wait_in_order() {
    for stolen in 1..=4 {
        let drops = Drops::new();
        let queue = Queue::bounded(4);
        let items = (0..4).map(|number| {
            if number == 3 {
                for _ in 0..stolen {
                    queue.try_put(drops.item(9)).unwrap();
                }
            }
            drops.item(number)
        });
        let mut put = Polled::waiting(queue.put_many(items));
        let mut all = numbers(&queue);
        assert_eq!(all[..stolen], [9, 9, 9, 9][..stolen]);
        put.assert_ready().unwrap();
        drop(put);
        all.extend(numbers(&queue));
        assert_eq!(all[stolen..], [0, 1, 2, 3]);
        assert_eq!(drops.count(), stolen + 4);
    }
}

#[test]
fn a_vector_without_room_for_all_grows_or_takes_what_fits() {
    for spare in 0..6 {
        let queue = Queue::bounded(5);
        ready(queue.put_many(0..5)).unwrap();
        let mut into = Vec::with_capacity(spare);
        let count = ready(queue.get_many(&mut into, 9)).unwrap();
        assert!(count > 0 && count == into.len());
        into.extend(taken(&queue));
        assert_eq!(into, [0, 1, 2, 3, 4]);
    }
}

#[test]
fn threads_with_batches_lose_and_double_nothing() {
    const EACH: usize = 20_000;
    for capacity in [1, 3, 64] {
        let queue = Queue::bounded(capacity);
        let sum: usize = thread::scope(|scope| {
            for size in [3, 16] {
                let queue = &queue;
                scope.spawn(move || {
                    for first in (1..=EACH).step_by(size) {
                        let last = EACH.min(first + size - 1);
                        queue.put_many(first..=last).block().unwrap();
                    }
                });
            }
            let getters = [2, 40].map(|most| {
                let queue = &queue;
                scope.spawn(move || {
                    let (mut into, mut sum) = (Vec::new(), 0);
                    while queue.get_many(&mut into, most).block().is_ok() {
                        assert!(into.len() <= most);
                        sum += into.drain(..).sum::<usize>();
                    }
                    sum
                })
            });
            scope.spawn(|| {
                while queue.unfinished() < 2 * EACH {
                    thread::yield_now();
                }
                queue.close();
            });
            getters
                .into_iter()
                .map(|getter| getter.join().unwrap())
                .sum()
        });
        assert_eq!(sum, EACH * (EACH + 1));
        assert_eq!(queue.len(), 0);
    }
}
