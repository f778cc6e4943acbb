//! Threads and tasks wait in the same queue.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::thread;

use aiosync::{GetError, PriorityQueue, PutError, Queue};
use futures_lite::future::block_on;

use super::{full, taken};
use crate::common::{CountingWaker, Polled, until, watched};

#[test]
fn without_a_wait_they_do_not_park() {
    let queue = Arc::new(Queue::bounded(4));
    queue.put_blocking(1).unwrap();
    queue.put(2).block().unwrap();
    Arc::clone(&queue).put_owned(3).block().unwrap();
    queue.reserve().block().unwrap().put(4).unwrap();
    assert_eq!(queue.get_blocking(), Ok(1));
    assert_eq!(queue.get().block(), Ok(2));
    assert_eq!(Arc::clone(&queue).get_owned().block(), Ok(3));
    queue.put_many([5, 6]).block().unwrap();
    let mut into = Vec::new();
    assert_eq!(queue.get_many(&mut into, 9).block(), Ok(3));
    assert_eq!(into, [4, 5, 6]);
    for _ in 0..6 {
        queue.task_done().unwrap();
    }
    queue.join_blocking();
    queue.join().block();
    queue.close();
    queue.closed().block();
}

#[test]
fn they_may_be_called_inside_a_task() {
    let queue = full([1]);
    let item = block_on(async {
        let item = queue.get_blocking().unwrap();
        queue.put_blocking(item + 1).unwrap();
        queue.get().await.unwrap()
    });
    assert_eq!(item, 2);
}

#[test]
fn a_thread_waits_for_room() {
    watched(|| {
        let queue = full([1]);
        thread::scope(|scope| {
            let put = scope.spawn(|| queue.put_blocking(2));
            until(|| queue.waiting_putters() == 1);
            assert!(!put.is_finished());
            assert_eq!(queue.try_get(), Ok(1));
            assert_eq!(put.join().unwrap(), Ok(()));
        });
        assert_eq!(taken(&queue), [2]);
    });
}

#[test]
fn a_thread_waits_for_an_item() {
    watched(|| {
        let queue = Queue::unbounded();
        thread::scope(|scope| {
            let get = scope.spawn(|| queue.get_blocking());
            until(|| queue.waiting_getters() == 1);
            assert!(!get.is_finished());
            queue.try_put(1).unwrap();
            assert_eq!(get.join().unwrap(), Ok(1));
        });
    });
}

#[test]
fn each_blocking_method_waits_and_is_served() {
    watched(|| {
        let queue = Arc::new(full([0]));
        thread::scope(|scope| {
            let owned = Arc::clone(&queue);
            let put = scope.spawn(|| owned.put_owned(1).block());
            until(|| queue.waiting_putters() == 1);
            let reserve = scope.spawn(|| queue.reserve().block().unwrap().put(2));
            until(|| queue.waiting_putters() == 2);
            let many = scope.spawn(|| queue.put_many([3, 4]).block().is_ok());
            until(|| queue.waiting_putters() == 3);
            let mut all = Vec::new();
            while all.len() < 5 {
                all.push(queue.get_blocking().unwrap());
            }
            assert_eq!(all, [0, 1, 2, 3, 4]);
            put.join().unwrap().unwrap();
            reserve.join().unwrap().unwrap();
            assert!(many.join().unwrap());
        });
        let owned = Arc::clone(&queue);
        thread::scope(|scope| {
            let get = scope.spawn(|| owned.get_owned().block());
            until(|| queue.waiting_getters() == 1);
            let many = scope.spawn(|| {
                let mut into = Vec::new();
                queue.get_many(&mut into, 9).block().unwrap();
                into
            });
            until(|| queue.waiting_getters() == 2);
            queue.put_blocking(5).unwrap();
            assert_eq!(get.join().unwrap(), Ok(5));
            queue.put_blocking(6).unwrap();
            assert_eq!(many.join().unwrap(), [6]);
        });
    });
}

#[test]
fn threads_and_tasks_wait_in_one_queue_of_putters() {
    watched(|| {
        let queue = &full([0]);
        thread::scope(|scope| {
            let mut first = Polled::waiting(queue.put(1));
            let second = scope.spawn(|| queue.put_blocking(2));
            until(|| queue.waiting_putters() == 2);
            let mut third = Polled::waiting(queue.put(3));
            let fourth = scope.spawn(|| queue.put_blocking(4));
            until(|| queue.waiting_putters() == 4);

            assert_eq!(queue.try_get(), Ok(0));
            assert_eq!((first.wakes(), third.wakes()), (1, 0));
            assert!(!second.is_finished() && !fourth.is_finished());
            first.assert_ready().unwrap();
            assert_eq!(queue.try_get(), Ok(1));
            second.join().unwrap().unwrap();
            third.assert_pending();
            assert_eq!(queue.try_get(), Ok(2));
            assert_eq!(third.wakes(), 1);
            assert!(!fourth.is_finished());
            third.assert_ready().unwrap();
            assert_eq!(queue.try_get(), Ok(3));
            fourth.join().unwrap().unwrap();
            assert_eq!(queue.try_get(), Ok(4));
        });
    });
}

