//! Tasks that start together, on one thread or on two.
//!
//! | crew | the tasks run on |
//! |---|---|
//! | [`OneThread`] | the calling thread, in a `LocalExecutor` of async-executor |
//! | [`TwoThreads`] | two threads of async-executor, each pinned to a processor |
//! | [`Tokio`] | tokio's multi-thread runtime with two workers, as users run it |
//!
//! [`TwoThreads`] is steady and shows what the primitive costs. [`Tokio`] is not pinned, puts
//! a woken task before all others of its thread, and makes tokio's own primitives yield now
//! and then.
//!
//! # The timed part
//!
//! A [`Crew`] spawns its tasks on an executor that does not run yet. Each task
//! passes a gate first. A thread with a task at the gate spins there until every
//! thread of the crew has one. Then the gate opens and the clock starts, so both of
//! two threads are running tasks at that moment. The clock stops when the last task
//! has ended.
//!
//! In `TwoThreads`, one thread is the calling thread. The other one, and the workers of
//! `Tokio`, live as long as the process. An idle thread sleeps until the executor wakes
//! it, and that is part of the cost of a wake.
//!
//! Two threads need two processors that nothing else uses. If both run on one processor,
//! nothing is contended, and the figures look too good. The system tends to move a woken
//! thread to the processor of its waker and to leave it there. So each thread of
//! `TwoThreads` is pinned to a processor of its own. A processor that was idle is slow at first, especially in a
//! virtual machine. So the threads exchange turns for a while before the first measurement.
//! Otherwise the first contestant would look slow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};
use std::{hint, thread};

use async_executor::{Executor, LocalExecutor, Task};
use core_affinity::CoreId;
use futures_lite::future;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::records::CREWS;

/// The gate and the clock of a run.
struct Race {
    /// The number of arrivals that open the gate.
    parties: usize,
    /// The number of arrivals at the gate.
    arrived: AtomicUsize,
    /// The number of tasks that have not ended.
    running: AtomicUsize,
    /// Wakes threads of the crew that sleep. Called by a thread at the gate.
    wake_others: fn(),
    started: OnceLock<Instant>,
    ended: OnceLock<Instant>,
}

impl Race {
    fn new(parties: usize, wake_others: fn()) -> Arc<Self> {
        Arc::new(Self {
            parties,
            arrived: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            wake_others,
            started: OnceLock::new(),
            ended: OnceLock::new(),
        })
    }

    /// Wraps a task so that it starts at the gate, and stops the clock if it ends last.
    fn enter<F: Future<Output = ()>>(
        self: &Arc<Self>,
        task: F,
    ) -> impl Future<Output = ()> + use<F> {
        self.running.fetch_add(1, Ordering::Relaxed);
        let race = Arc::clone(self);
        async move {
            race.pass_gate();
            task.await;
            if race.running.fetch_sub(1, Ordering::AcqRel) == 1 {
                let _ = race.ended.set(Instant::now());
            }
        }
    }

    /// Counts an arrival. The last one opens the gate.
    fn arrive(&self) {
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.parties {
            let _ = self.started.set(Instant::now());
        }
    }

    /// Arrives, and blocks the thread until the gate is open. If that takes long, calls
    /// `wake_others` now and then.
    fn pass_gate(&self) {
        self.arrive();
        let mut pauses = 0_u64;
        while self.started.get().is_none() {
            pauses += 1;
            if pauses % 128 == 0 {
                // The other thread may need this processor.
                thread::yield_now();
            } else {
                hint::spin_loop();
            }
            if pauses % (1 << 14) == 0 {
                (self.wake_others)();
            }
        }
    }

    /// Returns the time from the opening of the gate to the end of the last task.
    fn elapsed(&self) -> Duration {
        match (self.started.get(), self.ended.get()) {
            (Some(started), Some(ended)) => *ended - *started,
            _ => panic!("the race has not run"),
        }
    }
}

/// Tasks, and the threads that run them.
pub(crate) trait Crew {
    /// The end of the names of workloads that run in this crew. The report knows the set-up
    /// by it.
    const SUFFIX: &'static str;

    /// The name of the crew in a table, one of [`CREWS`].
    const NAME: &'static str;

    /// Starts the threads and warms up their processors, unless that is done already. It
    /// takes a second, so call it before anything reads the clock.
    fn warm_up() {}

    /// Creates a crew without tasks.
    fn new() -> Self;

    /// Adds a task. It starts in [`run`](Self::run).
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static);

    /// Runs all tasks to their end and returns the time that they took. There must be at
    /// least one task per thread.
    fn run(self) -> Duration;
}

/// Spawns tasks, runs them, and returns the time that they took.
pub(crate) fn race<C: Crew>(spawn_all: impl FnOnce(&mut C)) -> Duration {
    let mut crew = C::new();
    spawn_all(&mut crew);
    crew.run()
}

async fn join(tasks: Vec<Task<()>>) {
    for task in tasks {
        task.await;
    }
}

/// A crew whose tasks all run on the calling thread.
pub(crate) struct OneThread {
    race: Arc<Race>,
    executor: LocalExecutor<'static>,
    tasks: Vec<Task<()>>,
}

