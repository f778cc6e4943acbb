//! An executor in forty lines, on std alone. It has nothing but wakers.
#![forbid(unsafe_code)]

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use super::scenes::Task;

/// A task, and the queue that a wake puts it into.
struct Spawned {
    /// `None` when it has ended.
    task: Mutex<Option<Task>>,
    ready: Sender<Arc<Spawned>>,
}

impl Wake for Spawned {
    fn wake(self: Arc<Self>) {
        // The receiver is gone if all tasks have ended.
        let _ = self.ready.send(Arc::clone(&self));
    }
}

/// Runs all tasks on this thread.
pub(super) fn run(tasks: Vec<Task>) {
    let (ready, woken) = channel();
    let mut left = tasks.len();
    for task in tasks {
        let task = Mutex::new(Some(task));
        let ready = ready.clone();
        Waker::from(Arc::new(Spawned { task, ready })).wake();
    }
    while left > 0 {
        // Without threads, nothing wakes a task while this one waits.
        let spawned = if cfg!(target_family = "wasm") {
            woken.try_recv().ok()
        } else {
            woken.recv().ok()
        };
        let spawned = spawned.expect("a task that has not ended is woken");
        let waker = Waker::from(Arc::clone(&spawned));
        let mut slot = spawned.task.lock().unwrap();
        let Some(task) = slot.as_mut() else { continue };
        if task
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
        {
            *slot = None;
            left -= 1;
        }
    }
}
