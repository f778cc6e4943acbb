//! Registering a wait before its first poll.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Event;
use aiosync::futures::{EventWait, EventWaitOwned};

use crate::common::{Call, Hostile, Order, Polled, panic_message};

/// The rules, for one kind of future.
macro_rules! rules {
    ($way:ident, $future:ty, $event:ident => $start:expr) => {
        mod $way {
            use super::*;

            fn start($event: &Arc<Event>) -> $future {
                $start
            }

            #[test]
            fn an_enabled_wait_is_registered() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::new(start(&event));
                assert!(!wait.pinned().enable());
                assert_eq!(event.waiters(), 1);
                assert!(!wait.pinned().enable());
                assert_eq!(event.waiters(), 1);
                event.set();
                event.clear();
                assert_eq!(event.waiters(), 0);
                assert!(wait.pinned().enable());
                assert!(wait.pinned().enable());
                wait.assert_ready();
                assert_eq!(wait.wakes(), 0, "there was no waker to wake");
            }

            #[test]
            fn an_enabled_wait_that_is_released_is_ready_in_its_first_poll() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::new(start(&event));
                assert!(!wait.pinned().enable());
                event.set();
                event.clear();
                wait.assert_ready();
            }

            #[test]
            fn an_enabled_wait_that_is_polled_is_woken() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::new(start(&event));
                assert!(!wait.pinned().enable());
                wait.assert_pending();
                assert_eq!((event.waiters(), wait.wakers_kept()), (1, 1));
                event.set();
                assert_eq!((wait.wakes(), wait.wakers_kept()), (1, 0));
                wait.assert_ready();
            }

            #[test]
            fn enable_on_a_set_event_returns_true_and_stays_true() {
                let event = Arc::new(Event::with_state(true));
                let mut wait = Polled::new(start(&event));
                assert!(wait.pinned().enable());
                assert_eq!(event.waiters(), 0);
                event.clear();
                assert!(wait.pinned().enable());
                let hostile = Hostile::new();
                assert!(wait.poll_with(hostile.waker()).is_ready());
                assert_eq!(hostile.calls(Call::Clone), 0);
                assert!(!event.is_set());
            }

            #[test]
            fn enable_on_a_waiting_future_changes_nothing() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::waiting(start(&event));
                assert!(!wait.pinned().enable());
                assert_eq!((event.waiters(), wait.wakers_kept()), (1, 1));
                event.set();
                assert_eq!(wait.wakes(), 1);
                event.clear();
                assert!(wait.pinned().enable());
                assert!(wait.pinned().enable());
                wait.assert_ready();
            }

            #[test]
            fn enable_counts_as_registration() {
                let event = Arc::new(Event::new());
                let order = Order::new();
                let mut enabled = Polled::with_waker(start(&event), order.waker(0));
                assert!(!enabled.pinned().enable());
                let mut polled = Polled::with_waker(start(&event), order.waker(1));
                polled.assert_pending();
                enabled.assert_pending();
                event.set();
                assert_eq!(order.so_far(), [0, 1]);
            }

            #[test]
            fn enabled_waits_without_a_waker_do_not_hold_up_the_others() {
                let event = Arc::new(Event::new());
                let order = Order::new();
                let mut waits = Vec::new();
                for label in 0..100 {
                    let mut wait = Polled::with_waker(start(&event), order.waker(label));
                    assert!(!wait.pinned().enable());
                    if label % 3 == 0 {
                        wait.assert_pending();
                    }
                    waits.push(wait);
                }
                event.set();
                event.clear();
                assert_eq!(order.so_far(), (0..100).step_by(3).collect::<Vec<_>>());
                assert!(waits.iter_mut().all(|wait| wait.poll().is_ready()));
            }

            #[test]
            fn an_enabled_wait_may_be_dropped_in_every_state() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::new(start(&event));
                assert!(!wait.pinned().enable());
                drop(wait);
                assert_eq!(event.waiters(), 0);

                let mut released = Polled::new(start(&event));
                assert!(!released.pinned().enable());
                event.set();
                drop(released);

                let mut at_once = Polled::new(start(&event));
                assert!(at_once.pinned().enable());
                drop(at_once);
                event.clear();
                assert_eq!(event.waiters(), 0);
                assert_eq!(Arc::strong_count(&event), 1);
            }

            #[test]
            fn enabling_a_finished_wait_panics_and_names_the_rule() {
                let event = Arc::new(Event::with_state(true));
                let mut wait = Polled::new(start(&event));
                wait.assert_ready();
                let message = panic_message(|| assert!(wait.pinned().enable()));
                assert!(message.contains("aiosync"), "{message}");
                assert!(message.contains("after it had completed"), "{message}");

                let mut wait = Polled::new(start(&event));
                assert!(wait.pinned().enable());
                wait.assert_ready();
                let message = panic_message(|| assert!(wait.pinned().enable()));
                assert!(message.contains("after it had completed"), "{message}");
            }
        }
    };
}

rules!(borrowed, EventWait<'_>, event => event.wait());
rules!(owned, EventWaitOwned, event => Arc::clone(event).wait_owned());
