//! OnceCell: the value, the turn, the waiters, the wakes, the wakers that are kept.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn, ready};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use aiosync::{OnceCell, SetError};

use super::arguments::{NAMES, Name};
use super::program::Subject;
use super::waiters::Waiters;

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
#[display("let cell = OnceCell::{}", if *_0 { "from(0)" } else { "new()" })]
pub(crate) struct NewOnceCell(bool);

/// How an initializer ends.
#[derive(Clone, Copy, Debug, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Ending {
    Value,
    #[proptest(weight = 3)]
    Error,
    Panic,
}

#[derive(Debug, derive_more::Display, proptest_derive::Arbitrary, arbitrary::Arbitrary)]
pub(crate) enum Operation {
    #[proptest(weight = 2)]
    #[display("let {_0} = cell.wait()")]
    Wait(Name),
    #[proptest(weight = 4)]
    #[display("let {_0} = cell.get_or_try_init(|| initializer of {_0})")]
    Initialize(Name),
    #[proptest(weight = 2)]
    #[display("the initializer of {_0} ends with: {_1:?}")]
    Decide(Name, Ending),
    #[proptest(weight = 5)]
    #[display("{_0}.poll()")]
    Poll(Name),
    #[display("{_0}.poll() with another waker")]
    PollAnew(Name),
    #[proptest(weight = 2)]
    #[display("drop({_0})")]
    Drop(Name),
    #[display("cell.set(9)")]
    Set,
    #[display("cell.wait_blocking_timeout(ZERO)")]
    WaitBlockingTimeout,
    #[display("cell.get_or_try_init(|| ready(Err(()))).block_timeout(ZERO)")]
    FailBlockingTimeout,
}

/// The output of a wait is `Ok`.
type Got = Result<u32, ()>;

type Wait<'a> = Pin<Box<dyn Future<Output = Got> + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Unpolled,
    Waiting,
    /// It has the turn, and was not polled since.
    Granted,
    /// It has the turn, and its initializer was called.
    Running,
    Released,
}

/// What the model says of a poll.
#[derive(Debug, PartialEq)]
enum Polled {
    Pending,
    Ready(Got),
    Panics,
}

/// The model of the cell.
struct Model {
    value: Option<u32>,
    turn: Option<Name>,
    standings: [Standing; NAMES],
    initializes: [bool; NAMES],
    endings: [Option<Ending>; NAMES],
    /// All waiters, in order.
    line: VecDeque<Name>,
    has_left_a_waker: [bool; NAMES],
    woken: Vec<Name>,
}

impl Model {
    fn wake(&mut self, name: Name) {
        if mem::take(&mut self.has_left_a_waker[name.0]) {
            self.woken.push(name);
        }
    }

    fn set(&mut self, value: u32) {
        self.value = Some(value);
        self.turn = None;
        for name in mem::take(&mut self.line) {
            self.standings[name.0] = Standing::Released;
            self.wake(name);
        }
    }

    /// The turn goes to the first initializer in the line.
    fn pass_on(&mut self) {
        let mut line = self.line.iter();
        let first = line.position(|name| self.initializes[name.0]);
        self.turn = first.and_then(|first| self.line.remove(first));
        if let Some(name) = self.turn {
            self.standings[name.0] = Standing::Granted;
            self.wake(name);
        }
    }

    fn poll(&mut self, name: Name) -> Polled {
        let standing = self.standings[name.0];
        match (standing, self.value) {
            (Standing::Unpolled | Standing::Released, Some(value)) => {
                return Polled::Ready(Ok(value));
            }
            (Standing::Unpolled, None) => {
                if !self.initializes[name.0] || self.turn.is_some() {
                    self.line.push_back(name);
                    self.standings[name.0] = Standing::Waiting;
                    self.has_left_a_waker[name.0] = true;
                    return Polled::Pending;
                }
                self.turn = Some(name);
            }
            (Standing::Waiting, _) => {
                self.has_left_a_waker[name.0] = true;
                return Polled::Pending;
            }
            _ => {}
        }
        assert_eq!(self.turn, Some(name));
        self.standings[name.0] = Standing::Running;
        match self.endings[name.0] {
            None => Polled::Pending,
            Some(Ending::Value) => {
                self.set(value_of(name));
                Polled::Ready(Ok(value_of(name)))
            }
            Some(Ending::Error) => {
                self.pass_on();
                Polled::Ready(Err(()))
            }
            Some(Ending::Panic) => {
                self.pass_on();
                Polled::Panics
            }
        }
    }

    fn drop(&mut self, name: Name) {
        self.line.retain(|&other| other != name);
        self.has_left_a_waker[name.0] = false;
        if self.turn == Some(name) {
            self.pass_on();
        }
    }

    /// Returns the text of the cell's `Debug`.
    fn printed(&self) -> String {
        let state = match (self.value, self.turn) {
            (Some(_), _) => "set",
            (None, None) => "empty",
            (None, Some(name)) => match self.standings[name.0] {
                Standing::Granted => "granted, not yet taken",
                _ => "initializing",
            },
        };
        let initializes = |name: &&Name| self.initializes[name.0];
        let initializers = self.line.iter().filter(initializes).count();
        let waiters = self.line.len() - initializers;
        let value = self.value.map(|value| value.to_string());
        let value = value.unwrap_or_else(|| "<not set>".to_owned());
        format!(
            "OnceCell {{ state: {state}, waiting_initializers: {initializers}, waiters: {waiters}, \
             released_not_woken: 0, value: {value} }}"
        )
    }
}

