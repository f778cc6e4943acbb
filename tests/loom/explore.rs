//! Runs a model, counts its executions and checks that there are enough.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The largest number of preemptions in an execution, unless `LOOM_MAX_PREEMPTIONS` is set to
/// another number.
const PREEMPTIONS: usize = 3;

/// Explores the model with the usual bound on preemptions.
pub(crate) fn explore(name: &str, floor: usize, model: impl Fn() + Send + Sync + 'static) {
    explore_within(PREEMPTIONS, name, floor, model);
}

/// Explores the model with this bound on preemptions, unless `LOOM_MAX_PREEMPTIONS` differs from
/// the usual one. With a smaller bound there is no floor.
pub(crate) fn explore_within(
    most: usize,
    name: &str,
    floor: usize,
    model: impl Fn() + Send + Sync + 'static,
) {
    let bound = std::env::var("LOOM_MAX_PREEMPTIONS").map_or(PREEMPTIONS, |bound| {
        bound.parse().unwrap_or_else(|error| {
            panic!("LOOM_MAX_PREEMPTIONS must be a whole number, not {bound:?}: {error}")
        })
    });
    // `cargo loom` sets the variable to the usual bound.
    let bound = if bound == PREEMPTIONS { most } else { bound };
    run(
        name,
        Some(bound),
        if bound < most { 0 } else { floor },
        model,
    );
}

/// Explores the model without a bound on preemptions.
pub(crate) fn explore_fully(name: &str, floor: usize, model: impl Fn() + Send + Sync + 'static) {
    run(name, None, floor, model);
}

fn run(name: &str, bound: Option<usize>, floor: usize, model: impl Fn() + Send + Sync + 'static) {
    let executions = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = bound;
    builder.max_branches = 10_000;
    builder.check(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let executions = executions.load(Ordering::Relaxed);
    println!("{name}: {executions} executions");
    assert!(
        executions >= floor,
        "{name} explored {executions} executions only, its floor is {floor}"
    );
}

/// Polls a future once, with a waker that does nothing.
pub(crate) fn poll_once<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    future.as_mut().poll(&mut context)
}

/// A waker that counts its wakes.
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(0)))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn poll<F: Future>(self: &Arc<Self>, future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(self));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
