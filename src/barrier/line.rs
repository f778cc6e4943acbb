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
use crate::wait::list::{Outcome, WaitList};
use crate::wait::operation::{Attempt, Operation};

/// The outcome of those whose generation was broken off.
const BROKEN: Outcome = 1;
/// The outcome of the first arrival; the others follow.
const FIRST: Outcome = 2;

/// What the mutex guards.
pub(crate) struct Arrivals {
    waiting: WaitList,
    /// Nodes in the list that have no outcome.
    count: usize,
    broken: bool,
}

impl Arrivals {
    /// Ends the generation: each waiting node gets what `outcome` answers.
    fn end(&mut self, mut outcome: impl FnMut() -> Outcome) {
        self.count = 0;
        self.waiting.for_each(|mark| {
            if *mark == 0 {
                *mark = outcome() as usize;
            }
        });
    }

    /// Grants the nodes that have an outcome. Answers `true` if it stopped for want
    /// of room in the batch.
    fn release(&mut self, batch: &mut WakeBatch) -> bool {
        loop {
            match self.waiting.front_mark() {
                None | Some(0) => return false,
                Some(_) if batch.is_full() => return true,
                Some(mark) => batch.push(self.waiting.grant_front(mark as Outcome).flatten()),
            }
        }
    }
}

/// See the [module](self).
pub(super) struct Line(Mutex<Arrivals>);

impl Line {
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
        arrivals.end(|| BROKEN);
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
    type Output = Result<BarrierWaitResult, BrokenBarrier>;

    const RELEASES_AHEAD: bool = true;

    // All but the last arrival wait: there is nothing to try without the mutex.

    fn mutex(barrier: &Barrier) -> &Mutex<Arrivals> {
        &barrier.line.0
    }

    fn list(arrivals: &mut Arrivals) -> &mut WaitList {
        &mut arrivals.waiting
    }

    fn attempt(&mut self, barrier: &Barrier, arrivals: &mut Arrivals) -> Attempt<Self::Output> {
        if arrivals.broken {
            return Attempt::Ready(Err(BrokenBarrier));
        }
        if arrivals.count + 1 < barrier.parties {
            arrivals.count += 1;
            return Attempt::Wait { mark: 0 };
        }
        let mut next = FIRST;
        arrivals.end(|| {
            next += 1;
            next - 1
        });
        Attempt::Ready(Ok(BarrierWaitResult {
            index: barrier.parties - 1,
            leader: true,
        }))
    }

    fn settle(_barrier: &Barrier, arrivals: &mut Arrivals, batch: &mut WakeBatch) -> bool {
        arrivals.release(batch)
    }

    fn granted(&mut self, _barrier: &Barrier, outcome: Outcome) -> Self::Output {
        if outcome == BROKEN {
            return Err(BrokenBarrier);
        }
        Ok(BarrierWaitResult {
            index: (outcome - FIRST) as usize,
            leader: false,
        })
    }

    /// The others are released already: nothing to hand on.
    fn give_back(&mut self, _barrier: &Barrier, _outcome: Outcome) {}

    fn released(_arrivals: &Arrivals, mark: usize) -> Option<Outcome> {
        (mark != 0).then_some(mark as Outcome)
    }

    fn withdrawn(arrivals: &mut Arrivals) {
        arrivals.count -= 1;
    }
}
