//! A poll that panics because another task's waker panicked: the future keeps what it did,
//! and its next poll returns that.
#![forbid(unsafe_code)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aiosync::futures::Reserve;
use aiosync::{Fifo, GetError, LifoQueue, Order, OrderedQueue, PriorityQueue, Queue};
use futures_lite::StreamExt;

use super::{Drops, full, let_go, numbers, taken};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Call, CountingWaker, Hostile, Polled, panic_message};

const SAYS: &str = "the waker panics";

/// Polls the future once, with a waker that panics when it is woken.
#[track_caller]
fn panicking<F: Future>(future: F) -> Polled<F> {
    Polled::waiting_with(future, CountingWaker::calling(|| panic!("{SAYS}")))
}

/// Polls the future, which panics.
#[track_caller]
fn poll_panics<F: Future>(polled: &mut Polled<F>) {
    assert_eq!(panic_message(|| let_go(polled.poll())), SAYS);
}

/// Polls a future that has completed, which panics too.
#[track_caller]
fn assert_done<F: Future>(polled: &mut Polled<F>) {
    let message = panic_message(|| let_go(polled.poll()));
    assert!(
        message.contains("polled after it had completed"),
        "{message}"
    );
}

/// The rules of a get, in a queue of capacity 1.
#[track_caller]
fn a_get_keeps_its_item<O: Order<u32>>(queue: &OrderedQueue<u32, O>) {
    for granted in [false, true] {
        let mut get = Polled::new(queue.get());
        if granted {
            get.assert_pending();
        }
        queue.try_put(1).unwrap();
        let mut put = panicking(queue.put(2));
        poll_panics(&mut get);
        assert_eq!(get.assert_ready(), Ok(1), "granted: {granted}");
        assert_done(&mut get);
        put.assert_ready().unwrap();
        assert_eq!(taken(queue), [2]);
    }
}

#[test]
fn a_get_returns_its_item_in_its_next_poll() {
    a_get_keeps_its_item(&Queue::bounded(1));
    a_get_keeps_its_item(&LifoQueue::bounded(1));
    a_get_keeps_its_item(&PriorityQueue::bounded(1));
}

#[test]
fn an_owned_get_returns_its_item_in_its_next_poll() {
    let queue = Arc::new(full([1]));
    let mut put = panicking(queue.put(2));
    let mut get = Polled::new(Arc::clone(&queue).get_owned());
    poll_panics(&mut get);
    assert_eq!(get.assert_ready(), Ok(1));
    put.assert_ready().unwrap();
}

#[test]
fn a_get_that_finds_its_item_before_it_waits_returns_it_in_its_next_poll() {
    let queue = Arc::new(Queue::bounded(1));
    let waiting = Arc::new(Mutex::new(Vec::new()));
    let waker = Hostile::new();
    let (inner, putters) = (Arc::clone(&queue), Arc::clone(&waiting));
    waker.on(Call::Clone, move || {
        inner.try_put(1).unwrap();
        let put = panicking(Arc::clone(&inner).put_owned(2));
        putters.lock().unwrap().push(put);
    });
    let mut get = Polled::new(queue.get());
    assert_eq!(panic_message(|| let_go(get.poll_with(waker.waker()))), SAYS);
    assert_eq!(get.assert_ready(), Ok(1));
    assert_done(&mut get);
    assert_eq!(queue.waiting_getters(), 0);
    let mut put = waiting.lock().unwrap().pop().unwrap();
    put.assert_ready().unwrap();
    assert_eq!(taken(&queue), [2]);
}

#[test]
fn a_get_many_returns_its_count_in_its_next_poll() {
    for granted in [false, true] {
        let queue = Queue::bounded(2);
        let mut into = Vec::new();
        let mut get = Polled::new(queue.get_many(&mut into, 9));
        if granted {
            get.assert_pending();
        }
        queue.try_put(1).unwrap();
        queue.try_put(2).unwrap();
        let mut put = panicking(queue.put(3));
        poll_panics(&mut get);
        assert_eq!(get.assert_ready(), Ok(2), "granted: {granted}");
        assert_done(&mut get);
        drop(get);
        assert_eq!(into, [1, 2]);
        put.assert_ready().unwrap();
    }
}

