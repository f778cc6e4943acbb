//! Of all wakers that a future was polled with, the newest one is woken. No waker is kept
//! longer than the future waits.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Queue;

use super::full;
use crate::common::{Call, CountingWaker, Hostile, Polled};

/// The rules for one kind of wait on `$setup`, and what ends it.
macro_rules! rules {
    ($way:ident, $setup:expr, |$queue:ident, $into:ident| $start:expr, $end:expr) => {
        mod $way {
            use super::*;

            #[test]
            fn the_newest_waker_is_woken_and_the_older_ones_are_gone() {
                let $queue = Arc::new($setup);
                let mut sink: Vec<u32> = Vec::new();
                let $into = &mut sink;
                let mut wait = Polled::waiting($start);
                let (second, third) = (CountingWaker::new(), CountingWaker::new());
                assert!(wait.poll_with(&second.waker()).is_pending());
                assert_eq!((wait.wakers_kept(), second.kept()), (0, 1));
                assert!(wait.poll_with(&third.waker()).is_pending());
                assert_eq!((second.kept(), third.kept()), (0, 1));
                $end;
                assert_eq!((wait.wakes(), second.wakes(), third.wakes()), (0, 0, 1));
                assert_eq!(third.kept(), 0);
                let _ = wait.assert_ready();
                assert_eq!((wait.wakers_kept(), third.wakes()), (0, 1));
                let _ = $into;
            }

            #[test]
            fn a_waker_of_the_same_task_is_not_cloned_again() {
                let $queue = Arc::new($setup);
                let mut sink: Vec<u32> = Vec::new();
                let $into = &mut sink;
                let mut wait = Polled::new($start);
                let waker = Hostile::new();
                for _ in 0..4 {
                    assert!(wait.poll_with(waker.waker()).is_pending());
                }
                assert_eq!((waker.calls(Call::Clone), waker.kept()), (1, 1));
                drop(wait);
                assert_eq!((waker.calls(Call::Drop), waker.kept()), (1, 0));
                let calls = [Call::Wake, Call::WakeByRef].map(|call| waker.calls(call));
                assert_eq!(calls, [0, 0]);
                let _ = $into;
            }

            #[test]
            fn a_waker_is_given_up_as_soon_as_it_was_woken() {
                let $queue = Arc::new($setup);
                let mut sink: Vec<u32> = Vec::new();
                let $into = &mut sink;
                let mut wait = Polled::new($start);
                let waker = Hostile::new();
                assert!(wait.poll_with(waker.waker()).is_pending());
                $end;
                assert_eq!(waker.kept(), 0);
                assert_eq!(waker.calls(Call::Wake) + waker.calls(Call::WakeByRef), 1);
                // A poll with another waker is ready, and keeps no waker.
                let _ = wait.assert_ready();
                assert_eq!(wait.wakers_kept(), 0);
                let _ = $into;
            }

            #[test]
            fn a_wait_that_is_ready_at_once_keeps_no_waker() {
                let $queue = Arc::new($setup);
                $end;
                let mut sink: Vec<u32> = Vec::new();
                let $into = &mut sink;
                let mut wait = Polled::new($start);
                let _ = wait.assert_ready();
                assert_eq!((wait.wakers_kept(), wait.wakes()), (0, 0));
                let _ = $into;
            }
        }
    };
}

rules!(
    put,
    full([1]),
    |queue, _into| queue.put(2),
    queue.try_get().unwrap()
);
rules!(
    put_owned,
    full([1]),
    |queue, _into| Arc::clone(&queue).put_owned(2),
    queue.try_get().unwrap()
);
rules!(
    reserve,
    full([1]),
    |queue, _into| queue.reserve(),
    queue.try_get().unwrap()
);
rules!(
    reserve_owned,
    full([1]),
    |queue, _into| Arc::clone(&queue).reserve_owned(),
    queue.try_get().unwrap()
);
rules!(
    put_many,
    full([1]),
    |queue, _into| queue.put_many([2]),
    queue.try_get().unwrap()
);
rules!(
    get,
    Queue::<u32>::unbounded(),
    |queue, _into| queue.get(),
    queue.try_put(1).unwrap()
);
rules!(
    get_owned,
    Queue::<u32>::unbounded(),
    |queue, _into| Arc::clone(&queue).get_owned(),
    queue.try_put(1).unwrap()
);
rules!(
    get_many,
    Queue::<u32>::unbounded(),
    |queue, into| queue.get_many(into, 9),
    queue.try_put(1).unwrap()
);
rules!(
    join,
    full([1]),
    |queue, _into| queue.join(),
    queue.task_done().unwrap()
);
rules!(
    join_owned,
    full([1]),
    |queue, _into| Arc::clone(&queue).join_owned(),
    queue.task_done().unwrap()
);
rules!(
    closed_owned,
    full([1]),
    |queue, _into| Arc::clone(&queue).closed_owned(),
    assert!(queue.close())
);
rules!(
    closed,
    full([1]),
    |queue, _into| queue.closed(),
    assert!(queue.close())
);
rules!(
    put_until_close,
    full([1]),
    |queue, _into| queue.put(2),
    assert!(queue.close())
);
rules!(
    get_until_close,
    Queue::<u32>::unbounded(),
    |queue, _into| queue.get(),
    drop(queue.close_now())
);

#[test]
fn a_wait_that_goes_on_after_a_grant_takes_a_new_waker() {
    let queue = full([0]);
    let mut many = Polled::waiting(queue.put_many([1, 2]));
    assert_eq!(queue.try_get(), Ok(0));
    assert_eq!((many.wakes(), many.wakers_kept()), (1, 0));
    let second = CountingWaker::new();
    assert!(many.poll_with(&second.waker()).is_pending());
    assert_eq!(second.kept(), 1);
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!((many.wakes(), second.wakes(), second.kept()), (1, 1, 0));
    many.assert_ready().unwrap();
}
