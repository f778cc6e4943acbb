//! No user code runs under an internal mutex. The clone, wake, wake_by_ref and drop of a waker
//! call every method of the primitive, and poll and drop other futures of it. With the mutex held
//! each of these would deadlock, and the watchdog would fail the test.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::{Arc, Mutex};

use super::cells::{Initializing, Unvalued};
use super::scenes::{Drained, Locked, Read, Scene, Unset, Written};
use crate::common::{Call, Crowd, Hostile, Polled, watched};

/// Makes the waker use the scene at each of `calls` from now on.
fn arm<S: Scene>(hostile: &Hostile, scene: &Arc<S>, calls: &[Call]) {
    for &call in calls {
        let scene = Arc::clone(scene);
        hostile.on(call, move || scene.touch());
    }
}

/// Runs `act` with a new scene for each operation of a waker alone, and for all of them at once.
fn each_operation<S: Scene>(act: impl Fn(&Arc<S>, &[Call]) + Send + 'static) {
    watched(move || {
        let all: &[Call] = &Call::ALL;
        for calls in all.chunks(1).chain([all]) {
            let scene = Arc::new(S::new());
            act(&scene, calls);
            scene.end();
        }
    });
}

/// Polls a future that may be ready. Returns it if it is pending.
fn poll<F: Future>(mut future: Polled<F>, hostile: &Hostile) -> Option<Polled<F>> {
    let pending = future.poll_with(hostile.waker()).is_pending();
    pending.then_some(future)
}

