//! A waker that panics does not keep others from being woken, loses nothing, leaves the primitive
//! usable, and does not abort a thread that is unwinding.
#![forbid(unsafe_code)]

use std::panic::panic_any;
use std::sync::{Arc, Mutex};

use super::cells::{Initializing, Unvalued};
use super::scenes::{Drained, Locked, Read, Scene, Unset, Written};
use crate::common::{Call, Hostile, PanicsOnDrop, Polled, panic_message, watched, while_panicking};

/// For a panic that must not come out: its payload panics when it is dropped.
const UNHEARD: &str = "";

/// Makes the waker panic with these words at each `call` from now on.
fn panic_at(hostile: &Hostile, call: Call, words: &'static str) {
    hostile.on(call, move || match words {
        UNHEARD => panic_any(PanicsOnDrop),
        words => panic!("{words}"),
    });
}

/// Returns a queued waiter whose waker panics at `call`.
#[track_caller]
fn waiting<S: Scene>(scene: &S, call: Call, words: &'static str) -> (Polled<S::Wait>, Hostile) {
    let (mut waiter, hostile) = (Polled::new(scene.start()), Hostile::new());
    assert!(waiter.poll_with(hostile.waker()).is_pending());
    panic_at(&hostile, call, words);
    (waiter, hostile)
}

/// The rules, for one scene.
macro_rules! rules {
    ($name:ident, $scene:ty) => {
        mod $name {
            use super::*;

            #[test]
            fn a_clone_that_panics_in_the_first_poll_registers_nothing() {
                watched(|| {
                    let scene = <$scene>::new();
                    let mut before = Polled::waiting(scene.start());
                    let (mut waiter, hostile) = (Polled::new(scene.start()), Hostile::new());
                    panic_at(&hostile, Call::Clone, "clone");
                    for _ in 0..2 {
                        let message = panic_message(|| {
                            assert!(waiter.poll_with(hostile.waker()).is_pending());
                        });
                        assert_eq!(message, "clone");
                        assert_eq!((scene.waiters(), hostile.kept()), (1, 0));
                    }
                    assert!(waiter.poll().is_pending());
                    assert_eq!(scene.waiters(), 2);
                    scene.release(2);
                    assert!(before.poll().is_ready());
                    assert_eq!(waiter.wakes(), 1);
                    assert!(waiter.poll().is_ready());
                    scene.end();
                });
            }

            #[test]
            fn a_clone_that_panics_in_a_later_poll_leaves_the_old_waker() {
                watched(|| {
                    let scene = <$scene>::new();
                    let (mut waiter, hostile) = (Polled::waiting(scene.start()), Hostile::new());
                    panic_at(&hostile, Call::Clone, "clone");
                    let message = panic_message(|| {
                        assert!(waiter.poll_with(hostile.waker()).is_pending());
                    });
                    assert_eq!(message, "clone");
                    assert_eq!((scene.waiters(), waiter.wakers_kept()), (1, 1));
                    scene.release(1);
                    assert_eq!((waiter.wakes(), hostile.calls(Call::Wake)), (1, 0));
                    assert!(waiter.poll().is_ready());
                    scene.end();
                });
            }

            #[test]
            fn a_panic_of_a_wake_resumes_and_the_grant_stays() {
                watched(|| {
                    let scene = <$scene>::new();
                    let (mut waiter, hostile) = waiting(&scene, Call::Wake, "wake");
                    assert_eq!(panic_message(|| scene.release(1)), "wake");
                    assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
                    assert_eq!(scene.waiters(), 0);
                    assert!(waiter.poll().is_ready());
                    scene.end();
                });
            }

            #[test]
            fn a_waker_whose_drop_panics_with_its_future_leaves_the_others_queued() {
                watched(|| {
                    for leaver in 0..3 {
                        let scene = <$scene>::new();
                        let mut waiters = Vec::new();
                        let mut hostiles = Vec::new();
                        for _ in 0..3 {
                            let (waiter, hostile) = waiting(&scene, Call::Drop, "drop");
                            waiters.push(waiter);
                            hostiles.push(hostile);
                        }
                        let gone = waiters.remove(leaver);
                        assert_eq!(panic_message(|| drop(gone)), "drop");
                        assert_eq!(hostiles[leaver].kept(), 0);
                        assert_eq!(scene.waiters(), 2);
                        hostiles.remove(leaver);
                        scene.release(2);
                        for (waiter, hostile) in waiters.iter_mut().zip(&hostiles) {
                            assert_eq!(hostile.calls(Call::Wake), 1);
                            assert!(waiter.poll().is_ready());
                        }
                        scene.end();
                    }
                });
            }

            #[test]
            fn a_replaced_waker_whose_drop_panics_leaves_the_new_one() {
                watched(|| {
                    let scene = <$scene>::new();
                    let (mut waiter, hostile) = waiting(&scene, Call::Drop, "drop");
                    let message = panic_message(|| assert!(waiter.poll().is_pending()));
                    assert_eq!(message, "drop");
                    assert_eq!((waiter.wakers_kept(), hostile.kept()), (1, 0));
                    assert_eq!(scene.waiters(), 1);
                    scene.release(1);
                    assert_eq!((waiter.wakes(), hostile.calls(Call::Wake)), (1, 0));
                    assert!(waiter.poll().is_ready());
                    scene.end();
                });
            }

            #[test]
            fn a_grant_stays_although_a_late_waker_panics() {
                watched(|| {
                    for dropped in [false, true] {
                        let scene = Arc::new(<$scene>::new());
                        let mut waiter = Polled::waiting(scene.start());
                        let mut behind = Polled::waiting(scene.start());
                        let hostile = Hostile::new();
                        let releasing = Arc::clone(&scene);
                        hostile.on(Call::Clone, move || releasing.release(1));
                        panic_at(&hostile, Call::Drop, "drop");
                        let message = panic_message(|| {
                            assert!(waiter.poll_with(hostile.waker()).is_pending());
                        });
                        assert_eq!(message, "drop");
                        drop(hostile);
                        if dropped {
                            drop(waiter);
                            assert_eq!(behind.wakes(), 1);
                        } else {
                            assert!(waiter.poll().is_ready());
                        }
                        assert!(behind.poll().is_ready());
                        scene.end();
                    }
                });
            }

            #[cfg(feature = "std")] // Two panics.
            #[test]
            fn a_thread_that_is_unwinding_wakes_every_waiter() {
                watched(|| {
                    let scene = <$scene>::new();
                    let (mut waiter, hostile) = waiting(&scene, Call::Wake, UNHEARD);
                    let mut behind = Polled::waiting(scene.start());
                    while_panicking(|| scene.release(2));
                    assert_eq!(hostile.calls(Call::Wake), 1);
                    assert!(waiter.poll().is_ready());
                    assert_eq!(behind.wakes(), 1);
                    assert!(behind.poll().is_ready());
                    scene.end();
                });
            }

            #[cfg(feature = "std")] // Two panics.
            #[test]
            fn a_thread_that_is_unwinding_drops_its_waker() {
                watched(|| {
                    let scene = <$scene>::new();
                    let (waiter, hostile) = waiting(&scene, Call::Drop, UNHEARD);
                    let mut behind = Polled::waiting(scene.start());
                    while_panicking(|| drop(waiter));
                    assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
                    assert_eq!(scene.waiters(), 1);
                    scene.release(1);
                    assert!(behind.poll().is_ready());
                    scene.end();
                });
            }
        }
    };
}

