//! Dropping a future that waits for room, in each of its states: never polled, waiting,
//! granted but not polled since, done.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Queue;
use futures_lite::future::block_on;

use super::{Drops, Item, numbers};
use crate::common::{Polled, drop_elsewhere, while_panicking};

/// Creates a full queue of capacity 1.
fn setup() -> (Arc<Queue<Item>>, Drops) {
    let (queue, drops) = (Arc::new(Queue::bounded(1)), Drops::new());
    queue.try_put(drops.item(0)).unwrap();
    (queue, drops)
}

fn drop_here<T>(value: T) {
    drop(value);
}

/// The rules for one way of waiting that puts `$items` items, and where the future is
/// dropped.
macro_rules! rules {
    ($way:ident, |$queue:ident, $drops:ident| $start:expr, $items:literal, $drop:path) => {
        mod $way {
            use super::*;

            #[test]
            fn a_wait_that_was_never_polled_is_registered_nowhere() {
                let ($queue, $drops) = setup();
                let never = Polled::new($start);
                assert_eq!($queue.waiting_putters(), 0);
                $drop(never);
                assert_eq!($drops.count(), $items);
                assert_eq!(numbers(&$queue), [0]);
                assert_eq!(($queue.unfinished(), Arc::strong_count(&$queue)), (1, 1));
                // Also if there is room.
                $drop(Polled::new($start));
                assert!($queue.is_empty());
            }

            #[test]
            fn a_dropped_waiter_leaves_the_queue_and_affects_no_other() {
                for leaver in 0..3 {
                    let ($queue, $drops) = setup();
                    let mut others = Vec::new();
                    let mut gone = None;
                    for place in 0..3 {
                        if place == leaver {
                            gone = Some(Polled::waiting($start));
                        } else {
                            others.push(Polled::waiting($queue.put($drops.item(place))));
                        }
                    }
                    assert_eq!($queue.waiting_putters(), 3);
                    let (future, waker) = gone.unwrap().split();
                    assert_eq!(waker.kept(), 1);
                    $drop(future);
                    assert_eq!((waker.kept(), waker.wakes()), (0, 0));
                    assert_eq!(($drops.count(), $queue.waiting_putters()), ($items, 2));
                    assert_eq!(others[0].wakes() + others[1].wakes(), 0);

                    let mut all = Vec::new();
                    all.push($queue.try_get().unwrap().number);
                    assert_eq!((others[0].wakes(), others[1].wakes()), (1, 0));
                    others[0].assert_ready().unwrap();
                    all.push($queue.try_get().unwrap().number);
                    assert_eq!((others[0].wakes(), others[1].wakes()), (1, 1));
                    others[1].assert_ready().unwrap();
                    all.push($queue.try_get().unwrap().number);
                    let stayed: Vec<_> = (0..3).filter(|&place| place != leaver).collect();
                    assert_eq!(all, [0, stayed[0], stayed[1]]);
                    assert_eq!($queue.unfinished(), 3);
                    assert_eq!($drops.count(), $items + 3);
                }
            }

            #[test]
            fn one_that_was_granted_room_passes_it_on() {
                let ($queue, $drops) = setup();
                let granted = Polled::waiting($start);
                let mut next = Polled::waiting($queue.put($drops.item(1)));
                let mut last = Polled::waiting($queue.put($drops.item(2)));
                let first = $queue.try_get().unwrap();
                let (future, waker) = granted.split();
                assert_eq!((waker.wakes(), waker.kept()), (1, 0));
                assert_eq!(next.wakes(), 0);
                $drop(future);
                assert_eq!((next.wakes(), last.wakes()), (1, 0));
                assert_eq!((waker.wakes(), waker.kept()), (1, 0));
                assert!($queue.is_empty() && $queue.try_reserve().is_err());
                last.assert_pending();
                next.assert_ready().unwrap();
                assert_eq!($queue.try_get().unwrap().number, 1);
                last.assert_ready().unwrap();
                assert_eq!((next.wakes(), last.wakes()), (1, 1));
                assert_eq!(numbers(&$queue), [2]);
                drop(first);
                assert_eq!($drops.count(), $items + 3);
            }

            #[test]
            fn granted_room_passes_through_any_number_of_those_that_go() {
                let ($queue, $drops) = setup();
                let first = Polled::waiting($start);
                let second = Polled::waiting($start);
                let third = Polled::waiting($start);
                let mut last = Polled::waiting($queue.put($drops.item(1)));
                $queue.try_get().unwrap();
                assert_eq!((first.wakes(), second.wakes()), (1, 0));
                $drop(first);
                assert_eq!((second.wakes(), third.wakes()), (1, 0));
                $drop(second);
                assert_eq!((third.wakes(), last.wakes()), (1, 0));
                $drop(third);
                assert_eq!(last.wakes(), 1);
                last.assert_ready().unwrap();
                assert_eq!(numbers(&$queue), [1]);
            }

            #[test]
            fn the_granted_room_of_the_last_waiter_is_free_again() {
                let ($queue, $drops) = setup();
                let granted = Polled::waiting($start);
                $queue.try_get().unwrap();
                assert!($queue.try_reserve().is_err());
                $drop(granted);
                assert!($queue.is_empty());
                assert_eq!($drops.count(), 1 + $items);
                $queue.try_put($drops.item(1)).unwrap();
                assert_eq!(numbers(&$queue), [1]);
                assert_eq!($queue.unfinished(), 2);
            }

            #[test]
            fn one_that_is_done_changes_nothing_by_its_drop() {
                let ($queue, $drops) = setup();
                let mut waited = Polled::waiting($start);
                let mut next = Polled::waiting($queue.put($drops.item(2)));
                drop($queue.try_get().unwrap());
                let output = waited.assert_ready();
                $drop(waited);
                assert_eq!(next.wakes(), 0);
                assert!($queue.try_reserve().is_err());
                assert_eq!(($queue.len(), $drops.count()), ($items, 1));
                drop(output);
                numbers(&$queue);
                next.assert_ready().unwrap();
                numbers(&$queue);

                let mut at_once = Polled::new($start);
                let output = at_once.assert_ready();
                $drop(at_once);
                assert!($queue.try_reserve().is_err());
                drop(output);
                assert_eq!(numbers(&$queue).len(), $items);
            }

            #[test]
            fn a_granted_one_that_goes_after_close_gives_nothing_back() {
                let ($queue, $drops) = setup();
                let granted = Polled::waiting($start);
                let mut next = Polled::waiting($queue.put($drops.item(1)));
                $queue.try_get().unwrap();
                assert!($queue.close());
                assert_eq!(next.wakes(), 1);
                $drop(granted);
                assert_eq!(next.wakes(), 1);
                assert_eq!(next.assert_ready().unwrap_err().into_inner().number, 1);
                assert_eq!($drops.count(), 2 + $items);
                assert!($queue.is_empty());
            }

            #[test]
            fn a_drop_while_the_thread_panics_passes_the_room_on() {
                let ($queue, $drops) = setup();
                let granted = Polled::waiting($start);
                let mut next = Polled::waiting($queue.put($drops.item(1)));
                let leaving = Polled::waiting($start);
                $queue.try_get().unwrap();
                while_panicking(|| $drop((granted, leaving)));
                assert_eq!((next.wakes(), $queue.waiting_putters()), (1, 0));
                next.assert_ready().unwrap();
                assert_eq!(numbers(&$queue), [1]);
            }
        }
    };
}

