//! RwLock: its holders, its waiters, their wakes, the grants not taken, and the wakers that are
//! kept.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aiosync::{OwnedRwLockWriteGuard, RwLock, RwLockWriteGuard};
use futures_util::FutureExt;

use super::arguments::{Below, NAMES, Name};
use super::program::Subject;
use super::waiters::Waiters;

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
#[display("let lock = Arc::new(RwLock::new(0))")]
pub(crate) struct NewRwLock;

/// `readers` is a vector of read guards, and `writer` is the write guard.
#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[proptest(weight = 2)]
    #[display("let {_0} = lock.read()")]
    Read(Name),
    #[display("let {_0} = lock.clone().read_owned()")]
    ReadOwned(Name),
    #[display("let {_0} = lock.write()")]
    Write(Name),
    #[display("let {_0} = lock.clone().write_owned()")]
    WriteOwned(Name),
    #[proptest(weight = 6)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[proptest(weight = 2)]
    #[display("drop({_0})")]
    Drop(Name),
    #[proptest(weight = 3)]
    #[display("drop(readers.remove({_0}))")]
    DropReader(Below<4>),
    #[proptest(weight = 2)]
    #[display("drop(writer)")]
    DropWriter,
    #[proptest(weight = 2)]
    #[display("readers.push(downgrade(writer))")]
    Downgrade,
    #[display("readers.extend(lock.try_read())")]
    TryRead,
    #[display("readers.extend(lock.clone().try_read_owned())")]
    TryReadOwned,
    #[display("writer = lock.try_write()")]
    TryWrite,
    #[display("writer = lock.clone().try_write_owned()")]
    TryWriteOwned,
    #[display("readers.extend(lock.read_blocking_timeout(ZERO))")]
    ReadBlockingTimeout,
    #[display("writer = lock.write_blocking_timeout(ZERO)")]
    WriteBlockingTimeout,
}

type Reader<'a> = Box<dyn Deref<Target = u32> + 'a>;

enum Writer<'a> {
    Borrowed(RwLockWriteGuard<'a, u32>),
    Owned(OwnedRwLockWriteGuard<u32>),
}

impl<'a> Writer<'a> {
    fn value(&mut self) -> &mut u32 {
        match self {
            Self::Borrowed(guard) => guard,
            Self::Owned(guard) => guard,
        }
    }

    fn downgrade(self) -> Reader<'a> {
        match self {
            Self::Borrowed(guard) => Box::new(RwLockWriteGuard::downgrade(guard)),
            Self::Owned(guard) => Box::new(OwnedRwLockWriteGuard::downgrade(guard)),
        }
    }
}

enum Guard<'a> {
    Reader(Reader<'a>),
    Writer(Writer<'a>),
}

type Wait<'a> = Pin<Box<dyn Future<Output = Guard<'a>> + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Read,
    Write,
}

/// The expected state of the lock.
struct Model {
    /// The holders, with and without a guard.
    readers: usize,
    writer: bool,
    granted: Vec<Name>,
    queue: VecDeque<(Name, Mode)>,
    value: u32,
    woken: Vec<Name>,
}

impl Model {
    fn permits(&self, mode: Mode) -> bool {
        !self.writer && (mode == Mode::Read || self.readers == 0)
    }

    fn hold(&mut self, mode: Mode) {
        match mode {
            Mode::Read => self.readers += 1,
            Mode::Write => self.writer = true,
        }
    }

    /// Acquires the lock if nobody waits.
    fn attempt(&mut self, mode: Mode) -> bool {
        let free = self.queue.is_empty() && self.permits(mode);
        if free {
            self.hold(mode);
        }
        free
    }

    fn serve(&mut self) {
        while let Some(&(name, mode)) = self.queue.front() {
            if !self.permits(mode) {
                return;
            }
            self.hold(mode);
            self.queue.pop_front();
            self.granted.push(name);
            self.woken.push(name);
        }
    }

    fn release(&mut self, mode: Mode) {
        match mode {
            Mode::Read => self.readers -= 1,
            Mode::Write => self.writer = false,
        }
        self.serve();
    }

    /// Removes a granted future. Returns whether it was one.
    fn take_grant(&mut self, name: Name) -> bool {
        let place = self.granted.iter().position(|&granted| granted == name);
        place.map(|place| self.granted.remove(place)).is_some()
    }

    /// Returns whether the future has the lock. If not, it is in the wait queue.
    fn poll(&mut self, name: Name, mode: Mode) -> bool {
        if self.take_grant(name) {
            return true;
        }
        if self.queue.contains(&(name, mode)) {
            return false;
        }
        let ready = self.attempt(mode);
        if !ready {
            self.queue.push_back((name, mode));
        }
        ready
    }
}

struct Simulation<'a> {
    lock: &'a Arc<RwLock<u32>>,
    model: Model,
    waiters: Waiters<Wait<'a>>,
    modes: [Mode; NAMES],
    readers: Vec<Reader<'a>>,
    writer: Option<Writer<'a>>,
}

impl<'a> Simulation<'a> {
    fn new(lock: &'a Arc<RwLock<u32>>) -> Self {
        Self {
            lock,
            model: Model {
                readers: 0,
                writer: false,
                granted: Vec::new(),
                queue: VecDeque::new(),
                value: 0,
                woken: Vec::new(),
            },
            waiters: Waiters::new(),
            modes: [Mode::Read; NAMES],
            readers: Vec::new(),
            writer: None,
        }
    }

    fn start(&mut self, name: Name, mode: Mode, wait: Wait<'a>) {
        if self.waiters.is_free(name) {
            self.waiters.start(name, wait);
            self.modes[name.0] = mode;
        }
    }

