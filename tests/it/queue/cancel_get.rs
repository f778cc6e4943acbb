//! Dropping a future that waits for an item, in each of its states: never polled, waiting,
//! granted but not polled since, done.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::{GetError, LifoQueue, PriorityQueue, Queue, TryGetError};

use super::{Drops, Item, numbers};
use crate::common::{Polled, drop_elsewhere, while_panicking};

/// Creates an empty queue.
fn setup() -> (Arc<Queue<Item>>, Drops, [Vec<Item>; 3]) {
    let sinks = [const { Vec::new() }; 3];
    (Arc::new(Queue::unbounded()), Drops::new(), sinks)
}

fn drop_here<T>(value: T) {
    drop(value);
}

/// The rules for one way of waiting, and where the future is dropped. A `get_many` appends to
/// `$into`.
macro_rules! rules {
    ($way:ident, |$queue:ident, $into:ident| $start:expr, $drop:path) => {
        mod $way {
            use super::*;

            #[test]
            fn a_wait_that_was_never_polled_is_registered_nowhere() {
                let ($queue, drops, [mut sink, ..]) = setup();
                $queue.try_put(drops.item(1)).unwrap();
                let $into = &mut sink;
                let never = Polled::new($start);
                assert_eq!($queue.waiting_getters(), 0);
                $drop(never);
                assert_eq!(($queue.len(), drops.count()), (1, 0));
                assert_eq!(numbers(&$queue), [1]);
                assert!(sink.is_empty());
            }

            #[test]
            fn a_dropped_waiter_leaves_the_queue_and_affects_no_other() {
                for leaver in 0..3 {
                    let ($queue, drops, [mut sink, ..]) = setup();
                    let mut $into = Some(&mut sink);
                    let mut others = Vec::new();
                    let mut gone = None;
                    for place in 0..3 {
                        if place == leaver {
                            let $into = $into.take().unwrap();
                            gone = Some(Polled::waiting($start));
                        } else {
                            others.push(Polled::waiting($queue.get()));
                        }
                    }
                    assert_eq!($queue.waiting_getters(), 3);
                    let (future, waker) = gone.unwrap().split();
                    assert_eq!(waker.kept(), 1);
                    $drop(future);
                    assert_eq!((waker.kept(), waker.wakes()), (0, 0));
                    assert_eq!($queue.waiting_getters(), 2);
                    $queue.try_put(drops.item(1)).unwrap();
                    assert_eq!((others[0].wakes(), others[1].wakes()), (1, 0));
                    $queue.try_put(drops.item(2)).unwrap();
                    assert_eq!((others[0].wakes(), others[1].wakes()), (1, 1));
                    assert_eq!(others[0].assert_ready().map(|item| item.number), Ok(1));
                    assert_eq!(others[1].assert_ready().map(|item| item.number), Ok(2));
                    assert!(sink.is_empty());
                }
            }

            #[test]
            fn one_that_was_granted_an_item_passes_the_right_to_it_on() {
                let ($queue, drops, [mut sink, ..]) = setup();
                let $into = &mut sink;
                let granted = Polled::waiting($start);
                let mut next = Polled::waiting($queue.get());
                let mut last = Polled::waiting($queue.get());
                $queue.try_put(drops.item(1)).unwrap();
                let (future, waker) = granted.split();
                assert_eq!((waker.wakes(), waker.kept()), (1, 0));
                assert_eq!(next.wakes(), 0);
                $drop(future);
                assert_eq!((next.wakes(), last.wakes()), (1, 0));
                assert_eq!(waker.wakes(), 1);
                assert_eq!($queue.try_get().err(), Some(TryGetError::Empty));
                last.assert_pending();
                $queue.try_put(drops.item(2)).unwrap();
                assert_eq!((next.wakes(), last.wakes()), (1, 1));
                assert_eq!(next.assert_ready().map(|item| item.number), Ok(1));
                assert_eq!(last.assert_ready().map(|item| item.number), Ok(2));
                assert_eq!((drops.count(), $queue.unfinished()), (2, 2));
                assert!(sink.is_empty());
            }

            #[test]
            fn a_grant_passes_through_any_number_of_those_that_go() {
                let ($queue, drops, [mut first, mut second, mut third]) = setup();
                let $into = &mut first;
                let first = Polled::waiting($start);
                let $into = &mut second;
                let second = Polled::waiting($start);
                let $into = &mut third;
                let third = Polled::waiting($start);
                let mut last = Polled::waiting($queue.get());
                $queue.try_put(drops.item(1)).unwrap();
                assert_eq!((first.wakes(), second.wakes()), (1, 0));
                $drop(first);
                assert_eq!((second.wakes(), third.wakes()), (1, 0));
                $drop(second);
                assert_eq!((third.wakes(), last.wakes()), (1, 0));
                $drop(third);
                assert_eq!(last.wakes(), 1);
                assert_eq!(last.assert_ready().map(|item| item.number), Ok(1));
            }

            #[test]
            fn the_granted_item_of_the_last_waiter_is_free_again_and_keeps_its_order() {
                let ($queue, drops, [mut sink, ..]) = setup();
                let $into = &mut sink;
                let granted = Polled::waiting($start);
                $queue.try_put(drops.item(1)).unwrap();
                $queue.try_put(drops.item(2)).unwrap();
                $drop(granted);
                assert_eq!((drops.count(), $queue.len()), (0, 2));
                assert_eq!(numbers(&$queue), [1, 2]);
                assert!(sink.is_empty());
            }

            #[test]
            fn one_that_is_done_changes_nothing_by_its_drop() {
                let ($queue, drops, [mut sink, mut other, _]) = setup();
                let $into = &mut sink;
                let mut waited = Polled::waiting($start);
                let mut next = Polled::waiting($queue.get());
                $queue.try_put(drops.item(1)).unwrap();
                let output = waited.assert_ready().unwrap();
                $drop(waited);
                assert_eq!((next.wakes(), drops.count(), $queue.len()), (0, 0, 0));
                drop((output, std::mem::take(&mut sink)));
                assert_eq!(drops.count(), 1);
                $queue.try_put(drops.item(2)).unwrap();
                assert_eq!(next.assert_ready().map(|item| item.number), Ok(2));

                $queue.try_put(drops.item(3)).unwrap();
                let $into = &mut other;
                let mut at_once = Polled::new($start);
                at_once.assert_ready().unwrap();
                $queue.try_put(drops.item(4)).unwrap();
                $drop(at_once);
                assert_eq!(numbers(&$queue), [4]);
            }

            #[test]
            fn a_granted_one_that_goes_after_close_lets_the_next_have_the_item() {
                let ($queue, drops, [mut sink, ..]) = setup();
                let $into = &mut sink;
                let granted = Polled::waiting($start);
                let mut next = Polled::waiting($queue.get());
                let mut last = Polled::waiting($queue.get());
                $queue.try_put(drops.item(1)).unwrap();
                assert!($queue.close());
                assert_eq!((next.wakes(), last.wakes()), (0, 0));
                $drop(granted);
                assert_eq!((next.wakes(), last.wakes()), (1, 0));
                assert_eq!(next.assert_ready().map(|item| item.number), Ok(1));
                assert_eq!(last.wakes(), 1);
                assert_eq!(last.assert_ready().err(), Some(GetError));
            }

            #[test]
            fn a_granted_one_that_goes_after_close_now_gives_nothing_back() {
                let ($queue, drops, [mut sink, ..]) = setup();
                let $into = &mut sink;
                let granted = Polled::waiting($start);
                let mut next = Polled::waiting($queue.get());
                $queue.try_put(drops.item(1)).unwrap();
                assert_eq!($queue.close_now().len(), 1);
                assert_eq!(next.wakes(), 1);
                $drop(granted);
                assert_eq!(next.wakes(), 1);
                assert_eq!(next.assert_ready().err(), Some(GetError));
                assert_eq!($queue.try_get().err(), Some(TryGetError::Closed));
            }

            #[test]
            fn a_drop_while_the_thread_panics_passes_the_grant_on() {
                let ($queue, drops, [mut first, mut second, _]) = setup();
                let $into = &mut first;
                let granted = Polled::waiting($start);
                let mut next = Polled::waiting($queue.get());
                let $into = &mut second;
                let leaving = Polled::waiting($start);
                $queue.try_put(drops.item(1)).unwrap();
                while_panicking(|| $drop((granted, leaving)));
                assert_eq!((next.wakes(), $queue.waiting_getters()), (1, 0));
                assert_eq!(next.assert_ready().map(|item| item.number), Ok(1));
            }
        }
    };
}

