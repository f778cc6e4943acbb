//! Wakers that panic: the other waiters are woken too, the first panic comes out of the call
//! that woke, and the queue stays usable.
#![forbid(unsafe_code)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::{Arc, mpsc};
use std::task::Poll;

use aiosync::{GetError, PutError, Queue};

use super::{Drops, Item, full, numbers, ready, taken};
use crate::common::{
    Call, CountingWaker, Hostile, Order, PanicsOnDrop, Polled, panic_message, while_panicking,
};

const SAYS: &str = "the waker panics";

/// Polls a future once, with a waker that panics when it is woken.
#[track_caller]
fn panicking<F: Future>(future: F) -> Polled<F> {
    Polled::waiting_with(future, CountingWaker::calling(|| panic!("{SAYS}")))
}

#[test]
fn a_put_that_wakes_it_has_put() {
    let queue = Queue::unbounded();
    let mut get = panicking(queue.get());
    let message = panic_message(|| queue.try_put(1).unwrap());
    assert_eq!(
        (message.as_str(), queue.len(), queue.unfinished()),
        (SAYS, 1, 1)
    );
    assert_eq!(get.assert_ready(), Ok(1));

    let mut get = panicking(queue.get());
    let mut put = Polled::new(queue.put(2));
    assert_eq!(panic_message(|| put.assert_ready().unwrap()), SAYS);
    drop(put);
    assert_eq!(get.assert_ready(), Ok(2));
}

