#![forbid(unsafe_code)]
//! The arrivals at a barrier.
//!
//! # State
//!
//! All is under one mutex: the wait list, the number of arrivals of the current
//! generation, and whether the barrier is broken. A node's mark is 0 while its
//! generation is not complete; then it is the outcome, latched: `BROKEN`, or the
//! index and `FIRST`.
//!
//! # Protocol
//!
//! 1. Arrive: broken, answer so. The last party: give an outcome to each node of
//!    this generation in one pass, begin the next, and be the leader. Else join the
//!    tail.
//! 2. Nodes with an outcome stand at the head of the list. They are granted in
//!    batches: unlock, wake, lock again, and look at the head anew.
//! 3. A node with an outcome may be polled or dropped before it is granted: it
//!    takes itself out. Dropped without an outcome, it takes its arrival back.
//! 4. `reset` and `abort` are the same pass with `BROKEN`.
//!
//! # Why no wakeup is lost
//!
//! Whoever gives the outcomes grants them; an arrival that joins meanwhile stands
//! behind them and belongs to the next generation.

use std::fmt;

use super::{Barrier, BarrierWaitResult, BrokenBarrier};
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// What becomes of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival(usize);

impl Arrival {
    /// Its generation is not complete.
    const WAITING: Self = Self(usize::MAX);
    /// Its generation was broken.
    const BROKEN: Self = Self(usize::MAX - 1);

    /// Its generation is complete, and it has this index. There are never so many waiters
    /// that an index is one of the constants, because each takes memory.
    fn released(index: usize) -> Self {
        Self(index)
    }
}

/// What the mutex guards.
pub(crate) struct Arrivals {
    waiting: WaitList<Arrival>,
    /// Nodes in the list that have no outcome.
    count: usize,
    broken: bool,
}

impl Arrivals {
    /// Ends the generation: each waiting node gets what `outcome` answers.
    fn end(&mut self, mut outcome: impl FnMut() -> Arrival) {
        self.count = 0;
        self.waiting.for_each(|arrival| {
            if *arrival == Arrival::WAITING {
                *arrival = outcome();
            }
        });
    }

    /// Grants the nodes that have an outcome. Answers `true` if it stopped for want
    /// of room in the batch.
    fn release(&mut self, batch: &mut WakeBatch) -> bool {
        loop {
            match self.waiting.front_data() {
                None | Some(Arrival::WAITING) => return false,
                Some(_) if batch.is_full() => return true,
                Some(_) => batch.push(self.waiting.grant_front().flatten()),
            }
        }
    }
}

/// See the [module](self).
pub(super) struct RawBarrier(Mutex<Arrivals>);

impl RawBarrier {
    const_unless_loom! {
        pub(super) const fn new() -> Self {
            Self(Mutex::new(Arrivals {
                waiting: WaitList::new(),
                count: 0,
                broken: false,
            }))
        }
    }

    pub(super) fn arrived(&self) -> usize {
        self.0.lock().count
    }

    pub(super) fn is_broken(&self) -> bool {
        self.0.lock().broken
    }

    /// Breaks the generation off, and leaves the barrier broken or not.
    pub(super) fn end(&self, broken: bool) {
        let mut arrivals = self.0.lock();
        arrivals.broken = broken;
        arrivals.end(|| Arrival::BROKEN);
        serve(&self.0, arrivals, None, Arrivals::release);
    }

    /// The state, for `Debug`.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let arrivals = self.0.lock();
        let (count, broken) = (arrivals.count, arrivals.broken);
        let linked = arrivals.waiting.len();
        drop(arrivals);
        fields
            .field("waiting", &count)
            .field("broken", &broken)
            .field("released_not_woken", &(linked - count));
    }
}

/// The operation of arriving and waiting for the others.
pub(crate) struct Arrive;

impl Operation for Arrive {
    type Primitive = Barrier;
    type Shared = Arrivals;
    type WaiterData = Arrival;
    type Output = Result<BarrierWaitResult, BrokenBarrier>;

    const RELEASES_EARLY: bool = true;

    // All but the last arrival wait: there is nothing to try without the mutex.

    fn mutex(barrier: &Barrier) -> &Mutex<Arrivals> {
        &barrier.raw.0
    }

    fn waiters(arrivals: &mut Arrivals) -> &mut WaitList<Arrival> {
        &mut arrivals.waiting
    }

    fn try_locked(
        &mut self,
        barrier: &Barrier,
        arrivals: &mut Arrivals,
    ) -> Attempt<Self::Output, Arrival> {
        if arrivals.broken {
            return Attempt::Ready(Err(BrokenBarrier));
        }
        if arrivals.count + 1 < barrier.parties {
            arrivals.count += 1;
            return Attempt::Wait(Arrival::WAITING);
        }
        let mut next = 0;
        arrivals.end(|| {
            let index = next;
            next += 1;
            Arrival::released(index)
        });
        Attempt::Ready(Ok(BarrierWaitResult {
            index: barrier.parties - 1,
            leader: true,
        }))
    }

    fn settle(_barrier: &Barrier, arrivals: &mut Arrivals, batch: &mut WakeBatch) -> bool {
        arrivals.release(batch)
    }

    fn take_grant(&mut self, _barrier: &Barrier, arrival: Arrival) -> Self::Output {
        match arrival {
            Arrival::BROKEN => Err(BrokenBarrier),
            Arrival(index) => Ok(BarrierWaitResult {
                index,
                leader: false,
            }),
        }
    }

    /// The others are released already: nothing to hand on.
    fn return_grant(&mut self, _barrier: &Barrier, _arrival: Arrival) {}

    fn is_released(_arrivals: &Arrivals, arrival: Arrival) -> bool {
        arrival != Arrival::WAITING
    }

    fn withdraw(arrivals: &mut Arrivals) {
        arrivals.count -= 1;
    }
}