#[test]
fn threads_and_tasks_wait_in_one_queue_of_getters() {
    watched(|| {
        let queue = &Queue::unbounded();
        thread::scope(|scope| {
            let first = scope.spawn(|| queue.get_blocking());
            until(|| queue.waiting_getters() == 1);
            let mut second = Polled::waiting(queue.get());
            let third = scope.spawn(|| block_on(queue.get()));
            until(|| queue.waiting_getters() == 3);
            queue.try_put(1).unwrap();
            assert_eq!(first.join().unwrap(), Ok(1));
            assert_eq!(second.wakes(), 0);
            queue.try_put(2).unwrap();
            assert_eq!(second.wakes(), 1);
            assert!(!third.is_finished());
            queue.try_put(3).unwrap();
            // A grant is the right to an item, not the item: the thread may take it first.
            let mut items = [
                third.join().unwrap().unwrap(),
                second.assert_ready().unwrap(),
            ];
            items.sort_unstable();
            assert_eq!(items, [2, 3]);
        });
    });
}

#[test]
fn close_ends_all_blocking_waits_of_putters() {
    watched(|| {
        let queue = full([0]);
        thread::scope(|scope| {
            let put = scope.spawn(|| queue.put_blocking(1));
            let reserve = scope.spawn(|| queue.reserve().block().is_err());
            let many = scope.spawn(|| queue.put_many([2, 3]).block().unwrap_err());
            let closed = scope.spawn(|| queue.closed().block());
            until(|| queue.waiting_putters() == 3);
            assert!(!closed.is_finished());
            queue.close();
            assert_eq!(put.join().unwrap(), Err(PutError(1)));
            assert!(reserve.join().unwrap());
            assert!(many.join().unwrap().eq([2, 3]));
            closed.join().unwrap();
        });
        assert_eq!(taken(&queue), [0]);
    });
}

#[test]
fn close_ends_all_blocking_waits_of_getters() {
    watched(|| {
        let queue = PriorityQueue::<u32>::unbounded();
        thread::scope(|scope| {
            let get = scope.spawn(|| queue.get_blocking());
            let many = scope.spawn(|| queue.get_many(&mut Vec::new(), 9).block());
            until(|| queue.waiting_getters() == 2);
            drop(queue.close_now());
            assert_eq!(get.join().unwrap(), Err(GetError));
            assert_eq!(many.join().unwrap(), Err(GetError));
        });
    });
}

#[test]
fn a_task_that_gives_its_grant_up_leaves_the_thread_before_it_its_item() {
    watched(|| {
        let queue = &Queue::unbounded();
        thread::scope(|scope| {
            let get = scope.spawn(|| queue.get_blocking());
            until(|| queue.waiting_getters() == 1);
            let task = Polled::waiting(queue.get());
            queue.try_put(1).unwrap();
            queue.try_put(2).unwrap();
            drop(task);
            let item = get.join().unwrap().unwrap();
            assert_eq!(item, 1);
            assert_eq!(taken(queue), [2]);
        });
    });
}

#[test]
fn a_wait_leaves_the_token_of_thread_park_alone() {
    watched(|| {
        let queue = full([1]);
        thread::scope(|scope| {
            let put = scope.spawn(|| {
                thread::current().unpark();
                queue.put_blocking(2).unwrap();
                // The token is still there, so this returns.
                thread::park();
            });
            until(|| queue.waiting_putters() == 1);
            assert_eq!(queue.try_get(), Ok(1));
            put.join().unwrap();
        });
    });
}

#[test]
fn a_thread_may_finish_a_wait_that_a_task_began() {
    watched(|| {
        let queue = full([1]);
        let mut join = queue.join();
        let waker = CountingWaker::new();
        let first = Pin::new(&mut join).poll(&mut Context::from_waker(&waker.waker()));
        assert!(first.is_pending());
        thread::scope(|scope| {
            let thread = scope.spawn(|| join.block());
            queue.task_done().unwrap();
            thread.join().unwrap();
        });
        assert_eq!(waker.kept(), 0);
    });
}
