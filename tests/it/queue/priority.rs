//! The smallest item comes out first, equal items in the order in which they were put.
#![forbid(unsafe_code)]

use std::cmp::{Ordering, Reverse};

use aiosync::PriorityQueue;

use super::{ready, taken};
use crate::common::{Polled, Random, rounds};

/// An item that compares by its key only.
#[derive(Debug)]
struct Entry {
    key: usize,
    arrival: usize,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Numbers each item as it is put.
struct Arrivals(usize);

impl Arrivals {
    fn entry(&mut self, key: usize) -> Entry {
        self.0 += 1;
        Entry {
            key,
            arrival: self.0,
        }
    }
}

fn pairs(entries: Vec<Entry>) -> Vec<(usize, usize)> {
    let pairs = entries.into_iter().map(|entry| (entry.key, entry.arrival));
    pairs.collect()
}

#[test]
fn the_smallest_item_comes_out_first() {
    let queue = PriorityQueue::bounded(8);
    queue.try_put(3).unwrap();
    ready(queue.put(1)).unwrap();
    ready(queue.put_many([5, 2])).unwrap();
    queue.try_reserve().unwrap().put(4).unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    queue.try_put(0).unwrap();
    assert_eq!(taken(&queue), [0, 2, 3, 4, 5]);
}

#[test]
fn reversed_the_greatest_comes_out_first() {
    let queue = PriorityQueue::unbounded();
    ready(queue.put_many([2, 3, 1].map(Reverse))).unwrap();
    assert_eq!(taken(&queue), [3, 2, 1].map(Reverse));
}

#[test]
fn equal_items_come_out_in_the_order_in_which_they_were_put() {
    for size in 0..70 {
        let (queue, mut arrivals) = (PriorityQueue::unbounded(), Arrivals(0));
        ready(queue.put_many((0..size).map(|_| arrivals.entry(7)))).unwrap();
        let out: Vec<_> = pairs(taken(&queue))
            .into_iter()
            .map(|pair| pair.1)
            .collect();
        assert_eq!(out, (1..=size).collect::<Vec<_>>());
    }
}

#[test]
fn the_order_of_ties_is_that_of_the_puts_not_of_the_waits() {
    let queue = PriorityQueue::bounded(2);
    queue.try_put(Entry { key: 1, arrival: 0 }).unwrap();
    queue.try_put(Entry { key: 1, arrival: 1 }).unwrap();
    let mut first = Polled::waiting(queue.put(Entry { key: 1, arrival: 2 }));
    let mut second = Polled::waiting(queue.put(Entry { key: 1, arrival: 3 }));
    assert_eq!(queue.try_get().unwrap().arrival, 0);
    assert_eq!(queue.try_get().unwrap().arrival, 1);
    second.assert_ready().unwrap();
    first.assert_ready().unwrap();
    assert_eq!(pairs(taken(&queue)), [(1, 3), (1, 2)]);
}

#[test]
fn any_number_of_items_comes_out_sorted() {
    for size in 0..130 {
        for keys in [2, 5, 1000] {
            let mut dice = Random::new(size as u64);
            let (queue, mut arrivals) = (PriorityQueue::unbounded(), Arrivals(0));
            let mut expected = Vec::new();
            for _ in 0..size {
                let entry = arrivals.entry(dice.below(keys));
                expected.push((entry.key, entry.arrival));
                queue.try_put(entry).unwrap();
            }
            expected.sort_unstable();
            assert_eq!(
                pairs(taken(&queue)),
                expected,
                "{size} items of {keys} keys"
            );
        }
    }
}

#[test]
fn puts_and_gets_in_turn_answer_the_smallest_each_time() {
    for seed in 0..rounds(40) {
        let mut dice = Random::new(seed as u64);
        let keys = [1, 3, 10, 1000][seed % 4];
        let (queue, mut arrivals) = (PriorityQueue::unbounded(), Arrivals(0));
        let mut inside: Vec<(usize, usize)> = Vec::new();
        for step in 0..600 {
            // First it grows, then it shrinks.
            if dice.below(100) < if step < 300 { 60 } else { 40 } {
                let entry = arrivals.entry(dice.below(keys));
                inside.push((entry.key, entry.arrival));
                queue.try_put(entry).unwrap();
            } else {
                inside.sort_unstable();
                let expected = (!inside.is_empty()).then(|| inside.remove(0));
                let got = queue.try_get().ok().map(|entry| (entry.key, entry.arrival));
                assert_eq!(got, expected, "seed {seed}, step {step}");
            }
            assert_eq!(queue.len(), inside.len());
        }
        inside.sort_unstable();
        assert_eq!(pairs(queue.close_now().collect()), inside, "seed {seed}");
    }
}

#[test]
fn sorted_and_reversed_input_comes_out_sorted() {
    for size in 0..70 {
        let (up, down) = (PriorityQueue::unbounded(), PriorityQueue::unbounded());
        ready(up.put_many(0..size)).unwrap();
        ready(down.put_many((0..size).rev())).unwrap();
        assert_eq!(taken(&up), (0..size).collect::<Vec<_>>());
        let mut into = Vec::new();
        assert_eq!(down.try_get_many(&mut into, size).unwrap_or(0), size);
        assert_eq!(into, (0..size).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_drained_in_part_stays_sorted() {
    let (queue, mut arrivals) = (PriorityQueue::unbounded(), Arrivals(0));
    for key in [2, 1, 2, 1, 0, 2, 1] {
        queue.try_put(arrivals.entry(key)).unwrap();
    }
    let mut drained = queue.close_now();
    let first: Vec<_> = drained.by_ref().take(3).collect();
    assert_eq!(pairs(first), [(0, 5), (1, 2), (1, 4)]);
    assert_eq!(drained.len(), 4);
    assert_eq!(pairs(drained.collect()), [(1, 7), (2, 1), (2, 3), (2, 6)]);
}

#[test]
fn it_waits_and_grants_as_the_others_do() {
    let queue = PriorityQueue::bounded(1);
    let mut get = Polled::waiting(queue.get());
    queue.try_put(5).unwrap();
    assert!(queue.try_get().is_err());
    let mut put = Polled::waiting(queue.put(1));
    let mut reserve = Polled::waiting(queue.reserve());
    assert_eq!(get.assert_ready(), Ok(5));
    assert_eq!((put.wakes(), reserve.wakes()), (1, 0));
    put.assert_ready().unwrap();
    assert_eq!(ready(queue.get()), Ok(1));
    reserve.assert_ready().unwrap().put(0).unwrap();
    let mut waiting = Polled::waiting(queue.put(7));
    queue.close();
    assert_eq!(waiting.assert_ready().unwrap_err().into_inner(), 7);
    assert_eq!(taken(&queue), [0]);
}
