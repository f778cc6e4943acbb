//! Wakers that use the event during a `set`. Wakers are woken in batches without the mutex.
//! So in a crowd of a hundred, some waiters are woken, some are granted and not woken yet, and
//! some are only released.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::thread;

use aiosync::Event;
use aiosync::futures::EventWaitOwned;

use crate::common::{BATCH, CountingWaker, Crowd, Order, Polled, panic_message, watched};

/// Positions of waiters: woken before the one that acts, by it, after it in the same batch, and
/// at the edges of later batches.
const PLACES: [usize; 9] = [
    0,
    1,
    2,
    BATCH - 1,
    BATCH,
    BATCH + 1,
    2 * BATCH - 1,
    2 * BATCH,
    99,
];

/// Creates `count` waiters on an event that is not set.
fn crowd(
    event: &Arc<Event>,
    count: usize,
    on_wake: impl Fn(&Crowd<EventWaitOwned>, usize) + Send + Sync + 'static,
) -> Crowd<EventWaitOwned> {
    Crowd::waiting(count, || Arc::clone(event).wait_owned(), on_wake)
}

fn up_to(count: usize) -> Vec<usize> {
    (0..count).collect()
}

/// Checks that the event works like a new one.
#[track_caller]
fn assert_as_new(event: &Event) {
    event.clear();
    assert_eq!(event.waiters(), 0);
    let mut wait = Polled::waiting(event.wait());
    assert_eq!(event.waiters(), 1);
    event.set();
    assert_eq!(wait.wakes(), 1);
    wait.assert_ready();
    event.clear();
    Polled::new(event.wait()).assert_pending();
    event.set();
    Polled::new(event.wait()).assert_ready();
}

#[test]
fn a_waiter_that_waits_again_inside_the_same_set_is_not_released_twice() {
    watched(|| {
        for count in [1, 2, BATCH, BATCH + 1, 100] {
            let event = Arc::new(Event::new());
            let inside = Arc::clone(&event);
            let crowd = crowd(&event, count, move |crowd, place| {
                crowd.take(place).unwrap().assert_ready();
                inside.clear();
                let again = Polled::waiting(Arc::clone(&inside).wait_owned());
                crowd.put(place, again);
            });
            event.set();
            assert_eq!(crowd.woken(), up_to(count));
            assert_eq!(event.waiters(), count);
            crowd.each(|place, again| {
                assert_eq!(again.wakes(), 0, "{place} was released twice");
                again.assert_pending();
            });
            event.set();
            crowd.each(|_, again| {
                assert_eq!(again.wakes(), 1);
                again.assert_ready();
            });
            assert_as_new(&event);
        }
    });
}

#[test]
fn a_waiter_that_waits_again_on_the_set_event_is_ready_at_once() {
    watched(|| {
        let event = Arc::new(Event::new());
        let inside = Arc::clone(&event);
        let crowd = crowd(&event, 100, move |crowd, place| {
            crowd.take(place).unwrap().assert_ready();
            Polled::new(inside.wait()).assert_ready();
        });
        event.set();
        assert_eq!(crowd.woken(), up_to(100));
        assert_as_new(&event);
    });
}

#[test]
fn a_clear_inside_a_wake_takes_nothing_back() {
    watched(|| {
        for clearing in PLACES {
            let event = Arc::new(Event::new());
            let inside = Arc::clone(&event);
            let crowd = crowd(&event, 100, move |_, place| {
                if place == clearing {
                    inside.clear();
                }
            });
            event.set();
            assert!(!event.is_set());
            assert_eq!(crowd.woken(), up_to(100));
            crowd.each(|_, wait| wait.assert_ready());
            assert_as_new(&event);
        }
    });
}

#[test]
fn a_waiter_that_registers_inside_a_wake_after_a_clear_waits_for_the_next_set() {
    watched(|| {
        for registering in PLACES {
            let event = Arc::new(Event::new());
            let newcomer = Arc::new(Mutex::new(None));
            let (inside, slot) = (Arc::clone(&event), Arc::clone(&newcomer));
            let crowd = crowd(&event, 100, move |_, place| {
                if place == registering {
                    inside.clear();
                    let newcomer = Polled::waiting(Arc::clone(&inside).wait_owned());
                    assert_eq!(inside.waiters(), 1);
                    *slot.lock().unwrap() = Some(newcomer);
                }
            });
            event.set();
            assert_eq!(crowd.woken(), up_to(100));
            let mut newcomer = newcomer.lock().unwrap().take().unwrap();
            newcomer.assert_pending();
            assert_eq!((newcomer.wakes(), event.waiters()), (0, 1));
            event.set();
            assert_eq!(newcomer.wakes(), 1);
            newcomer.assert_ready();
            assert_as_new(&event);
        }
    });
}

