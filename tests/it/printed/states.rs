//! States that are easily confused.
#![forbid(unsafe_code)]

use std::fmt::Debug;
use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock};

use aiosync::{Barrier, Event, LifoQueue, PriorityQueue, Queue};

use super::printed;
use crate::common::{Call, Hostile, Polled, watched};
use crate::queue::ready;

/// More waiters than one batch wakes.
const CROWD: usize = 40;

/// Queues a crowd, and prints its last member and the primitive while the first one is woken.
/// Returns both texts, and the text of a finished wait.
fn printed_in_the_middle<F>(
    start: impl Fn() -> F,
    release: impl FnOnce(),
    primitive: impl Fn() -> String + Send + Sync + 'static,
) -> (String, String, String)
where
    F: Future + Debug + Send + Sync + 'static,
{
    let last = Arc::new(OnceLock::<Polled<F>>::new());
    let seen = Arc::new(Mutex::new(None));
    let hostile = Hostile::new();
    hostile.on(Call::Wake, {
        let (last, seen) = (Arc::clone(&last), Arc::clone(&seen));
        move || {
            let last = printed(last.get().expect("the crowd waits").future());
            *seen.lock().unwrap() = Some((last, primitive()));
        }
    });
    let mut first = Polled::new(start());
    assert!(first.poll_with(hostile.waker()).is_pending());
    let crowd: Vec<_> = (2..CROWD).map(|_| Polled::waiting(start())).collect();
    let waits = Polled::waiting(start());
    let waiting = printed(waits.future());
    assert!(last.set(waits).is_ok());
    release();
    let (in_the_middle, primitive) = seen.lock().unwrap().take().expect("the first was woken");
    let over = printed(last.get().expect("the crowd has waited").future());
    assert!(waiting.contains("waiting"), "{waiting}");
    assert!(!over.contains("waiting"), "{over}");
    drop(crowd);
    (in_the_middle, over, primitive)
}

#[test]
fn a_wait_that_a_set_has_released_and_not_woken_yet_does_not_print_that_it_waits() {
    watched(|| {
        let event = Arc::new(Event::new());
        let printing = Arc::clone(&event);
        let (in_the_middle, over, set) = printed_in_the_middle(
            || Arc::clone(&event).wait_owned(),
            || event.set(),
            move || printed(&*printing),
        );
        assert_eq!(in_the_middle, over);
        // Waiters that are still to be woken show in the event.
        assert_ne!(set, printed(&*event));
    });
}

#[test]
fn a_wait_for_a_value_that_is_set_does_not_print_that_it_waits() {
    watched(|| {
        let cell = crate::once_cell::leaked();
        let (in_the_middle, over, set) = printed_in_the_middle(
            || cell.wait(),
            || cell.set(1).unwrap(),
            move || printed(cell),
        );
        assert_eq!(in_the_middle, over);
        // Waiters that are still to be woken show in the cell.
        assert_ne!(set, printed(cell));
    });
}

#[test]
fn a_wait_of_a_generation_that_is_complete_does_not_print_that_it_waits() {
    watched(|| {
        let barrier = Arc::new(Barrier::new(CROWD + 1));
        let printing = Arc::clone(&barrier);
        let (in_the_middle, over, complete) = printed_in_the_middle(
            || Arc::clone(&barrier).wait_owned(),
            || assert!(ready(barrier.wait()).is_ok()),
            move || printed(&*printing),
        );
        assert_eq!(in_the_middle, over);
        assert_ne!(complete, printed(&*barrier));
    });
}

#[test]
fn a_waiter_is_not_printed_as_released() {
    let (event, barrier) = (Event::new(), Barrier::new(3));
    let _waits = (
        Polled::waiting(event.wait()),
        Polled::waiting(barrier.wait()),
    );
    let (event, barrier) = (printed(&event), printed(&barrier));
    assert!(event.contains("released_not_woken: 0"), "{event}");
    assert!(barrier.contains("released_not_woken: 0"), "{barrier}");
}

#[test]
fn a_queue_prints_its_order() {
    assert!(printed(&Queue::<u8>::unbounded()).starts_with("Queue "));
    assert!(printed(&LifoQueue::<u8>::unbounded()).starts_with("LifoQueue "));
    assert!(printed(&PriorityQueue::<u8>::unbounded()).starts_with("PriorityQueue "));
}

#[cfg(feature = "sink")]
#[test]
fn a_sink_prints_whether_it_waits_for_room_or_has_it() {
    use futures_util::SinkExt;

    let queue = Queue::bounded(1);
    queue.try_put(1).unwrap();
    let mut sink = Box::pin(queue.sink());
    let idle = printed(&*sink);
    Polled::new(sink.feed(2)).assert_pending();
    let waiting = printed(&*sink);
    queue.try_get().unwrap();
    let granted = printed(&*sink);
    let waker = crate::common::CountingWaker::new().waker();
    let mut context = std::task::Context::from_waker(&waker);
    assert!(sink.poll_ready_unpin(&mut context).is_ready());
    let has_room = printed(&*sink);
    let states = [idle, waiting, granted, has_room];
    for (index, state) in states.iter().enumerate() {
        assert!(!states[..index].contains(state), "{states:?}");
    }
}
