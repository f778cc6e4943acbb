#![forbid(unsafe_code)]
//! A barrier without a public face: the arrivals of each generation.
//!
//! # State
//!
//! One mutex guards the wait queue, the number of arrivals of the current generation, and
//! whether the barrier is broken. Each waiter has a [`Fate`], which is written once:
//!
//! | fate | the waiter |
//! |---|---|
//! | `WAITING` | belongs to the current generation, which is not complete |
//! | `BROKEN` | gets `BrokenBarrier`, whatever happens later |
//! | `complete` | gets its index, whatever happens later |
//!
//! A waiter whose fate is not `WAITING` is *released*. All released waiters are in front of
//! those of the current generation.
//!
//! # Protocol
//!
//! 1. Arrive: take the mutex. Return the error if the barrier is broken. The last party
//!    completes the generation: it writes the fate of each waiter of it, begins the next
//!    generation, and is the leader. Every other party links its node at the back.
//! 2. Grant the released waiters in batches: unlock, wake, lock again, and look at the front
//!    again. No node is remembered while the mutex is free.
//! 3. A released waiter that is polled or dropped before step 2 reaches it unlinks itself. A
//!    waiter that is dropped while it waits takes its arrival back.
//! 4. `reset` and `abort` write the fate `BROKEN`, and continue with step 2.
//!
//! # Why no wakeup is lost
//!
//! The thread that releases waiters also grants them. A party that arrives in between is
//! linked behind them and belongs to the next generation, so step 2 stops before it.
//!
//! # Cancellation
//!
//! See step 3. A released waiter that is dropped changes nothing: the others are released.
//!
//! # Fairness
//!
//! Waiters are woken, and get their indices, in the order of their arrival.

use core::fmt;

use super::{Barrier, BarrierWaitResult, BrokenBarrier};
use crate::diagnostics::Probe;
use crate::sync::{Mutex, const_unless_loom};
use crate::wait::batch::{WakeBatch, serve};
use crate::wait::list::WaitList;
use crate::wait::operation::{Attempt, Operation};

/// What has become of a waiter's arrival. As an enum it would make each future 8 bytes larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate(usize);

impl Fate {
    /// The generation is not complete.
    const WAITING: Self = Self(usize::MAX);
    /// The generation was broken.
    const BROKEN: Self = Self(usize::MAX - 1);

    /// The generation is complete, and the waiter gets this index. An index is smaller than
    /// the constants, because each waiter takes more than two bytes of memory.
    fn complete(index: usize) -> Self {
        Self(index)
    }
}

/// The data under the mutex.
pub(crate) struct Arrivals {
    waiters: WaitList<Fate>,
    /// The number of waiters of the current generation. The others in the list are released.
    count: usize,
    broken: bool,
}

impl Arrivals {
    /// Ends the generation: each of its waiters gets the next fate.
    fn end(&mut self, mut next_fate: impl FnMut() -> Fate) {
        self.count = 0;
        self.waiters.for_each(|fate| {
            if *fate == Fate::WAITING {
                *fate = next_fate();
            }
        });
    }

    /// Grants the released waiters. Returns `true` if the batch is full and some are left.
    fn grant_released(&mut self, batch: &mut WakeBatch) -> bool {
        loop {
            match self.waiters.front_data() {
                None | Some(Fate::WAITING) => return false,
                Some(_) if batch.is_full() => return true,
                Some(_) => batch.push(self.waiters.grant_front().flatten()),
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
                waiters: WaitList::new(),
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

    /// Breaks the generation, and leaves the barrier broken or usable.
    pub(super) fn end(&self, broken: bool) {
        let mut arrivals = self.0.lock();
        arrivals.broken = broken;
        arrivals.end(|| Fate::BROKEN);
        serve(&self.0, arrivals, None, Arrivals::grant_released);
    }

    /// Adds the state to a `Debug` line.
    pub(super) fn describe(&self, fields: &mut fmt::DebugStruct<'_, '_>) {
        let arrivals = self.0.lock();
        let (count, broken) = (arrivals.count, arrivals.broken);
        let linked = arrivals.waiters.len();
        drop(arrivals);
        fields
            .field("waiting", &count)
            .field("broken", &broken)
            .field("released_not_woken", &(linked - count));
    }
}

/// The operation of arriving at a barrier and waiting for the other parties.
pub(crate) struct Arrive;

impl Operation for Arrive {
    type Primitive = Barrier;
    type Shared = Arrivals;
    type WaiterData = Fate;
    type Output = Result<BarrierWaitResult, BrokenBarrier>;

    const NAME: &'static str = "wait";
    const RELEASES_EARLY: bool = true;

    fn probe(barrier: &Barrier) -> &Probe {
        &barrier.probe
    }

    // Every party but the last waits, so there is nothing to try without the mutex.

    fn mutex(barrier: &Barrier) -> &Mutex<Arrivals> {
        &barrier.raw.0
    }

    fn waiters(arrivals: &mut Arrivals) -> &mut WaitList<Fate> {
        &mut arrivals.waiters
    }

    fn try_locked(
        &mut self,
        barrier: &Barrier,
        arrivals: &mut Arrivals,
    ) -> Attempt<Self::Output, Fate> {
        if arrivals.broken {
            return Attempt::Ready(Err(BrokenBarrier));
        }
        if arrivals.count + 1 < barrier.parties {
            arrivals.count += 1;
            return Attempt::Wait(Fate::WAITING);
        }
        let mut next = 0;
        arrivals.end(|| {
            let index = next;
            next += 1;
            Fate::complete(index)
        });
        Attempt::Ready(Ok(BarrierWaitResult {
            index: barrier.parties - 1,
            leader: true,
        }))
    }

    fn settle(_barrier: &Barrier, arrivals: &mut Arrivals, batch: &mut WakeBatch) -> bool {
        arrivals.grant_released(batch)
    }

    fn take_grant(&mut self, _barrier: &Barrier, fate: Fate) -> Self::Output {
        match fate {
            Fate::BROKEN => Err(BrokenBarrier),
            Fate(index) => Ok(BarrierWaitResult {
                index,
                leader: false,
            }),
        }
    }

    /// There is nothing to hand on: the other waiters are released.
    fn return_grant(&mut self, _barrier: &Barrier, _fate: Fate) {}

    fn is_released(_arrivals: &Arrivals, fate: Fate) -> bool {
        fate != Fate::WAITING
    }

    fn withdraw(arrivals: &mut Arrivals) {
        arrivals.count -= 1;
    }
}
