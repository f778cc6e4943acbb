//! Wakers that use the queue, with every method, from each of their operations: no lock is
//! held then.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Queue;

use super::{finish, full, use_all};
use crate::common::{Call, CountingWaker, Hostile, Polled, watched};

type Shared = Arc<Queue<u32>>;

/// Creates a waker that calls every method of the queue at each `call`.
fn hostile(call: Call, queue: &Shared) -> Hostile {
    let waker = Hostile::new();
    let queue = Arc::clone(queue);
    waker.on(call, move || use_all(&queue, || 9));
    waker
}

/// The rules for one kind of wait on `$setup`, and what ends it.
macro_rules! rules {
    ($way:ident, $setup:expr, |$queue:ident, $into:ident| $start:expr, $end:expr) => {
        mod $way {
            use super::*;

            #[test]
            fn its_clone_in_the_first_poll_may_use_the_queue() {
                watched(|| {
                    let $queue: Shared = Arc::new($setup);
                    let waker = hostile(Call::Clone, &$queue);
                    let mut sink: Vec<u32> = Vec::new();
                    let $into = &mut sink;
                    let mut wait = Polled::new($start);
                    let first = wait.poll_with(waker.waker());
                    assert!(waker.calls(Call::Clone) > 0);
                    if first.is_pending() {
                        $end;
                        assert!(wait.poll_with(waker.waker()).is_ready());
                    }
                    assert_eq!(waker.kept(), 0);
                    let _ = $into;
                });
            }

            #[test]
            fn its_clone_in_a_later_poll_may_use_the_queue() {
                watched(|| {
                    let $queue: Shared = Arc::new($setup);
                    let mut sink: Vec<u32> = Vec::new();
                    let $into = &mut sink;
                    let mut wait = Polled::waiting($start);
                    let waker = hostile(Call::Clone, &$queue);
                    let second = wait.poll_with(waker.waker());
                    assert!(waker.calls(Call::Clone) > 0);
                    if second.is_pending() {
                        $end;
                        assert!(wait.poll_with(waker.waker()).is_ready());
                    }
                    assert_eq!((waker.kept(), wait.wakers_kept()), (0, 0));
                    let _ = $into;
                });
            }

            #[test]
            fn its_wake_may_use_the_queue() {
                watched(|| {
                    let $queue: Shared = Arc::new($setup);
                    let mut sink: Vec<u32> = Vec::new();
                    let $into = &mut sink;
                    let mut wait = Polled::new($start);
                    let waker = hostile(Call::Wake, &$queue);
                    assert!(wait.poll_with(waker.waker()).is_pending());
                    $end;
                    assert_eq!(waker.calls(Call::Wake), 1);
                    assert!(wait.poll_with(waker.waker()).is_ready());
                    assert_eq!(waker.kept(), 0);
                    let _ = $into;
                });
            }

            #[test]
            fn its_drop_may_use_the_queue_when_the_wait_is_dropped() {
                watched(|| {
                    let $queue: Shared = Arc::new($setup);
                    let mut sink: Vec<u32> = Vec::new();
                    let $into = &mut sink;
                    let mut wait = Polled::new($start);
                    let waker = hostile(Call::Drop, &$queue);
                    assert!(wait.poll_with(waker.waker()).is_pending());
                    drop(wait);
                    assert_eq!((waker.calls(Call::Drop), waker.kept()), (1, 0));
                    assert_eq!(($queue.waiting_putters(), $queue.waiting_getters()), (0, 0));
                    let _ = $into;
                });
            }

            #[test]
            fn its_drop_may_use_the_queue_when_another_takes_its_place() {
                watched(|| {
                    let $queue: Shared = Arc::new($setup);
                    let mut sink: Vec<u32> = Vec::new();
                    let $into = &mut sink;
                    let mut wait = Polled::new($start);
                    let waker = hostile(Call::Drop, &$queue);
                    assert!(wait.poll_with(waker.waker()).is_pending());
                    let second = CountingWaker::new();
                    let polled = wait.poll_with(&second.waker());
                    assert_eq!((waker.calls(Call::Drop), waker.kept()), (1, 0));
                    if polled.is_pending() {
                        if second.wakes() == 0 {
                            $end;
                        }
                        assert_eq!((second.wakes(), second.kept()), (1, 0));
                        assert!(wait.poll().is_ready());
                    }
                    let _ = $into;
                });
            }

            #[test]
            fn its_wake_may_close_the_queue() {
                watched(|| {
                    let $queue: Shared = Arc::new($setup);
                    let mut sink: Vec<u32> = Vec::new();
                    let $into = &mut sink;
                    let mut wait = Polled::new($start);
                    let mut behind = Polled::waiting($queue.closed());
                    let waker = Hostile::new();
                    let inner = Arc::clone(&$queue);
                    waker.on(Call::Wake, move || {
                        inner.close();
                        drop(inner.close_now());
                    });
                    assert!(wait.poll_with(waker.waker()).is_pending());
                    $end;
                    assert_eq!(waker.calls(Call::Wake), 1);
                    assert!(wait.poll_with(waker.waker()).is_ready());
                    assert_eq!(behind.wakes(), 1);
                    behind.assert_ready();
                    let _ = $into;
                });
            }

            #[test]
            fn its_wake_may_start_and_drop_waits_of_its_kind() {
                watched(|| {
                    let $queue: Shared = Arc::new($setup);
                    let mut sink: Vec<u32> = Vec::new();
                    let $into = &mut sink;
                    let mut wait = Polled::new($start);
                    let _ = $into;
                    let waker = Hostile::new();
                    let inner = Arc::clone(&$queue);
                    waker.on(Call::Wake, move || {
                        let $queue: Shared = Arc::clone(&inner);
                        let mut sink: Vec<u32> = Vec::new();
                        let $into = &mut sink;
                        let mut nested = Polled::new($start);
                        if nested.poll().is_pending() {
                            nested.assert_pending();
                        }
                        let _ = $into;
                    });
                    assert!(wait.poll_with(waker.waker()).is_pending());
                    $end;
                    assert_eq!(waker.calls(Call::Wake), 1);
                    assert!(wait.poll_with(waker.waker()).is_ready());
                });
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
    put_until_close,
    full([1]),
    |queue, _into| queue.put(2),
    assert!(queue.close())
);
rules!(
    get,
    Queue::bounded(2),
    |queue, _into| queue.get(),
    queue.try_put(1).unwrap()
);
rules!(
    get_owned,
    Queue::bounded(2),
    |queue, _into| Arc::clone(&queue).get_owned(),
    queue.try_put(1).unwrap()
);
rules!(
    get_many,
    Queue::bounded(2),
    |queue, into| queue.get_many(into, 9),
    queue.try_put(1).unwrap()
);
rules!(
    get_until_close,
    Queue::bounded(2),
    |queue, _into| queue.get(),
    drop(queue.close_now())
);
rules!(join, full([1]), |queue, _into| queue.join(), finish(&queue));
rules!(
    join_owned,
    full([1]),
    |queue, _into| Arc::clone(&queue).join_owned(),
    finish(&queue)
);
rules!(
    closed_owned,
    full([1]),
    |queue, _into| Arc::clone(&queue).closed_owned(),
    queue.close()
);
rules!(
    closed,
    full([1]),
    |queue, _into| queue.closed(),
    queue.close()
);

#[test]
fn a_wake_on_a_passed_on_grant_may_use_the_queue() {
    watched(|| {
        let queue: Shared = Arc::new(Queue::unbounded());
        let granted = Polled::waiting(queue.get());
        let waker = hostile(Call::Wake, &queue);
        let mut next = Polled::new(queue.get());
        assert!(next.poll_with(waker.waker()).is_pending());
        queue.try_put(1).unwrap();
        drop(granted);
        assert_eq!(waker.calls(Call::Wake), 1);
        assert!(next.assert_ready().is_ok());
    });
}

#[test]
fn a_wake_by_a_dropped_slot_may_use_the_queue() {
    watched(|| {
        let queue: Shared = Arc::new(Queue::bounded(1));
        let slot = queue.try_reserve().unwrap();
        let waker = hostile(Call::Wake, &queue);
        let mut next = Polled::new(queue.put(1));
        assert!(next.poll_with(waker.waker()).is_pending());
        drop(slot);
        assert_eq!(waker.calls(Call::Wake), 1);
        next.assert_ready().unwrap();
    });
}

#[test]
fn a_wake_may_drop_another_that_was_granted_by_the_same_call() {
    watched(|| {
        let queue = Arc::new(Queue::unbounded());
        let other = Arc::new(std::sync::Mutex::new(None));
        let waker = Hostile::new();
        let inner = Arc::clone(&other);
        waker.on(Call::Wake, move || drop(inner.lock().unwrap().take()));
        let mut first = Polled::new(Arc::clone(&queue).get_owned());
        assert!(first.poll_with(waker.waker()).is_pending());
        let (second, second_waker) = Polled::waiting(Arc::clone(&queue).get_owned()).split();
        *other.lock().unwrap() = Some(second);
        let mut third = Polled::waiting(queue.get());
        let mut put = Polled::new(queue.put_many([1, 2]));
        put.assert_ready().unwrap();
        assert!(other.lock().unwrap().is_none());
        assert_eq!((third.wakes(), second_waker.kept()), (1, 0));
        assert_eq!(first.assert_ready(), Ok(1));
        assert_eq!(third.assert_ready(), Ok(2));
    });
}
