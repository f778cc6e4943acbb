//! Threads and tasks in one wait queue, timeouts, runtimes.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use aiosync::Event;
use futures_lite::future;

use crate::common::{Crowd, Order, Polled, Random, rounds, until, watched};

#[test]
fn a_set_event_lets_threads_through_without_waiting() {
    watched(|| {
        let event = Arc::new(Event::with_state(true));
        event.wait_blocking();
        assert!(event.wait_blocking_timeout(Duration::ZERO));
        event.wait().block();
        assert!(event.wait().block_timeout(Duration::ZERO).is_some());
        Arc::clone(&event).wait_owned().block();
        assert!(event.is_set());
    });
}

#[test]
fn a_wait_that_times_out_gives_up_its_position() {
    watched(|| {
        let event = Arc::new(Event::new());
        for timeout in [Duration::ZERO, Duration::from_millis(2)] {
            assert!(!event.wait_blocking_timeout(timeout));
            assert!(
                Arc::clone(&event)
                    .wait_owned()
                    .block_timeout(timeout)
                    .is_none()
            );
            assert_eq!(event.waiters(), 0);
        }
        assert_eq!(Arc::strong_count(&event), 1);
        event.set();
        assert!(event.wait_blocking_timeout(Duration::ZERO));
    });
}

#[test]
fn a_pulse_releases_threads_and_tasks_alike() {
    watched(|| {
        let event = Arc::new(Event::new());
        let mut before = Polled::waiting(event.wait());
        let threads: Vec<_> = (0..3)
            .map(|index| {
                let of_thread = Arc::clone(&event);
                thread::spawn(move || match index {
                    0 => of_thread.wait_blocking(),
                    1 => assert!(of_thread.wait_blocking_timeout(Duration::from_secs(3600))),
                    _ => assert!(
                        of_thread
                            .wait_owned()
                            .block_timeout(Duration::MAX)
                            .is_some()
                    ),
                })
            })
            .collect();
        until(|| event.waiters() == 4);
        let mut behind = Polled::waiting(event.wait());
        event.set();
        event.clear();
        for thread in threads {
            thread.join().unwrap();
        }
        before.assert_ready();
        behind.assert_ready();
        assert!(!event.wait_blocking_timeout(Duration::ZERO));
    });
}

#[test]
fn a_thread_that_gives_up_between_two_tasks_disturbs_neither() {
    watched(|| {
        let event = Arc::new(Event::new());
        let order = Order::new();
        let _before = Polled::waiting_with(event.wait(), order.waker(0));
        let of_thread = Arc::clone(&event);
        let thread =
            thread::spawn(move || of_thread.wait_blocking_timeout(Duration::from_millis(20)));
        until(|| event.waiters() == 2 || thread.is_finished());
        let _behind = Polled::waiting_with(event.wait(), order.waker(1));
        assert!(!thread.join().unwrap());
        assert_eq!(event.waiters(), 2);
        event.set();
        assert_eq!(order.so_far(), [0, 1]);
    });
}

#[test]
fn blocking_works_inside_every_runtime() {
    watched(|| {
        let event = Arc::new(Event::with_state(true));
        let use_it = async || {
            event.wait_blocking();
            assert!(event.wait_blocking_timeout(Duration::ZERO));
        };
        future::block_on(use_it());
        let tokio = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        tokio.block_on(use_it());

        // Another thread sets it meanwhile.
        event.clear();
        let of_thread = Arc::clone(&event);
        let thread = thread::spawn(move || {
            let tokio = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .build();
            let task = async move { of_thread.wait_blocking() };
            let tokio = tokio.unwrap();
            tokio.block_on(async { tokio.spawn(task).await.unwrap() });
        });
        until(|| event.waiters() == 1);
        event.set();
        thread.join().unwrap();
    });
}

