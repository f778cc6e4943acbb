//! Lock: its holder, its waiters, their wakes, and the wakers that are kept.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::ops::DerefMut;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aiosync::Lock;
use futures_util::FutureExt;

use super::arguments::{NAMES, Name};
use super::program::Subject;
use super::waiters::Waiters;

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
#[display("let lock = Arc::new(Lock::new(0))")]
pub(crate) struct NewLock;

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[display("let {_0} = lock.lock()")]
    Lock(Name),
    #[display("let {_0} = lock.clone().lock_owned()")]
    LockOwned(Name),
    #[display("let {_0} = lock.with(|value| *value += 1)")]
    With(Name),
    #[proptest(weight = 3)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[display("drop({_0})")]
    Drop(Name),
    #[proptest(weight = 2)]
    #[display("drop(guard)")]
    Unlock,
    #[display("guard = lock.try_lock()")]
    TryLock,
    #[display("guard = lock.clone().try_lock_owned()")]
    TryLockOwned,
    #[display("guard = lock.lock_blocking_timeout(ZERO)")]
    LockBlockingTimeout,
}

type Guard<'a> = Box<dyn DerefMut<Target = u32> + 'a>;

/// Without a guard, if it was let go inside.
type Wait<'a> = Pin<Box<dyn Future<Output = Option<Guard<'a>>> + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Holder {
    Nobody,
    Guard,
    Granted(Name),
}

/// The expected state of the lock.
struct Model {
    holder: Holder,
    queue: VecDeque<Name>,
    value: u32,
    woken: Vec<Name>,
}

impl Model {
    fn unlock(&mut self) {
        self.holder = match self.queue.pop_front() {
            Some(next) => {
                self.woken.push(next);
                Holder::Granted(next)
            }
            None => Holder::Nobody,
        };
    }

    /// Returns whether the future has the lock. If not, it is in the wait queue.
    fn poll(&mut self, name: Name) -> bool {
        let ready = [Holder::Nobody, Holder::Granted(name)].contains(&self.holder);
        if !ready && !self.queue.contains(&name) {
            self.queue.push_back(name);
        }
        ready
    }
}

struct Simulation<'a> {
    lock: &'a Arc<Lock<u32>>,
    model: Model,
    waiters: Waiters<Wait<'a>>,
    guard: Option<Guard<'a>>,
    /// Whose future lets the lock go inside.
    closes: [bool; NAMES],
}

impl<'a> Simulation<'a> {
    fn new(lock: &'a Arc<Lock<u32>>) -> Self {
        Self {
            lock,
            model: Model {
                holder: Holder::Nobody,
                queue: VecDeque::new(),
                value: 0,
                woken: Vec::new(),
            },
            waiters: Waiters::new(),
            guard: None,
            closes: [false; NAMES],
        }
    }

    fn start(&mut self, name: Name, wait: Wait<'a>, closes: bool) {
        if self.waiters.is_free(name) {
            self.waiters.start(name, wait);
            self.closes[name.0] = closes;
        }
    }

    fn polled(&mut self, name: Name, progress: Poll<Option<Guard<'a>>>) {
        assert_eq!(progress.is_ready(), self.model.poll(name), "is it ready?");
        match progress {
            Poll::Pending => {}
            Poll::Ready(Some(guard)) => self.hold(guard),
            Poll::Ready(None) => {
                self.model.value += 1;
                self.model.unlock();
            }
        }
    }

    fn hold(&mut self, mut guard: Guard<'a>) {
        assert_eq!(**guard, self.model.value);
        **guard += 1;
        self.model.value += 1;
        self.model.holder = Holder::Guard;
        assert!(self.guard.replace(guard).is_none(), "two hold it");
    }

    fn tried(&mut self, guard: Option<Guard<'a>>) {
        let free = self.model.holder == Holder::Nobody;
        assert_eq!(guard.is_some(), free, "is it had?");
        if let Some(guard) = guard {
            self.hold(guard);
        }
    }

    fn step(&mut self, operation: &Operation) {
        let lock = self.lock;
        match *operation {
            Operation::Lock(name) => {
                let wait = lock.lock().map(|guard| Some(Box::new(guard) as _));
                self.start(name, Box::pin(wait), false);
            }
            Operation::LockOwned(name) => {
                let wait = Arc::clone(lock).lock_owned();
                let wait = wait.map(|guard| Some(Box::new(guard) as _));
                self.start(name, Box::pin(wait), false);
            }
            Operation::With(name) => {
                let wait = lock.with(|value| *value += 1).map(|()| None);
                self.start(name, Box::pin(wait), true);
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
                self.model.queue.retain(|&other| other != name);
                if self.model.holder == Holder::Granted(name) {
                    self.model.unlock();
                }
            }
            Operation::Unlock if self.guard.is_some() => {
                self.guard = None;
                self.model.unlock();
            }
            Operation::TryLock => {
                let guard = lock.try_lock();
                self.tried(guard.map(|guard| Box::new(guard) as _));
            }
            Operation::TryLockOwned => {
                let guard = Arc::clone(lock).try_lock_owned();
                self.tried(guard.map(|guard| Box::new(guard) as _));
            }
            Operation::LockBlockingTimeout => {
                let guard = lock.lock_blocking_timeout(Duration::ZERO);
                self.tried(guard.map(|guard| Box::new(guard) as _));
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let model = &mut self.model;
        let locked = model.holder != Holder::Nobody;
        assert_eq!(self.lock.is_locked(), locked, "is_locked");
        assert_eq!(self.lock.waiters(), model.queue.len(), "waiters");
        let woken = mem::take(&mut model.woken);
        self.waiters
            .check(&woken, |name| model.queue.contains(&name));
    }

    /// The waiters that are left are served in the order of the queue.
    fn finish(&mut self) {
        self.step(&Operation::Unlock);
        self.check();
        while let Holder::Granted(name) = self.model.holder {
            for operation in [Operation::Poll(name), Operation::Unlock] {
                self.step(&operation);
                self.check();
            }
        }
        for name in self.waiters.names() {
            self.step(&Operation::Drop(name));
            self.check();
        }
    }
}

impl Subject for NewLock {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        let lock = Arc::new(Lock::new(0));
        let mut simulation = Simulation::new(&lock);
        for operation in steps {
            simulation.step(operation);
            simulation.check();
        }
        simulation.finish();
        drop(simulation);
        assert!(!lock.is_locked());
        assert_eq!(Arc::strong_count(&lock), 1, "an Arc is kept");
    }
}
