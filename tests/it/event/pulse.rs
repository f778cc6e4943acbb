//! Which `set` releases which waiter, and by which waker.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Event;
use aiosync::futures::{EventWait, EventWaitOwned};

use crate::common::{Call, CountingWaker, Hostile, Order, Polled, rounds};

/// The rules, for one kind of future.
macro_rules! rules {
    ($way:ident, $future:ty, $event:ident => $start:expr) => {
        mod $way {
            use super::*;

            fn start($event: &Arc<Event>) -> $future {
                $start
            }

            #[test]
            fn a_wait_on_a_set_event_is_ready_at_once_and_registers_nothing() {
                let event = Arc::new(Event::with_state(true));
                let hostile = Hostile::new();
                let mut wait = Polled::new(start(&event));
                assert!(wait.poll_with(hostile.waker()).is_ready());
                assert_eq!(hostile.calls(Call::Clone), 0);
                assert_eq!(event.waiters(), 0);
                assert!(event.is_set());
            }

            #[test]
            fn a_set_event_is_ready_in_the_first_poll_a_million_times() {
                let event = Arc::new(Event::with_state(true));
                let hostile = Hostile::new();
                for turn in 0..rounds(1_000_000) {
                    let mut wait = std::pin::pin!(start(&event));
                    let mut context = std::task::Context::from_waker(hostile.waker());
                    let ready = wait.as_mut().poll(&mut context).is_ready();
                    assert!(ready, "pending after {turn} times");
                }
                assert_eq!(hostile.calls(Call::Clone), 0);
                assert_eq!(hostile.calls(Call::WakeByRef), 0);
            }

            #[test]
            fn a_set_releases_every_registered_waiter() {
                let event = Arc::new(Event::new());
                let mut waits: Vec<_> = (0..5).map(|_| Polled::waiting(start(&event))).collect();
                assert_eq!(event.waiters(), 5);
                event.set();
                assert_eq!(event.waiters(), 0);
                for wait in &mut waits {
                    assert_eq!((wait.wakes(), wait.wakers_kept()), (1, 0));
                    wait.assert_ready();
                    assert_eq!(wait.wakers_kept(), 0);
                }
                Polled::new(start(&event)).assert_ready();
            }

            #[test]
            fn a_released_wait_completes_though_the_event_is_cleared_at_once() {
                let event = Arc::new(Event::new());
                let mut waits: Vec<_> = (0..5).map(|_| Polled::waiting(start(&event))).collect();
                event.set();
                event.clear();
                assert!(!event.is_set());
                let mut late = Polled::waiting(start(&event));
                assert_eq!(event.waiters(), 1);
                for wait in &mut waits {
                    wait.assert_ready();
                }
                late.assert_pending();
                assert_eq!(late.wakes(), 0);
                event.set();
                event.clear();
                assert_eq!(late.wakes(), 1);
                late.assert_ready();
            }

            #[test]
            fn a_wait_that_was_not_polled_is_not_registered() {
                let event = Arc::new(Event::new());
                let mut early = Polled::new(start(&event));
                assert_eq!(event.waiters(), 0);
                event.set();
                event.clear();
                early.assert_pending();
                assert_eq!(event.waiters(), 1);
                event.set();
                early.assert_ready();
            }

            #[test]
            fn a_set_with_nobody_registered_is_not_remembered_after_clear() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::waiting(start(&event));
                event.set();
                wait.assert_ready();
                event.clear();
                event.set();
                event.clear();
                Polled::new(start(&event)).assert_pending();
            }

            #[test]
            fn a_second_set_is_no_second_wake() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::waiting(start(&event));
                event.set();
                event.set();
                assert_eq!(wait.wakes(), 1);
                event.clear();
                event.set();
                assert_eq!(wait.wakes(), 1);
                wait.assert_ready();
            }

            #[test]
            fn each_pulse_releases_the_waiters_since_the_last_one() {
                let event = Arc::new(Event::new());
                let mut waits = Vec::new();
                for round in 0..4 {
                    waits.push(Polled::waiting(start(&event)));
                    waits.push(Polled::waiting(start(&event)));
                    assert_eq!(event.waiters(), 2);
                    event.set();
                    event.clear();
                    let released = waits.iter().filter(|wait| wait.wakes() == 1).count();
                    assert_eq!(released, 2 * (round + 1));
                }
                for wait in &mut waits {
                    wait.assert_ready();
                    assert_eq!(wait.wakes(), 1);
                }
            }

            #[test]
            fn wakes_come_in_the_order_of_registration() {
                for count in [1, 2, 31, 32, 33, 64, 65, 100] {
                    let event = Arc::new(Event::new());
                    let order = Order::new();
                    let mut waits: Vec<_> = (0..count)
                        .map(|label| Polled::with_waker(start(&event), order.waker(label)))
                        .collect();
                    // Registered in reverse order.
                    for wait in waits.iter_mut().rev() {
                        wait.assert_pending();
                    }
                    // A later poll does not register it again.
                    waits[count / 2].assert_pending();
                    event.set();
                    let expected: Vec<_> = (0..count).rev().collect();
                    assert_eq!(order.so_far(), expected);
                    assert!(waits.iter_mut().all(|wait| wait.poll().is_ready()));
                    event.clear();
                    assert_eq!(event.waiters(), 0);
                    Polled::new(start(&event)).assert_pending();
                }
            }

            #[test]
            fn clear_alone_touches_nobody() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::waiting(start(&event));
                event.clear();
                wait.assert_pending();
                assert_eq!((wait.wakes(), event.waiters()), (0, 1));
                event.set();
                wait.assert_ready();
            }

            #[test]
            fn spurious_polls_change_nothing() {
                let event = Arc::new(Event::new());
                let order = Order::new();
                let mut waits: Vec<_> = (0..3)
                    .map(|label| Polled::waiting_with(start(&event), order.waker(label)))
                    .collect();
                for index in [2, 1, 1, 2, 0, 2] {
                    waits[index].assert_pending();
                }
                assert_eq!(event.waiters(), 3);
                event.set();
                assert_eq!(order.so_far(), [0, 1, 2]);
            }

            #[test]
            fn the_newest_waker_is_woken_and_the_old_one_is_let_go() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::waiting(start(&event));
                let newest = CountingWaker::new();
                assert!(wait.poll_with(&newest.waker()).is_pending());
                assert_eq!((wait.wakers_kept(), newest.kept()), (0, 1));
                event.set();
                assert_eq!((wait.wakes(), newest.wakes()), (0, 1));
                assert_eq!(newest.kept(), 0);
                wait.assert_ready();
            }

            #[test]
            fn polling_again_with_the_same_waker_clones_nothing() {
                let event = Arc::new(Event::new());
                let hostile = Hostile::new();
                let mut wait = Polled::new(start(&event));
                for _ in 0..5 {
                    assert!(wait.poll_with(hostile.waker()).is_pending());
                    assert_eq!(hostile.calls(Call::Clone), 1);
                }
                event.set();
                assert!(wait.poll_with(hostile.waker()).is_ready());
                assert_eq!(hostile.calls(Call::Clone), 1);
                assert_eq!(hostile.calls(Call::Wake), 1);
                assert_eq!(hostile.calls(Call::Drop), 0);
                assert_eq!(hostile.kept(), 0);
            }
        }
    };
}

rules!(borrowed, EventWait<'_>, event => event.wait());
rules!(owned, EventWaitOwned, event => Arc::clone(event).wait_owned());

#[test]
fn the_flag_is_what_was_done_last() {
    let event = Event::new();
    assert!(!event.is_set());
    event.clear();
    assert!(!event.is_set());
    event.set();
    event.set();
    assert!(event.is_set());
    event.clear();
    assert!(!event.is_set());
}

#[test]
fn both_kinds_of_futures_wait_in_one_queue() {
    let event = Arc::new(Event::new());
    let order = Order::new();
    let _first = Polled::waiting_with(event.wait(), order.waker(0));
    let _second = Polled::waiting_with(Arc::clone(&event).wait_owned(), order.waker(1));
    let _third = Polled::waiting_with(event.wait(), order.waker(2));
    event.set();
    assert_eq!(order.so_far(), [0, 1, 2]);
}