impl OneThread {
    /// Adds a task that need not be `Send`, as [`spawn`](Crew::spawn) does.
    pub(crate) fn spawn_local(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(self.executor.spawn(self.race.enter(task)));
    }
}

impl Crew for OneThread {
    const SUFFIX: &'static str = "";
    const NAME: &'static str = CREWS[0];

    fn new() -> Self {
        Self {
            race: Race::new(1, || ()),
            executor: LocalExecutor::new(),
            tasks: Vec::new(),
        }
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_local(task);
    }

    fn run(self) -> Duration {
        future::block_on(self.executor.run(join(self.tasks)));
        self.race.elapsed()
    }
}

/// The executor of two threads. The caller of [`TwoThreads::run`] is the first. The second
/// is started here and never stops.
static TWO_THREADS: LazyLock<Executor<'static>> = LazyLock::new(|| {
    // Before another thread relies on this one.
    let _ = (processor(0), processor(1));
    // A thread inherits the processors of the thread that starts it. So the workers of
    // tokio start before this thread is pinned.
    LazyLock::force(&TOKIO);
    let turn = Arc::new(AtomicUsize::new(0));
    let turn_of_second = Arc::clone(&turn);
    thread::spawn(move || {
        stay_on_processor(1);
        exchange_turns(&turn_of_second, 1);
        future::block_on(TWO_THREADS.run(future::pending::<()>()));
    });
    stay_on_processor(0);
    exchange_turns(&turn, 0);
    Executor::new()
});

/// The turn that means that both threads have warmed up.
const WARM: usize = 2;

/// Gives each turn of this thread to the other one. The first thread stops after a second.
fn exchange_turns(turn: &AtomicUsize, me: usize) {
    let end = Instant::now() + Duration::from_secs(1);
    loop {
        match turn.load(Ordering::Acquire) {
            WARM => return,
            whose if whose != me => hint::spin_loop(),
            _ if me == 0 && Instant::now() >= end => return turn.store(WARM, Ordering::Release),
            _ => turn.store(1 - me, Ordering::Release),
        }
    }
}

/// Returns one of the processors that the process may use.
fn processor(index: usize) -> CoreId {
    let processors = core_affinity::get_core_ids().unwrap_or_default();
    let available = processors.len();
    *processors.get(index).unwrap_or_else(|| {
        panic!("workloads on two threads need two processors; this process may use {available}")
    })
}

/// Pins this thread to one of the processors that the process may use.
fn stay_on_processor(index: usize) {
    assert!(
        core_affinity::set_for_current(processor(index)),
        "cannot pin the thread to a processor"
    );
}

/// A crew whose tasks run on two threads.
pub(crate) struct TwoThreads {
    race: Arc<Race>,
    tasks: Vec<Task<()>>,
}

impl Crew for TwoThreads {
    const SUFFIX: &'static str = "";
    const NAME: &'static str = CREWS[1];

    fn warm_up() {
        LazyLock::force(&TWO_THREADS);
    }

    fn new() -> Self {
        Self {
            race: Race::new(2, || ()),
            tasks: Vec::new(),
        }
    }

    /// Adds a task. The second thread may start it at once. Then it spins at the gate until
    /// the first thread calls `run`.
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(TWO_THREADS.spawn(self.race.enter(task)));
    }

    fn run(self) -> Duration {
        future::block_on(TWO_THREADS.run(join(self.tasks)));
        self.race.elapsed()
    }
}

/// tokio's runtime with two workers. The workers are not pinned.
static TOKIO: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).build();
    runtime.expect("the system can start two threads")
});

/// Makes tokio wake the other worker.
///
/// tokio does not promise that its workers share tasks that block. One worker may take all tasks
/// and spin at the gate with the first of them, while the other one sleeps. New tasks
/// wake the other worker, which then takes tasks from the first one. One is not enough, because it
/// is kept for this worker.
fn wake_worker() {
    for _ in 0..2 {
        drop(tokio::spawn(async {}));
    }
}

/// A crew whose tasks run on the two workers of tokio's runtime. The calling thread sleeps.
pub(crate) struct Tokio {
    race: Arc<Race>,
    tasks: Vec<JoinHandle<()>>,
}

impl Crew for Tokio {
    const SUFFIX: &'static str = "_tokio";
    const NAME: &'static str = CREWS[2];

    /// Also warms up the processors, and pins the calling thread. The runtime is the same in
    /// each order of the workloads.
    fn warm_up() {
        TwoThreads::warm_up();
    }

    fn new() -> Self {
        Self {
            // The two workers, and the calling thread after it has spawned all tasks.
            race: Race::new(3, wake_worker),
            tasks: Vec::new(),
        }
    }

    /// Adds a task. A worker may start it at once. Then it spins at the gate until the other
    /// worker has a task too, and the calling thread calls `run`.
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(TOKIO.spawn(self.race.enter(task)));
    }

    fn run(self) -> Duration {
        self.race.arrive();
        TOKIO.block_on(async {
            for task in self.tasks {
                task.await.expect("no task panics");
            }
        });
        self.race.elapsed()
    }
}