#[test]
fn a_get_many_that_finds_an_item_before_it_waits_returns_its_count_in_its_next_poll() {
    let queue = Arc::new(Queue::bounded(1));
    let waiting = Arc::new(Mutex::new(Vec::new()));
    let waker = Hostile::new();
    let (inner, putters) = (Arc::clone(&queue), Arc::clone(&waiting));
    waker.on(Call::Clone, move || {
        inner.try_put(1).unwrap();
        let put = panicking(Arc::clone(&inner).put_owned(2));
        putters.lock().unwrap().push(put);
    });
    let mut into = Vec::new();
    let mut get = Polled::new(queue.get_many(&mut into, 9));
    assert_eq!(panic_message(|| let_go(get.poll_with(waker.waker()))), SAYS);
    assert_eq!(get.assert_ready(), Ok(1));
    drop(get);
    assert_eq!(into, [1]);
}

#[test]
fn a_put_returns_in_its_next_poll_that_it_has_put() {
    for granted in [false, true] {
        let queue = Queue::bounded(1);
        let mut put = Polled::new(queue.put(1));
        if granted {
            queue.try_put(0).unwrap();
            put.assert_pending();
            assert_eq!(queue.try_get(), Ok(0));
        }
        let mut get = panicking(queue.get());
        poll_panics(&mut put);
        // It neither waits for room nor is refused: it has put.
        assert_eq!(get.assert_ready(), Ok(1), "granted: {granted}");
        queue.try_put(2).unwrap();
        queue.close();
        put.assert_ready().unwrap();
        assert_done(&mut put);
        assert_eq!(taken(&queue), [2]);
    }
}

#[test]
fn a_put_that_finds_room_before_it_waits_returns_in_its_next_poll_that_it_has_put() {
    let queue = Arc::new(full([0]));
    let waiting = Arc::new(Mutex::new(Vec::new()));
    let waker = Hostile::new();
    let (inner, getters) = (Arc::clone(&queue), Arc::clone(&waiting));
    waker.on(Call::Clone, move || {
        assert_eq!(inner.try_get(), Ok(0));
        let get = panicking(Arc::clone(&inner).get_owned());
        getters.lock().unwrap().push(get);
    });
    let mut put = Polled::new(queue.put(1));
    assert_eq!(panic_message(|| let_go(put.poll_with(waker.waker()))), SAYS);
    put.assert_ready().unwrap();
    let mut get = waiting.lock().unwrap().pop().unwrap();
    assert_eq!((get.assert_ready(), queue.len()), (Ok(1), 0));
}

#[test]
fn a_put_many_goes_on_in_its_next_poll_behind_what_it_has_put() {
    for granted in [false, true] {
        let queue = Queue::bounded(1);
        let mut put = Polled::new(queue.put_many(1..=3));
        if granted {
            queue.try_put(0).unwrap();
            put.assert_pending();
            assert_eq!(queue.try_get(), Ok(0));
        }
        let mut get = panicking(queue.get());
        poll_panics(&mut put);
        put.assert_pending();
        assert_eq!(get.assert_ready(), Ok(1), "granted: {granted}");
        put.assert_pending();
        assert_eq!(queue.try_get(), Ok(2));
        put.assert_ready().unwrap();
        assert_done(&mut put);
        assert_eq!(
            (taken(&queue), queue.unfinished()),
            (vec![3], 3 + usize::from(granted))
        );
    }
}

#[test]
fn a_put_many_that_has_put_everything_is_done_in_its_next_poll_although_the_queue_is_closed() {
    let queue = Queue::bounded(2);
    let mut get = panicking(queue.get());
    let mut put = Polled::new(queue.put_many([1, 2]));
    poll_panics(&mut put);
    queue.close();
    put.assert_ready().unwrap();
    assert_eq!((get.assert_ready(), taken(&queue)), (Ok(1), vec![2]));
}

