//! Event: the flag, the waiters, the wakes, the wakers that are kept.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use aiosync::Event;
use aiosync::futures::{EventWait, EventWaitOwned};

use super::arguments::{NAMES, Name};
use super::program::Subject;
use super::waiters::Waiters;

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
#[display("let event = Arc::new(Event::with_state({_0}))")]
pub(crate) struct NewEvent(bool);

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[proptest(weight = 2)]
    #[display("let {_0} = event.wait()")]
    Wait(Name),
    #[proptest(weight = 2)]
    #[display("let {_0} = event.clone().wait_owned()")]
    WaitOwned(Name),
    #[proptest(weight = 2)]
    #[display("{_0}.enable()")]
    Enable(Name),
    #[proptest(weight = 3)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[display("drop({_0})")]
    Drop(Name),
    #[display("event.set()")]
    Set,
    #[proptest(weight = 2)]
    #[display("event.clear()")]
    Clear,
    #[display("event.wait_blocking_timeout(ZERO)")]
    WaitBlockingTimeout,
}

/// A wait of either kind.
trait AnyWait: Future<Output = ()> {
    fn enable(self: Pin<&mut Self>) -> bool;
}

impl AnyWait for EventWait<'_> {
    fn enable(self: Pin<&mut Self>) -> bool {
        EventWait::enable(self)
    }
}

impl AnyWait for EventWaitOwned {
    fn enable(self: Pin<&mut Self>) -> bool {
        EventWaitOwned::enable(self)
    }
}

type Wait<'a> = Pin<Box<dyn AnyWait + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Unpolled,
    Registered,
    Released,
}

/// The model of the event.
struct Model {
    set: bool,
    standings: [Standing; NAMES],
    /// The registered waiters, in order.
    line: VecDeque<Name>,
    has_left_a_waker: [bool; NAMES],
    woken: Vec<Name>,
}

impl Model {
    fn set(&mut self) {
        self.set = true;
        for name in mem::take(&mut self.line) {
            self.standings[name.0] = Standing::Released;
            if mem::take(&mut self.has_left_a_waker[name.0]) {
                self.woken.push(name);
            }
        }
    }

    /// Returns whether the wait is released. If not, it is registered.
    fn enable(&mut self, name: Name) -> bool {
        if self.standings[name.0] == Standing::Unpolled {
            self.standings[name.0] = if self.set {
                Standing::Released
            } else {
                self.line.push_back(name);
                Standing::Registered
            };
        }
        self.standings[name.0] == Standing::Released
    }

    fn poll(&mut self, name: Name) -> bool {
        let ready = self.enable(name);
        self.has_left_a_waker[name.0] = !ready;
        ready
    }

    fn drop(&mut self, name: Name) {
        self.line.retain(|&other| other != name);
        self.has_left_a_waker[name.0] = false;
    }
}

struct Simulation<'a> {
    event: &'a Arc<Event>,
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

    fn polled(&mut self, name: Name, progress: Poll<()>) {
        assert_eq!(progress.is_ready(), self.model.poll(name), "is it ready?");
    }

    fn step(&mut self, operation: &Operation) {
        let event = self.event;
        match *operation {
            Operation::Wait(name) => self.start(name, Box::pin(event.wait())),
            Operation::WaitOwned(name) => {
                self.start(name, Box::pin(Arc::clone(event).wait_owned()));
            }
            Operation::Enable(name) if !self.waiters.is_free(name) => {
                let wait = self.waiters.named(name).pinned().get_mut();
                let released = wait.as_mut().enable();
                assert_eq!(released, self.model.enable(name), "is it released?");
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
                self.model.drop(name);
            }
            Operation::Set => {
                event.set();
                self.model.set();
            }
            Operation::Clear => {
                event.clear();
                self.model.set = false;
            }
            Operation::WaitBlockingTimeout => {
                let released = event.wait_blocking_timeout(Duration::ZERO);
                assert_eq!(released, self.model.set, "is it released?");
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let model = &mut self.model;
        assert_eq!(self.event.is_set(), model.set, "is_set");
        assert_eq!(self.event.waiters(), model.line.len(), "waiters");
        let woken = mem::take(&mut model.woken);
        let has_left_a_waker = |name: Name| model.has_left_a_waker[name.0];
        self.waiters.check(&woken, has_left_a_waker);
    }
}

impl Subject for NewEvent {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        let event = Arc::new(Event::with_state(self.0));
        let mut simulation = Simulation {
            event: &event,
            model: Model {
                set: self.0,
                standings: [Standing::Unpolled; NAMES],
                line: VecDeque::new(),
                has_left_a_waker: [false; NAMES],
                woken: Vec::new(),
            },
            waiters: Waiters::new(),
        };
        for operation in steps {
            simulation.step(operation);
            simulation.check();
        }
        // One last pulse releases all waiters.
        for name in simulation.waiters.names() {
            simulation.step(&Operation::Enable(name));
        }
        for operation in [Operation::Set, Operation::Clear] {
            simulation.step(&operation);
            simulation.check();
        }
        for name in simulation.waiters.names() {
            simulation.step(&Operation::Poll(name));
            simulation.check();
        }
        assert_eq!(simulation.waiters.names(), []);
        drop(simulation);
        assert_eq!(Arc::strong_count(&event), 1, "an Arc is kept");
    }
}
