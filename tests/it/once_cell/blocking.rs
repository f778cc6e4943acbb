//! Threads and tasks in one wait queue, timeouts, runtimes, and many threads at once.
#![forbid(unsafe_code)]

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use aiosync::OnceCell;
use futures_lite::future;

use super::{assert_empty, fail, initializers, running, succeed, waiters};
use crate::common::{CountingWaker, Polled, Random, rounds, until, watched};

#[test]
fn a_set_cell_lets_threads_through_without_waiting() {
    watched(|| {
        let cell = OnceCell::from(1);
        assert_eq!(cell.wait_blocking(), &1);
        assert_eq!(cell.wait_blocking_timeout(Duration::ZERO), Some(&1));
        assert_eq!(cell.wait().block(), &1);
        assert_eq!(cell.wait().block_timeout(Duration::ZERO), Some(&1));
        assert_eq!(cell.get_or_init(async || 2).block(), &1);
        let timed = cell.get_or_init(async || 2).block_timeout(Duration::ZERO);
        assert_eq!(timed, Some(&1));
        assert_eq!(fail(&cell).block(), Ok(&1));
        assert_eq!(fail(&cell).block_timeout(Duration::ZERO), Some(Ok(&1)));
    });
}

#[test]
fn an_initializer_may_run_on_a_thread() {
    watched(|| {
        let cell = OnceCell::new();
        assert_eq!(fail(&cell).block(), Err("failed"));
        let value = cell.get_or_init(async || {
            future::yield_now().await;
            5
        });
        assert_eq!(value.block(), &5);
    });
}

#[test]
fn a_wait_that_times_out_gives_up_its_position() {
    watched(|| {
        for timeout in [Duration::ZERO, Duration::from_millis(2)] {
            let cell = OnceCell::new();
            assert_eq!(cell.wait_blocking_timeout(timeout), None);
            let (running, _gate) = running(&cell);
            assert_eq!(cell.wait_blocking_timeout(timeout), None);
            assert_eq!(succeed(&cell).block_timeout(timeout), None);
            let plain = cell.get_or_init(async || 1).block_timeout(timeout);
            assert_eq!(plain, None);
            assert_eq!((initializers(&cell), waiters(&cell)), (0, 0));
            drop(running);
            assert_empty(&cell);
        }
    });
}

/// A thread waits with a timeout, and is released while an earlier waiter's waker keeps its
/// wake back. Returns what the thread returns at its deadline.
fn released_and_not_woken(initializes: bool) -> Option<u32> {
    let cell = OnceCell::new();
    let has_returned = Arc::new(AtomicBool::new(false));
    let (mut other, gate) = running(&cell);
    let waker = CountingWaker::calling({
        let has_returned = Arc::clone(&has_returned);
        move || until(|| has_returned.load(Ordering::SeqCst))
    });
    let _earlier = Polled::waiting_with(cell.wait(), waker);
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let timeout = Duration::from_millis(100);
            let value = if initializes {
                cell.get_or_init(async || 8).block_timeout(timeout)
            } else {
                cell.wait_blocking_timeout(timeout)
            };
            has_returned.store(true, Ordering::SeqCst);
            value.copied()
        });
        until(|| initializers(&cell) + waiters(&cell) == 2);
        gate.open(Ok(7));
        assert_eq!(other.assert_ready(), Ok(&7));
        thread.join().unwrap()
    })
}

#[test]
fn a_thread_that_was_released_and_not_woken_returns_the_value_at_its_deadline() {
    watched(|| {
        for initializes in [false, true] {
            // `None`: the set was late, and the thread had left before it.
            until(|| match released_and_not_woken(initializes) {
                Some(value) => value == 7,
                None => false,
            });
        }
    });
}

#[test]
fn an_initializer_that_times_out_passes_its_turn_on() {
    watched(|| {
        let cell = OnceCell::<u32>::new();
        let never = cell.get_or_init(pending).block_timeout(Duration::ZERO);
        assert_eq!(never, None);
        let of_thread = Arc::new(OnceCell::new());
        let cell = Arc::clone(&of_thread);
        let thread = thread::spawn(move || {
            let never = cell.get_or_init(pending);
            never.block_timeout(Duration::from_millis(20)).copied()
        });
        until(|| format!("{of_thread:?}").contains("initializing") || thread.is_finished());
        // The turn may be over already, and then this runs at once.
        assert_eq!(succeed(&of_thread).block(), Ok(&1));
        assert_eq!(thread.join().unwrap(), None);
    });
}

