//! embassy's executor, on its platform for std: tasks in static memory, and one list of
//! those that are to be polled.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use embassy_executor::Executor;

use super::scenes::Task;

/// Its tasks are declared, not allocated: as many as there are at a time in a scene.
#[embassy_executor::task(pool_size = 16)]
async fn end(task: Task, left: Arc<AtomicUsize>) {
    task.await;
    left.fetch_sub(1, Ordering::Relaxed);
}

/// Where they are, so that a leak checker takes them for what is in use.
static EXECUTORS: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// Runs all tasks on this thread. The executor itself has to live for ever.
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
