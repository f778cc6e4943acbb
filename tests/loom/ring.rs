//! The ring of a bounded queue: puts and gets without the mutex, and the change between the
//! ring and the wait queues.

use std::sync::Arc;

use aiosync::{Queue, TryPutError};
use loom::cell::Cell;
use loom::future::block_on;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::explore::{explore, explore_fully, explore_within, poll_once};
use crate::ring_grants::with_a_granted_get;

/// Breaks if a cell is published before its item is in it or out of it, or without Release and
/// Acquire: loom sees two threads in one cell.
#[test]
fn items_pass_through_one_cell_without_a_wait() {
    explore_fully("ring: try_put against try_get, capacity 1", 48, || {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(Box::new(1)).unwrap();
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || other.try_put(Box::new(2)).is_ok());
        assert_eq!(queue.try_get().as_deref(), Ok(&1));
        let put = putter.join().unwrap();
        assert_eq!(queue.try_get().is_ok(), put);
    });
}

/// Breaks if two putters can claim one cell, or two getters.
#[test]
fn two_putters_and_a_getter_lose_and_double_nothing() {
    explore("ring: 2 putters, 1 getter, capacity 2", 1_890, || {
        let queue = Arc::new(Queue::bounded(2));
        let putters = [1, 2].map(|item| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.try_put(item).unwrap())
        });
        let early: Option<u32> = queue.try_get().ok();
        for putter in putters {
            putter.join().unwrap();
        }
        let late: u32 = std::iter::from_fn(|| queue.try_get().ok()).sum();
        assert_eq!(early.unwrap_or(0) + late, 3);
    });
}

/// Breaks if only one end is frozen, if the ring is thawed while anybody waits, or if a
/// newcomer looks before it freezes: it takes the room that the waiter was granted.
#[test]
fn a_newcomer_does_not_overtake_a_putter_that_waits() {
    explore("ring: get and try_put beside a waiting put", 3, || {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(0).unwrap();
        let mut waiting = Box::pin(Arc::clone(&queue).put_owned(1));
        assert!(poll_once(&mut waiting).is_pending());
        let other = Arc::clone(&queue);
        let newcomer = thread::spawn(move || other.try_put(2));
        assert_eq!(queue.try_get(), Ok(0));
        assert_eq!(newcomer.join().unwrap(), Err(TryPutError::Full(2)));
        block_on(waiting).unwrap();
        assert_eq!(queue.try_get(), Ok(1));
    });
}

/// The mirror of the model above: breaks if the head is not frozen, or is thawed while a
/// getter has a grant.
#[test]
fn a_newcomer_does_not_take_what_a_getter_was_granted() {
    explore("ring: put and try_get beside a granted get", 4, || {
        let queue = Arc::new(Queue::bounded(2));
        let mut waiting = Box::pin(Arc::clone(&queue).get_owned());
        assert!(poll_once(&mut waiting).is_pending());
        let other = Arc::clone(&queue);
        let newcomer = thread::spawn(move || other.try_get().is_ok());
        queue.try_put(1).unwrap();
        let taken = newcomer.join().unwrap();
        assert!(!taken, "the item was granted");
        assert_eq!(block_on(waiting), Ok(1));
    });
}

/// Breaks if a length is computed from an old tail and a new head, or the other way round.
#[test]
fn a_length_is_one_that_was() {
    explore_within(2, "ring: len against put and get", 30_000, || {
        let queue = Arc::new(Queue::bounded(4));
        for item in 0..2 {
            queue.try_put(item).unwrap();
        }
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || {
            for item in 0..2 {
                other.try_put(item).unwrap();
                other.try_get().unwrap();
                other.task_done().unwrap();
            }
        });
        let (len, unfinished) = (queue.len(), queue.unfinished());
        worker.join().unwrap();
        let was = 2..=3;
        assert!(
            was.contains(&len) && was.contains(&unfinished),
            "{len}, {unfinished}"
        );
    });
}

