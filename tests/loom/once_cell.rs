//! OnceCell: one turn at a time, the value as a whole, failures, drops, more waiters than a batch
//! holds.

use std::future::{pending, ready};
use std::sync::Arc;

use aiosync::{OnceCell, SetError};
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, explore_fully, poll_once};

/// Breaks if `try_take_turn` takes a turn that another initializer has. loom sees two writes of
/// the value then.
#[test]
fn one_of_two_initializers_sets_the_value() {
    explore("once_cell: 2 initializers", 50, || {
        let cell = Arc::new(OnceCell::new());
        let other = Arc::clone(&cell);
        let thread = thread::spawn(move || *block_on(other.get_or_init(|| ready(1))));
        let here = *block_on(cell.get_or_init(|| ready(2)));
        assert_eq!(thread.join().unwrap(), here);
        assert_eq!(cell.get(), Some(&here));
    });
}

/// Breaks if `is_set` has no Acquire, or if `try_set` has no Release. loom sees that the value is
/// read while it is written.
#[test]
fn a_value_is_set_before_a_get_returns_it() {
    explore_fully("once_cell: set against get", 15, || {
        let shared = Arc::new((OnceCell::new(), loom::cell::Cell::new(0)));
        let other = Arc::clone(&shared);
        let reader = thread::spawn(move || {
            if let Some(value) = other.0.get() {
                assert_eq!((*value, other.1.get()), (7, 1));
            }
        });
        shared.1.set(1);
        shared.0.set(7).unwrap();
        reader.join().unwrap();
    });
}

/// Breaks if `set_locked` has no Release. Because of the waiter, the set takes the mutex.
#[test]
fn a_value_is_set_before_a_get_returns_it_while_a_task_waits() {
    explore_fully("once_cell: set against get, with a waiter", 20, || {
        let shared = Arc::new((OnceCell::new(), loom::cell::Cell::new(0)));
        let mut waiting = Box::pin(shared.0.wait());
        assert!(poll_once(&mut waiting).is_pending());
        let other = Arc::clone(&shared);
        let reader = thread::spawn(move || {
            if let Some(value) = other.0.get() {
                assert_eq!((*value, other.1.get()), (7, 1));
            }
        });
        shared.1.set(1);
        shared.0.set(7).unwrap();
        reader.join().unwrap();
        assert!(poll_once(&mut waiting).is_ready());
    });
}

/// Breaks if `set` does not look whether an initializer has the turn.
#[test]
fn a_set_and_an_initializer_do_not_both_set_the_value() {
    explore_fully("once_cell: set against get_or_init", 350, || {
        let cell = Arc::new(OnceCell::new());
        let other = Arc::clone(&cell);
        let setter = thread::spawn(move || match other.set(1) {
            Ok(()) => {}
            Err(SetError::Initialized(back) | SetError::Initializing(back)) => assert_eq!(back, 1),
        });
        let value = *block_on(cell.get_or_init(|| ready(2)));
        assert!(value == 1 || value == 2);
        setter.join().unwrap();
        assert_eq!(cell.get(), Some(&value));
    });
}