#[test]
fn released_waiters_that_are_not_woken_yet_count_as_released() {
    watched(|| {
        let event = Arc::new(Event::new());
        let inside = Arc::clone(&event);
        let crowd = crowd(&event, 100, move |_, _| {
            assert!(inside.is_set());
            assert_eq!(inside.waiters(), 0);
        });
        event.set();
        assert_eq!(crowd.woken(), up_to(100));
        assert_as_new(&event);
    });
}

#[test]
fn a_set_inside_a_wake_releases_every_waiter_once() {
    watched(|| {
        for setting in PLACES {
            for clear_first in [false, true] {
                let event = Arc::new(Event::new());
                let inside = Arc::clone(&event);
                let crowd = crowd(&event, 100, move |_, place| {
                    if place == setting {
                        if clear_first {
                            inside.clear();
                        }
                        inside.set();
                    }
                });
                event.set();
                assert!(event.is_set());
                crowd.each(|place, wait| {
                    assert_eq!(wait.wakes(), 1, "wakes of {place}");
                    wait.assert_ready();
                });
                assert_as_new(&event);
            }
        }
    });
}

#[test]
fn a_set_inside_a_wake_keeps_the_order_of_wakes() {
    watched(|| {
        for setting in PLACES {
            let event = Arc::new(Event::new());
            let inside = Arc::clone(&event);
            let crowd = crowd(&event, 100, move |_, place| {
                if place == setting {
                    inside.set();
                }
            });
            event.set();
            assert_eq!(crowd.woken(), up_to(100), "set again by {setting}");
        }
    });
}

/// Creates `count` waiters. The one at `acting` calls `act` when it is woken, which may register
/// one newcomer. Returns the woken waiters in order, with `count` for the newcomer, and whether
/// the event is set at the end.
fn woken_while(
    count: usize,
    acting: usize,
    act: impl Fn(&Arc<Event>, &dyn Fn()) + Send + Sync + 'static,
) -> (Vec<usize>, bool) {
    let event = Arc::new(Event::new());
    let order = Order::new();
    let newcomer = Arc::new(Mutex::new(None));
    let (inside, log, slot) = (Arc::clone(&event), order.clone(), Arc::clone(&newcomer));
    let crowd = crowd(&event, count, move |_, place| {
        log.enter(place);
        if place == acting {
            act(&inside, &|| {
                let waker = log.waker(count);
                let waiting = Polled::waiting_with(Arc::clone(&inside).wait_owned(), waker);
                *slot.lock().unwrap() = Some(waiting);
            });
        }
    });
    event.set();
    crowd.each(|place, wait| {
        assert_eq!(wait.wakes(), 1, "wakes of {place}");
        wait.assert_ready();
    });
    let newcomer = newcomer.lock().unwrap().take();
    if let Some(mut newcomer) = newcomer {
        assert_eq!(newcomer.wakes(), 1, "wakes of the newcomer");
        newcomer.assert_ready();
    }
    let is_set = event.is_set();
    assert_as_new(&event);
    (order.so_far(), is_set)
}

/// Sets the event with a crowd of `count`. The waker at `acting` clears it, registers one more
/// waiter, and sets it again. Returns the order of the wakes, with `count` for the newcomer.
fn pulse_inside(count: usize, acting: usize) -> Vec<usize> {
    let (order, is_set) = woken_while(count, acting, |event, newcomer| {
        event.clear();
        newcomer();
        event.set();
        event.clear();
    });
    assert!(!is_set);
    order
}

#[test]
fn a_pulse_inside_a_wake_releases_earlier_waiters_and_none_twice() {
    watched(|| {
        for acting in PLACES {
            let mut order = pulse_inside(100, acting);
            order.sort_unstable();
            assert_eq!(order, up_to(101));
        }
    });
}

#[test]
fn a_pulse_inside_a_wake_keeps_the_order_of_wakes() {
    watched(|| {
        for (count, acting) in [(1, 0), (3, 2), (3, 0), (32, 5), (100, 5), (100, 99)] {
            assert_eq!(pulse_inside(count, acting), up_to(count + 1));
        }
    });
}