#[test]
fn what_came_before_a_set_is_seen_after_the_wait() {
    watched(|| {
        for _ in 0..rounds(300) {
            let shared = Arc::new((Event::new(), AtomicBool::new(false), Barrier::new(2)));
            let of_thread = Arc::clone(&shared);
            let thread = thread::spawn(move || {
                let (event, written, start) = &*of_thread;
                start.wait();
                event.wait_blocking();
                written.load(Ordering::Relaxed)
            });
            let (event, written, start) = &*shared;
            start.wait();
            written.store(true, Ordering::Relaxed);
            event.set();
            assert!(thread.join().unwrap());
        }
    });
}

#[test]
fn sets_and_clears_on_many_threads_release_every_waiter() {
    watched(|| {
        let event = Arc::new(Event::new());
        let waiting = Arc::new(AtomicUsize::new(3));
        let waiters: Vec<_> = (0..3)
            .map(|seed| {
                let (event, waiting) = (Arc::clone(&event), Arc::clone(&waiting));
                thread::spawn(move || {
                    let mut random = Random::new(seed);
                    for _ in 0..rounds(2_000) {
                        match random.below(5) {
                            0 => event.wait_blocking(),
                            1 => future::block_on(event.wait()),
                            2 => drop(event.wait_blocking_timeout(Duration::ZERO)),
                            3 => {
                                // Dropped while it waits, or after it was released.
                                let _once = Polled::new(event.wait()).poll();
                            }
                            _ => {
                                let mut wait = Polled::new(event.wait());
                                if !wait.pinned().enable() {
                                    // This ends, because the setters continue until all waiters
                                    // are done.
                                    until(|| wait.pinned().enable());
                                }
                            }
                        }
                    }
                    waiting.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        let setters: Vec<_> = (0..2)
            .map(|_| {
                let (event, waiting) = (Arc::clone(&event), Arc::clone(&waiting));
                thread::spawn(move || {
                    while waiting.load(Ordering::SeqCst) > 0 {
                        event.set();
                        event.clear();
                        thread::yield_now();
                    }
                })
            })
            .collect();
        for thread in waiters.into_iter().chain(setters) {
            thread.join().unwrap();
        }
        assert_eq!(event.waiters(), 0);
        assert!(!event.is_set());
    });
}

#[test]
fn two_sets_at_once_wake_each_waiter_once() {
    watched(|| {
        for _ in 0..rounds(100) {
            let event = Arc::new(Event::new());
            let start = Arc::new(Barrier::new(2));
            let mut waits: Vec<_> = (0..80)
                .map(|_| Polled::waiting(Arc::clone(&event).wait_owned()))
                .collect();
            let setters: Vec<_> = (0..2)
                .map(|_| {
                    let (event, start) = (Arc::clone(&event), Arc::clone(&start));
                    thread::spawn(move || {
                        start.wait();
                        event.set();
                        event.clear();
                    })
                })
                .collect();
            for setter in setters {
                setter.join().unwrap();
            }
            for wait in &mut waits {
                assert_eq!(wait.wakes(), 1);
                wait.assert_ready();
            }
        }
    });
}

#[test]
fn sets_inside_wakes_on_two_threads_wake_each_waiter_once() {
    watched(|| {
        for _ in 0..rounds(100) {
            let event = Arc::new(Event::new());
            let start = Arc::new(Barrier::new(2));
            let inside = Arc::clone(&event);
            let waiting = || Arc::clone(&event).wait_owned();
            let crowd = Crowd::waiting(80, waiting, move |_, place| {
                if place % 8 == 0 {
                    inside.clear();
                    inside.set();
                }
            });
            let setters: Vec<_> = (0..2)
                .map(|_| {
                    let (event, start) = (Arc::clone(&event), Arc::clone(&start));
                    thread::spawn(move || {
                        start.wait();
                        event.set();
                        start.wait();
                        // Nothing of it stays on this thread.
                        event.clear();
                        let mut wait = Polled::new(event.wait());
                        if wait.poll().is_pending() {
                            event.set();
                            until(|| wait.wakes() == 1);
                            wait.assert_ready();
                        }
                    })
                })
                .collect();
            for setter in setters {
                setter.join().unwrap();
            }
            crowd.each(|_, wait| {
                assert_eq!(wait.wakes(), 1);
                wait.assert_ready();
            });
            assert_eq!(event.waiters(), 0);
        }
    });
}