/// Breaks if `is_set_or_queue` does not check the word again or does not set `QUEUED`, or if a
/// `set` with waiters does not take the mutex.
#[test]
fn a_set_does_not_miss_a_task_that_is_about_to_wait() {
    explore("once_cell: set against 2 waiters", 9_000, || {
        let cell = Arc::new(OnceCell::new());
        let threads = [(); 2].map(|()| {
            let cell = Arc::clone(&cell);
            thread::spawn(move || assert_eq!(block_on(cell.wait()), &7))
        });
        cell.set(7).unwrap();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Breaks if `take_turn_or_queue` does not set `QUEUED`, or if `set_queued` releases the waiters
/// only. The initializer waits for a turn that it need not take.
#[test]
fn a_set_does_not_miss_an_initializer_that_is_about_to_queue() {
    explore(
        "once_cell: an initializer and a waiter against one that runs",
        3_000,
        || {
            let cell = Arc::new(OnceCell::new());
            let (of_get, of_wait) = (Arc::clone(&cell), Arc::clone(&cell));
            let mut first = Box::pin(cell.get_or_init(|| {
                let mut polls = 0;
                std::future::poll_fn(move |_| {
                    polls += 1;
                    match polls {
                        1 => std::task::Poll::Pending,
                        _ => std::task::Poll::Ready(7),
                    }
                })
            }));
            assert!(poll_once(&mut first).is_pending());
            let get = thread::spawn(move || *block_on(of_get.get_or_init(|| ready(8))));
            let wait = thread::spawn(move || *block_on(of_wait.wait()));
            assert!(poll_once(&mut first).is_ready());
            assert_eq!((get.join().unwrap(), wait.join().unwrap()), (7, 7));
        },
    );
}

/// Breaks if `give_up_queued` grants the turn to nobody, or if `take_turn_or_queue` does not set
/// `QUEUED`.
#[test]
fn a_failure_does_not_miss_an_initializer_that_is_about_to_queue() {
    explore("once_cell: 2 failures and a value", 4_000, || {
        let cell = Arc::new(OnceCell::new());
        let threads = [(); 2].map(|()| {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                let got = block_on(cell.get_or_try_init(|| ready(Err("failed"))));
                assert!(matches!(got, Err("failed") | Ok(7)));
            })
        });
        assert_eq!(block_on(cell.get_or_init(|| ready(7))), &7);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Breaks if `give_up_locked` keeps the turn, or drops `QUEUED` while a task waits for the value.
#[test]
fn a_waiter_for_the_value_survives_a_failure() {
    explore("once_cell: a waiter, a failure, a value", 5_000, || {
        let cell = Arc::new(OnceCell::new());
        let (of_wait, of_get) = (Arc::clone(&cell), Arc::clone(&cell));
        let waiter = thread::spawn(move || *block_on(of_wait.wait()));
        let failing = thread::spawn(move || {
            let got = block_on(of_get.get_or_try_init(|| ready(Err("failed"))));
            assert!(matches!(got, Err("failed") | Ok(7)));
        });
        assert_eq!(block_on(cell.get_or_init(|| ready(7))), &7);
        failing.join().unwrap();
        assert_eq!(waiter.join().unwrap(), 7);
    });
}

/// Breaks if `try_give_up` has no Release, or if `try_take_turn` takes the turn without Acquire.
#[test]
fn what_a_failed_initializer_did_is_visible_to_the_next() {
    explore_fully("once_cell: data of 2 failures", 300, || {
        let shared = Arc::new((OnceCell::<u32>::new(), loom::cell::Cell::new(0)));
        let fail = |shared: &(OnceCell<u32>, loom::cell::Cell<u32>)| {
            let got = block_on(shared.0.get_or_try_init(|| {
                shared.1.set(shared.1.get() + 1);
                ready(Err("failed"))
            }));
            assert_eq!(got, Err("failed"));
        };
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || fail(&other));
        fail(&shared);
        thread.join().unwrap();
        assert_eq!(shared.1.get(), 2);
    });
}

/// Breaks if `give_up_locked` has no Release. Because of the waiter, the first initializer takes
/// the mutex when it fails.
#[test]
fn what_a_failed_initializer_did_is_visible_while_a_task_waits() {
    explore_fully("once_cell: data of a failure, with a waiter", 240, || {
        let shared = Arc::new((OnceCell::<u32>::new(), loom::cell::Cell::new(0)));
        let mut waiting = Box::pin(shared.0.wait());
        assert!(poll_once(&mut waiting).is_pending());
        let fail = |shared: &(OnceCell<u32>, loom::cell::Cell<u32>)| {
            let mut get = Box::pin(shared.0.get_or_try_init(|| {
                shared.1.set(shared.1.get() + 1);
                ready(Err::<u32, _>("failed"))
            }));
            // If the other one has the turn, this does not wait for it.
            let _ = poll_once(&mut get);
        };
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || fail(&other));
        fail(&shared);
        thread.join().unwrap();
        assert!(poll_once(&mut waiting).is_pending());
    });
}

/// Breaks if a dropped grant does not give the turn up (`AwaitTurn::return_grant`), or if a drop
/// does not check under the mutex whether the node was granted.
#[test]
fn a_turn_that_is_granted_while_its_future_is_dropped_goes_to_the_next() {
    explore("once_cell: drop against drop", 900, || {
        let cell = Arc::new(OnceCell::new());
        let (of_leaver, of_next) = (Arc::clone(&cell), Arc::clone(&cell));
        let mut first = Box::pin(cell.get_or_init(pending::<u32>));
        assert!(poll_once(&mut first).is_pending());
        let leaver = thread::spawn(move || {
            let mut leaver = Box::pin(of_leaver.get_or_init(|| ready(8)));
            let _ = poll_once(&mut leaver);
            drop(leaver);
        });
        let next = thread::spawn(move || *block_on(of_next.get_or_init(|| ready(7))));
        drop(first);
        leaver.join().unwrap();
        let value = next.join().unwrap();
        assert!(value == 7 || value == 8);
    });
}

/// Breaks if `release` remembers a node while the mutex is free between two batches, or if `serve`
/// stops after the first. A batch holds two wakers in a model.
#[test]
fn a_set_releases_more_waiters_than_a_batch_holds_while_some_leave() {
    explore("once_cell: batches against drop", 11, || {
        let cell = Arc::new(OnceCell::new());
        let start = || {
            let cell = Arc::clone(&cell);
            async move { *cell.wait().await }
        };
        let wakes = [(); 4].map(|()| Wakes::new());
        let mut waits = wakes.clone().map(|wakes| {
            let mut wait = Box::pin(start());
            assert!(wakes.poll(&mut wait).is_pending());
            Some(wait)
        });
        let leaving = waits[2].take();
        let dropper = thread::spawn(move || drop(leaving));
        cell.set(7).unwrap();
        dropper.join().unwrap();
        for (wait, wakes) in waits.iter_mut().zip(&wakes) {
            if let Some(wait) = wait {
                assert_eq!(wakes.count(), 1);
                assert!(poll_once(wait).is_ready());
            }
            assert_eq!(Arc::strong_count(wakes), 1);
        }
    });
}