/// As the model above, with the head claimed beside a grant.
#[test]
fn a_length_beside_a_grant_is_one_that_was() {
    explore(
        "ring: len against put and get beside a granted get",
        12_400,
        || {
            let (queue, _granted) = with_a_granted_get();
            let other = Arc::clone(&queue);
            let worker = thread::spawn(move || {
                for item in 4..6 {
                    other.try_put(item).unwrap();
                    other.try_get().unwrap();
                }
            });
            let len = queue.len();
            worker.join().unwrap();
            assert!((3..=4).contains(&len), "{len}");
        },
    );
}

/// Breaks if the puts are counted without Release and Acquire: an item that was done meanwhile is
/// not noticed, and the later puts count as unfinished.
#[test]
fn unfinished_without_a_ring_is_a_number_that_was() {
    explore(
        "queue: unfinished against put and done, no ring",
        700,
        || {
            let queue = Arc::new(Queue::unbounded());
            let other = Arc::clone(&queue);
            let worker = thread::spawn(move || {
                for item in 0..2 {
                    other.try_put(item).unwrap();
                    other.try_get().unwrap();
                    other.task_done().unwrap();
                }
            });
            let unfinished = queue.unfinished();
            worker.join().unwrap();
            assert!(unfinished <= 1, "{unfinished}");
        },
    );
}

/// Breaks if the holder of the mutex moves an end without Release (`Ends::advance`): another
/// thread sees the new tail beside an old head.
#[test]
fn a_length_is_never_more_than_the_capacity() {
    explore("ring: len against a put that waited", 104, || {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(1).unwrap();
        let mut waiting = Box::pin(Arc::clone(&queue).put_owned(2));
        assert!(poll_once(&mut waiting).is_pending());
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || {
            assert_eq!(other.try_get(), Ok(1));
            assert!(poll_once(&mut waiting).is_ready());
        });
        let len = queue.len();
        worker.join().unwrap();
        assert!(len <= 1, "{len} in a queue of 1");
    });
}

/// Breaks if `Ends::freeze` does not acquire what earlier claimers of the end knew, or if
/// `Ends::thaw` does not publish it: another thread sees the tail without the head that left it
/// room.
#[test]
fn a_length_after_a_thaw_is_one_that_was() {
    explore(
        "ring: len against get, put and a dropped slot",
        1_000,
        || {
            let queue = Arc::new(Queue::bounded(3));
            queue.try_put(0).unwrap();
            // Its drop freezes the tail and thaws it, and loads nothing in between.
            let slot = Arc::clone(&queue).try_reserve_owned().unwrap();
            let other = Arc::clone(&queue);
            let worker = thread::spawn(move || {
                other.try_get().unwrap();
                other.try_put(1).unwrap();
            });
            let dropper = thread::spawn(move || drop(slot));
            let len = queue.len();
            worker.join().unwrap();
            dropper.join().unwrap();
            assert!(len <= 1, "there was 1 item at most, not {len}");
        },
    );
}

/// Breaks if a put can come between the read of the puts and the count of the last item
/// (`QueueCore::task_done` without the freeze): the join ends without a zero.
#[test]
fn a_join_does_not_end_by_a_zero_that_never_was() {
    explore("ring: task_done and put beside a join", 200, || {
        let queue = Arc::new(Queue::bounded(2));
        queue.try_put(1).unwrap();
        let mut join = Box::pin(queue.join());
        assert!(poll_once(&mut join).is_pending());
        let other = Arc::clone(&queue);
        let worker = thread::spawn(move || other.task_done().unwrap());
        queue.try_put(2).unwrap();
        let seen = queue.unfinished();
        worker.join().unwrap();
        assert_eq!(queue.unfinished(), 1);
        let over = poll_once(&mut join).is_ready();
        assert!(seen == 1 || !over, "1, 2, 1: never 0");
    });
}

/// Breaks if a getter that is about to wait misses a put without the mutex, or if it does not
/// wait for a put that has claimed its cell and not filled it.
#[test]
fn a_put_without_the_mutex_is_not_missed_by_a_getter_about_to_wait() {
    explore("ring: put against a getter that waits", 675, || {
        let queue = Arc::new(Queue::bounded(1));
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || other.try_put(Box::new(1)).unwrap());
        assert_eq!(block_on(queue.get()).as_deref(), Ok(&1));
        putter.join().unwrap();
    });
}