rules!(put, |queue, drops| queue.put(drops.item(9)), 1, drop_here);
rules!(
    put_on_another_thread,
    |queue, drops| queue.put(drops.item(9)),
    1,
    drop_elsewhere
);
rules!(
    put_owned,
    |queue, drops| Arc::clone(&queue).put_owned(drops.item(9)),
    1,
    drop_here
);
rules!(
    put_owned_on_another_thread,
    |queue, drops| Arc::clone(&queue).put_owned(drops.item(9)),
    1,
    drop_elsewhere
);
rules!(reserve, |queue, drops| queue.reserve(), 0, drop_here);
rules!(
    reserve_on_another_thread,
    |queue, drops| queue.reserve(),
    0,
    drop_elsewhere
);
rules!(
    reserve_owned,
    |queue, drops| Arc::clone(&queue).reserve_owned(),
    0,
    drop_here
);
rules!(
    reserve_owned_on_another_thread,
    |queue, drops| Arc::clone(&queue).reserve_owned(),
    0,
    drop_elsewhere
);
rules!(
    put_many,
    |queue, drops| queue.put_many([drops.item(9)]),
    1,
    drop_here
);
rules!(
    put_many_on_another_thread,
    |queue, drops| queue.put_many([drops.item(9)]),
    1,
    drop_elsewhere
);

#[test]
fn a_wait_that_was_lost_in_a_race_has_not_put() {
    let (queue, drops) = setup();
    let lost = queue.put(drops.item(9));
    let won = block_on(futures_lite::future::or(
        async { lost.await.is_err() },
        async { true },
    ));
    assert!(won);
    assert_eq!((drops.count(), queue.waiting_putters()), (1, 0));
    assert_eq!(numbers(&queue), [0]);
}

#[test]
fn a_waiter_that_leaves_the_middle_of_a_long_queue_keeps_the_order_of_the_rest() {
    let (queue, drops) = setup();
    let mut line: Vec<_> = (1..100)
        .map(|number| Some(Polled::waiting(queue.put(drops.item(number)))))
        .collect();
    for place in (0..line.len()).filter(|place| place % 3 != 1) {
        line[place] = None;
    }
    assert_eq!(queue.waiting_putters(), 33);
    let mut all = numbers(&queue);
    for putter in line.iter_mut().flatten() {
        assert_eq!(putter.wakes(), 1);
        putter.assert_ready().unwrap();
        all.extend(numbers(&queue));
    }
    let stayed = (1..100).filter(|number| (number - 1) % 3 == 1);
    assert_eq!(all, std::iter::once(0).chain(stayed).collect::<Vec<_>>());
}
