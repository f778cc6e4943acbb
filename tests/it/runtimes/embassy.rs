//! embassy's executor on std: tasks in static memory, and one list of tasks to poll.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use embassy_executor::Executor;

use super::scenes::Task;

/// Its tasks are declared, not allocated: as many as a scene has at a time.
#[embassy_executor::task(pool_size = 16)]
async fn end(task: Task, left: Arc<AtomicUsize>) {
    task.await;
    left.fetch_sub(1, Ordering::Relaxed);
}

/// Their addresses, so a leak checker does not report them.
static EXECUTORS: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// Runs all tasks on this thread. The executor itself has to live forever.
pub(super) fn run(tasks: Vec<Task>) {
    let left = Arc::new(AtomicUsize::new(tasks.len()));
    let executor = Box::leak(Box::new(Executor::new()));
    let address = (&raw const *executor).expose_provenance();
    EXECUTORS.lock().unwrap().push(address);
    executor.run_until(
        |spawner| {
            for task in tasks {
                spawner.spawn(end(task, Arc::clone(&left)).expect("the pool is large enough"));
            }
        },
        || left.load(Ordering::Relaxed) == 0,
    );
}
