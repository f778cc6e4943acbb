//! `unfinished`, `task_done` and `join`.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;

use aiosync::{PriorityQueue, Queue, TaskDoneError};
use futures_lite::future::block_on;

use super::{full, ready, taken};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Polled, rounds, until, watched};

#[test]
fn each_way_of_putting_counts_one_for_each_item() {
    let queue = Arc::new(Queue::bounded(8));
    queue.try_put(1).unwrap();
    ready(queue.put(2)).unwrap();
    ready(Arc::clone(&queue).put_owned(3)).unwrap();
    queue.put_blocking(4).unwrap();
    assert_eq!(queue.unfinished(), 4);
    queue.try_reserve().unwrap().put(5).unwrap();
    ready(queue.put_many([6, 7, 8])).unwrap();
    assert_eq!(queue.unfinished(), 8);
    // A refused, waiting or granted put is not counted before it has put.
    assert!(queue.try_put(9).is_err());
    let mut put = Polled::waiting(queue.put(9));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!((put.wakes(), queue.unfinished()), (1, 8));
    put.assert_ready().unwrap();
    assert_eq!(queue.unfinished(), 9);
}

#[test]
fn taking_an_item_does_not_finish_it() {
    let queue = full([1, 2]);
    assert_eq!(ready(queue.get()), Ok(1));
    assert_eq!(queue.try_get(), Ok(2));
    assert_eq!(queue.unfinished(), 2);
}

#[test]
fn task_done_more_often_than_puts_is_an_error_and_changes_nothing() {
    let queue = Queue::bounded(4);
    assert_eq!(queue.task_done(), Err(TaskDoneError));
    queue.try_put(1).unwrap();
    assert_eq!(queue.task_done(), Ok(()));
    let before = format!("{queue:?}");
    assert_eq!(queue.task_done(), Err(TaskDoneError));
    assert_eq!(queue.task_done(), Err(TaskDoneError));
    assert_eq!((format!("{queue:?}"), queue.unfinished()), (before, 0));
    queue.try_put(2).unwrap();
    assert_eq!(queue.unfinished(), 1);
    let join = Polled::waiting(queue.join());
    queue.task_done().unwrap();
    assert_eq!(join.wakes(), 1);
}

#[test]
fn join_is_released_at_0_though_a_put_follows_at_once() {
    let queue = full([1]);
    let mut joins: Vec<_> = (0..3).map(|_| Polled::waiting(queue.join())).collect();
    assert_eq!(queue.try_get(), Ok(1));
    queue.task_done().unwrap();
    queue.try_put(2).unwrap();
    for join in &mut joins {
        assert_eq!((join.wakes(), join.wakers_kept()), (1, 0));
        join.assert_ready();
    }
    // A later join waits for the next zero.
    let mut late = Polled::waiting(queue.join());
    late.assert_pending();
    queue.task_done().unwrap();
    assert_eq!(late.wakes(), 1);
    late.assert_ready();
}

#[test]
fn join_that_was_released_stays_so_whatever_follows() {
    let queue = full([1]);
    let mut join = Polled::waiting(queue.join());
    for item in 2..9 {
        taken(&queue);
        queue.task_done().unwrap();
        queue.try_put(item).unwrap();
    }
    assert_eq!((join.wakes(), queue.unfinished()), (1, 1));
    join.assert_ready();
}

#[test]
fn join_is_not_woken_before_0() {
    let queue = full([1, 2, 3]);
    let mut join = Polled::waiting(queue.join());
    assert_eq!(taken(&queue).len(), 3);
    for _ in 0..2 {
        queue.task_done().unwrap();
        assert_eq!(join.wakes(), 0);
        join.assert_pending();
    }
    queue.try_put(4).unwrap();
    queue.task_done().unwrap();
    assert_eq!(join.wakes(), 0);
    queue.task_done().unwrap();
    assert_eq!(join.wakes(), 1);
    join.assert_ready();
}

#[test]
fn a_join_that_was_not_polled_before_0_waits_for_the_next_time() {
    let queue = full([1]);
    let mut join = Polled::new(queue.join());
    queue.task_done().unwrap();
    taken(&queue);
    queue.try_put(2).unwrap();
    join.assert_pending();
    queue.task_done().unwrap();
    join.assert_ready();
}

#[test]
fn work_may_be_done_before_it_is_taken_out() {
    let queue = full([1, 2]);
    queue.task_done().unwrap();
    queue.task_done().unwrap();
    assert_eq!((queue.len(), queue.unfinished()), (2, 0));
    ready(queue.join());
    // The items that `close_now` took out count as done.
    assert_eq!(queue.close_now().len(), 2);
    assert_eq!(
        (queue.unfinished(), queue.task_done()),
        (0, Err(TaskDoneError))
    );
}

#[test]
fn close_now_counts_what_it_takes_out_as_done_and_join_waits_for_what_was_got() {
    let queue = PriorityQueue::unbounded();
    ready(queue.put_many([1, 2, 3, 4])).unwrap();
    let mut joins = [Polled::waiting(queue.join()), Polled::waiting(queue.join())];
    assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(2)));
    queue.task_done().unwrap();
    assert_eq!(queue.close_now().len(), 2);
    assert_eq!((joins[0].wakes(), queue.unfinished()), (0, 1));
    joins[0].assert_pending();
    queue.task_done().unwrap();
    for join in &mut joins {
        assert_eq!(join.wakes(), 1);
        join.assert_ready();
    }
}

#[test]
fn threads_and_tasks_wait_for_the_work_together() {
    watched(|| {
        let queue = &full([1, 2]);
        let mut first = Polled::waiting(queue.join());
        let mut last = Polled::waiting(queue.join());
        thread::scope(|scope| {
            let blocking = scope.spawn(|| queue.join_blocking());
            let task = scope.spawn(|| block_on(queue.join()));
            let twin = scope.spawn(|| queue.join().block());
            assert_eq!(taken(queue), [1, 2]);
            queue.task_done().unwrap();
            assert!(!blocking.is_finished() && !task.is_finished() && !twin.is_finished());
            queue.task_done().unwrap();
            blocking.join().unwrap();
            task.join().unwrap();
            twin.join().unwrap();
        });
        first.assert_ready();
        last.assert_ready();
        assert_eq!((first.wakes(), last.wakes()), (1, 1));
    });
}

#[test]
fn the_last_of_many_workers_releases_join() {
    const WORKERS: usize = 4;
    const ITEMS: usize = rounds(200);
    watched(|| {
        let queue = Queue::bounded(8);
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    while queue.get_blocking().is_ok() {
                        queue.task_done().unwrap();
                    }
                });
            }
            for round in 0..5 {
                for item in 0..ITEMS {
                    queue.put_blocking(item).unwrap();
                }
                if round % 2 == 0 {
                    queue.join_blocking();
                } else {
                    block_on(queue.join());
                }
                assert_eq!((queue.unfinished(), queue.len()), (0, 0));
            }
            queue.close();
        });
        assert_eq!(queue.task_done(), Err(TaskDoneError));
    });
}

#[test]
fn a_thread_that_joins_is_released_at_0_though_puts_follow_at_once() {
    watched(|| {
        let queue = full([1]);
        thread::scope(|scope| {
            let join = scope.spawn(|| queue.join_blocking());
            // However late the thread begins, it sees one of the zeros.
            until(|| {
                queue.task_done().unwrap();
                taken(&queue);
                queue.try_put(1).unwrap();
                join.is_finished()
            });
        });
        assert_eq!(queue.unfinished(), 1);
    });
}
