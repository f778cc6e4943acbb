//! Waits that a thread gives up. The timeouts are zero or endless, or it does not matter when
//! they end.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use aiosync::{GetError, GetTimeoutError, PutError, PutTimeoutError, Queue};

use super::{Drops, full, numbers, taken};
use crate::common::{Polled, rounds, until, watched};

const NONE: Duration = Duration::ZERO;
const ENDLESS: Duration = Duration::MAX;

#[test]
fn what_need_not_wait_succeeds_in_no_time() {
    let queue = Arc::new(Queue::bounded(4));
    let mut into = Vec::new();
    assert_eq!(queue.put_blocking_timeout(1, NONE), Ok(()));
    assert_eq!(queue.put(2).block_timeout(NONE), Some(Ok(())));
    assert_eq!(
        Arc::clone(&queue).put_owned(3).block_timeout(NONE),
        Some(Ok(()))
    );
    assert!(
        queue
            .reserve()
            .block_timeout(NONE)
            .is_some_and(|slot| slot.is_ok())
    );
    assert!(
        queue
            .put_many([4])
            .block_timeout(NONE)
            .is_some_and(|put| put.is_ok())
    );
    assert_eq!(queue.get_blocking_timeout(NONE), Ok(1));
    assert_eq!(queue.get().block_timeout(NONE), Some(Ok(2)));
    assert_eq!(
        Arc::clone(&queue).get_owned().block_timeout(NONE),
        Some(Ok(3))
    );
    assert_eq!(
        queue.get_many(&mut into, 9).block_timeout(NONE),
        Some(Ok(1))
    );
    let slot = Arc::clone(&queue).reserve_owned().block_timeout(NONE);
    drop(slot.unwrap().unwrap());
    for _ in 0..4 {
        queue.task_done().unwrap();
    }
    assert_eq!(queue.join().block_timeout(NONE), Some(()));
    let join = Arc::clone(&queue).join_owned();
    assert_eq!(join.block_timeout(NONE), Some(()));
    queue.close();
    assert_eq!(queue.closed().block_timeout(NONE), Some(()));
    let closed = Arc::clone(&queue).closed_owned();
    assert_eq!(closed.block_timeout(NONE), Some(()));
    assert_eq!(Arc::strong_count(&queue), 1);
}

#[test]
fn a_put_that_timed_out_gives_the_item_back_and_is_not_queued() {
    let drops = Drops::new();
    let queue = full([drops.item(0)]);
    let late = queue.put_blocking_timeout(drops.item(1), NONE).unwrap_err();
    assert!(matches!(&late, PutTimeoutError::Timeout(item) if item.number == 1));
    assert_eq!((drops.count(), queue.waiting_putters()), (0, 0));
    drop(late);
    assert_eq!(numbers(&queue), [0]);
    assert_eq!((drops.count(), queue.unfinished()), (2, 1));
    queue.try_put(drops.item(2)).unwrap();
}

#[test]
fn other_waits_for_room_that_ran_out_of_time_leave_nothing_behind() {
    let queue = Arc::new(full([0]));
    assert_eq!(queue.put(1).block_timeout(NONE), None);
    assert_eq!(Arc::clone(&queue).put_owned(1).block_timeout(NONE), None);
    assert!(queue.reserve().block_timeout(NONE).is_none());
    let reserve = Arc::clone(&queue).reserve_owned();
    assert!(reserve.block_timeout(NONE).is_none());
    assert!(queue.put_many([1, 2]).block_timeout(NONE).is_none());
    assert_eq!((queue.waiting_putters(), Arc::strong_count(&queue)), (0, 1));
    assert_eq!(taken(&queue), [0]);
    queue.try_put(3).unwrap();
    assert_eq!(taken(&queue), [3]);
}

#[test]
fn a_put_many_that_ran_out_of_time_has_put_the_first_few() {
    let drops = Drops::new();
    let queue = Queue::bounded(2);
    let items: Vec<_> = (0..5).map(|number| drops.item(number)).collect();
    assert!(queue.put_many(items).block_timeout(NONE).is_none());
    assert_eq!((drops.count(), queue.waiting_putters()), (3, 0));
    assert_eq!(numbers(&queue), [0, 1]);
}

