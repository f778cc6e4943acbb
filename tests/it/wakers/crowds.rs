//! Many wakers in one release, some of which panic: all are woken, in order, and the first panic
//! resumes at the end.
#![forbid(unsafe_code)]

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::{Arc, Mutex};

use aiosync::{LockGuard, OwnedRwLockWriteGuard};

use super::cells::Unvalued;
use super::scenes::{Drained, Locked, Scene, Unset, Written};
use crate::common::{
    BATCH, Call, Crowd, Hostile, PanicsOnDrop, Polled, panic_message, watched, while_panicking,
};

const CROWD: usize = 100;

/// Positions of wakers that panic: first and last of a batch of 32, in the middle of one, and all
/// of them.
fn panickers() -> Vec<Vec<usize>> {
    let mut panickers = vec![vec![0], vec![BATCH - 1], vec![BATCH], vec![99]];
    // Without `std`, a second panic aborts.
    if cfg!(feature = "std") {
        panickers.push(vec![5, 31, 32, 64, 98]);
        panickers.push((0..CROWD).collect());
    }
    panickers
}

/// Creates a queued crowd. The first of `panickers` panics with a message if `heard`. All others
/// panic with a payload whose drop panics.
fn crowd<S: Scene>(scene: &S, panickers: Vec<usize>, heard: bool) -> Crowd<S::Wait> {
    let on_wake = move |_: &Crowd<_>, place| {
        if heard && panickers[0] == place {
            panic!("wake {place}");
        } else if panickers.contains(&place) {
            panic_any(PanicsOnDrop);
        }
    };
    Crowd::waiting(CROWD, || scene.start(), on_wake)
}

#[track_caller]
fn assert_all_woken<F: Future + Send + 'static>(crowd: &Crowd<F>) {
    assert_eq!(crowd.woken(), (0..CROWD).collect::<Vec<_>>());
    crowd.each(|place, waiter| {
        assert_eq!(waiter.wakers_kept(), 0);
        assert!(waiter.poll().is_ready(), "{place} was not granted");
    });
}

/// The rules, for a scene that can release many waiters at once.
macro_rules! rules {
    ($name:ident, $scene:ty) => {
        mod $name {
            use super::*;

            #[test]
            fn wakers_that_panic_keep_nobody_from_being_woken() {
                watched(|| {
                    for panickers in panickers() {
                        let scene = <$scene>::new();
                        let first = format!("wake {}", panickers[0]);
                        let crowd = crowd(&scene, panickers, true);
                        assert_eq!(panic_message(|| scene.release(CROWD)), first);
                        assert_all_woken(&crowd);
                        drop(crowd);
                        scene.end();
                    }
                });
            }

            #[cfg(feature = "std")] // Two panics.
            #[test]
            fn a_thread_that_panics_already_wakes_them_all() {
                watched(|| {
                    for panickers in panickers() {
                        let scene = <$scene>::new();
                        let crowd = crowd(&scene, panickers, false);
                        while_panicking(|| scene.release(CROWD));
                        assert_all_woken(&crowd);
                        drop(crowd);
                        scene.end();
                    }
                });
            }
        }
    };
}

rules!(semaphore, Drained);
rules!(event, Unset);
rules!(rwlock, Written);
rules!(once_cell, Unvalued);

#[test]
fn a_permit_that_is_dropped_serves_all_though_wakers_panic() {
    watched(|| {
        for panickers in panickers() {
            let scene = Drained::new();
            scene.release(CROWD);
            let permit = scene.semaphore.try_acquire_many(CROWD).unwrap();
            let first = format!("wake {}", panickers[0]);
            let crowd = crowd(&scene, panickers, true);
            assert_eq!(panic_message(|| drop(permit)), first);
            assert_all_woken(&crowd);
            drop(crowd);
            scene.end();
        }
    });
}

