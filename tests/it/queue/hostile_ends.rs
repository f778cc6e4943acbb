//! Wakers of `join` and `closed` that use the queue. These waits are built on event-listener,
//! which wakes, clones and drops wakers under a mutex of its own: a user's waker must not be
//! touched there.
#![forbid(unsafe_code)]

use std::sync::{Arc, LazyLock, Mutex};

use aiosync::Queue;

use super::{finish, full, let_go, use_all};
use crate::common::{Call, Hostile, Order, Polled, watched};

type Shared = Arc<Queue<u32>>;

/// Begins, drops and releases both kinds of wait.
fn use_ends(queue: &Shared) {
    let mut begun = Vec::new();
    for _ in 0..2 {
        let mut join = Polled::new(queue.join());
        if join.poll().is_pending() {
            begun.push(join);
        }
        let_go(queue.try_put(9));
    }
    assert_eq!(
        Polled::new(queue.closed()).poll().is_ready(),
        queue.is_closed()
    );
    finish(queue);
    for join in &mut begun {
        join.assert_ready();
    }
    use_all(queue, || 9);
}

/// The rules for one kind of wait, and what releases it.
macro_rules! rules {
    ($way:ident, |$queue:ident| $start:expr, $end:expr) => {
        mod $way {
            use super::*;

            fn setup() -> Shared {
                Arc::new(full([1]))
            }

            #[test]
            fn each_operation_of_a_waker_may_use_both_ends() {
                for call in [Call::Clone, Call::Wake, Call::Drop] {
                    watched(move || {
                        let $queue = setup();
                        let waker = Hostile::new();
                        let inner = Arc::clone(&$queue);
                        waker.on(call, move || use_ends(&inner));
                        let mut wait = Polled::new($start);
                        let mut ready = wait.poll_with(waker.waker()).is_ready();
                        if call == Call::Drop {
                            assert!(!ready);
                            ready = wait.poll().is_ready();
                        }
                        if !ready {
                            $end;
                            assert!(wait.poll().is_ready());
                        }
                        assert!(waker.calls(call) > 0, "{call:?} was never called");
                        assert_eq!((waker.kept(), wait.wakers_kept()), (0, 0));
                    });
                }
            }

            #[test]
            fn a_wake_may_drop_the_waits_that_are_woken_after_it() {
                watched(|| {
                    static QUEUE: LazyLock<Shared> = LazyLock::new(Arc::default);
                    let $queue: &'static Shared = &QUEUE;
                    $queue.try_put(1).unwrap();
                    let rest = Arc::new(Mutex::new(Vec::new()));
                    let waker = Hostile::new();
                    let inner = Arc::clone(&rest);
                    waker.on(Call::Wake, move || inner.lock().unwrap().clear());
                    let mut first = Polled::new($start);
                    assert!(first.poll_with(waker.waker()).is_pending());
                    let order = Order::new();
                    let mut labels = Vec::new();
                    for label in 0..3 {
                        let waiting = Polled::waiting_with($start, order.waker(label));
                        let (future, waker) = waiting.split();
                        rest.lock().unwrap().push(future);
                        labels.push(waker);
                    }
                    $end;
                    assert!(first.poll().is_ready());
                    assert!(rest.lock().unwrap().is_empty());
                    // Woken or not, the waker is not kept.
                    assert!(labels.iter().all(|label| label.kept() == 0));
                });
            }

            #[test]
            fn a_wake_may_begin_waits_that_end_at_once_or_later() {
                watched(|| {
                    static QUEUE: LazyLock<Shared> = LazyLock::new(Arc::default);
                    let $queue: &'static Shared = &QUEUE;
                    $queue.try_put(1).unwrap();
                    let begun = Arc::new(Mutex::new(Vec::new()));
                    let waker = Hostile::new();
                    let inner = Arc::clone(&begun);
                    waker.on(Call::Wake, move || {
                        let_go($queue.try_put(2));
                        let mut wait = Polled::new($start);
                        let ready = wait.poll().is_ready();
                        inner.lock().unwrap().push((wait, ready));
                    });
                    let mut first = Polled::new($start);
                    let mut second = Polled::new($start);
                    assert!(first.poll_with(waker.waker()).is_pending());
                    assert!(second.poll_with(waker.waker()).is_pending());
                    $queue.try_get().unwrap();
                    $end;
                    assert_eq!(waker.calls(Call::Wake), 2);
                    assert!(first.poll().is_ready() && second.poll().is_ready());
                    finish($queue);
                    for (mut wait, was_ready) in begun.lock().unwrap().drain(..) {
                        assert_eq!(wait.wakes(), usize::from(!was_ready));
                        assert!(was_ready || wait.poll().is_ready());
                    }
                });
            }

            #[test]
            fn a_clone_may_bring_the_end_about() {
                watched(|| {
                    let $queue = setup();
                    let waker = Hostile::new();
                    let inner = Arc::clone(&$queue);
                    waker.on(Call::Clone, move || {
                        let $queue = &inner;
                        if $queue.unfinished() > 0 && !$queue.is_closed() {
                            $end;
                        }
                    });
                    let mut wait = Polled::new($start);
                    // It was released while it began to wait: it must not sleep on.
                    let ready = wait.poll_with(waker.waker()).is_ready();
                    assert!(ready || waker.calls(Call::Wake) == 1);
                    assert!(ready || wait.poll_with(waker.waker()).is_ready());
                    assert!(waker.calls(Call::Clone) > 0);
                });
            }

            #[test]
            fn a_wake_that_panics_keeps_no_other_from_being_woken() {
                watched(|| {
                    let $queue = setup();
                    let order = Order::new();
                    let waker = Hostile::new();
                    waker.on(Call::Wake, || panic!("the waker panics"));
                    let mut first = Polled::new($start);
                    assert!(first.poll_with(waker.waker()).is_pending());
                    let mut others: Vec<_> = (0..40)
                        .map(|label| Polled::waiting_with($start, order.waker(label)))
                        .collect();
                    let message = crate::common::panic_message(|| {
                        $end;
                    });
                    assert_eq!(message, "the waker panics");
                    assert_eq!(order.so_far(), (0..40).collect::<Vec<_>>());
                    assert!(first.poll().is_ready());
                    assert!(others.iter_mut().all(|other| other.poll().is_ready()));
                });
            }
        }
    };
}

