//! Guards that count an item as done, or close the queue, when they are dropped.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;

use aiosync::{GetError, LifoQueue, Order, OrderedQueue, PriorityQueue, PutError, Queue};
use futures_lite::future::pending;

use super::{Drops, finish, full, ready, taken, use_all};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{
    Call, CountingWaker, Hostile, Polled, drop_elsewhere, forget, panic_message, watched,
    while_panicking,
};

const SAYS: &str = "the waker panics";

#[test]
fn a_dropped_done_guard_counts_one_item() {
    fn check<O: Order<u8>>(queue: OrderedQueue<u8, O>) {
        ready(queue.put_many([1, 2])).unwrap();
        let mut join = Polled::waiting(queue.join());
        let first = queue.done_guard();
        assert_eq!(queue.unfinished(), 2);
        drop(first);
        assert_eq!((queue.unfinished(), join.wakes()), (1, 0));
        drop(queue.done_guard());
        assert_eq!((queue.unfinished(), join.wakes()), (0, 1));
        join.assert_ready();
    }

    check(Queue::bounded(2));
    check(LifoQueue::unbounded());
    check(PriorityQueue::unbounded());
}

#[test]
fn a_done_guard_may_be_dropped_on_another_thread() {
    let queue = full([1]);
    let mut join = Polled::waiting(queue.join());
    drop_elsewhere(queue.done_guard());
    assert_eq!((queue.unfinished(), join.wakes()), (0, 1));
    join.assert_ready();
}

#[test]
fn a_done_guard_too_many_changes_nothing() {
    let queue = full([1]);
    let guards = [queue.done_guard(), queue.done_guard(), queue.done_guard()];
    let mut join = Polled::waiting(queue.join());
    drop(guards);
    assert_eq!((queue.unfinished(), join.wakes()), (0, 1));
    join.assert_ready();
    taken(&queue);
    queue.try_put(2).unwrap();
    assert_eq!(queue.unfinished(), 1);
}

#[test]
fn a_worker_that_panics_counts_its_item_and_join_returns() {
    watched(|| {
        let queue = Queue::bounded(2);
        let worker = || {
            let item = queue.get_blocking().unwrap();
            let _done = queue.done_guard();
            panic!("item {item} is broken");
        };
        thread::scope(|scope| {
            let workers = [scope.spawn(worker), scope.spawn(worker)];
            queue.put_blocking(1).unwrap();
            queue.put_blocking(2).unwrap();
            queue.join_blocking();
            assert!(workers.into_iter().all(|worker| worker.join().is_err()));
        });
        assert_eq!(queue.unfinished(), 0);
    });
}

#[test]
fn a_worker_that_is_cancelled_counts_its_item_only_after_it_got_one() {
    let queue = Queue::bounded(2);
    let worker = || async {
        let _item: u8 = queue.get().await.unwrap();
        let _done = queue.done_guard();
        pending::<()>().await;
    };
    // Unpolled, waiting for an item, granted one, and working.
    drop(worker());
    drop(Polled::waiting(worker()));
    let granted = Polled::waiting(worker());
    queue.try_put(1).unwrap();
    drop(granted);
    assert_eq!((queue.unfinished(), queue.len()), (1, 1));
    let works = Polled::waiting(worker());
    let mut join = Polled::waiting(queue.join());
    assert_eq!((queue.unfinished(), queue.len()), (1, 0));
    drop(works);
    assert_eq!(queue.unfinished(), 0);
    join.assert_ready();
}

#[test]
fn a_done_guard_counts_after_the_queue_was_closed() {
    let queue = full([1, 2, 3]);
    assert_eq!(queue.try_get(), Ok(1));
    let done = queue.done_guard();
    queue.close();
    assert_eq!(queue.try_get(), Ok(2));
    let second = queue.done_guard();
    let mut join = Polled::waiting(queue.join());
    drop(done);
    assert_eq!(queue.unfinished(), 2);
    // The item inside counts as done. The item that was taken does not.
    assert_eq!(queue.close_now().len(), 1);
    assert_eq!((queue.unfinished(), join.wakes()), (1, 0));
    drop(second);
    assert_eq!((queue.unfinished(), join.wakes()), (0, 1));
    join.assert_ready();
}

