//! Wakers that call back: no user code runs under the internal mutex. Each operation of a waker
//! may call every method, arrive, poll and drop other waits. With the mutex held each of these
//! would deadlock, and the watchdog would fail the test.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aiosync::futures::BarrierWaitOwned;
use aiosync::{Barrier, BrokenBarrier};

use super::{WAYS, assert_usable, barrier};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{Call, Hostile, Polled, watched};

const PARTIES: usize = 12;

type Member = Polled<BarrierWaitOwned>;

/// Calls every method that does not change the other waits. Arrives, polls with another waker,
/// and leaves.
fn touch(barrier: &Arc<Barrier>, bystanders: &Mutex<Vec<Member>>) {
    let _seen = (barrier.parties(), barrier.waiting(), barrier.is_broken());
    let _shown = format!("{barrier:?}");
    if barrier.waiting() + 1 < PARTIES {
        let mut visitor = Polled::new(Arc::clone(barrier).wait_owned());
        if visitor.poll().is_pending() {
            drop(visitor.renew_waker());
            let _again = visitor.poll();
        }
        drop(visitor);
        let _result = barrier.wait_blocking_timeout(Duration::ZERO);
    }
    let bystander = bystanders.lock().unwrap().pop();
    if let Some(mut bystander) = bystander {
        drop(bystander.renew_waker());
        let _progress = bystander.poll();
    }
}

/// A barrier, waits for a waker to poll and drop, and a waker that uses both.
struct Scene {
    barrier: Arc<Barrier>,
    bystanders: Arc<Mutex<Vec<Member>>>,
}

impl Scene {
    fn new() -> Self {
        Self {
            barrier: barrier(PARTIES),
            bystanders: Arc::default(),
        }
    }

    fn start(&self) -> Member {
        Polled::new(Arc::clone(&self.barrier).wait_owned())
    }

    fn add_bystanders(&self) {
        for _ in 0..3 {
            let mut bystander = self.start();
            bystander.assert_pending();
            self.bystanders.lock().unwrap().push(bystander);
        }
    }

    fn hostile(&self, calls: &[Call]) -> Hostile {
        let hostile = Hostile::new();
        for &call in calls {
            let (barrier, bystanders) = (Arc::clone(&self.barrier), Arc::clone(&self.bystanders));
            hostile.on(call, move || touch(&barrier, &bystanders));
        }
        hostile
    }

    /// Lets the missing parties arrive.
    fn complete(&self) {
        let mut arrived = Vec::new();
        while self.barrier.waiting() + 1 < PARTIES {
            arrived.push(WAYS[0].arrive(&self.barrier));
        }
        WAYS[0].complete(&self.barrier);
        for waiter in &mut arrived {
            assert!(waiter.assert_ready().is_ok());
        }
    }
}

/// Runs `act` for each operation of a waker alone, and for all of them at once.
fn each_operation(act: impl Fn(&Scene, &[Call]) + Send + 'static) {
    watched(move || {
        let all: &[Call] = &Call::ALL;
        for calls in all.chunks(1).chain([all]) {
            println!("{calls:?}");
            let scene = Scene::new();
            act(&scene, calls);
            let bystanders = std::mem::take(&mut *scene.bystanders.lock().unwrap());
            drop(bystanders);
            assert_usable(&scene.barrier);
            assert_eq!(Arc::strong_count(&scene.barrier), 1);
        }
    });
}

#[test]
fn a_waker_may_call_back_in_each_poll() {
    each_operation(|scene, calls| {
        let (old, new) = (scene.hostile(calls), scene.hostile(calls));
        scene.add_bystanders();
        let mut wait = scene.start();
        assert!(wait.poll_with(old.waker()).is_pending());
        assert_eq!((old.calls(Call::Clone), old.kept()), (1, 1));
        assert!(wait.poll_with(new.waker()).is_pending());
        assert_eq!((old.calls(Call::Drop), old.kept(), new.kept()), (1, 0, 1));
        drop(wait);
        assert_eq!((new.calls(Call::Drop), new.kept()), (1, 0));
    });
}

#[test]
fn a_waker_may_call_back_when_its_generation_is_complete() {
    each_operation(|scene, calls| {
        let hostiles = [(); 4].map(|()| scene.hostile(calls));
        let mut waits = hostiles.each_ref().map(|hostile| {
            let mut wait = scene.start();
            assert!(wait.poll_with(hostile.waker()).is_pending());
            wait
        });
        scene.add_bystanders();
        scene.complete();
        for (place, (wait, hostile)) in waits.iter_mut().zip(&hostiles).enumerate() {
            assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
            assert_eq!(wait.assert_ready().map(|result| result.index()), Ok(place));
        }
    });
}

