#![forbid(unsafe_code)]
//! `aiosync::Event`, next to the events of other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `event/set` | wait for an event that is set, polled once by hand |
//! | `event/released_…` | one of the waiters registers, is released by `set`, and completes |
//!
//! `harness/mod.rs` says how the time per operation is measured. A round of
//! `event/released_…` polls every waiter, sets the event, polls every waiter
//! again, and clears the event. Its time is divided by the number of waiters. The
//! waiters are tasks, created before the clock starts and polled by hand. The benchmark
//! counts the wakes and fails if one is missing.
//!
//! tokio has no event. Its row is an `AtomicBool` and a `Notify`, as its users write it.
//! `event-listener` has none either. Its rows are a flag next to its list of listeners,
//! which are on the heap or on the stack of the waiting task. zruntime's `Event` is such a
//! list too.

mod harness;

use std::cell::Cell;
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use event_listener::listener;

use harness::by_hand::{WakeCount, complete};
use harness::sample::Sample;
use harness::{Group, rows};

/// An implementation. To add one, write an adapter and add it to `all_rows`.
trait Event {
    const NAME: &'static str;
    /// Creates an event that is not set.
    fn new() -> Self;
    fn set(&self);
    fn clear(&self);
    fn wait(&self) -> impl Future<Output = ()>;
}

macro_rules! all_rows {
    ($($workload:tt)+) => {
        rows!([
            aiosync::Event,
            Tokio,
            asyncband::event::ManualResetEvent,
            futures_intrusive::sync::ManualResetEvent,
            ListenerBoxed,
            ListenerOnStack,
            Zruntime,
        ] => $($workload)+);
    };
}

impl Event for aiosync::Event {
    const NAME: &'static str = "aiosync";
    fn new() -> Self {
        Self::new()
    }
    fn set(&self) {
        self.set();
    }
    fn clear(&self) {
        self.clear();
    }
    fn wait(&self) -> impl Future<Output = ()> {
        self.wait()
    }
}

#[derive(Default)]
struct Tokio {
    flag: AtomicBool,
    notify: tokio::sync::Notify,
}

impl Event for Tokio {
    const NAME: &'static str = "tokio";
    fn new() -> Self {
        Self::default()
    }
    fn set(&self) {
        self.flag.store(true, Ordering::SeqCst);
        self.notify.notify_waiters();
    }
    fn clear(&self) {
        self.flag.store(false, Ordering::SeqCst);
    }
    async fn wait(&self) {
        if self.flag.load(Ordering::SeqCst) {
            return;
        }
        // From here on, `notify_waiters` reaches it.
        let notified = self.notify.notified();
        if !self.flag.load(Ordering::SeqCst) {
            notified.await;
        }
    }
}

impl Event for asyncband::event::ManualResetEvent {
    const NAME: &'static str = "asyncband";
    fn new() -> Self {
        Self::new()
    }
    fn set(&self) {
        self.set();
    }
    fn clear(&self) {
        self.reset();
    }
    fn wait(&self) -> impl Future<Output = ()> {
        self.wait()
    }
}

impl Event for futures_intrusive::sync::ManualResetEvent {
    const NAME: &'static str = "futures-intrusive";
    fn new() -> Self {
        Self::new(false)
    }
    fn set(&self) {
        self.set();
    }
    fn clear(&self) {
        self.reset();
    }
    fn wait(&self) -> impl Future<Output = ()> {
        self.wait()
    }
}

/// A flag, and a list of the listeners that wait for it.
#[derive(Default)]
struct Listener {
    flag: AtomicBool,
    event: event_listener::Event,
}

impl Listener {
    fn set(&self) {
        self.flag.store(true, Ordering::SeqCst);
        self.event.notify(usize::MAX);
    }
    fn clear(&self) {
        self.flag.store(false, Ordering::SeqCst);
    }
    fn is_set(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
    }
}

#[derive(Default)]
struct ListenerBoxed(Listener);

