//! Barrier: who arrived, who is released, with which index, and when.
#![forbid(unsafe_code)]

mod arrivals;
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

/// One of the two methods that wait.
struct Way {
    name: &'static str,
    /// Makes the future, which is not polled.
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
    /// Not polled.
    fn unpolled<'a>(&self, barrier: &'a Arc<Barrier>) -> Waiter<'a> {
        Polled::new((self.start)(barrier))
    }

    /// Arrived, and waiting.
    #[track_caller]
    fn arrive<'a>(&self, barrier: &'a Arc<Barrier>) -> Waiter<'a> {
        Polled::waiting((self.start)(barrier))
    }

    /// So many have arrived, and wait.
    #[track_caller]
    fn arrive_all<'a>(&self, count: usize, barrier: &'a Arc<Barrier>) -> Vec<Waiter<'a>> {
        (0..count).map(|_| self.arrive(barrier)).collect()
    }

    /// Arrives last: it does not wait, has the last index and is the leader.
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

/// It is released with this index, and is not the leader.
#[track_caller]
fn assert_index(waiter: &mut Waiter<'_>, index: usize) {
    let result = waiter.assert_ready().expect("the barrier is whole");
    assert_eq!((result.index(), result.is_leader()), (index, false));
}

#[track_caller]
fn assert_broken(waiter: &mut Waiter<'_>) {
    assert_eq!(waiter.assert_ready(), Err(BrokenBarrier));
}

/// How often each was woken.
fn wakes(waiters: &[Waiter<'_>]) -> Vec<usize> {
    waiters.iter().map(Polled::wakes).collect()
}

/// Nobody has arrived, and a whole generation can.
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