rules!(lock, Locked);
rules!(semaphore, Drained);
rules!(event, Unset);
rules!(rwlock_read, Written);
rules!(rwlock_write, Read);
rules!(once_cell, Unvalued);
rules!(turn, Initializing);

/// The rules for primitives with grants.
macro_rules! rules_of_grants {
    ($name:ident, $scene:ty) => {
        mod $name {
            use super::*;

            #[test]
            fn a_dropped_grant_goes_to_the_next_although_its_wake_panics() {
                watched(|| {
                    let scene = <$scene>::new();
                    let granted = Polled::waiting(scene.start());
                    let (mut next, _hostile) = waiting(&scene, Call::Wake, "wake");
                    let mut last = Polled::waiting(scene.start());
                    scene.release(1);
                    assert_eq!(panic_message(|| drop(granted)), "wake");
                    assert_eq!((scene.waiters(), last.wakes()), (1, 0));
                    assert!(next.poll().is_ready());
                    assert_eq!(last.wakes(), 1);
                    assert!(last.poll().is_ready());
                    scene.end();
                });
            }

            #[cfg(feature = "std")] // Two panics.
            #[test]
            fn a_thread_that_is_unwinding_hands_a_dropped_grant_on() {
                watched(|| {
                    let scene = <$scene>::new();
                    let granted = Polled::waiting(scene.start());
                    let (mut next, _hostile) = waiting(&scene, Call::Wake, UNHEARD);
                    scene.release(1);
                    while_panicking(|| drop(granted));
                    assert!(next.poll().is_ready());
                    scene.end();
                });
            }

            #[test]
            fn a_poll_whose_unneeded_waker_panics_gives_its_grant_back() {
                watched(|| {
                    for somebody_waits in [false, true] {
                        let scene = Arc::new(<$scene>::new());
                        let next = Arc::new(Mutex::new(None));
                        let (mut waiter, hostile) = (Polled::new(scene.start()), Hostile::new());
                        let releasing = Arc::clone(&scene);
                        hostile.on(Call::Clone, move || releasing.release(1));
                        // Called when the poll is done and has its output.
                        let (slot, line) = (Arc::clone(&next), Arc::clone(&scene));
                        hostile.on(Call::Drop, move || {
                            if somebody_waits {
                                *slot.lock().unwrap() = Some(Polled::waiting(line.start()));
                            }
                            panic!("drop");
                        });
                        let message = panic_message(|| {
                            assert!(waiter.poll_with(hostile.waker()).is_pending());
                        });
                        assert_eq!(message, "drop");
                        drop(hostile);
                        if let Some(mut next) = next.lock().unwrap().take() {
                            assert_eq!(next.wakes(), 1);
                            assert!(next.poll().is_ready());
                        }
                        assert!(
                            waiter.poll().is_ready(),
                            "the poll that panicked has lost it"
                        );
                        scene.end();
                    }
                });
            }
        }
    };
}

mod grants {
    use super::*;

    rules_of_grants!(lock, Locked);
    rules_of_grants!(semaphore, Drained);
    rules_of_grants!(rwlock_write, Read);
}