rules!(join, |queue| queue.join(), queue.task_done().unwrap());
rules!(closed, |queue| queue.closed(), queue.close());
rules!(
    join_owned,
    |queue| queue.clone().join_owned(),
    queue.task_done().unwrap()
);
rules!(
    closed_owned,
    |queue| queue.clone().closed_owned(),
    queue.close()
);
rules!(
    closed_at_once,
    |queue| queue.closed(),
    drop(queue.close_now())
);
rules!(join_by_close_now, |queue| queue.join(), {
    queue.close_now().for_each(drop);
    (0..queue.unfinished()).for_each(|_| queue.task_done().unwrap());
});

#[test]
fn ends_of_two_queues_may_come_inside_each_other() {
    watched(|| {
        let (outer, inner) = (Arc::new(full([1])), Arc::new(full([1])));
        let order = Order::new();
        let waker = Hostile::new();
        let (nested, log) = (Arc::clone(&inner), order.clone());
        waker.on(Call::Wake, move || {
            log.enter(1);
            nested.task_done().unwrap();
            log.enter(4);
        });
        let mut first = Polled::new(outer.join());
        assert!(first.poll_with(waker.waker()).is_pending());
        let second = Polled::waiting_with(outer.join(), order.waker(5));
        let inside = [2, 3].map(|label| Polled::waiting_with(inner.join(), order.waker(label)));
        outer.task_done().unwrap();
        assert_eq!(order.so_far(), [1, 2, 3, 4, 5]);
        for mut wait in inside.into_iter().chain([second, first]) {
            wait.assert_ready();
        }
    });
}
