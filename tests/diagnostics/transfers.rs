//! The last put into a queue, and the last get.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use aiosync::diagnostics::{self, Level, TransferReport};
use aiosync::{PriorityQueue, Queue};

use crate::session::{Session, Task, assert_site};

/// A queue that is in each report, because a task waits for its end.
fn watched() -> (Arc<Queue<u32>>, Box<dyn std::any::Any>) {
    let queue = Arc::new(Queue::bounded(4));
    let wait = Task::new().begin(Arc::clone(&queue).closed_owned());
    (queue, Box::new(wait))
}

#[track_caller]
fn last_put(session: &Session) -> TransferReport {
    let put = session.primitive().transfers.last_put;
    put.expect("a put was recorded")
}

#[track_caller]
fn last_get(session: &Session) -> TransferReport {
    let get = session.primitive().transfers.last_get;
    get.expect("a get was recorded")
}

#[test]
fn each_way_to_put_is_recorded() {
    let session = Session::new(Level::Holders);
    let (queue, wait) = watched();
    let task = Task::new();
    assert_eq!(session.primitive().transfers, Default::default());

    queue.try_put(1).expect("there is room");
    assert_site(last_put(&session).site, file!(), line!() - 1);
    task.finish(Box::pin(queue.put(2))).expect("there is room");
    assert_site(last_put(&session).site, file!(), line!() - 1);
    queue.put_blocking(3).expect("there is room");
    assert_site(last_put(&session).site, file!(), line!() - 1);
    let slot = queue.try_reserve().expect("there is room");
    slot.put(4).expect("it is open");
    assert_site(last_put(&session).site, file!(), line!() - 1);

    let mut many = task.begin(queue.put_many([5, 6]));
    let line = line!() - 1;
    queue.try_get().expect("there is an item");
    assert!(task.poll(&mut many).is_pending());
    assert_site(last_put(&session).site, file!(), line);
    drop(many);
    drop((queue, wait));
    session.assert_empty();
}

#[test]
fn each_way_to_get_is_recorded() {
    let session = Session::new(Level::Holders);
    let (queue, wait) = watched();
    let task = Task::new();
    for item in 0..4 {
        queue.try_put(item).expect("there is room");
    }
    queue.try_get().expect("there is an item");
    assert_site(last_get(&session).site, file!(), line!() - 1);
    let got = task.finish(Box::pin(queue.get()));
    assert_site(last_get(&session).site, file!(), line!() - 1);
    assert_eq!(got, Ok(1));
    queue.get_blocking().expect("there is an item");
    assert_site(last_get(&session).site, file!(), line!() - 1);
    let got = queue.try_get_many(&mut Vec::new(), 9);
    assert_site(last_get(&session).site, file!(), line!() - 1);
    assert_eq!(got, Ok(1));

    let waiting = task.begin(queue.get());
    let line = line!() - 1;
    queue.try_put(9).expect("there is room");
    task.finish(waiting).expect("an item was granted");
    assert_site(last_get(&session).site, file!(), line);
    drop((queue, wait));
    session.assert_empty();
}

#[cfg(all(feature = "stream", feature = "sink"))]
#[test]
fn a_stream_and_a_sink_are_the_calls_that_created_them() {
    use futures::{SinkExt, StreamExt};

    let session = Session::new(Level::Holders);
    let (queue, wait) = watched();
    let task = Task::new();
    let mut sink = Box::pin(queue.sink());
    task.finish(Box::pin(sink.send(1))).expect("there is room");
    assert_site(last_put(&session).site, file!(), line!() - 2);
    let mut stream = Box::pin(queue.stream());
    assert_eq!(task.finish(Box::pin(stream.next())), Some(1));
    assert_site(last_get(&session).site, file!(), line!() - 2);
    drop((stream, sink));
    drop((queue, wait));
    session.assert_empty();
}

#[test]
fn a_transfer_has_a_task_and_an_age() {
    let session = Session::new(Level::Holders);
    let (queue, wait) = watched();
    let put = diagnostics::scope("producer", async {
        queue.put(1).await.expect("there is room");
    });
    Task::new().finish(Box::pin(put));
    session.advance(7);
    let put = last_put(&session);
    assert_eq!(
        (&*put.task.name, put.ago),
        ("producer", Duration::from_millis(7))
    );
    let text = session.report().to_string();
    assert!(text.contains("\n  last put: \"producer\" "), "{text}");
    drop((queue, wait));
    session.assert_empty();
}

#[test]
fn a_failure_is_no_transfer() {
    let session = Session::new(Level::Holders);
    let (queue, wait) = watched();
    queue.try_get().expect_err("it is empty");
    assert_eq!(session.primitive().transfers.last_get, None);
    for item in 0..4 {
        queue.try_put(item).expect("there is room");
    }
    session.advance(1);
    queue.try_put(9).expect_err("it is full");
    assert_eq!(last_put(&session).ago, Duration::from_millis(1));
    drop(queue.close_now());
    Task::new()
        .finish(Box::pin(queue.get()))
        .expect_err("it is closed");
    drop((queue, wait));
    session.assert_empty();
}

#[test]
fn nothing_is_recorded_at_the_lower_level() {
    let session = Session::new(Level::Waits);
    let (queue, wait) = watched();
    queue.try_put(1).expect("there is room");
    assert_eq!(session.primitive().transfers, Default::default());
    drop((queue, wait));
    session.assert_empty();
}

#[test]
fn a_queue_of_another_order_records_its_transfers_too() {
    let session = Session::new(Level::Holders);
    let queue = PriorityQueue::<u32>::bounded(2);
    let task = Task::new();
    let wait = task.begin(queue.closed());
    queue.try_put(1).expect("there is room");
    queue.try_get().expect("there is an item");
    let transfers = session.primitive().transfers;
    assert!(transfers.last_put.is_some() && transfers.last_get.is_some());
    drop(wait);
    session.assert_empty();
}
