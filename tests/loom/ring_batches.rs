//! Batches that claim several cells of a ring in one step.

use std::sync::Arc;

use aiosync::Queue;
use loom::future::block_on;
use loom::thread;

use crate::explore::{explore, poll_once};
use crate::ring_grants::with_a_granted_get;

/// Breaks if a claim of several cells looks at the stamp of the first only: the batch takes an
/// item that is not there yet.
#[test]
fn a_batch_takes_only_items_that_are_there() {
    explore("ring: get_many against 2 putters", 59_000, || {
        let queue = Arc::new(Queue::bounded(2));
        let putters = [1, 2].map(|item| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.try_put(item).unwrap())
        });
        let mut got: Vec<u32> = Vec::with_capacity(2);
        let early = queue.try_get_many(&mut got, 2).unwrap_or(0);
        assert_eq!(early, got.len());
        for putter in putters {
            putter.join().unwrap();
        }
        while queue.try_get_many(&mut got, 2).is_ok() {}
        assert_eq!((got.len(), got.iter().sum::<u32>()), (2, 3));
    });
}

/// Breaks if the stamp of a cell after the first step of the look is not looked at.
#[test]
fn a_batch_takes_only_items_that_are_there_after_a_step() {
    explore("ring: get_many of 3 against a putter", 9, || {
        let queue = Arc::new(Queue::bounded(3));
        queue.try_put(Box::new(1)).unwrap();
        queue.try_put(Box::new(2)).unwrap();
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || other.try_put(Box::new(3)).unwrap());
        let mut got = Vec::with_capacity(3);
        let early = queue.try_get_many(&mut got, 3).unwrap();
        assert!((2..=3).contains(&early), "{early}");
        putter.join().unwrap();
        let late = queue.try_get_many(&mut got, 3).unwrap_or(0);
        assert_eq!(early + late, 3);
        assert!(got.iter().map(|item| **item).eq(1..=3));
    });
}

/// The mirror of the first model: the batch puts into a cell that is not free yet.
#[test]
fn a_batch_puts_only_into_cells_that_are_free() {
    explore("ring: put_many against try_get", 200, || {
        let queue = Arc::new(Queue::bounded(2));
        // The item is in the last cell, so both cells of the next lap come after it.
        queue.try_put(Box::new(0)).unwrap();
        queue.try_get().unwrap();
        queue.try_put(Box::new(1)).unwrap();
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || assert_eq!(other.try_get().as_deref(), Ok(&1)));
        let mut put = Box::pin(queue.put_many([Box::new(2), Box::new(3)]));
        let is_put = poll_once(&mut put).is_ready();
        getter.join().unwrap();
        assert!(is_put || poll_once(&mut put).is_ready());
        drop(put);
        assert_eq!(queue.try_get().as_deref(), Ok(&2));
        assert_eq!(queue.try_get().as_deref(), Ok(&3));
    });
}

/// Breaks if a batch claims cells that it has seen before the end moved.
#[test]
fn two_batches_share_no_cell() {
    explore("ring: put_many against put_many, capacity 4", 25, || {
        let queue = Arc::new(Queue::bounded(4));
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || block_on(other.put_many([1, 2])).unwrap());
        block_on(queue.put_many([10, 20])).unwrap();
        putter.join().unwrap();
        let mut got = Vec::new();
        assert_eq!(queue.try_get_many(&mut got, 4), Ok(4));
        let is_in_order = |one, two| {
            let place = |item| got.iter().position(|other| *other == item);
            place(one) < place(two)
        };
        assert!(is_in_order(1, 2) && is_in_order(10, 20), "{got:?}");
        assert_eq!(got.iter().sum::<u32>(), 33);
    });
}

/// Breaks if a batch of putters without the mutex takes the reserved room of a slot.
#[test]
fn a_batch_leaves_the_room_of_a_slot() {
    explore("ring: put_many against try_put beside a slot", 70, || {
        let queue = Arc::new(Queue::bounded(3));
        let slot = queue.try_reserve().unwrap();
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || usize::from(other.try_put(1).is_ok()));
        let mut put = Box::pin(queue.put_many([2, 3]));
        let pending = poll_once(&mut put).is_pending();
        let single = putter.join().unwrap();
        drop(put);
        assert!(single == 0 || pending);
        assert_eq!(queue.len(), 2);
        slot.put(4).unwrap();
        assert_eq!(queue.len(), 3);
    });
}

/// The mirror of the model above.
#[test]
fn a_batch_leaves_a_granted_item() {
    explore("ring: get_many against try_get beside a grant", 80, || {
        let (queue, granted) = with_a_granted_get();
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || usize::from(other.try_get().is_ok()));
        let mut got: Vec<u32> = Vec::new();
        let many = queue.try_get_many(&mut got, 3).unwrap_or(0);
        assert_eq!(many + getter.join().unwrap(), 2);
        assert_eq!(block_on(granted), Ok(3));
    });
}
