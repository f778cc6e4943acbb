//! Barrier: arrivals, results, wakes, kept wakers.
#![forbid(unsafe_code)]

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aiosync::{Barrier, BarrierWaitResult, BrokenBarrier};

use super::arguments::{Below, NAMES, Name};
use super::program::Subject;
use super::waiters::Waiters;

#[derive(Debug, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) struct NewBarrier(Below<5>);

impl NewBarrier {
    fn parties(&self) -> usize {
        self.0.0 + 1
    }
}

impl std::fmt::Display for NewBarrier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parties = self.parties();
        write!(formatter, "let barrier = Arc::new(Barrier::new({parties}))")
    }
}

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[proptest(weight = 4)]
    #[display("let {_0} = barrier.wait()")]
    Wait(Name),
    #[proptest(weight = 4)]
    #[display("let {_0} = barrier.clone().wait_owned()")]
    WaitOwned(Name),
    #[proptest(weight = 12)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[proptest(weight = 3)]
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[proptest(weight = 3)]
    #[display("drop({_0})")]
    Drop(Name),
    #[display("barrier.reset()")]
    Reset,
    #[display("barrier.abort()")]
    Abort,
    #[display("barrier.wait_blocking_timeout(ZERO)")]
    WaitBlockingTimeout,
}

type Outcome = Result<BarrierWaitResult, BrokenBarrier>;

type Wait<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Unpolled,
    Arrived,
    /// With an index, or broken.
    Released(Result<usize, BrokenBarrier>),
}

/// The model of the barrier.
struct Model {
    parties: usize,
    standings: [Standing; NAMES],
    /// The waits that have arrived, in order.
    arrived: Vec<Name>,
    broken: bool,
    woken: Vec<Name>,
}

impl Model {
    /// All waits that have arrived are released and woken.
    fn release(&mut self, broken: bool) {
        for (index, name) in mem::take(&mut self.arrived).into_iter().enumerate() {
            let outcome = if broken {
                Err(BrokenBarrier)
            } else {
                Ok(index)
            };
            self.standings[name.0] = Standing::Released(outcome);
            self.woken.push(name);
        }
    }

    /// The result of an arrival that need not wait.
    fn arrive(&mut self) -> Option<Result<usize, BrokenBarrier>> {
        if self.broken {
            Some(Err(BrokenBarrier))
        } else if self.arrived.len() + 1 == self.parties {
            self.release(false);
            Some(Ok(self.parties - 1))
        } else {
            None
        }
    }

    fn poll(&mut self, name: Name) -> Option<Result<usize, BrokenBarrier>> {
        match self.standings[name.0] {
            Standing::Released(outcome) => Some(outcome),
            Standing::Arrived => None,
            Standing::Unpolled => {
                let outcome = self.arrive();
                if outcome.is_none() {
                    self.standings[name.0] = Standing::Arrived;
                    self.arrived.push(name);
                }
                outcome
            }
        }
    }
}

/// Returns the index and the role of a result.
fn facts(outcome: Option<Outcome>) -> Option<Result<(usize, bool), BrokenBarrier>> {
    outcome.map(|outcome| outcome.map(|result| (result.index(), result.is_leader())))
}

struct Simulation<'a> {
    barrier: &'a Arc<Barrier>,
    model: Model,
    waiters: Waiters<Wait<'a>>,
}

impl<'a> Simulation<'a> {
    fn start(&mut self, name: Name, wait: Wait<'a>) {
        if self.waiters.is_free(name) {
            self.waiters.start(name, wait);
            self.model.standings[name.0] = Standing::Unpolled;
        }
    }

    fn assert_outcome(
        &self,
        outcome: Option<Outcome>,
        expected: Option<Result<usize, BrokenBarrier>>,
    ) {
        let last = self.model.parties - 1;
        let expected = expected.map(|outcome| outcome.map(|index| (index, index == last)));
        assert_eq!(facts(outcome), expected, "its index, and does it lead?");
    }

    fn polled(&mut self, name: Name, progress: Poll<Outcome>) {
        let expected = self.model.poll(name);
        let outcome = match progress {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        };
        self.assert_outcome(outcome, expected);
    }

    fn step(&mut self, operation: &Operation) {
        let barrier = self.barrier;
        match *operation {
            Operation::Wait(name) => self.start(name, Box::pin(barrier.wait())),
            Operation::WaitOwned(name) => {
                self.start(name, Box::pin(Arc::clone(barrier).wait_owned()));
            }
            Operation::Poll(name) if !self.waiters.is_free(name) => {
                let progress = self.waiters.poll(name);
                self.polled(name, progress);
            }
            Operation::PollAnew(name) if !self.waiters.is_free(name) => {
                let progress = self.waiters.poll_anew(name);
                self.polled(name, progress);
            }
            Operation::Drop(name) if !self.waiters.is_free(name) => {
                self.waiters.drop(name);
                self.model.arrived.retain(|&other| other != name);
            }
            Operation::Reset => {
                barrier.reset();
                self.model.broken = false;
                self.model.release(true);
            }
            Operation::Abort => {
                barrier.abort();
                self.model.broken = true;
                self.model.release(true);
            }
            Operation::WaitBlockingTimeout => {
                // It takes its arrival back, unless it is the last.
                let outcome = barrier.wait_blocking_timeout(Duration::ZERO);
                let expected = self.model.arrive();
                self.assert_outcome(outcome, expected);
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let model = &mut self.model;
        assert_eq!(self.barrier.waiting(), model.arrived.len(), "waiting");
        assert_eq!(self.barrier.is_broken(), model.broken, "is_broken");
        let woken = mem::take(&mut model.woken);
        let waits = |name: Name| model.arrived.contains(&name);
        self.waiters.check(&woken, waits);
    }
}

impl Subject for NewBarrier {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        let barrier = Arc::new(Barrier::new(self.parties()));
        let mut simulation = Simulation {
            barrier: &barrier,
            model: Model {
                parties: self.parties(),
                standings: [Standing::Unpolled; NAMES],
                arrived: Vec::new(),
                broken: false,
                woken: Vec::new(),
            },
            waiters: Waiters::new(),
        };
        for operation in steps {
            simulation.step(operation);
            simulation.check();
        }
        for name in simulation.waiters.names() {
            simulation.step(&Operation::Drop(name));
            simulation.check();
        }
        drop(simulation);
        assert_eq!(Arc::strong_count(&barrier), 1, "an Arc is kept");
    }
}