#[test]
fn a_put_many_gives_back_what_was_left_when_the_queue_is_closed_after_a_panic() {
    let queue = Queue::bounded(1);
    let get = panicking(queue.get());
    let mut put = Polled::new(queue.put_many(1..=3));
    poll_panics(&mut put);
    queue.close();
    let rest = put.assert_ready().unwrap_err();
    assert_eq!(rest.collect::<Vec<_>>(), [2, 3]);
    drop(get);
    assert_eq!(taken(&queue), [1]);
}

#[cfg(feature = "stream")]
#[test]
fn a_stream_returns_its_item_in_its_next_poll_and_goes_on() {
    for granted in [false, true] {
        let queue = Arc::new(Queue::bounded(1));
        let mut borrowed = pin!(queue.stream());
        let mut owned = pin!(Arc::clone(&queue).stream_owned());
        macro_rules! rules {
            ($stream:ident) => {
                if granted {
                    Polled::new($stream.next()).assert_pending();
                }
                queue.try_put(1).unwrap();
                let mut put = panicking(queue.put(2));
                poll_panics(&mut Polled::new($stream.next()));
                assert_eq!(Polled::new($stream.next()).assert_ready(), Some(1));
                put.assert_ready().unwrap();
                assert_eq!(Polled::new($stream.next()).assert_ready(), Some(2));
                Polled::new($stream.next()).assert_pending();
            };
        }
        rules!(borrowed);
        // The borrowed stream waits, and would be served first.
        borrowed.set(queue.stream());
        rules!(owned);
    }
}

#[test]
fn an_item_that_a_dropped_future_has_kept_is_dropped_once() {
    for granted in [false, true] {
        let drops = Drops::new();
        let queue = Queue::bounded(1);
        let mut get = Polled::new(queue.get());
        if granted {
            get.assert_pending();
        }
        queue.try_put(drops.item(1)).unwrap();
        let mut put = panicking(queue.put(drops.item(2)));
        poll_panics(&mut get);
        assert_eq!(drops.count(), 0);
        drop(get);
        assert_eq!((drops.count(), queue.len()), (1, 0));
        put.assert_ready().unwrap();
        assert_eq!(numbers(&queue), [2]);
    }
}

#[test]
fn a_get_many_that_is_dropped_after_a_panic_has_appended() {
    let queue = full([1, 2]);
    let put = panicking(queue.put(3));
    let mut into = Vec::new();
    let mut get = Polled::new(queue.get_many(&mut into, 9));
    poll_panics(&mut get);
    drop(get);
    assert_eq!((into, queue.len()), (vec![1, 2], 0));
    drop(put);
}

#[test]
fn a_put_that_is_dropped_after_a_panic_has_put() {
    let queue = Queue::bounded(2);
    let mut get = panicking(queue.get());
    let mut put = Polled::new(queue.put(1));
    poll_panics(&mut put);
    drop(put);
    assert_eq!((get.assert_ready(), queue.len()), (Ok(1), 0));

    let mut get = panicking(queue.get());
    let mut put = Polled::new(queue.put_many(2..=9));
    poll_panics(&mut put);
    drop(put);
    assert_eq!((get.assert_ready(), taken(&queue)), (Ok(2), vec![3]));
}

/// A blocking call whose poll panics is gone with its future, like a dropped future.
#[test]
fn a_blocking_get_that_panics_drops_its_item_and_hands_the_room_on() {
    let drops = Drops::new();
    let calls: [fn(&Queue<super::Item>); 3] = [
        |queue| drop(queue.get_blocking()),
        |queue| drop(queue.get_blocking_timeout(Duration::from_secs(9))),
        |queue| drop(queue.get().block()),
    ];
    for call in calls {
        let queue = full([drops.item(1)]);
        let mut put = panicking(queue.put(drops.item(2)));
        let before = drops.count();
        assert_eq!(panic_message(|| call(&queue)), SAYS);
        assert_eq!((drops.count(), queue.len()), (before + 1, 0));
        put.assert_ready().unwrap();
        assert_eq!(numbers(&queue), [2]);
    }
}