    fn polled(&mut self, name: Name, progress: Poll<Guard<'a>>) {
        let mode = self.modes[name.0];
        assert_eq!(
            progress.is_ready(),
            self.model.poll(name, mode),
            "is it ready?"
        );
        if let Poll::Ready(guard) = progress {
            self.hold(guard);
        }
    }

    fn hold(&mut self, guard: Guard<'a>) {
        match guard {
            Guard::Reader(guard) => {
                assert_eq!(**guard, self.model.value);
                self.readers.push(guard);
            }
            Guard::Writer(mut guard) => {
                assert_eq!(*guard.value(), self.model.value);
                *guard.value() += 1;
                self.model.value += 1;
                assert!(self.writer.replace(guard).is_none(), "two write");
            }
        }
    }

    fn tried(&mut self, mode: Mode, guard: Option<Guard<'a>>) {
        assert_eq!(guard.is_some(), self.model.attempt(mode), "is it had?");
        if let Some(guard) = guard {
            self.hold(guard);
        }
    }

    fn tried_read(&mut self, guard: Option<impl Deref<Target = u32> + 'a>) {
        let guard = guard.map(|guard| Guard::Reader(Box::new(guard)));
        self.tried(Mode::Read, guard);
    }

    fn tried_write(&mut self, guard: Option<Writer<'a>>) {
        self.tried(Mode::Write, guard.map(Guard::Writer));
    }

    fn step(&mut self, operation: &Operation) {
        let lock = self.lock;
        match *operation {
            Operation::Read(name) => {
                let wait = lock.read().map(|guard| Guard::Reader(Box::new(guard)));
                self.start(name, Mode::Read, Box::pin(wait));
            }
            Operation::ReadOwned(name) => {
                let wait = Arc::clone(lock).read_owned();
                let wait = wait.map(|guard| Guard::Reader(Box::new(guard)));
                self.start(name, Mode::Read, Box::pin(wait));
            }
            Operation::Write(name) => {
                let wait = lock
                    .write()
                    .map(|guard| Guard::Writer(Writer::Borrowed(guard)));
                self.start(name, Mode::Write, Box::pin(wait));
            }
            Operation::WriteOwned(name) => {
                let wait = Arc::clone(lock).write_owned();
                let wait = wait.map(|guard| Guard::Writer(Writer::Owned(guard)));
                self.start(name, Mode::Write, Box::pin(wait));
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
                if self.model.take_grant(name) {
                    self.model.release(self.modes[name.0]);
                } else {
                    self.model.queue.retain(|&(other, _)| other != name);
                    self.model.serve();
                }
            }
            Operation::DropReader(Below(place)) if place < self.readers.len() => {
                drop(self.readers.remove(place));
                self.model.release(Mode::Read);
            }
            Operation::DropWriter if self.writer.is_some() => {
                self.writer = None;
                self.model.release(Mode::Write);
            }
            Operation::Downgrade => {
                if let Some(guard) = self.writer.take() {
                    let guard = guard.downgrade();
                    assert_eq!(**guard, self.model.value);
                    self.readers.push(guard);
                    self.model.hold(Mode::Read);
                    self.model.release(Mode::Write);
                }
            }
            Operation::TryRead => self.tried_read(lock.try_read()),
            Operation::TryReadOwned => self.tried_read(Arc::clone(lock).try_read_owned()),
            Operation::TryWrite => self.tried_write(lock.try_write().map(Writer::Borrowed)),
            Operation::TryWriteOwned => {
                self.tried_write(Arc::clone(lock).try_write_owned().map(Writer::Owned));
            }
            Operation::ReadBlockingTimeout => {
                self.tried_read(lock.read_blocking_timeout(Duration::ZERO));
            }
            Operation::WriteBlockingTimeout => {
                let guard = lock.write_blocking_timeout(Duration::ZERO);
                self.tried_write(guard.map(Writer::Borrowed));
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let (lock, model) = (self.lock, &mut self.model);
        assert_eq!(lock.readers(), model.readers, "readers");
        assert_eq!(lock.is_write_locked(), model.writer, "is_write_locked");
        assert_eq!(lock.waiters(), model.queue.len(), "waiters");
        let untaken = format!("granted_not_taken: {},", model.granted.len());
        let printed = format!("{lock:?}");
        assert!(
            printed.contains(&untaken),
            "{printed} should have {untaken}"
        );
        let woken = mem::take(&mut model.woken);
        let queue = &model.queue;
        let is_queued = |name| queue.iter().any(|&(queued, _)| queued == name);
        self.waiters.check(&woken, is_queued);
    }

    /// The waiters that are left are served in the order of the queue.
    fn finish(&mut self) {
        while !self.readers.is_empty() {
            self.step(&Operation::DropReader(Below(0)));
            self.check();
        }
        self.step(&Operation::DropWriter);
        self.check();
        while let Some(&name) = self.model.granted.first() {
            let release = match self.modes[name.0] {
                Mode::Read => Operation::DropReader(Below(0)),
                Mode::Write => Operation::DropWriter,
            };
            for operation in [Operation::Poll(name), release] {
                self.step(&operation);
                self.check();
            }
        }
        assert!(self.model.queue.is_empty(), "waiters are left");
        for name in self.waiters.names() {
            self.step(&Operation::Drop(name));
            self.check();
        }
    }
}

impl Subject for NewRwLock {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        let lock = Arc::new(RwLock::new(0));
        let mut simulation = Simulation::new(&lock);
        for operation in steps {
            simulation.step(operation);
            simulation.check();
        }
        simulation.finish();
        drop(simulation);
        assert!(lock.try_write().is_some());
        assert_eq!(Arc::strong_count(&lock), 1, "an Arc is kept");
    }
}
