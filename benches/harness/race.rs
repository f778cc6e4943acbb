//! Tasks that start together, on one thread or on two.
//!
//! # The timed part
//!
//! A [`Crew`] spawns its tasks on an executor that does not run yet. Each task
//! passes a gate first. The gate opens, and the clock starts, as soon as every
//! thread of the crew has come to it with a task: until then the thread spins in
//! it. So on two threads both are running tasks, for sure, when the clock starts.
//! It stops when the last task has ended.
//!
//! On two threads the calling thread is one of them. The other one lives as long
//! as the process. An idle thread sleeps, and is woken by the executor: that is
//! part of what a wake costs.
//!
//! Two threads need two processors that nobody else uses. If they take turns on one,
//! nothing is contended, and the figures look better than they are. The system likes to
//! put a thread that is woken beside the one that wakes it, and leaves it there: so each
//! of the two stays on a processor of its own. And a processor that was idle, above all one
//! of a virtual machine, is slow to answer at first: so the two pass a word to each other for
//! a while before anything is measured, or whoever comes first would look slow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};
use std::{hint, thread};

use async_executor::{Executor, LocalExecutor, Task};
use futures_lite::future;

/// The gate, the clock and the finish.
struct Race {
    /// How many threads there are.
    threads: usize,
    /// Tasks that have come to the gate.
    arrived: AtomicUsize,
    /// Tasks that have not ended.
    running: AtomicUsize,
    started: OnceLock<Instant>,
    ended: OnceLock<Instant>,
}

impl Race {
    fn new(threads: usize) -> Arc<Self> {
        Arc::new(Self {
            threads,
            arrived: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            started: OnceLock::new(),
            ended: OnceLock::new(),
        })
    }

    /// Makes a runner of a task.
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

    /// Holds the thread until all threads are here.
    fn pass_gate(&self) {
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            let _ = self.started.set(Instant::now());
        }
        let mut looks = 0_u32;
        while self.started.get().is_none() {
            looks += 1;
            if looks % 128 == 0 {
                // The other thread may need this very core.
                thread::yield_now();
            } else {
                hint::spin_loop();
            }
        }
    }

    /// From the gate to the finish.
    fn elapsed(&self) -> Duration {
        match (self.started.get(), self.ended.get()) {
            (Some(started), Some(ended)) => *ended - *started,
            _ => panic!("the race was not run"),
        }
    }
}

/// Tasks, and the threads that run them.
pub(crate) trait Crew {
    /// Makes the threads ready, if that was not done before. It takes a while, and comes before
    /// anything is made that looks at the clock.
    fn warm_up() {}

    /// A crew without tasks.
    fn new() -> Self;

    /// Adds a task. It does not start before [`run`](Self::run).
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static);

    /// Runs all tasks to their end; answers how long that took. Needs a task per
    /// thread at least.
    fn run(self) -> Duration;
}

/// Spawns tasks, runs them, and answers how long that took.
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

/// All tasks take turns on the calling thread.
pub(crate) struct OneThread {
    race: Arc<Race>,
    executor: LocalExecutor<'static>,
    tasks: Vec<Task<()>>,
}

impl OneThread {
    /// [`spawn`](Crew::spawn) for a task that cannot change threads.
    pub(crate) fn spawn_local(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(self.executor.spawn(self.race.enter(task)));
    }
}

impl Crew for OneThread {
    fn new() -> Self {
        Self {
            race: Race::new(1),
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

/// The executor of two threads: the first is driven by who calls
/// [`TwoThreads::run`], the second is started here and never stops.
static TWO_THREADS: LazyLock<Executor<'static>> = LazyLock::new(|| {
    let turn = Arc::new(AtomicUsize::new(0));
    let of_second = Arc::clone(&turn);
    thread::spawn(move || {
        stay_on_processor(1);
        pass_turns(&of_second, 1);
        future::block_on(TWO_THREADS.run(future::pending::<()>()));
    });
    stay_on_processor(0);
    pass_turns(&turn, 0);
    Executor::new()
});

/// Whose turn it is, when the two have warmed up.
const WARM: usize = 2;

/// Takes each turn that is this thread's, and passes it to the other; the first thread ends
/// that when it has gone on for long enough.
fn pass_turns(turn: &AtomicUsize, me: usize) {
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

/// Keeps this thread on one of the processors that the process may use.
fn stay_on_processor(index: usize) {
    let processors = core_affinity::get_core_ids().unwrap_or_default();
    let processor = processors
        .get(index)
        .expect("two threads need two processors");
    assert!(
        core_affinity::set_for_current(*processor),
        "cannot stay on a processor"
    );
}

/// Two threads share the tasks.
pub(crate) struct TwoThreads {
    race: Arc<Race>,
    tasks: Vec<Task<()>>,
}

impl Crew for TwoThreads {
    fn warm_up() {
        LazyLock::force(&TWO_THREADS);
    }

    fn new() -> Self {
        Self {
            race: Race::new(2),
            tasks: Vec::new(),
        }
    }

    /// The second thread may come to the gate at once; it stays there until the
    /// first runs, which it does when all are spawned.
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(TWO_THREADS.spawn(self.race.enter(task)));
    }

    fn run(self) -> Duration {
        future::block_on(TWO_THREADS.run(join(self.tasks)));
        self.race.elapsed()
    }
}
