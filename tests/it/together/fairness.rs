//! Nobody starves: while one task waits, each of the others is served about once. Waits are
//! counted in grants to others, not in time.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{Lock, Queue, Semaphore};
use async_executor::LocalExecutor;
use futures_lite::future;

use super::everywhere;
use crate::common::{Random, rounds, watched};

const WORKERS: usize = 100;
const PERMITS: usize = 10;
const VISITS: usize = rounds(100);

/// The number of grants, and the largest number of other tasks that were served during one wait.
#[derive(Clone, Default)]
struct Waits(Rc<(Cell<usize>, Cell<usize>)>);

impl Waits {
    /// Waits for a grant.
    async fn until<T>(&self, wait: impl Future<Output = T>) -> T {
        let (grants, longest) = &*self.0;
        let before = grants.get();
        let granted = wait.await;
        longest.set(longest.get().max(grants.get() - before));
        grants.set(grants.get() + 1);
        granted
    }

    /// Checks that each other task was served about once during a wait. A few may be served twice:
    /// those that saw their second grant before the waiting task saw its first.
    #[track_caller]
    fn assert_fair(&self) {
        let longest = self.0.1.get();
        let others = WORKERS - 1;
        assert!(longest >= others - PERMITS, "nobody waits: {longest}");
        assert!(longest <= others + PERMITS, "one waits for {longest}");
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs on one thread, so the count is the same in every run.
fn run_by_executor(tasks: Vec<Task>) {
    let executor = LocalExecutor::new();
    let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
    future::block_on(executor.run(async {
        for task in tasks {
            task.await;
        }
    }));
}

/// Like [`run_by_executor`].
fn run_by_tokio(tasks: Vec<Task>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime.expect("a runtime"), async {
        let tasks: Vec<_> = tasks.into_iter().map(tokio::task::spawn_local).collect();
        for task in tasks {
            task.await.expect("it does not panic");
        }
    });
}

const RUNTIMES: [fn(Vec<Task>); 2] = [run_by_executor, run_by_tokio];

/// Workers that make each visit, one after the other.
fn workers<F: Future<Output = ()> + 'static>(visit: impl Fn(usize) -> F + 'static) -> Vec<Task> {
    let visit = Rc::new(visit);
    let worker = |index| {
        let visit = Rc::clone(&visit);
        Box::pin(async move {
            for _ in 0..VISITS {
                visit(index).await;
            }
        }) as Task
    };
    (0..WORKERS).map(worker).collect()
}

/// Stays for a while of some length.
async fn stay(dice: &Cell<u64>) {
    dice.set(dice.get() + 1);
    for _ in 0..Random::new(dice.get()).below(4) {
        future::yield_now().await;
    }
}

#[test]
fn nobody_starves_at_a_semaphore() {
    for run in RUNTIMES {
        let (waits, semaphore) = (Waits::default(), Rc::new(Semaphore::new(PERMITS)));
        let (waits_again, dice) = (waits.clone(), Rc::new(Cell::new(0)));
        run(workers(move |_| {
            let (waits, semaphore) = (waits_again.clone(), Rc::clone(&semaphore));
            let dice = Rc::clone(&dice);
            async move {
                let permit = waits.until(semaphore.acquire()).await;
                stay(&dice).await;
                drop(permit);
            }
        }));
        waits.assert_fair();
    }
}

#[test]
fn a_request_for_all_permits_does_not_starve() {
    for run in RUNTIMES {
        let (waits, semaphore) = (Waits::default(), Rc::new(Semaphore::new(PERMITS)));
        let (waits_again, dice) = (waits.clone(), Rc::new(Cell::new(0)));
        run(workers(move |index| {
            let (waits, semaphore) = (waits_again.clone(), Rc::clone(&semaphore));
            let dice = Rc::clone(&dice);
            let count = if index % 20 == 0 { PERMITS } else { 1 };
            async move {
                let permit = waits.until(semaphore.acquire_many(count)).await;
                stay(&dice).await;
                drop(permit);
            }
        }));
        waits.assert_fair();
    }
}

#[test]
fn nobody_starves_at_a_lock() {
    for run in RUNTIMES {
        let (waits, lock) = (Waits::default(), Rc::new(Lock::new(())));
        let (waits_again, dice) = (waits.clone(), Rc::new(Cell::new(0)));
        run(workers(move |_| {
            let (waits, lock) = (waits_again.clone(), Rc::clone(&lock));
            let dice = Rc::clone(&dice);
            async move {
                let guard = waits.until(lock.lock()).await;
                stay(&dice).await;
                drop(guard);
            }
        }));
        waits.assert_fair();
    }
}

#[test]
fn nobody_starves_at_either_end_of_a_queue() {
    for run in RUNTIMES {
        let (putters, getters) = (Waits::default(), Waits::default());
        let queue = Rc::new(Queue::bounded(PERMITS));
        let (putters_again, getters_again) = (putters.clone(), getters.clone());
        let (to_put, to_get) = (Rc::clone(&queue), queue);
        let dice = Rc::new(Cell::new(0));
        let again = Rc::clone(&dice);
        let mut tasks = workers(move |index| {
            let (waits, queue) = (putters_again.clone(), Rc::clone(&to_put));
            let dice = Rc::clone(&dice);
            async move {
                let put = waits.until(queue.put(index)).await;
                put.expect("the queue is open");
                stay(&dice).await;
            }
        });
        tasks.extend(workers(move |_| {
            let (waits, queue) = (getters_again.clone(), Rc::clone(&to_get));
            let dice = Rc::clone(&again);
            async move {
                let got = waits.until(queue.get()).await;
                got.expect("the queue is open");
                stay(&dice).await;
            }
        }));
        run(tasks);
        for waits in [putters, getters] {
            let longest = waits.0.1.get();
            let most = WORKERS - 1 + PERMITS;
            assert!(longest <= most, "one waits for {longest}");
        }
    }
}

#[test]
fn nobody_starves_at_a_lock_among_tasks_and_threads() {
    const MEMBERS: usize = 24;
    /// Returns the largest number of other holders of the lock meanwhile.
    async fn visit(lock: &Lock<()>, grants: &AtomicUsize) -> usize {
        let mut longest = 0;
        for _ in 0..VISITS {
            let mut wait = pin!(lock.lock());
            let mut before = None;
            let guard = poll_fn(|context| {
                let progress = wait.as_mut().poll(context);
                if progress.is_pending() {
                    // Now it is queued.
                    before.get_or_insert_with(|| grants.load(Ordering::SeqCst));
                }
                progress
            })
            .await;
            // Only the holder of the lock counts, so the count does not change between the grant
            // and this.
            let after = grants.fetch_add(1, Ordering::SeqCst);
            longest = longest.max(before.map_or(0, |before| after - before));
            future::yield_now().await;
            drop(guard);
        }
        longest
    }

    watched(|| {
        let shared = Arc::new((Lock::new(()), AtomicUsize::new(0)));
        let again = Arc::clone(&shared);
        let task = move |_| {
            let shared = Arc::clone(&again);
            async move { visit(&shared.0, &shared.1).await }
        };
        let blocking = |_| future::block_on(visit(&shared.0, &shared.1));
        let longest = everywhere(MEMBERS, 0, task, blocking).into_iter().max();
        let longest = longest.expect("there are members");
        assert!(longest > 0, "nobody waits");
        assert!(longest < MEMBERS, "one waits for {longest}");
        assert_eq!(shared.1.load(Ordering::SeqCst), MEMBERS * VISITS);
    });
}