/// The mirror of the model above: breaks if a putter that is about to wait misses a get.
#[test]
fn a_get_without_the_mutex_is_not_missed_by_a_putter_about_to_wait() {
    explore("ring: get against a putter that waits", 218, || {
        let queue = Arc::new(Queue::bounded(1));
        queue.try_put(Box::new(1)).unwrap();
        let other = Arc::clone(&queue);
        let getter = thread::spawn(move || assert_eq!(other.try_get().as_deref(), Ok(&1)));
        block_on(queue.put(Box::new(2))).unwrap();
        getter.join().unwrap();
        assert_eq!(queue.try_get().as_deref(), Ok(&2));
    });
}

/// Breaks if a wake is lost in the change between the ring and the wait queues, on either side:
/// both threads wait, the ring is thawed in between, and nobody comes afterwards. Two
/// preemptions, because three take minutes.
#[test]
fn two_items_pass_through_one_cell_with_waits_on_both_sides() {
    explore_within(2, "ring: 2 items, capacity 1", 537_000, || {
        let queue = Arc::new(Queue::bounded(1));
        let other = Arc::clone(&queue);
        let producer = thread::spawn(move || {
            block_on(other.put(1)).unwrap();
            block_on(other.put(2)).unwrap();
        });
        assert_eq!(block_on(queue.get()), Ok(1));
        assert_eq!(block_on(queue.get()), Ok(2));
        producer.join().unwrap();
        assert!(queue.is_empty());
    });
}

/// Breaks if `close_now` does not wait for a put that has claimed its cell, or if a put
/// succeeds after it.
#[test]
fn closing_now_takes_what_was_put_without_the_mutex() {
    explore_fully("ring: close_now against try_put", 35, || {
        let queue = Arc::new(Queue::bounded(2));
        let other = Arc::clone(&queue);
        let putter = thread::spawn(move || other.try_put(Box::new(1)).is_ok());
        let drained = queue.close_now().count();
        assert_eq!(drained == 1, putter.join().unwrap());
        assert_eq!(queue.unfinished(), 0);
    });
}

