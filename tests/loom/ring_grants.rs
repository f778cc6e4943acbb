//! Puts and gets of a ring without the mutex, beside grants that are not taken yet.

use std::sync::Arc;

use aiosync::{GetError, Queue};
use loom::future::block_on;
use loom::thread;

use crate::explore::{explore, poll_once};

/// Creates a queue with a granted getter and two more items. Puts and gets need no mutex now.
pub(crate) fn with_a_granted_get() -> (Arc<Queue<u32>>, impl Future<Output = Result<u32, GetError>>)
{
    let queue = Arc::new(Queue::bounded(8));
    let mut granted = Box::pin(Arc::clone(&queue).get_owned());
    assert!(poll_once(&mut granted).is_pending());
    for item in 0..4 {
        queue.try_put(item).unwrap();
    }
    // Under the mutex, which thaws the ring.
    queue.try_get().unwrap();
    (queue, granted)
}

/// Breaks if putters without the mutex take the reserved room: if they do not look at the
/// second stamp, lose the reserved number when they move the tail on, or find none reserved.
#[test]
fn the_room_of_a_slot_is_left_by_putters_without_the_mutex() {
    explore("ring: 2 putters beside a slot, capacity 3", 100, || {
        let queue = Arc::new(Queue::bounded(3));
        let slot = queue.try_reserve().unwrap();
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || {
            u32::from(other.try_put(1).is_ok()) + u32::from(other.try_put(2).is_ok())
        });
        let puts = u32::from(queue.try_put(3).is_ok());
        assert_eq!(puts + putter.join().unwrap(), 2);
        slot.put(4).unwrap();
        assert_eq!(queue.len(), 3);
    });
}

/// The mirror of the model above.
#[test]
fn a_granted_item_is_left_by_getters_without_the_mutex() {
    explore("ring: 2 getters beside a granted get", 50, || {
        let (queue, granted) = with_a_granted_get();
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || {
            u32::from(other.try_get().is_ok()) + u32::from(other.try_get().is_ok())
        });
        let gets = u32::from(queue.try_get().is_ok());
        assert_eq!(gets + getter.join().unwrap(), 2);
        assert_eq!(block_on(granted), Ok(3));
    });
}

/// As the first model of the two above, with the future of `put`, which claims in another way.
#[test]
fn the_room_of_a_slot_is_left_by_the_futures_of_putters() {
    explore(
        "ring: 2 putters' futures beside a slot, capacity 3",
        250,
        || {
            let queue = Arc::new(Queue::bounded(3));
            let slot = queue.try_reserve().unwrap();
            let put = |queue: &Queue<u32>, item| {
                u32::from(poll_once(&mut Box::pin(queue.put(item))).is_ready())
            };
            let other = Arc::clone(&queue);
            let putter = thread::spawn(move || put(&other, 1) + put(&other, 2));
            let puts = put(&queue, 3);
            assert_eq!(puts + putter.join().unwrap(), 2);
            slot.put(4).unwrap();
            assert_eq!(queue.len(), 3);
        },
    );
}

/// The mirror of the model above.
#[test]
fn a_granted_item_is_left_by_the_futures_of_getters() {
    explore("ring: 2 getters' futures beside a granted get", 100, || {
        let (queue, granted) = with_a_granted_get();
        let get = |queue: &Queue<u32>| u32::from(poll_once(&mut Box::pin(queue.get())).is_ready());
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || get(&other) + get(&other));
        let gets = get(&queue);
        assert_eq!(gets + getter.join().unwrap(), 2);
        assert_eq!(block_on(granted), Ok(3));
    });
}

/// Breaks if a put's future claims at a tail that is frozen, because another put waits there.
#[test]
fn a_put_beside_a_slot_does_not_overtake_a_waiting_put() {
    explore(
        "ring: put's future against a waiting put, a get",
        10,
        || {
            let queue = Arc::new(Queue::bounded(2));
            let slot = queue.try_reserve().unwrap();
            queue.try_put(1).unwrap();
            let other = Arc::clone(&queue);
            let newcomer = thread::spawn(move || poll_once(&mut Box::pin(other.put(3))).is_ready());
            let mut first = Box::pin(Arc::clone(&queue).put_owned(2));
            assert!(poll_once(&mut first).is_pending());
            assert_eq!(queue.try_get(), Ok(1));
            assert!(!newcomer.join().unwrap(), "the room was granted");
            block_on(first).unwrap();
            slot.put(4).unwrap();
            assert_eq!((queue.try_get(), queue.try_get()), (Ok(2), Ok(4)));
        },
    );
}

/// Breaks if a put beside a slot looks only whether the reserved cell is free: a getter that is
/// under way may not have emptied the put's own cell.
#[test]
fn a_put_beside_a_slot_waits_for_its_own_cell() {
    explore("ring: 2 gets, 2 puts' futures beside a slot", 3_000, || {
        let queue = Arc::new(Queue::bounded(3));
        for item in 0..2 {
            queue.try_put(Box::new(item)).unwrap();
        }
        let slot = queue.try_reserve().unwrap();
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || drop(other.try_get().unwrap()));
        drop(queue.try_get().unwrap());
        let put = |item| poll_once(&mut Box::pin(queue.put(Box::new(item)))).is_ready();
        let puts = usize::from(put(2)) + usize::from(put(3));
        getter.join().unwrap();
        slot.put(Box::new(4)).unwrap();
        assert_eq!(queue.len(), puts + 1);
    });
}
