//! Dropping and forgetting a future in each of its states: unpolled, waiting, released but not
//! polled since, done.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::Event;
use aiosync::futures::{EventWait, EventWaitOwned};

use crate::common::{Order, Polled, drop_elsewhere};

/// The rules, for one kind of future and one thread that drops it.
macro_rules! rules {
    ($way:ident, $future:ty, $event:ident => $start:expr, $drop:path) => {
        mod $way {
            use super::*;

            fn start($event: &Arc<Event>) -> $future {
                $start
            }

            #[test]
            fn dropping_a_wait_that_was_never_polled_changes_nothing() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::waiting(start(&event));
                $drop(Polled::new(start(&event)));
                assert_eq!((wait.wakes(), event.waiters()), (0, 1));
                event.set();
                $drop(Polled::new(start(&event)));
                wait.assert_ready();
                assert!(event.is_set());
                assert_eq!(Arc::strong_count(&event), 1);
            }

            #[test]
            fn a_waiter_that_leaves_the_queue_affects_no_other() {
                for leaver in 0..5 {
                    let event = Arc::new(Event::new());
                    let order = Order::new();
                    let mut waits: Vec<_> = (0..5)
                        .map(|label| Polled::waiting_with(start(&event), order.waker(label)))
                        .collect();
                    let (future, waker) = waits.remove(leaver).split();
                    assert_eq!(waker.kept(), 1);
                    $drop(future);
                    assert_eq!(waker.kept(), 0);
                    assert_eq!(event.waiters(), 4);
                    assert!(!event.is_set());
                    event.set();
                    let mut expected: Vec<_> = (0..5).collect();
                    expected.remove(leaver);
                    assert_eq!(order.so_far(), expected);
                    for wait in &mut waits {
                        wait.assert_ready();
                    }
                }
            }

            #[test]
            fn the_event_is_like_new_when_every_waiter_has_left() {
                let event = Arc::new(Event::new());
                for _ in 0..3 {
                    let first = Polled::waiting(start(&event));
                    let second = Polled::waiting(start(&event));
                    $drop(first);
                    $drop(second);
                    assert_eq!(event.waiters(), 0);
                    event.set();
                    Polled::new(start(&event)).assert_ready();
                    event.clear();
                    let mut wait = Polled::waiting(start(&event));
                    event.set();
                    wait.assert_ready();
                    event.clear();
                }
                assert_eq!(Arc::strong_count(&event), 1);
            }

            #[test]
            fn dropping_a_released_waiter_releases_nobody_else() {
                let event = Arc::new(Event::new());
                let released = Polled::waiting(start(&event));
                let mut other = Polled::waiting(start(&event));
                event.set();
                event.clear();
                let mut late = Polled::waiting(start(&event));
                $drop(released);
                assert_eq!((other.wakes(), late.wakes()), (1, 0));
                assert_eq!(event.waiters(), 1);
                assert!(!event.is_set());
                late.assert_pending();
                other.assert_ready();
                event.set();
                late.assert_ready();
            }

            #[test]
            fn dropping_a_finished_wait_changes_nothing() {
                let event = Arc::new(Event::new());
                let mut wait = Polled::waiting(start(&event));
                event.set();
                wait.assert_ready();
                event.clear();
                let late = Polled::waiting(start(&event));
                $drop(wait);
                assert_eq!((late.wakes(), event.waiters()), (0, 1));
                drop(late);
                assert_eq!(Arc::strong_count(&event), 1);
            }

            #[test]
            fn a_finished_wait_keeps_nothing() {
                let event = Arc::new(Event::with_state(true));
                let mut wait = Polled::new(start(&event));
                wait.assert_ready();
                assert_eq!(Arc::strong_count(&event), 1);
                assert_eq!(wait.wakers_kept(), 0);
                $drop(wait);
                assert!(event.is_set());
            }

            #[test]
            fn a_forgotten_waiter_disturbs_nobody() {
                let event = Arc::new(Event::new());
                let mut before = Polled::waiting(start(&event));
                Polled::waiting(start(&event)).forget();
                let mut behind = Polled::waiting(start(&event));
                let leaver = Polled::waiting(start(&event));
                $drop(leaver);
                assert_eq!(event.waiters(), 3);
                event.set();
                event.clear();
                before.assert_ready();
                behind.assert_ready();
                assert_eq!(event.waiters(), 0);
                let mut late = Polled::waiting(start(&event));
                assert_eq!(event.waiters(), 1);
                event.set();
                late.assert_ready();
            }

            #[test]
            fn a_forgotten_released_waiter_disturbs_nobody() {
                let event = Arc::new(Event::new());
                let released = Polled::waiting(start(&event));
                event.set();
                event.clear();
                released.forget();
                let mut late = Polled::waiting(start(&event));
                late.assert_pending();
                event.set();
                late.assert_ready();
            }
        }
    };
}

rules!(borrowed, EventWait<'_>, event => event.wait(), drop);
rules!(owned, EventWaitOwned, event => Arc::clone(event).wait_owned(), drop);
rules!(borrowed_elsewhere, EventWait<'_>, event => event.wait(), drop_elsewhere);
rules!(owned_elsewhere, EventWaitOwned, event => Arc::clone(event).wait_owned(), drop_elsewhere);

#[test]
fn an_event_may_move_while_a_forgotten_waiter_is_queued() {
    let event = Event::new();
    Polled::waiting(event.wait()).forget();
    // The borrow has ended, so the event may move.
    let event = Box::new(event);
    assert_eq!(event.waiters(), 1);
    let mut behind = Polled::waiting(event.wait());
    event.set();
    behind.assert_ready();
    assert_eq!(event.waiters(), 0);
}

#[test]
fn an_event_may_be_dropped_while_a_forgotten_waiter_is_queued() {
    let event = Box::new(Event::new());
    Polled::waiting(event.wait()).forget();
    assert_eq!(event.waiters(), 1);
    drop(event);
}

#[test]
fn an_owned_wait_may_be_the_last_that_keeps_the_event() {
    for released in [false, true] {
        let event = Arc::new(Event::new());
        let wait = Polled::waiting(Arc::clone(&event).wait_owned());
        if released {
            event.set();
        }
        let weak = Arc::downgrade(&event);
        drop(event);
        assert_eq!(weak.strong_count(), 1);
        drop(wait);
        assert_eq!(weak.strong_count(), 0);
    }
}
