//! A cell of a ring that another thread has claimed and not published: neither full nor empty.

use std::sync::Arc;

use aiosync::Queue;
use loom::thread;

use crate::explore::explore;

/// Breaks if a cell that a putter has claimed and not filled counts as empty
/// (`OrderedQueue::try_get_slow`).
#[test]
fn a_get_is_not_refused_for_a_cell_that_is_being_filled() {
    explore("ring: try_get beside a put that is under way", 45, || {
        let queue = Arc::new(Queue::bounded(2));
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || other.try_put(1).unwrap());
        queue.try_put(2).unwrap();
        // One item is in, whichever it is.
        queue.try_get().unwrap();
        worker.join().unwrap();
    });
}

/// Breaks if a cell that a getter has claimed and not emptied counts as full
/// (`OrderedQueue::try_put_slow`).
#[test]
fn a_put_is_not_refused_for_a_cell_that_is_being_emptied() {
    explore("ring: try_put beside a get that is under way", 45, || {
        let queue = Arc::new(Queue::bounded(2));
        queue.try_put(1).unwrap();
        queue.try_put(2).unwrap();
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || other.try_get().unwrap());
        queue.try_get().unwrap();
        // One item is out, whichever it was: there is room.
        queue.try_put(3).unwrap();
        worker.join().unwrap();
    });
}
