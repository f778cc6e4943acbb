//! Wakers that change the state during a poll: they notify, requeue or grant while they are
//! cloned or dropped, and poll their own future while they are woken.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::assert_idle;
use super::scene::{Scene, pending};
use crate::common::{Call, Crowd, Hostile, Polled, watched};

/// A waker that runs `action` at the first `call`.
fn once(call: Call, action: impl FnOnce() + Send + 'static) -> Hostile {
    let hostile = Hostile::new();
    let action = Mutex::new(Some(action));
    hostile.on(call, move || {
        let action = action.lock().unwrap().take();
        if let Some(action) = action {
            action();
        }
    });
    hostile
}

#[test]
fn a_waker_that_notifies_when_it_is_first_cloned_finds_no_waiter() {
    watched(|| {
        let scene = Scene::new();
        let waker = once(Call::Clone, {
            let scene = Arc::clone(&scene);
            move || {
                assert_eq!(scene.condition.notify_all(), 0);
                assert!(scene.lock.try_lock().is_none(), "the wait holds the lock");
            }
        });
        let mut wait = Polled::new(scene.start());
        pending(&mut wait, &waker);
        assert_eq!(scene.condition.waiters(), 1);
        drop(wait);
        drop(waker);
        scene.end();
    });
}

#[test]
fn a_wait_that_is_notified_while_its_waker_is_cloned_completes_in_the_same_poll() {
    watched(|| {
        for by_poller in [false, true] {
            let scene = Scene::new();
            let mut wait = Polled::waiting(scene.start());
            let mut behind = Polled::waiting(scene.start());
            let waker = once(Call::Clone, {
                let scene = Arc::clone(&scene);
                move || {
                    assert_eq!(scene.condition.notify(2), 2);
                    if by_poller {
                        // Grants the lock to the waiter that is being polled.
                        behind.assert_pending();
                    }
                    drop(behind);
                }
            });
            let Poll::Ready(guard) = wait.poll_with(waker.waker()) else {
                panic!("the lock was free");
            };
            drop(guard);
            assert_eq!((waker.kept(), wait.wakers_kept()), (0, 0));
            drop((wait, waker));
            scene.end();
        }
    });
}

#[test]
fn a_wait_that_is_requeued_while_its_waker_is_cloned_keeps_the_clone() {
    watched(|| {
        for step in ["waiting", "notified", "requeued"] {
            let scene = Scene::new();
            let mut wait = Polled::waiting(scene.start());
            let behind = Arc::new(Mutex::new(Polled::waiting(scene.start())));
            let guard = scene.lock.try_lock().unwrap();
            if step != "waiting" {
                assert_eq!(scene.condition.notify_all(), 2);
            }
            if step == "requeued" {
                wait.assert_pending();
            }
            let waker = Hostile::new();
            waker.on(Call::Clone, {
                let (scene, poller) = (Arc::clone(&scene), Arc::clone(&behind));
                move || {
                    scene.condition.notify_all();
                    poller.lock().unwrap().assert_pending();
                }
            });
            pending(&mut wait, &waker);
            assert_eq!(
                (scene.lock.waiters(), waker.kept(), wait.wakers_kept()),
                (2, 1, 0)
            );
            drop(guard);
            assert_eq!((waker.calls(Call::Wake), waker.kept()), (1, 0));
            assert!(wait.poll_with(waker.waker()).is_ready());
            drop(behind.lock().unwrap().assert_ready());
            drop((wait, waker, behind));
            scene.end();
        }
    });
}

#[test]
fn a_wait_that_is_granted_while_its_waker_is_cloned_is_ready_in_the_same_poll() {
    watched(|| {
        let scene = Scene::new();
        let mut wait = Polled::waiting(scene.start());
        let guard = Arc::clone(&scene.lock).try_lock_owned().unwrap();
        assert!(scene.condition.notify_one());
        wait.assert_pending();
        let waker = once(Call::Clone, move || drop(guard));
        assert!(wait.poll_with(waker.waker()).is_ready());
        assert_eq!((wait.wakes(), waker.kept(), wait.wakers_kept()), (2, 0, 0));
        drop((wait, waker));
        scene.end();
    });
}

#[test]
fn a_waker_that_notifies_when_it_is_dropped_may_reach_its_own_wait() {
    watched(|| {
        let scene = Scene::new();
        let notifying = Arc::clone(&scene);
        let old = once(Call::Drop, move || {
            assert!(notifying.condition.notify_one())
        });
        let mut wait = Polled::new(scene.start());
        pending(&mut wait, &old);
        wait.assert_pending();
        assert_eq!((wait.wakes(), scene.condition.waiters()), (1, 0));
        drop(wait.assert_ready());
        drop((wait, old));
        scene.end();
    });
}

#[test]
fn executors_that_poll_inside_the_wake_serve_every_waiter_in_turn() {
    watched(|| {
        for count in [1, 2, 16, 17, 33, 40, 100] {
            for locked in [false, true] {
                let scene = Scene::new();
                let served = Arc::new(Mutex::new(Vec::new()));
                let entries = Arc::clone(&served);
                let start = || scene.start();
                let crowd = Crowd::waiting(count, start, move |crowd, place| {
                    // Taken out while it is polled, because it may be woken meanwhile.
                    let Some(mut woken) = crowd.take(place) else {
                        return;
                    };
                    match woken.poll() {
                        Poll::Ready(guard) => {
                            entries.lock().unwrap().push(place);
                            drop(guard);
                        }
                        Poll::Pending => crowd.put(place, woken),
                    }
                });
                let guard = locked.then(|| scene.lock.try_lock().unwrap());
                assert_eq!(scene.condition.notify_all(), count);
                drop(guard);
                assert!(
                    served.lock().unwrap().iter().copied().eq(0..count),
                    "{count}"
                );
                drop(crowd);
                scene.end();
            }
        }
    });
}

#[test]
fn a_wait_that_is_woken_inside_its_own_poll_is_not_lost() {
    watched(|| {
        // The lock that its first poll releases goes to a waiter whose wake notifies.
        let scene = Scene::new();
        let guard = Arc::clone(&scene.lock).try_lock_owned().unwrap();
        let notified = Arc::new(AtomicUsize::new(0));
        let wait = scene.condition.wait_owned(guard);
        let (waker, count) = (Hostile::new(), Arc::clone(&notified));
        let notifying = Arc::clone(&scene);
        waker.on(Call::Wake, move || {
            count.fetch_add(notifying.condition.notify_all(), Ordering::SeqCst);
        });
        let mut next = Polled::new(scene.lock.lock());
        assert!(next.poll_with(waker.waker()).is_pending());
        let mut wait = Polled::waiting(wait);
        assert_eq!((notified.load(Ordering::SeqCst), wait.wakes()), (1, 1));
        wait.assert_pending();
        drop(next.assert_ready());
        drop(wait.assert_ready());
        drop((wait, next));
        assert_idle(&scene.condition, &scene.lock);
    });
}