#[test]
fn a_grant_that_is_dropped_serves_all_though_wakers_panic() {
    watched(|| {
        for panickers in panickers() {
            let scene = Drained::new();
            let granted = Polled::waiting(scene.semaphore.acquire_many(CROWD));
            let first = format!("wake {}", panickers[0]);
            let crowd = crowd(&scene, panickers, true);
            scene.release(CROWD);
            assert_eq!(panic_message(|| drop(granted)), first);
            assert_all_woken(&crowd);
            drop(crowd);
            scene.end();
        }
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_large_first_request_that_leaves_serves_all_although_wakers_panic() {
    watched(|| {
        for panickers in panickers() {
            for unwinding in [false, true] {
                let scene = Drained::new();
                let mut head = Polled::new(scene.semaphore.acquire_many(1000));
                let hostile = Hostile::new();
                assert!(head.poll_with(hostile.waker()).is_pending());
                hostile.on(Call::Drop, move || {
                    if unwinding {
                        panic_any(PanicsOnDrop);
                    }
                    panic!("drop");
                });
                let crowd = crowd(&scene, panickers.clone(), false);
                scene.release(CROWD);
                if unwinding {
                    while_panicking(|| drop(head));
                } else {
                    assert_eq!(panic_message(|| drop(head)), "drop");
                }
                assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
                // The panics of the crowd come second and are dropped.
                assert_all_woken(&crowd);
                drop(crowd);
                scene.end();
            }
        }
    });
}

#[test]
fn a_downgrade_grants_all_readers_although_wakers_panic() {
    watched(|| {
        for panickers in panickers() {
            let scene = Written::new();
            let first = format!("wake {}", panickers[0]);
            let crowd = crowd(&scene, panickers, true);
            let guard = scene.guard.lock().unwrap().take().unwrap();
            let message = panic_message(|| drop(OwnedRwLockWriteGuard::downgrade(guard)));
            assert_eq!(message, first);
            assert_eq!(
                scene.lock.readers(),
                CROWD,
                "the panic has dropped the guard"
            );
            assert_all_woken(&crowd);
            drop(crowd);
            scene.end();
        }
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_writer_that_leaves_lets_all_readers_in_although_wakers_panic() {
    watched(|| {
        for panickers in panickers() {
            for unwinding in [false, true] {
                let scene = Written::new();
                let guard = scene.guard.lock().unwrap().take().unwrap();
                let guard = OwnedRwLockWriteGuard::downgrade(guard);
                let mut writer = Polled::new(scene.lock.write());
                let hostile = Hostile::new();
                assert!(writer.poll_with(hostile.waker()).is_pending());
                hostile.on(Call::Drop, move || {
                    if unwinding {
                        panic_any(PanicsOnDrop);
                    }
                    panic!("drop");
                });
                let crowd = crowd(&scene, panickers.clone(), false);
                if unwinding {
                    while_panicking(|| drop(writer));
                } else {
                    assert_eq!(panic_message(|| drop(writer)), "drop");
                }
                assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
                assert_eq!(scene.lock.readers(), 1 + CROWD);
                // The panics of the crowd come second and are dropped.
                assert_all_woken(&crowd);
                drop((crowd, guard));
                scene.end();
            }
        }
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn panics_that_nobody_hears_leave_nothing_behind() {
    watched(|| {
        for unwinding in [false, true] {
            let scene = Drained::new();
            let payload = Arc::new(());
            let again = Arc::clone(&payload);
            let on_wake = move |_: &Crowd<_>, _| panic_any(Arc::clone(&again));
            let crowd = Crowd::waiting(CROWD, || scene.start(), on_wake);
            if unwinding {
                while_panicking(|| scene.release(CROWD));
            } else {
                let first = catch_unwind(AssertUnwindSafe(|| scene.release(CROWD)));
                assert!(first.unwrap_err().is::<Arc<()>>());
            }
            assert_all_woken(&crowd);
            drop(crowd);
            assert_eq!(Arc::strong_count(&payload), 1);
            scene.end();
        }
    });
}

#[test]
fn a_lock_goes_through_the_whole_queue_although_every_waker_panics() {
    watched(|| {
        let scene = Locked::new();
        let loud = |_: &Crowd<_>, place: usize| panic!("wake {place}");
        let crowd = Crowd::waiting(CROWD, || scene.start(), loud);
        assert_eq!(panic_message(|| scene.release(1)), "wake 0");
        for place in 0..CROWD {
            let guard = crowd.take(place).unwrap().assert_ready();
            if place + 1 < CROWD {
                let next = format!("wake {}", place + 1);
                assert_eq!(panic_message(|| drop(guard)), next);
            }
        }
        assert_eq!(crowd.woken(), (0..CROWD).collect::<Vec<_>>());
        drop(crowd);
        scene.end();
    });
}

#[test]
fn a_closure_has_run_though_the_next_waker_panics() {
    watched(|| {
        let (scene, hostile) = (Locked::new(), Hostile::new());
        let mut with = Polled::waiting(scene.lock.with(|value| *value = 3));
        let mut next = Polled::new(scene.start());
        assert!(next.poll_with(hostile.waker()).is_pending());
        hostile.on(Call::Wake, || panic!("wake"));
        scene.release(1);
        assert_eq!(panic_message(|| with.assert_ready()), "wake");
        let guard = next.assert_ready();
        assert_eq!(*guard, 3);
        drop(guard);
        drop(with);
        scene.end();
    });
}

#[cfg(feature = "std")] // Two panics.
#[test]
fn a_closure_and_the_next_waker_may_both_panic() {
    watched(|| {
        for mapped in [false, true] {
            let (scene, hostile) = (Locked::new(), Hostile::new());
            scene.release(1);
            let guard = scene.lock.try_lock().unwrap();
            let mut next = Polled::new(scene.start());
            assert!(next.poll_with(hostile.waker()).is_pending());
            hostile.on(Call::Wake, || panic_any(PanicsOnDrop));
            let message = panic_message(|| {
                if mapped {
                    drop(LockGuard::map(guard, |_| -> &mut u32 { panic!("closure") }));
                } else {
                    let _guard = guard;
                    panic!("closure");
                }
            });
            assert_eq!(message, "closure");
            assert_eq!(hostile.calls(Call::Wake), 1);
            drop(next.assert_ready());
            scene.end();
        }
    });
}

#[test]
fn a_wait_that_is_released_and_not_yet_granted_stays_released_though_its_waker_panics() {
    // During a set, the first waker polls or drops a wait of the last batch. The waker of that
    // wait panics when it is dropped without a wake.
    watched(|| {
        for polled in [false, true] {
            let scene = Unset::new();
            let last = Arc::new(Mutex::new(None));
            let taken = Arc::clone(&last);
            let event = Arc::clone(&scene.event);
            let crowd = Crowd::waiting(
                40,
                || scene.start(),
                move |_, _| {
                    let last: Option<Polled<_>> = taken.lock().unwrap().take();
                    let Some(mut last) = last else { return };
                    event.clear();
                    let message = if polled {
                        let message = panic_message(|| assert!(last.poll().is_pending()));
                        assert!(last.poll().is_ready(), "the release is lost");
                        message
                    } else {
                        panic_message(|| drop(last))
                    };
                    assert_eq!(message, "drop");
                },
            );
            let (mut wait, hostile) = (Polled::new(scene.start()), Hostile::new());
            assert!(wait.poll_with(hostile.waker()).is_pending());
            hostile.on(Call::Drop, || panic!("drop"));
            *last.lock().unwrap() = Some(wait);
            scene.release(41);
            assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
            assert_eq!(crowd.woken(), (0..40).collect::<Vec<_>>());
            crowd.each(|_, wait| wait.assert_ready());
            drop(crowd);
            scene.end();
        }
    });
}
