//! Condition: which waiter is notified, woken, and gets the lock, and when.
#![forbid(unsafe_code)]

#[cfg(not(miri))] // It starts a process.
#[cfg(feature = "std")] // Two panics.
mod aborts;
#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod cancel;
mod crowd;
mod forgotten;
mod hostile;
mod last_reference;
mod notify;
mod one_lock;
mod panics;
mod passed_on;
mod predicates;
mod renewal;
mod requeue;
mod scene;
mod surface;
mod timing;

use std::future::Future;
use std::mem;
use std::ops::DerefMut;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use aiosync::{Condition, Lock};

use crate::common::{CountingWaker, Polled};

/// A guard of either kind.
type Held<'a> = Box<dyn DerefMut<Target = u32> + Send + 'a>;

/// A wait of any kind.
type Wait<'a> = Pin<Box<dyn Future<Output = Held<'a>> + Send + 'a>>;

type Waiter<'a> = Polled<Wait<'a>>;

/// One of the six methods that wait. Their tests let the first wait begin, and end it at the
/// first notification.
struct Way {
    name: &'static str,
    /// Creates the future with a guard of the lock, which is free.
    start: for<'a> fn(&'a Condition, &'a Arc<Lock<u32>>) -> Wait<'a>,
}

impl Way {
    /// Begins a wait, and polls it once.
    #[track_caller]
    fn wait<'a>(&self, condition: &'a Condition, lock: &'a Arc<Lock<u32>>) -> Waiter<'a> {
        Polled::waiting((self.start)(condition, lock))
    }
}

const WAYS: [Way; 6] = [
    Way {
        name: "wait",
        start: |condition, lock| {
            let wait = condition.wait(lock.try_lock().unwrap());
            Box::pin(async move { Box::new(wait.await) as Held<'_> })
        },
    },
    Way {
        name: "wait_owned",
        start: |condition, lock| {
            let wait = condition.wait_owned(Arc::clone(lock).try_lock_owned().unwrap());
            Box::pin(async move { Box::new(wait.await) as Held<'_> })
        },
    },
    Way {
        name: "wait_while",
        start: |condition, lock| {
            let mut wanting = true;
            let test = move |_: &mut u32| mem::take(&mut wanting);
            let wait = condition.wait_while(lock.try_lock().unwrap(), test);
            Box::pin(async move { Box::new(wait.await) as Held<'_> })
        },
    },
    Way {
        name: "wait_while_owned",
        start: |condition, lock| {
            let mut wanting = true;
            let test = move |_: &mut u32| mem::take(&mut wanting);
            let guard = Arc::clone(lock).try_lock_owned().unwrap();
            let wait = condition.wait_while_owned(guard, test);
            Box::pin(async move { Box::new(wait.await) as Held<'_> })
        },
    },
    Way {
        name: "wait_for",
        start: |condition, lock| {
            let mut wanting = true;
            let test = move |_: &mut u32| (!mem::take(&mut wanting)).then_some(());
            let wait = condition.wait_for(lock.try_lock().unwrap(), test);
            Box::pin(async move { Box::new(wait.await.0) as Held<'_> })
        },
    },
    Way {
        name: "wait_for_owned",
        start: |condition, lock| {
            let mut wanting = true;
            let test = move |_: &mut u32| (!mem::take(&mut wanting)).then_some(());
            let guard = Arc::clone(lock).try_lock_owned().unwrap();
            let wait = condition.wait_for_owned(guard, test);
            Box::pin(async move { Box::new(wait.await.0) as Held<'_> })
        },
    },
];

/// Begins a wait by `wait`, and polls it once.
#[track_caller]
fn wait<'a>(condition: &'a Condition, lock: &'a Arc<Lock<u32>>) -> Waiter<'a> {
    WAYS[0].wait(condition, lock)
}

/// Begins `count` waits, and polls each once, in order.
#[track_caller]
fn wait_all<'a>(
    count: usize,
    condition: &'a Condition,
    lock: &'a Arc<Lock<u32>>,
) -> Vec<Waiter<'a>> {
    (0..count).map(|_| wait(condition, lock)).collect()
}

/// Begins a wait that calls `on_wake` when it is woken, and polls it once.
#[track_caller]
fn wait_calling<'a>(
    condition: &'a Condition,
    lock: &'a Arc<Lock<u32>>,
    on_wake: impl Fn() + Send + Sync + 'static,
) -> Waiter<'a> {
    let wait = (WAYS[0].start)(condition, lock);
    Polled::waiting_with(wait, CountingWaker::calling(on_wake))
}

/// Returns the number of wakes of each waiter.
fn wakes(waiters: &[Waiter<'_>]) -> Vec<usize> {
    waiters.iter().map(Polled::wakes).collect()
}

/// Returns the places, from 0, of the waiters that were woken.
fn woken(waiters: &[Waiter<'_>]) -> Vec<usize> {
    (0..waiters.len())
        .filter(|&place| waiters[place].wakes() > 0)
        .collect()
}

/// Polls the waiters that were woken since their last poll, until there are none. `seen` has
/// the number of wakes of each at its last poll. Each guard is dropped.
fn poll_the_woken(waiters: &mut [Option<Waiter<'_>>], seen: &mut [usize]) {
    let is_woken = |waiter: &Option<Waiter<'_>>, seen: &usize| {
        waiter.as_ref().is_some_and(|waiter| waiter.wakes() > *seen)
    };
    while let Some(place) =
        (0..waiters.len()).find(|&place| is_woken(&waiters[place], &seen[place]))
    {
        let waiter = waiters[place].as_mut().expect("it is there");
        seen[place] = waiter.wakes();
        if let Poll::Ready(guard) = waiter.poll() {
            drop(guard);
            waiters[place] = None;
        }
    }
}

/// Asserts that there are no waiters in any list, and that the lock is free.
#[track_caller]
fn assert_idle(condition: &Condition, lock: &Lock<u32>) {
    assert_eq!(condition.waiters(), 0, "there are waiters");
    assert_eq!(condition.notify_all(), 0);
    assert_eq!(format!("{condition:?}"), format!("{:?}", Condition::new()));
    assert_eq!(lock.waiters(), 0, "the wait queue is not empty");
    assert!(!lock.is_locked(), "the lock is held");
    assert!(lock.try_lock().is_some());
}

/// Asserts that both are idle and usable.
#[track_caller]
fn assert_usable(condition: &Condition, lock: &Arc<Lock<u32>>) {
    assert_idle(condition, lock);
    let mut first = wait(condition, lock);
    let mut second = wait(condition, lock);
    assert!(condition.notify_one());
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    second.assert_pending();
    drop(first.assert_ready());
    assert_eq!(condition.notify_all(), 1);
    assert_eq!(second.wakes(), 1);
    drop(second.assert_ready());
    assert_idle(condition, lock);
}