#[test]
fn a_set_releases_threads_and_tasks_alike() {
    watched(|| {
        let cell = Arc::new(OnceCell::new());
        let (mut first, gate) = running(&cell);
        let mut before = Polled::waiting(cell.wait());
        let threads: Vec<_> = (0..4)
            .map(|index| {
                let cell = Arc::clone(&cell);
                thread::spawn(move || match index {
                    0 => *cell.wait_blocking(),
                    1 => *cell.wait_blocking_timeout(Duration::MAX).unwrap(),
                    2 => *fail(&cell).block().unwrap(),
                    _ => *cell
                        .get_or_init(async || 7)
                        .block_timeout(Duration::from_secs(3600))
                        .unwrap(),
                })
            })
            .collect();
        until(|| (waiters(&cell), initializers(&cell)) == (3, 2));
        let mut behind = Polled::waiting(cell.wait());
        gate.open(Ok(3));
        first.assert_ready().unwrap();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 3);
        }
        assert_eq!((before.assert_ready(), behind.assert_ready()), (&3, &3));
    });
}

#[test]
fn blocking_works_inside_every_runtime() {
    watched(|| {
        let cell = Arc::new(OnceCell::new());
        let of_thread = Arc::clone(&cell);
        let thread = thread::spawn(move || {
            let tokio = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .build();
            let task = async move { *of_thread.wait_blocking() };
            let tokio = tokio.unwrap();
            tokio.block_on(async { tokio.spawn(task).await.unwrap() })
        });
        until(|| waiters(&cell) == 1);
        future::block_on(async {
            assert_eq!(succeed(&cell).block(), Ok(&1));
        });
        assert_eq!(thread.join().unwrap(), 1);
    });
}

#[test]
fn what_came_before_a_set_is_seen_with_the_value() {
    watched(|| {
        for round in 0..rounds(300) {
            let shared = Arc::new((OnceCell::new(), AtomicBool::new(false), Barrier::new(2)));
            let of_thread = Arc::clone(&shared);
            let thread = thread::spawn(move || {
                let (cell, written, start) = &*of_thread;
                start.wait();
                let text: &String = if round % 2 == 0 {
                    cell.wait_blocking()
                } else {
                    loop {
                        if let Some(text) = cell.get() {
                            break text;
                        }
                        thread::yield_now();
                    }
                };
                assert_eq!(text, "text");
                written.load(Ordering::Relaxed)
            });
            let (cell, written, start) = &*shared;
            start.wait();
            written.store(true, Ordering::Relaxed);
            cell.set("text".to_owned()).unwrap();
            assert!(thread.join().unwrap());
        }
    });
}

#[test]
fn one_of_many_threads_initializes_the_cell() {
    watched(|| {
        for round in 0..rounds(200) {
            let cell = Arc::new(OnceCell::new());
            let (calls, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(4)));
            let threads: Vec<_> = (0..4)
                .map(|who| {
                    let (cell, calls) = (Arc::clone(&cell), Arc::clone(&calls));
                    let start = Arc::clone(&start);
                    thread::spawn(move || {
                        start.wait();
                        if who == 3 && round % 2 == 0 {
                            let _ = cell.set(who);
                            return *cell.wait_blocking();
                        }
                        let get = cell.get_or_init(async || {
                            calls.fetch_add(1, Ordering::SeqCst);
                            future::yield_now().await;
                            who
                        });
                        *get.block()
                    })
                })
                .collect();
            let values: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
            assert!(values.iter().all(|value| value == cell.get().unwrap()));
            let set_from_outside = cell.get() == Some(&3) && round % 2 == 0;
            assert_eq!(calls.load(Ordering::SeqCst), usize::from(!set_from_outside));
        }
    });
}

#[test]
fn initializers_that_fail_or_leave_on_many_threads_strand_nobody() {
    watched(|| {
        for round in 0..rounds(100) {
            let cell = Arc::new(OnceCell::new());
            let (active, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(4)));
            let threads: Vec<_> = (0..4)
                .map(|who| {
                    let (cell, active) = (Arc::clone(&cell), Arc::clone(&active));
                    let start = Arc::clone(&start);
                    thread::spawn(move || {
                        let mut random = Random::new((round * 4 + who) as u64);
                        start.wait();
                        for _ in 0..50 {
                            match random.below(5) {
                                // Dropped while it waits, runs, or was granted its turn.
                                0 => _ = Polled::new(cell.get_or_init(pending)).poll(),
                                1 => _ = Polled::new(cell.wait()).poll(),
                                2 => _ = fail(&cell).block_timeout(Duration::ZERO),
                                3 => _ = fail(&cell).block(),
                                _ => {
                                    let get = cell.get_or_try_init(async || {
                                        assert_eq!(active.fetch_add(1, Ordering::SeqCst), 0);
                                        future::yield_now().await;
                                        assert_eq!(active.fetch_sub(1, Ordering::SeqCst), 1);
                                        Err("failed")
                                    });
                                    assert!(matches!(get.block(), Err("failed") | Ok(&1)));
                                }
                            }
                        }
                        if who == 0 {
                            succeed(&cell).block().unwrap();
                        }
                        assert_eq!(cell.wait_blocking(), &1);
                    })
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!((initializers(&cell), waiters(&cell)), (0, 0));
        }
    });
}