/// Breaks if the thread that finishes the last item does not publish the work before it, or
/// does not see the join. Also breaks if `DoneCount::finish_one` does not acquire what another
/// thread knew that has finished an item: it then sees too few puts.
#[test]
fn what_was_done_is_visible_after_the_join() {
    explore("ring: 2 workers against join", 29_400, || {
        let queue = Arc::new(Queue::bounded(2));
        let results = Arc::new([Cell::new(0), Cell::new(0)]);
        let workers = [0, 1].map(|worker| {
            queue.try_put(worker).unwrap();
            let (queue, results) = (Arc::clone(&queue), Arc::clone(&results));
            thread::spawn(move || {
                results[worker].set(1);
                queue.task_done().unwrap();
            })
        });
        block_on(queue.join());
        assert_eq!(results[0].get() + results[1].get(), 2);
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

/// Breaks if `Full` is returned because of an old head: the getter that makes room afterwards
/// does not see what the putter did before.
#[test]
fn a_getter_sees_what_came_before_a_put_that_was_refused() {
    explore("ring: refused try_put against try_get", 170, || {
        refuse_a_put(&Arc::new(Queue::bounded(1)));
    });
}

/// As the model above, with the put refused under the mutex.
#[test]
fn a_getter_sees_what_came_before_a_put_that_was_refused_beside_a_slot() {
    explore("ring: refused try_put beside a slot", 165, || {
        let queue = Arc::new(Queue::bounded(2));
        let _slot = queue.try_reserve().unwrap();
        refuse_a_put(&queue);
    });
}

fn refuse_a_put(queue: &Arc<Queue<()>>) {
    queue.try_put(()).unwrap();
    let written = Arc::new(AtomicUsize::new(0));
    let (other, theirs) = (Arc::clone(queue), Arc::clone(&written));
    let putter = thread::spawn(move || {
        theirs.store(1, Ordering::Relaxed);
        other.try_put(()).is_err()
    });
    queue.try_get().unwrap();
    let seen = written.load(Ordering::Relaxed);
    let refused = putter.join().unwrap();
    assert!(seen == 1 || !refused, "there was room before the put");
}

/// The mirror of the model above: breaks if `Empty` is returned because of an old tail.
#[test]
fn a_putter_sees_what_came_before_a_get_that_was_refused() {
    explore("ring: refused try_get against try_put", 170, || {
        let queue = Arc::new(Queue::bounded(1));
        let written = Arc::new(AtomicUsize::new(0));
        let (other, theirs) = (Arc::clone(&queue), Arc::clone(&written));
        let getter = thread::spawn(move || {
            theirs.store(1, Ordering::Relaxed);
            other.try_get().is_err()
        });
        queue.try_put(()).unwrap();
        let seen = written.load(Ordering::Relaxed);
        let refused = getter.join().unwrap();
        assert!(seen == 1 || !refused, "there was an item before the get");
    });
}

/// Breaks if `Empty` is returned under the mutex because of an old tail.
#[test]
fn a_putter_sees_what_came_before_a_get_that_was_refused_beside_a_grant() {
    explore("ring: refused try_get beside a granted get", 790, || {
        let queue = Arc::new(Queue::bounded(3));
        let mut granted = Box::pin(Arc::clone(&queue).get_owned());
        assert!(poll_once(&mut granted).is_pending());
        queue.try_put(()).unwrap();
        let written = Arc::new(AtomicUsize::new(0));
        let (other, theirs) = (Arc::clone(&queue), Arc::clone(&written));
        let getter = thread::spawn(move || {
            theirs.store(1, Ordering::Relaxed);
            let mut into = Vec::new();
            other.try_get().is_err() && other.try_get_many(&mut into, 1).is_err()
        });
        queue.try_put(()).unwrap();
        let seen = written.load(Ordering::Relaxed);
        let refused = getter.join().unwrap();
        assert!(seen == 1 || !refused, "there was an item before the get");
    });
}

/// Breaks if a grant that is returned while the head moves without the mutex is lost or counted
/// twice.
#[test]
fn returned_room_is_free_although_the_head_moves_meanwhile() {
    explore(
        "ring: dropped put, try_get, try_put, capacity 3",
        71_000,
        || {
            let queue = Arc::new(Queue::bounded(3));
            for item in 0..3 {
                queue.try_put(item).unwrap();
            }
            let mut granted = Box::pin(Arc::clone(&queue).put_owned(9));
            assert!(poll_once(&mut granted).is_pending());
            assert_eq!(queue.try_get(), Ok(0));
            let other = Arc::clone(&queue);
            let getter = thread::spawn(move || {
                assert_eq!(other.try_get(), Ok(1));
                other.len()
            });
            let other = Arc::clone(&queue);
            let putter = thread::spawn(move || other.try_put(3).is_ok());
            drop(granted);
            let len = getter.join().unwrap();
            assert!((1..=2).contains(&len), "{len}");
            let mut inside = 1 + usize::from(putter.join().unwrap());
            while queue.try_put(4).is_ok() {
                inside += 1;
            }
            assert_eq!((inside, queue.len()), (3, 3));
            let items = Vec::from_iter(std::iter::from_fn(|| queue.try_get().ok()));
            assert!(items.is_sorted() && items[0] == 2, "{items:?}");
        },
    );
}

/// The mirror of the model above.
#[test]
fn a_returned_item_is_free_although_the_tail_moves_meanwhile() {
    explore(
        "ring: dropped get, try_put, try_get, capacity 3",
        46_500,
        || {
            let queue = Arc::new(Queue::bounded(3));
            let mut granted = Box::pin(Arc::clone(&queue).get_owned());
            assert!(poll_once(&mut granted).is_pending());
            queue.try_put(0).unwrap();
            let other = Arc::clone(&queue);
            let putter = thread::spawn(move || {
                other.try_put(1).unwrap();
                other.len()
            });
            let other = Arc::clone(&queue);
            let getter = thread::spawn(move || other.try_get().ok());
            drop(granted);
            let len = putter.join().unwrap();
            assert!((1..=2).contains(&len), "{len}");
            let mut items = Vec::from_iter(getter.join().unwrap());
            items.extend(std::iter::from_fn(|| queue.try_get().ok()));
            assert_eq!(items, [0, 1]);
            assert_eq!(queue.len(), 0);
        },
    );
}
