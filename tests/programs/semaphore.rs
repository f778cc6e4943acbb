//! Semaphore: free permits, requests, wakes, kept wakers, and that free + held + granted − debt
//! is the total.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aiosync::{OwnedPermit, Permit, Semaphore};
use futures_util::FutureExt;

use super::arguments::{Below, NAMES, Name};
use super::program::Subject;
use super::waiters::Waiters;

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum NewSemaphore {
    #[display("let semaphore = Arc::new(Semaphore::new({_0}))")]
    New(Below<8>),
    #[display("let semaphore = Arc::new(Semaphore::bounded({_0}))")]
    Bounded(Below<8>),
}

/// `permits` is a vector of the held ones.
#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[proptest(weight = 2)]
    #[display("let {_0} = semaphore.acquire_many({_1})")]
    Acquire(Name, Below<5>),
    #[display("let {_0} = semaphore.clone().acquire_many_owned({_1})")]
    AcquireOwned(Name, Below<5>),
    #[proptest(weight = 6)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[proptest(weight = 2)]
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[proptest(weight = 2)]
    #[display("drop({_0})")]
    Drop(Name),
    #[proptest(weight = 4)]
    #[display("drop(permits.remove({_0}))")]
    DropPermit(Below<4>),
    #[display("permits.remove({_0}).forget()")]
    Forget(Below<4>),
    #[display("permits.push(permits[{_0}].split({_1}))")]
    Split(Below<4>, Below<5>),
    #[display("permits[{_0}].merge(permits.pop())")]
    Merge(Below<4>),
    #[proptest(weight = 2)]
    #[display("semaphore.release({_0})")]
    Release(Below<5>),
    #[display("semaphore.reduce({_0})")]
    Reduce(Below<5>),
    #[display("semaphore.drain({_0})")]
    Drain(Below<5>),
    #[display("permits.extend(semaphore.try_acquire_many({_0}))")]
    TryAcquire(Below<5>),
    #[display("permits.extend(semaphore.clone().try_acquire_many_owned({_0}))")]
    TryAcquireOwned(Below<5>),
    #[display("permits.extend(semaphore.acquire_blocking_timeout(ZERO))")]
    AcquireBlockingTimeout,
}

enum Held<'a> {
    Borrowed(Permit<'a>),
    Owned(OwnedPermit),
}

impl Held<'_> {
    fn permits(&self) -> usize {
        match self {
            Self::Borrowed(permit) => permit.permits(),
            Self::Owned(permit) => permit.permits(),
        }
    }

    fn forget(self) {
        match self {
            Self::Borrowed(permit) => permit.forget(),
            Self::Owned(permit) => permit.forget(),
        }
    }

    fn split(&mut self, count: usize) -> Option<Self> {
        match self {
            Self::Borrowed(permit) => permit.split(count).map(Self::Borrowed),
            Self::Owned(permit) => permit.split(count).map(Self::Owned),
        }
    }

    /// Gives the other one back if it is of the other kind.
    fn merge(&mut self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Borrowed(permit), Self::Borrowed(other)) => permit.merge(other),
            (Self::Owned(permit), Self::Owned(other)) => permit.merge(other),
            (_, other) => return Some(other),
        }
        None
    }
}

type Wait<'a> = Pin<Box<dyn Future<Output = Held<'a>> + 'a>>;

/// The model of the semaphore.
struct Model {
    free: usize,
    held: usize,
    debt: usize,
    /// The largest total.
    bound: usize,
    /// The number of permits that each future wants.
    asked: [usize; NAMES],
    line: VecDeque<Name>,
    granted: Vec<Name>,
    woken: Vec<Name>,
}

impl Model {
    fn total(&self) -> isize {
        let granted: usize = self.granted.iter().map(|name| self.asked[name.0]).sum();
        (self.free + self.held + granted) as isize - self.debt as isize
    }

    /// Returns whether a newcomer would get so many permits at once.
    fn has(&self, count: usize) -> bool {
        count == 0 || self.line.is_empty() && self.debt == 0 && count <= self.free
    }

    fn add(&mut self, count: usize) {
        self.free += count;
        let paid = self.debt.min(self.free);
        self.debt -= paid;
        self.free -= paid;
        while let Some(&name) = self.line.front() {
            let count = self.asked[name.0];
            if self.debt > 0 || count > self.free {
                break;
            }
            self.free -= count;
            self.line.pop_front();
            self.granted.push(name);
            self.woken.push(name);
        }
    }

    fn give_back(&mut self, count: usize) {
        self.held -= count;
        self.add(count);
    }

    /// Returns whether the wait has its permits now. If not, it is queued.
    fn poll(&mut self, name: Name) -> bool {
        let count = self.asked[name.0];
        let waits = self.line.contains(&name);
        let granted = self.granted.len();
        self.granted.retain(|&other| other != name);
        if self.granted.len() == granted {
            if waits || !self.has(count) {
                self.line.extend((!waits).then_some(name));
                return false;
            }
            self.free -= count;
        }
        self.held += count;
        true
    }

    fn drop(&mut self, name: Name) {
        self.line.retain(|&other| other != name);
        let granted = self.granted.len();
        self.granted.retain(|&other| other != name);
        let back = self.granted.len() < granted;
        self.add(if back { self.asked[name.0] } else { 0 });
    }
}

struct Simulation<'a> {
    semaphore: &'a Arc<Semaphore>,
    model: Model,
    waiters: Waiters<Wait<'a>>,
    permits: Vec<Held<'a>>,
}

