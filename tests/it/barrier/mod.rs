//! Barrier: arrivals, releases, indices, and their order.
#![forbid(unsafe_code)]

mod arrivals;
#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod broken;
mod forgotten;
mod generations;
mod hostile;
mod panics;
mod release;
mod surface;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aiosync::{Barrier, BarrierWaitResult, BrokenBarrier};

use crate::common::Polled;

type Output = Result<BarrierWaitResult, BrokenBarrier>;

/// A wait of either kind.
type Wait<'a> = Pin<Box<dyn Future<Output = Output> + Send + 'a>>;

type Waiter<'a> = Polled<Wait<'a>>;

/// One of the two methods that return a future.
struct Way {
    name: &'static str,
    /// Creates the future, which is not polled.
    start: for<'a> fn(&'a Arc<Barrier>) -> Wait<'a>,
}

const WAYS: [Way; 2] = [
    Way {
        name: "wait",
        start: |barrier| Box::pin(barrier.wait()),
    },
    Way {
        name: "wait_owned",
        start: |barrier| Box::pin(Arc::clone(barrier).wait_owned()),
    },
];

impl Way {
    /// Returns a wait that is not polled.
    fn unpolled<'a>(&self, barrier: &'a Arc<Barrier>) -> Waiter<'a> {
        Polled::new((self.start)(barrier))
    }

    /// Returns a wait that has arrived.
    #[track_caller]
    fn arrive<'a>(&self, barrier: &'a Arc<Barrier>) -> Waiter<'a> {
        Polled::waiting((self.start)(barrier))
    }

    /// Returns `count` waits that have arrived.
    #[track_caller]
    fn arrive_all<'a>(&self, count: usize, barrier: &'a Arc<Barrier>) -> Vec<Waiter<'a>> {
        (0..count).map(|_| self.arrive(barrier)).collect()
    }

    /// Arrives last: the wait is ready at once, with the last index, and is the leader.
    #[track_caller]
    fn complete(&self, barrier: &Arc<Barrier>) {
        let mut leader = self.unpolled(barrier);
        let result = leader.assert_ready().expect("the barrier is whole");
        assert_eq!(
            (result.index(), result.is_leader()),
            (barrier.parties() - 1, true)
        );
        assert_eq!((leader.wakes(), leader.wakers_kept()), (0, 0));
    }
}

fn barrier(parties: usize) -> Arc<Barrier> {
    Arc::new(Barrier::new(parties))
}

/// Checks that the wait is released with this index, and is not the leader.
#[track_caller]
fn assert_index(waiter: &mut Waiter<'_>, index: usize) {
    let result = waiter.assert_ready().expect("the barrier is whole");
    assert_eq!((result.index(), result.is_leader()), (index, false));
}

#[track_caller]
fn assert_broken(waiter: &mut Waiter<'_>) {
    assert_eq!(waiter.assert_ready(), Err(BrokenBarrier));
}

/// Returns how often each wait was woken.
fn wakes(waiters: &[Waiter<'_>]) -> Vec<usize> {
    waiters.iter().map(Polled::wakes).collect()
}

/// Checks that nobody has arrived, and that a whole generation can.
#[track_caller]
fn assert_usable(barrier: &Arc<Barrier>) {
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
    assert_eq!(
        format!("{barrier:?}"),
        format!("{:?}", Barrier::new(barrier.parties()))
    );
    let mut waiters = WAYS[0].arrive_all(barrier.parties() - 1, barrier);
    assert_eq!(barrier.waiting(), barrier.parties() - 1);
    WAYS[0].complete(barrier);
    for (place, waiter) in waiters.iter_mut().enumerate() {
        assert_eq!((waiter.wakes(), waiter.wakers_kept()), (1, 0));
        assert_index(waiter, place);
    }
    assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
}