rules!(get, |queue, _into| queue.get(), drop_here);
rules!(
    get_on_another_thread,
    |queue, _into| queue.get(),
    drop_elsewhere
);
rules!(
    get_owned,
    |queue, _into| Arc::clone(&queue).get_owned(),
    drop_here
);
rules!(
    get_owned_on_another_thread,
    |queue, _into| Arc::clone(&queue).get_owned(),
    drop_elsewhere
);
rules!(get_many, |queue, into| queue.get_many(into, 1), drop_here);
rules!(
    get_many_on_another_thread,
    |queue, into| queue.get_many(into, 1),
    drop_elsewhere
);

#[test]
fn a_dropped_grant_keeps_the_order_of_a_lifo_queue() {
    let queue = LifoQueue::unbounded();
    let granted = Polled::waiting(queue.get());
    for item in 1..=3 {
        queue.try_put(item).unwrap();
    }
    drop(granted);
    assert_eq!(super::taken(&queue), [3, 2, 1]);
}

#[test]
fn a_dropped_grant_keeps_the_order_of_a_priority_queue() {
    let queue = PriorityQueue::unbounded();
    let granted = Polled::waiting(queue.get());
    for item in [2, 3, 1] {
        queue.try_put(item).unwrap();
    }
    drop(granted);
    assert_eq!(super::taken(&queue), [1, 2, 3]);
}
