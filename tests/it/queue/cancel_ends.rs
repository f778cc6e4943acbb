//! Dropping `join` and `closed` in each of their states: never polled, waiting, released but
//! not polled since, done. A drop affects no other wait.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Queue;

use super::full;
use crate::common::{Polled, drop_elsewhere, while_panicking};

fn drop_here<T>(value: T) {
    drop(value);
}

/// The rules for one kind of wait, what ends it, and where it is dropped.
macro_rules! rules {
    ($way:ident, |$queue:ident| $start:expr, $end:expr, $drop:path) => {
        mod $way {
            use super::*;

            /// Creates a queue with one item inside, and one unfinished.
            fn setup() -> Arc<Queue<u32>> {
                Arc::new(full([1]))
            }

            #[test]
            fn one_that_was_never_polled_is_not_woken() {
                let $queue = setup();
                let never = Polled::new($start);
                let mut other = Polled::waiting($start);
                $end;
                assert_eq!((never.wakes(), never.wakers_kept()), (0, 0));
                $drop(never);
                assert_eq!(other.wakes(), 1);
                other.assert_ready();
            }

            #[test]
            fn a_dropped_waiter_leaves_and_affects_no_other() {
                for leaver in 0..3 {
                    let $queue = setup();
                    let mut all: Vec<_> = (0..3).map(|_| Polled::waiting($start)).collect();
                    let (future, waker) = all.remove(leaver).split();
                    assert_eq!(waker.kept(), 1);
                    $drop(future);
                    assert_eq!((waker.kept(), waker.wakes()), (0, 0));
                    assert_eq!(all[0].wakes() + all[1].wakes(), 0);
                    $end;
                    assert_eq!(waker.wakes(), 0);
                    for other in &mut all {
                        assert_eq!((other.wakes(), other.wakers_kept()), (1, 0));
                        other.assert_ready();
                    }
                }
            }

            #[test]
            fn one_that_was_released_takes_nothing_from_the_others() {
                let $queue = setup();
                let released = Polled::waiting($start);
                let mut other = Polled::waiting($start);
                $end;
                let (future, waker) = released.split();
                assert_eq!((waker.wakes(), waker.kept()), (1, 0));
                $drop(future);
                assert_eq!((other.wakes(), waker.wakes()), (1, 1));
                other.assert_ready();
            }

            #[test]
            fn one_that_is_done_changes_nothing_by_its_drop() {
                let $queue = setup();
                let mut done = Polled::waiting($start);
                let mut other = Polled::waiting($start);
                $end;
                done.assert_ready();
                let (future, waker) = done.split();
                assert_eq!(waker.kept(), 0);
                $drop(future);
                assert_eq!(other.wakes(), 1);
                other.assert_ready();
            }

            #[test]
            fn a_drop_while_the_thread_panics_leaves_no_waker() {
                let $queue = setup();
                let (waiting, waker) = Polled::waiting($start).split();
                while_panicking(|| $drop(waiting));
                assert_eq!(waker.kept(), 0);
                $end;
                assert_eq!(waker.wakes(), 0);
            }
        }
    };
}

rules!(
    join,
    |queue| queue.join(),
    queue.task_done().unwrap(),
    drop_here
);
rules!(
    join_on_another_thread,
    |queue| queue.join(),
    queue.task_done().unwrap(),
    drop_elsewhere
);
rules!(
    closed,
    |queue| queue.closed(),
    assert!(queue.close()),
    drop_here
);
rules!(
    closed_on_another_thread,
    |queue| queue.closed(),
    assert!(queue.close()),
    drop_elsewhere
);
rules!(
    closed_at_once,
    |queue| queue.closed(),
    drop(queue.close_now()),
    drop_here
);

rules!(
    join_owned,
    |queue| Arc::clone(&queue).join_owned(),
    queue.task_done().unwrap(),
    drop_here
);
rules!(
    join_owned_on_another_thread,
    |queue| Arc::clone(&queue).join_owned(),
    queue.task_done().unwrap(),
    drop_elsewhere
);
rules!(
    closed_owned,
    |queue| Arc::clone(&queue).closed_owned(),
    assert!(queue.close()),
    drop_here
);
rules!(
    closed_owned_on_another_thread,
    |queue| Arc::clone(&queue).closed_owned(),
    drop(queue.close_now()),
    drop_elsewhere
);

/// A queue is closed once. A `join`, however, may be over, and a later put begins a new one.
#[test]
fn a_released_join_that_is_dropped_does_not_release_one_that_came_later() {
    let queue = full([1]);
    let released = Polled::waiting(queue.join());
    queue.task_done().unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    queue.try_put(2).unwrap();
    let mut later = Polled::waiting(queue.join());
    drop(released);
    assert_eq!(later.wakes(), 0);
    later.assert_pending();
    queue.task_done().unwrap();
    assert_eq!(later.wakes(), 1);
    later.assert_ready();
}
