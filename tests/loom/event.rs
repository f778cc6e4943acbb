//! Event: a set that races with a wait, pulses, data, more waiters than a batch holds.

use std::sync::Arc;

use aiosync::Event;
use loom::future::block_on;
use loom::thread;

use crate::explore::{Wakes, explore, explore_fully, poll_once};

/// Breaks if `is_set_or_queue` does not check the flag again under the mutex, or if a `set` with
/// waiters does not take the mutex.
#[test]
fn a_set_does_not_miss_a_task_that_is_about_to_wait() {
    explore("event: set against 2 waiters", 5_300, || {
        let event = Arc::new(Event::new());
        let threads = [(); 2].map(|()| {
            let event = Arc::clone(&event);
            thread::spawn(move || block_on(event.wait()))
        });
        event.set();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(event.waiters(), 0);
    });
}

/// Breaks if `is_set` or `is_set_or_queue` has no Acquire, or if `try_set` or `set_locked` has no
/// Release.
#[test]
fn writes_before_a_set_are_visible_after_the_wait() {
    explore_fully("event: data", 180, || {
        let shared = Arc::new((Event::new(), loom::cell::Cell::new(0)));
        let other = Arc::clone(&shared);
        let waiter = thread::spawn(move || {
            block_on(other.0.wait());
            assert_eq!(other.1.get(), 1);
        });
        shared.1.set(1);
        shared.0.set();
        waiter.join().unwrap();
    });
}

/// Breaks if `set_locked` has no Release. Because of the waiter, the set takes the mutex.
#[test]
fn writes_before_a_set_with_waiters_are_visible_once_the_flag_is_seen() {
    explore_fully("event: data through the flag, with a waiter", 7, || {
        let shared = Arc::new((Event::new(), loom::cell::Cell::new(0)));
        let mut waiting = Box::pin(shared.0.wait());
        assert!(poll_once(&mut waiting).is_pending());
        let other = Arc::clone(&shared);
        let reader = thread::spawn(move || {
            if other.0.is_set() {
                assert_eq!(other.1.get(), 1);
            }
        });
        shared.1.set(1);
        shared.0.set();
        reader.join().unwrap();
        assert!(poll_once(&mut waiting).is_ready());
    });
}

/// Breaks if a released waiter checks the flag again instead of its generation. There is no
/// second set.
#[test]
fn a_pulse_releases_the_registered_waiters() {
    explore("event: pulse", 16, || {
        let event = Arc::new(Event::new());
        let mut wait = Box::pin(Arc::clone(&event).wait_owned());
        assert!(!wait.as_mut().enable());
        let waiter = thread::spawn(move || block_on(wait));
        event.set();
        event.clear();
        waiter.join().unwrap();
    });
}

/// Breaks if a `set` with waiters sets the flag before it takes the mutex: it would release a
/// waiter that registers after a `clear`. The other waiter keeps `QUEUED` set, which leads to
/// that path.
#[test]
fn a_wait_after_a_clear_is_not_released_by_the_set_before_it() {
    explore("event: set, clear, wait", 4, || {
        let event = Arc::new(Event::new());
        let mut early = Box::pin(Arc::clone(&event).wait_owned());
        assert!(!early.as_mut().enable());
        let other = Arc::clone(&event);
        let setter = thread::spawn(move || other.set());
        // The set has happened or is running. A wait after the `clear` needs another set.
        if event.is_set() {
            event.clear();
            let mut late = Box::pin(event.wait());
            assert!(poll_once(&mut late).is_pending());
            setter.join().unwrap();
            assert!(poll_once(&mut late).is_pending());
        } else {
            setter.join().unwrap();
        }
        assert!(poll_once(&mut early).is_ready());
    });
}

/// Breaks if `grant_released` remembers a node while the mutex is free between two batches, or
/// if `serve` stops after the first. A batch holds two wakers in a model.
#[test]
fn a_set_releases_more_waiters_than_a_batch_holds_while_some_leave() {
    explore("event: batches against drop", 15, || {
        let event = Arc::new(Event::new());
        let wakes = [(); 4].map(|()| Wakes::new());
        let mut waits = wakes.clone().map(|wakes| {
            let mut wait = Box::pin(Arc::clone(&event).wait_owned());
            assert!(wakes.poll(&mut wait).is_pending());
            Some(wait)
        });
        let leaving = waits[2].take();
        let dropper = thread::spawn(move || drop(leaving));
        event.set();
        dropper.join().unwrap();
        for (wait, wakes) in waits.iter_mut().zip(&wakes) {
            if let Some(wait) = wait {
                assert_eq!(wakes.count(), 1);
                assert!(poll_once(wait).is_ready());
            }
            assert_eq!(Arc::strong_count(wakes), 1);
        }
        assert_eq!(event.waiters(), 0);
        event.clear();
        let mut wait = Box::pin(event.wait());
        assert!(poll_once(&mut wait).is_pending());
    });
}