impl<'a> Simulation<'a> {
    fn start(&mut self, name: Name, count: usize, wait: impl FnOnce() -> Wait<'a>) {
        // A request above the bound panics.
        if self.waiters.is_free(name) && count <= self.model.bound {
            self.waiters.start(name, wait());
            self.model.asked[name.0] = count;
        }
    }

    fn polled(&mut self, name: Name, progress: Poll<Held<'a>>) {
        assert_eq!(progress.is_ready(), self.model.poll(name), "is it ready?");
        if let Poll::Ready(permit) = progress {
            assert_eq!(permit.permits(), self.model.asked[name.0]);
            self.permits.push(permit);
        }
    }

    fn tried(&mut self, count: usize, permit: Option<Held<'a>>) {
        assert_eq!(permit.is_some(), self.model.has(count), "is it had?");
        if let Some(permit) = permit {
            assert_eq!(permit.permits(), count);
            self.model.free -= count;
            self.model.held += count;
            self.permits.push(permit);
        }
    }

    fn step(&mut self, operation: &Operation) {
        let (semaphore, model) = (self.semaphore, &mut self.model);
        match *operation {
            Operation::Acquire(name, Below(count)) => self.start(name, count, || {
                Box::pin(semaphore.acquire_many(count).map(Held::Borrowed))
            }),
            Operation::AcquireOwned(name, Below(count)) => self.start(name, count, || {
                let wait = Arc::clone(semaphore).acquire_many_owned(count);
                Box::pin(wait.map(Held::Owned))
            }),
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
                model.drop(name);
            }
            Operation::DropPermit(Below(index)) if index < self.permits.len() => {
                let permit = self.permits.remove(index);
                let count = permit.permits();
                drop(permit);
                model.give_back(count);
            }
            Operation::Forget(Below(index)) if index < self.permits.len() => {
                let permit = self.permits.remove(index);
                model.held -= permit.permits();
                permit.forget();
            }
            Operation::Split(Below(index), Below(count)) if index < self.permits.len() => {
                let permit = &mut self.permits[index];
                let part = permit.split(count);
                assert_eq!(part.is_some(), part_fits(permit, &part, count));
                self.permits.extend(part);
            }
            Operation::Merge(Below(index)) if index + 1 < self.permits.len() => {
                let other = self.permits.pop().expect("there are two");
                let other = self.permits[index].merge(other);
                self.permits.extend(other);
            }
            Operation::Release(Below(count)) => {
                let fits = model.total() + count as isize <= model.bound as isize;
                assert_eq!(semaphore.release(count).is_ok(), fits, "is it released?");
                model.add(if fits { count } else { 0 });
            }
            Operation::Reduce(Below(count)) => {
                semaphore.reduce(count);
                model.debt += count;
                model.add(0);
            }
            Operation::Drain(Below(count)) => {
                let nobody_first = model.line.is_empty() && model.debt == 0;
                let drained = if nobody_first {
                    count.min(model.free)
                } else {
                    0
                };
                assert_eq!(semaphore.drain(count), drained, "how many are drained");
                model.free -= drained;
            }
            Operation::TryAcquire(Below(count)) => {
                let permit = semaphore.try_acquire_many(count).map(Held::Borrowed);
                self.tried(count, permit);
            }
            Operation::TryAcquireOwned(Below(count)) => {
                let permit = Arc::clone(semaphore).try_acquire_many_owned(count);
                self.tried(count, permit.map(Held::Owned));
            }
            Operation::AcquireBlockingTimeout if model.bound > 0 => {
                let permit = semaphore.acquire_blocking_timeout(Duration::ZERO);
                self.tried(1, permit.map(Held::Borrowed));
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let model = &mut self.model;
        assert_eq!(self.semaphore.available_permits(), model.free, "free");
        let total = usize::try_from(model.total()).unwrap_or(0);
        assert_eq!(self.semaphore.total_permits(), total, "total");
        assert_eq!(self.semaphore.waiters(), model.line.len(), "waiters");
        let held: usize = self.permits.iter().map(Held::permits).sum();
        assert_eq!(held, model.held, "held");
        let woken = mem::take(&mut model.woken);
        self.waiters
            .check(&woken, |name| model.line.contains(&name));
    }

    /// All waits are dropped, and all permits are given back.
    fn finish(&mut self) {
        for name in self.waiters.names() {
            self.step(&Operation::Drop(name));
            self.check();
        }
        while !self.permits.is_empty() {
            self.step(&Operation::DropPermit(Below(0)));
            self.check();
        }
    }
}

/// Checks the part of a split. Returns `false` if there should be one.
fn part_fits(rest: &Held<'_>, part: &Option<Held<'_>>, count: usize) -> bool {
    match part {
        Some(part) => {
            assert_eq!(part.permits(), count);
            true
        }
        None => count <= rest.permits(),
    }
}

impl Subject for NewSemaphore {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        let (semaphore, free, bound) = match *self {
            Self::New(Below(count)) => (Semaphore::new(count), count, Semaphore::MAX_PERMITS),
            Self::Bounded(Below(count)) => (Semaphore::bounded(count), count, count),
        };
        let semaphore = Arc::new(semaphore);
        let mut simulation = Simulation {
            semaphore: &semaphore,
            model: Model {
                free,
                held: 0,
                debt: 0,
                bound,
                asked: [0; NAMES],
                line: VecDeque::new(),
                granted: Vec::new(),
                woken: Vec::new(),
            },
            waiters: Waiters::new(),
            permits: Vec::new(),
        };
        for operation in steps {
            simulation.step(operation);
            simulation.check();
        }
        simulation.finish();
        drop(simulation);
        assert_eq!(Arc::strong_count(&semaphore), 1, "an Arc is kept");
    }
}
