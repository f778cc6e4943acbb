//! Event: pulses over many waiters.

use std::sync::Arc;

use aiosync::Event;
use shuttle::future::{spawn, yield_now};
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, schedules};

/// Breaks if `clear` takes a release back, or if a `set` during another one leaves a batch
/// unserved (`RawEvent::set_queued`). The pulses are over before most of the waits are polled
/// again.
#[test]
fn a_pulse_releases_all_registered_waiters() {
    schedules(
        "event: 8 registered, 2 leave, 2 pulses",
        20_000,
        3_000,
        || {
            let event = Arc::new(Event::new());
            let log = Log::new();
            let mut tasks = Vec::new();
            for who in 0..8 {
                let mut wait = Box::pin(Arc::clone(&event).wait_owned());
                assert!(!wait.as_mut().enable());
                let log = Arc::clone(&log);
                tasks.push(spawn(async move {
                    if who % 4 == 1 {
                        or_give_up(wait).await;
                    } else {
                        wait.await;
                    }
                    log.push(who);
                }));
            }
            let pulsers = [(); 2].map(|()| {
                let event = Arc::clone(&event);
                thread::spawn(move || {
                    event.set();
                    event.clear();
                })
            });
            for pulser in pulsers {
                pulser.join().unwrap();
            }
            join(tasks);
            assert!(!event.is_set());
            assert_eq!(event.waiters(), 0);
            log.take()
        },
    );
}

/// Breaks if the first poll does not check the flag again under the mutex, or if `set` ignores
/// `QUEUED`.
#[test]
fn nobody_misses_a_set_that_stays() {
    schedules("event: 6 tasks, 2 threads, a set", 20_000, 6_200, || {
        let event = Arc::new(Event::new());
        let log = Log::new();
        let tasks = (0..6).map(|who| {
            let (event, log) = (Arc::clone(&event), Arc::clone(&log));
            spawn(async move {
                event.wait().await;
                log.push(who);
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let threads = (6..8).map(|who| {
            let (event, log) = (Arc::clone(&event), Arc::clone(&log));
            thread::spawn(move || {
                event.wait_blocking();
                log.push(who);
            })
        });
        let threads: Vec<_> = threads.collect();
        event.set();
        event.clear();
        event.set();
        join(tasks);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(event.waiters(), 0);
        log.take()
    });
}

/// Breaks if a waiter that registers during a release is released too, or is missed by the next
/// set. The rounds alternate between two events. Each begins when all waiters are registered.
#[test]
fn each_round_releases_each_waiter_once() {
    const WAITERS: usize = 6;
    schedules("event: 6 waiters, 4 rounds", 20_000, 10_000, || {
        let events = Arc::new([Event::new(), Event::new()]);
        let log = Log::new();
        let tasks = (0..WAITERS).map(|who| {
            let (events, log) = (Arc::clone(&events), Arc::clone(&log));
            spawn(async move {
                for round in 0..4 {
                    events[round % 2].wait().await;
                    log.push((round, who));
                }
            })
        });
        let tasks: Vec<_> = tasks.collect();
        let other = Arc::clone(&events);
        let setter = spawn(async move {
            for round in 0..4 {
                let event = &other[round % 2];
                while event.waiters() < WAITERS {
                    yield_now().await;
                }
                event.set();
                event.clear();
            }
        });
        join([setter]);
        join(tasks);
        let order = log.take();
        assert!(
            order.iter().map(|(round, _)| round).is_sorted(),
            "{order:?}"
        );
        order
    });
}
