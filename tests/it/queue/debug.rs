//! `Debug` prints one line, and never the same line for two different states.
#![forbid(unsafe_code)]

use std::fmt::Debug;
use std::sync::Arc;

use aiosync::{LifoQueue, PriorityQueue, Queue};

use super::{full, let_go, ready};
use crate::common::Polled;

/// Returns what `Debug` prints, which must be one line.
#[track_caller]
fn line(value: &impl Debug) -> String {
    let line = format!("{value:?}");
    assert!(!line.is_empty() && !line.contains('\n'), "{line}");
    line
}

/// Neither `Debug` nor anything else.
struct Plain;

#[test]
fn a_queue_prints_each_of_its_states_differently() {
    let mut seen = Vec::new();
    let queue = Queue::bounded(3);
    seen.push(line(&queue));
    queue.try_put(Plain).unwrap();
    seen.push(line(&queue));
    drop(queue.try_get());
    // Empty again, with one unfinished item.
    seen.push(line(&queue));
    queue.task_done().unwrap();
    let slot = queue.try_reserve().unwrap();
    seen.push(line(&queue));
    drop(slot);
    let get = Polled::waiting(queue.get());
    seen.push(line(&queue));
    queue.try_put(Plain).unwrap();
    // The item inside is granted and not taken.
    seen.push(line(&queue));
    let waiting = Polled::waiting(queue.get());
    seen.push(line(&queue));
    drop((waiting, get));
    queue.try_put(Plain).unwrap();
    queue.try_put(Plain).unwrap();
    seen.push(line(&queue));
    let put = Polled::waiting(queue.put(Plain));
    seen.push(line(&queue));
    let reserve = Polled::waiting(queue.reserve());
    seen.push(line(&queue));
    drop(reserve);
    drop(queue.try_get());
    // Two items inside, and room for one is granted.
    seen.push(line(&queue));
    drop(put);
    seen.push(line(&queue));
    queue.close();
    seen.push(line(&queue));
    drop(queue.close_now());
    seen.push(line(&queue));
    seen.push(line(&Queue::<Plain>::bounded(4)));
    seen.push(line(&Queue::<Plain>::unbounded()));
    for (index, state) in seen.iter().enumerate() {
        assert!(!seen[..index].contains(state), "two states print {state}");
    }
}

#[test]
fn an_empty_queue_that_is_closed_prints_another_state_than_one_closed_now() {
    let (closed, closed_now) = (Queue::<Plain>::unbounded(), Queue::<Plain>::unbounded());
    closed.close();
    drop(closed_now.close_now());
    assert_ne!(line(&closed), line(&closed_now));
}

#[test]
fn a_state_that_comes_back_prints_the_same_again() {
    let queue = Queue::bounded(1);
    let before = line(&queue);
    let get = Polled::waiting(queue.get());
    drop(get);
    drop(queue.try_reserve().unwrap());
    ready(queue.put(Plain)).unwrap();
    drop(ready(queue.get()));
    queue.task_done().unwrap();
    assert_eq!(line(&queue), before);
}

#[test]
fn the_other_orders_print_without_printing_items() {
    let (lifo, priority) = (LifoQueue::bounded(2), PriorityQueue::bounded(2));
    let (before, empty) = (line(&lifo), line(&priority));
    lifo.try_put(Plain).unwrap();
    priority.try_put(1).unwrap();
    assert_ne!(line(&lifo), before);
    assert_ne!(line(&priority), empty);
}

#[test]
fn a_future_prints_its_state() {
    let queue = Arc::new(full([0]));
    let mut into = Vec::new();

    macro_rules! putter {
        ($future:expr) => {{
            let mut polled = Polled::new($future);
            let mut seen = vec![line(polled.future())];
            polled.assert_pending();
            seen.push(line(polled.future()));
            queue.try_get().unwrap();
            seen.push(line(polled.future()));
            let output = polled.assert_ready();
            seen.push(line(polled.future()));
            let_go(output);
            if queue.is_empty() {
                queue.try_put(0).unwrap();
            }
            seen
        }};
    }
    let mut all = vec![
        putter!(queue.put(1)),
        putter!(queue.put_many([1])),
        putter!(Arc::clone(&queue).put_owned(1)),
        putter!(queue.reserve()),
    ];
    queue.try_get().unwrap();
    macro_rules! getter {
        ($future:expr) => {{
            let mut polled = Polled::new($future);
            let mut seen = vec![line(polled.future())];
            polled.assert_pending();
            seen.push(line(polled.future()));
            queue.try_put(0).unwrap();
            seen.push(line(polled.future()));
            polled.assert_ready().unwrap();
            seen.push(line(polled.future()));
            seen
        }};
    }
    all.push(getter!(queue.get()));
    all.push(getter!(Arc::clone(&queue).get_owned()));
    all.push(getter!(queue.get_many(&mut into, 1)));

    for seen in &all {
        assert_eq!(seen.len(), 4);
        for (index, state) in seen.iter().enumerate() {
            assert!(!seen[..index].contains(state), "{seen:?}");
        }
    }
}

#[test]
fn a_join_and_a_closed_print_their_state() {
    let queue = full([0]);
    let mut join = Polled::new(queue.join());
    let mut closed = Polled::new(queue.closed());
    let mut seen = vec![(line(join.future()), line(closed.future()))];
    join.assert_pending();
    closed.assert_pending();
    seen.push((line(join.future()), line(closed.future())));
    queue.task_done().unwrap();
    queue.close();
    seen.push((line(join.future()), line(closed.future())));
    join.assert_ready();
    closed.assert_ready();
    seen.push((line(join.future()), line(closed.future())));
    for (index, (join, closed)) in seen.iter().enumerate() {
        assert_ne!(join, closed);
        let before = &seen[..index];
        assert!(
            before
                .iter()
                .all(|state| state.0 != *join && state.1 != *closed),
            "{seen:?}"
        );
    }
}

#[test]
fn slots_errors_and_drained_items_print_without_their_items() {
    let queue = Queue::bounded(2);
    queue.try_put(Plain).unwrap();
    let slot = queue.try_reserve().unwrap();
    assert!(line(&slot).contains("Slot"));
    let one = line(&queue.close_now());
    assert_ne!(one, line(&queue.close_now()));
    let refused = slot.put(Plain).unwrap_err();
    assert!(line(&refused).contains("PutError"));
    let rest = ready(queue.put_many([Plain, Plain])).unwrap_err();
    assert!(line(&rest).contains("PutManyError"));
}
