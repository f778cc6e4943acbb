//! OnceCell.
//!
//! | module | what |
//! |---|---|
//! | [`value`] | setting, reading and taking the value; when it is dropped |
//! | [`turns`] | which initializer runs when, and who is woken |
//! | [`cancel`] | dropping and forgetting a future in each of its states |
//! | [`during`] | wakers that use the cell while a `set` wakes them |
//! | [`panics`] | initializers and wakers that panic |
//! | [`surface`] | constructors, `Debug`, errors, finished futures |
//! | [`blocking`] | threads and tasks in one wait queue, timeouts |
#![forbid(unsafe_code)]

#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod cancel;
mod during;
mod panics;
mod surface;
mod turns;
mod value;

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use aiosync::OnceCell;
use aiosync::futures::GetOrTryInit;

use crate::common::{Polled, forget};

/// The result of an initializer.
pub(crate) type Outcome = Result<u32, &'static str>;

/// Returns the number in the field `name` of a cell's `Debug` text.
fn printed<T: Debug>(cell: &OnceCell<T>, name: &str) -> usize {
    let text = format!("{cell:?}");
    let (_, rest) = text.split_once(&format!(" {name}: ")).expect("the field");
    let number = rest.split([',', ' ']).next().expect("a number");
    number.parse().expect("a number")
}

/// Returns the number of initializers that wait for their turn.
pub(crate) fn initializers<T: Debug>(cell: &OnceCell<T>) -> usize {
    printed(cell, "waiting_initializers")
}

/// Returns the number of waiters for the value.
pub(crate) fn waiters<T: Debug>(cell: &OnceCell<T>) -> usize {
    printed(cell, "waiters")
}

/// Decides when an initializer ends, and how. Its clones decide the same.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    outcome: Option<Outcome>,
    calls: usize,
}

impl Gate {
    fn new() -> Self {
        Self::default()
    }

    /// From now on the initializer returns this when it is polled.
    fn open(&self, outcome: Outcome) {
        self.0.lock().unwrap().outcome = Some(outcome);
    }

    /// Returns how often the closure was called.
    fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    /// Returns a future of `get_or_try_init`, whose initializer waits for the gate.
    fn initialize<'a>(
        &self,
        cell: &'a OnceCell<u32>,
    ) -> impl Future<Output = Got<'a>> + Debug + use<'a> {
        let gate = self.clone();
        cell.get_or_try_init(move || {
            gate.0.lock().unwrap().calls += 1;
            poll_fn(move |_| match gate.0.lock().unwrap().outcome {
                Some(outcome) => Poll::Ready(outcome),
                None => Poll::Pending,
            })
        })
    }
}

/// The output of `get_or_try_init`.
type Got<'a> = Result<&'a u32, &'static str>;

/// Returns an initializer that runs and has not ended.
fn running(cell: &OnceCell<u32>) -> (Polled<impl Future<Output = Got<'_>> + Debug>, Gate) {
    let gate = Gate::new();
    let running = Polled::waiting(gate.initialize(cell));
    assert_eq!(gate.calls(), 1);
    (running, gate)
}

/// An initializer that ends in its first poll.
pub(crate) type AtOnce = fn() -> std::future::Ready<Outcome>;

/// The future of an initializer that ends in its first poll.
pub(crate) type GetAtOnce<'a> = GetOrTryInit<'a, u32, AtOnce, std::future::Ready<Outcome>>;

/// Initializes the cell with 1.
pub(crate) fn succeed(cell: &OnceCell<u32>) -> GetAtOnce<'_> {
    cell.get_or_try_init(|| std::future::ready(Ok(1)))
}

/// Fails to initialize the cell.
pub(crate) fn fail(cell: &OnceCell<u32>) -> GetAtOnce<'_> {
    cell.get_or_try_init(|| std::future::ready(Err("failed")))
}

/// Returns an empty cell that lives until the process ends. A leak checker does not report it.
pub(crate) fn leaked() -> &'static OnceCell<u32> {
    let cell: &'static OnceCell<u32> = Box::leak(Box::default());
    forget(cell);
    cell
}

/// Checks that a cell without a value works as a new one.
#[track_caller]
pub(crate) fn assert_empty(cell: &OnceCell<u32>) {
    assert_eq!(cell.get(), None);
    assert_eq!((initializers(cell), waiters(cell)), (0, 0));
    assert_eq!(Polled::new(fail(cell)).assert_ready(), Err("failed"));
    let mut wait = Polled::waiting(cell.wait());
    assert_eq!(Polled::new(succeed(cell)).assert_ready(), Ok(&1));
    assert_eq!(wait.wakes(), 1);
    assert_eq!(wait.assert_ready(), &1);
}