#[test]
fn a_waker_may_call_back_when_it_arrives_last_and_is_not_needed() {
    each_operation(|scene, calls| {
        let hostile = scene.hostile(calls);
        let waiters = WAYS[0].arrive_all(PARTIES - 1, &scene.barrier);
        let mut last = scene.start();
        let result = last.poll_with(hostile.waker());
        assert!(result.is_ready());
        assert_eq!((hostile.calls(Call::Clone), hostile.kept()), (1, 0));
        drop(waiters);
    });
}

#[test]
fn a_waker_may_call_back_when_the_barrier_is_reset_or_aborted() {
    for break_off in [Barrier::reset, Barrier::abort] {
        each_operation(move |scene, calls| {
            let hostiles = [(); 4].map(|()| scene.hostile(calls));
            let mut waits = hostiles.each_ref().map(|hostile| {
                let mut wait = scene.start();
                assert!(wait.poll_with(hostile.waker()).is_pending());
                wait
            });
            scene.add_bystanders();
            break_off(&scene.barrier);
            for (wait, hostile) in waits.iter_mut().zip(&hostiles) {
                assert_eq!((hostile.calls(Call::Wake), hostile.kept()), (1, 0));
                assert_eq!(wait.assert_ready(), Err(BrokenBarrier));
            }
            scene.barrier.reset();
        });
    }
}

#[test]
fn a_waker_may_reset_or_abort_in_each_operation() {
    watched(|| {
        for break_off in [Barrier::reset, Barrier::abort] {
            for call in Call::ALL {
                let barrier = barrier(4);
                let hostile = Hostile::new();
                let inner = Arc::clone(&barrier);
                hostile.on(call, move || break_off(&inner));
                let mut others = WAYS[0].arrive_all(2, &barrier);
                let mut wait = Polled::new(Arc::clone(&barrier).wait_owned());
                let first = wait.poll_with(hostile.waker());
                if first.is_pending() {
                    let _progress = wait.poll();
                }
                barrier.abort();
                // In each case, nobody waits and no waker is left.
                for waiter in &mut others {
                    assert_eq!(waiter.assert_ready(), Err(BrokenBarrier));
                    assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
                }
                drop(wait);
                assert_eq!(hostile.kept(), 0);
                drop(hostile);
                barrier.reset();
                assert_usable(&barrier);
            }
        }
    });
}

#[test]
fn an_arrival_counts_where_it_is_registered_not_where_its_waker_is_cloned() {
    watched(|| {
        let barrier = barrier(3);
        let hostile = Hostile::new();
        let (inner, ahead) = (Arc::clone(&barrier), Arc::new(Mutex::new(None)));
        let arriving = Arc::clone(&ahead);
        hostile.on(Call::Clone, move || {
            let first = Polled::waiting(Arc::clone(&inner).wait_owned());
            *arriving.lock().unwrap() = Some(first);
        });
        let mut wait = Polled::new(Arc::clone(&barrier).wait_owned());
        assert!(wait.poll_with(hostile.waker()).is_pending());
        assert_eq!(barrier.waiting(), 2);
        WAYS[0].complete(&barrier);
        let mut ahead = ahead.lock().unwrap().take().unwrap();
        assert_eq!(ahead.assert_ready().map(|result| result.index()), Ok(0));
        assert_eq!(wait.assert_ready().map(|result| result.index()), Ok(1));
    });
}

#[test]
fn a_generation_that_completes_while_a_waker_is_cloned_is_seen_in_the_same_poll() {
    watched(|| {
        for broken in [false, true] {
            let barrier = barrier(2);
            let mut wait = Polled::waiting(Arc::clone(&barrier).wait_owned());
            let hostile = Hostile::new();
            let inner = Arc::clone(&barrier);
            hostile.on(Call::Clone, move || match broken {
                true => inner.reset(),
                false => WAYS[0].complete(&inner),
            });
            let result = wait.poll_with(hostile.waker());
            assert!(result.is_ready(), "the first clone was too late to matter");
            assert_eq!(
                (hostile.kept(), wait.wakes(), wait.wakers_kept()),
                (0, 1, 0)
            );
            drop((wait, hostile));
            assert_usable(&barrier);
        }
    });
}