#[test]
fn a_forgotten_done_guard_counts_nothing() {
    let queue = full([1]);
    std::mem::forget(queue.done_guard());
    assert_eq!(queue.unfinished(), 1);
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_panic_of_a_waker_comes_out_of_a_done_guard_after_the_others_were_woken() {
    let queue = full([1]);
    let panics = || CountingWaker::calling(|| panic!("{SAYS}"));
    let mut first = Polled::waiting_with(queue.join(), panics());
    let mut last = Polled::waiting(queue.join());
    let done = queue.done_guard();
    assert_eq!(panic_message(|| drop(done)), SAYS);
    assert_eq!((queue.unfinished(), last.wakes()), (0, 1));
    first.assert_ready();
    last.assert_ready();

    // During another panic, the panic of the waker is dropped.
    taken(&queue);
    queue.try_put(2).unwrap();
    let mut all = [
        Polled::waiting_with(queue.join(), panics()),
        Polled::waiting_with(queue.join(), panics()),
        Polled::waiting(queue.join()),
    ];
    let done = queue.done_guard();
    while_panicking(|| drop(done));
    assert_eq!((queue.unfinished(), all[2].wakes()), (0, 1));
    all.iter_mut().for_each(Polled::assert_ready);
}

#[test]
fn a_waker_may_use_the_queue_while_a_done_guard_is_dropped() {
    watched(|| {
        let queue = Arc::new(full([1]));
        let waker = Hostile::new();
        let inner = Arc::clone(&queue);
        waker.on(Call::Wake, move || {
            drop(inner.done_guard());
            use_all(&inner, || 9);
            finish(&inner);
        });
        let mut join = Polled::new(queue.join());
        assert!(join.poll_with(waker.waker()).is_pending());
        drop(queue.done_guard());
        assert_eq!(waker.calls(Call::Wake), 1);
        join.assert_ready();
    });
}

/// The rules of one way to make a close guard, and of where it is dropped.
macro_rules! rules {
    ($way:ident, |$queue:ident| $guard:expr, $drop:path) => {
        mod $way {
            use super::*;

            #[test]
            fn its_drop_closes_the_queue() {
                let $queue = &Arc::new(full([1]));
                let guard = $guard;
                let mut puts = [
                    Polled::waiting($queue.put(2)),
                    Polled::waiting($queue.put(3)),
                ];
                let mut closed = Polled::waiting($queue.closed());
                assert!(!$queue.is_closed());
                $drop(guard);
                assert!($queue.is_closed());
                assert_eq!(
                    (puts[0].wakes(), puts[1].wakes(), closed.wakes()),
                    (1, 1, 1)
                );
                assert_eq!(puts[0].assert_ready(), Err(PutError(2)));
                assert_eq!(puts[1].assert_ready(), Err(PutError(3)));
                closed.assert_ready();
                // The remaining items come out.
                assert_eq!(ready($queue.get()), Ok(1));
                assert_eq!(ready($queue.get()), Err(GetError));
            }

            #[test]
            fn its_drop_releases_getters() {
                let $queue = &Arc::new(Queue::<u8>::bounded(1));
                let guard = $guard;
                let mut get = Polled::waiting($queue.get());
                $drop(guard);
                assert_eq!((get.wakes(), get.assert_ready()), (1, Err(GetError)));
            }

            #[test]
            fn a_second_drop_changes_nothing() {
                let $queue = &Arc::new(full([1]));
                let (first, second, third) = ($guard, $guard, $guard);
                $drop(first);
                let before = format!("{:?}", $queue);
                $drop(second);
                assert!(!$queue.close());
                assert_eq!(format!("{:?}", $queue), before);
                // After `close_now`, the queue stays closed to gets.
                assert_eq!($queue.close_now().len(), 1);
                let before = format!("{:?}", $queue);
                $drop(third);
                assert_eq!(format!("{:?}", $queue), before);
                assert_eq!(ready($queue.get()), Err(GetError));
            }

            #[test]
            fn a_forgotten_guard_leaves_the_queue_open() {
                let $queue = &Arc::new(full([1]));
                forget($guard);
                assert!(!$queue.is_closed());
            }

            #[test]
            fn a_panic_of_a_waker_comes_out_after_the_others_were_woken() {
                let $queue = &Arc::new(full([1]));
                let panics = || CountingWaker::calling(|| panic!("{SAYS}"));
                let mut put = Polled::waiting_with($queue.put(2), panics());
                let mut last = Polled::waiting($queue.put(3));
                let mut closed = Polled::waiting($queue.closed());
                let guard = $guard;
                assert_eq!(panic_message(|| drop(guard)), SAYS);
                assert_eq!((last.wakes(), closed.wakes()), (1, 1));
                assert_eq!(put.assert_ready(), Err(PutError(2)));
                assert_eq!(last.assert_ready(), Err(PutError(3)));
                closed.assert_ready();
            }

            #[cfg(feature = "std")] // Two panics.
            #[test]
            fn panics_of_wakers_during_another_panic_are_dropped() {
                let $queue = &Arc::new(full([1]));
                let panics = || CountingWaker::calling(|| panic!("{SAYS}"));
                let mut puts: Vec<_> = (2..40)
                    .map(|item| Polled::waiting_with($queue.put(item), panics()))
                    .collect();
                let mut closed = [
                    Polled::waiting_with($queue.closed(), panics()),
                    Polled::waiting($queue.closed()),
                ];
                let guard = $guard;
                while_panicking(|| drop(guard));
                assert!($queue.is_closed());
                assert_eq!(closed[1].wakes(), 1);
                assert!(puts.iter_mut().all(|put| put.assert_ready().is_err()));
                closed.iter_mut().for_each(Polled::assert_ready);
            }

            #[test]
            fn a_waker_may_use_the_queue_and_drop_another_guard() {
                watched(|| {
                    let $queue = &Arc::new(full([1]));
                    let waker = Hostile::new();
                    let inner = Arc::clone($queue);
                    waker.on(Call::Wake, move || {
                        let $queue = &inner;
                        drop($guard);
                        use_all($queue, || 9);
                    });
                    let mut put = Polled::new($queue.put(2));
                    let mut closed = Polled::new($queue.closed());
                    assert!(put.poll_with(waker.waker()).is_pending());
                    assert!(closed.poll_with(waker.waker()).is_pending());
                    drop($guard);
                    assert_eq!(waker.calls(Call::Wake), 2);
                    assert_eq!(put.assert_ready(), Err(PutError(2)));
                    closed.assert_ready();
                });
            }
        }
    };
}

rules!(borrowed, |queue| queue.close_guard(), drop);
rules!(
    borrowed_elsewhere,
    |queue| queue.close_guard(),
    drop_elsewhere
);
rules!(owned, |queue| Arc::clone(queue).close_guard_owned(), drop);
rules!(
    owned_elsewhere,
    |queue| Arc::clone(queue).close_guard_owned(),
    drop_elsewhere
);

#[test]
fn a_producer_that_panics_or_is_cancelled_closes_the_queue() {
    let queue = Queue::bounded(1);
    let mut get = Polled::waiting(queue.get());
    let message = panic_message(|| {
        let _close = queue.close_guard();
        queue.try_put(1).unwrap();
        panic!("there is no second item");
    });
    assert_eq!(message, "there is no second item");
    assert_eq!(get.assert_ready(), Ok(1));
    assert_eq!(ready(queue.get()), Err(GetError));

    let queue = Queue::bounded(1);
    let producer = Polled::waiting(async {
        let _close = queue.close_guard();
        queue.put(1).await.unwrap();
        queue.put(2).await.unwrap();
    });
    assert_eq!(queue.try_get(), Ok(1));
    let mut get = Polled::waiting(queue.get());
    drop(producer);
    assert_eq!((get.wakes(), get.assert_ready()), (1, Err(GetError)));
}

#[test]
fn the_last_producer_that_shares_a_guard_closes_the_queue() {
    let queue = Arc::new(Queue::bounded(4));
    let first = Arc::new(Arc::clone(&queue).close_guard_owned());
    let second = Arc::clone(&first);
    let mut get = Polled::waiting(queue.get());
    drop(first);
    assert!(!queue.is_closed());
    get.assert_pending();
    queue.try_put(1).unwrap();
    drop(second);
    assert!(queue.is_closed());
    assert_eq!(get.assert_ready(), Ok(1));
}

#[test]
fn an_owned_guard_with_the_last_reference_drops_the_items_once() {
    let drops = Drops::new();
    let queue = Arc::new(Queue::unbounded());
    ready(queue.put_many([drops.item(1), drops.item(2)])).unwrap();
    let guard = Arc::clone(&queue).close_guard_owned();
    drop(queue);
    assert_eq!(drops.count(), 0);
    drop(guard);
    assert_eq!(drops.count(), 2);
}