#[test]
fn a_get_that_ran_out_of_time_takes_no_item() {
    let queue = Arc::new(Queue::unbounded());
    let mut into = Vec::new();
    assert_eq!(
        queue.get_blocking_timeout(NONE),
        Err(GetTimeoutError::Timeout)
    );
    assert_eq!(queue.get().block_timeout(NONE), None);
    assert_eq!(Arc::clone(&queue).get_owned().block_timeout(NONE), None);
    assert_eq!(queue.get_many(&mut into, 9).block_timeout(NONE), None);
    assert_eq!((queue.waiting_getters(), Arc::strong_count(&queue)), (0, 1));
    queue.try_put(1).unwrap();
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn a_get_finds_no_time_to_take_what_is_granted_to_others() {
    let queue = Queue::unbounded();
    let mut granted = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    assert_eq!(
        queue.get_blocking_timeout(NONE),
        Err(GetTimeoutError::Timeout)
    );
    assert_eq!(granted.assert_ready(), Ok(1));
}

#[test]
fn ends_that_do_not_come_in_time_are_none() {
    let queue = Arc::new(full([0]));
    assert_eq!(queue.join().block_timeout(NONE), None);
    assert_eq!(queue.closed().block_timeout(NONE), None);
    assert_eq!(Arc::clone(&queue).join_owned().block_timeout(NONE), None);
    assert_eq!(Arc::clone(&queue).closed_owned().block_timeout(NONE), None);
    assert_eq!(Arc::strong_count(&queue), 1);
    let mut join = Polled::waiting(queue.join());
    queue.task_done().unwrap();
    assert_eq!(join.wakes(), 1);
    join.assert_ready();
}

#[test]
fn a_closed_queue_says_so_in_no_time() {
    let queue = full([0]);
    queue.close();
    assert_eq!(
        queue.put_blocking_timeout(1, NONE),
        Err(PutTimeoutError::Closed(1))
    );
    assert_eq!(queue.put(1).block_timeout(NONE), Some(Err(PutError(1))));
    assert_eq!(queue.get_blocking_timeout(NONE), Ok(0));
    assert_eq!(
        queue.get_blocking_timeout(NONE),
        Err(GetTimeoutError::Closed)
    );
    assert_eq!(queue.get().block_timeout(NONE), Some(Err(GetError)));
}

#[test]
fn with_endless_time_they_wait_as_long_as_it_takes() {
    watched(|| {
        let queue = full([0]);
        thread::scope(|scope| {
            let put = scope.spawn(|| queue.put_blocking_timeout(1, ENDLESS));
            until(|| queue.waiting_putters() == 1);
            assert_eq!(queue.try_get(), Ok(0));
            assert_eq!(put.join().unwrap(), Ok(()));
            assert_eq!(queue.try_get(), Ok(1));
            let get = scope.spawn(|| queue.get_blocking_timeout(ENDLESS));
            until(|| queue.waiting_getters() == 1);
            queue.try_put(2).unwrap();
            assert_eq!(get.join().unwrap(), Ok(2));
            let join = scope.spawn(|| queue.join().block_timeout(ENDLESS));
            let closed = scope.spawn(|| queue.closed().block_timeout(ENDLESS));
            for _ in 0..3 {
                queue.task_done().unwrap();
            }
            queue.close();
            assert_eq!(join.join().unwrap(), Some(()));
            assert_eq!(closed.join().unwrap(), Some(()));
        });
    });
}

#[test]
fn close_ends_waits_that_had_time_left() {
    watched(|| {
        let queue = full([0]);
        let empty = Queue::<u32>::unbounded();
        thread::scope(|scope| {
            let put = scope.spawn(|| queue.put_blocking_timeout(1, ENDLESS));
            let get = scope.spawn(|| empty.get_blocking_timeout(ENDLESS));
            until(|| queue.waiting_putters() == 1 && empty.waiting_getters() == 1);
            queue.close();
            empty.close();
            assert_eq!(put.join().unwrap(), Err(PutTimeoutError::Closed(1)));
            assert_eq!(get.join().unwrap(), Err(GetTimeoutError::Closed));
        });
    });
}

/// Long enough to park, too short for most waits.
const SHORT: Duration = Duration::from_micros(20);

/// Puts `item` in all ways by turns, until it is in time.
fn put_in_time(queue: &Queue<usize>, item: usize) {
    for way in item.. {
        let put = match way % 3 {
            0 => match queue.put_blocking_timeout(item, SHORT) {
                Ok(()) => true,
                Err(late) => {
                    assert_eq!(late, PutTimeoutError::Timeout(item));
                    false
                }
            },
            1 => match queue.reserve().block_timeout(SHORT) {
                Some(slot) => slot.unwrap().put(item).is_ok(),
                None => false,
            },
            _ => queue
                .put_many([item])
                .block_timeout(SHORT)
                .is_some_and(|put| put.is_ok()),
        };
        if put {
            return;
        }
    }
}

/// Takes items in all ways by turns, until the queue is closed.
fn all_in_time(queue: &Queue<usize>) -> Vec<usize> {
    let mut all = Vec::new();
    for way in 0.. {
        let before = all.len();
        let got = match way % 3 {
            0 => match queue.get_blocking_timeout(SHORT) {
                Ok(item) => {
                    all.push(item);
                    Some(Ok(()))
                }
                Err(GetTimeoutError::Timeout) => None,
                Err(GetTimeoutError::Closed) => Some(Err(GetError)),
            },
            1 => queue
                .get()
                .block_timeout(SHORT)
                .map(|got| got.map(|item| all.push(item))),
            _ => queue
                .get_many(&mut all, 2)
                .block_timeout(SHORT)
                .map(|got| got.map(|_| ())),
        };
        assert_eq!(all.len() > before, got == Some(Ok(())));
        if got == Some(Err(GetError)) {
            break;
        }
    }
    all
}

#[test]
fn timeouts_that_meet_grants_lose_nothing_and_double_nothing() {
    const ITEMS: usize = rounds(600);
    watched(|| {
        let queue = &Queue::bounded(1);
        let all = thread::scope(|scope| {
            scope.spawn(|| {
                (0..ITEMS).for_each(|item| put_in_time(queue, item));
                queue.close();
            });
            scope.spawn(|| all_in_time(queue)).join().unwrap()
        });
        assert_eq!(all, (0..ITEMS).collect::<Vec<_>>());
        assert_eq!((queue.unfinished(), queue.len()), (ITEMS, 0));
        assert_eq!((queue.waiting_putters(), queue.waiting_getters()), (0, 0));
    });
}