#[test]
fn a_waker_that_sets_and_panics_leaves_the_event_as_new() {
    watched(|| {
        for acting in PLACES {
            let event = Arc::new(Event::new());
            let inside = Arc::clone(&event);
            let crowd = crowd(&event, 100, move |_, place| {
                if place == acting {
                    inside.set();
                    panic!("after the second set");
                }
            });
            assert_eq!(panic_message(|| event.set()), "after the second set");
            assert_eq!(crowd.woken(), up_to(100));
            crowd.each(|_, wait| wait.assert_ready());
            assert_as_new(&event);
        }
    });
}

#[cfg(feature = "std")] // Without threads, each `set` inside a wake belongs to the outer one.
#[test]
fn a_set_on_another_thread_inside_a_wake_releases_every_waiter_once() {
    watched(|| {
        for acting in PLACES {
            let event = Arc::new(Event::new());
            let inside = Arc::clone(&event);
            let crowd = crowd(&event, 100, move |_, place| {
                if place == acting {
                    let of_thread = Arc::clone(&inside);
                    let thread = thread::spawn(move || {
                        of_thread.clear();
                        of_thread.set();
                        assert_as_new(&of_thread);
                    });
                    thread.join().unwrap();
                    // And again on this thread, where a set is running.
                    inside.set();
                }
            });
            event.set();
            crowd.each(|place, wait| {
                assert_eq!(wait.wakes(), 1, "wakes of {place}");
                wait.assert_ready();
            });
            assert_as_new(&event);
        }
    });
}

/// The first waker that is woken lets another thread set the event again, with no new waiter. If
/// `pulse`, it then registers a newcomer and releases it.
fn set_elsewhere_inside(count: usize, pulse: bool) -> Vec<usize> {
    let (order, is_set) = woken_while(count, 0, move |event, newcomer| {
        let of_thread = Arc::clone(event);
        thread::spawn(move || of_thread.set()).join().unwrap();
        if pulse {
            event.clear();
            newcomer();
            event.set();
        }
    });
    assert!(is_set);
    order
}

#[test]
fn a_set_on_another_thread_that_finds_nobody_new_keeps_the_order_of_wakes() {
    watched(|| {
        for count in [3, BATCH, BATCH + 1, 40, 100] {
            assert_eq!(set_elsewhere_inside(count, false), up_to(count));
            assert_eq!(set_elsewhere_inside(count, true), up_to(count + 1));
        }
    });
}

#[test]
fn a_released_waiter_may_be_dropped_from_inside_a_wake() {
    watched(|| {
        for leaver in PLACES {
            let event = Arc::new(Event::new());
            let crowd = crowd(&event, 100, move |crowd, place| {
                if place == 1 {
                    drop(crowd.take(leaver));
                }
            });
            event.set();
            // Granted waiters are woken by now. Waiters that are only released are not.
            let mut expected = up_to(100);
            expected.retain(|&place| place != leaver || place < BATCH);
            assert_eq!(crowd.woken(), expected);
            crowd.each(|_, wait| wait.assert_ready());
            assert_as_new(&event);
        }
    });
}

#[test]
fn all_others_may_be_dropped_from_inside_a_wake() {
    watched(|| {
        for backwards in [false, true] {
            let event = Arc::new(Event::new());
            let inside = Arc::clone(&event);
            let crowd = crowd(&event, 100, move |crowd, place| {
                if place == 0 {
                    for index in 1..100 {
                        let place = if backwards { 100 - index } else { index };
                        drop(crowd.take(place));
                    }
                    inside.clear();
                    Polled::new(inside.wait()).assert_pending();
                }
            });
            event.set();
            assert_eq!(crowd.woken(), up_to(BATCH));
            assert_as_new(&event);
        }
    });
}

#[test]
fn a_released_waiter_may_be_polled_from_inside_a_wake() {
    watched(|| {
        for polled in PLACES {
            let event = Arc::new(Event::new());
            let inside = Arc::clone(&event);
            let crowd = crowd(&event, 100, move |crowd, place| {
                if place == 1 {
                    inside.clear();
                    let mut wait = crowd.take(polled).unwrap();
                    if polled % 2 == 0 {
                        assert!(wait.pinned().enable());
                    }
                    // Whichever waker it is polled with.
                    let other = CountingWaker::new();
                    assert!(wait.poll_with(&other.waker()).is_ready());
                    assert_eq!(other.kept(), 0);
                    if polled >= BATCH {
                        assert_eq!((wait.wakes(), wait.wakers_kept()), (0, 0));
                    }
                }
            });
            event.set();
            let mut expected = up_to(100);
            expected.retain(|&place| place != polled || place < BATCH);
            assert_eq!(crowd.woken(), expected);
            crowd.each(|_, wait| wait.assert_ready());
            assert_as_new(&event);
        }
    });
}