#[test]
fn a_slot_that_wakes_it_has_put() {
    let queue = Queue::bounded(1);
    let mut get = panicking(queue.get());
    let slot = queue.try_reserve().unwrap();
    assert_eq!(panic_message(|| slot.put(1).unwrap()), SAYS);
    assert_eq!(get.assert_ready(), Ok(1));
    // The room of the slot was used once.
    queue.try_put(2).unwrap();
    assert!(queue.try_put(3).is_err());
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_put_many_that_wakes_it_has_woken_the_others_too() {
    let queue = Queue::unbounded();
    let mut first = panicking(queue.get());
    let mut second = Polled::waiting(queue.get());
    let mut third = panicking(queue.get());
    let mut last = Polled::waiting(queue.get());
    let mut put = Polled::new(queue.put_many(1..=4));
    let message = panic_message(|| {
        let _ = put.poll();
    });
    assert_eq!(
        (message.as_str(), second.wakes(), last.wakes()),
        (SAYS, 1, 1)
    );
    let all = [&mut first, &mut second, &mut third, &mut last].map(Polled::assert_ready);
    assert_eq!(all, [Ok(1), Ok(2), Ok(3), Ok(4)]);
    drop(put);
    assert_eq!((queue.unfinished(), queue.len()), (4, 0));
}

#[test]
fn a_put_that_is_polled_again_after_it_has_nothing_left_to_wait_for() {
    let queue = Queue::bounded(2);
    let mut get = panicking(queue.get());
    let mut put = Polled::new(queue.put(1));
    assert_eq!(panic_message(|| put.assert_ready().unwrap()), SAYS);
    queue.try_put(2).unwrap();
    put.assert_ready().unwrap();
    assert_eq!((get.assert_ready(), taken(&queue)), (Ok(1), vec![2]));

    let mut get = panicking(queue.get());
    let mut put = Polled::new(queue.put_many([3, 4]));
    assert_eq!(panic_message(|| put.assert_ready().unwrap()), SAYS);
    queue.close();
    put.assert_ready().unwrap();
    assert_eq!((get.assert_ready(), taken(&queue)), (Ok(3), vec![4]));
}

#[test]
fn a_put_that_was_refused_gives_its_item_back_in_its_next_poll() {
    let queue = Arc::new(Queue::bounded(9));
    let shared = Arc::clone(&queue);
    let (said, heard) = mpsc::channel();
    // More than one batch: the first getter is woken before the last one is granted.
    let first = CountingWaker::calling(move || {
        let mut put = Polled::new(Arc::clone(&shared).put_owned(7));
        let message = panic_message(|| put.assert_ready().unwrap());
        said.send((message, put.assert_ready())).unwrap();
    });
    let mut gets = vec![Polled::waiting_with(queue.get(), first)];
    gets.extend((1..32).map(|_| Polled::waiting(queue.get())));
    gets.push(panicking(queue.get()));
    queue.close();
    assert_eq!(heard.try_recv(), Ok((SAYS.to_owned(), Err(PutError(7)))));
    for get in &mut gets {
        assert_eq!(get.assert_ready(), Err(GetError));
    }
}

#[test]
fn a_get_that_wakes_it_drops_its_item_and_the_room_is_granted() {
    let drops = Drops::new();
    for granted in [false, true] {
        let queue = Queue::bounded(1);
        let mut get = Polled::new(queue.get());
        if granted {
            get.assert_pending();
        }
        queue.try_put(drops.item(1)).unwrap();
        let mut put = panicking(queue.put(drops.item(2)));
        let before = drops.count();
        assert_eq!(panic_message(|| drop(get.poll())), SAYS);
        drop(get);
        assert_eq!((drops.count(), queue.len()), (before + 1, 0));
        put.assert_ready().unwrap();
        assert_eq!(numbers(&queue), [2]);
    }
}

#[test]
fn a_get_many_that_wakes_it_has_appended() {
    let queue = full([1, 2]);
    let mut first = panicking(queue.put(3));
    let mut second = Polled::waiting(queue.put(4));
    let mut into = Vec::new();
    let message = panic_message(|| {
        let _ = queue.try_get_many(&mut into, 9);
    });
    assert_eq!((message.as_str(), second.wakes()), (SAYS, 1));
    assert_eq!(into, [1, 2]);
    first.assert_ready().unwrap();
    second.assert_ready().unwrap();
    assert_eq!(taken(&queue), [3, 4]);
}

#[test]
fn a_drop_that_passes_a_grant_on_to_it_has_passed_it_on() {
    let queue = full([0]);
    let granted = Polled::waiting(queue.put(1));
    let mut next = panicking(queue.put(2));
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!(panic_message(|| drop(granted)), SAYS);
    next.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(2));

    let granted = Polled::waiting(queue.get());
    let mut next = panicking(queue.get());
    queue.try_put(3).unwrap();
    assert_eq!(panic_message(|| drop(granted)), SAYS);
    assert_eq!(next.assert_ready(), Ok(3));

    let slot = queue.try_reserve().unwrap();
    let mut next = panicking(queue.reserve());
    assert_eq!(panic_message(|| drop(slot)), SAYS);
    next.assert_ready().unwrap().put(4).unwrap();
    assert_eq!(taken(&queue), [4]);
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_drop_during_another_panic_swallows_it() {
    let queue = full([0]);
    let granted = Polled::waiting(queue.put(1));
    let mut next = panicking(queue.put(2));
    assert_eq!(queue.try_get(), Ok(0));
    while_panicking(|| drop(granted));
    assert_eq!(next.wakes(), 1);
    next.assert_ready().unwrap();
    let mut join = panicking(queue.join());
    while_panicking(|| {
        queue.task_done().unwrap();
        queue.task_done().unwrap();
    });
    assert_eq!(join.wakes(), 1);
    join.assert_ready();
}

/// More waiters than one batch of wakers holds.
const MANY: usize = 100;

#[test]
fn close_wakes_all_though_some_of_them_panic() {
    for at in [0, 31, 32, 50, 99] {
        let queue = full([usize::MAX]);
        let order = Order::new();
        let mut puts = Vec::new();
        for label in 0..MANY {
            let log = order.clone();
            let waker = CountingWaker::calling(move || {
                log.enter(label);
                assert_ne!(label, at, "{SAYS}");
            });
            puts.push(Polled::waiting_with(queue.put(label), waker));
        }
        let mut closed = Polled::waiting(queue.closed());
        let message = panic_message(|| {
            queue.close();
        });
        assert!(message.contains(SAYS), "{message}");
        assert_eq!(order.so_far(), (0..MANY).collect::<Vec<_>>());
        assert!(queue.is_closed() && !queue.close());
        for (label, put) in puts.iter_mut().enumerate() {
            assert_eq!(put.assert_ready().unwrap_err().into_inner(), label);
        }
        assert_eq!(closed.wakes(), 1);
        closed.assert_ready();
    }
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn close_now_wakes_getters_putters_and_both_ends_though_one_of_each_panics() {
    let queue = Queue::bounded(1);
    let granted = Polled::waiting(queue.get());
    queue.try_put(1).unwrap();
    let mut gets = [panicking(queue.get()), Polled::waiting(queue.get())];
    let mut puts = [panicking(queue.put(2)), Polled::waiting(queue.put(3))];
    let mut joins = [panicking(queue.join()), Polled::waiting(queue.join())];
    let mut ends = [panicking(queue.closed()), Polled::waiting(queue.closed())];
    assert_eq!(panic_message(|| drop(queue.close_now())), SAYS);
    for get in &mut gets {
        assert_eq!((get.wakes(), get.assert_ready()), (1, Err(GetError)));
    }
    for put in &mut puts {
        assert_eq!((put.wakes(), put.assert_ready().is_err()), (1, true));
    }
    for wait in &mut joins {
        assert_eq!((wait.wakes(), wait.assert_ready()), (1, ()));
    }
    for wait in &mut ends {
        assert_eq!((wait.wakes(), wait.assert_ready()), (1, ()));
    }
    drop(granted);
    assert_eq!((queue.unfinished(), queue.len()), (0, 0));
    assert!(queue.is_closed());
}

/// Checks that the items of a `close_now` are dropped once if the waker of `wait` panics.
#[track_caller]
fn dropped_once<'a, F: Future>(
    (queue, drops): (&'a Queue<Item>, &Drops),
    wait: impl FnOnce(&'a Queue<Item>) -> F,
) {
    queue.try_put(drops.item(1)).unwrap();
    queue.try_put(drops.item(2)).unwrap();
    let waiting = panicking(wait(queue));
    let before = drops.count();
    assert_eq!(panic_message(|| drop(queue.close_now())), SAYS);
    assert_eq!((queue.len(), drops.count() - before), (0, 2));
    drop(waiting);
}

#[test]
fn the_items_of_a_close_now_that_panics_are_dropped_whichever_waker_panicked() {
    let drops = Drops::new();
    dropped_once((&Queue::bounded(2), &drops), |queue| {
        queue.put(drops.item(3))
    });
    dropped_once((&Queue::bounded(2), &drops), Queue::reserve);
    dropped_once((&Queue::bounded(2), &drops), Queue::closed);
    dropped_once((&Queue::bounded(2), &drops), Queue::join);
    assert_eq!(drops.count(), 9);
}

#[test]
fn task_done_wakes_all_though_one_panics_and_has_counted() {
    let queue = full([1, 2]);
    let mut first = panicking(queue.join());
    let mut second = Polled::waiting(queue.join());
    queue.task_done().unwrap();
    let message = panic_message(|| {
        let _ = queue.task_done();
    });
    assert_eq!((message.as_str(), queue.unfinished()), (SAYS, 0));
    assert!(queue.task_done().is_err());
    assert_eq!(second.wakes(), 1);
    first.assert_ready();
    second.assert_ready();
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn of_several_panics_the_first_comes_out_and_the_others_are_forgotten() {
    let queue = Queue::<u32>::unbounded();
    let first = Polled::waiting_with(queue.get(), CountingWaker::calling(|| panic_any(1_u8)));
    let rest: Vec<_> = (0..3)
        .map(|_| CountingWaker::calling(|| panic_any(PanicsOnDrop)))
        .map(|waker| Polled::waiting_with(queue.get(), waker))
        .collect();
    let payload = catch_unwind(AssertUnwindSafe(|| queue.close())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&1_u8));
    assert!(rest.iter().chain([&first]).all(|wait| wait.wakes() == 1));
}

#[test]
fn a_clone_that_panics_leaves_no_waiter_queued() {
    let queue = full([0]);
    let waker = Hostile::new();
    waker.on(Call::Clone, || panic!("{SAYS}"));
    let mut put = Polled::new(queue.put(1));
    let message = panic_message(|| {
        let _ = put.poll_with(waker.waker());
    });
    assert_eq!(
        (message.as_str(), queue.waiting_putters(), waker.kept()),
        (SAYS, 0, 0)
    );
    // In a later poll, the older waker stays, and is woken.
    put.assert_pending();
    let message = panic_message(|| {
        let _ = put.poll_with(waker.waker());
    });
    assert_eq!(
        (message.as_str(), queue.waiting_putters(), put.wakers_kept()),
        (SAYS, 1, 1)
    );
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!(put.wakes(), 1);
    put.assert_ready().unwrap();
    let mut join = Polled::new(queue.join());
    let message = panic_message(|| {
        let _ = join.poll_with(waker.waker());
    });
    assert_eq!((message.as_str(), waker.kept()), (SAYS, 0));
    join.assert_pending();
    queue.task_done().unwrap();
    queue.task_done().unwrap();
    join.assert_ready();
    ready(queue.join());
}

#[test]
fn a_wait_whose_waker_panics_when_dropped_has_left_the_queue() {
    let queue = full([0]);
    let waker = Hostile::new();
    waker.on(Call::Drop, || panic!("{SAYS}"));
    let mut put = Polled::new(queue.put(1));
    assert!(put.poll_with(waker.waker()).is_pending());
    let mut behind = Polled::waiting(queue.put(2));
    assert_eq!(panic_message(|| drop(put)), SAYS);
    assert_eq!((waker.kept(), queue.waiting_putters()), (0, 1));
    assert_eq!(queue.try_get(), Ok(0));
    behind.assert_ready().unwrap();
    let mut join = Polled::new(queue.join());
    assert!(join.poll_with(waker.waker()).is_pending());
    assert_eq!(panic_message(|| drop(join)), SAYS);
    assert_eq!(waker.kept(), 0);
}

/// Creates a waker whose clone makes the wait succeed, and whose drop panics.
fn not_needed(succeed: impl Fn() + Send + Sync + 'static) -> Hostile {
    let waker = Hostile::new();
    waker.on(Call::Clone, succeed);
    waker.on(Call::Drop, || panic!("{SAYS}"));
    waker
}

#[test]
fn a_waker_whose_drop_panics_because_it_is_not_needed_loses_no_room_and_no_item() {
    let queue = Arc::new(full([1]));
    let inner = Arc::clone(&queue);
    let waker = not_needed(move || assert_eq!(inner.try_get(), Ok(1)));
    let mut reserve = Polled::new(queue.reserve());
    let message = panic_message(|| drop(reserve.poll_with(waker.waker())));
    drop(reserve);
    assert_eq!((message.as_str(), waker.calls(Call::Drop)), (SAYS, 1));
    queue.try_put(2).unwrap();

    let inner = Arc::clone(&queue);
    let waker = not_needed(move || assert_eq!(inner.try_get(), Ok(2)));
    let mut put = Polled::new(queue.put(3));
    let message = panic_message(|| assert_eq!(put.poll_with(waker.waker()), Poll::Pending));
    drop(put);
    assert_eq!((message.as_str(), taken(&queue)), (SAYS, vec![3]));

    let inner = Arc::clone(&queue);
    let waker = not_needed(move || inner.try_put(4).unwrap());
    let mut into = Vec::new();
    let mut many = Polled::new(queue.get_many(&mut into, 9));
    let message = panic_message(|| assert_eq!(many.poll_with(waker.waker()), Poll::Pending));
    drop(many);
    assert_eq!((message.as_str(), into, queue.len()), (SAYS, vec![4], 0));
    assert_eq!((queue.waiting_putters(), queue.waiting_getters()), (0, 0));
}
