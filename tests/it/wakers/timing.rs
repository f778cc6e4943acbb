//! A waker whose clone or drop changes what the surrounding poll finds. The change happens
//! between the check without the mutex and the one under it, or right afterwards.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::task::Poll;

use super::cells::{Initializing, Unvalued};
use super::scenes::{Drained, Locked, Read, Scene, Unset, Written};
use crate::common::{Call, Hostile, Polled, watched};

/// Releases one waiter at the next `call`, and at no later one.
fn release_once<S: Scene>(hostile: &Hostile, call: Call, scene: &Arc<S>) {
    let (scene, done) = (Arc::clone(scene), Mutex::new(false));
    hostile.on(call, move || {
        let before = std::mem::replace(&mut *done.lock().unwrap(), true);
        if !before {
            scene.release(1);
        }
    });
}

/// The rules, for one scene.
macro_rules! rules {
    ($name:ident, $scene:ty) => {
        mod $name {
            use super::*;

            #[test]
            fn a_grant_while_the_new_waker_is_cloned_is_taken_by_the_same_poll() {
                watched(|| {
                    let scene = Arc::new(<$scene>::new());
                    let mut waiter = Polled::waiting(scene.start());
                    let hostile = Hostile::new();
                    release_once(&hostile, Call::Clone, &scene);
                    assert!(waiter.poll_with(hostile.waker()).is_ready());
                    assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
                    assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (0, 0));
                    scene.end();
                });
            }

            #[test]
            fn a_grant_while_the_old_waker_is_dropped_wakes_the_new_one() {
                watched(|| {
                    let scene = Arc::new(<$scene>::new());
                    let mut waiter = Polled::new(scene.start());
                    let old = Hostile::new();
                    assert!(waiter.poll_with(old.waker()).is_pending());
                    release_once(&old, Call::Drop, &scene);
                    waiter.assert_pending();
                    assert_eq!((old.calls(Call::Wake), old.kept()), (0, 0));
                    assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
                    assert!(waiter.poll().is_ready());
                    scene.end();
                });
            }

            #[test]
            fn a_grant_while_the_waker_of_a_gone_future_is_dropped_is_for_the_next() {
                watched(|| {
                    let scene = Arc::new(<$scene>::new());
                    let mut leaver = Polled::new(scene.start());
                    let hostile = Hostile::new();
                    assert!(leaver.poll_with(hostile.waker()).is_pending());
                    let mut next = Polled::waiting(scene.start());
                    release_once(&hostile, Call::Drop, &scene);
                    drop(leaver);
                    assert_eq!((hostile.calls(Call::Wake), next.wakes()), (0, 1));
                    assert!(next.poll().is_ready());
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
fn a_lock_that_comes_free_while_the_first_waker_is_cloned_is_taken() {
    watched(|| {
        let scene = Arc::new(Locked::new());
        let hostile = Hostile::new();
        release_once(&hostile, Call::Clone, &scene);
        let mut waiter = Polled::new(scene.start());
        let Poll::Ready(guard) = waiter.poll_with(hostile.waker()) else {
            panic!("pending on a free lock");
        };
        assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
        drop(guard);
        scene.end();
    });
}

#[test]
fn permits_that_come_free_while_the_first_waker_is_cloned_are_taken() {
    watched(|| {
        let scene = Arc::new(Drained::new());
        let hostile = Hostile::new();
        release_once(&hostile, Call::Clone, &scene);
        let mut waiter = Polled::new(scene.start());
        let Poll::Ready(permit) = waiter.poll_with(hostile.waker()) else {
            panic!("pending though a permit is free");
        };
        assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
        drop(permit);
        scene.end();
    });
}

#[test]
fn an_event_that_is_set_while_the_first_waker_is_cloned_is_seen() {
    watched(|| {
        let scene = Arc::new(Unset::new());
        let (hostile, event) = (Hostile::new(), Arc::clone(&scene.event));
        hostile.on(Call::Clone, move || event.set());
        let mut wait = Polled::new(scene.start());
        assert!(wait.poll_with(hostile.waker()).is_ready());
        assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
        drop(hostile);
        scene.end();
    });
}

#[test]
fn a_pulse_while_the_first_waker_is_cloned_comes_before_the_registration() {
    watched(|| {
        let scene = Arc::new(Unset::new());
        let hostile = Hostile::new();
        release_once(&hostile, Call::Clone, &scene);
        let mut wait = Polled::new(scene.start());
        assert!(wait.poll_with(hostile.waker()).is_pending());
        assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (0, 1));
        scene.release(1);
        assert_eq!(hostile.calls(Call::Wake), 1);
        wait.assert_ready();
        drop(hostile);
        scene.end();
    });
}

#[test]
fn a_wait_that_begins_during_the_clone_of_the_first_waker_comes_first() {
    watched(|| {
        let scene = Arc::new(Locked::new());
        let earlier = Arc::new(Mutex::new(None));
        let (hostile, inside, slot) = (Hostile::new(), Arc::clone(&scene), Arc::clone(&earlier));
        hostile.on(Call::Clone, move || {
            *slot.lock().unwrap() = Some(Polled::waiting(inside.start()));
        });
        let mut waiter = Polled::new(scene.start());
        assert!(waiter.poll_with(hostile.waker()).is_pending());
        hostile.disarm();
        scene.release(1);
        assert_eq!(hostile.calls(Call::Wake), 0);
        let mut earlier = earlier.lock().unwrap().take().unwrap();
        drop(earlier.assert_ready());
        assert_eq!(hostile.calls(Call::Wake), 1);
        drop(waiter.assert_ready());
        scene.end();
    });
}

#[test]
fn an_overtaken_newcomer_waits_behind_the_one_that_its_clone_let_in() {
    watched(|| {
        let scene = Arc::new(Locked::new());
        let other = Arc::new(Mutex::new(None));
        let (hostile, inside, slot) = (Hostile::new(), Arc::clone(&scene), Arc::clone(&other));
        hostile.on(Call::Clone, move || {
            inside.release(1);
            *slot.lock().unwrap() = Arc::clone(&inside.lock).try_lock_owned();
        });
        let mut waiter = Polled::new(scene.start());
        assert!(waiter.poll_with(hostile.waker()).is_pending());
        hostile.disarm();
        let other = other.lock().unwrap().take();
        assert!(other.is_some());
        drop(other);
        assert_eq!(hostile.calls(Call::Wake), 1);
        drop(waiter.assert_ready());
        scene.end();
    });
}