#[test]
fn a_blocking_get_many_that_panics_has_appended() {
    let queue = full([1]);
    let put = panicking(queue.put(2));
    let mut into = Vec::new();
    let message = panic_message(|| let_go(queue.get_many(&mut into, 9).block()));
    assert_eq!((message.as_str(), into), (SAYS, vec![1]));
    drop(put);
}

#[test]
fn a_blocking_put_that_panics_has_put() {
    let calls: [fn(&Queue<u32>); 4] = [
        |queue| queue.put_blocking(1).unwrap(),
        |queue| {
            queue
                .put_blocking_timeout(1, Duration::from_secs(9))
                .unwrap()
        },
        |queue| queue.put(1).block().unwrap(),
        |queue| drop(queue.put_many([1]).block()),
    ];
    for call in calls {
        let queue = Queue::bounded(2);
        let mut get = panicking(queue.get());
        assert_eq!(panic_message(|| call(&queue)), SAYS);
        assert_eq!((get.assert_ready(), queue.unfinished()), (Ok(1), 1));
    }
}

#[test]
fn a_get_that_found_the_queue_closed_returns_that_in_its_next_poll() {
    let queue = Arc::new(Queue::<u32>::bounded(1));
    let waker = Hostile::new();
    let inner = Arc::clone(&queue);
    waker.on(Call::Clone, move || assert!(inner.close()));
    // Its own waker, which is not needed any more.
    waker.on(Call::Drop, || panic!("{SAYS}"));
    let mut get = Polled::new(queue.get());
    assert_eq!(panic_message(|| let_go(get.poll_with(waker.waker()))), SAYS);
    assert_eq!(get.assert_ready(), Err(GetError));
    assert_done(&mut get);
}

/// A queue that is settled in two steps: 32 waiters in the first, the others in the second. The
/// waker of the first waiter runs between the steps, and polls a wait of the same queue.
#[cfg(feature = "std")] // Two panics.
#[test]
fn a_reserve_that_is_polled_between_two_steps_keeps_no_room_when_a_waker_panics() {
    static QUEUE: LazyLock<Queue<u32>> = LazyLock::new(|| full([0; 40]));
    let first = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&first);
    let waker = CountingWaker::calling(move || {
        let taken: Option<Polled<Reserve<'static, u32, Fifo>>> = inside.lock().unwrap().take();
        if let Some(mut reserve) = taken {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(reserve.poll())));
        }
    });
    *first.lock().unwrap() = Some(Polled::waiting_with(QUEUE.reserve(), waker));
    let quiet: Vec<_> = (0..31).map(|_| Polled::waiting(QUEUE.reserve())).collect();
    let panicking: Vec<_> = (0..2).map(|_| panicking(QUEUE.reserve())).collect();
    let mut items = Vec::new();
    let mut get = Polled::new(QUEUE.get_many(&mut items, 34));
    let _ = catch_unwind(AssertUnwindSafe(|| let_go(get.poll())));
    drop((get, quiet, panicking, first));
    assert_eq!(
        (0..40).filter(|&item| QUEUE.try_put(item).is_ok()).count(),
        34
    );
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_refused_put_that_is_polled_between_two_steps_gives_its_item_back_when_a_waker_panics() {
    static QUEUE: LazyLock<Queue<u32>> = LazyLock::new(|| full([0]));
    let put = Arc::new(Mutex::new(Polled::waiting(QUEUE.put(77))));
    let inside = Arc::clone(&put);
    let waker = CountingWaker::calling(move || {
        let mut put = inside.lock().unwrap();
        let _ = catch_unwind(AssertUnwindSafe(|| let_go(put.poll())));
    });
    let mut others = vec![Polled::waiting_with(QUEUE.put(0), waker)];
    others.extend((1..32).map(|item| Polled::waiting(QUEUE.put(item))));
    others.extend((32..41).map(|item| panicking(QUEUE.put(item))));
    assert_eq!(QUEUE.try_get(), Ok(0), "this grants the first put");
    let _ = catch_unwind(AssertUnwindSafe(|| QUEUE.close()));
    let result = put.lock().unwrap().assert_ready();
    assert_eq!(result.unwrap_err().into_inner(), 77);
}
