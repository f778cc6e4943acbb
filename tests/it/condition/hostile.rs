//! Wakers that call back. No user code runs under an internal mutex, so each operation of a
//! waker may use the condition and the lock, and may poll and drop other waits. Under an
//! internal mutex it would deadlock, and the watchdog would end the test.
#![forbid(unsafe_code)]

use std::sync::Arc;

use super::scene::{Scene, pending};
use crate::common::{Call, Hostile, Polled, watched};

/// A waker that touches the scene at each of `calls`.
fn hostile(scene: &Arc<Scene>, calls: &[Call]) -> Hostile {
    let hostile = Hostile::new();
    for &call in calls {
        let scene = Arc::clone(scene);
        hostile.on(call, move || scene.touch());
    }
    hostile
}

/// Runs `act` for each operation of a waker alone, and for all of them at once.
fn each_operation(act: impl Fn(&Arc<Scene>, &[Call]) + Send + 'static) {
    watched(move || {
        let all: &[Call] = &Call::ALL;
        for calls in all.chunks(1).chain([all]) {
            println!("{calls:?}");
            let scene = Scene::new();
            act(&scene, calls);
            scene.end();
        }
    });
}

#[test]
fn a_waker_may_call_back_in_each_poll_of_a_waiting_waiter() {
    each_operation(|scene, calls| {
        let (old, new) = (hostile(scene, calls), hostile(scene, calls));
        let mut wait = Polled::new(scene.start());
        scene.add_bystanders();
        pending(&mut wait, &old);
        assert_eq!((old.calls(Call::Clone), old.kept()), (1, 1));
        pending(&mut wait, &new);
        assert_eq!((old.kept(), old.calls(Call::Drop), new.kept()), (0, 1, 1));
        drop(wait);
        assert_eq!((new.kept(), new.calls(Call::Drop)), (0, 1));
    });
}

#[test]
fn a_waker_may_call_back_when_it_is_woken_by_a_notification() {
    each_operation(|scene, calls| {
        let (first, second) = (hostile(scene, calls), hostile(scene, calls));
        let mut waits = [Polled::new(scene.start()), Polled::new(scene.start())];
        pending(&mut waits[0], &first);
        pending(&mut waits[1], &second);
        scene.add_bystanders();
        assert_eq!(scene.condition.notify(2), 2);
        assert_eq!((first.calls(Call::Wake), second.calls(Call::Wake)), (1, 0));
        // It takes the free lock, and drops the clone of its waker.
        assert!(waits[0].poll_with(first.waker()).is_ready());
        assert_eq!(first.kept(), 0);
        assert_eq!((second.calls(Call::Wake), second.kept()), (1, 0));
        assert!(waits[1].poll_with(second.waker()).is_ready());
        assert_eq!(second.kept(), 0);
    });
}

#[test]
fn a_waker_may_call_back_in_each_poll_of_a_requeued_waiter() {
    each_operation(|scene, calls| {
        let wakers = [(); 4].map(|()| hostile(scene, calls));
        let mut wait = Polled::new(scene.start());
        pending(&mut wait, &wakers[0]);
        scene.add_bystanders();
        let guard = scene.lock.try_lock().unwrap();
        assert!(scene.condition.notify_one());
        // The first poll requeues it. The others find it in the wait queue.
        for (place, waker) in wakers.iter().enumerate() {
            pending(&mut wait, waker);
            assert_eq!(waker.kept(), 1);
            assert!(wakers[..place].iter().all(|older| older.kept() == 0));
        }
        drop(guard);
        assert_eq!((wakers[3].calls(Call::Wake), wakers[3].kept()), (1, 0));
        assert!(wait.poll_with(wakers[3].waker()).is_ready());
    });
}

#[test]
fn a_waker_may_call_back_when_its_wait_is_requeued() {
    each_operation(|scene, calls| {
        let (requeued, new) = (hostile(scene, calls), hostile(scene, calls));
        let mut poller = Polled::waiting(scene.start());
        let mut wait = Polled::new(scene.start());
        pending(&mut wait, &requeued);
        scene.add_bystanders();
        assert_eq!(scene.condition.notify_all(), 5);
        // Notified: its poll stores the new waker, and requeues all.
        pending(&mut wait, &new);
        assert_eq!(
            (requeued.kept(), requeued.calls(Call::Wake), new.kept()),
            (0, 0, 1)
        );
        drop(poller.assert_ready());
        assert_eq!((new.calls(Call::Wake), new.kept()), (1, 0));
        assert!(wait.poll_with(new.waker()).is_ready());
    });
}

#[test]
fn a_waker_may_call_back_when_its_wait_is_dropped() {
    each_operation(|scene, calls| {
        for requeued in [false, true] {
            let waker = hostile(scene, calls);
            let mut wait = Polled::new(scene.start());
            pending(&mut wait, &waker);
            scene.add_bystanders();
            let guard = scene.lock.try_lock().unwrap();
            if requeued {
                assert!(scene.condition.notify_one());
                pending(&mut wait, &waker);
            }
            let drops = waker.calls(Call::Drop);
            drop(wait);
            assert_eq!((waker.calls(Call::Drop), waker.kept()), (drops + 1, 0));
            drop(guard);
        }
    });
}

#[test]
fn a_waker_may_call_back_when_the_drop_of_another_waiter_wakes_it() {
    for notified in [1, 2] {
        each_operation(move |scene, calls| {
            // It becomes the first notified waiter, or inherits the notification.
            let next = hostile(scene, calls);
            let first = Polled::waiting(scene.start());
            let mut wait = Polled::new(scene.start());
            pending(&mut wait, &next);
            scene.add_bystanders();
            assert_eq!(scene.condition.notify(notified), notified);
            drop(first);
            assert_eq!((next.calls(Call::Wake), next.kept()), (1, 0));
            assert!(wait.poll_with(next.waker()).is_ready());
            assert_eq!(next.kept(), 0);
        });
    }
}