/// The value of an initializer.
fn value_of(name: Name) -> u32 {
    100 + name.0 as u32
}

struct Simulation<'a> {
    cell: &'a OnceCell<u32>,
    endings: &'a [Cell<Option<Ending>>; NAMES],
    model: Model,
    waiters: Waiters<Wait<'a>>,
}

impl<'a> Simulation<'a> {
    fn start(&mut self, name: Name, initializes: bool) {
        if !self.waiters.is_free(name) {
            return;
        }
        let (cell, ending) = (self.cell, &self.endings[name.0]);
        let future: Wait<'a> = if initializes {
            let get = cell.get_or_try_init(move || {
                poll_fn(move |_| match ending.get() {
                    None => Poll::Pending,
                    Some(Ending::Value) => Poll::Ready(Ok(value_of(name))),
                    Some(Ending::Error) => Poll::Ready(Err(())),
                    Some(Ending::Panic) => panic!("the initializer of {name}"),
                })
            });
            Box::pin(async move { get.await.copied() })
        } else {
            Box::pin(async move { Ok(*cell.wait().await) })
        };
        self.waiters.start(name, future);
        self.decide(name, None);
        self.model.standings[name.0] = Standing::Unpolled;
        self.model.initializes[name.0] = initializes;
    }

    fn decide(&mut self, name: Name, ending: Option<Ending>) {
        self.endings[name.0].set(ending);
        self.model.endings[name.0] = ending;
    }

    fn poll(&mut self, name: Name, anew: bool) {
        let waiters = &mut self.waiters;
        let progress = catch_unwind(AssertUnwindSafe(|| match anew {
            false => waiters.poll(name),
            true => waiters.poll_anew(name),
        }));
        let polled = match progress {
            Ok(Poll::Pending) => Polled::Pending,
            Ok(Poll::Ready(got)) => Polled::Ready(got),
            Err(_) => {
                self.waiters.drop(name);
                Polled::Panics
            }
        };
        assert_eq!(
            polled,
            self.model.poll(name),
            "what the poll of {name} returns"
        );
    }

    fn step(&mut self, operation: &Operation) {
        let cell = self.cell;
        match *operation {
            Operation::Wait(name) => self.start(name, false),
            Operation::Initialize(name) => self.start(name, true),
            Operation::Decide(name, ending) => self.decide(name, Some(ending)),
            Operation::Poll(name) if !self.waiters.is_free(name) => self.poll(name, false),
            Operation::PollAnew(name) if !self.waiters.is_free(name) => self.poll(name, true),
            Operation::Drop(name) if !self.waiters.is_free(name) => {
                self.waiters.drop(name);
                self.model.drop(name);
            }
            Operation::Set => {
                let expected = match (self.model.value, self.model.turn) {
                    (Some(_), _) => Err(SetError::Initialized(9)),
                    (None, Some(_)) => Err(SetError::Initializing(9)),
                    (None, None) => Ok(()),
                };
                if expected.is_ok() {
                    self.model.set(9);
                }
                assert_eq!(cell.set(9), expected, "what set returns");
            }
            Operation::WaitBlockingTimeout => {
                let value = cell.wait_blocking_timeout(Duration::ZERO).copied();
                assert_eq!(value, self.model.value, "the value");
            }
            Operation::FailBlockingTimeout => {
                let get = cell.get_or_try_init(|| ready(Err(())));
                let got = get.block_timeout(Duration::ZERO);
                let expected = match (self.model.value, self.model.turn) {
                    (Some(value), _) => Some(Ok(value)),
                    (None, Some(_)) => None,
                    (None, None) => Some(Err(())),
                };
                assert_eq!(got.map(|got| got.copied()), expected, "what it returns");
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let model = &mut self.model;
        assert_eq!(self.cell.get().copied(), model.value, "the value");
        assert_eq!(format!("{:?}", self.cell), model.printed());
        let woken = mem::take(&mut model.woken);
        let has_left_a_waker = |name: Name| model.has_left_a_waker[name.0];
        self.waiters.check(&woken, has_left_a_waker);
    }
}

impl Subject for NewOnceCell {
    type Operation = Operation;

    fn run<'a>(&self, steps: impl Iterator<Item = &'a Operation>) {
        let cell = if self.0 {
            OnceCell::from(0)
        } else {
            OnceCell::new()
        };
        let endings = [const { Cell::new(None) }; NAMES];
        let mut simulation = Simulation {
            cell: &cell,
            endings: &endings,
            model: Model {
                value: cell.get().copied(),
                turn: None,
                standings: [Standing::Unpolled; NAMES],
                initializes: [false; NAMES],
                endings: [None; NAMES],
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
        // All initializers fail, one after the other. Then a value releases the waiters.
        for name in simulation.waiters.names() {
            simulation.decide(name, Some(Ending::Error));
        }
        for _ in 0..NAMES {
            for name in simulation.waiters.names() {
                simulation.step(&Operation::Poll(name));
                simulation.check();
            }
        }
        simulation.step(&Operation::Set);
        simulation.check();
        for name in simulation.waiters.names() {
            simulation.step(&Operation::Poll(name));
            simulation.check();
        }
        assert_eq!(simulation.waiters.names(), []);
        assert!(simulation.model.value.is_some());
        let value = simulation.model.value;
        drop(simulation);
        assert_eq!(cell.into_inner(), value);
    }
}
