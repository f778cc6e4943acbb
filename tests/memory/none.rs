//! No heap allocation per wait.
#![forbid(unsafe_code)]

use std::pin::pin;
use std::task::{Context, Waker};

use allocation_counter::measure;

use crate::waits::{ENDS, KINDS};

#[test]
fn a_wait_allocates_nothing() {
    for kind in KINDS.iter().filter(|kind| kind.is_free) {
        let mut cycle = (kind.begin)();
        // What is allocated once is allocated now: the memory of a queue, and thread-local data.
        ENDS.into_iter().for_each(&mut cycle);
        for end in ENDS {
            let info = measure(|| (0..100).for_each(|_| cycle(end)));
            assert_eq!(info.count_total, 0, "{}, {end:?}", kind.name);
        }
    }
}

#[test]
fn the_waits_that_allocate_are_seen_to() {
    for kind in KINDS.iter().filter(|kind| !kind.is_free) {
        let mut cycle = (kind.begin)();
        ENDS.into_iter().for_each(&mut cycle);
        for end in ENDS {
            let info = measure(|| cycle(end));
            assert_ne!(info.count_total, 0, "{}, {end:?}", kind.name);
        }
    }
}

#[test]
fn batches_that_fit_allocate_nothing() {
    let queue = aiosync::Queue::bounded(40);
    let mut into = Vec::with_capacity(40);
    let cycle = |into: &mut Vec<u64>| {
        for count in [1, 16, 40] {
            // From another cell each time.
            queue.try_put(0).expect("there is room");
            queue.try_get().expect("there is an item");
            queue.put_many(0..count).block().expect("it is open");
            assert_eq!(queue.get_many(into, 40).block(), Ok(count as usize));
            into.clear();
        }
    };
    cycle(&mut into);
    let info = measure(|| (0..100).for_each(|_| cycle(&mut into)));
    assert_eq!(info.count_total, 0);
}

#[test]
fn a_put_many_that_waits_again_uses_the_memory_of_its_last_wait() {
    let queue = aiosync::Queue::bounded(1);
    let mut context = Context::from_waker(Waker::noop());
    let info = measure(|| {
        let mut put = pin!(queue.put_many(0..100_u64));
        for item in 0..100 {
            assert_eq!(put.as_mut().poll(&mut context).is_ready(), item == 99);
            assert_eq!(queue.try_get(), Ok(item));
        }
    });
    assert_eq!(info.count_total, 1);
}
