//! A queue as a `Sink`, which reserves room for each item.
#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::pin::{Pin, pin};

use aiosync::{Order, PutError, Queue, QueueSink};
use futures_sink::Sink;
use futures_util::SinkExt;

use super::{full, ready, taken};
use crate::common::{Polled, panic_message};

/// Waits until the sink has room.
async fn room<T, O: Order<T>>(
    sink: &mut Pin<&mut QueueSink<'_, T, O>>,
) -> Result<(), PutError<Option<T>>> {
    poll_fn(|context| sink.as_mut().poll_ready(context)).await
}

#[test]
fn what_is_sent_is_put_in_order() {
    let queue = Queue::bounded(2);
    let mut sink = pin!(queue.sink());
    ready(sink.send(1)).unwrap();
    ready(sink.send(2)).unwrap();
    let mut third = Polled::waiting(sink.send(3));
    assert_eq!((queue.waiting_putters(), queue.len()), (1, 2));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(third.wakes(), 1);
    third.assert_ready().unwrap();
    drop(third);
    assert_eq!(taken(&queue), [2, 3]);
    assert_eq!(queue.unfinished(), 3);
}

#[test]
fn a_sink_that_is_ready_keeps_room_for_one_item() {
    let queue = Queue::bounded(1);
    let mut sink = pin!(queue.sink());
    ready(room(&mut sink)).unwrap();
    assert!(queue.try_put(7).is_err(), "the room is the sink's");
    ready(room(&mut sink)).unwrap();
    sink.as_mut().start_send(1).unwrap();
    assert_eq!(taken(&queue), [1]);
}

#[test]
fn sinks_and_puts_wait_in_one_queue() {
    let queue = full([0]);
    let mut sink = pin!(queue.sink());
    let mut first = Polled::waiting(queue.put(1));
    drop(Polled::waiting(room(&mut sink)));
    let mut third = Polled::waiting(queue.put(3));
    assert_eq!(queue.try_get(), Ok(0));
    first.assert_ready().unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    third.assert_pending();
    ready(room(&mut sink)).unwrap();
    sink.as_mut().start_send(2).unwrap();
    assert_eq!(queue.try_get(), Ok(2));
    third.assert_ready().unwrap();
}

#[test]
fn closing_or_dropping_a_sink_gives_its_room_or_its_place_to_the_next() {
    for waits in [false, true] {
        for drops in [false, true] {
            let queue = Queue::bounded(1);
            let mut sink = Box::pin(queue.sink());
            if waits {
                queue.try_put(0).unwrap();
                drop(Polled::waiting(room(&mut sink.as_mut())));
                assert_eq!(queue.waiting_putters(), 1);
            } else {
                ready(room(&mut sink.as_mut())).unwrap();
            }
            let mut next = Polled::waiting(queue.put(1));
            if drops {
                drop(sink);
            } else {
                // Closes the sink, not the queue.
                ready(sink.close()).unwrap();
                assert!(!queue.is_closed());
            }
            if waits {
                assert_eq!(queue.waiting_putters(), 1);
                assert_eq!(queue.try_get(), Ok(0));
            }
            assert_eq!(next.wakes(), 1);
            next.assert_ready().unwrap();
            assert_eq!(taken(&queue), [1]);
        }
    }
}

#[test]
fn a_closed_queue_refuses_the_room_and_gives_an_item_back() {
    let queue = Queue::bounded(1);
    let mut sink = pin!(queue.sink());
    ready(room(&mut sink)).unwrap();
    queue.close();
    let refused = sink.as_mut().start_send(1).unwrap_err();
    assert_eq!(refused.into_inner(), Some(1));
    let refused = ready(room(&mut sink)).unwrap_err();
    assert_eq!(refused.into_inner(), None);
}

#[test]
fn the_close_of_the_queue_ends_a_wait_for_room() {
    let queue = full([0]);
    let mut sink = pin!(queue.sink());
    let mut waits = Polled::waiting(sink.send(1));
    queue.close();
    assert_eq!(waits.wakes(), 1);
    assert_eq!(waits.assert_ready().unwrap_err().into_inner(), None);
}

#[test]
fn a_sink_that_was_not_ready_refuses_an_item_by_a_panic() {
    let queue = Queue::bounded(1);
    let mut sink = pin!(queue.sink());
    let message = panic_message(|| sink.as_mut().start_send(1).unwrap());
    assert!(message.contains("before the sink was ready"), "{message}");
    assert!(queue.is_empty());
}

#[test]
fn a_stream_can_be_forwarded_into_a_sink() {
    let (from, to) = (full([1, 2, 3]), Queue::unbounded());
    from.close();
    let sent = futures_util::StreamExt::map(from.stream(), Ok);
    ready(futures_util::StreamExt::forward(sent, to.sink())).unwrap();
    assert_eq!(taken(&to), [1, 2, 3]);
}

#[test]
fn a_sink_prints_whether_it_has_room() {
    let queue = Queue::<u32>::bounded(1);
    let mut sink = pin!(queue.sink());
    let idle = format!("{sink:?}");
    assert!(idle.contains("QueueSink"), "{idle}");
    ready(room(&mut sink)).unwrap();
    assert_ne!(format!("{sink:?}"), idle);
    sink.as_mut().start_send(1).unwrap();
    assert_eq!(format!("{sink:?}"), idle);
}