impl Event for ListenerBoxed {
    const NAME: &'static str = "event-listener (boxed)";
    fn new() -> Self {
        Self::default()
    }
    fn set(&self) {
        self.0.set();
    }
    fn clear(&self) {
        self.0.clear();
    }
    async fn wait(&self) {
        if self.0.is_set() {
            return;
        }
        let listener = self.0.event.listen();
        if !self.0.is_set() {
            listener.await;
        }
    }
}

#[derive(Default)]
struct ListenerOnStack(Listener);

impl Event for ListenerOnStack {
    const NAME: &'static str = "event-listener (stack)";
    fn new() -> Self {
        Self::default()
    }
    fn set(&self) {
        self.0.set();
    }
    fn clear(&self) {
        self.0.clear();
    }
    async fn wait(&self) {
        if self.0.is_set() {
            return;
        }
        listener!(self.0.event => listener);
        if !self.0.is_set() {
            listener.await;
        }
    }
}

/// zruntime's list of listeners, next to a flag.
#[derive(Default)]
struct Zruntime {
    flag: AtomicBool,
    event: zruntime::Event,
}

impl Event for Zruntime {
    const NAME: &'static str = "zruntime";
    fn new() -> Self {
        Self::default()
    }
    fn set(&self) {
        self.flag.store(true, Ordering::SeqCst);
        self.event.notify(usize::MAX);
    }
    fn clear(&self) {
        self.flag.store(false, Ordering::SeqCst);
    }
    async fn wait(&self) {
        if self.flag.load(Ordering::SeqCst) {
            return;
        }
        let listener = self.event.listen();
        if !self.flag.load(Ordering::SeqCst) {
            listener.await;
        }
    }
}

/// Measures a wait for an event that is set. Each future is polled once.
fn set<E: Event>(group: &mut Group<'_>) {
    let event = E::new();
    event.set();
    // Once, outside the loop: `black_box` in each round would cost as much as the round.
    let event = black_box(&event);
    let (_, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    group.bench_function(E::NAME, |bencher| {
        bencher.iter(|| complete(pin!(event.wait()), &mut context));
    });
}

/// Waits for the event repeatedly. Of the two polls of a round, the first registers a wait
/// and the second completes it.
async fn wait_repeatedly<E: Event>(event: &E, completed: &Cell<usize>) {
    loop {
        event.wait().await;
        completed.set(completed.get() + 1);
        let mut first = true;
        poll_fn(|_| match std::mem::take(&mut first) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
    }
}

/// Measures rounds in which all waiters register, the event is set, and all complete.
fn released<E: Event>(group: &mut Group<'_>, waiters: usize) {
    let event = E::new();
    let event = black_box(&event);
    let (wakes, waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    let completed = Cell::new(0);
    let mut tasks: Vec<_> = (0..waiters)
        .map(|_| Box::pin(wait_repeatedly(event, &completed)))
        .collect();
    group.bench_function(E::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, waiters);
            let before = (wakes.get(), completed.get());
            let started = Instant::now();
            for _ in 0..sample.share(waiters) {
                for task in &mut tasks {
                    assert!(task.as_mut().poll(&mut context).is_pending());
                }
                event.set();
                for task in &mut tasks {
                    assert!(task.as_mut().poll(&mut context).is_pending());
                }
                event.clear();
            }
            let elapsed = started.elapsed();
            let operations = sample.operations() as usize;
            assert_eq!(wakes.get() - before.0, operations);
            assert_eq!(completed.get() - before.1, operations);
            sample.scale(elapsed)
        });
    });
}

fn main() {
    let mut criterion = harness::criterion();

    let mut group = harness::group(&mut criterion, "event/set");
    all_rows!(set(&mut group));
    group.finish();

    for waiters in [1, 1_000] {
        let workload = format!("event/released_{waiters}");
        let mut group = harness::group(&mut criterion, &workload);
        all_rows!(released(&mut group, waiters));
        group.finish();
    }

    criterion.final_summary();
}