/// The rules, for one scene.
macro_rules! rules {
    ($name:ident, $scene:ty) => {
        mod $name {
            use super::*;

            #[test]
            fn the_waker_may_call_back_in_the_first_poll() {
                each_operation::<$scene>(|scene, calls| {
                    let hostile = Hostile::new();
                    arm(&hostile, scene, calls);
                    scene.add_bystanders();
                    let waiter = poll(Polled::new(scene.start()), &hostile);
                    assert_eq!(hostile.calls(Call::Clone), 1);
                    drop(waiter);
                    assert_eq!(hostile.kept(), 0);
                });
            }

            #[test]
            fn the_waker_may_call_back_when_another_takes_its_place() {
                each_operation::<$scene>(|scene, calls| {
                    let (old, new) = (Hostile::new(), Hostile::new());
                    let waiter = poll(Polled::new(scene.start()), &old);
                    arm(&old, scene, calls);
                    arm(&new, scene, calls);
                    scene.add_bystanders();
                    let waiter = waiter.and_then(|waiter| poll(waiter, &new));
                    assert_eq!((old.kept(), new.calls(Call::Clone)), (0, 1));
                    drop(waiter);
                    assert_eq!(new.kept(), 0);
                });
            }

            #[test]
            fn the_waker_may_call_back_when_it_is_woken() {
                each_operation::<$scene>(|scene, calls| {
                    let hostile = Hostile::new();
                    let waiter = poll(Polled::new(scene.start()), &hostile).unwrap();
                    arm(&hostile, scene, calls);
                    scene.add_bystanders();
                    scene.release(1);
                    assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
                    assert!(poll(waiter, &hostile).is_none());
                });
            }

            #[test]
            fn the_waker_may_call_back_when_its_future_is_dropped() {
                each_operation::<$scene>(|scene, calls| {
                    let hostile = Hostile::new();
                    let waiter = poll(Polled::new(scene.start()), &hostile).unwrap();
                    arm(&hostile, scene, calls);
                    scene.add_bystanders();
                    drop(waiter);
                    assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
                });
            }

            #[test]
            fn the_waker_may_call_back_when_a_grant_before_it_is_dropped() {
                each_operation::<$scene>(|scene, calls| {
                    let hostile = Hostile::new();
                    let granted = Polled::waiting(scene.start());
                    let waiter = poll(Polled::new(scene.start()), &hostile).unwrap();
                    arm(&hostile, scene, calls);
                    scene.add_bystanders();
                    scene.release(1);
                    drop(granted);
                    assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
                    assert!(poll(waiter, &hostile).is_none());
                });
            }

            #[test]
            fn many_wakers_may_call_back_in_one_release() {
                each_operation::<$scene>(|scene, calls| {
                    let hostiles: Vec<_> = (0..70).map(|_| Hostile::new()).collect();
                    let waiters: Vec<_> = hostiles
                        .iter()
                        .map(|hostile| poll(Polled::new(scene.start()), hostile).unwrap())
                        .collect();
                    hostiles
                        .iter()
                        .for_each(|hostile| arm(hostile, scene, calls));
                    scene.add_bystanders();
                    scene.release(70);
                    for (waiter, hostile) in waiters.into_iter().zip(&hostiles) {
                        assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
                        // Its grant goes to the next waiter.
                        assert!(poll(waiter, hostile).is_none());
                    }
                });
            }

            #[test]
            fn a_waker_may_poll_and_drop_its_neighbours() {
                watched(|| {
                    let scene = Arc::new(<$scene>::new());
                    let touched = Arc::clone(&scene);
                    let start = || scene.start();
                    let crowd = Crowd::waiting(100, start, move |crowd, place| {
                        touched.call_everything();
                        // The next waiter is dropped, and the one after it is polled.
                        drop(crowd.take((place + 1) % 100));
                        if let Some(mut next) = crowd.take((place + 2) % 100) {
                            if next.poll().is_pending() {
                                crowd.put((place + 2) % 100, next);
                            }
                        }
                        if let Some(mut woken) = crowd.take(place) {
                            assert!(woken.poll().is_ready());
                        }
                    });
                    scene.release(100);
                    crowd.each(|_, waiter| assert!(waiter.poll().is_ready()));
                    drop(crowd);
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

#[test]
fn a_lock_that_a_closure_holds_is_given_to_a_waker_that_calls_back() {
    each_operation::<Locked>(|scene, calls| {
        let hostile = Hostile::new();
        let mut with = Polled::waiting(scene.lock.with(|value| *value += 1));
        let waiter = poll(Polled::new(scene.lock.lock()), &hostile).unwrap();
        arm(&hostile, scene, calls);
        scene.add_bystanders();
        scene.release(1);
        with.assert_ready();
        assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
        assert!(poll(waiter, &hostile).is_none());
    });
}

#[test]
fn a_large_first_request_that_leaves_wakes_waiters_that_call_back() {
    each_operation::<Drained>(|scene, calls| {
        let (of_head, behind) = (Hostile::new(), Hostile::new());
        let head = poll(Polled::new(scene.semaphore.acquire_many(5)), &of_head).unwrap();
        let waiter = poll(Polled::new(scene.start()), &behind).unwrap();
        arm(&of_head, scene, calls);
        arm(&behind, scene, calls);
        scene.add_bystanders();
        scene.release(2);
        drop(head);
        assert_eq!((of_head.calls(Call::Drop), of_head.kept()), (1, 0));
        assert_eq!((behind.calls(Call::Wake), behind.kept()), (1, 0));
        assert!(poll(waiter, &behind).is_none());
    });
}

#[test]
fn a_dropped_permit_wakes_waiters_that_call_back() {
    each_operation::<Drained>(|scene, calls| {
        scene.release(2);
        let permit = scene.semaphore.try_acquire_many(2).unwrap();
        let hostiles = [Hostile::new(), Hostile::new()];
        let waiters = hostiles
            .each_ref()
            .map(|hostile| poll(Polled::new(scene.semaphore.acquire()), hostile).unwrap());
        hostiles
            .iter()
            .for_each(|hostile| arm(hostile, scene, calls));
        scene.add_bystanders();
        drop(permit);
        for (waiter, hostile) in waiters.into_iter().zip(&hostiles) {
            assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
            assert!(poll(waiter, hostile).is_none());
        }
    });
}

#[test]
fn a_wait_that_is_released_and_not_yet_granted_lets_go_a_waker_that_calls_back() {
    // During a set, the first waker polls or drops a wait of the last batch. The waker of that
    // wait is dropped without a wake.
    for polled in [false, true] {
        each_operation::<Unset>(move |scene, calls| {
            let hostile = Arc::new(Hostile::new());
            let last = Arc::new(Mutex::new(None));
            let (of_last, taken) = (Arc::clone(&hostile), Arc::clone(&last));
            let start = || scene.start();
            let crowd = Crowd::waiting(40, start, move |_, place| {
                let last: Option<Polled<_>> = taken.lock().unwrap().take();
                if let Some(last) = last {
                    assert_eq!(place, 0);
                    if polled {
                        assert!(poll(last, &of_last).is_none());
                    } else {
                        drop(last);
                    }
                }
            });
            *last.lock().unwrap() = poll(Polled::new(scene.start()), &hostile);
            arm(&hostile, scene, calls);
            scene.release(41);
            assert_eq!(hostile.calls(Call::Wake), 0);
            assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
            crowd.each(|_, wait| wait.assert_ready());
            drop(crowd);
        });
    }
}
